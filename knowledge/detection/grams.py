"""Character n-grams and words of many texts at once, as places in a table: one hash, used to fit and to ask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LONGEST = 5
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xC2B2AE3D27D4EB4F)
_POWERS_KEPT = 1 << 13
_POWERS = np.concatenate([[np.uint64(1)], np.full(_POWERS_KEPT - 1, _PRIME)]).cumprod(dtype=np.uint64)
_SPACE = 32
# One to five characters, whole words, pairs of words: equal hashes of different kinds are different grams.
_KINDS = np.arange(8, dtype=np.uint64)
_DROPPED = str.maketrans(dict.fromkeys('.,!?;:()-"', " ") | {"’": "'"})


@dataclass(frozen=True, slots=True)
class Grams:
    """``places`` of all grams in the order of their texts, and where each text's begin."""

    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    words: NDArray[np.int64]
    """For each gram the number of the word it stands in, counted over all texts."""


def normal(text: str) -> str:
    """Lower case, without punctuation, one space around every word."""
    return " " + " ".join(text.lower().translate(_DROPPED).split()) + " "


def grams(texts: Sequence[str], table: int) -> Grams:
    """Grams of one to five characters within words (their borders included), and whole words and pairs of words.

    ``table`` is the number of places, a power of two.
    """
    padded = [normal(text) for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, padded), dtype=np.int64, count=len(padded))
    text_of = np.repeat(np.arange(len(padded)), lengths)
    hashes = codes.copy()
    is_space = codes == _SPACE
    word_of = np.cumsum(is_space)
    found: list[tuple[NDArray[np.uint64], NDArray[np.int64]]] = []
    alive = np.ones(len(codes), dtype=bool)
    for length in range(1, _LONGEST + 1):
        if length > 1:
            hashes = hashes[:-1] * _PRIME + codes[length - 1 :]
            # No border inside, and none of the next text's characters.
            alive = alive[:-1] & ~(is_space[length - 2 : -1] if length > 2 else np.zeros(len(hashes), dtype=bool))
            alive &= text_of[: len(hashes)] == text_of[length - 1 :]
        keep = np.flatnonzero(alive if length > 1 else ~is_space)
        found.append((hashes[keep] + _KINDS[length], keep))
    found += _word_hashes(codes, is_space, text_of)
    values = _mixed(np.concatenate([value for value, _ in found]))
    at = np.concatenate([place for _, place in found])
    order = np.argsort(at, kind="stable")
    places = (values[order] >> np.uint64(40)).astype(np.int64) & (table - 1)
    owners = text_of[at[order]]
    starts = np.searchsorted(owners, np.arange(len(padded)))
    return Grams(places, starts, word_of[at[order]])


def places_of(text: str, table: int) -> NDArray[np.int64]:
    """The places of one text's grams, in no order: the same as ``grams`` finds, in a third of the time."""
    codes = np.frombuffer(normal(text).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    is_space = codes == _SPACE
    values = [codes[~is_space] + _KINDS[1]]
    hashes, alive = codes, None
    for length in range(2, _LONGEST + 1):
        hashes = hashes[:-1] * _PRIME + codes[length - 1 :]
        if alive is None:
            values.append(hashes + _KINDS[2])
            alive = np.ones(len(hashes), dtype=bool)
            continue
        alive = alive[:-1] & ~is_space[length - 2 : -1]
        values.append(hashes[alive] + _KINDS[length])
    values += [value for value, _ in _word_hashes(codes, is_space, np.zeros(len(codes), dtype=np.int64))]
    return (_mixed(np.concatenate(values)) >> np.uint64(40)).astype(np.int64) & (table - 1)


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = hashes * _MIX
    mixed ^= mixed >> np.uint64(29)
    return mixed * _PRIME


def _word_hashes(
    codes: NDArray[np.uint64], is_space: NDArray[np.bool_], text_of: NDArray[np.int64]
) -> list[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """Whole words longer than the grams reach, and neighbouring words of one text."""
    begins = np.flatnonzero(~is_space[1:] & is_space[:-1]) + 1
    if not len(begins):
        return []
    letters = np.where(is_space, np.uint64(0), (codes * _MIX) ^ codes)
    # A sum of terms that depend on their place is a hash that needs no loop.
    ends = np.flatnonzero(is_space[1:] & ~is_space[:-1]) + 1
    position = _positions(begins, len(codes))
    terms = letters * _POWERS[position % _POWERS_KEPT]
    totals = np.concatenate([[np.uint64(0)], terms.cumsum(dtype=np.uint64)])
    words = totals[ends] - totals[begins]
    same = text_of[begins[1:]] == text_of[begins[:-1]]
    pairs = (words[:-1] * _PRIME + words[1:])[same]
    return [(words + _KINDS[6], begins), (pairs + _KINDS[7], begins[:-1][same])]


def _positions(begins: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """For each character its place within its word."""
    offset = np.zeros(count, dtype=np.int64)
    offset[begins] = begins - np.concatenate([[0], begins[:-1]])
    positions: NDArray[np.int64] = np.arange(count) - offset.cumsum() + 1
    return positions
