"""``python -m indexer.training.tune``: from a trained run and the corpus to an encoder that knows complaints.

Every step learns from a batch of complaints (texts about one issue shall be near each other, whatever their language)
and rehearses a batch of translations, without which it would forget them. Only the corpus's train split is read.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch

from indexer.training.batches import BatchSource
from indexer.training.encoded import EncodedCorpus
from indexer.training.export import export_encoder
from indexer.training.held_out import held_out_accuracy
from indexer.training.labelled import complaint_texts, likeness_source, mixed
from indexer.training.own import MixedSource, own_source
from indexer.training.static import StaticTrainer
from indexer.training.tokenizer import load_tokenizer

log = logging.getLogger("indexer.training.tune")

LOG_EVERY = 50
# Rehearsal goes on where training stopped: these steps' batches were not drawn before.
_FIRST_REHEARSAL = 1_000_000


def tune(run: Path, export: Path, steps: int, rate: float, share: float, seed: int) -> None:
    """Tune a run's checkpoint and export the result; the checkpoint itself stays as it is."""
    corpus = EncodedCorpus.load(run / "encoded.npz")
    with np.load(run / "taught.npz") as stored:
        translations = BatchSource(corpus, stored["chosen"], stored["vectors"], seed)
    rehearsal = MixedSource(translations, own_source(run / "tokenizer.json", seed))
    tokenizer = run / "tokenizer.json"
    found = complaint_texts()
    log.info("%d texts, %d issues, %d languages", len(found.texts), len(set(found.labels)), len(set(found.languages)))
    source = likeness_source(found, tokenizer, seed)
    tokens = load_tokenizer(tokenizer).get_vocab_size()
    trainer = StaticTrainer(np.ones(tokens, np.float32), seed, rate)
    trainer.restore(run / "checkpoint.pt")
    before = trainer.folded_table().copy()
    for step in range(steps):
        left = 1 - step / steps
        rehearsed = trainer.step(rehearsal.batch(_FIRST_REHEARSAL + step), left)
        learned = trainer.learn(source.batch(step), left, share)
        if step % LOG_EVERY == 0:
            log.info("step %d, likeness %.3f, translation %.3f", step, learned, rehearsed["translation"])
    table = mixed(before, trainer.folded_table())
    accuracy = held_out_accuracy(table, corpus)
    log.info("held-out translations, mean: %.4f", np.mean(list(accuracy.values())))
    export_encoder(table, tokenizer, export)
    log.info("exported to %s", export)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m indexer.training.tune", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished training run")
    parser.add_argument("--export", type=Path, required=True, help="the encoder's folder")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=0.005)
    parser.add_argument("--share", type=float, default=1.0, help="weight of likeness beside translation")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    tune(given.run, given.export, given.steps, given.rate, given.share, given.seed)


if __name__ == "__main__":
    main()
