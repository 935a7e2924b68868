"""What hurried typing does to a text: accents left out, slips of the finger, capitals."""

from __future__ import annotations

import unicodedata
from random import Random

# Latin and Greek only: in Indic scripts, Arabic and Thai the marks are vowels nobody leaves out by
# accident, and a text without them is another text.
_ACCENTED = [*range(0x00C0, 0x0250), *range(0x0370, 0x0400), *range(0x1E00, 0x2000)]
_SPELT_OUT = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ё": "е"}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe"})


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[:1]


_BARE = str.maketrans({**{chr(code): _bare(chr(code)) for code in _ACCENTED}, **_SPELT_OUT})

SHORTEST_TYPO = 4  # letters; a slip in a shorter word makes another word


def drop_diacritics(text: str) -> str:
    """``text`` as typed on a keyboard without the language's letters (Latin and Greek)."""
    return text.translate(_BARE)


def spell_out_umlauts(text: str) -> str:
    """``text`` with German and Nordic letters spelt in two, as on an English keyboard."""
    return text.translate(_UMLAUTS)


def slip(text: str, draw: Random) -> str:
    """``text`` with one slip in one word: a letter left out, doubled, or swapped with the next."""
    words = text.split(" ")
    long_words = [place for place, word in enumerate(words) if len(word) >= SHORTEST_TYPO]
    if not long_words:
        return text
    place = draw.choice(long_words)
    word = words[place]
    at = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(3)
    if kind == 0:
        words[place] = word[:at] + word[at + 1 :]
    elif kind == 1:
        words[place] = word[:at] + word[at] + word[at:]
    else:
        words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def noisy(text: str, draw: Random) -> str:
    """``text`` once more, as somebody in a hurry would have typed it."""
    chance = draw.random()
    if chance < 0.3:
        return drop_diacritics(text)
    if chance < 0.4:
        return spell_out_umlauts(text)
    if chance < 0.9:
        return slip(text, draw)
    return text.upper()
