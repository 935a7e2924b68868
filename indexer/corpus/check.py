"""The corpus's checker: counts, and everything that must not be in it.

``python -m indexer.corpus.check``: tables, then one line per problem; exit status 1 if there are any.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from indexer.corpus.plan import LARGE_LANGUAGES
from indexer.corpus.retrieval_scores import script_of
from indexer.corpus.splits import split_of, unseen_issues
from knowledge.corpus import (
    CorpusComplaint,
    Review,
    complaints,
    drafts,
    issues,
    languages,
    others,
    resolutions,
    reviews,
)
from knowledge.folding import fold_text
from knowledge.language import LanguageDetector
from knowledge.locales import PRODUCT_LANGUAGES
from knowledge.model import Emotion, Mindset, Remedy, UrgencyLevel
from knowledge.wording import WordingKind

PERSONAL = frozenset({"name", "email", "phone", "ref", "iban", "card", "address"})
LABELS: dict[str, frozenset[str]] = {
    "emotion": frozenset(Emotion),
    "mindset": frozenset(Mindset),
    "remedy": frozenset(Remedy),
    "urgency": frozenset(UrgencyLevel),
}
_GROUNDS = frozenset({"deadline", "legal", "public", "leaving", "repeat", "harm", "hardship"})
_NOT_COMPLAINTS, _BAD_DRAFTS, _GOOD_DRAFTS = 15, 10, 6
# Two texts that share more than this of their five-character shingles are the same text told twice.
_NEAR = 0.6
_LONG_ENOUGH_FOR_A_DETECTOR = 60
_LEFTOVER = re.compile(r"\{\{|\}\}|\[(?:name|date|amount|product|company)\]|lorem ipsum")


@dataclass(frozen=True, slots=True)
class LabelTable:
    """How far an issue alone predicts a label, against always saying the commonest value."""

    label: str
    majority: float
    by_issue: float


def problems() -> Iterator[str]:
    """Everything that must not be in the corpus, a sentence each."""
    codes = [issue.code for issue in issues()]
    yield from _taxonomy_problems(codes)
    for missing in sorted(set(PRODUCT_LANGUAGES) - set(languages())):
        yield f"{missing}: no complaints"
    for unread in sorted(set(languages()) - {review.language for review in reviews()}):
        yield f"{unread}: no second reading"
    detector = LanguageDetector()
    for language in languages():
        found = list(complaints(language))
        for problem in (
            *_coverage_problems(language, found, codes),
            *_label_problems(found),
            *_span_problems(found),
            *_twins(found),
            *_language_problems(language, found, detector),
            *_other_problems(language),
            *_draft_problems(language),
        ):
            yield f"{language}: {problem}"


def label_tables(found: Sequence[CorpusComplaint]) -> list[LabelTable]:
    """Leave-one-out: guess a text's label from the other texts of its issue."""
    return [_label_table(found, name) for name in LABELS]


def _label_table(found: Sequence[CorpusComplaint], name: str) -> LabelTable:
    read: Callable[[CorpusComplaint], str] = lambda complaint: str(getattr(complaint, name))  # noqa: E731
    overall = Counter(map(read, found))
    by_issue: dict[str, Counter[str]] = defaultdict(Counter)
    for complaint in found:
        by_issue[complaint.issue][read(complaint)] += 1
    right = 0
    for complaint in found:
        rest = by_issue[complaint.issue] - Counter([read(complaint)])
        guess = max(rest, key=lambda value: (rest[value], value)) if rest else overall.most_common(1)[0][0]
        right += guess == read(complaint)
    return LabelTable(name, overall.most_common(1)[0][1] / len(found), right / len(found))


def _taxonomy_problems(codes: list[str]) -> Iterator[str]:
    if len(codes) < 150 or len({code.split(".")[0] for code in codes}) < 15:
        yield f"the taxonomy has {len(codes)} issues"
    for issue in issues():
        for neighbour in issue.neighbours:
            if neighbour.code not in codes:
                yield f"{issue.code}: its neighbour {neighbour.code} does not exist"
    ranks: dict[str, set[str]] = defaultdict(set)
    for resolution in resolutions():
        ranks[resolution.issue].add(resolution.rank)
        if len(resolution.texts) < 2 and resolution.rank == "good":
            yield f"{resolution.id}: written in English only"
    for code in codes:
        if ranks[code] != {"good", "second", "failed"}:
            yield f"{code}: its resolutions are {sorted(ranks[code])}"


def _coverage_problems(language: str, found: Sequence[CorpusComplaint], codes: list[str]) -> Iterator[str]:
    wanted = 2 if language in LARGE_LANGUAGES else 1
    counts = Counter(complaint.issue for complaint in found)
    for code in codes:
        if counts[code] < wanted:
            yield f"{counts[code]} of {wanted} complaints about {code}"
    unseen = unseen_issues(codes)
    for complaint in found:
        if complaint.split != split_of(complaint.id, complaint.issue, unseen):
            yield f"{complaint.id} is in the wrong split"


def _label_problems(found: Sequence[CorpusComplaint]) -> Iterator[str]:
    for complaint in found:
        for name, values in LABELS.items():
            if getattr(complaint, name) not in values:
                yield f"{complaint.id}: {name} is {getattr(complaint, name)!r}"
        if complaint.ground is not None and complaint.ground not in _GROUNDS:
            yield f"{complaint.id}: ground is {complaint.ground!r}"
        if _LEFTOVER.search(complaint.text):
            yield f"{complaint.id}: a placeholder is left"


def _span_problems(found: Sequence[CorpusComplaint]) -> Iterator[str]:
    for complaint in found:
        for span in complaint.personal:
            if span.kind not in PERSONAL or not 0 <= span.start < span.end <= len(complaint.text):
                yield f"{complaint.id}: the span {span} is wrong"


def _twins(found: Sequence[CorpusComplaint]) -> Iterator[str]:
    """Duplicates anywhere, and near-duplicates, by shared shingles."""
    holders: dict[str, list[int]] = defaultdict(list)
    shingles = [_shingles(complaint.text) for complaint in found]
    for number, own in enumerate(shingles):
        shared: Counter[int] = Counter()
        for shingle in own:
            shared.update(holders[shingle])
            holders[shingle].append(number)
        for other, count in shared.items():
            union = len(own) + len(shingles[other]) - count
            if len(own) >= 8 and count / union > _NEAR:
                yield f"{found[number].id} is nearly {found[other].id}"


def _shingles(text: str) -> frozenset[str]:
    folded = " ".join(fold_text(text).split())
    return frozenset(folded[n : n + 5] for n in range(max(1, len(folded) - 4)))


def _language_problems(language: str, found: Sequence[CorpusComplaint], detector: LanguageDetector) -> Iterator[str]:
    from py3langid.langid import classify

    for complaint in found:
        if len(complaint.text) < _LONG_ENOUGH_FOR_A_DETECTOR or _is_romanised_or_mixed(complaint):
            continue
        guess = detector.detect(complaint.text)
        second = _second_opinion(classify(complaint.text)[0])
        if guess.tag not in (language, "und") and guess.probability > 0.9 and second not in (language, None):
            yield f"{complaint.id}: two detectors read {guess.tag} and {second}"


def _is_romanised_or_mixed(complaint: CorpusComplaint) -> bool:
    if any("romanised" in feature or "English" in feature or "thread" in feature for feature in complaint.features):
        return True
    # Hurried typing in Kannada, Telugu or Macedonian is often typing in Latin letters.
    latin = sum(letter.isascii() for letter in complaint.text if letter.isalpha())
    letters = sum(letter.isalpha() for letter in complaint.text)
    return script_of(complaint.language) != "Latn" and latin > letters / 2


def _second_opinion(code: str) -> str | None:
    return {"no": "nb", "nn": "nb", "tl": "fil", "zh": None, "ms": "id", "bs": "hr", "sr": "hr"}.get(code, code)


def _other_problems(language: str) -> Iterator[str]:
    found = list(others(language))
    if len(found) < _NOT_COMPLAINTS:
        yield f"{len(found)} of {_NOT_COMPLAINTS} messages that are no complaints"


def _draft_problems(language: str) -> Iterator[str]:
    found = list(drafts(language))
    bad = [draft for draft in found if draft.findings]
    if len(bad) < _BAD_DRAFTS or len(found) - len(bad) < _GOOD_DRAFTS:
        yield f"{len(bad)} bad and {len(found) - len(bad)} good drafts"
    for draft in bad:
        for span in draft.findings:
            if span.kind not in set(WordingKind) or not 0 <= span.start < span.end <= len(draft.text):
                yield f"{draft.id}: the span {span} is wrong"
    shown = {span.kind for draft in bad for span in draft.findings}
    for kind in WordingKind:
        if kind not in shown:
            yield f"no draft shows {kind}"


def _reading(review: Review | None) -> str:
    """Complaints a second reader read, and texts mended."""
    return f"{review.read.complaints:11} {review.mended:7}" if review else f"{'–':>11} {'–':>7}"


def main() -> int:
    """Print counts per language and split, the label tables, and the problems."""
    everything: list[CorpusComplaint] = []
    counted = f"{'train':>6} {'dev':>5} {'test':>5} {'other':>6} {'bad':>4} {'good':>5}"
    print(f"{'language':10} {counted} {'read again':>11} {'mended':>7}")
    read = {review.language: review for review in reviews()}
    for language in languages():
        found = list(complaints(language))
        everything += found
        splits = Counter(complaint.split for complaint in found)
        made = list(drafts(language))
        bad = sum(bool(draft.findings) for draft in made)
        print(
            f"{language:10} {splits['train']:6} {splits['dev']:5} {splits['test']:5} {len(list(others(language))):6}"
            f" {bad:4} {len(made) - bad:5} {_reading(read.get(language))}"
        )
    print(f"{len(everything)} complaints in {len(languages())} languages about {len(list(issues()))} issues\n")
    print(f"{'label':10} {'majority':>9} {'by issue':>9}   (accuracy; the issue alone should tell no more)")
    for row in label_tables(everything):
        print(f"{row.label:10} {row.majority:9.3f} {row.by_issue:9.3f}")
    wrong = list(problems())
    print(f"\n{len(wrong)} problems")
    for problem in wrong:
        print(f"  {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
