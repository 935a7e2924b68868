"""What triage looks at in a message: expressions of its language, its embedding, and how it is typed."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.cues import CueSet, compile_cues
from knowledge.errors import CatalogueMissing
from knowledge.folding import fold
from knowledge.locales import base_language, catalogue_locales, folder_of, serve
from knowledge.model import Emotion, LanguageGuess, Mindset, Remedy

TEXT_LIMIT_CHARACTERS = 8_000

GROUNDS = ("deadline", "legal", "public", "leaving", "repeat", "harm", "hardship")
CUE_TABLES: tuple[str, ...] = (
    "complaint",
    "not_complaint",
    *(f"emotion.{emotion}" for emotion in Emotion if emotion != Emotion.CALM),
    *(f"mindset.{mindset}" for mindset in Mindset),
    *(f"remedy.{remedy}" for remedy in Remedy if remedy != Remedy.NONE),
    *(f"urgency.{ground}" for ground in GROUNDS),
)
_COUNTED = 2
# An embedding has length one; the other features are counts. Of 2, 4 and 8 this scored best on the dev split.
EMBEDDING_SCALE = 4.0


@dataclass(frozen=True, slots=True)
class Hits:
    """How often a table's expressions were found, and the first as it was written."""

    count: int
    first: str


@lru_cache(maxsize=64)
def cue_tables(locale: str) -> Mapping[str, CueSet]:
    """Expressions of one locale by dotted table name. Raises CatalogueMissing."""
    path = folder_of(locale) / "cues.toml"
    if not path.is_file():
        raise CatalogueMissing(locale, "triage cues")
    return {
        name: compile_cues(patterns, locale)
        for name, patterns in _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
    }


@lru_cache(maxsize=1)
def cue_locales() -> frozenset[str]:
    """Locales that have expressions for triage."""
    return frozenset(tag for tag in catalogue_locales() if (folder_of(tag) / "cues.toml").is_file())


def find_cues(text: str, language: LanguageGuess) -> dict[str, Hits]:
    """The expressions of the text's language (and of a likely second one) by table."""
    folded = fold(text)
    found: dict[str, Hits] = {}
    for locale in locales_to_read(language):
        for name, cues in cue_tables(locale).items():
            spans = cues.find(folded)
            if spans and name not in found:
                found[name] = Hits(len(spans), text[spans[0].start : spans[0].end])
    return found


def locales_to_read(language: LanguageGuess) -> tuple[str, ...]:
    """Whose expressions are looked for: the language, its relatives, a likely second language."""
    wanted = (language.tag, *language.group)
    served = dict.fromkeys(locale for tag in wanted if tag != "und" and (locale := serve(tag, cue_locales())))
    # Words of a likely second language (code-switching, or a close call) count as well.
    for tag, probability in language.distribution[1:3]:
        if probability >= 0.15 and (locale := serve(tag, cue_locales())):
            served[locale] = None
    if not served and base_language(language.tag) == "und" and "en" in cue_locales():
        served["en"] = None
    return tuple(served)


def counted_features(text: str, hits: Mapping[str, Hits]) -> NDArray[np.float32]:
    """Cue counts (capped) in the order of CUE_TABLES, then how the text is typed."""
    counts = [min(_COUNTED, hits[name].count) if name in hits else 0 for name in CUE_TABLES]
    return np.array([*counts, *typing_features(text)], dtype=np.float32)


def typing_features(text: str) -> tuple[float, float, float, float, float]:
    """Exclamation, shouting punctuation, capitals, question, and the logarithm of the length."""
    cased = [c for c in text if c.lower() != c.upper()]
    in_capitals = len(cased) >= 12 and sum(c.isupper() for c in cased) > 0.6 * len(cased)
    marks = text.count("!") + text.count("！")
    asks = "?" in text or "？" in text or "؟" in text
    return float(marks > 0), float(marks > 2), float(in_capitals), float(asks), float(np.log1p(len(text)) / 5)


def _flatten(tables: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, list[str]]]:
    for name, value in tables.items():
        if "patterns" in value:
            yield prefix + name, value["patterns"]
        else:
            yield from _flatten(value, f"{prefix}{name}.")
