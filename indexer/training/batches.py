"""Batches of translation pairs, assembled with arrays: Python loops were what bound training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.training.encoded import EncodedCorpus
from indexer.training.ragged import Ragged

PAIRS = 2_048  # a batch
JOINED_SHARE = 0.35  # of a batch's pairs are several rows of one language, as long texts are
MOST_JOINED = 5
NOISY_SHARE = 0.12  # of the rows, each side by itself
TAUGHT_PAIRS = 1_024  # of a batch at most: the teacher's similarities cost their square
LANGUAGE_POWER = 0.5  # languages are drawn by size to this power

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """Token ids of one side of a batch; text ``i`` starts at ``starts[i]``."""

    tokens: Int64s
    starts: Int64s


@dataclass(frozen=True)
class Batch:
    """Pairs: text ``i`` of ``english`` and of ``other`` translate each other.

    Pairs of equal ``meaning`` are no negatives of one another. ``teacher`` holds the teacher's unit
    vectors of the first pairs' English; it has not seen the English of the others.
    """

    english: Side
    other: Side
    meaning: Int64s
    teacher: NDArray[np.float32]


class BatchSource:
    """Draws batches; the same seed and step always give the same batch."""

    def __init__(
        self,
        corpus: EncodedCorpus,
        taught_sentences: Int64s,
        teacher_vectors: NDArray[np.float16],
        seed: int,
    ) -> None:
        """``teacher_vectors[i]`` belongs to the English sentence ``taught_sentences[i]``."""
        self._corpus = corpus
        self._seed = seed
        self._teacher = teacher_vectors
        self._teacher_row = np.full(len(corpus.english) // 2, -1, dtype=np.int64)
        self._teacher_row[taught_sentences] = np.arange(len(taught_sentences))
        self._mass = np.concatenate([[0.0], np.cumsum(corpus.row_weight)])
        edges = np.searchsorted(corpus.row_language, np.arange(len(corpus.languages) + 1))
        self._language_start = self._mass[edges[:-1]]
        self._language_mass = self._mass[edges[1:]] - self._language_start
        self._language_share = self._language_mass**LANGUAGE_POWER
        self._language_share /= self._language_share.sum()

    def batch(self, step: int) -> Batch:
        """The batch of this step."""
        draw = np.random.default_rng([self._seed, step])
        sizes = np.where(draw.random(PAIRS) < JOINED_SHARE, draw.integers(2, MOST_JOINED + 1, PAIRS), 1)
        rows, sizes = self._taught_first(self._rows(draw, sizes), sizes)
        english_rows = self._corpus.row_english[rows]
        firsts = np.cumsum(sizes) - sizes
        return Batch(
            english=_side(self._corpus.english, english_rows, firsts, draw),
            other=_side(self._corpus.other, rows, firsts, draw),
            meaning=self._corpus.meaning[english_rows[firsts]],
            teacher=self._teacher_view(english_rows, firsts),
        )

    def _rows(self, draw: np.random.Generator, sizes: Int64s) -> Int64s:
        """``sizes[i]`` rows of one language for pair ``i``, flat."""
        language = draw.choice(len(self._language_share), size=len(sizes), p=self._language_share)
        language = np.repeat(language, sizes)
        point = self._language_start[language] + draw.random(len(language)) * self._language_mass[language]
        # A held-out row has no mass, so that no point falls on it.
        rows: Int64s = np.searchsorted(self._mass, point, side="right") - 1
        return rows

    def _taught_first(self, rows: Int64s, sizes: Int64s) -> tuple[Int64s, Int64s]:
        """The same pairs, those whose every English sentence the teacher saw to the front."""
        seen = self._teacher_row[self._corpus.row_english[rows]]
        taught = np.minimum.reduceat(seen, np.cumsum(sizes) - sizes) >= 0
        untaught_rows = np.repeat(~taught, sizes)
        order = np.argsort(untaught_rows, kind="stable")
        return rows[order], np.concatenate([sizes[taught], sizes[~taught]])

    def _teacher_view(self, english_rows: Int64s, firsts: Int64s) -> NDArray[np.float32]:
        """Unit vectors of the leading taught pairs; a joined text is taken as its parts' mean."""
        seen = self._teacher_row[english_rows]
        taught = np.minimum.reduceat(seen, firsts) >= 0
        count = min(int(taught.sum()), TAUGHT_PAIRS)
        end = firsts[count] if count < len(firsts) else len(seen)
        vectors = self._teacher[seen[:end]].astype(np.float32)
        if not count:
            return vectors
        means: NDArray[np.float32] = np.add.reduceat(vectors, firsts[:count])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means


def _side(texts: Ragged, rows: Int64s, firsts: Int64s, draw: np.random.Generator) -> Side:
    noisy = draw.random(len(rows)) < NOISY_SHARE
    places = rows + noisy * (len(texts) // 2)
    ends = np.cumsum(texts.lengths(places))
    starts = np.concatenate([[0], ends])[firsts]
    return Side(texts.gather(places), starts)
