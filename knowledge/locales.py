"""Languages and locales: BCP 47 tags, their folders, and which of ours serves a request.

Tags are BCP 47 everywhere (``zh-Hant``, ``pt-BR``); the POSIX form lives only in folder names.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import langcodes
from babel import Locale, localedata
from langcodes.tag_parser import LanguageTagError

from knowledge.errors import InvalidInput

CATALOGUES = Path(__file__).resolve().parent.parent / "locales"

# langdetect's codes for its 55 languages, and the tags we write for them.
LANGDETECT_TAGS = {"no": "nb", "tl": "fil", "zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}

# The 55 languages of langdetect 1.0.9, as BCP 47 tags.
PRODUCT_LANGUAGES: tuple[str, ...] = tuple(
    LANGDETECT_TAGS.get(code, code)
    for code in (
        "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml "
        "mr ne nl no pa pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw"
    ).split()
)

# Codes that helpdesks and browsers send for what we call otherwise.
_SYNONYMS = {
    "no": "nb", "tl": "fil", "iw": "he", "in": "id", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh": "zh-Hans",
}  # fmt: skip

# Codes whose readers have one written language between them.
_ONE_LANGUAGE = {"nn": "nb", "no": "nb", "tl": "fil"}

# CLDR's match distance from 0 (same) up; 50 lets zh-HK find zh-Hant, not zh-Hant find zh-Hans.
_NEAR_ENOUGH = 50


def parse_tag(text: str) -> str:
    """Normalise what people and programs write for a language: ``de_AT.UTF-8`` gives ``de-AT``.

    Raises InvalidInput for what is no language tag at all.
    """
    cleaned = text.strip().split(".")[0].split("@")[0].replace("_", "-")
    if synonym := _SYNONYMS.get(cleaned.lower()):
        return synonym
    try:
        tag = langcodes.standardize_tag(cleaned, macro=False)
    except (LanguageTagError, ValueError) as error:
        raise InvalidInput("locale", f"{text[:40]!r} is not a language tag") from error
    if not langcodes.tag_is_valid(tag):
        raise InvalidInput("locale", f"{text[:40]!r} is not a language tag")
    return _SYNONYMS.get(tag.lower(), tag)


def tag_or_none(text: str | None) -> str | None:
    """Like parse_tag, but nothing for nothing and for nonsense: hints are only hints."""
    if not text:
        return None
    try:
        return parse_tag(text)
    except InvalidInput:
        return None


@lru_cache(maxsize=4096)
def serve(wanted: str, available: frozenset[str]) -> str | None:
    """The available locale that serves a reader of ``wanted``, or None.

    Uses likely subtags, so that zh-TW finds zh-Hant and never zh-Hans or German.
    """
    if wanted in available:
        return wanted
    if wanted.endswith("-Latn"):
        # Whoever types Hindi in Latin letters reads Hindi, and its speakers read them.
        return serve(wanted.removesuffix("-Latn"), available)
    # CLDR would serve Welsh with English and Danish with Norwegian: fine for a page, not for people.
    same = sorted(tag for tag in available if _macro(tag) == _macro(wanted))
    if not same:
        return None
    best, distance = langcodes.closest_match(wanted, same, max_distance=_NEAR_ENOUGH)
    return best if distance <= _NEAR_ENOUGH and best != "und" else None


def folder_of(tag: str) -> Path:
    """The folder of a locale's catalogues (it need not exist)."""
    return CATALOGUES / tag.replace("-", "_")


@lru_cache(maxsize=1)
def catalogue_locales() -> frozenset[str]:
    """Tags of all locales that have a folder."""
    return frozenset(path.name.replace("_", "-") for path in CATALOGUES.iterdir() if (path / "LC_MESSAGES").is_dir())


def babel_locale(tag: str) -> Locale:
    """Babel's locale for a tag; the language alone when Babel lacks the region."""
    for candidate in (tag, tag.split("-", maxsplit=1)[0]):
        if _babel_knows(candidate):
            return Locale.parse(candidate, sep="-")
    return Locale.parse("en")


def language_name(tag: str, reader: str = "en") -> str:
    """The language's name as a reader of another locale calls it: ``Slovenian``, ``slovensk``."""
    if tag == "und":
        return ""
    named = babel_locale(reader).languages
    subtags = tag.split("-")
    if "-".join(subtags[:2]).replace("-", "_") in named:
        return str(named["-".join(subtags[:2]).replace("-", "_")])
    base = named.get(subtags[0])
    return str(base) if base else tag


def own_name(tag: str) -> str:
    """The language's name in itself."""
    return language_name(tag, tag)


def is_right_to_left(tag: str) -> bool:
    """Whether the locale's script runs from right to left."""
    return babel_locale(tag).text_direction == "rtl"


def _macro(tag: str) -> str:
    base = base_language(tag)
    return _ONE_LANGUAGE.get(base, base)


def base_language(tag: str) -> str:
    """``zh`` of ``zh-Hant``."""
    return tag.split("-", maxsplit=1)[0]


def unique(tags: Iterable[str | None]) -> tuple[str, ...]:
    """Tags in order, without repeats and without None."""
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _babel_knows(tag: str) -> bool:
    return localedata.exists(tag.replace("-", "_"))
