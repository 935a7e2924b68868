"""The tables of ``amends evaluate language`` and of the benchmark, in the order they are read."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.detection.candidates import available, build
from indexer.detection.cases import Case
from indexer.detection.diagram import draw_reliability
from indexer.evaluate_language import (
    Heard,
    accuracy_rows,
    all_cases,
    calibration_error,
    confusion,
    differing_repeats,
    hear,
    language_rows,
    reliability,
    routing,
    routing_rows,
)
from knowledge.language import LanguageDetector

_SHORT = ("3 words", "5 words")
_REPEATED_TEXTS, _TIMED_TEXTS, _PASSES = 250, 400, 3
_START = (
    "import sys,time;s=time.process_time();from indexer.detection.candidates import build;"
    "d=build(sys.argv[1]).detect;d('Kje je moj paket');t=time.process_time()-s;"
    "l=open('/proc/self/status').read().split('VmRSS:')[1].split()[0];print(t,int(l)/1024)"
)
_BASE = "l=open('/proc/self/status').read().split('VmRSS:')[1].split()[0];print(int(l)/1024)"


def report(
    sentences: Path,
    translations: Path | None,
    labelled: Sequence[tuple[str, Path]],
    rows: int,
    against: str,
    diagram: Path | None,
) -> Iterator[str]:
    """Markdown, line by line, as it is found."""
    names = ["amends", *_chosen(against)]
    cases = list(all_cases(sentences, rows, translations, labelled))
    heard = [hear(build(name), cases) for name in names]
    detector = LanguageDetector()
    yield from ["Percent right, asked for the best label; relatives no library separates count as one.", ""]
    yield from accuracy_rows(cases, heard)
    yield from ["", "What the product does: percent of all texts.", ""]
    yield from routing_rows(routing(cases, detector))
    yield from ["", "Three and five words by language, percent right.", ""]
    yield from language_rows(cases, heard, _SHORT)
    yield from _calibration(cases, heard, diagram)
    yield from _confusions(cases, detector)
    yield from _costs(cases, names)
    repeated = cases[:: max(1, len(cases) // _REPEATED_TEXTS)]
    changed = differing_repeats(repeated, detector)
    yield f"\n{len(repeated)} texts asked 20 times: {changed} changed anything in their guess."


def _chosen(against: str) -> list[str]:
    if against == "all":
        return [name for name in available() if name != "amends"]
    return [name for name in against.split(",") if name]


def _calibration(cases: Sequence[Case], heard: Sequence[Heard], diagram: Path | None) -> Iterator[str]:
    yield from ["", "Expected calibration error over full, ten, five and three words, percent.", ""]
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


def _confusions(cases: Sequence[Case], detector: LanguageDetector) -> Iterator[str]:
    inside, outside = confusion(cases, detector)
    for where, found in (("inside", inside), ("outside", outside)):
        told = ", ".join(f"{truth} as {answer} {count}" for (truth, answer), count in found.most_common(20))
        yield f"\nWrong labels given out {where} route groups ({found.total()}): {told}."


def _costs(cases: Sequence[Case], names: Sequence[str]) -> Iterator[str]:
    """Texts a CPU second over a mix of all cases, and what a fresh process needs."""
    mix = [case.text for case in cases if case.name != "no language"]
    mix = mix[:: max(1, len(mix) // _TIMED_TEXTS)]
    base = float(_fresh(_BASE, ""))
    yield from [
        "",
        "Cost, one process.",
        "",
        "| detector | texts a CPU second | CPU seconds to start | MB |",
        "|---|---:|---:|---:|",
    ]
    for name in names:
        detect = build(name).detect
        best = min(_seconds(detect, mix) for _ in range(_PASSES))
        started, memory = map(float, _fresh(_START, name).split())
        yield f"| {name} | {len(mix) / best:,.0f} | {started:.2f} | {memory - base:.0f} |"


def _seconds(detect: object, texts: Sequence[str]) -> float:
    started = time.process_time()
    for text in texts:
        detect(text)  # type: ignore[operator]
    return time.process_time() - started


def _fresh(code: str, argument: str) -> str:
    run = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True, check=True)
    return run.stdout
