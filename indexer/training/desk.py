"""Tuning the encoder on a desk's own solved complaints: those one resolution settled belong together.

The open corpus's complaints are rehearsed beside them, or what they taught would be forgotten; a fifth of the desk's
texts is kept back to ask with. Nothing is published here: the figures before and after come first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.corpus.rankers import by_encoder
from indexer.training.export import export_encoder, read_table
from indexer.training.labelled import Texts, complaint_texts, likeness_source, mixed
from indexer.training.likeness import numbered
from indexer.training.static import StaticTrainer
from knowledge.errors import TooLittleToLearn
from knowledge.folding import fold_text
from knowledge.model import Outcome, SolvedComplaint
from knowledge.ports import Encoder
from knowledge.privacy import without_masks
from knowledge.static_encoder import StaticEncoder

FEWEST_TEXTS = 50
_ASKED_EVERY = 5  # one text in so many is kept back to ask with
_RATE = 0.0115  # of a row's usual size: what 0.005 was to the rows of the shipped encoder in training
_REHEARSAL_SHARE = 0.5  # of a desk's batch's weight
_MOST_FORGOTTEN = 0.02  # of the open corpus's recall at 5


@dataclass(frozen=True)
class DeskTexts:
    """A desk's solved complaints: what is learned from, and what is asked."""

    learned: Texts
    asked: Texts


@dataclass(frozen=True)
class Finding:
    """Shares of questions with a right answer first and among five; its mean reciprocal rank."""

    asked: int
    recall_at_1: float
    recall_at_5: float
    mrr: float


@dataclass(frozen=True)
class Tuned:
    """What tuning changed, on the desk's kept-back texts and on the open corpus's."""

    desk_before: Finding
    desk_after: Finding
    corpus_before: Finding
    corpus_after: Finding

    @property
    def is_better(self) -> bool:
        """Whether the desk gains and the open corpus loses next to nothing."""
        forgotten = self.corpus_before.recall_at_5 - self.corpus_after.recall_at_5
        return self.desk_after.mrr > self.desk_before.mrr and forgotten <= _MOST_FORGOTTEN


def desk_texts(solved: Iterable[SolvedComplaint]) -> DeskTexts:
    """Complaints that share an issue, or a resolution word for word, with another. Reopened ones teach nothing.

    Raises TooLittleToLearn.
    """
    usable = [
        (without_masks(each.complaint), label, each)
        for each in solved
        if each.outcome != Outcome.REOPENED and (label := label_of(each))
    ]
    shared = Counter(label for _, label, _ in usable)
    kept = sorted((row for row in usable if shared[row[1]] > 1), key=lambda row: row[2].id)
    if len(kept) < FEWEST_TEXTS:
        raise TooLittleToLearn(len(kept), FEWEST_TEXTS)
    is_asked = [_hash(fold_text(text)) % _ASKED_EVERY == 0 for text, _, _ in kept]
    sides = ([row for row, asked in zip(kept, is_asked, strict=True) if asked is side] for side in (False, True))
    learned, asked = (
        Texts([text for text, _, _ in rows], [label for _, label, _ in rows], [each.language for _, _, each in rows])
        for rows in sides
    )
    return DeskTexts(learned, asked)


def label_of(solved: SolvedComplaint) -> str:
    """What a complaint shares with its like: its issue, or without one the words of its resolution; else nothing."""
    return solved.issue or " ".join(solved.resolution.casefold().split())


def tune_for_desk(
    desk: DeskTexts, base: Path, out: Path, steps: int, seed: int, advance: Callable[[int], None]
) -> Tuned:
    """Tune the static encoder in the folder ``base`` on ``desk``, write it to ``out`` and compare both."""
    tokenizer = base / "tokenizer.json"
    before = read_table(base)
    usual_size = float(np.median(np.sqrt((before[before.any(1)] ** 2).mean(1))))
    trainer = StaticTrainer.of_table(before, seed, _RATE * usual_size)
    own = likeness_source(desk.learned, tokenizer, seed)
    rehearsed = likeness_source(complaint_texts("train"), tokenizer, seed)
    for step in range(steps):
        left = 1 - step / steps
        trainer.learn(rehearsed.batch(step), left, _REHEARSAL_SHARE)
        trainer.learn(own.batch(step), left)
        advance(1)
    export_encoder(mixed(before, trainer.folded_table()), tokenizer, out)
    return compared(desk, StaticEncoder(base), StaticEncoder(out))


def compared(desk: DeskTexts, before: Encoder, after: Encoder) -> Tuned:
    """Both encoders on the desk's kept-back texts and on the open corpus's dev split."""
    dev = complaint_texts("dev")
    return Tuned(
        found_by(before, desk.asked, desk.learned),
        found_by(after, desk.asked, desk.learned),
        found_by(before, dev, dev),
        found_by(after, dev, dev),
    )


def found_by(encoder: Encoder, asked: Texts, known: Texts) -> Finding:
    """Does each text of ``asked`` find one of its label in ``known``, itself left out?"""
    numbers = numbered([*asked.labels, *known.labels])
    asked_labels, known_labels = numbers[: len(asked.labels)], numbers[len(asked.labels) :]
    likeness = by_encoder(encoder)(asked.texts, known.texts)
    if asked is known:
        np.fill_diagonal(likeness, -np.inf)
    firsts = []
    for row, label in zip(likeness, asked_labels, strict=True):
        right = np.flatnonzero(known_labels[np.argsort(-row, kind="stable")] == label) + 1
        right = right[right < len(row)] if asked is known else right
        if len(right):
            firsts.append(int(right[0]))
    return _finding(np.array(firsts))


def _finding(firsts: NDArray[np.int64]) -> Finding:
    if not len(firsts):
        return Finding(0, 0.0, 0.0, 0.0)
    return Finding(len(firsts), float((firsts == 1).mean()), float((firsts <= 5).mean()), float((1 / firsts).mean()))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
