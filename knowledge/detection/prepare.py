"""What of a text speaks for its language: the customer's own newest words, and no codes.

The steps and their figures follow the study cited in DECISIONS.md.
"""

import re
import unicodedata
from dataclasses import dataclass

from knowledge.cleaning import clean

# More words do not make it surer, and every voice stays fast.
HEAD_CHARACTERS = 130
# A first line with this many letters speaks alone; what follows may be an unmarked thread.
_HEAD_LETTERS = 12
_READ_CHARACTERS = 60_000
_FIRST_EAST_ASIAN = "\u2e80"

_NEEDS_CLEANING = re.compile(r"[<>&\n\r\x00|]|--")
# What has no letters of a language in it.
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\[[A-Z_]+(?:\s?\d+)?\]")
# Thai, Chinese and Japanese stand without spaces beside a number: they stay.
_CODE = re.compile(r"[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]*\d[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]*")
# In a word of Arabic or Greek in Latin letters single digits stand for sounds (3ayez, 8elo): such words stay, if
# they are no longer than words are, which also bounds the expression's backtracking.
_SOUND_DIGITS_AT_MOST = 16
_SOUND_DIGITS = re.compile(
    r"(?=\D*[a-z]\D*[a-z]|[a-z]+\d[a-z]|[235679]?[a-z]{2})'?[a-z]*(?:[235679]'?[a-z]+){1,4}[23578]?'?|[a-z]{2,}[23578]"
)
_DIGIT = re.compile(r"\d")
_PLAIN_MARKS = frozenset(".,!?¿¡;:()'’-")
# Joiners are part of the spelling in Persian and in the scripts of India.
_KEPT_FORMATS = frozenset("\u200c\u200d")
# More than Unicode has assigned: what is unassigned must not fill the memory.
_CHARACTERS_KEPT = 200_000


class _Characters(dict[int, str | None]):
    """Letters and marks stay, symbols become spaces; filled as characters are met.

    Threads share it without a lock: each entry depends on its character alone, so that whoever writes, it is the same.
    """

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        kept: str | None = " "
        if 0x300 <= code <= 0x36F or 0xFE00 <= code <= 0xFE0F:
            kept = None  # heaped accents and variation selectors; composed letters were kept by NFC
        elif category[0] in "LM" or category == "Nd" or character in _PLAIN_MARKS:
            kept = character
        elif category == "Cf":
            kept = character if character in _KEPT_FORMATS else None
        if len(self) < _CHARACTERS_KEPT:
            self[code] = kept
        return kept


_CHARACTERS = _Characters()


@dataclass(frozen=True, slots=True)
class Prepared:
    """``head`` is what decides; ``rest`` is further own text, as it stands, for when the head does not suffice."""

    head: str
    rest: str


def prepare(text: str) -> Prepared:
    """Clean a text and take its head. Linear; never raises."""
    text = text[:_READ_CHARACTERS]
    if _NEEDS_CLEANING.search(text):
        text = clean(text).text
    head, rest = _split_head(text)
    return Prepared(words_of(head), rest)


def words_of(text: str) -> str:
    """The words of a text without addresses, codes, symbols and shouting: no more of them than a head has."""
    text = text[: HEAD_CHARACTERS * 2]
    if "@" in text or "/" in text or "[" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    text = unicodedata.normalize("NFC", text).translate(_CHARACTERS)
    words = text.split()
    if _DIGIT.search(text):
        words = " ".join(_CODE.sub(_kept_code, word) if _DIGIT.search(word) else word for word in words).split()
    text = " ".join(words)
    if len(text) > HEAD_CHARACTERS:
        text = text[:HEAD_CHARACTERS].rsplit(" ", 1)[0]
    return text.lower() if _is_shouted(text) else text


def _kept_code(match: re.Match[str]) -> str:
    word = match[0].strip(".,!?;:()")
    return match[0] if len(word) <= _SOUND_DIGITS_AT_MOST and _SOUND_DIGITS.fullmatch(word) else " "


def _is_shouted(text: str) -> bool:
    if text[1:].islower():
        return False
    upper = sum(map(str.isupper, text))
    return upper > 3 and upper * 2 > sum(map(str.isalpha, text))


def _split_head(text: str) -> tuple[str, str]:
    if "\n" not in text:
        return text, ""
    letters = place = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if letters >= _HEAD_LETTERS:
            break
        found = _letters(line[: HEAD_CHARACTERS * 2])
        # A short greeting says little and is often in another language.
        letters += 0 if found < _HEAD_LETTERS and line.rstrip().endswith((",", "!", "،", "，", ":")) else found
        place = number + 1
    return "\n".join(lines[:place]), "\n".join(lines[place:])


def _letters(line: str) -> int:
    """How many letters there are; vowel signs count as well, and a sign of Chinese, Japanese or Korean for three."""
    if line.isascii():
        return sum(map(str.isalpha, line))
    return sum(
        3 if character >= _FIRST_EAST_ASIAN else 1
        for character in line
        if character.isalpha() or unicodedata.category(character)[0] == "M"
    )
