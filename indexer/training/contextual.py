"""The contextual encoder: the English teacher's body under a vocabulary of 55 languages.

A student learns to give a sentence in any language the vector its teacher gives the English (Reimers and Gurevych
2020, arXiv:2004.09813). Only the rows of the new vocabulary are learned; the body stays as it is, so that what it knows
of meaning holds in every language whose words reach it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from indexer.training.encoded import EncodedCorpus
from indexer.training.optimizer import RowAdam

PAIRS = 256  # a batch
NEGATIVES = 4_096  # teacher vectors of other sentences each pair must be told from
TEMPERATURE = 0.05
ENGLISH_SHARE = 0.1  # of the texts are English: its new pieces must reach the body, too
LANGUAGE_POWER = 0.5
LONGEST = 64  # tokens
ROW_RATE = 0.002
_DRAWN_AT_ONCE = 8  # batches drawn together and sorted by length: little padding

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class TaughtBatch:
    """Texts as token ids, and the number of the teacher's vector each shall have."""

    texts: tuple[Int64s, ...]
    wanted: Int64s


class TaughtSource:
    """Draws translations of sentences the teacher has seen; the same seed and step give the same batch."""

    def __init__(self, corpus: EncodedCorpus, taught: Int64s, seed: int) -> None:
        """``taught[i]``: the English sentence whose vector has number ``i``."""
        self._corpus, self._seed = corpus, seed
        number = np.full(len(corpus.english) // 2, -1, dtype=np.int64)
        number[taught] = np.arange(len(taught))
        self._number = number[corpus.row_english]
        usable = (self._number >= 0) & (corpus.row_weight > 0)
        mass = np.bincount(corpus.row_language[usable], corpus.row_weight[usable], len(corpus.languages))
        share = corpus.row_weight * usable * np.power(np.maximum(mass, 1), LANGUAGE_POWER - 1)[corpus.row_language]
        self._cumulative = np.cumsum(share / share.sum())

    def batch(self, step: int) -> TaughtBatch:
        """The batch of this step."""
        draw = np.random.default_rng([self._seed, step // _DRAWN_AT_ONCE])
        count = PAIRS * _DRAWN_AT_ONCE
        rows = np.searchsorted(self._cumulative, draw.random(count)).clip(max=len(self._cumulative) - 1)
        is_english = draw.random(count) < ENGLISH_SHARE
        lengths = np.where(
            is_english,
            self._corpus.english.lengths(self._corpus.row_english[rows]),
            self._corpus.other.lengths(rows),
        )
        own = np.argsort(lengths, kind="stable").reshape(_DRAWN_AT_ONCE, PAIRS)[
            draw.permutation(_DRAWN_AT_ONCE)[step % _DRAWN_AT_ONCE]
        ]
        return TaughtBatch(
            tuple(self._tokens(int(rows[place]), bool(is_english[place])) for place in own), self._number[rows[own]]
        )

    def _tokens(self, row: int, is_english: bool) -> Int64s:
        if is_english:
            return self._corpus.english.gather(self._corpus.row_english[row : row + 1])[:LONGEST]
        return self._corpus.other.gather(np.array([row]))[:LONGEST]


class ContextualTrainer:
    """Learns rows for the vocabulary (and one each for a text's begin and end) under a frozen body."""

    def __init__(self, body: Any, rows: torch.Tensor) -> None:
        """``body``: a BERT model, told embeddings and a mask; ``rows``: (pieces + 2, hidden), begin and end last."""
        self._body = body.to(torch.bfloat16).eval().requires_grad_(False)
        self._rows = RowAdam(rows)
        self.steps = 0

    @property
    def rows(self) -> torch.Tensor:
        """The learned rows, shape (pieces + 2, hidden)."""
        return self._rows.table

    def step(self, batch: TaughtBatch, teacher: NDArray[np.float16], left: float) -> float:
        """One update; ``left`` is the share of training still to come, 1 to 0. Gives the loss in nats."""
        tokens, mask = self._padded(batch.texts)
        places, within = torch.unique(tokens[mask], return_inverse=True)
        used = self._rows.table[places].requires_grad_()
        vectors = self._encoded(used, within, mask)
        loss = _loss(vectors, batch.wanted, teacher, self.steps)
        loss.backward()
        assert used.grad is not None
        self._rows.step(places, used.grad, ROW_RATE * left)
        self.steps += 1
        return float(loss.item())

    def encode(self, texts: list[Int64s]) -> torch.Tensor:
        """Unit vectors of token sequences."""
        tokens, mask = self._padded(tuple(text[:LONGEST] for text in texts))
        with torch.no_grad():
            places, within = torch.unique(tokens[mask], return_inverse=True)
            return self._encoded(self._rows.table[places], within, mask)

    def _encoded(self, used: torch.Tensor, within: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        inputs = torch.zeros(*mask.shape, used.shape[1], dtype=torch.bfloat16)
        inputs = inputs.masked_scatter(mask[:, :, None], used[within].bfloat16())
        hidden = self._body(inputs_embeds=inputs, attention_mask=mask.to(torch.bfloat16)).last_hidden_state.float()
        held = mask[:, :, None].float()
        return functional.normalize((hidden * held).sum(1) / held.sum(1), dim=1)

    def _padded(self, texts: tuple[Int64s, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids with begin and end, and where they stand; shape (texts, longest + 2)."""
        lengths = np.array([len(text) for text in texts]) + 2
        mask = np.arange(lengths.max())[None, :] < lengths[:, None]
        begin, end = len(self._rows.table) - 2, len(self._rows.table) - 1
        tokens = np.zeros(mask.shape, dtype=np.int64)
        tokens[mask] = np.concatenate([np.concatenate([[begin], text, [end]]) for text in texts])
        return torch.from_numpy(tokens), torch.from_numpy(mask)

    def save(self, path: Path) -> None:
        """A checkpoint that training goes on from as if it had not stopped."""
        fresh = path.with_suffix(".tmp.pt")
        torch.save({"rows": self._rows.state(), "steps": self.steps}, fresh)
        fresh.replace(path)

    def restore(self, path: Path) -> None:
        """Takes over a checkpoint."""
        state = torch.load(path, weights_only=True)
        self._rows.restore(state["rows"])
        self.steps = state["steps"]


def _loss(vectors: torch.Tensor, wanted: Int64s, teacher: NDArray[np.float16], step: int) -> torch.Tensor:
    """Each text must find its own teacher vector among those of the batch and of NEGATIVES other sentences."""
    drawn = np.random.default_rng([11, step]).integers(0, len(teacher), NEGATIVES)
    candidates = np.concatenate([wanted, drawn])
    targets = torch.from_numpy(teacher[candidates].astype(np.float32))
    logits = vectors @ targets.T / TEMPERATURE
    same = torch.from_numpy(wanted[:, None] == candidates[None, :])
    same[:, : len(wanted)].fill_diagonal_(False)
    return functional.cross_entropy(logits.masked_fill(same, float("-inf")), torch.arange(len(wanted)))
