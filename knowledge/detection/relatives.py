"""Written languages that one label stands for while it is decided: which of them it is, if that can be told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.detection.labels import INDEX, Vector
from knowledge.detection.letters import MODELS, letters_by_script

# What a voice may say at most against a member, in nats.
_LETTERS_FLOOR, _LIBRARY_FLOOR = -9.0, -7.0
_VOICES = ("fasttext", "py3langid")


@dataclass(frozen=True, slots=True)
class Relatives:
    """Weights per voice and a bias per member; the first member is the label itself."""

    members: tuple[str, ...]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    def scores(self, letters: Vector, libraries: Mapping[str, Vector]) -> NDArray[np.float64]:
        """Log-odds scores of the members."""
        logs = relative_logs(letters, libraries, self.members, letters_by_script()["LATIN"].labels)
        scores: NDArray[np.float64] = (self.weights[:, None] * logs).sum(axis=0) + self.biases
        return scores


@lru_cache(maxsize=1)
def relatives_by_label() -> Mapping[str, Relatives]:
    """The fitted numbers, read once."""
    stored = json.loads((MODELS / "pool.json").read_text(encoding="utf-8"))["splits"]
    return {
        label: Relatives(tuple(row["members"]), np.array(row["weights"]), np.array(row["biases"]))
        for label, row in stored.items()
    }


def relative_logs(
    letters: Vector, libraries: Mapping[str, Vector], members: Sequence[str], own: Sequence[str]
) -> NDArray[np.float64]:
    """A row per voice, a column per member: logarithms of what they say, kept above a floor; ``own`` names letters."""
    ours = [letters[own.index("sr-Latn" if member == "sr" else member)] for member in members]
    columns = [INDEX[member] for member in members]
    rows = [np.log(np.maximum(libraries[name][columns], np.exp(_LIBRARY_FLOOR))) for name in _VOICES]
    return np.stack([np.maximum(ours, _LETTERS_FLOOR), *rows])
