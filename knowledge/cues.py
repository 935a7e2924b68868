"""Small patterns that people can read and write: the expressions that give a text away.

A pattern is a row of words. ``*`` at a word's end or start stands for any letters, ``...`` for up to
four words within the sentence, ``a|b`` for alternatives. Matching ignores case and, in scripts where
people leave them out, accents. In languages written without spaces a pattern is a plain substring
and ``...`` stands for up to eight characters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.folding import Folded, fold_text

WITHOUT_SPACES = frozenset({"zh", "ja", "th", "my", "km", "lo"})

_SENTENCE_END = ".!?。！？।؟…\n"
_OTHER_SEPARATORS = " \t\r\u00a0,;:'\"“”„‟«»()[]{}<>/\\|+=*^~_–—-·•、，；：،؛‚‹›¿¡「」『』（）【】《》"
_BREAK = re.escape(_SENTENCE_END + _OTHER_SEPARATORS)
_LETTER = f"[^{_BREAK}]"
# A point after or before a number ends no sentence: 15. oktober, £312.40, str. 40.
_JOIN = rf"(?:[{re.escape(_OTHER_SEPARATORS)}]|(?<=\d)\.|\.(?=\s?\d))+"
_WORD_BREAK = re.compile(f"[{re.escape(_OTHER_SEPARATORS.replace('*', ''))}]+")
_GAP = f"(?:{_JOIN}{_LETTER}+){{0,4}}"
_TIGHT_GAP = f"[^{re.escape(_SENTENCE_END)}]{{0,8}}"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of characters in the text as it was written."""

    start: int
    end: int


class CueError(ValueError):
    """A pattern that says nothing or too much; the message names it."""


@dataclass(frozen=True, slots=True)
class CueSet:
    """Patterns that mean the same thing, compiled together."""

    expression: re.Pattern[str]

    def find(self, text: Folded) -> tuple[Span, ...]:
        """All matches, left to right, not overlapping."""
        return tuple(Span(*text.span_in_source(*match.span())) for match in self.expression.finditer(text.text))

    def occurs(self, text: Folded) -> bool:
        """Whether any pattern matches."""
        return self.expression.search(text.text) is not None


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
    folded = fold_text(pattern.replace("…", "..."))
    chunks = [chunk.strip(" *") for chunk in folded.split("...")]
    if not any(chunks):
        raise CueError(f"empty pattern {pattern!r}")
    alternatives = [
        "(?:" + "|".join(re.escape(option) for option in chunk.split("|") if option) + ")" for chunk in chunks if chunk
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
    return f"(?<!{_LETTER}){expression}(?!{_LETTER})"


def _word_expression(token: str) -> str:
    options = []
    for option in token.split("|"):
        # A word may hold separators of its own (d'accord, e-mail): they are joins like any other.
        parts = [part for part in _WORD_BREAK.split(fold_text(option)) if part]
        if not any(part.strip("*" + _SENTENCE_END) for part in parts):
            continue
        options.append(_JOIN.join(_starred(part) for part in parts))
    if not options:
        return ""
    return options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"


def _starred(part: str) -> str:
    core = re.escape(part.strip("*").strip(_SENTENCE_END))
    before = f"{_LETTER}*" if part.startswith("*") else ""
    after = f"{_LETTER}*" if part.endswith("*") else ""
    return before + core + after
