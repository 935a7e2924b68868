"""The open corpus's complaints as a test set: nothing of language detection was ever fitted or tuned on them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from indexer.detection.cases import WINDOW_CASES, Case
from indexer.detection.tuning import windows
from knowledge import corpus

_FEATURES = {
    "quoted e-mail thread below": "complaint, thread below",
    "all capitals": "complaint, all capitals",
    "missing diacritics or casual spelling": "complaint, diacritics left out or casual spelling",
    "typos": "complaint, typing errors",
    "mixes in English words": "complaint, English words mixed in",
    "romanised (Latin letters, as people type)": "complaint in Latin letters",
}
LATIN_LETTERS = _FEATURES["romanised (Latin letters, as people type)"]


def complaint_cases(rows: int, seed: int = 7) -> Iterator[Case]:
    """Per language so many plain complaints as written and by length, and up to so many of each feature."""
    draw = Random(seed)  # noqa: S311
    for tag in corpus.languages():
        found = list(corpus.complaints(tag))
        draw.shuffle(found)
        plain = [one.text for one in found if not _FEATURES.keys() & set(one.features)][:rows]
        for text in plain:
            yield Case("complaint as written", tag, text)
            parts = list(windows(" ".join(text.split()), tag, draw))[1:]
            yield from (
                Case(f"complaint, {name}", tag, part) for name, part in zip(WINDOW_CASES[1:], parts, strict=False)
            )
        for feature, name in _FEATURES.items():
            written = f"{tag}-Latn" if name == LATIN_LETTERS else tag
            yield from [Case(name, written, one.text) for one in found if feature in one.features][:rows]


def mailbox(rows: int, seed: int = 11) -> list[str]:
    """A realistic mix to time: complaints as they come, of all languages alike, so many in all."""
    texts = [one.text for tag in corpus.languages() for one in corpus.complaints(tag)]
    return Random(seed).sample(texts, min(rows, len(texts)))  # noqa: S311
