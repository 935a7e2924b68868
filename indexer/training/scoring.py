"""How good an encoder is: translations found, and queries of one intent found by one another."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Float32s]  # texts to unit vectors, shape (n, dimensions)

_QUERIES_AT_ONCE = 1_024


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


def translation_accuracy(english: Float32s, other: Float32s) -> float:
    """Share of sentences whose translation is the nearest, mean of both directions.

    Unit vectors, row ``i`` of both translating each other. A tie counts as a miss only if an
    earlier row wins it, as is usual for this test.
    """
    similarity = english @ other.T
    right = np.arange(len(english))
    forward = (similarity.argmax(1) == right).mean()
    backward = (similarity.argmax(0) == right).mean()
    return float(forward + backward) / 2


def label_precision(
    index: Float32s,
    index_labels: Sequence[str],
    queries: Float32s,
    query_labels: Sequence[str],
    depth: int,
) -> float:
    """Mean share of the ``depth`` nearest index texts that have the query's label."""
    numbers = {label: place for place, label in enumerate(sorted(set(index_labels)))}
    known = np.array([numbers[label] for label in index_labels])
    asked = np.array([numbers.get(label, -1) for label in query_labels])
    hits = 0.0
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        similarity = queries[start : start + _QUERIES_AT_ONCE] @ index.T
        nearest = np.argpartition(-similarity, depth - 1, axis=1)[:, :depth]
        hits += float((known[nearest] == asked[start : start + len(nearest), None]).sum())
    return hits / (len(queries) * depth)


def score_translations(encode: Encode, folder: Path) -> list[Score]:
    """Accuracy per language over a folder of translations, then their mean."""
    scores = [
        Score(
            "translation",
            pairs.language,
            translation_accuracy(encode(pairs.english), encode(pairs.other)),
        )
        for pairs in read_translations(folder)
    ]
    mean = float(np.mean([score.value for score in scores]))
    return [*scores, Score("translation", "mean", mean)]


def score_intents(encode: Encode, folder: Path, name: str) -> list[Score]:
    """Precision among the nearest 1 and 10: ``train.tsv.gz`` indexed, ``test.tsv.gz`` asked."""
    known = read_labelled(folder / "train.tsv.gz")
    asked = read_labelled(folder / "test.tsv.gz")
    index, queries = encode(known.texts), encode(asked.texts)
    return [
        Score(
            f"precision at {depth}",
            name,
            label_precision(index, known.labels, queries, asked.labels, depth),
        )
        for depth in (1, 10)
    ]
