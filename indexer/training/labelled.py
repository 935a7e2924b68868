"""Labelled texts to learn from, and what keeps learning from them from undoing what was known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.corpus.rankers import readable
from indexer.training.encoded import LONGEST_SEQUENCE, token_ids
from indexer.training.likeness import TEXTS, LikenessSource, numbered
from indexer.training.noise import noisy
from indexer.training.ragged import Ragged
from indexer.training.tokenizer import load_tokenizer
from knowledge.closer_look import sentences
from knowledge.corpus import CorpusComplaint, complaints, issues, languages
from knowledge.corpus import sentences as translated

# The tuned table and the one it started from are mixed: nearly all of what complaints taught stays, and most of what
# they cost translations comes back (Wortsman et al. 2022, arXiv:2109.01903). Chosen on the dev split.
MIX = 0.65
FOLDS = 4
SENTENCE_WEIGHT = 0.5  # of a single sentence beside a complaint's 1, when batches are drawn


@dataclass(frozen=True)
class Texts:
    """What is learned from: texts with the label (an issue, a resolution) and language of each.

    ``origins``: what each was made of, if not of itself; translations of one sentence have one origin.
    ``weights``: how often each is drawn beside others.
    """

    texts: list[str]
    labels: list[str]
    languages: list[str]
    origins: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    @property
    def folds(self) -> NDArray[np.int64]:
        """Which of FOLDS parts each is in; what has one origin is never parted."""
        return np.array([crc32(origin.encode()) % FOLDS for origin in self.origins or self.texts])

    def without_fold(self, number: int) -> Texts:
        """All but one part."""
        kept = list(self.folds != number)
        return Texts(
            list(compress(self.texts, kept)),
            list(compress(self.labels, kept)),
            list(compress(self.languages, kept)),
            list(compress(self.origins, kept)),
            list(compress(self.weights, kept)),
        )


def complaint_texts(split: str = "train") -> Texts:
    """The split's complaints without personal data; to train on, what else the corpus says of their issues, too."""
    found: list[CorpusComplaint] = [c for tag in languages() for c in complaints(tag) if c.split == split]
    whole = [readable(c.text, [(span.start, span.end) for span in c.personal]) for c in found]
    rows = [(text, c.issue, c.language, text, 1.0) for text, c in zip(whole, found, strict=True)]
    if split == "train":
        rows += _said_of({c.issue for c in found})
    texts, labels, tags, origins, weights = (list(column) for column in zip(*rows, strict=True))
    return Texts(texts, labels, tags, origins, weights)


def _said_of(codes: set[str]) -> Iterator[tuple[str, str, str, str, float]]:
    """Each issue's own words in English, and single sentences about it: fields of ``Texts``."""
    for issue in issues():
        if issue.code in codes:
            yield f"{issue.name}. {issue.definition}", issue.code, "en", issue.code, 1.0
    english: dict[str, str] = {}
    for row in translated():
        if row.issue in codes:
            english[row.english] = row.issue
            yield row.text, row.issue, row.language, row.english, SENTENCE_WEIGHT
    yield from ((text, code, "en", text, SENTENCE_WEIGHT) for text, code in english.items())


def complaint_lines() -> list[str]:
    """The sentences of the train split: a tokenizer shall have pieces for what complaints speak of."""
    return [sentence for text in complaint_texts().texts for sentence in sentences(text)]


def likeness_source(
    found: Texts, tokenizer_path: Path, seed: int, size: int = TEXTS, longest: int = LONGEST_SEQUENCE
) -> LikenessSource:
    """The texts as token ids, clean and as somebody in a hurry would have typed them, cut at ``longest``."""
    tokenizer = load_tokenizer(tokenizer_path)
    draw = Random(seed)  # noqa: S311 - slips of the finger, no secrets
    return LikenessSource(
        Ragged.of(token_ids(tokenizer, found.texts, longest)),
        Ragged.of(token_ids(tokenizer, [noisy(text, draw) for text in found.texts], longest)),
        numbered(found.labels),
        numbered(found.languages),
        seed,
        size,
        np.array(found.weights or [1.0] * len(found.texts)),
    )


def mixed(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both tables' rows weighed by MIX, brought to one scale first: pooling ignores a table's scale, a sum does not."""
    used = before.any(1)
    scale = np.median(np.linalg.norm(before[used], axis=1)) / np.median(np.linalg.norm(after[used], axis=1))
    return np.asarray((1 - MIX) * before + MIX * scale * after, dtype=np.float32)
