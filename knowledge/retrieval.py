"""Past complaints like this one, in whatever language: meaning, exact terms, and what worked.

The nearest by cosine are looked at more closely; ranking adds to that likeness a little for shared exact
terms (product names, error codes) and for resolutions that held. Complaints settled by the same resolution
count as one match.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.closer_look import CloserLook
from knowledge.folding import fold_text
from knowledge.model import Match, Outcome, Remark, SolvedComplaint
from knowledge.ports import ComplaintStore, Encoder, Filters, VectorIndex
from knowledge.privacy import without_masks


@dataclass(frozen=True, slots=True)
class Floors:
    """Cosines that tell what to show, an encoder's own.

    ``good``: below it a match would only mislead; nine in ten complaints of the corpus's dev split have something above
    it among the sample knowledge. ``sure``: from it a past complaint is shown even where triage sees no complaint; one
    in fifteen of the corpus's messages that are none has such a sample.
    """

    good: float
    sure: float


STATIC_FLOORS = Floors(good=0.233, sure=0.375)
CONTEXTUAL_FLOORS = Floors(good=0.271, sure=0.414)
_CANDIDATES = 60
_EXACT_TERM_BONUS = 0.04
_EXACT_TERMS_COUNTED = 3
_OUTCOME_WEIGHT = 0.12
# A resolution starts as if it had held in two of three earlier cases.
_PRIOR_HELD, _PRIOR_CASES = 2.0, 3.0
# Exact terms are what names things: product names in capitals, model and error codes with digits.
_TERM = re.compile(r"(?<![.!?…] )(?<![\w-])(?:[A-ZÀ-ÖØ-Þ][\w-]{2,30}|(?=[\w-]*\d)(?=[\w-]*[^\W\d])[\w-]{3,30})")


@dataclass(frozen=True, slots=True)
class _Ranked:
    solved: SolvedComplaint
    score: float
    rank: float
    terms: tuple[str, ...]


class Retrieval:
    """Searches solved complaints."""

    def __init__(
        self,
        encoder: Encoder,
        index: VectorIndex,
        store: ComplaintStore,
        closer: CloserLook | None = None,
        floors: Floors = STATIC_FLOORS,
    ) -> None:
        """``closer`` compares the nearest once more; without it they are ranked by cosine."""
        self.floors = floors
        self._encoder = encoder
        self._closer = closer
        self._index = index
        self._store = store

    def search(
        self, text: str, filters: Filters | None = None, limit: int = 3, floor: float | None = None
    ) -> tuple[Match, ...]:
        """The best matches for a masked text, best first; none when nothing is near enough."""
        allowed = None if filters is None or filters.are_empty else self._store.ids(filters)
        plain = without_masks(text)
        if not any(map(str.isalpha, plain)):  # the encoder knows some emoji, but nobody complains of them
            return ()
        vector = self._encoder.encode_query(plain)
        least = self.floors.good if floor is None else floor
        hits = [hit for hit in self._index.search(vector, _CANDIDATES, allowed) if hit.score >= least]
        solved = self._store.get(hit.complaint_id for hit in hits)
        found = [(solved[hit.complaint_id], hit.score) for hit in hits if hit.complaint_id in solved]
        alike = self._alike(plain, found)
        ranked = _rank(text, found, alike)
        return tuple(_match(item, cases) for item, cases in _grouped(ranked)[:limit])

    def _alike(self, text: str, found: Sequence[tuple[SolvedComplaint, float]]) -> Sequence[float]:
        if self._closer is None or not found:
            return [score for _, score in found]
        texts = [without_masks(solved.complaint) for solved, _ in found]
        likeness = self._closer.likeness(text, texts, [score for _, score in found])
        return [float(value) for value in likeness]


def chance_of_holding(cases: Iterable[SolvedComplaint]) -> float:
    """How likely a resolution is to hold, from its record: a mean that starts from a prior."""
    held, count = _PRIOR_HELD, _PRIOR_CASES
    for case in cases:
        if case.outcome == Outcome.UNKNOWN:
            continue
        count += 1
        if case.outcome == Outcome.HELD:
            # A grudging customer counts less than a content one.
            held += 1.0 if case.satisfaction is None else 0.4 + 0.12 * case.satisfaction
    return held / count


def _rank(text: str, found: Sequence[tuple[SolvedComplaint, float]], alike: Sequence[float]) -> list[_Ranked]:
    wanted = _terms(text)
    texts = [_terms(solved.complaint) for solved, _ in found]
    how_common = Counter(term for terms in texts for term in terms)
    common = max(2, len(found) // 4)
    ranked = []
    for (solved, score), likeness, terms in zip(found, alike, texts, strict=True):
        shared = sorted(t for t in wanted & terms if how_common[t] <= common)[:_EXACT_TERMS_COUNTED]
        bonus = _EXACT_TERM_BONUS * len(shared) + _OUTCOME_WEIGHT * (chance_of_holding((solved,)) - 0.5)
        ranked.append(_Ranked(solved, score, likeness + bonus, tuple(shared)))
    return sorted(ranked, key=lambda item: (-item.rank, item.solved.id))


def _grouped(ranked: Sequence[_Ranked]) -> list[tuple[_Ranked, list[SolvedComplaint]]]:
    groups: dict[str, tuple[_Ranked, list[SolvedComplaint]]] = {}
    for item in ranked:
        key = fold_text(item.solved.resolution_en or item.solved.resolution)
        groups.setdefault(key, (item, []))[1].append(item.solved)
    return list(groups.values())


def _terms(text: str) -> frozenset[str]:
    return frozenset(_TERM.findall(without_masks(text)[1:]))


def _match(item: _Ranked, cases: Sequence[SolvedComplaint]) -> Match:
    why = [Remark("Similar in meaning ({percent} %).", {"percent": round(100 * item.score)})]
    if item.terms:
        why.append(Remark("The same words: {terms}.", {"terms": ", ".join(item.terms)}))
    if len(cases) > 1:
        why.append(Remark("This resolution settled {count} similar complaints.", {"count": len(cases)}))
    why.append(_outcome_remark(item.solved))
    return Match(item.solved, round(item.score, 4), tuple(why))


def _outcome_remark(solved: SolvedComplaint) -> Remark:
    if solved.outcome == Outcome.REOPENED:
        return Remark("Careful: this did not hold, the customer came back.")
    if solved.outcome == Outcome.UNKNOWN:
        return Remark("Whether it held is not known.")
    if solved.satisfaction is None:
        return Remark("It held.")
    return Remark("It held; the customer gave {stars} of 5.", {"stars": solved.satisfaction})
