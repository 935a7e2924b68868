"""What authors write: one text a line, personal data or forbidden expressions marked in place.

``key !remedy=refund<TAB>text with {{name:Ana}}``; a line break inside a text is written ``\\n``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = re.compile(r"\{\{(\w+):((?:[^{}]|\{(?!\{)|\}(?!\}))*)\}\}")
_OVERRULED = re.compile(r"!(\w+)=([\w-]+)")


class AuthoringError(ValueError):
    """A line that cannot be read; says which and why."""


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A half-open span of characters of the plain text, by kind."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Authored:
    """One text without its marks, the spans they marked, and what the author overruled."""

    place: str
    key: str
    text: str
    spans: tuple[MarkedSpan, ...]
    overruled: tuple[tuple[str, str], ...]


def read_authored(path: Path) -> Iterator[Authored]:
    """Read one file. Raises AuthoringError naming file and line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield _authored(line, f"{path.name}:{number}")


def _authored(line: str, place: str) -> Authored:
    head, tab, marked = line.partition("\t")
    if not tab or not marked.strip():
        raise AuthoringError(f"{place}: no TAB, or no text after it")
    key, *rest = head.split()
    overruled = tuple(_OVERRULED.findall(" ".join(rest)))
    text, spans = unmark(marked.replace("\\n", "\n").strip())
    if "{{" in text or "}}" in text:
        raise AuthoringError(f"{place}: a mark is not closed")
    return Authored(place, key, text, spans, overruled)


def unmark(marked: str) -> tuple[str, tuple[MarkedSpan, ...]]:
    """Take the marks out of a text and give their spans."""
    pieces: list[str] = []
    spans: list[MarkedSpan] = []
    at = length = 0
    for match in MARK.finditer(marked):
        before = marked[at : match.start()]
        length += len(before)
        spans.append(MarkedSpan(match.group(1), length, length + len(match.group(2))))
        length += len(match.group(2))
        pieces += [before, match.group(2)]
        at = match.end()
    return "".join([*pieces, marked[at:]]), tuple(spans)
