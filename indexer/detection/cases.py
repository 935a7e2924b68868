"""Rows to ask, by case: sentences by length and under stress, translations, files of one's own, and no language."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from indexer.detection.corpus import Part, part_of
from indexer.detection.stress import stressed
from indexer.detection.tuning import windows
from knowledge.detection.labels import RELATIVES
from knowledge.locales import LANGDETECT_TAGS, PRODUCT_LANGUAGES

_RELATIVE = "near relative (bs, sr, ms, nn), 5 words and more"
NO_LANGUAGE = (
    "",
    "12345",
    "😡😡😡",
    "!!!",
    "2026-11-22 10:02",
    "€ 49,90",
    "#48213",
    "https://shop.example/a?b=1",
    "...",
    "✔️",
    "++386 41 123 456",
    "\u200f\u202e",
    "a@b.example",
    "🤷 100 %",
    "—",
    "[PHONE]",
)
WINDOW_CASES = ("full sentence", "10 words", "5 words", "3 words", "2 ordinary words", "1 ordinary word")


@dataclass(frozen=True, slots=True)
class Case:
    """A text, what it is, and of what kind."""

    name: str
    tag: str
    text: str


def sentence_cases(folder: Path, rows: int, part: Part = "test", seed: int = 7) -> Iterator[Case]:
    """Of every language's part by position: by length, and under stress."""
    draw = Random(seed)  # noqa: S311
    for path in sorted(folder.glob("*.txt.gz")):
        code = path.name.removesuffix(".txt.gz")
        tag = LANGDETECT_TAGS.get(code, code)
        if tag not in PRODUCT_LANGUAGES and tag not in RELATIVES:
            continue
        for sentence in part_of(path, part)[:rows]:
            parts = list(windows(sentence, tag, draw))
            if tag in RELATIVES:
                yield from (Case(_RELATIVE, tag, text) for text in parts[:3])
                continue
            yield from (Case(name, tag, text) for name, text in zip(WINDOW_CASES, parts, strict=False))
            yield from (Case(name, tag, text) for name, text in stressed(draw.choice(parts[1:3]), draw))


def translation_cases(folder: Path, rows: int, part: Part = "test") -> Iterator[Case]:
    """Tatoeba sentences, to test the second half of each file; no Chinese, whose file mixes its ways of writing."""
    for path in sorted(folder.glob("*.tsv.gz")):
        code = path.name.split(".", 1)[0]
        tag = LANGDETECT_TAGS.get(code, code)
        if tag not in PRODUCT_LANGUAGES or tag.startswith("zh"):
            continue
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            pairs = [line.rstrip("\n").split("\t") for line in lines]
        half = len(pairs) // 2
        pairs = {"dev": pairs[:half], "test": pairs[half:]}.get(part, pairs)[:rows]
        yield from (Case("Tatoeba sentence", tag, pair[1]) for pair in pairs)
        if tag == "sl":
            yield from (Case("Tatoeba sentence", "en", pair[0]) for pair in pairs)


def labelled_cases(path: Path, name: str) -> Iterator[Case]:
    """A file of ``tag<TAB>text`` lines; a line break inside a text is written ``\\n``."""
    for line in path.read_text(encoding="utf-8").splitlines():
        tag, tab, text = line.partition("\t")
        if tab:
            yield Case(name, tag, text.replace("\\n", "\n"))


def other_cases() -> Iterator[Case]:
    """What has no language."""
    yield from (Case("no language", "und", text) for text in NO_LANGUAGE)
