"""Which texts train, which steer, which judge: fixed by hashes, so that no rewrite moves a text.

The test split holds out texts of known issues and thirty whole issues that training never sees.
"""

import hashlib
from typing import Literal

Split = Literal["train", "dev", "test"]

UNSEEN_ISSUES = 30
_TEST_SHARE, _DEV_SHARE = 0.16, 0.10


def unseen_issues(codes: list[str]) -> frozenset[str]:
    """Thirty issues held out whole: every sector gives its one or two first by hash."""
    by_sector: dict[str, list[str]] = {}
    for code in codes:
        by_sector.setdefault(code.split(".")[0], []).append(code)
    ranked = [sorted(found, key=_hash) for _, found in sorted(by_sector.items())]
    first = [found[0] for found in ranked]
    second = sorted((found[1] for found in ranked), key=_hash)
    return frozenset([*first, *second][:UNSEEN_ISSUES])


def split_of(text_id: str, issue: str | None, unseen: frozenset[str]) -> Split:
    """The split of one text by its id."""
    if issue is not None and issue in unseen:
        return "test"
    share = _hash(text_id) / 2**64
    if share < _TEST_SHARE:
        return "test"
    return "dev" if share < _TEST_SHARE + _DEV_SHARE else "train"


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"amends {text}".encode()).digest()[:8], "big")
