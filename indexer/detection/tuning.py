"""Rows to tune the pool with, and what every voice says of them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from indexer.detection.corpus import part_of, without_diacritics
from indexer.detection.romanisation import SOURCES
from knowledge.detection.labels import OTHER, RELATIVES, SCRIPT_LABELS
from knowledge.detection.letters import Letters
from knowledge.detection.pool import ROMAN, length_class, letters_logs, library_logs, pool_labels
from knowledge.detection.prepare import words_of
from knowledge.detection.voices import Cld2Voice, FastTextVoice, LangdetectVoice, Py3langidVoice, Voice
from knowledge.locales import LANGDETECT_TAGS
from knowledge.scripts import main_script

_OTHERS = Path(__file__).parent / "others.txt"
VOICES = ("letters", "fasttext", "cld2", "py3langid", "langdetect")
# Writing without spaces: characters that carry about one word.
_CHARACTERS_A_WORD = {"zh-Hans": 1.6, "zh-Hant": 1.6, "ja": 2.3, "th": 4.0}
# Two words and one, as the study cited in DECISIONS.md cuts them.
_CHARACTERS_INSIDE = {"zh-Hans": (4, 2), "zh-Hant": (4, 2), "ja": (5, 3), "th": (8, 4)}
_WINDOWS = (99, 10, 5, 3)
_HELD_OUT_A_LANGUAGE, _SENTENCES_A_LANGUAGE = 700, 350
_PLAIN_SHARE = 0.12
# How likely any other language, and all of ours in Latin letters, are beside one of ours.
_SHARE = {OTHER: 0.6, ROMAN: 0.8}
# Japanese without any kana is rare.
_KANJI_ALONE = 0.15


@dataclass(frozen=True)
class Row:
    """A prepared text with what it is: ``member`` the language itself, ``label`` the one it counts for in the pool."""

    text: str
    script: str
    label: str
    member: str
    is_plain: bool = False
    """Whether it is a sentence's beginning as it stands: what calibration is measured on."""


@dataclass(frozen=True)
class Heard:
    """Rows of one script with every voice's logarithms: voices, rows, labels."""

    rows: list[Row]
    logs: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def windows(text: str, tag: str, draw: Random) -> Iterator[str]:
    """The whole text, its first ten, five and three words, and two and one ordinary words from inside."""
    if tag in _CHARACTERS_A_WORD:
        for count in _WINDOWS:
            yield text[: round(count * _CHARACTERS_A_WORD[tag])]
        for length in _CHARACTERS_INSIDE[tag]:
            start = draw.randrange(max(1, len(text) - length))
            yield text[start : start + length]
        return
    words = text.split()
    for count in _WINDOWS:
        yield " ".join(words[:count])
    for count in (2, 1):
        inner = [n for n in range(1, len(words) - count) if all(map(_is_ordinary, words[n : n + count]))]
        if inner:
            start = draw.choice(inner)
            yield " ".join(words[start : start + count])


def _is_ordinary(word: str) -> bool:
    """A word in small letters: no name, number or sign."""
    return word == word.lower() and all(unicodedata.category(c)[0] in "LM" or c in "'’" for c in word)


def tuning_rows(held_out: dict[str, list[str]], sentences: Path, seed: int) -> Iterator[Row]:
    """Rows nobody fitted the letters with: first halves of the sentences, and rows held out of the parallel text."""
    draw = Random(seed)  # noqa: S311
    for path in sorted(sentences.glob("*.txt.gz")):
        code = path.name.removesuffix(".txt.gz")
        tag = LANGDETECT_TAGS.get(code, code)
        texts = held_out[tag] if tag in RELATIVES else part_of(path, "fit")[:_SENTENCES_A_LANGUAGE]
        for text in texts:
            for part in windows(text, tag, draw):
                yield from _row(part, tag, draw, is_plain=True)
        if tag not in RELATIVES:
            for text in draw.sample(held_out.get(tag, []), min(_HELD_OUT_A_LANGUAGE, len(held_out.get(tag, [])))):
                yield from _row(draw.choice(list(windows(text, tag, draw))), tag, draw)
    for tag in SOURCES:
        for text in draw.sample(held_out[tag], min(400, len(held_out[tag]))):
            for part in list(windows(text, tag, draw))[:4]:
                yield from _row(part, tag, draw)
    for line in _OTHERS.read_text(encoding="utf-8").splitlines():
        for part in list(windows(line.split("\t")[1], "", draw))[:4]:
            yield from _row(part, OTHER, draw)


def _row(text: str, tag: str, draw: Random, is_plain: bool = False) -> Iterator[Row]:
    text = words_of(text)
    if draw.random() < _PLAIN_SHARE:
        text, is_plain = without_diacritics(text), False
    script = main_script(text)
    if script is None or script not in SCRIPT_LABELS:
        return
    label = tag
    if tag.endswith("-Latn"):
        label = "hr" if tag == "sr-Latn" else ROMAN
    elif script == "LATIN":
        label = RELATIVES.get(tag, tag)
    if label in pool_labels(script):
        yield Row(text, script, label, tag, is_plain or label in _SHARE)


def hear(
    rows: list[Row], tables: Mapping[str, Letters]
) -> tuple[dict[str, Heard], dict[str, list[tuple[Row, dict[str, np.ndarray]]]]]:
    """Ask every voice about every row once; for the splits also what they say of relatives."""
    libraries: dict[str, Voice] = {
        voice.name: voice for voice in (FastTextVoice(), Cld2Voice(), Py3langidVoice(), LangdetectVoice())
    }
    by_script: dict[str, list[Row]] = defaultdict(list)
    for row in dict.fromkeys(rows):
        by_script[row.script].append(row)
    heard: dict[str, Heard] = {}
    relatives: dict[str, list[tuple[Row, dict[str, np.ndarray]]]] = defaultdict(list)
    for script, found in by_script.items():
        labels = pool_labels(script)
        logs = np.zeros((len(VOICES), len(found), len(labels)), dtype=np.float32)
        for n, row in enumerate(found):
            said = [libraries[name].probabilities(row.text) for name in VOICES[1:]]
            own = tables[script].log_probabilities(row.text)
            logs[0, n] = letters_logs(own, tables[script], script)
            logs[1:, n] = library_logs(said, script)
            if script == "LATIN" and row.label in RELATIVES.values():
                relatives[row.label].append((row, {"letters": own, **dict(zip(VOICES[1:], said, strict=True))}))
        targets = np.array([labels.index(row.label) for row in found])
        counts = np.bincount(targets, minlength=len(labels))
        share = np.array([_SHARE.get(label, 1.0) for label in labels])
        if script == "HAN":
            share[labels.index("ja")] = _KANJI_ALONE
        weights = (share / np.maximum(counts, 1))[targets]
        lengths = np.array([length_class(row.text, script) for row in found])
        print(f"{script}: {len(found)} rows heard", flush=True)
        heard[script] = Heard(found, logs, lengths, targets, weights / weights.mean())
    return heard, relatives
