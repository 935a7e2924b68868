"""``python -m indexer.training.tune``: from a trained run and the corpus to an encoder that knows complaints.

Every step learns from a batch of complaints (texts about one issue shall be near each other, whatever their language)
and rehearses a batch of translations, without which it would forget them. Only the corpus's train split is read.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from indexer.training.apart import write_apart
from indexer.training.batches import BatchSource
from indexer.training.encoded import EncodedCorpus
from indexer.training.export import export_encoder
from indexer.training.held_out import held_out_accuracy
from indexer.training.labelled import FOLDS, Texts, complaint_texts, likeness_source, mixed
from indexer.training.own import MixedSource, own_source
from indexer.training.static import StaticTrainer
from indexer.training.tokenizer import load_tokenizer

log = logging.getLogger("indexer.training.tune")

LOG_EVERY = 50
# Rehearsal goes on where training stopped: these steps' batches were not drawn before.
_FIRST_REHEARSAL = 1_000_000


@dataclass(frozen=True)
class Tuning:
    """How much is learned, how fast; ``share`` is the weight of likeness beside translation."""

    steps: int
    rate: float
    share: float
    seed: int


class Lesson:
    """A run's checkpoint, the complaints it shall learn and the translations it shall not forget."""

    def __init__(self, run: Path, tuning: Tuning) -> None:
        self._run, self._tuning = run, tuning
        self._found = complaint_texts()
        self._corpus = EncodedCorpus.load(run / "encoded.npz")
        with np.load(run / "taught.npz") as stored:
            translations = BatchSource(self._corpus, stored["chosen"], stored["vectors"], tuning.seed)
        self._rehearsal = MixedSource(translations, own_source(run / "tokenizer.json", tuning.seed))

    def export(self, folder: Path) -> None:
        """Learn from all complaints and write the encoder; the checkpoint itself stays as it is."""
        table = self._tuned(self._found)
        accuracy = held_out_accuracy(table, self._corpus)
        log.info("held-out translations, mean: %.4f", np.mean(list(accuracy.values())))
        export_encoder(table, self._run / "tokenizer.json", folder)
        log.info("exported to %s", folder)

    def export_apart(self) -> None:
        """Learn once without each fold of the complaints."""
        for number in range(FOLDS):
            write_apart(self._run, number, self._tuned(self._found.without_fold(number)))
            log.info("tuned without fold %d", number)

    def _tuned(self, found: Texts) -> NDArray[np.float32]:
        tuning, tokenizer = self._tuning, self._run / "tokenizer.json"
        log.info(
            "%d texts, %d issues, %d languages", len(found.texts), len(set(found.labels)), len(set(found.languages))
        )
        source = likeness_source(found, tokenizer, tuning.seed)
        tokens = load_tokenizer(tokenizer).get_vocab_size()
        trainer = StaticTrainer(np.ones(tokens, np.float32), tuning.seed, tuning.rate)
        trainer.restore(self._run / "checkpoint.pt")
        before = trainer.folded_table().copy()
        for step in range(tuning.steps):
            left = 1 - step / tuning.steps
            rehearsed = trainer.step(self._rehearsal.batch(_FIRST_REHEARSAL + step), left)
            learned = trainer.learn(source.batch(step), left, tuning.share)
            if step % LOG_EVERY == 0:
                log.info("step %d, likeness %.3f, translation %.3f", step, learned, rehearsed["translation"])
        return mixed(before, trainer.folded_table())


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m indexer.training.tune", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished training run")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--export", type=Path, help="the encoder's folder")
    wanted.add_argument(
        "--apart", action="store_true", help="instead tune without each fold, for indexer.training.teach"
    )
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=0.005)
    parser.add_argument("--share", type=float, default=1.0, help="weight of likeness beside translation")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    lesson = Lesson(given.run, Tuning(given.steps, given.rate, given.share, given.seed))
    if given.apart:
        lesson.export_apart()
    else:
        lesson.export(given.export)


if __name__ == "__main__":
    main()
