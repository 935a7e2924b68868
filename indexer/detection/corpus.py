"""Text of known language: for fitting the letters, and for fitting the pool; disjoint.

Folders: parallel files ``<source>.<language>.tsv.gz`` (the other-language column is used) and
``<language>.txt.gz`` with a sentence a line: by position the first half fits, the next rows are for choices while
developing, the last two sevenths only test.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Literal

from indexer.detection.romanisation import SOURCES, romanise
from indexer.training.corpora import read_parallel_file
from knowledge.locales import LANGDETECT_TAGS

Part = Literal["fit", "dev", "test", "all"]

# Of every draw, so that what is fitted or measured again comes out alike.
SEED = 20261122

_ROMANISED = Path(__file__).parent / "romanised"

# Rows a language contributes; single words (lex_*) at most this share of them.
_ROWS_A_LANGUAGE, _LEXICON_SHARE = 24_000, 0.25
# Sentences people wrote come first, then interfaces, last what machines translated; news count again, for they read
# most like letters. Automatic wordnets and keyword lists are left out: too many of their words are another language's.
_WRITTEN_BY_PEOPLE = frozenset({"ntrex", "tatoeba_anki", "tico19", "massive", "xquad_questions", "xcopa_gmt"})
_NEWS, _NEWS_AGAIN, _BY_MACHINE = "ntrex", 2, "ui_wekan"
_NOISY_WORDS = frozenset({"lex_omw", "lex_cldr", "tico19_terms"})
_HELD_OUT_ONE_IN = 12
# Sentences written the way people really type count this often beside those made by rule.
_WRITTEN_REPEATS = 40
# Of a sentence file's first half, the share that fits letters for languages without any other text.
_LETTERS_SHARE = 0.7
_WITH_GOOD_ENGLISH = frozenset({"de", "fr"})
_SCARCE = ("bs", "sr", "ms", "nn")
# Croatian rows that join the few Serbian ones, in Cyrillic letters.
_CROATIAN_AS_SERBIAN = 6_000

# Croatian words whose Serbian spelling or word differs: what tells the two apart.
_EKAVIAN = [
    (re.compile(pattern), other)
    for pattern, other in (
        (r"\bgdje\b", "gde"), (r"\bovdje\b", "ovde"), (r"\buvijek\b", "uvek"), (r"\btko\b", "ko"), (r"\bšto\b", "šta"),
        (r"\bnetko\b", "neko"), (r"\bnitko\b", "niko"), (r"\btjedan\b", "nedelja"), (r"\btjedn", "nedelj"),
        (r"\btisuć", "hiljad"), (r"\bprije\b", "pre"), (r"\bposlije\b", "posle"), (r"\bnarudžb", "porudžbin"),
        (r"\btakođer\b", "takođe"), (r"\bopć", "opšt"), (r"\buopće\b", "uopšte"), (r"\bzrak", "vazduh"),
        (r"\bkruh", "hleb"), (r"\bvlak", "voz"), (r"\btvrtk", "firm"), (r"\bsudjel", "učestv"), (r"\bsretn", "srećn"),
        (r"\bnogomet", "fudbal"), (r"\bsiječ\w+", "januar"), (r"\bveljač\w+", "februar"), (r"\bsrpnj\w+", "jul"),
        (r"\bponovno\b", "ponovo"), (r"\bzapork", "lozink"), (r"\bbit će\b", "biće"),
        (r"(?<=[bcdlmnprstvzž])ije(?=[bcčdglnsštvzž])", "e"),
        (r"(?<=[dlmnprtv])je(?=[bcčdgklmnrsštvzž])", "e"), (r"\bnie\b", "nije"),
    )
]  # fmt: skip


def _parallel_rows(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Tag, source, and a side of every parallel file: the other, of some the English too."""
    for path in sorted(folder.glob("*.tsv.gz")):
        source, _, language = path.name.removesuffix(".tsv.gz").partition(".")
        if source in _NOISY_WORDS:
            continue
        file = read_parallel_file(path)
        yield LANGDETECT_TAGS.get(language, language), source, list(file.other)
        if language in _WITH_GOOD_ENGLISH:
            yield "en", source, list(file.english)


def letter_rows(folder: Path, sentences: Path, seed: int) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Rows by tag to fit the letters with, and rows held out of that for the pool."""
    draw = Random(seed)  # noqa: S311
    # By tag: what people wrote, interfaces, what machines translated, single words.
    kinds: dict[str, tuple[set[str], ...]] = defaultdict(lambda: tuple(set() for _ in range(4)))
    news: dict[str, list[str]] = defaultdict(list)
    for tag, source, rows in _parallel_rows(folder):
        kinds[tag][_kind(source)].update(row for row in rows if len(row) > 1)
        if source == _NEWS:
            news[tag] += rows
    fitting: dict[str, list[str]] = {}
    held_out: dict[str, list[str]] = {}
    for tag in sorted(kinds):
        *prose, words = [_shuffled(found, draw) for found in kinds[tag]]
        texts = list(dict.fromkeys(row for rows in prose for row in rows))[:_ROWS_A_LANGUAGE]
        chosen = texts + words[: int(max(len(texts), 4_000) * _LEXICON_SHARE)]
        fitting[tag] = [row for row in chosen + news[tag] * _NEWS_AGAIN if not _is_held_out(row)]
        held_out[tag] = [row for row in chosen if _is_held_out(row)]
        # Only so many are drawn on, and the longest lists would be those of interfaces.
        draw.shuffle(held_out[tag])
    for tag in _SCARCE:
        half = part_of(sentences / f"{tag}.txt.gz", "fit")
        count = int(len(half) * _LETTERS_SHARE)
        fitting[tag], held_out[tag] = half[:count], half[count:]
    fitting["sr"] = fitting["sr"] * 4 + [_to_cyrillic(row) for row in fitting["hr"][:_CROATIAN_AS_SERBIAN]]
    _add_romanised(fitting, held_out, draw)
    return fitting, held_out


def _kind(source: str) -> int:
    """Which of the kinds of text a source is, as ``letter_rows`` counts them."""
    if source.startswith("lex_"):
        return 3
    if source in _WRITTEN_BY_PEOPLE:
        return 0
    return 2 if source == _BY_MACHINE else 1


def _shuffled(rows: set[str], draw: Random) -> list[str]:
    ordered = sorted(rows)
    draw.shuffle(ordered)
    return ordered


def part_of(path: Path, part: Part) -> list[str]:
    """The sentences of a file that fit, that choices may be made on, that only test, or all of them."""
    lines = _lines(path)
    half, last = len(lines) // 2, len(lines) * 5 // 7
    return {"fit": lines[:half], "dev": lines[half:last], "test": lines[last:], "all": lines}[part]


def _is_held_out(row: str) -> bool:
    """Whether a row stays out of the letters' fitting; the same in every run."""
    return zlib.crc32(row.encode()) % _HELD_OUT_ONE_IN == 0


def without_diacritics(text: str) -> str:
    """Letters without their marks, as typed on a plain keyboard."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("ł", "l").replace("ø", "o").replace("ı", "i"))
    return unicodedata.normalize("NFC", "".join(c for c in plain if not 0x300 <= ord(c) <= 0x36F))


def _to_cyrillic(text: str) -> str:
    """Croatian letters as Serbian Cyrillic, to have enough of that script."""
    text = text.lower()
    for latin, cyrillic in (("lj", "љ"), ("nj", "њ"), ("dž", "џ")):
        text = text.replace(latin, cyrillic)
    return text.translate(str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш"))


def _ekavian(text: str) -> str:
    """Croatian words the Serbian way, by rule."""
    text = text.lower()
    for pattern, other in _EKAVIAN:
        text = pattern.sub(other, text)
    return text


def _add_romanised(fitting: dict[str, list[str]], held_out: dict[str, list[str]], draw: Random) -> None:
    for tag, source in SOURCES.items():
        if tag == "sr-Latn":
            continue
        rows = fitting[source][:9_000]
        fitting[tag] = [made for row in rows if (made := romanise(row, tag, draw))]
        held_out[tag] = [made for row in held_out[source] if (made := romanise(row, tag, draw))]
    serbian = [romanise(row, "sr-Latn", draw) for row in fitting["sr"][:-_CROATIAN_AS_SERBIAN]]
    changed = [made for row in fitting["hr"] if (made := _ekavian(row)) != row.lower()]
    fitting["sr-Latn"] = serbian * 2 + changed[:5_000]
    held_out["sr-Latn"] = [romanise(row, "sr-Latn", draw) for row in held_out["sr"]]
    for path in sorted(_ROMANISED.glob("*.txt")):
        written = path.read_text(encoding="utf-8").splitlines()
        tag = "hi-Latn" if path.stem == "ur-Latn" else path.stem
        fitting[tag] += written * (_WRITTEN_REPEATS if tag != "sr-Latn" else 20)


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.strip().strip('"').replace('""', '"') for line in lines if line.strip()]
