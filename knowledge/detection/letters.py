"""Our own voice: a linear model over characters and words, one table per script.

Fitted by ``python -m indexer.detection`` on attributed public text. Adding up per word what each gram says also
tells which words of a mixed text are in which language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.detection.grams import grams, places_of

MODELS = Path(__file__).resolve().parent.parent / "models" / "language"


@dataclass(frozen=True, slots=True)
class Letters:
    """A table of one script: ``weights[place, label]`` as bytes, scaled per label."""

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]

    def log_probabilities(self, text: str) -> NDArray[np.float32]:
        """Natural logarithms of the labels' probabilities, in the order of ``labels``."""
        places = places_of(text, len(self.weights))
        scores: NDArray[np.float32] = self._sum(places) / np.float32(max(1, len(places)) ** 0.5) + self.biases
        return _log_softmax(scores)

    def per_word(self, text: str) -> NDArray[np.float32]:
        """A row per word of how much it speaks for each label: differences within a row are what counts."""
        found = grams([text], len(self.weights))
        if not len(found.places):
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        rows: NDArray[np.float32] = self.weights[found.places].astype(np.float32)
        begins = np.flatnonzero(np.diff(found.words, prepend=-1))
        counts = np.diff(np.append(begins, len(rows)))
        shrunk = self.scales / np.sqrt(counts)[:, None]
        summed: NDArray[np.float32] = (np.add.reduceat(rows, begins) * shrunk).astype(np.float32)
        return summed

    def _sum(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        summed: NDArray[np.float32] = self.weights[places].sum(axis=0, dtype=np.int32) * self.scales
        return summed


@lru_cache(maxsize=1)
def letters_by_script(path: Path = MODELS / "letters.npz") -> Mapping[str, Letters]:
    """The fitted tables, read once."""
    with np.load(path) as stored:
        scripts = [str(script) for script in stored["scripts"]]
        return {
            script: Letters(
                tuple(map(str, stored[f"{script}.labels"])),
                stored[f"{script}.weights"],
                stored[f"{script}.scales"],
                stored[f"{script}.biases"],
            )
            for script in scripts
        }


def _log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = scores - scores.max()
    logs: NDArray[np.float32] = (shifted - np.log(np.exp(shifted).sum())).astype(np.float32)
    return logs
