"""Find and mask personal data before a text is indexed.

Masks keep the kind (``[email]``), so that a masked text still reads. What is found is shown to the
agent as facts (practice C2).
"""

import re
from collections.abc import Iterable, Iterator

import phonenumbers
from stdnum import iban, luhn

from knowledge.model import PersonalData, Requester

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w@])")
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'()]{3,500}", re.I)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", re.I)
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
# Order, account and ticket numbers: a number sign before it, five digits or more, or letters with digits.
_REFERENCE = re.compile(
    r"(?:[#№]\s?[\w-]{3,24}|\b[A-Z]{1,6}[- ]?\d[\dA-Z-]{3,20}\b|(?<![\d.,])\d{5,12}(?![\d.,]\d|\d))"
)
_DATE_LIKE = re.compile(r"^(?:19|20)\d{6}$")
_NAME_WORD = re.compile(r"^[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]+)*\.?$")

# Kinds of data a mask may hide, most telling first: the first to claim a stretch keeps it.
KINDS = ("email", "url", "iban", "card", "ip", "phone", "reference", "name")
_MASK = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")


def find_personal_data(text: str, requester: Requester, language: str = "und") -> tuple[PersonalData, ...]:
    """All personal data in reading order, not overlapping. Linear in the text's length."""
    taken = bytearray(len(text))
    found: list[PersonalData] = []
    for kind, start, end in _candidates(text, requester, language):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(PersonalData(kind, start, end, text[start:end]))
    return tuple(sorted(found, key=lambda data: data.start))


def mask(text: str, found: Iterable[PersonalData]) -> str:
    """Replace each stretch of personal data by its kind in brackets."""
    pieces: list[str] = []
    at = 0
    for data in sorted(found, key=lambda item: item.start):
        pieces += [text[at : data.start], f"[{data.kind}]"]
        at = data.end
    return "".join([*pieces, text[at:]])


def without_masks(text: str) -> str:
    """A masked text without its masks: what an encoder should see."""
    return _MASK.sub(" ", text)


def _candidates(text: str, requester: Requester, language: str) -> Iterator[tuple[str, int, int]]:
    for match in _EMAIL.finditer(text):
        yield "email", *match.span()
    for match in _URL.finditer(text):
        yield "url", *match.span()
    for match in _IBAN.finditer(text):
        if (end := _iban_end(text, *match.span())) is not None:
            yield "iban", match.start(), end
    for match in _CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match.group())):
            yield "card", *match.span()
    for match in _IP.finditer(text):
        yield "ip", *match.span()
    yield from _phones(text, requester, language)
    for match in _REFERENCE.finditer(text):
        if not _DATE_LIKE.match(match.group()):
            yield "reference", *match.span()
    yield from _names(text, requester)


def _iban_end(text: str, start: int, end: int) -> int | None:
    """Where a valid account number ends: the pattern may have taken a word after it."""
    while end - start >= 15:
        if iban.is_valid(text[start:end], check_country=False):
            return end
        end = start + len(text[start : end - 1].rstrip())
    return None


def _phones(text: str, requester: Requester, language: str) -> Iterator[tuple[str, int, int]]:
    if sum(character.isdigit() for character in text) < 6:
        return
    region = _region(requester.locale or language)
    for match in phonenumbers.PhoneNumberMatcher(text, region, max_tries=200):
        yield "phone", match.start, match.end


def _region(tag: str) -> str | None:
    """The likeliest country of a locale, for numbers written without a country code."""
    parts = tag.replace("_", "-").split("-")
    for part in parts[1:]:
        if len(part) == 2 and part.isalpha():
            return part.upper()
    likely = {"en": "US", "sl": "SI", "nb": "NO", "fil": "PH", "cs": "CZ", "da": "DK", "sv": "SE", "uk": "UA",
              "ja": "JP", "ko": "KR", "zh": "CN", "hi": "IN", "ar": "EG", "vi": "VN", "el": "GR", "et": "EE",
              "fa": "IR", "he": "IL", "sq": "AL", "sw": "KE"}  # fmt: skip
    return likely.get(parts[0]) or (parts[0].upper() if len(parts[0]) == 2 and tag != "und" else None)


def _names(text: str, requester: Requester) -> Iterator[tuple[str, int, int]]:
    for part in _name_parts(requester.name):
        for match in re.finditer(rf"(?<!\w){re.escape(part)}\w{{0,3}}(?!\w)", text, re.I):
            yield "name", *match.span()
    # Most people sign: the last line, when it is one to four words that look like a name.
    stripped = text.rstrip()
    start = stripped.rfind("\n") + 1
    last = stripped[start:]
    if start and 1 <= len(last.split()) <= 4 and _looks_like_name(last):
        yield "name", start, len(stripped)
    elif comma := _signed_after_comma(stripped):
        yield "name", *comma


def _name_parts(name: str | None) -> tuple[str, ...]:
    if not name or "@" in name:
        return ()
    whole = name.strip()
    parts = [part for part in whole.split() if len(part) >= 3]
    return (whole, *parts) if len(whole) >= 2 else ()


def _looks_like_name(line: str) -> bool:
    words = line.strip(" ,.").split()
    return bool(words) and all(_NAME_WORD.match(w) and (w[0].isupper() or not w[0].islower()) for w in words)


def _signed_after_comma(text: str) -> tuple[int, int] | None:
    """``… Lep pozdrav, Špela Žagar`` at the very end, on the same line as the rest."""
    comma = text.rfind(",", max(0, len(text) - 60))
    if comma < 0 or text.endswith((".", "!", "?")):
        return None
    tail = text[comma + 1 :]
    start = comma + 1 + len(tail) - len(tail.lstrip())
    if 1 <= len(tail.split()) <= 3 and _looks_like_name(tail.strip()):
        return start, len(text)
    return None
