"""Fitting language detection: ``python -m indexer.detection --help``."""
