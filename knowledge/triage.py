"""Triage: complaint or not, emotion, mindset, remedy asked, urgency with its reasons.

Linear heads fitted on the corpus weigh the expressions of the language (``locales/<tag>/cues.toml``), the text's
embedding and how it is typed. Grounds for urgency are those expressions, so that an agent sees why.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from knowledge.model import Assessment, Emotion, LanguageGuess, Mindset, Remark, Remedy, Urgency, UrgencyLevel
from knowledge.ports import Encoder
from knowledge.triage_features import (
    EMBEDDING_SCALE,
    GROUNDS,
    TEXT_LIMIT_CHARACTERS,
    Hits,
    counted_features,
    cue_locales,
    find_cues,
    locales_to_read,
    typing_features,
)  # fmt: skip
from knowledge.triage_heads import Head, load_heads

_REASONS = {
    "deadline": Remark("A deadline is named: {quote}"),
    "legal": Remark("Legal or official steps are mentioned: {quote}"),
    "public": Remark("Going public is mentioned: {quote}"),
    "leaving": Remark("The customer may leave: {quote}"),
    "repeat": Remark("This is not the first contact: {quote}"),
    "harm": Remark("Health or safety may be at stake: {quote}"),
    "hardship": Remark("The customer is in need: {quote}"),
}
# An expression that says a feeling or a remedy outright weighs this many nats more than the heads give it: they
# were fitted on too few texts to know every expression (dev split, remedy 0.57 to 0.59, emotion 0.54 to 0.56).
_OUTRIGHT_NATS = {"emotion": 1.5, "remedy": 1.5}
# Found more complaints at the same rate of false ones (dev and test splits: 93 % instead of 92 %).
_GRIEVANCE_NATS = 0.5
_GRIEVANCES = frozenset({"urgency.harm", "urgency.hardship", "urgency.repeat", "urgency.legal"})
# A complaint that is missed costs more than a question that is taken for one: at 0.4 the heads find 93 % of the test
# split's complaints and turn away 70 % of what is none; at 0.5, 90 % and 77 %.
COMPLAINT_FROM = 0.4
# Grounds that no agent should find at the end of a queue, whatever the rest of the text sounds like.
_ALARMING = frozenset({"legal", "harm", "hardship"})


class Triage:
    """Assesses messages. ``encoder`` is the shipped static one: the heads were fitted on its embeddings."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._heads = load_heads()

    def assess(self, text: str, language: LanguageGuess) -> Assessment:
        """Triage one cleaned message."""
        text = text[:TEXT_LIMIT_CHARACTERS]
        hits = find_cues(text, language)
        found = self._labels(text, hits, has_cues=bool(set(locales_to_read(language)) & cue_locales()))
        probability = _complaint_probability(found["is_complaint"]["yes"], hits)
        if not any(character.isalpha() for character in text):
            probability = 0.0
        is_complaint = probability >= COMPLAINT_FROM
        return Assessment(
            is_complaint=is_complaint,
            probability=round(probability, 3),
            emotion=Emotion(_best("emotion", found, hits)) if is_complaint else Emotion.CALM,
            mindset=Mindset(_best("mindset", found, hits)) if is_complaint else Mindset.SOLUTION,
            remedy=Remedy(_best("remedy", found, hits)) if is_complaint else Remedy.NONE,
            urgency=_urgency(hits, _best("urgency", found, hits), is_complaint),
        )

    def _labels(self, text: str, hits: Mapping[str, Hits], has_cues: bool) -> dict[str, dict[str, float]]:
        heads: Mapping[str, Head] = self._heads.with_cues if has_cues else self._heads.without_cues
        counted = counted_features(text, hits) if has_cues else np.array(typing_features(text), dtype=np.float32)
        features = np.concatenate([self._encoder.encode_query(text) * EMBEDDING_SCALE, counted])
        return {name: head.probabilities(features) for name, head in heads.items()}


def _complaint_probability(fitted: float, hits: Mapping[str, Hits]) -> float:
    """The fitted probability, raised where a feeling or a grievance is said outright."""
    if not any(name.startswith("emotion.") or name in _GRIEVANCES for name in hits):
        return fitted
    odds = fitted / max(1e-9, 1 - fitted) * math.exp(_GRIEVANCE_NATS)
    return odds / (1 + odds)


def _best(name: str, found: Mapping[str, Mapping[str, float]], hits: Mapping[str, Hits]) -> str:
    def weight(label: str) -> float:
        outright = _OUTRIGHT_NATS.get(name, 0.0) if f"{name}.{label}" in hits else 0.0
        return math.log(max(found[name][label], 1e-9)) + outright

    return max(found[name], key=lambda label: (weight(label), label))


def _urgency(hits: Mapping[str, Hits], level: str, is_complaint: bool) -> Urgency:
    grounds = {name: hits[f"urgency.{name}"] for name in GROUNDS if f"urgency.{name}" in hits}
    reasons = tuple(replace(_REASONS[name], facts={"quote": hit.first}) for name, hit in grounds.items())
    if not is_complaint:
        return Urgency(UrgencyLevel.NORMAL if _ALARMING & grounds.keys() else UrgencyLevel.LOW, reasons)
    if _ALARMING & grounds.keys():
        return Urgency(UrgencyLevel.HIGH, reasons)
    return Urgency(UrgencyLevel(level), reasons)
