"""Fits which of a label's relatives a text is in, where one label stands for several written languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from indexer.detection.tuning import Row
from knowledge.detection.relatives import relative_logs

# What the relatives of a label are worth before a word is read: the product's customers mostly write the first.
_SPLITS = {"hr": {"hr": 0.5, "sr": 0.35, "bs": 0.15}, "nb": {"nb": 0.9, "nn": 0.1}, "id": {"id": 0.85, "ms": 0.15}}
_DECAY, _STEPS = 1e-3, 80


def fit_splits(relatives: dict[str, list[tuple[Row, dict[str, np.ndarray]]]], own: Sequence[str]) -> dict[str, object]:
    """Which of a label's relatives it is: a weight per voice and a bias per member."""
    return {label: _fit_split(label, priors, relatives[label], own) for label, priors in _SPLITS.items()}


def _fit_split(
    label: str, priors: Mapping[str, float], heard: Sequence[tuple[Row, dict[str, np.ndarray]]], own: Sequence[str]
) -> dict[str, object]:
    members = list(priors)
    rows = [(row, said) for row, said in heard if _member(row) in members]
    logs = torch.tensor(
        np.stack([relative_logs(said["letters"], said, members, own) for _, said in rows]), dtype=torch.float32
    )
    targets = torch.tensor([members.index(_member(row)) for row, _ in rows])
    counts = torch.bincount(targets, minlength=len(members))
    sample = (torch.tensor([priors[m] for m in members]) / counts)[targets] * len(rows)
    raw = torch.full((logs.shape[1],), -1.0, requires_grad=True)
    biases = torch.zeros(len(members), requires_grad=True)
    optimiser = torch.optim.LBFGS([raw, biases], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def scores() -> torch.Tensor:
        return (raw.exp()[None, :, None] * logs).sum(dim=1) + biases

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (torch.nn.functional.cross_entropy(scores(), targets, reduction="none") * sample).mean()
        loss = loss + _DECAY * (raw**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        best = scores().argmax(dim=1)
    for n, member in enumerate(members):
        mine = targets == n
        print(f"split {label}: {member} {int(mine.sum())} rows, {float((best[mine] == n).float().mean()):.3f} named")
    return {
        "members": members,
        "weights": np.round(raw.detach().exp().numpy().astype(float), 3).tolist(),
        "biases": np.round(biases.detach().numpy().astype(float), 2).tolist(),
    }


def _member(row: Row) -> str:
    return row.member.removesuffix("-Latn")
