"""Voices pooled into one calibrated distribution: weighted logarithms, biases, thresholds, all fitted.

``z[label] = Σ weight[voice, label] · log p_voice[label] + bias[label]`` per script and length, then softmax.
Fitted by ``python -m indexer.detection pool``; L2-regularised; see models/language/CARD.md for data and figures.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.detection.labels import RELATIVES, SCRIPT_LABELS, Vector, folding
from knowledge.detection.letters import MODELS, Letters

ROMAN = "roman"

# Characters of a text, spaces left out, below which each length class ends. In Han writing each counts for three.
LENGTHS = (7, 13, 26, 61)
# What a voice gives at least to a label: a probability.
FLOOR = 1e-5


def pool_labels(script: str) -> tuple[str, ...]:
    """What competes in a script."""
    return (*SCRIPT_LABELS[script], ROMAN) if script == "LATIN" else SCRIPT_LABELS[script]


def length_class(text: str, script: str) -> int:
    """Which length class a text is in."""
    letters = (len(text) - text.count(" ")) * (3 if script == "HAN" else 1)
    return sum(letters >= end for end in LENGTHS)


def library_logs(probabilities: Sequence[Vector], script: str) -> Vector:
    """Logarithms of the libraries' answers; what they call another language may be one of ours in Latin letters."""
    folded = np.array(probabilities) @ folding(script)
    if script == "LATIN":
        folded = np.concatenate([folded, folded[:, -1:]], axis=1)
    logs: Vector = np.log(np.maximum(folded, FLOOR, out=folded), out=folded)
    return logs


def letters_logs(log_probabilities: Vector, letters: Letters, script: str) -> Vector:
    """Our own voice over a script's labels: relatives count for the label that serves them."""
    sums = np.exp(log_probabilities) @ _letters_folding(script, letters.labels)
    logs: Vector = np.log(sums + np.float32(FLOOR))
    return logs


@lru_cache(maxsize=8)
def _letters_folding(script: str, own: tuple[str, ...]) -> Vector:
    """A matrix from the letters' labels to a script's."""
    matrix = np.zeros((len(own), len(pool_labels(script))), dtype=np.float32)
    for row, label in enumerate(own):
        matrix[row, _place(script, label)] = 1.0
    return matrix


def _place(script: str, label: str) -> int:
    labels = pool_labels(script)
    if label in labels:
        return labels.index(label)
    if label in ("sr-Latn", *RELATIVES):
        return labels.index(RELATIVES[label.removesuffix("-Latn")])
    return labels.index(ROMAN)


@dataclass(frozen=True, slots=True)
class Pool:
    """The fitted numbers for one set of voices and one script; the first axis is the length class.

    ``weights`` has a row per voice and a column per label; ``settle_from`` are logarithms of probabilities.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]
    answer_from: tuple[float, ...]
    settle_from: tuple[float, ...]

    def scores(self, logs: Vector, length: int) -> NDArray[np.float64]:
        """Log-odds scores of the labels; ``logs`` has a row per voice."""
        scores: NDArray[np.float64] = np.einsum("vl,vl->l", self.weights[length], logs) + self.biases[length]
        return scores


@lru_cache(maxsize=1)
def fitted_pools() -> Mapping[tuple[str, bool, str], Pool]:
    """The fitted pools by set of voices, whether cld2 is in it, and script; read once."""
    stored = json.loads((MODELS / "pool.json").read_text(encoding="utf-8"))
    return {
        (row["voices"], bool(row["cld2"]), row["script"]): Pool(
            pool_labels(row["script"]),
            np.array(row["weights"]),
            np.array(row["biases"]),
            tuple(row["answer_from"]),
            tuple(np.log(row["settle_from"]).tolist()),
        )
        for row in stored["pools"]
    }


def log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as logarithms of probabilities."""
    shifted = scores - scores.max()
    logs: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return logs
