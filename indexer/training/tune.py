"""``python -m indexer.training.tune``: from a trained run and the corpus to an encoder that knows complaints.

Every step learns from a batch of complaints (texts about one issue shall be near each other, whatever their language)
and rehearses a batch of translations, without which it would forget them. Only the corpus's train split is read.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from indexer.corpus.rankers import readable
from indexer.training import static
from indexer.training.batches import BatchSource
from indexer.training.encoded import EncodedCorpus, token_ids
from indexer.training.export import export_encoder
from indexer.training.held_out import held_out_accuracy
from indexer.training.likeness import LikenessSource, numbered
from indexer.training.noise import noisy
from indexer.training.ragged import Ragged
from indexer.training.static import StaticTrainer
from indexer.training.tokenizer import load_tokenizer
from knowledge.corpus import CorpusComplaint, complaints, issues, languages

log = logging.getLogger("indexer.training.tune")

LOG_EVERY = 50
# The tuned table and the one it started from are mixed: nearly all of what complaints taught stays, and most of what
# they cost translations comes back (Wortsman et al. 2022, arXiv:2109.01903). Chosen on the dev split.
MIX = 0.65
# Rehearsal goes on where training stopped: these steps' batches were not drawn before.
_FIRST_REHEARSAL = 1_000_000


@dataclass(frozen=True)
class Texts:
    """What is learned from: texts with the issue and language of each."""

    texts: list[str]
    issues: list[str]
    languages: list[str]


def complaint_texts(split: str = "train") -> Texts:
    """The split's complaints without personal data, and each issue's own words in English."""
    found: list[CorpusComplaint] = [c for tag in languages() for c in complaints(tag) if c.split == split]
    texts = [readable(c.text, [(span.start, span.end) for span in c.personal]) for c in found]
    known = {c.issue for c in found}
    described = [(issue.code, f"{issue.name}. {issue.definition}") for issue in issues() if issue.code in known]
    return Texts(
        texts + [text for _, text in described],
        [c.issue for c in found] + [code for code, _ in described],
        [c.language for c in found] + ["en"] * len(described),
    )


def likeness_source(found: Texts, tokenizer_path: Path, seed: int) -> LikenessSource:
    """The texts as token ids, clean and as somebody in a hurry would have typed them."""
    tokenizer = load_tokenizer(tokenizer_path)
    draw = Random(seed)  # noqa: S311 - slips of the finger, no secrets
    return LikenessSource(
        Ragged.of(token_ids(tokenizer, found.texts)),
        Ragged.of(token_ids(tokenizer, [noisy(text, draw) for text in found.texts])),
        numbered(found.issues),
        numbered(found.languages),
        seed,
    )


def tune(run: Path, export: Path, steps: int, rate: float, share: float, seed: int) -> None:
    """Tune a run's checkpoint and export the result; the checkpoint itself stays as it is."""
    corpus = EncodedCorpus.load(run / "encoded.npz")
    with np.load(run / "taught.npz") as stored:
        rehearsal = BatchSource(corpus, stored["chosen"], stored["vectors"], seed)
    tokenizer = run / "tokenizer.json"
    found = complaint_texts()
    log.info("%d texts, %d issues, %d languages", len(found.texts), len(set(found.issues)), len(set(found.languages)))
    source = likeness_source(found, tokenizer, seed)
    trainer = StaticTrainer(np.ones(load_tokenizer(tokenizer).get_vocab_size(), np.float32), seed)
    trainer.restore(run / "checkpoint.pt")
    before = trainer.folded_table().copy()
    static.ROW_RATE, static.WEIGHT_RATE = rate, rate / 4
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


def mixed(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both tables' rows weighed by MIX, brought to one scale first: pooling ignores a table's scale, a sum does not."""
    used = before.any(1)
    scale = np.median(np.linalg.norm(before[used], axis=1)) / np.median(np.linalg.norm(after[used], axis=1))
    return np.asarray((1 - MIX) * before + MIX * scale * after, dtype=np.float32)


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
