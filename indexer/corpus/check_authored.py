"""Check what an author wrote for one language, before it becomes part of the corpus.

``python -m indexer.corpus.check_authored TAG …``: one line per problem; exit status 1 if there are any.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from indexer.corpus.authored import Authored, AuthoringError, read_authored
from indexer.corpus.plan import Planned, plan
from knowledge.folding import fold_text
from knowledge.language import LanguageDetector
from knowledge.model import Emotion, Mindset, Remedy, UrgencyLevel
from knowledge.wording import WordingKind

FOLDER = Path(__file__).resolve().parents[2] / ".corpus"

PERSONAL_KINDS = frozenset({"name", "email", "phone", "ref", "iban", "card", "address"})
OTHER_KINDS = {
    "question": 4, "praise": 3, "request": 3, "auto_reply": 2, "spam": 1, "legal_threat": 1, "bare_reference": 1,
    "thanks": 1,
}  # fmt: skip
_VALUES: Mapping[str, Set[str]] = {
    "emotion": set(Emotion),
    "mindset": set(Mindset),
    "remedy": set(Remedy),
    "urgency": set(UrgencyLevel),
    "ground": {"deadline", "legal", "public", "leaving", "repeat", "harm", "hardship", "none"},
}
_WORDS = {
    "under 10 words": (1, 13),
    "10-25 words": (7, 36),
    "25-55 words": (18, 75),
    "55-110 words": (40, 150),
    "over 120 words": (95, 500),
}
_WITHOUT_SPACES = {"zh-Hans": 1.6, "zh-Hant": 1.6, "ja": 2.1, "th": 4.5}
_LEFTOVER = re.compile(r"\[(?:name|date|amount|product|company)\]|lorem ipsum|<\w+>")


def problems_of(tag: str, detector: LanguageDetector) -> Iterator[str]:
    """Everything wrong with one language's texts."""
    folder = FOLDER / tag
    try:
        complaints = [a for path in sorted((folder / "complaints").glob("*.txt")) for a in read_authored(path)]
        others = list(read_authored(folder / "other.txt"))
        drafts = list(read_authored(folder / "drafts.txt"))
        list(read_authored(folder / "resolutions.txt"))
    except (AuthoringError, OSError) as error:
        yield str(error)
        return
    yield from _plan_problems(complaints, {p.key: p for p in plan(tag)}, tag)
    yield from _text_problems([*complaints, *others, *drafts], tag, detector)
    yield from _other_problems(others)
    yield from _draft_problems(drafts)


def _plan_problems(complaints: list[Authored], planned: dict[str, Planned], tag: str) -> Iterator[str]:
    written = Counter(a.key for a in complaints)
    missing = [key for key in planned if key not in written]
    if missing:
        yield f"{len(missing)} texts are missing: {', '.join(missing[:12])}"
    for key, count in written.items():
        if key not in planned:
            yield f"{key} is not in the plan"
        elif count > 1:
            yield f"{key} is written {count} times"
    for text in complaints:
        for name, value in text.overruled:
            if value not in _VALUES.get(name, set()):
                yield f"{text.place}: !{name}={value} is unknown"
        for span in text.spans:
            if span.kind not in PERSONAL_KINDS:
                yield f"{text.place}: the mark {span.kind} is unknown"
        if text.key in planned:
            yield from _length_problem(text, planned[text.key].length, tag)


def _length_problem(text: Authored, planned: str, tag: str) -> Iterator[str]:
    words = len(text.text.split())
    if tag in _WITHOUT_SPACES:
        words = round(len(text.text) / _WITHOUT_SPACES[tag])
    low, high = _WORDS[planned]
    if not low <= words <= high:
        yield f"{text.place} {text.key}: {words} words, planned {planned}"


def _text_problems(texts: list[Authored], tag: str, detector: LanguageDetector) -> Iterator[str]:
    seen: dict[str, str] = {}
    for text in texts:
        folded = " ".join(fold_text(text.text).split())
        if folded in seen and len(folded) > 12:
            yield f"{text.place}: the same text as {seen[folded]}"
        seen[folded] = text.place
        if _LEFTOVER.search(text.text):
            yield f"{text.place}: a placeholder is left"
        guess = detector.detect(text.text)
        if len(text.text) > 60 and guess.is_known and guess.probability > 0.9 and guess.tag != tag:
            yield f"{text.place}: reads like {guess.tag} (romanised or mixed texts may; check)"


def _other_problems(others: list[Authored]) -> Iterator[str]:
    counts = Counter(text.key for text in others)
    for kind, wanted in OTHER_KINDS.items():
        if counts[kind] < wanted:
            yield f"other.txt: {counts[kind]} of {wanted} {kind}"
    for unknown in counts.keys() - OTHER_KINDS.keys():
        yield f"other.txt: the kind {unknown} is unknown"


def _draft_problems(drafts: list[Authored]) -> Iterator[str]:
    kinds = Counter(span.kind for draft in drafts for span in draft.spans)
    for kind in WordingKind:
        if not kinds[kind]:
            yield f"drafts.txt: no draft shows {kind}"
    for unknown in kinds.keys() - set(WordingKind):
        yield f"drafts.txt: the mark {unknown} is unknown"
    for draft in drafts:
        if draft.key not in ("bad", "good") or (draft.key == "bad") != bool(draft.spans):
            yield f"{draft.place}: bad drafts have marks, good ones none"
    counts = Counter(draft.key for draft in drafts)
    if counts["bad"] < 10 or counts["good"] < 6:
        yield f"drafts.txt: {counts['bad']} bad and {counts['good']} good, wanted 10 and 6"


def main(tags: list[str]) -> int:
    """Check the named languages."""
    detector = LanguageDetector()
    failed = False
    for tag in tags:
        problems = list(problems_of(tag, detector))
        failed = failed or bool(problems)
        print(f"{tag}: {len(problems)} to look at" if problems else f"{tag}: ok")
        for problem in problems:
            print(f"  {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
