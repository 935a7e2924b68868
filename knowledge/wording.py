"""The draft check: what one must never say to a customer, and what to say instead.

Practices W1–W4, C4, L3, P7 and P10. Patterns live in ``locales/<tag>/wording.toml``; the better
sentence is a phrase like any other (``instead.<kind>``), so it has registers and a gloss.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from knowledge.cues import CueSet, Span, compile_cues, sentence_around
from knowledge.errors import CatalogueMissing
from knowledge.folding import Folded, fold
from knowledge.locales import catalogue_locales, folder_of, serve
from knowledge.model import DraftFinding, Register
from knowledge.phrasebook import FALLBACK_LOCALE, say

DRAFT_LIMIT_CHARACTERS = 50_000


class WordingKind(StrEnum):
    """What is wrong with a sentence in an answer."""

    POLICY_SHIELD = "policy_shield"
    PLEASE_WAIT = "please_wait"
    CALM_DOWN = "calm_down"
    BLAME_CUSTOMER = "blame_customer"
    BLAME_COLLEAGUE = "blame_colleague"
    NEEDLESS_ESCALATION = "needless_escalation"
    LAST_WORD = "last_word"
    CONTRADICTION = "contradiction"
    NON_APOLOGY = "non_apology"
    OVERPROMISE = "overpromise"


@dataclass(frozen=True, slots=True)
class WordingRule:
    """Expressions of one kind, and those that make them harmless in the same sentence."""

    kind: WordingKind
    patterns: CueSet
    unless: CueSet | None


@lru_cache(maxsize=64)
def wording_rules(locale: str) -> tuple[WordingRule, ...]:
    """The rules of one locale. Raises CatalogueMissing when it has none."""
    path = folder_of(locale) / "wording.toml"
    if not path.is_file():
        raise CatalogueMissing(locale, "draft check")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(_rule(kind, tables[kind], locale) for kind in WordingKind if kind in tables)


@lru_cache(maxsize=1)
def wording_locales() -> frozenset[str]:
    """Locales the draft check knows."""
    return frozenset(tag for tag in catalogue_locales() if (folder_of(tag) / "wording.toml").is_file())


def check_draft(
    text: str, language: str, gloss_locale: str = FALLBACK_LOCALE, register: Register | None = None
) -> tuple[DraftFinding, ...]:
    """Find what must not be said, in reading order; spans are characters of ``text``.

    Raises CatalogueMissing when the language has no rules.
    """
    locale = serve(language, wording_locales())
    if locale is None:
        raise CatalogueMissing(language, "draft check")
    draft = text[:DRAFT_LIMIT_CHARACTERS]
    folded = fold(draft)
    found = [
        (span, rule.kind)
        for rule in wording_rules(locale)
        for span in rule.patterns.find(folded)
        if not _is_harmless(rule, draft, span)
    ]
    found.sort(key=lambda item: (item[0].start, item[0].end))
    return tuple(_finding(span, kind, locale, gloss_locale, register) for span, kind in found)


def _is_harmless(rule: WordingRule, text: str, span: Span) -> bool:
    if rule.unless is None:
        return False
    start, end = sentence_around(text, span)
    sentence: Folded = fold(text[start:end])
    return rule.unless.occurs(sentence)


def _rule(kind: WordingKind, table: Mapping[str, list[str]], locale: str) -> WordingRule:
    unless = table.get("unless") or []
    return WordingRule(kind, compile_cues(table["patterns"], locale), compile_cues(unless, locale) if unless else None)


def _finding(span: Span, kind: WordingKind, locale: str, gloss_locale: str, register: Register | None) -> DraftFinding:
    phrase = say(f"instead.{kind}", locale, register, gloss_locale)
    better, gloss = (phrase.text, phrase.gloss) if phrase else ("", "")
    return DraftFinding(kind, span.start, span.end, better, gloss)
