"""Translations nobody trained on, found by a table in the making: what to steer training by.

The public tests stay out of it: a figure that choices were made by is no longer a test.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from indexer.training.encoded import EncodedCorpus
from indexer.training.ragged import Ragged
from indexer.training.scoring import translation_accuracy

MOST_ROWS = 400  # of a language
FEWEST_ROWS = 30


def held_out_accuracy(table: NDArray[np.float32], corpus: EncodedCorpus) -> dict[str, float]:
    """Accuracy per language over the held-out rows, for languages that have enough of them."""
    accuracy: dict[str, float] = {}
    for language, rows in held_out_rows(corpus, MOST_ROWS):
        english = pooled(table, corpus.english, corpus.row_english[rows])
        likeness = english @ pooled(table, corpus.other, rows).T
        accuracy[language] = translation_accuracy(likeness, likeness.T)
    return accuracy


def held_out_rows(corpus: EncodedCorpus, most: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Languages that have enough held-out rows, with at most so many of them."""
    for number, language in enumerate(corpus.languages):
        rows = corpus.held_out[corpus.row_language[corpus.held_out] == number]
        # One row for each English sentence, or two equal sentences would count as a miss.
        _, first = np.unique(corpus.meaning[corpus.row_english[rows]], return_index=True)
        rows = np.random.default_rng(number).permutation(rows[np.sort(first)])[:most]
        if len(rows) >= FEWEST_ROWS:
            yield language, rows


def pooled(table: NDArray[np.float32], texts: Ragged, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit vectors of the token sequences ``rows`` of ``texts``; zero for an empty one."""
    lengths = texts.lengths(rows)
    sums = np.zeros((len(rows), table.shape[1]), dtype=np.float32)
    owner = np.repeat(np.arange(len(rows)), lengths)
    np.add.at(sums, owner, table[texts.gather(rows)])
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    np.divide(sums, norms, out=sums, where=norms > 0)
    return sums
