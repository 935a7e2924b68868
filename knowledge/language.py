"""Which language a text is in: a guess with a probability, or honestly undetermined.

First form: the script decides where it can; else langdetect (seeded) and py3langid vote together.
A wrong language sends a customer to someone who cannot read them; "undetermined" only asks a person.
"""

import math
import re
import threading
from collections.abc import Mapping

from langdetect import DetectorFactory, LangDetectException, detector_factory
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from knowledge.locales import LANGDETECT_TAGS, PRODUCT_LANGUAGES, serve, tag_or_none
from knowledge.model import LanguageGuess, Remark
from knowledge.scripts import languages_of, main_script

HEAD_CHARACTERS = 1_200

# Below this nobody is routed by language. The study cited in DECISIONS.md reached 99 % precision at 0.56.
ABSTAIN_BELOW = 0.5

# Relatives whose readers can serve each other; the first is the one we write in.
ROUTE_GROUPS: tuple[tuple[str, ...], ...] = (
    ("hr", "bs", "sr"), ("nb", "nn", "da", "sv"), ("id", "ms"), ("cs", "sk"), ("bg", "mk"),
)  # fmt: skip

# What the voices answer for relatives outside the product's languages.
_FOLDED = {"bs": "hr", "sr": "hr", "sh": "hr", "ms": "id", "nn": "nb", "zh": "zh-Hans"}

# Prior odds in nats by source of a hint, together capped.
_HINT_NATS = {"requester": 2.0, "earlier tickets": 2.0, "mail domain": 1.0}
_HINT_NATS_OTHERWISE = 1.5
_HINT_CAP_NATS = 3.0
_FLOOR = 1e-4

_NOISE = re.compile(
    r"(?:https?://|www\.)\S+|\S+@\S+|\[\w+\]|\S*\d\S*|[^\w\s'’\u0300-\u036f\u0900-\u0dff\u0e00-\u0e7f-]"
)


class LanguageDetector:
    """The ensemble. Safe to share between threads once built; deterministic."""

    def __init__(self) -> None:
        _start_langdetect()
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def detect(self, text: str, hints: Mapping[str, str] | None = None) -> LanguageGuess:
        """Guess the language of a text; hints (source to tag) tip only close calls."""
        words = _words(text)
        script = main_script(words)
        if script is None:
            return _undetermined(Remark("The message has no words to tell the language by."))
        allowed = languages_of(script, words)
        if script != "LATIN" and not allowed:
            return _undetermined(Remark("None of the known languages is written like this."))
        if len(allowed) == 1:
            (only,) = allowed
            reason = Remark("The script decides.")
            return LanguageGuess(only, 0.99, (), ((only, 0.99),), (reason,))
        scores = self._vote(words, allowed)
        applied = _apply_hints(scores, hints or {})
        return _decide(scores, applied)

    def _vote(self, words: str, allowed: frozenset[str]) -> dict[str, float]:
        voices = (self._py3langid(words), _langdetect(words))
        tags = [tag for tag in PRODUCT_LANGUAGES if not allowed or tag in allowed]
        return {tag: sum(math.log(max(voice.get(tag, 0.0), _FLOOR)) for voice in voices) / len(voices) for tag in tags}

    def _py3langid(self, words: str) -> dict[str, float]:
        folded: dict[str, float] = {}
        for code, probability in self._identifier.rank(words):
            tag = _folded_tag(code)
            folded[tag] = folded.get(tag, 0.0) + float(probability)
        return folded


def _start_langdetect() -> None:
    # langdetect loads its profiles on first use without a lock, and answers wrongly meanwhile.
    with _starting:
        DetectorFactory.seed = 0
        detector_factory.init_factory()


_starting = threading.Lock()


def _langdetect(words: str) -> dict[str, float]:
    detector = detector_factory._factory.create()
    detector.append(words)
    try:
        guesses = detector.get_probabilities()
    except LangDetectException:
        return {}
    return {_folded_tag(guess.lang): float(guess.prob) for guess in guesses}


def _folded_tag(code: str) -> str:
    tag = LANGDETECT_TAGS.get(code, code)
    return _FOLDED.get(tag, tag)


def _words(text: str) -> str:
    words = " ".join(_NOISE.sub(" ", text[: HEAD_CHARACTERS * 4]).split())[:HEAD_CHARACTERS]
    cased = [c for c in words if c.lower() != c.upper()]
    # langdetect ignores words in capitals.
    return words.lower() if cased and sum(c.isupper() for c in cased) > 0.5 * len(cased) else words


def _apply_hints(scores: dict[str, float], hints: Mapping[str, str]) -> tuple[Remark, ...]:
    gained: dict[str, float] = {}
    remarks = []
    for source, text in hints.items():
        tag = tag_or_none(text)
        served = serve(tag, frozenset(scores)) if tag else None
        if served is None:
            continue
        gained[served] = min(_HINT_CAP_NATS, gained.get(served, 0.0) + _HINT_NATS.get(source, _HINT_NATS_OTHERWISE))
        remarks.append(Remark("A hint ({source}) speaks for {language}.", {"source": source, "language": served}))
    for tag, nats in gained.items():
        scores[tag] += nats
    return tuple(remarks)


def _decide(scores: Mapping[str, float], remarks: tuple[Remark, ...]) -> LanguageGuess:
    highest = max(scores.values())
    weights = {tag: math.exp(score - highest) for tag, score in scores.items()}
    total = sum(weights.values())
    ranked = sorted(((tag, weight / total) for tag, weight in weights.items()), key=lambda item: (-item[1], item[0]))
    tag, probability = ranked[0]
    distribution = tuple((t, round(p, 4)) for t, p in ranked[:5])
    group = _group_of(tag)
    if probability >= ABSTAIN_BELOW:
        return LanguageGuess(tag, round(probability, 4), group, distribution, remarks)
    if group and sum(p for t, p in ranked if t in group) >= 0.8:
        remark = Remark("Close relatives cannot be told apart here; readers of any of them can help.")
        return LanguageGuess(tag, round(probability, 4), group, distribution, (*remarks, remark))
    remark = Remark("The text is too short or too mixed to be sure of its language.")
    return LanguageGuess("und", round(probability, 4), (), distribution, (*remarks, remark))


def _group_of(tag: str) -> tuple[str, ...]:
    return next((group for group in ROUTE_GROUPS if tag in group), ())


def _undetermined(reason: Remark) -> LanguageGuess:
    return LanguageGuess("und", 0.0, (), (), (reason,))
