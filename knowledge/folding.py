"""Fold text so that case, accents and typographic variants do not hinder matching.

Folding keeps, for every folded character, the place it came from, so that a match can be shown in
the text as it was written.
"""

import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache

# Letters that Unicode does not decompose, but that people without the right keyboard write plainly.
_PLAIN_LETTERS = {
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ħ": "h", "þ": "th",
    "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'",
}  # fmt: skip

# Combining marks that readers leave out: Latin/Greek/Cyrillic accents, Hebrew points, Arabic vowels.
# Marks of the Indic and Thai scripts are vowels and stay.
_DROPPED_MARKS = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F))
_DROPPED_SIGNS = frozenset([173, 1600, 1648, 65279, *range(8203, 8208), *range(8234, 8239), *range(8288, 8304)])


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Folded text and where each of its characters stood in the source; compared by identity."""

    text: str
    origins: "array[int]"
    source_length: int

    def span_in_source(self, start: int, end: int) -> tuple[int, int]:
        """Translate a half-open span of the folded text into one of the source text."""
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else self.source_length
            return at, at
        return self.origins[start], self.origins[end - 1] + 1


@lru_cache(maxsize=20_000)
def fold_character(character: str) -> str:
    """Fold one character; the result may be empty or longer than one."""
    if ord(character) in _DROPPED_SIGNS:
        return ""
    decomposed = unicodedata.normalize("NFKD", character)
    if _keeps_marks(decomposed):
        decomposed = unicodedata.normalize("NFKC", character)
    folded = "".join(
        _PLAIN_LETTERS.get(letter, letter) for letter in decomposed.casefold() if not _is_dropped_mark(letter)
    )
    # casefold may bring accents back (the Turkish capital İ does).
    return "".join(letter for letter in folded if not _is_dropped_mark(letter))


def fold(text: str) -> Folded:
    """Fold a text in linear time, remembering origins."""
    if text.isascii():
        return Folded(text.lower().replace("`", "'"), array("l", range(len(text))), len(text))
    pieces: list[str] = []
    origins = array("l")
    for index, character in enumerate(text):
        folded = fold_character(character)
        pieces.append(folded)
        for _ in folded:
            origins.append(index)
    return Folded("".join(pieces), origins, len(text))


def fold_text(text: str) -> str:
    """Fold a text when origins do not matter."""
    return "".join(map(fold_character, text))


def _is_dropped_mark(character: str) -> bool:
    code = ord(character)
    return any(low <= code <= high for low, high in _DROPPED_MARKS)


def _keeps_marks(decomposed: str) -> bool:
    """Hangul, kana and Indic letters decompose into parts that are not accents: leave them whole."""
    return any(
        unicodedata.category(letter) in ("Mn", "Mc", "Lo") and not _is_dropped_mark(letter) for letter in decomposed[1:]
    )
