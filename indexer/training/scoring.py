"""How good an encoder is: translations found, and queries of one intent found by one another."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import InvalidInput

Float32s = NDArray[np.float32]
Likeness = Callable[[Sequence[str], Sequence[str]], Float32s]  # (left, right): higher is more alike


@dataclass(frozen=True)
class Translations:
    """Sentences of one language with their English."""

    language: str
    english: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True)
class Labelled:
    """Texts and the intent of each."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """One figure: ``value`` between 0 and 1 of ``what`` in ``part`` (a language, or a set)."""

    what: str
    part: str
    value: float


def read_translations(folder: Path) -> Iterator[Translations]:
    """The ``<language>.tsv.gz`` files (English, tab, other) of a folder, sorted by language."""
    for path in sorted(folder.glob("*.tsv.gz")):
        rows = _rows(path)
        yield Translations(
            path.name.removesuffix(".tsv.gz"),
            tuple(row[0] for row in rows),
            tuple(row[1] for row in rows),
        )


def read_labelled(path: Path) -> Labelled:
    """One ``.tsv.gz`` file: text, tab, intent."""
    rows = _rows(path)
    return Labelled(tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\r\n").split("\t") for line in lines if "\t" in line]


def translation_accuracy(forward: Float32s, backward: Float32s) -> float:
    """Share of sentences whose translation is the most alike, mean of both directions.

    Both square: ``forward`` English against other, ``backward`` other against English, row ``i``
    of both translating each other. A tie counts as a miss only if an earlier row wins it, as is
    usual for this test.
    """
    right = np.arange(len(forward))
    return float((forward.argmax(1) == right).mean() + (backward.argmax(1) == right).mean()) / 2


def label_precision(likeness: Float32s, known_labels: Sequence[str], asked_labels: Sequence[str], depth: int) -> float:
    """Mean share of the ``depth`` most alike known texts that have the asked text's label.

    ``likeness``: shape (asked, known).
    """
    numbers = {label: place for place, label in enumerate(sorted(set(known_labels)))}
    known = np.array([numbers[label] for label in known_labels])
    asked = np.array([numbers.get(label, -1) for label in asked_labels])
    depth = min(depth, len(known_labels))
    nearest = np.argpartition(-likeness, depth - 1, axis=1)[:, :depth]
    return float((known[nearest] == asked[:, None]).mean())


def score_translations(likeness: Likeness, folder: Path) -> list[Score]:
    """Accuracy per language over a folder of translations, then their mean."""
    scores = [
        Score(
            "translation",
            pairs.language,
            translation_accuracy(likeness(pairs.english, pairs.other), likeness(pairs.other, pairs.english)),
        )
        for pairs in read_translations(folder)
    ]
    if not scores:
        raise InvalidInput(str(folder), "holds no <language>.tsv.gz.")
    mean = float(np.mean([score.value for score in scores]))
    return [*scores, Score("translation", "mean", mean)]


def score_intents(likeness: Likeness, folder: Path, name: str) -> list[Score]:
    """Precision among the nearest 1 and 10: ``train.tsv.gz`` indexed, ``test.tsv.gz`` asked."""
    known = read_labelled(folder / "train.tsv.gz")
    asked = read_labelled(folder / "test.tsv.gz")
    found = likeness(asked.texts, known.texts)
    return [
        Score(f"precision at {depth}", name, label_precision(found, known.labels, asked.labels, depth))
        for depth in (1, 10)
    ]
