"""The retrieval benchmark: does a complaint find another about the same issue?

Questions and answers are the test split. A question is asked four times: among the other texts of its own
language, of other languages in its script, of languages in other scripts, and of all other languages. Questions
about known issues are asked once more of the train split in other languages, as a desk asks its memory.
recall@k is the share of questions with a right answer among the first k; MRR and nDCG@10 (one for the same issue,
nought otherwise) as usual.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import langcodes
import numpy as np
from numpy.typing import NDArray

from indexer.corpus.plan import issues
from indexer.corpus.rankers import Likeness, readable
from indexer.corpus.splits import unseen_issues
from knowledge.corpus import CorpusComplaint, complaints, languages

GROUPS = ("same language", "same script", "cross script", "other languages")
MEMORY = "asked of the train split"
_CUT = 10


@dataclass(frozen=True, slots=True)
class RetrievalRow:
    """Scores of one ranker for one kind of pair, on known or unseen issues."""

    ranker: str
    pairs: str
    issues: str
    asked: int
    recall_at_1: float
    recall_at_5: float
    mrr: float
    ndcg_at_10: float


@dataclass(frozen=True)
class Pool:
    """The test split as arrays: texts, and for each its language, script and issue by number."""

    complaints: tuple[CorpusComplaint, ...]
    language: NDArray[np.int64]
    script: NDArray[np.int64]
    issue: NDArray[np.int64]
    is_unseen: NDArray[np.bool_]

    @property
    def texts(self) -> list[str]:
        """What is searched for: the texts without personal data."""
        return [readable(c.text, [(s.start, s.end) for s in c.personal]) for c in self.complaints]


def test_pool(split: str = "test") -> Pool:
    """The split that judges."""
    found = tuple(c for tag in languages() for c in complaints(tag) if c.split == split)
    unseen = unseen_issues(issues())
    return Pool(
        found,
        _numbers([c.language for c in found]),
        _numbers([script_of(c.language) for c in found]),
        _numbers([c.issue for c in found]),
        np.array([c.issue in unseen for c in found]),
    )


test_pool.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def script_of(tag: str) -> str:
    """The script a language is usually written in; Japanese and Chinese count as one."""
    script = langcodes.Language.get(tag).maximize().script or "Latn"
    return "Han" if script in ("Hans", "Hant", "Jpan") else script


def score_retrieval(name: str, likeness: Likeness, pool: Pool, memory: Pool | None = None) -> Iterator[RetrievalRow]:
    """Rows for every kind of pair, known and unseen issues apart; last those asked of the ``memory``."""
    texts = pool.texts
    scores = likeness(texts, texts)
    for group in GROUPS:
        ranks = [_ranks(scores[n], pool, n, group) for n in range(len(pool.complaints))]
        for label, wanted in (("known", ~pool.is_unseen), ("unseen", pool.is_unseen)):
            asked = [found for n, found in enumerate(ranks) if wanted[n] and len(found)]
            yield _row(name, group, label, asked)
    if memory:
        yield _row(name, MEMORY, "known", list(_asked_of(memory, likeness, pool)))


def _asked_of(memory: Pool, likeness: Likeness, pool: Pool) -> Iterator[NDArray[np.int64]]:
    """Ranks of the right answers among the memory's texts in other languages, a question at a time."""
    known = [complaint for complaint, unseen in zip(pool.complaints, pool.is_unseen, strict=True) if not unseen]
    texts = [readable(c.text, [(s.start, s.end) for s in c.personal]) for c in known]
    languages_, issues_ = (np.array([getattr(c, name) for c in memory.complaints]) for name in ("language", "issue"))
    for row, question in zip(likeness(texts, memory.texts), known, strict=True):
        candidates = np.flatnonzero(languages_ != question.language)
        order = candidates[np.argsort(-row[candidates], kind="stable")]
        yield np.flatnonzero(issues_[order] == question.issue) + 1


def _ranks(scores: NDArray[np.float32], pool: Pool, question: int, group: str) -> NDArray[np.int64]:
    """Ranks of all right answers to one question, rising; empty when there is none."""
    same_language = pool.language == pool.language[question]
    same_script = pool.script == pool.script[question]
    allowed = {
        "same language": same_language,
        "same script": same_script & ~same_language,
        "cross script": ~same_script,
        "other languages": ~same_language,
    }[group].copy()
    allowed[question] = False
    candidates = np.flatnonzero(allowed)
    right = pool.issue[candidates] == pool.issue[question]
    if not right.any():
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(-scores[candidates], kind="stable")
    return np.flatnonzero(right[order]) + 1


def _row(name: str, group: str, label: str, asked: Sequence[NDArray[np.int64]]) -> RetrievalRow:
    count = max(1, len(asked))
    first = np.array([ranks[0] for ranks in asked]) if asked else np.zeros(0)
    return RetrievalRow(
        name,
        group,
        label,
        len(asked),
        float((first == 1).sum() / count),
        float((first <= 5).sum() / count),
        float((1 / first).sum() / count) if len(first) else 0.0,
        sum(_ndcg(ranks) for ranks in asked) / count,
    )


def _ndcg(ranks: NDArray[np.int64]) -> float:
    gained = (1 / np.log2(ranks[ranks <= _CUT] + 1)).sum()
    ideal = (1 / np.log2(np.arange(1, min(len(ranks), _CUT) + 1) + 1)).sum()
    return float(gained / ideal)


def _numbers(names: Sequence[str]) -> NDArray[np.int64]:
    known = {name: number for number, name in enumerate(sorted(set(names)))}
    return np.array([known[name] for name in names], dtype=np.int64)
