"""What each part is worth: the pool without each voice, each voice alone, the product without each of its steps.

Every smaller pool is fitted anew on the same rows as the shipped one and asked about the same rows.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.detection.cases import WINDOW_CASES, Case
from indexer.detection.corpus import letter_rows
from indexer.detection.fit_pool import fit_script
from indexer.detection.judging import folded, is_right
from indexer.detection.tuning import VOICES, Heard, Row, hear, tuning_rows
from knowledge.detection.labels import SCRIPT_LABELS
from knowledge.detection.letters import letters_by_script
from knowledge.detection.pool import pool_labels
from knowledge.detection.prepare import HEAD_CHARACTERS, words_of
from knowledge.language import LanguageDetector
from knowledge.scripts import main_script, only_language

_SWITCHED = ("5 words", "3 words", "1 ordinary word", "all capitals", "names, codes, signature", "markup",
             "English thread below")  # fmt: skip


def voice_rows(cases: Sequence[Case], train: Path, sentences: Path, seed: int) -> Iterator[str]:
    """A Markdown table: pools of fewer voices, and single voices behind the same preparation and script gate."""
    tuned, _ = hear(list(tuning_rows(letter_rows(train, sentences, seed)[1], sentences, seed)), letters_by_script())
    asked, gate = _asked(cases)
    heard, _ = hear([row for row, _ in asked], letters_by_script())
    case_of = defaultdict(list)
    for row, name in asked:
        case_of[row].append(name)
    totals = {name: sum(case.name == name for case in cases) for name in WINDOW_CASES}
    yield from [f"| voices | {' | '.join(WINDOW_CASES)} |", "|---|" + "---:|" * len(WINDOW_CASES)]
    subsets = {"all five": VOICES, **{f"without {one}": tuple(v for v in VOICES if v != one) for one in VOICES}}
    for title, voices in {**subsets, **{f"{one} alone": (one,) for one in VOICES}}.items():
        right = dict(gate)
        for script, found in heard.items():
            scores = _scores(script, tuned[script], found, voices)
            for row, is_hit in zip(found.rows, scores.argmax(axis=1) == found.targets, strict=True):
                for name in case_of[row]:
                    right[name] += bool(is_hit)
        shares = [f"{100 * right[name] / max(1, totals[name]):.1f}" for name in WINDOW_CASES]
        yield f"| {title} | {' | '.join(shares)} |"


def step_rows(cases: Sequence[Case]) -> Iterator[str]:
    """A Markdown table: the product without its preparation, and without its cascade."""
    detector, exhaustive = LanguageDetector(), LanguageDetector(cascade=False)
    ways: dict[str, Callable[[str], str]] = {
        "as shipped": lambda text: _best(detector.detect(text).distribution),
        "without cleaning": lambda text: _best(detector.tell(text[:HEAD_CHARACTERS]).distribution),
        "without the cascade": lambda text: _best(exhaustive.detect(text).distribution),
    }
    yield from [f"| product | {' | '.join(_SWITCHED)} | texts a CPU second |", "|---|" + "---:|" * (len(_SWITCHED) + 1)]
    for title, ask in ways.items():
        shares = []
        started, count = time.process_time(), 0
        for name in _SWITCHED:
            found = [case for case in cases if case.name == name]
            count += len(found)
            shares.append(f"{100 * sum(is_right(c.tag, ask(c.text)) for c in found) / max(1, len(found)):.1f}")
        yield f"| {title} | {' | '.join(shares)} | {count / (time.process_time() - started):,.0f} |"


def _best(distribution: Sequence[tuple[str, float]]) -> str:
    return distribution[0][0] if distribution else "und"


def _asked(cases: Sequence[Case]) -> tuple[list[tuple[Row, str]], dict[str, int]]:
    """Rows for the pools with their cases, and how many the script gate alone tells rightly."""
    gate = dict.fromkeys(WINDOW_CASES, 0)
    rows = []
    for case in cases:
        if case.name not in gate:
            continue
        words = words_of(case.text)
        script = main_script(words)
        if script is None or script not in SCRIPT_LABELS:
            gate[case.name] += script is not None and case.tag == only_language(script, words)
            continue
        label = folded(case.tag)
        # A text that its script already denies its language counts as wrong whatever a pool says.
        if label in pool_labels(script):
            rows.append((Row(words, script, label, case.tag), case.name))
    return rows, gate


def _scores(script: str, tuned: Heard, found: Heard, voices: Sequence[str]) -> np.ndarray:
    chosen = [VOICES.index(voice) for voice in voices]
    logs = found.logs[chosen]
    if len(voices) == 1:
        alone: np.ndarray = logs[0]
        return alone
    pool = fit_script(script, tuned, voices, "full")
    weights, biases = np.array(pool["weights"]), np.array(pool["biases"])
    scores: np.ndarray = np.einsum("vnl,nvl->nl", logs, weights[found.lengths]) + biases[found.lengths]
    return scores
