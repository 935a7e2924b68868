"""Labelled texts to learn from, and what keeps learning from them from undoing what was known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

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

# The tuned table and the one it started from are mixed: nearly all of what complaints taught stays, and most of what
# they cost translations comes back (Wortsman et al. 2022, arXiv:2109.01903). Chosen on the dev split.
MIX = 0.65


@dataclass(frozen=True)
class Texts:
    """What is learned from: texts with the label (an issue, a resolution) and language of each."""

    texts: list[str]
    labels: list[str]
    languages: list[str]


def complaint_texts(split: str = "train") -> Texts:
    """The split's complaints without personal data; to train on, each issue's own words in English, too."""
    found: list[CorpusComplaint] = [c for tag in languages() for c in complaints(tag) if c.split == split]
    texts = [readable(c.text, [(span.start, span.end) for span in c.personal]) for c in found]
    known = {c.issue for c in found}
    described = [
        (issue.code, f"{issue.name}. {issue.definition}")
        for issue in issues()
        if issue.code in known and split == "train"
    ]
    return Texts(
        texts + [text for _, text in described],
        [c.issue for c in found] + [code for code, _ in described],
        [c.language for c in found] + ["en"] * len(described),
    )


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
    )


def mixed(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both tables' rows weighed by MIX, brought to one scale first: pooling ignores a table's scale, a sum does not."""
    used = before.any(1)
    scale = np.median(np.linalg.norm(before[used], axis=1)) / np.median(np.linalg.norm(after[used], axis=1))
    return np.asarray((1 - MIX) * before + MIX * scale * after, dtype=np.float32)
