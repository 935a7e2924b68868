"""The parallel text as token ids, rows grouped by language, ready for batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.training.corpora import ParallelFile, english_sentences
from indexer.training.noise import noisy
from indexer.training.ragged import Ragged

LONGEST_SEQUENCE = 80  # tokens a side
HELD_OUT = 250  # one English sentence in so many is never trained on, whatever its language
HELD_OUT_WEIGHT = 0.5  # rows of lighter sources (single words) are not worth scoring
_AT_ONCE = 20_000  # texts tokenised in one call

_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class EncodedCorpus:
    """Rows sorted by language. Sequence ``i`` of a side is clean, ``i + len / 2`` the same, noisy.

    ``row_english`` names the English sequence of each row; ``meaning`` is equal for English
    sentences that differ in capitals or punctuation only. A held-out row has weight 0.
    """

    languages: tuple[str, ...]
    english: Ragged
    other: Ragged
    row_english: NDArray[np.int64]
    row_language: NDArray[np.int64]
    row_weight: NDArray[np.float64]
    meaning: NDArray[np.int64]
    held_out: NDArray[np.int64]

    def save(self, path: Path) -> None:
        """One uncompressed file, moved into place when whole."""
        fresh = path.with_suffix(".tmp.npz")
        np.savez(
            fresh,
            languages=np.array(self.languages),
            english_flat=self.english.flat,
            english_offsets=self.english.offsets,
            other_flat=self.other.flat,
            other_offsets=self.other.offsets,
            row_english=self.row_english,
            row_language=self.row_language,
            row_weight=self.row_weight,
            meaning=self.meaning,
            held_out=self.held_out,
        )
        fresh.replace(path)

    @classmethod
    def load(cls, path: Path) -> EncodedCorpus:
        """What ``save`` wrote."""
        with np.load(path) as stored:
            return cls(
                languages=tuple(str(name) for name in stored["languages"]),
                english=Ragged(stored["english_flat"], stored["english_offsets"]),
                other=Ragged(stored["other_flat"], stored["other_offsets"]),
                row_english=stored["row_english"],
                row_language=stored["row_language"],
                row_weight=stored["row_weight"],
                meaning=stored["meaning"],
                held_out=stored["held_out"],
            )


def encode_corpus(files: Sequence[ParallelFile], tokenizer: Tokenizer, seed: int) -> EncodedCorpus:
    """All rows of ``files`` as token ids, each side clean and noisy."""
    languages = tuple(sorted({file.language for file in files}))
    ordered = sorted(files, key=lambda file: file.language)
    english, _ = english_sentences(files)
    places = {sentence: place for place, sentence in enumerate(english)}
    row_english = np.array([places[text] for file in ordered for text in file.english])
    sizes = [len(file.other) for file in ordered]
    row_language = np.repeat([languages.index(file.language) for file in ordered], sizes)
    row_weight = np.repeat([file.weight for file in ordered], sizes).astype(np.float64)
    apart = np.array([crc32(text.casefold().encode()) % HELD_OUT == 0 for text in english])
    held_out = np.flatnonzero(apart[row_english] & (row_weight >= HELD_OUT_WEIGHT))
    row_weight[apart[row_english]] = 0.0
    draw = Random(seed)  # noqa: S311 - slips of the finger, no secrets
    return EncodedCorpus(
        languages=languages,
        english=Ragged.of(_clean_then_noisy(tokenizer, english, draw)),
        other=Ragged.of(_clean_then_noisy(tokenizer, [text for file in ordered for text in file.other], draw)),
        row_english=row_english,
        row_language=row_language,
        row_weight=row_weight,
        meaning=_meanings(english),
        held_out=held_out,
    )


def _clean_then_noisy(tokenizer: Tokenizer, texts: Sequence[str], draw: Random) -> Iterator[list[int]]:
    yield from token_ids(tokenizer, texts)
    yield from token_ids(tokenizer, (noisy(text, draw) for text in texts))


def token_ids(tokenizer: Tokenizer, texts: Iterable[str], longest: int = LONGEST_SEQUENCE) -> Iterator[list[int]]:
    """Each text's token ids, cut at ``longest``."""
    waiting: list[str] = []
    for text in texts:
        waiting.append(text)
        if len(waiting) == _AT_ONCE:
            yield from _batch_ids(tokenizer, waiting, longest)
            waiting = []
    yield from _batch_ids(tokenizer, waiting, longest)


def _batch_ids(tokenizer: Tokenizer, texts: list[str], longest: int) -> Iterator[list[int]]:
    for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        yield encoding.ids[:longest]


def _meanings(english: Sequence[str]) -> NDArray[np.int64]:
    seen: dict[str, int] = {}
    keys = (_NOT_LETTERS.sub(" ", text.casefold()).strip() or text for text in english)
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)
