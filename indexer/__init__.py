"""Curators' jobs: import, reindex, evaluate, train, check catalogues; and the ``amends`` command."""
