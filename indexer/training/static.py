"""The trainer of the static encoder: one vector and one weight per token, averaged over a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from indexer.training.batches import Batch
from indexer.training.contrast import contrast
from indexer.training.likeness import LikenessBatch, likeness
from indexer.training.optimizer import RowAdam

DIMENSIONS = 192
ROW_RATE = 0.02  # the step of an entry of a row, before it falls towards the end
WEIGHT_SLOWNESS = 4  # a token's logarithmic weight moves this much slower than its row
FIRST_SPREAD = 0.1  # standard deviation of an untrained row's entries
SIF = 1e-3  # a in a / (a + p): a token this frequent starts at half weight


class StaticTrainer:
    """Learns a table (tokens, dimensions) and a logarithmic weight per token."""

    def __init__(
        self, first_weights: NDArray[np.float32], seed: int, rate: float = ROW_RATE, dimensions: int = DIMENSIONS
    ) -> None:
        """``first_weights``: shape (tokens,), how much each token counts at the start."""
        torch.manual_seed(seed)
        tokens = len(first_weights)
        self._table = RowAdam(torch.randn(tokens, dimensions) * FIRST_SPREAD)
        self._weights = RowAdam(torch.from_numpy(np.log(first_weights)).float())
        self._place = torch.zeros(tokens, dtype=torch.long)
        self._rate = rate
        self.steps = 0

    @classmethod
    def of_table(cls, table: NDArray[np.float32], seed: int, rate: float) -> StaticTrainer:
        """One that goes on from a table with its weights folded in."""
        trainer = cls(np.ones(len(table), np.float32), seed, rate, table.shape[1])
        trainer._table.table.copy_(torch.from_numpy(table))
        return trainer

    def step(self, batch: Batch, left: float) -> dict[str, float]:
        """One update; ``left`` is the share of training still to come, 1 to 0. Gives the losses."""
        tokens = torch.from_numpy(np.concatenate([batch.english.tokens, batch.other.tokens]))
        starts = np.concatenate([batch.english.starts, batch.other.starts + len(batch.english.tokens)])
        rows = self._distinct(tokens)
        table = self._table.table[rows]
        weights = self._weights.table[rows].exp()[:, None]
        weighted = (table * weights).requires_grad_()
        vectors = functional.normalize(
            functional.embedding_bag(self._place[tokens], weighted, torch.from_numpy(starts), mode="sum")
        )
        pairs = len(batch.meaning)
        found = vectors.detach()
        result = contrast(
            found[:pairs],
            found[pairs:],
            torch.from_numpy(batch.meaning),
            torch.from_numpy(batch.teacher),
        )
        torch.autograd.backward(vectors, torch.cat([result.english_gradient, result.other_gradient]))
        gradient = weighted.grad
        assert gradient is not None
        gradient *= weights
        self._weights.step(rows, (gradient * table).sum(1), self._rate / WEIGHT_SLOWNESS * left)
        self._table.step(rows, gradient, self._rate * left)
        self.steps += 1
        return {"translation": result.translation, "lesson": result.lesson}

    def learn(self, batch: LikenessBatch, left: float, share: float = 1.0) -> float:
        """One update towards labelled texts, ``share`` as strong as one by ``step``; gives the loss."""
        tokens = torch.from_numpy(batch.texts.tokens)
        rows = self._distinct(tokens)
        table = self._table.table[rows]
        weights = self._weights.table[rows].exp()[:, None]
        weighted = (table * weights).requires_grad_()
        starts = torch.from_numpy(batch.texts.starts)
        vectors = functional.normalize(functional.embedding_bag(self._place[tokens], weighted, starts, mode="sum"))
        loss, gradient = likeness(vectors, torch.from_numpy(batch.label), torch.from_numpy(batch.language))
        torch.autograd.backward(vectors, gradient * share)
        found = weighted.grad
        assert found is not None
        found *= weights
        self._weights.step(rows, (found * table).sum(1), self._rate / WEIGHT_SLOWNESS * left)
        self._table.step(rows, found, self._rate * left)
        return loss

    def _distinct(self, tokens: torch.Tensor) -> torch.Tensor:
        """The distinct tokens; afterwards ``_place[token]`` is a token's place among them."""
        seen = torch.zeros(len(self._place), dtype=torch.bool)
        seen[tokens] = True
        rows = seen.nonzero().squeeze(1)
        self._place[rows] = torch.arange(len(rows))
        return rows

    def folded_table(self) -> NDArray[np.float32]:
        """The table with each row multiplied by its weight: all an encoder needs."""
        return (self._table.table * self._weights.table.exp()[:, None]).numpy()

    def save(self, path: Path) -> None:
        """A checkpoint that training goes on from as if it had not stopped."""
        fresh = path.with_suffix(".tmp.pt")
        state = {"table": self._table.state(), "weights": self._weights.state()}
        torch.save({**state, "steps": self.steps}, fresh)
        fresh.replace(path)

    def restore(self, path: Path) -> None:
        """Takes over a checkpoint."""
        state = torch.load(path, weights_only=True)
        self._table.restore(state["table"])
        self._weights.restore(state["weights"])
        self.steps = state["steps"]


def sif_weights(samples: list[NDArray[np.int64]], tokens: int) -> NDArray[np.float32]:
    """First token weights a / (a + p), p a token's largest share in any of the given samples.

    One sample per language: a language's own function words are rare among all languages taken
    together and would keep their full weight.
    """
    share = np.zeros(tokens)
    for sample in samples:
        counts = np.bincount(sample, minlength=tokens)
        share = np.maximum(share, counts / max(counts.sum(), 1))
    return (SIF / (SIF + share)).astype(np.float32)
