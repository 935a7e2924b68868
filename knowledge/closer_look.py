"""A closer look at few texts: what one vector for a whole text drowns, its sentences and its words still say.

A complaint tells its trouble in one sentence and its story in ten. So beside the cosine of the whole texts stand the
best pair of sentences, and how well each text's words find their like in the other's, each word by its weight (late
interaction in both directions, after Khattab and Zaharia 2020, arXiv:2004.12832, here with a static encoder's rows).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.static_encoder import StaticEncoder

Float32s = NDArray[np.float32]

# Chosen on the dev split of the open corpus; the whole text counts 1.
SENTENCE_SHARE = 0.5
WORD_SHARE = 0.5  # each direction
_LONGEST = 4_000  # characters: what comes after says nothing new about the trouble
_SHORTEST_SENTENCE = 25  # letters; shorter ones ("Hello.") take in the next
_LETTERS_A_SIGN = 4  # what a Chinese, Japanese or Thai sign says takes about so many letters
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？؟।])\s*|\n+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Reading:
    """One text: its sentences' vectors, and its distinct words' vectors with their weights."""

    sentences: Float32s
    words: Float32s
    weights: Float32s


class CloserLook:
    """Compares texts by whole, sentence and word. A reading takes kilobytes: meant for tens of texts at a time."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder

    def likeness(self, text: str, others: Sequence[str], wholes: Sequence[float]) -> Float32s:
        """How alike ``text`` is to each of ``others``, shape (len(others),): a weighted mean of cosines.

        ``wholes``: the cosines of the whole texts, by the encoder that searched.
        """
        first, *rest = self.read([text, *others])
        return np.array([likeness(first, other, whole) for other, whole in zip(rest, wholes, strict=True)], np.float32)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """What ``likeness`` compares, of each text."""
        texts = [text[:_LONGEST] for text in texts]
        parts = [sentences(text) for text in texts]
        vectors = self._encoder.encode([sentence for part in parts for sentence in part])
        ends = np.cumsum([len(part) for part in parts])
        words = self._encoder.words(texts)
        return [
            Reading(vectors[ends[place] - len(part) : ends[place]], *words[place]) for place, part in enumerate(parts)
        ]


def sentences(text: str) -> list[str]:
    """The sentences of a text; one too short to mean anything takes in the next."""
    found: list[str] = []
    for part in _stripped(_SENTENCE_END.split(text)):
        if found and _letters(found[-1]) < _SHORTEST_SENTENCE:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found or [text]


def _letters(text: str) -> int:
    return len(text) + (_LETTERS_A_SIGN - 1) * len(_UNSPACED.findall(text))


def _stripped(parts: Iterable[str]) -> Iterable[str]:
    return (part.strip() for part in parts if part.strip())


def likeness(first: Reading, other: Reading, whole: float) -> float:
    """How alike two texts are, -1 to 1; ``whole``: the cosine of the whole texts."""
    if not len(first.words) or not len(other.words):
        return whole
    sentence = float((first.sentences @ other.sentences.T).max())
    cosines = first.words @ other.words.T
    forward = float(cosines.max(1) @ first.weights / first.weights.sum())
    backward = float(cosines.max(0) @ other.weights / other.weights.sum())
    total = whole + SENTENCE_SHARE * sentence + WORD_SHARE * (forward + backward)
    return total / (1 + SENTENCE_SHARE + 2 * WORD_SHARE)
