"""Text of known language: for fitting the letters, and for fitting the pool; disjoint.

Folders: parallel files ``<source>.<language>.tsv.gz`` (the other-language column is used) and
``<language>.txt.gz`` with a sentence a line, whose first half by position fits and whose second half only tests.
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

from indexer.detection.romanisation import SOURCES, romanise
from indexer.training.corpora import read_parallel_file
from knowledge.locales import LANGDETECT_TAGS

ROMANISED = Path(__file__).parent / "romanised"

# Rows a language contributes; single words (lex_*) at most this share of them.
ROWS_A_LANGUAGE, LEXICON_SHARE = 16_000, 0.3
_HELD_OUT_ONE_IN = 12
# Sentences written the way people really type count this often beside those made by rule.
_WRITTEN_REPEATS = 60
# Of a sentence file's first half, the share that fits letters for languages without any other text.
_LETTERS_SHARE = 0.7
_TAG = {**LANGDETECT_TAGS, "zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}
_WITH_GOOD_ENGLISH = frozenset({"de", "fr"})
_SCARCE = ("bs", "sr", "ms", "nn")

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
        (r"\bponovno\b", "ponovo"), (r"\bzapork", "lozink"), (r"\bbit će\b", "biće"), (r"\bmoći će\b", "moći će"),
        (r"(?<=[bcdlmnprstvzž])ije(?=[bcčdglnsštvzž])", "e"),
        (r"(?<=[dlmnprtv])je(?=[bcčdgklmnrsštvzž])", "e"), (r"\bnie\b", "nije"),
    )
]  # fmt: skip


def parallel_rows(folder: Path) -> Iterator[tuple[str, bool, list[str]]]:
    """Tag, whether it is a word list, and a side of every parallel file: the other, of some the English too."""
    for path in sorted(folder.glob("*.tsv.gz")):
        file = read_parallel_file(path)
        is_lexicon = file.source.startswith("lex_")
        yield _TAG.get(file.language, file.language), is_lexicon, list(file.other)
        if file.language in _WITH_GOOD_ENGLISH:
            yield "en", is_lexicon, list(file.english)


def letter_rows(folder: Path, sentences: Path, seed: int) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Rows by tag to fit the letters with, and rows held out of that for the pool."""
    draw = Random(seed)  # noqa: S311
    lexicon: dict[str, set[str]] = defaultdict(set)
    prose: dict[str, set[str]] = defaultdict(set)
    for tag, is_lexicon, rows in parallel_rows(folder):
        (lexicon if is_lexicon else prose)[tag].update(row for row in rows if len(row) > 1)
    fitting: dict[str, list[str]] = {}
    held_out: dict[str, list[str]] = {}
    for tag in sorted(prose):
        words, texts = sorted(lexicon[tag]), sorted(prose[tag])
        draw.shuffle(words)
        draw.shuffle(texts)
        texts = texts[:ROWS_A_LANGUAGE]
        chosen = texts + words[: int(max(len(texts), 4_000) * LEXICON_SHARE)]
        fitting[tag] = [row for row in chosen if not is_held_out(row)]
        held_out[tag] = [row for row in chosen if is_held_out(row)]
    for tag in _SCARCE:
        half = first_half(sentences / f"{tag}.txt.gz")
        count = int(len(half) * _LETTERS_SHARE)
        fitting[tag], held_out[tag] = half[:count], half[count:]
    fitting["sr"] = fitting["sr"] * 4 + [to_cyrillic(row) for row in fitting["hr"][:6_000]]
    _add_romanised(fitting, held_out, draw)
    return fitting, held_out


def first_half(path: Path) -> list[str]:
    """The sentences that may be tuned on."""
    lines = _lines(path)
    return lines[: len(lines) // 2]


def second_half(path: Path) -> list[str]:
    """The sentences that only test."""
    lines = _lines(path)
    return lines[len(lines) // 2 :]


def is_held_out(row: str) -> bool:
    """Whether a row stays out of the letters' fitting; the same in every run."""
    return zlib.crc32(row.encode()) % _HELD_OUT_ONE_IN == 0


def without_diacritics(text: str) -> str:
    """Letters without their marks, as typed on a plain keyboard."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("ł", "l").replace("ø", "o").replace("ı", "i"))
    return unicodedata.normalize("NFC", "".join(c for c in plain if not 0x300 <= ord(c) <= 0x36F))


def to_cyrillic(text: str) -> str:
    """Croatian letters as Serbian Cyrillic, to have enough of that script."""
    text = text.lower()
    for latin, cyrillic in (("lj", "љ"), ("nj", "њ"), ("dž", "џ")):
        text = text.replace(latin, cyrillic)
    return text.translate(str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш"))


def ekavian(text: str) -> str:
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
    serbian = [romanise(row, "sr-Latn", draw) for row in fitting["sr"][: len(fitting["sr"]) - 6_000]]
    changed = [made for row in fitting["hr"] if (made := ekavian(row)) != row.lower()]
    fitting["sr-Latn"] = serbian * 2 + changed[:5_000]
    held_out["sr-Latn"] = [romanise(row, "sr-Latn", draw) for row in held_out["sr"]]
    for path in sorted(ROMANISED.glob("*.txt")):
        written = path.read_text(encoding="utf-8").splitlines()
        tag = "hi-Latn" if path.stem == "ur-Latn" else path.stem
        fitting[tag] += written * (_WRITTEN_REPEATS if tag != "sr-Latn" else 20)


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.strip().strip('"').replace('""', '"') for line in lines if line.strip()]
