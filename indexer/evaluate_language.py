"""How well the language is told: tables per case and language, every detector in one run over the same rows."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.detection.candidates import Answer, Candidate
from indexer.detection.cases import Case, labelled_cases, other_cases, sentence_cases, translation_cases
from indexer.detection.complaint_cases import complaint_cases
from indexer.detection.corpus import Part
from indexer.detection.judging import folded, is_right, is_served
from knowledge.language import LanguageDetector
from knowledge.model import LanguageGuess

# The cases whose answers are pooled for calibration: clean text of three words and more.
_CALIBRATED = frozenset({"full sentence", "10 words", "5 words", "3 words"})
# Messages of five words and more, by where they come from.
_ROUTED = {
    "full sentence": "sentences", "10 words": "sentences", "5 words": "sentences",
    "complaint as written": "complaints", "complaint, 10 words": "complaints", "complaint, 5 words": "complaints",
}  # fmt: skip
# Nearest relatives, and the lengths they are told apart at.
_PAIRS = (("nb", "da"), ("hr", "sl"), ("bg", "mk"), ("cs", "sk"), ("af", "nl"), ("ca", "es"), ("zh-Hans", "zh-Hant"))
_PAIR_CASES = ("10 words", "5 words", "3 words")
_BINS = 15


@dataclass(frozen=True, slots=True)
class Heard:
    """One candidate's answers to all cases, and the CPU seconds they took."""

    name: str
    answers: list[Answer]
    seconds: float


@dataclass(frozen=True, slots=True)
class Routing:
    """What the product would do: shares of all texts."""

    case: str
    texts: int
    answered: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One column of a reliability diagram."""

    confidence: float
    right: float
    texts: int


def hear(candidate: Candidate, cases: Sequence[Case]) -> Heard:
    """Ask a candidate about every case."""
    started = time.process_time()
    answers = [candidate.detect(case.text) for case in cases]
    return Heard(candidate.name, answers, time.process_time() - started)


def accuracy_rows(cases: Sequence[Case], heard: Sequence[Heard]) -> list[str]:
    """A Markdown table: percent right by case, a column per candidate."""
    lines = [f"| case (texts) | {' | '.join(one.name for one in heard)} |", "|---|" + "---:|" * len(heard)]
    for name, places in _by_case(cases).items():
        shares = [
            _percent(sum(is_right(cases[n].tag, one.answers[n][0]) for n in places), len(places)) for one in heard
        ]
        lines.append(f"| {name} ({len(places)}) | {' | '.join(shares)} |")
    return lines


def language_rows(cases: Sequence[Case], heard: Sequence[Heard], names: Sequence[str]) -> list[str]:
    """A Markdown table: percent right by language over some cases, and what ours takes it for."""
    lines = [
        f"| language | {' | '.join(one.name for one in heard)} | ours is wrong with |",
        "|---|" + "---:|" * len(heard) + "---|",
    ]
    tags = sorted({case.tag for case in cases if case.name in names})
    for tag in tags:
        places = [n for n, case in enumerate(cases) if case.tag == tag and case.name in names]
        shares = [_percent(sum(is_right(tag, one.answers[n][0]) for n in places), len(places)) for one in heard]
        wrong = Counter(heard[0].answers[n][0] for n in places if not is_right(tag, heard[0].answers[n][0]))
        told = ", ".join(f"{other} {count}" for other, count in wrong.most_common(3))
        lines.append(f"| {tag} | {' | '.join(shares)} | {told} |")
    return lines


def relative_rows(cases: Sequence[Case], heard: Sequence[Heard]) -> list[str]:
    """A Markdown table: percent right on both of two near relatives together."""
    lines = [f"| relatives | {' | '.join(one.name for one in heard)} |", "|---|" + "---:|" * len(heard)]
    for pair in _PAIRS:
        places = [n for n, case in enumerate(cases) if case.tag in pair and case.name in _PAIR_CASES]
        shares = [
            _percent(sum(is_right(cases[n].tag, one.answers[n][0]) for n in places), len(places)) for one in heard
        ]
        lines.append(f"| {pair[0]}, {pair[1]} ({len(places)}) | {' | '.join(shares)} |")
    return lines


def routing(cases: Sequence[Case], guesses: Sequence[LanguageGuess]) -> list[Routing]:
    """How often the product answers, and how often it would send a text to somebody who cannot read it."""
    rows: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for case, guess in zip(cases, guesses, strict=True):
        wrong = guess.is_known and not is_served(case.tag, guess.tag, guess.group)
        rows[case.name].append((guess.is_known, wrong))
        if case.name in _ROUTED:
            rows[f"**5 words and more, {_ROUTED[case.name]}**"].append((guess.is_known, wrong))
    return [
        Routing(name, len(found), sum(a for a, _ in found) / len(found), sum(w for _, w in found) / len(found))
        for name, found in rows.items()
    ]


def confusion(
    cases: Sequence[Case], guesses: Sequence[LanguageGuess]
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Wrong labels the product gives out, by (truth, answer): inside a route group, and outside."""
    inside: Counter[tuple[str, str]] = Counter()
    outside: Counter[tuple[str, str]] = Counter()
    for case, guess in zip(cases, guesses, strict=True):
        if case.name not in _CALIBRATED or not guess.is_known or is_right(case.tag, guess.tag):
            continue
        pair = (folded(case.tag), folded(guess.tag))
        (inside if is_served(case.tag, guess.tag, guess.group) else outside)[pair] += 1
    return inside, outside


def reliability(cases: Sequence[Case], answers: Sequence[Answer]) -> list[Bin]:
    """Confidence against accuracy, in bins of equal width."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for case, (tag, confidence) in zip(cases, answers, strict=True):
        if case.name in _CALIBRATED:
            right = is_right(case.tag, tag)
            bins[min(_BINS - 1, int(confidence * _BINS))].append((confidence, right))
    return [
        Bin(sum(c for c, _ in found) / len(found), sum(r for _, r in found) / len(found), len(found))
        for found in bins
        if found
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy, weighted by texts."""
    total = sum(one.texts for one in bins)
    return sum(one.texts * abs(one.confidence - one.right) for one in bins) / max(1, total)


def routing_rows(found: Sequence[Routing]) -> list[str]:
    """A Markdown table of what the product does."""
    lines = ["| case (texts) | answered | wrong route |", "|---|---:|---:|"]
    return lines + [f"| {r.case} ({r.texts}) | {100 * r.answered:.1f} | {100 * r.wrong:.2f} |" for r in found]


def differing_repeats(cases: Sequence[Case], detector: LanguageDetector, repeats: int = 20) -> int:
    """How many of the texts changed anything in their guess over repeats."""
    changed = 0
    for case in cases:
        first = detector.detect(case.text)
        changed += any(detector.detect(case.text) != first for _ in range(repeats - 1))
    return changed


def all_cases(
    sentences: Path,
    rows: int,
    translations: Path | None,
    labelled: Sequence[tuple[str, Path]],
    part: Part = "test",
    complaints: int = 0,
) -> Iterator[Case]:
    """Every row of a run; ``complaints`` of every language of the open corpus, none of them by default."""
    yield from sentence_cases(sentences, rows, part)
    if translations is not None:
        yield from translation_cases(translations, rows, part)
    if complaints:
        yield from complaint_cases(complaints)
    for name, path in labelled:
        yield from labelled_cases(path, name)
    yield from other_cases()


def _by_case(cases: Sequence[Case]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for n, case in enumerate(cases):
        places[case.name].append(n)
    return places


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f}"
