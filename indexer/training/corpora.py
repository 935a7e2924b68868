"""A folder of parallel text: ``<source>.<language>.tsv.gz``, English, tab, the other language."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import sentences

DEFAULT_WEIGHT = 1.0

SOURCE_WEIGHTS = {
    # How much one row counts when rows are drawn within a language. Sentences people wrote count
    # fully; what a shop or a helpdesk says counts more, because complaints use those words.
    "ui_helpdesk": 2.0,
    "ui_chatwoot": 1.5,
    "ui_spree": 1.5,
    "ui_sylius": 1.5,
    "ui_bagisto": 1.5,
    "ui_saleor": 1.5,
    "ntrex": 1.5,
    "xquad_questions": 1.0,
    "ui_wekan": 0.5,  # machine-translated for several small languages
    "xcopa_gmt": 0.7,  # the English side is machine-translated
    "bible": 0.3,  # archaic
    # Single words: a third of all rows. Lower, and Tatoeba rises but complaint words are lost.
    "lex_osm_id": 0.35,
    "lex_wikt": 0.3,
    "lex_cldr": 0.2,
    "lex_omw": 0.15,  # automatic wordnets in fr, hr, pt, sl
    "tico19_terms": 0.3,
}

OWN_SOURCE = "amends"
# What the folders of parallel text call a language of ours.
_CODES = {"fil": "tl", "nb": "no", "zh-Hans": "zh-cn", "zh-Hant": "zh-tw"}

_FILE_NAME = re.compile(r"(?P<source>[a-z0-9_]+)\.(?P<language>[a-z]{2,3}(?:-[a-z]+)?)\.tsv\.gz")

# Place holders and markup stand unchanged on both sides: left in, they would be the easiest way
# to recognise a translation and nothing about meaning would be learnt from the row.
_MARKUP = re.compile(
    r"<[^>]*>|%\{[^}]*\}|\{\{[^}]*\}\}|\$?\{[^}]*\}|%\([^)]*\)[sd]|%(?:\d+\$)?[sd@]|&[a-z]+;"
    r"|\\[nrt\"']|(?<!\w)[:@][a-z_]+\b|__\w+?__|[|*`]"
)
_PLURAL_FORMAT = re.compile(r",\s*(?:plural|select|selectordinal)\s*,")
_SPACES = re.compile(r"\s+")

LONGEST_SIDE = 600  # characters; longer rows are whole paragraphs, rarely aligned


@dataclass(frozen=True)
class ParallelFile:
    """The usable rows of one file; ``english[i]`` and ``other[i]`` translate each other."""

    source: str
    language: str
    english: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def weight(self) -> float:
        """How much one row counts when rows of a language are drawn (dimensionless)."""
        return SOURCE_WEIGHTS.get(self.source, DEFAULT_WEIGHT)


def read_corpora(folder: Path) -> Iterator[ParallelFile]:
    """Every parallel file of ``folder``, in the order of their names so that a run repeats."""
    paths = sorted(path for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name))
    if not paths:
        raise FileNotFoundError(f"no <source>.<language>.tsv.gz in {folder}")
    for path in paths:
        yield read_parallel_file(path)


def read_parallel_file(path: Path) -> ParallelFile:
    """One gzipped file of rows; rows that teach nothing are left out (see ``clean_pair``)."""
    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        raise ValueError(f"{path.name} is not named <source>.<language>.tsv.gz")
    english: list[str] = []
    other: list[str] = []
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            pair = clean_pair(line.rstrip("\n").split("\t"))
            if pair is None:
                continue
            english.append(pair[0])
            other.append(pair[1])
    return ParallelFile(name["source"], name["language"], tuple(english), tuple(other))


def clean_pair(fields: list[str]) -> tuple[str, str] | None:
    """English and other text without markup, or None for a row that teaches nothing.

    Left out: rows without two sides, plural formats of several branches, sides that are the same
    (an untranslated string), and sides longer than ``LONGEST_SIDE`` characters.
    """
    if len(fields) < 2 or _PLURAL_FORMAT.search(fields[0]):
        return None
    english, other = (_SPACES.sub(" ", _MARKUP.sub(" ", side)).strip() for side in fields[:2])
    if not english or not other or english.casefold() == other.casefold():
        return None
    if max(len(english), len(other)) > LONGEST_SIDE:
        return None
    return english, other


def own_sentences() -> list[ParallelFile]:
    """The open corpus's translated sentences, a file's worth per language."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in sentences():
        rows[_CODES.get(row.language, row.language)].append((row.english, row.text))
    return [
        ParallelFile(OWN_SOURCE, language, tuple(row[0] for row in found), tuple(row[1] for row in found))
        for language, found in sorted(rows.items())
    ]


def english_sentences(files: Sequence[ParallelFile]) -> tuple[list[str], NDArray[np.float32]]:
    """The distinct English sentences in order of appearance, and the weight of each one's rows."""
    places: dict[str, int] = {}
    for file in files:
        for sentence in file.english:
            places.setdefault(sentence, len(places))
    uses = np.zeros(len(places), dtype=np.float32)
    for file in files:
        np.add.at(uses, [places[sentence] for sentence in file.english], file.weight)
    return list(places), uses
