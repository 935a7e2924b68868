"""The corpus's benchmark as one report."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from indexer.corpus.rankers import likeness_of
from indexer.corpus.retrieval_scores import RetrievalRow, score_retrieval, test_pool
from indexer.corpus.triage_scores import DraftRow, TriageRow, score_drafts, score_triage
from knowledge.errors import EncoderUnavailable

DEFAULT_RANKERS = ("contextual-closer", "closer", "static", "bm25", "minilm", "chance")


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """All tables, and the rankers that could not be had."""

    retrieval: tuple[RetrievalRow, ...]
    triage: tuple[TriageRow, ...]
    drafts: tuple[DraftRow, ...]
    missing: tuple[str, ...]


def evaluate_corpus(rankers: Sequence[str] = ()) -> CorpusReport:
    """Score the named rankers (or the default ones) and the product's triage and draft check."""
    pool, memory = test_pool(), test_pool("train")
    rows: list[RetrievalRow] = []
    missing: list[str] = []
    for name in rankers or DEFAULT_RANKERS:
        try:
            rows += score_retrieval(name, likeness_of(name), pool, memory)
        except EncoderUnavailable as error:
            if rankers:
                raise
            missing.append(f"{name}: {error}")
    return CorpusReport(tuple(rows), tuple(score_triage()), tuple(score_drafts()), tuple(missing))


def printed(report: CorpusReport) -> Iterator[str]:
    """The tables as Markdown lines."""
    for rows in (report.retrieval, report.triage, report.drafts):
        yield from _table([asdict(row) for row in rows])
        yield ""
    yield from report.missing


def _table(rows: Sequence[dict[str, object]]) -> Iterator[str]:
    if not rows:
        return
    yield "| " + " | ".join(name.replace("_", " ") for name in rows[0]) + " |"
    yield "|" + "---|" * len(rows[0])
    for row in rows:
        cells = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values())
        yield "| " + " | ".join(cells) + " |"
