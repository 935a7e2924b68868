"""The agents' interface in the agent's language: gettext catalogues ``messages.po``, through Babel."""

import io
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from knowledge.locales import babel_locale, catalogue_locales, folder_of, language_name, serve
from knowledge.model import Remark
from knowledge.phrasebook import isolate

SOURCE_LOCALE = "en"


@lru_cache(maxsize=1)
def interface_locales() -> frozenset[str]:
    """Locales the agents' interface is translated into, English included."""
    translated = {tag for tag in catalogue_locales() if _path(tag).is_file()}
    return frozenset(translated | {SOURCE_LOCALE})


@lru_cache(maxsize=1024)
def interface_locale(wanted: str | None) -> str:
    """The interface locale that serves an agent."""
    return (serve(wanted, interface_locales()) if wanted else None) or SOURCE_LOCALE


@lru_cache(maxsize=64)
def translations(locale: str) -> NullTranslations:
    """The interface's messages in a locale; English is the source and needs no catalogue."""
    path = _path(interface_locale(locale))
    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=str(babel_locale(locale))))
    compiled.seek(0)
    return Translations(fp=compiled)


def render(remark: Remark, locale: str) -> str:
    """A remark in the agent's language. Facts named language and time are worded for the reader."""
    reader = interface_locale(locale)
    sentence = translations(reader).gettext(remark.text)
    return sentence.format(**{name: _fact(name, value, reader) for name, value in remark.facts.items()})


def _fact(name: str, value: str | int, locale: str) -> str:
    if name == "language":
        return language_name(str(value), locale)
    if name == "time":
        return _time(str(value), locale)
    if name == "percent" or isinstance(value, int):
        return str(value)
    return isolate(value, locale)


def _time(text: str, locale: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return str(format_datetime(moment, format="short", locale=babel_locale(locale)))


def _path(tag: str) -> Path:
    return folder_of(tag) / "LC_MESSAGES" / "messages.po"
