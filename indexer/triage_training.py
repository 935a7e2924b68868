"""Fit triage's heads on the corpus: ``python -m indexer.triage_training`` (seconds to a minute; needs scikit-learn).

Train and dev splits only; the test split judges (``amends evaluate corpus``). Texts that are no complaints teach only
the head that tells them apart. The same texts teach twice: with their cues, and without, for languages that have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge.corpus import complaints, languages, others
from knowledge.encoders import load_encoder
from knowledge.model import LanguageGuess
from knowledge.ports import Encoder
from knowledge.sample_knowledge import read_samples
from knowledge.triage_features import EMBEDDING_SCALE, counted_features, cue_locales, find_cues, typing_features
from knowledge.triage_heads import FILE, NAMES, Head, Heads, save_heads

_STRENGTH = 0.1  # inverse regularisation; of 0.1, 0.3 and 1 this scored best on the dev split
_LABELS = NAMES[1:]


@dataclass(frozen=True, slots=True)
class Example:
    """One message and its labels; ``labels`` is None for what is no complaint."""

    text: str
    language: str
    labels: dict[str, str] | None


def examples() -> list[Example]:
    """What may be learned from: the corpus without its test split, and the sample knowledge."""
    found = [
        Example(c.text, tag, {name: str(getattr(c, name)) for name in _LABELS})
        for tag in languages()
        for c in complaints(tag)
        if c.split != "test"
    ]
    found += [Example(o.text, tag, None) for tag in languages() for o in others(tag) if o.split != "test"]
    return found + [Example(s.complaint, s.language, dict(s.labels)) for s in read_samples()]


def fit(found: Sequence[Example], encoder: Encoder) -> Heads:
    """Fit both sets of heads."""
    embedded = encoder.encode([example.text for example in found]) * EMBEDDING_SCALE
    known = np.array([example.language in cue_locales() for example in found])
    typed = np.array([typing_features(example.text) for example in found], dtype=np.float32)
    counted = np.array([_counted(example) for example, has in zip(found, known, strict=True) if has])
    cued = [example for example, has in zip(found, known, strict=True) if has]
    return Heads(
        encoder.fingerprint,
        _fit_all(cued, np.hstack([embedded[known], counted])),
        _fit_all(found, np.hstack([embedded, typed])),
    )


def _counted(example: Example) -> NDArray[np.float32]:
    return counted_features(example.text, find_cues(example.text, LanguageGuess(example.language, 1.0)))


def _fit_all(found: Sequence[Example], features: NDArray[np.float32]) -> dict[str, Head]:
    is_complaint = np.array([example.labels is not None for example in found])
    heads = {"is_complaint": _fit_one(features, ["yes" if one else "no" for one in is_complaint])}
    for name in _LABELS:
        labels = [example.labels[name] for example in found if example.labels is not None]
        heads[name] = _fit_one(features[is_complaint], labels)
    return heads


def _fit_one(features: NDArray[np.float32], labels: Sequence[str]) -> Head:
    model = LogisticRegression(C=_STRENGTH, max_iter=1_000, class_weight="balanced")
    model.fit(features, labels)
    weights, biases = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        # One row decides between two labels; a softmax over two rows of half its size says the same.
        weights, biases = np.vstack([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
    return Head(tuple(map(str, model.classes_)), weights.astype(np.float32), biases.astype(np.float32))


def main() -> None:
    """Fit on everything that may be learned from and write the shipped file."""
    found = examples()
    save_heads(fit(found, load_encoder("static")))
    print(f"fitted on {len(found):,} messages; wrote {FILE}")


if __name__ == "__main__":
    main()
