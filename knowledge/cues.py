"""Small patterns that people can read and write: the expressions that give a text away.

A pattern is a row of words. ``*`` at a word's end or start stands for any letters, ``...`` for up to
four words within the sentence, ``a|b`` for alternatives. Matching ignores case and, in scripts where
people leave them out, accents. In languages written without spaces a pattern is a plain substring
and ``...`` stands for up to eight characters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from knowledge.folding import Folded, fold_text

WITHOUT_SPACES = frozenset({"zh", "ja", "th", "my", "km", "lo"})

_SENTENCE_END = ".!?。！？।؟…\n"
_SEPARATORS = " \t\r\u00a0,;:'\"“”„‟«»()[]{}<>/\\|+=*^~_–—-·•、，；：،؛‚‹›¿¡「」『』（）【】《》"
# Matching runs over text in which a sentence's end is a line break and every other separator a blank:
# then a letter is simply what is not blank, and expressions compile ten times faster.
_BREAKS = str.maketrans({**dict.fromkeys(_SENTENCE_END, "\n"), **dict.fromkeys(_SEPARATORS, " ")})
# A point after or before a number ends no sentence: 15. oktober, £312.40, str. 40.
_POINT_BY_NUMBER = re.compile(r"(?<=\d)\.|\.(?=\s?\d)")
_JOIN = " +"
_GAP = r"(?: +\S+){0,4}"
_TIGHT_GAP = r"[^\n]{0,8}"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of characters in the text as it was written."""

    start: int
    end: int


@lru_cache(maxsize=8)
def broken(text: Folded) -> str:
    """The folded text with its breaks made plain, character for character."""
    return _POINT_BY_NUMBER.sub(" ", text.text).translate(_BREAKS)


class CueError(ValueError):
    """A pattern that says nothing or too much; the message names it."""


@dataclass(frozen=True, slots=True)
class CueSet:
    """Patterns that mean the same thing, compiled together."""

    expression: re.Pattern[str]

    def find(self, text: Folded) -> tuple[Span, ...]:
        """All matches, left to right, not overlapping."""
        return tuple(Span(*text.span_in_source(*match.span())) for match in self.expression.finditer(broken(text)))

    def occurs(self, text: Folded) -> bool:
        """Whether any pattern matches."""
        return self.expression.search(broken(text)) is not None


def compile_cues(patterns: Iterable[str], language: str) -> CueSet:
    """Compile patterns of one language (a BCP 47 tag).

    Raises CueError for a pattern without any letter or digit.
    """
    tight = language.split("-", maxsplit=1)[0] in WITHOUT_SPACES
    # Longest first, so that an alternation prefers the more telling expression.
    ordered = sorted(set(patterns), key=lambda pattern: (-len(pattern), pattern))
    parts = [_tight_expression(p) if tight else _spaced_expression(p) for p in ordered]
    return CueSet(re.compile("|".join(parts) if parts else r"(?!)"))


def sentence_around(text: str, span: Span) -> tuple[int, int]:
    """The sentence a span stands in, as a half-open span."""
    start = max((text.rfind(mark, 0, span.start) for mark in _SENTENCE_END), default=-1) + 1
    ends = [place for mark in _SENTENCE_END if (place := text.find(mark, span.end)) >= 0]
    return start, min(ends, default=len(text))


def _tight_expression(pattern: str) -> str:
    chunks = [chunk.strip(" *") for chunk in fold_text(pattern.replace("…", "...")).split("...")]
    if not any(chunks):
        raise CueError(f"empty pattern {pattern!r}")
    alternatives = [
        "(?:" + "|".join(re.escape(option.translate(_BREAKS)) for option in chunk.split("|") if option) + ")"
        for chunk in chunks
        if chunk
    ]
    return _TIGHT_GAP.join(alternatives)


def _spaced_expression(pattern: str) -> str:
    expression = ""
    gap = False
    for token in pattern.replace("…", "...").replace("...", " ... ").split():
        if token == "...":  # noqa: S105 - a gap, not a password
            gap = True
            continue
        word = _word_expression(token)
        if not word:
            continue
        if expression:
            expression += (_GAP if gap else "") + _JOIN
        expression += word
        gap = False
    if not expression:
        raise CueError(f"empty pattern {pattern!r}")
    return rf"(?<!\S){expression}(?!\S)"


def _word_expression(token: str) -> str:
    options = []
    for option in token.split("|"):
        # A word may hold separators of its own (d'accord, e-mail): they are joins like any other.
        parts = _plain(option).split()
        if any(part.strip("*") for part in parts):
            options.append(_JOIN.join(_starred(part) for part in parts))
    if not options:
        return ""
    return options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"


def _plain(option: str) -> str:
    stars = option.startswith("*"), option.endswith("*") and len(option) > 1
    core = fold_text(option.strip("*")).translate(_BREAKS).strip()
    return ("*" if stars[0] else "") + core + ("*" if stars[1] else "")


def _starred(part: str) -> str:
    before = r"\S*" if part.startswith("*") else ""
    after = r"\S*" if part.endswith("*") else ""
    return before + re.escape(part.strip("*")) + after
