"""Learning what belongs together: texts of one label (an issue, a resolution) shall be near each other.

The loss is supervised contrastive (Khosla et al. 2020, arXiv:2004.11362, the form with the sum outside): each
text's companions of the same label against all others of the batch. Hard negatives come by themselves when a batch
holds neighbouring issues, and a batch of a thousand texts holds them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from indexer.training.batches import Side
from indexer.training.ragged import Ragged

TEXTS = 1_024  # a batch, unless told
TEMPERATURE = 0.07
SAME_LANGUAGE = 0.3  # how much a companion in the same language counts beside one in another
NOISY_SHARE = 0.15
# A text loses this share of its tokens, others each time: a few thousand texts would be learnt by heart otherwise.
DROPPED_SHARE = 0.2
BANK = 4_096  # vectors of earlier texts that a small batch is compared with

Int64s = NDArray[np.int64]
# The numbers of texts, of their labels and of their languages. A text is no companion of itself.
_Marks = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class LikenessBatch:
    """Texts with their own number, that of their label and of their language."""

    texts: Side
    row: Int64s
    label: Int64s
    language: Int64s


class LikenessSource:
    """Draws batches of labelled texts; the same seed and step always give the same batch."""

    def __init__(
        self,
        clean: Ragged,
        noisy: Ragged,
        label: Int64s,
        language: Int64s,
        seed: int,
        size: int = TEXTS,
        weight: NDArray[np.float64] | None = None,
    ) -> None:
        """``noisy[i]`` is ``clean[i]`` as somebody in a hurry would have typed it; ``size``: texts of a batch.

        ``weight``: how often each text is drawn beside others, all alike if not told.
        """
        self._clean, self._noisy, self._label, self._language, self._seed = clean, noisy, label, language, seed
        self._size = size
        # A language with twice the texts shall not count twice.
        weight = np.ones(len(label)) if weight is None else weight
        share = weight / np.bincount(language, weight)[language] ** 0.5
        self._share = share / share.sum()

    def within(self, kept: NDArray[np.bool_]) -> LikenessSource:
        """The same texts under the same numbers, of which only those ``kept`` are drawn."""
        source = copy(self)
        source._share = self._share * kept / self._share[kept].sum()
        source._size = min(self._size, int(kept.sum()))
        return source

    def batch(self, step: int) -> LikenessBatch:
        """The batch of this step."""
        draw = np.random.default_rng([self._seed, 7, step])
        count = min(self._size, len(self._label))
        rows = draw.choice(len(self._label), size=count, replace=False, p=self._share)
        clean = draw.random(count) >= NOISY_SHARE
        sources = [self._clean if is_clean else self._noisy for is_clean in clean]
        parts = [source.gather(np.array([row])) for source, row in zip(sources, rows, strict=True)]
        parts = [_thinned(part, draw) for part in parts]
        lengths = np.array([len(part) for part in parts])
        side = Side(np.concatenate(parts), np.cumsum(lengths) - lengths)
        return LikenessBatch(side, rows, self._label[rows], self._language[rows])


def _thinned(tokens: Int64s, draw: np.random.Generator) -> Int64s:
    kept = tokens[draw.random(len(tokens)) >= DROPPED_SHARE]
    return kept if len(kept) else tokens


def likeness(vectors: torch.Tensor, label: torch.Tensor, language: torch.Tensor) -> tuple[float, torch.Tensor]:
    """The loss (nats, mean of texts that have companions) and its gradient by the unit ``vectors``."""
    free = vectors.detach().requires_grad_()
    row = torch.arange(len(label))
    loss = _loss(free, (row, label, language), free, (row, label, language))
    loss.backward()
    assert free.grad is not None
    return float(loss.item()), free.grad


class Bank:
    """The vectors of the last texts: companions and strangers that a small batch has too few of.

    They are a few steps old, which slow training forgives (Wang et al. 2020, cross-batch memory, arXiv:1912.06798).
    """

    def __init__(self, most: int = BANK) -> None:
        self._most = most
        self._held: tuple[torch.Tensor, ...] = ()

    def add(self, vectors: torch.Tensor, marks: _Marks) -> None:
        """Puts a batch in and the oldest out."""
        fresh = (vectors.detach(), *marks)
        held = [torch.cat(pair) for pair in zip(self._held, fresh, strict=True)] if self._held else fresh
        self._held = tuple(part[-self._most :] for part in held)

    def loss(self, vectors: torch.Tensor, marks: _Marks) -> torch.Tensor:
        """As ``likeness``, against the batch and all that is held. Not a number if no text has a companion."""
        mine = (vectors, *marks)
        among, *theirs = [torch.cat(pair) for pair in zip(mine, self._held, strict=True)] if self._held else mine
        return _loss(vectors, marks, among, (theirs[0], theirs[1], theirs[2]))


def _loss(vectors: torch.Tensor, marks: _Marks, among: torch.Tensor, their_marks: _Marks) -> torch.Tensor:
    """Each vector's companions ``among`` others against all of these; marks are row, label and language."""
    (row, label, language), (their_row, their_label, their_language) = marks, their_marks
    itself = row[:, None] == their_row[None, :]
    logits = (vectors @ among.T / TEMPERATURE).masked_fill(itself, float("-inf"))
    log_share = logits - logits.logsumexp(1, keepdim=True)
    together = (label[:, None] == their_label[None, :]) & ~itself
    weight = together.float() * torch.where(language[:, None] == their_language[None, :], SAME_LANGUAGE, 1.0)
    companions = weight.sum(1)
    has = companions > 0
    return -((log_share.masked_fill(itself, 0.0) * weight).sum(1)[has] / companions[has]).mean()


def numbered(names: Sequence[str]) -> Int64s:
    """Names as numbers in sorted order."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([places[name] for name in names], dtype=np.int64)
