"""Fits the pool: weights and biases per script, length class and set of voices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from indexer.detection.fit_splits import fit_splits
from indexer.detection.thresholds import settling, thresholds
from indexer.detection.tuning import VOICES, Heard, hear, tuning_rows
from knowledge.detection.labels import OTHER
from knowledge.detection.letters import letters_by_script
from knowledge.detection.pool import LENGTHS, ROMAN, pool_labels

# The voices of each stage, with cld2 and without.
_SETS = {
    ("quick", True): ("fasttext", "cld2"),
    ("quick", False): ("fasttext", "py3langid"),
    ("middle", True): ("letters", "fasttext", "cld2"),
    ("middle", False): ("letters", "fasttext", "py3langid"),
    ("full", True): VOICES,
    ("full", False): ("letters", "fasttext", "py3langid", "langdetect"),
}
# Weights differ first by what a label is: a language of ours, any other, one of ours in Latin letters.
_KINDS = {OTHER: 1, ROMAN: 2}
_DECAY, _STEPS = 3e-4, 80
# How far a voice's weight for one label may leave its weight for all of that kind, and biases may leave nothing.
_LABEL_DECAY, _BIAS_DECAY = 1e-4, 1e-4


def fit_pool(held_out: dict[str, list[str]], sentences: Path, path: Path, seed: int) -> None:
    """Fit everything to the letters beside ``path`` and store it."""
    tables = letters_by_script(path.with_name("letters.npz"))
    heard, raw = hear(list(tuning_rows(held_out, sentences, seed)), tables)
    pools = [
        {"voices": name, "cld2": has_cld2, **fit_script(script, rows, voices, name)}
        for script, rows in heard.items()
        for (name, has_cld2), voices in _SETS.items()
    ]
    stored = {"pools": pools, "splits": fit_splits(raw, tables["LATIN"].labels)}
    path.write_text(json.dumps(stored, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


def fit_script(script: str, heard: Heard, voices: Sequence[str], name: str) -> dict[str, object]:
    """One pool: L2-regularised maximum likelihood, then the thresholds of the stage ``name``."""
    chosen = [VOICES.index(voice) for voice in voices]
    logs = torch.from_numpy(heard.logs[chosen])
    kinds = torch.tensor([_KINDS.get(label, 0) for label in pool_labels(script)])
    lengths, targets = torch.from_numpy(heard.lengths), torch.from_numpy(heard.targets)
    sample = torch.from_numpy(heard.weights).float()
    count = len(LENGTHS) + 1
    raw = torch.full((count, len(chosen), 3), -1.0, requires_grad=True)
    shared = torch.zeros(logs.shape[2], requires_grad=True)
    own = torch.zeros(count, logs.shape[2], requires_grad=True)
    apart = torch.zeros(len(chosen), logs.shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([raw, shared, own, apart], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def weights() -> torch.Tensor:
        return (raw[:, :, kinds] + apart).exp()

    def scores() -> torch.Tensor:
        return torch.einsum("vnl,nvl->nl", logs, weights()[lengths]) + (shared + own)[lengths]

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (torch.nn.functional.cross_entropy(scores(), targets, reduction="none") * sample).mean()
        loss = loss + _DECAY * ((raw + 1) ** 2).mean() + _BIAS_DECAY * (shared**2).sum() + _BIAS_DECAY * (own**2).sum()
        loss = loss + _LABEL_DECAY * (apart**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        found = scores()
        sharpness = _sharpness(found, heard, lengths, targets, sample)
        probabilities = torch.softmax(found * sharpness[lengths][:, None], dim=1).numpy().astype(float)
        fitted = weights() * sharpness[:, None, None]
        biases = (shared + own) * sharpness[:, None]
    right = float((probabilities.argmax(axis=1) == heard.targets).mean())
    print(f"{script} {'+'.join(voices)}: {right:.4f} right of {len(heard.targets)}", flush=True)
    answer_from = thresholds(script, heard, probabilities)
    settle_from = settling(heard, probabilities, name == "quick")
    if name == "middle":
        # The last voice is asked where these would leave it open; it seldom moves what they are sure of.
        settle_from = [min(pair) for pair in zip(settle_from, answer_from, strict=True)]
    return {
        "script": script,
        "weights": np.round(fitted.numpy().astype(float), 3).tolist(),
        "biases": np.round(biases.numpy().astype(float), 2).tolist(),
        "answer_from": answer_from,
        "settle_from": settle_from,
    }


def _sharpness(
    scores: torch.Tensor, heard: Heard, lengths: torch.Tensor, targets: torch.Tensor, sample: torch.Tensor
) -> torch.Tensor:
    """A factor per length class that makes probabilities of plain sentences mean what they say."""
    plain = torch.tensor([row.is_plain for row in heard.rows])
    factors = torch.linspace(0.7, 2.5, 73)
    best = []
    for length in range(len(LENGTHS) + 1):
        here = plain & (lengths == length)
        if int(here.sum()) < 200:
            best.append(1.0)
            continue
        losses = [
            float(
                (
                    torch.nn.functional.cross_entropy(scores[here] * f, targets[here], reduction="none") * sample[here]
                ).mean()
            )
            for f in factors
        ]
        best.append(float(factors[int(np.argmin(losses))]))
    print("sharpness", [round(f, 2) for f in best], flush=True)
    return torch.tensor(best)
