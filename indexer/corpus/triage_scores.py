"""How well triage and the draft check read the corpus's test split, per language."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.corpus import CorpusComplaint, Span, complaints, drafts, languages, others
from knowledge.encoders import STATIC, load_encoder
from knowledge.errors import CatalogueMissing
from knowledge.model import Assessment, LanguageGuess
from knowledge.triage import Triage
from knowledge.wording import check_draft

Assess = Callable[[str, LanguageGuess], Assessment]


@dataclass(frozen=True, slots=True)
class TriageRow:
    """Accuracies of one language: complaint or not (balanced), and the labels; and macro-averaged F1 of emotion."""

    language: str
    texts: int
    is_complaint: float
    emotion: float
    emotion_f1: float
    mindset: float
    remedy: float
    urgency: float


@dataclass(frozen=True, slots=True)
class DraftRow:
    """Precision, recall and F1 of one language's findings; a finding is right when kind and place agree."""

    language: str
    precision: float
    recall: float
    f1: float


def score_triage(judge: Assess | None = None, split: str = "test") -> list[TriageRow]:
    """A row per language, and the mean."""
    judge = judge or Triage(load_encoder(STATIC)).assess
    rows = [_triage_row(tag, judge, split) for tag in languages()]
    return [*rows, _mean_triage(rows)] if rows else []


def score_drafts() -> list[DraftRow]:
    """A row per language that the draft check knows, and the mean."""
    rows = [row for tag in languages() if (row := _draft_row(tag)) is not None]
    if not rows:
        return []
    mean = DraftRow("mean", *(sum(getattr(r, n) for r in rows) / len(rows) for n in ("precision", "recall", "f1")))
    return [*rows, mean]


def _triage_row(tag: str, judge: Assess, split: str) -> TriageRow:
    guess = LanguageGuess(tag, 1.0)
    asked = [complaint for complaint in complaints(tag) if complaint.split == split]
    found = [judge(complaint.text, guess) for complaint in asked]
    rejected = [not judge(other.text, guess).is_complaint for other in others(tag) if other.split == split]
    accepted = [one.is_complaint for one in found]
    return TriageRow(
        tag,
        len(asked),
        (_share(accepted) + _share(rejected)) / 2,
        _share([str(f.emotion) == a.emotion for f, a in zip(found, asked, strict=True)]),
        _macro_f1(asked, found),
        _share([str(f.mindset) == a.mindset for f, a in zip(found, asked, strict=True)]),
        _share([str(f.remedy) == a.remedy for f, a in zip(found, asked, strict=True)]),
        _share([str(f.urgency.level) == a.urgency for f, a in zip(found, asked, strict=True)]),
    )


def _mean_triage(rows: Sequence[TriageRow]) -> TriageRow:
    names = ("is_complaint", "emotion", "emotion_f1", "mindset", "remedy", "urgency")
    means = (sum(getattr(row, name) for row in rows) / len(rows) for name in names)
    return TriageRow("mean", sum(row.texts for row in rows), *means)


def _macro_f1(asked: Sequence[CorpusComplaint], found: Sequence[Assessment]) -> float:
    right: Counter[str] = Counter()
    said: Counter[str] = Counter(str(one.emotion) for one in found)
    true: Counter[str] = Counter(one.emotion for one in asked)
    for one, other in zip(asked, found, strict=True):
        right[one.emotion] += one.emotion == str(other.emotion)
    scores = [2 * right[name] / (said[name] + true[name]) for name in true]
    return sum(scores) / len(scores) if scores else 0.0


def _draft_row(tag: str) -> DraftRow | None:
    counts: dict[str, int] = defaultdict(int)
    for draft in drafts(tag):
        try:
            found = [Span(str(f.kind), f.start, f.end) for f in check_draft(draft.text, tag)]
        except CatalogueMissing:
            return None
        counts["said"] += len(found)
        counts["true"] += len(draft.findings)
        counts["right"] += sum(any(_agree(f, t) for t in draft.findings) for f in found)
        counts["met"] += sum(any(_agree(f, t) for f in found) for t in draft.findings)
    precision = counts["right"] / max(1, counts["said"])
    recall = counts["met"] / max(1, counts["true"])
    return DraftRow(tag, precision, recall, 2 * precision * recall / max(1e-9, precision + recall))


def _agree(one: Span, other: Span) -> bool:
    return one.kind == other.kind and one.start < other.end and other.start < one.end


def _share(right: Sequence[bool]) -> float:
    return sum(right) / max(1, len(right))
