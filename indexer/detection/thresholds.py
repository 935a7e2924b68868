"""From what probability on voices settle a text alone, and from what on the product answers."""

from __future__ import annotations

import numpy as np

from indexer.detection.tuning import Heard
from knowledge.detection.labels import OTHER, group_of
from knowledge.detection.pool import LENGTHS, pool_labels

_WRONG_ROUTES = 0.0025
# What that asks of longer texts rests on a few rows; more than this loses answers and gains nothing.
_ANSWER_FROM_AT_MOST = (0.97, 0.97, 0.97, 0.9, 0.8)
# Of the texts that the quicker voices settle, so many may be settled wrongly.
_WRONGLY_SETTLED = 0.0015
# Where the few wrong rows of the longest class ask for more, that costs much time and mends nothing measurable.
_LONG_SETTLED_FROM = 0.975


def settling(heard: Heard, probabilities: np.ndarray, is_quick: bool) -> list[float]:
    """Per length class the least probability from which these voices settle a text alone."""
    sure, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != heard.targets
    plain = np.array([row.is_plain for row in heard.rows])
    found = []
    for length in range(len(LENGTHS) + 1):
        here = (heard.lengths == length) & plain
        order = np.argsort(-sure[here])
        weights = heard.weights[here][order]
        cost = np.cumsum(wrong[here][order] * weights) / np.maximum(np.cumsum(weights), 20.0)
        allowed = np.flatnonzero(cost <= _WRONGLY_SETTLED)
        value = float(sure[here][order][allowed[-1]]) if len(allowed) else 1.0
        found.append(round(min(0.999, max(0.93, value)), 4))
    if is_quick:
        found[-1] = min(found[-1], _LONG_SETTLED_FROM)
    return found


def thresholds(script: str, heard: Heard, probabilities: np.ndarray) -> list[float]:
    """Per length class the least probability of label and relatives at which too few are routed wrongly."""
    labels = pool_labels(script)
    groups = np.array(
        [[other == label or other in group_of(label) for other in labels] for label in labels], dtype=float
    )
    best = probabilities.argmax(axis=1)
    sure = (probabilities * groups[best]).sum(axis=1)
    wrong = (groups[best, heard.targets] == 0) & (np.array(labels)[best] != OTHER)
    found = []
    plain = np.array([row.is_plain for row in heard.rows])
    for length, most in enumerate(_ANSWER_FROM_AT_MOST):
        here = (heard.lengths == length) & plain
        found.append(min(most, _threshold(sure[here], wrong[here], heard.weights[here])))
    return found


def _threshold(sure: np.ndarray, wrong: np.ndarray, weights: np.ndarray) -> float:
    if not len(sure):
        return 0.9
    order = np.argsort(-sure)
    cost = np.cumsum(wrong[order] * weights[order]) / weights.sum()
    allowed = np.flatnonzero(cost <= _WRONG_ROUTES)
    value = float(sure[order][allowed[-1]]) if len(allowed) else 0.99
    return round(min(0.97, max(0.5, value)), 3)
