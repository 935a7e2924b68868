"""Ready sentences for customers: purpose, locale and register choose them; each has its gloss.

The sentences live in gettext catalogues, one per register a language has
(``locales/<tag>/LC_MESSAGES/phrases_<register>.po``). A sentence's key is its message context, its
English text the message id, so the meaning in any agent's language is the same key looked up there.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from knowledge.locales import CATALOGUES, babel_locale, catalogue_locales, folder_of, is_right_to_left, serve
from knowledge.model import Phrase, Register

# Bidirectional isolates: an inserted name keeps its own direction (UAX #9, "first strong isolate").
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

FALLBACK_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Phrases:
    """All sentences of one locale in one register, by key."""

    locale: str
    register: Register
    texts: Mapping[str, str]


@lru_cache(maxsize=1)
def meanings() -> Mapping[str, str]:
    """Every key with its English meaning, in the template's order."""
    return {
        str(message.context): str(message.id)
        for message in _read(CATALOGUES / "phrases.pot", FALLBACK_LOCALE)
        if message.id and message.context
    }


@lru_cache(maxsize=256)
def registers_of(locale: str) -> tuple[Register, ...]:
    """The registers a locale has, the one for complaints first: formal where it exists."""
    return tuple(register for register in Register if _path(locale, register).is_file())


@lru_cache(maxsize=256)
def phrases_of(locale: str, register: Register) -> Phrases:
    """Load one catalogue; untranslated entries are left out."""
    catalogue = _read(_path(locale, register), locale)
    texts = {
        str(message.context): str(message.string)
        for message in catalogue
        if message.id and message.context and message.string
    }
    return Phrases(locale, register, texts)


@lru_cache(maxsize=1)
def phrase_locales() -> frozenset[str]:
    """Locales that have at least one register of phrases."""
    return frozenset(locale for locale in catalogue_locales() if registers_of(locale))


def reply_locale(wanted: str) -> str:
    """The locale we can write in for a reader of ``wanted``; English when there is none."""
    return serve(wanted, phrase_locales()) or FALLBACK_LOCALE


def choose_register(locale: str, wanted: Register | None) -> Register:
    """The wanted register where the locale has it, else the locale's own default."""
    available = registers_of(locale)
    return wanted if wanted in available else available[0]


def say(
    key: str,
    locale: str,
    register: Register | None = None,
    gloss_locale: str = FALLBACK_LOCALE,
    slots: Mapping[str, str] | None = None,
    gloss_slots: Mapping[str, str] | None = None,
) -> Phrase | None:
    """One sentence with its gloss; None when the locale lacks it or a slot has no value.

    A sentence with an unfilled slot is never offered: it would reach a customer as it is.
    """
    chosen = choose_register(locale, register)
    text = phrases_of(locale, chosen).texts.get(key)
    if text is None:
        return None
    gloss = gloss_of(key, gloss_locale)
    try:
        text, gloss = fill(text, slots or {}, locale), fill(gloss, gloss_slots or slots or {}, gloss_locale)
    except KeyError:
        return None
    return Phrase(key.split(".", maxsplit=1)[0], key, locale, chosen, text, gloss, gloss_locale)


def gloss_of(key: str, locale: str) -> str:
    """What a sentence means, in the agent's language; in English where that lacks it."""
    served = reply_locale(locale)
    return phrases_of(served, choose_register(served, None)).texts.get(key) or meanings()[key]


def deadline(day: date, locale: str) -> str:
    """A date in words of the locale, to promise the next contact by."""
    return format_date(day, format="full", locale=babel_locale(locale))


def fill(text: str, slots: Mapping[str, str], locale: str) -> str:
    """Put values into a sentence's slots. Raises KeyError for a slot without a value.

    Where directions could mix, a value is isolated, so that it keeps its own.
    """
    if "{" not in text:
        return text
    return text.format_map({name: isolate(value, locale) for name, value in slots.items()})


def isolate(value: str, locale: str) -> str:
    """Wrap a value in bidirectional isolates where its direction may differ from the sentence's."""
    runs_right_to_left = any(unicodedata.bidirectional(character) in ("R", "AL") for character in value)
    if is_right_to_left(locale) or runs_right_to_left:
        return f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}"
    return value


def _path(locale: str, register: Register) -> Path:
    return folder_of(locale) / "LC_MESSAGES" / f"phrases_{register}.po"


def _read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=str(babel_locale(locale)), abort_invalid=False)
