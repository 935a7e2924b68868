"""The fitted part of triage: linear heads over counted features and the shipped encoder's embedding.

Fitted by ``python -m indexer.triage_training`` on the corpus's train and dev splits. One set of heads for languages
with cue catalogues, one for those without, which read the embedding and the typing alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import Misconfigured

FILE = Path(__file__).parent / "models" / "triage" / "heads.npz"
NAMES = ("is_complaint", "emotion", "mindset", "remedy", "urgency")


@dataclass(frozen=True, slots=True)
class Head:
    """One classifier: labels, weights of shape (labels, features), biases of shape (labels,)."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def probabilities(self, features: NDArray[np.float32]) -> dict[str, float]:
        """Each label's probability."""
        logits = self.weights @ features + self.biases
        grades = np.exp(logits - logits.max())
        return dict(zip(self.labels, (grades / grades.sum()).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Heads:
    """All heads, and the encoder whose embeddings they were fitted on."""

    encoder: str
    with_cues: Mapping[str, Head]
    without_cues: Mapping[str, Head]


@lru_cache(maxsize=1)
def load_heads(path: Path = FILE) -> Heads:
    """Load the shipped heads. Raises Misconfigured when the file is missing or broken."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Heads(
                str(stored["encoder"]),
                {name: _head(stored, f"with.{name}") for name in NAMES},
                {name: _head(stored, f"without.{name}") for name in NAMES},
            )
    except (OSError, KeyError, ValueError) as error:
        raise Misconfigured("triage", f"{path.name} cannot be read.", "Install Amends again.") from error


def save_heads(heads: Heads, path: Path = FILE) -> None:
    """Write heads; weights as float16, which changes no decision that matters."""
    arrays: dict[str, NDArray[np.generic]] = {"encoder": np.array(heads.encoder)}
    for prefix, group in (("with", heads.with_cues), ("without", heads.without_cues)):
        for name, head in group.items():
            arrays[f"{prefix}.{name}.labels"] = np.array(head.labels)
            arrays[f"{prefix}.{name}.weights"] = head.weights.astype(np.float16)
            arrays[f"{prefix}.{name}.biases"] = head.biases.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        np.savez_compressed(target, **arrays)  # type: ignore[arg-type]


def _head(stored: Mapping[str, NDArray[np.generic]], name: str) -> Head:
    labels = tuple(str(label) for label in stored[f"{name}.labels"])
    return Head(labels, stored[f"{name}.weights"].astype(np.float32), stored[f"{name}.biases"].astype(np.float32))
