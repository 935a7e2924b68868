"""When an answer is right, and when it at least finds a reader."""

from __future__ import annotations

from knowledge.detection.labels import RELATIVES, group_of


def folded(tag: str) -> str:
    """A tag as the tables compare it: relatives that no product language separates count as one."""
    base = tag.split("-", maxsplit=1)[0]
    plain = base if base in ("pt", "en", "sr") else tag
    return RELATIVES.get(plain, plain)


def is_right(tag: str, answer: str) -> bool:
    """Whether an answer names the language."""
    return folded(tag) == folded(answer) or answer == f"{tag}-Latn"


def is_served(tag: str, answer: str, group: tuple[str, ...]) -> bool:
    """Whether a reader of the answer, or of its route group, can read the text."""
    return is_right(tag, answer) or tag in group or (bool(group) and group_of(tag) == group)
