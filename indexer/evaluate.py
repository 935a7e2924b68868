"""Scores over the known complaints: does a complaint find its like across languages?"""

from collections import defaultdict
from dataclasses import dataclass

from knowledge.assembly import Knowledge
from knowledge.model import SolvedComplaint
from knowledge.ports import Filters
from knowledge.privacy import without_masks

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """Shares of questions whose first right answer came first, among five; and its mean reciprocal rank."""

    language: str
    asked: int
    recall_at_1: float
    recall_at_5: float
    mrr: float


def evaluate_retrieval(knowledge: Knowledge) -> list[RetrievalScore]:
    """Scores per language of the question, and over all; answers in its own language do not count."""
    everything = knowledge.store.get(knowledge.store.ids(Filters()))
    ranks: dict[str, list[int | None]] = defaultdict(list)
    for solved in everything.values():
        if solved.issue and _has_like(solved, everything):
            ranks[solved.language].append(_rank(knowledge, solved, everything))
    rows = [_score(language, found) for language, found in sorted(ranks.items())]
    return [*rows, _score("all", [rank for found in ranks.values() for rank in found])]


def _has_like(solved: SolvedComplaint, everything: dict[str, SolvedComplaint]) -> bool:
    return any(o.issue == solved.issue and o.language != solved.language for o in everything.values())


def _rank(knowledge: Knowledge, solved: SolvedComplaint, everything: dict[str, SolvedComplaint]) -> int | None:
    others = frozenset(o.id for o in everything.values() if o.language != solved.language)
    vector = knowledge.encoder.encode_query(without_masks(solved.complaint))
    hits = knowledge.index.search(vector, _LOOKED_AT, others)
    return next((n for n, hit in enumerate(hits, 1) if everything[hit.complaint_id].issue == solved.issue), None)


def _score(language: str, ranks: list[int | None]) -> RetrievalScore:
    count = max(1, len(ranks))
    found = [rank for rank in ranks if rank is not None]
    return RetrievalScore(
        language,
        len(ranks),
        sum(rank == 1 for rank in found) / count,
        sum(rank <= 5 for rank in found) / count,
        sum(1 / rank for rank in found) / count,
    )
