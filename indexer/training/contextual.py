"""The trainer of the contextual encoder, and what it learns from.

A student learns to give a sentence in any language the vector its teacher gives the English (Reimers and Gurevych
2020, arXiv:2004.09813); then complaints about one issue are drawn together, whatever their language. The static table
stays as it is: both encoders ship, and share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from indexer.training.encoded import EncodedCorpus
from indexer.training.likeness import Bank, LikenessBatch
from indexer.training.reader import LONGEST, Reader

PAIRS = 256  # a batch
NEGATIVES = 4_096  # teacher vectors of other sentences each pair must be told from
TEMPERATURE = 0.05
ENGLISH_SHARE = 0.1  # of the texts are English: their order of words must reach the body, too
LANGUAGE_POWER = 0.5
LONGEST_TAUGHT = 32  # pieces; longer sentences cost more than they teach, and half of one is not its translation
MAP_RATE, BODY_RATE = 5e-4, 2e-4
WARM_UP = 50  # steps
_DRAWN_AT_ONCE = 8  # batches drawn together and sorted by length: little padding
_ENCODED_AT_ONCE = 128

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class TaughtBatch:
    """Texts as token ids, and the number of the teacher's vector each shall have."""

    texts: tuple[Int64s, ...]
    wanted: Int64s


class TaughtSource:
    """Draws translations of sentences the teacher has seen; the same seed and step give the same batch."""

    def __init__(self, corpus: EncodedCorpus, taught: Int64s, seed: int, first: int = 0) -> None:
        """``taught[i]``: the English sentence whose vector has number ``first + i``."""
        self._corpus, self._seed = corpus, seed
        number = np.full(len(corpus.english) // 2, -1, dtype=np.int64)
        number[taught] = first + np.arange(len(taught))
        self._number = number[corpus.row_english]
        lengths = corpus.other.lengths(np.arange(len(corpus.row_english)))
        usable = (self._number >= 0) & (corpus.row_weight > 0) & (lengths <= LONGEST_TAUGHT)
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
            return self._corpus.english.gather(self._corpus.row_english[row : row + 1])[:LONGEST_TAUGHT]
        return self._corpus.other.gather(np.array([row]))[:LONGEST_TAUGHT]


class ContextualTrainer:
    """Teaches a reader over the rows of a static table, which themselves stay as they are."""

    def __init__(self, reader: Reader, table: torch.Tensor) -> None:
        """``table``: (pieces, dimensions), token weights folded in."""
        self.reader = reader.eval()
        self._table = table
        entrance = [*reader.map.parameters(), reader.begin]
        of_entrance = {id(parameter) for parameter in entrance}
        body = [parameter for parameter in reader.parameters() if id(parameter) not in of_entrance]
        self._optimizer = torch.optim.AdamW([{"params": entrance}, {"params": body}], betas=(0.9, 0.99))
        self.steps = 0

    def step(self, batch: TaughtBatch, teacher: NDArray[np.float16], pace: float) -> float:
        """One update by ``pace`` of the usual rates, which falls from 1 to 0 in training. Gives the loss in nats."""
        loss = _lesson(self._vectors(batch.texts, self._table), batch.wanted, teacher, self.steps)
        self._update(loss, pace)
        return float(loss.item())

    def learn(self, batch: LikenessBatch, bank: Bank, pace: float, table: torch.Tensor) -> float:
        """One update towards labelled texts, among those of the last steps; gives the loss in nats.

        Both encoders' cosines count alike, as in use: the reader learns what the static one lacks. ``table`` is
        read instead of the static encoder's own, which knows the texts by heart.
        """
        ends = [*batch.texts.starts[1:], len(batch.texts.tokens)]
        texts = tuple(batch.texts.tokens[start:end] for start, end in zip(batch.texts.starts, ends, strict=True))
        vectors = torch.cat([_pooled(texts, table), self._vectors(texts, table)], dim=1) / 2**0.5
        marks = (torch.from_numpy(batch.row), torch.from_numpy(batch.label), torch.from_numpy(batch.language))
        loss = bank.loss(vectors, marks)
        bank.add(vectors, marks)
        if not loss.isfinite():  # no text of the batch has a companion yet
            return 0.0
        self._update(loss, pace)
        return float(loss.item())

    def encode(self, texts: list[Int64s]) -> torch.Tensor:
        """The reader's unit vectors of token sequences."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors = torch.zeros(len(texts), self.reader.begin.shape[0])
        with torch.no_grad():
            for start in range(0, len(order), _ENCODED_AT_ONCE):
                places = order[start : start + _ENCODED_AT_ONCE]
                vectors[places] = self._vectors(tuple(texts[place] for place in places), self._table)
        return vectors

    def both(self, texts: list[Int64s]) -> torch.Tensor:
        """Unit vectors whose first part is the static encoder's."""
        return torch.cat([_pooled(tuple(texts), self._table), self.encode(texts)], dim=1) / 2**0.5

    def _vectors(self, texts: tuple[Int64s, ...], table: torch.Tensor) -> torch.Tensor:
        """One forward pass. Each distinct piece goes through the map once."""
        lengths = np.array([min(len(text), LONGEST) for text in texts])
        held = np.arange(max(1, lengths.max()))[None, :] < lengths[:, None]
        tokens = torch.from_numpy(np.concatenate([text[:LONGEST] for text in texts]))
        mask = torch.from_numpy(held)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            distinct, within = torch.unique(tokens, return_inverse=True)
            mapped = self.reader.map(table[distinct])
            inputs = torch.zeros(*mask.shape, mapped.shape[1], dtype=mapped.dtype)
            inputs = inputs.masked_scatter(mask[:, :, None], mapped[within])
            return torch.as_tensor(self.reader.read(inputs, mask.float()))

    def _update(self, loss: torch.Tensor, pace: float) -> None:
        warm = min(1.0, (self.steps + 1) / WARM_UP)
        for group, rate in zip(self._optimizer.param_groups, (MAP_RATE, BODY_RATE), strict=True):
            group["lr"] = rate * pace * warm
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.reader.parameters(), 1.0)
        self._optimizer.step()
        self.steps += 1

    def save(self, path: Path, made_for: dict[str, str | int]) -> None:
        """A checkpoint to go on from; ``made_for`` says what else the training depends on."""
        fresh = path.with_suffix(".tmp.pt")
        state = {"reader": self.reader.state_dict(), "optimizer": self._optimizer.state_dict(), "steps": self.steps}
        torch.save(state | {"made_for": made_for}, fresh)
        fresh.replace(path)

    def restore(self, path: Path, made_for: dict[str, str | int]) -> None:
        """Takes over a checkpoint. Raises ValueError when it was made for something else."""
        state = torch.load(path, weights_only=True)
        if state.get("made_for") != made_for:
            raise ValueError(
                f"{path} was made for {state.get('made_for')}, not for {made_for}: delete it to begin anew"
            )
        self.reader.load_state_dict(state["reader"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]

    def begin_with(self, path: Path) -> None:
        """Takes over a checkpoint's reader and nothing else: one taught over an earlier table is a good beginning."""
        state = torch.load(path, weights_only=True)["reader"]
        state["map.usual_weight"] = self.reader.map.usual_weight  # the table's own
        self.reader.load_state_dict(state)


def _pooled(texts: tuple[Int64s, ...], table: torch.Tensor) -> torch.Tensor:
    """The static encoder's unit vectors, were this its table."""
    return functional.normalize(torch.stack([table[torch.from_numpy(text)].sum(0) for text in texts]), dim=1)


def _lesson(vectors: torch.Tensor, wanted: Int64s, teacher: NDArray[np.float16], step: int) -> torch.Tensor:
    """Each text must find its own teacher vector among those of the batch and of NEGATIVES other sentences."""
    drawn = np.random.default_rng([11, step]).integers(0, len(teacher), NEGATIVES)
    candidates = np.concatenate([wanted, drawn])
    targets = torch.from_numpy(teacher[candidates].astype(np.float32))
    logits = vectors @ targets.T / TEMPERATURE
    same = torch.from_numpy(wanted[:, None] == candidates[None, :])
    same[:, : len(wanted)].fill_diagonal_(False)
    return functional.cross_entropy(logits.masked_fill(same, float("-inf")), torch.arange(len(wanted)))
