"""Triage: complaint or not, emotion, mindset, remedy asked, urgency with its reasons.

Two witnesses: expressions of the language (``locales/<tag>/cues.toml``) and the labels of similar past
complaints, which speak for languages without expressions too. Weights are set by hand until there
is a labelled corpus to fit them on; they are all in this module's first lines.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from knowledge.cues import CueSet, compile_cues
from knowledge.errors import CatalogueMissing
from knowledge.folding import Folded, fold
from knowledge.locales import base_language, catalogue_locales, folder_of, serve
from knowledge.model import Assessment, Emotion, LanguageGuess, Match, Mindset, Remark, Remedy, Urgency, UrgencyLevel

TEXT_LIMIT_CHARACTERS = 8_000

Label = TypeVar("Label", bound=StrEnum)

# Log-odds of "this is a complaint".
_COMPLAINT_PRIOR = -1.4
_COMPLAINT_PER_CUE = 1.6
_COMPLAINT_PER_FEELING = 1.0
_COMPLAINT_PER_REMEDY = 0.9
_COMPLAINT_PER_CONTRARY_CUE = -1.3
_COMPLAINT_PER_NEIGHBOUR = 3.0
_CUES_COUNTED = 3

# A similar complaint's label counts this much beside one expression in the text itself.
_NEIGHBOUR_WEIGHT = 0.8
# Cosine from which a neighbour's labels say something, with the shipped encoder.
_NEIGHBOUR_FLOOR = 0.45

_REASONS = {
    "deadline": Remark("A deadline is named: {quote}"),
    "legal": Remark("Legal or official steps are mentioned: {quote}"),
    "public": Remark("Going public is mentioned: {quote}"),
    "leaving": Remark("The customer may leave: {quote}"),
    "repeat": Remark("This is not the first contact: {quote}"),
    "harm": Remark("Health or safety may be at stake: {quote}"),
    "hardship": Remark("The customer is in need: {quote}"),
}
_ALARMING = frozenset({"legal", "harm", "hardship"})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A past complaint's labels and its similarity."""

    labels: Mapping[str, str]
    score: float


@dataclass(frozen=True, slots=True)
class _Hits:
    """Where a table's expressions were found."""

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


def neighbours_of(matches: Iterable[Match]) -> tuple[Neighbour, ...]:
    """Matches as witnesses for triage."""
    return tuple(Neighbour(match.solved.labels, match.score) for match in matches)


def assess(text: str, language: LanguageGuess, neighbours: tuple[Neighbour, ...] = ()) -> Assessment:
    """Triage one cleaned message."""
    text = text[:TEXT_LIMIT_CHARACTERS]
    hits = _find(text, fold(text), language)
    near = tuple(n for n in neighbours if n.score >= _NEIGHBOUR_FLOOR)
    emotion = _raised(_choose(Emotion, "emotion", hits, near, Emotion.CALM), text, hits)
    remedy = _choose(Remedy, "remedy", hits, near, Remedy.NONE)
    probability = _complaint_probability(hits, near)
    return Assessment(
        is_complaint=probability >= 0.5,
        probability=round(probability, 3),
        emotion=emotion,
        mindset=_choose(Mindset, "mindset", hits, near, Mindset.SOLUTION),
        remedy=remedy,
        urgency=_urgency(hits, emotion, probability),
    )


def _find(text: str, folded: Folded, language: LanguageGuess) -> dict[str, _Hits]:
    found: dict[str, _Hits] = {}
    for locale in _locales_to_read(language):
        for name, cues in cue_tables(locale).items():
            spans = cues.find(folded)
            if spans and name not in found:
                found[name] = _Hits(len(spans), text[spans[0].start : spans[0].end])
    return found


def _locales_to_read(language: LanguageGuess) -> tuple[str, ...]:
    wanted = (language.tag, *language.group)
    served = dict.fromkeys(locale for tag in wanted if tag != "und" and (locale := serve(tag, cue_locales())))
    # Words of a likely second language (code-switching, or a close call) count as well.
    for tag, probability in language.distribution[1:3]:
        if probability >= 0.15 and (locale := serve(tag, cue_locales())):
            served[locale] = None
    if not served and base_language(language.tag) == "und" and "en" in cue_locales():
        served["en"] = None
    return tuple(served)


def _complaint_probability(hits: Mapping[str, _Hits], near: tuple[Neighbour, ...]) -> float:
    def counted(prefix: str) -> int:
        return min(_CUES_COUNTED, sum(h.count for name, h in hits.items() if name.startswith(prefix)))

    log_odds = (
        _COMPLAINT_PRIOR
        + _COMPLAINT_PER_CUE * counted("complaint")
        + _COMPLAINT_PER_FEELING * counted("emotion.")
        + _COMPLAINT_PER_REMEDY * min(1, counted("remedy."))
        + _COMPLAINT_PER_FEELING * min(1, counted("urgency."))
        + _COMPLAINT_PER_CONTRARY_CUE * counted("not_complaint")
        + _COMPLAINT_PER_NEIGHBOUR * max((n.score - _NEIGHBOUR_FLOOR for n in near), default=0.0)
    )
    return 1 / (1 + math.exp(-log_odds))


def _choose(
    kind: type[Label], group: str, hits: Mapping[str, _Hits], near: tuple[Neighbour, ...], default: Label
) -> Label:
    weights = dict.fromkeys(kind, 0.0)
    for label in kind:
        if hit := hits.get(f"{group}.{label}"):
            weights[label] += min(_CUES_COUNTED, hit.count)
    for neighbour in near[:3]:
        witnessed = neighbour.labels.get(group)
        if witnessed in list(kind):
            weights[kind(witnessed)] += _NEIGHBOUR_WEIGHT * neighbour.score / 3
    best = max(weights, key=lambda label: weights[label])
    return best if weights[best] >= 0.3 else default


def _raised(emotion: Emotion, text: str, hits: Mapping[str, _Hits]) -> Emotion:
    """Shouting tells anger where no word does: capitals, or three exclamation marks."""
    if emotion not in (Emotion.CALM, Emotion.FRUSTRATED) or "complaint" not in hits:
        return emotion
    letters = [c for c in text if c.isalpha() and c.lower() != c.upper()]
    shouting = len(letters) >= 20 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    return Emotion.ANGRY if shouting or "!!!" in text or "！！" in text else emotion


def _urgency(hits: Mapping[str, _Hits], emotion: Emotion, probability: float) -> Urgency:
    grounds = {name: hits[f"urgency.{name}"] for name in _REASONS if f"urgency.{name}" in hits}
    reasons = tuple(replace(_REASONS[name], facts={"quote": hit.first}) for name, hit in grounds.items())
    if _ALARMING & grounds.keys() or len(grounds) >= 2:
        return Urgency(UrgencyLevel.HIGH, reasons)
    if grounds and emotion == Emotion.ANGRY:
        return Urgency(UrgencyLevel.HIGH, reasons)
    if grounds or probability >= 0.5:
        return Urgency(UrgencyLevel.NORMAL, reasons)
    return Urgency(UrgencyLevel.LOW, reasons)


def _flatten(tables: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, list[str]]]:
    for name, value in tables.items():
        if "patterns" in value:
            yield prefix + name, value["patterns"]
        else:
            yield from _flatten(value, f"{prefix}{name}.")
