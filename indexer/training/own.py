"""The open corpus's own translated sentences beside the large folders of parallel text.

They are few and rich: everyday words and what service says, in languages that have little of either. So they come by
themselves, one batch in so many, and need no encoding ahead.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.training.batches import Batch, BatchSource
from indexer.training.contextual import TaughtBatch, TaughtSource
from indexer.training.corpora import english_sentences, own_sentences
from indexer.training.encoded import encode_corpus
from indexer.training.teacher import encode_with_teacher
from indexer.training.tokenizer import load_tokenizer

OWN_EVERY = 10  # batches: more often, and the few sentences would be learnt by heart


@dataclass(frozen=True)
class MixedSource:
    """Batches of ``large``, every tenth of ``own`` where there is one."""

    large: BatchSource
    own: BatchSource | None

    def batch(self, step: int) -> Batch:
        """The batch of this step."""
        return self.own.batch(step) if self.own and step % OWN_EVERY == 0 else self.large.batch(step)


@dataclass(frozen=True)
class MixedTaughtSource:
    """The same for texts that have a teacher's vector. ``vectors`` holds those of both."""

    large: TaughtSource
    own: TaughtSource | None
    vectors: NDArray[np.float16]

    def batch(self, step: int) -> TaughtBatch:
        """The batch of this step."""
        if self.own and step % OWN_EVERY == 0:
            return self.own.batch(step // OWN_EVERY)
        return self.large.batch(step)


def own_source(tokenizer: Path, seed: int) -> BatchSource | None:
    """Batches of the open corpus's sentences, if it has any; the teacher has not seen their English."""
    files = own_sentences()
    if not files:
        return None
    corpus = encode_corpus(files, load_tokenizer(tokenizer), seed)
    return BatchSource(corpus, np.empty(0, np.int64), np.empty((0, 1), np.float16), seed)


def taught_own_source(
    large: TaughtSource, vectors: NDArray[np.float16], tokenizer: Path, teacher: Path, store: Path, seed: int
) -> MixedTaughtSource:
    """``large`` with the open corpus's sentences, whose English the ``teacher`` is shown now.

    Its vectors are kept in ``store``, under a name that changes with the sentences.
    """
    files = own_sentences()
    if not files:
        return MixedTaughtSource(large, None, vectors)
    english, _ = english_sentences(files)
    store /= hashlib.sha256("\n".join(english).encode()).hexdigest()[:16]
    own = TaughtSource(
        encode_corpus(files, load_tokenizer(tokenizer), seed), np.arange(len(english)), seed, first=len(vectors)
    )
    return MixedTaughtSource(large, own, np.concatenate([vectors, encode_with_teacher(teacher, english, store)]))
