"""Many sequences of token ids in two arrays, so that a batch is gathered without a Python loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ragged:
    """Sequence ``i`` is ``flat[offsets[i]:offsets[i + 1]]``; ``offsets`` has one entry more."""

    flat: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of(cls, sequences: Iterable[list[int]]) -> Ragged:
        """The given sequences, in their order."""
        parts = [np.asarray(sequence, dtype=np.uint32) for sequence in sequences]
        lengths = np.array([len(part) for part in parts], dtype=np.int64)
        flat = np.concatenate(parts) if parts else np.empty(0, np.uint32)
        return cls(flat, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many tokens each of ``rows`` has."""
        lengths: NDArray[np.int64] = self.offsets[rows + 1] - self.offsets[rows]
        return lengths

    def gather(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The tokens of ``rows``, one row after the other."""
        lengths = self.lengths(rows)
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        shift = np.repeat(self.offsets[rows] - (ends - lengths), lengths)
        tokens: NDArray[np.uint32] = self.flat[np.arange(total) + shift]
        return tokens.astype(np.int64)
