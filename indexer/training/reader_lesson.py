"""The reader's lesson: translations first, then complaints, with checkpoints on the way."""

from __future__ import annotations

import argparse
import logging
import time

import numpy as np

from indexer.training.apart import read_apart
from indexer.training.contextual import ContextualTrainer
from indexer.training.export import read_table
from indexer.training.labelled import FOLDS, complaint_texts, likeness_source
from indexer.training.likeness import Bank
from indexer.training.own import MixedTaughtSource
from knowledge.static_encoder import StaticEncoder

log = logging.getLogger("indexer.training.teach")

COMPLAINTS = 64  # a batch
COMPLAINT_PACE = 0.3  # of the usual rates, while complaints are learned
LONGEST_COMPLAINT = 160  # pieces; five in six complaints are shorter
CHECKPOINT = "contextual.pt"
LOG_EVERY = 50  # steps
CHECKPOINT_EVERY_S = 180


def made_for(given: argparse.Namespace) -> dict[str, str | int]:
    """What a checkpoint depends on."""
    return {"static": StaticEncoder(given.static).fingerprint, "steps": given.steps, "seed": given.seed}


class ReaderLesson:
    """The two parts of the training, each going on from where the trainer stands."""

    def __init__(self, given: argparse.Namespace, trainer: ContextualTrainer, source: MixedTaughtSource) -> None:
        self.trainer = trainer
        self._given, self._source = given, source
        self._saved = time.monotonic()

    def translations(self) -> None:
        """Until the trainer has taken the given number of steps."""
        rounds = self._given.steps
        losses: list[float] = []
        for number in range(self.trainer.steps, rounds):
            losses.append(self._translated(number, 1 - number / rounds))
            self._note(number, losses)
        self._save()

    def complaints(self) -> None:
        """Rounds of a batch of complaints and one of translations, without which these would be forgotten."""
        given, rounds, trainer = self._given, self._given.complaint_rounds, self.trainer
        if not rounds:
            return
        found = complaint_texts()
        # One numbering for all folds: the bank compares their texts with each other.
        source = likeness_source(found, given.static / "tokenizer.json", given.seed, COMPLAINTS, LONGEST_COMPLAINT)
        sources = [source.within(found.folds == number) for number in range(FOLDS)]
        tables = read_apart(given.run, read_table(given.static))
        bank, losses = Bank(), list[float]()
        for number in range((trainer.steps - given.steps) // 2, rounds):
            pace = COMPLAINT_PACE * (1 - number / rounds)
            self._translated(given.steps + number, pace)
            batch, table = sources[number % FOLDS].batch(number), tables[number % FOLDS]
            losses.append(trainer.learn(batch, bank, pace, table))
            self._note(number, losses)
        self._save()

    def _translated(self, number: int, pace: float) -> float:
        return self.trainer.step(self._source.batch(number), self._source.vectors, pace)

    def _note(self, number: int, losses: list[float]) -> None:
        if len(losses) == LOG_EVERY:
            log.info("round %d, loss %.4f", number + 1, np.mean(losses))
            losses.clear()
        if time.monotonic() - self._saved > CHECKPOINT_EVERY_S:
            self._save()

    def _save(self) -> None:
        self.trainer.save(self._given.run / CHECKPOINT, made_for(self._given))
        self._saved = time.monotonic()
