"""The tables of ``amends evaluate language`` and of the benchmark, in the order they are read."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.detection.ablation import step_rows, voice_rows
from indexer.detection.candidates import available, build
from indexer.detection.cases import Case
from indexer.detection.complaint_cases import mailbox
from indexer.detection.corpus import SEED, Part
from indexer.detection.diagram import draw_reliability
from indexer.detection.hint_tables import hint_rows
from indexer.evaluate_language import (
    Heard,
    accuracy_rows,
    all_cases,
    calibration_error,
    confusion,
    differing_repeats,
    hear,
    language_rows,
    relative_rows,
    reliability,
    routing,
    routing_rows,
)
from knowledge.errors import InvalidInput
from knowledge.language import LanguageDetector
from knowledge.model import LanguageGuess

_SHORT = ("3 words", "5 words")
_REPEATED_TEXTS, _TIMED_TEXTS, _PASSES = 250, 400, 5
_START = (
    "import sys,time;s=time.process_time();from indexer.detection.candidates import build;"
    "d=build(sys.argv[1]).detect;d('Kje je moj paket');t=time.process_time()-s;"
    "l=open('/proc/self/status').read().split('VmRSS:')[1].split()[0];print(t,int(l)/1024)"
)
_BASE = "l=open('/proc/self/status').read().split('VmRSS:')[1].split()[0];print(int(l)/1024)"


@dataclass(frozen=True)
class Order:
    """What to ask: folders, rows of each language, and which other detectors."""

    sentences: Path
    rows: int = 100
    translations: Path | None = None
    labelled: Sequence[tuple[str, Path]] = ()
    part: Part = "test"
    complaints: int = 0
    against: str = ""
    diagram: Path | None = None
    train: Path | None = None
    """Parallel text: with it smaller pools are fitted to tell what each voice is worth."""


def report(order: Order) -> Iterator[str]:
    """Markdown, line by line, as it is found."""
    names = ["amends", *chosen(order.against)]
    cases = list(
        all_cases(order.sentences, order.rows, order.translations, order.labelled, order.part, order.complaints)
    )
    heard = [hear(build(name), cases) for name in names]
    detector = LanguageDetector()
    guesses = [detector.detect(case.text) for case in cases]
    yield from _headed("Percent right, asked for the best label; relatives no library separates count as one.")
    yield from accuracy_rows(cases, heard)
    yield from _headed("What the product does: percent of all texts.")
    yield from routing_rows(routing(cases, guesses))
    yield from _headed("Near relatives, ten, five and three words together, percent right.")
    yield from relative_rows(cases, heard)
    yield from _headed("Three and five words by language, percent right.")
    yield from language_rows(cases, heard, _SHORT)
    yield from _calibration(cases, heard, guesses, order.diagram)
    yield from _confusions(cases, guesses)
    yield from _headed("With hints: percent of all texts answered, and sent astray.")
    yield from hint_rows(cases, detector)
    yield from _headed("Without a step of the product, percent right; the rate over these cases.")
    yield from step_rows(cases)
    if order.train is not None:
        yield from _headed("Voices: pools fitted anew without one, and each alone; percent right.")
        yield from voice_rows(cases, order.train, order.sentences, SEED)
    yield from cost_rows(cases, names)
    repeated = cases[:: max(1, len(cases) // _REPEATED_TEXTS)]
    changed = differing_repeats(repeated, detector)
    yield f"\n{len(repeated)} texts asked 20 times: {changed} changed anything in their guess."


def _headed(title: str) -> Iterator[str]:
    yield from ["", title, ""]


def chosen(against: str) -> list[str]:
    """The other detectors asked for by name, or all that are installed; InvalidInput for a name that none has."""
    installed = [name for name in available() if name != "amends"]
    if against == "all":
        return installed
    names = [name.strip() for name in against.split(",") if name.strip()]
    for name in names:
        if name not in installed:
            raise InvalidInput("--against", f"{name} is none of those installed: {', '.join(installed)}")
    return names


def _calibration(
    cases: Sequence[Case], heard: Sequence[Heard], guesses: Sequence[LanguageGuess], diagram: Path | None
) -> Iterator[str]:
    yield from _headed("Expected calibration error over full, ten, five and three words, percent.")
    yield from ["| detector | ECE | texts at 0.9 and above | of these right |", "|---|---:|---:|---:|"]
    for one in heard:
        bins = reliability(cases, one.answers)
        error = calibration_error(bins)
        sure = [(b.right, b.texts) for b in bins if b.confidence >= 0.9]
        count = sum(texts for _, texts in sure)
        right = sum(share * texts for share, texts in sure) / max(1, count)
        share = count / max(1, sum(b.texts for b in bins))
        yield f"| {one.name} | {100 * error:.2f} | {100 * share:.1f} | {100 * right:.2f} |"
        if diagram is not None and one.name == "amends":
            draw_reliability([(b.confidence, b.right, b.texts) for b in bins], error, diagram)
    known = [n for n, guess in enumerate(guesses) if guess.is_known]
    answered = reliability([cases[n] for n in known], [heard[0].answers[n] for n in known])
    yield f"\nOf what the product answers: {100 * calibration_error(answered):.2f}."


def _confusions(cases: Sequence[Case], guesses: Sequence[LanguageGuess]) -> Iterator[str]:
    inside, outside = confusion(cases, guesses)
    for where, found in (("inside", inside), ("outside", outside)):
        told = ", ".join(f"{truth} as {answer} {count}" for (truth, answer), count in found.most_common(20))
        yield f"\nWrong labels given out {where} route groups ({found.total()}): {told}."


def cost_rows(cases: Sequence[Case], names: Sequence[str]) -> Iterator[str]:
    """Texts a CPU second over messages as they come and over all cases alike, and what a fresh process needs."""
    mixes = {"messages": mailbox(_TIMED_TEXTS)}
    every = [case.text for case in cases if case.name != "no language"] or [case.text for case in cases]
    mixes["all cases"] = every[:: max(1, len(every) // _TIMED_TEXTS)]
    base = float(_fresh(_BASE, ""))
    yield from _headed(
        "Cost, one process. Messages: complaints of the open corpus as written, of all its languages. All cases: those "
        "of the first table alike, a third of them three words and less."
    )
    rate_heads = " | ".join(f"{mix}, texts a CPU second | times langdetect" for mix in mixes)
    yield f"| detector | {rate_heads} | CPU seconds to start | MB |"
    yield "|---|" + "---:|" * (2 * len(mixes) + 2)
    rates = {}
    for name in names:
        detect = build(name).detect
        rates[name] = [len(texts) / _best_seconds(detect, texts) for texts in mixes.values()]
    yardstick = rates.get("langdetect")
    for name in names:
        started, memory = map(float, _fresh(_START, name).split())
        cells = []
        for n, rate in enumerate(rates[name]):
            cells += [f"{rate:,.0f}", f"{rate / yardstick[n]:.1f}" if yardstick else ""]
        yield f"| {name} | {' | '.join(cells)} | {started:.2f} | {memory - base:.0f} |"


def _best_seconds(detect: Callable[[str], object], texts: Sequence[str]) -> float:
    return min(_seconds(detect, texts) for _ in range(_PASSES))


def _seconds(detect: Callable[[str], object], texts: Sequence[str]) -> float:
    started = time.process_time()
    for text in texts:
        detect(text)
    return time.process_time() - started


def _fresh(code: str, argument: str) -> str:
    run = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True, check=True)
    return run.stdout
