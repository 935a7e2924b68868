"""Writing, checking and reading the open corpus of multilingual complaints (``knowledge/corpus``)."""
