"""Fits which of a label's relatives a text is in, where one label stands for several written languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from indexer.detection.tuning import Row
from knowledge.detection.relatives import relative_logs

# What the relatives of a label are worth before a word is read: the product's customers mostly write the first.
_SPLITS = {"hr": {"hr": 0.5, "sr": 0.35, "bs": 0.15}, "nb": {"nb": 0.9, "nn": 0.1}, "id": {"id": 0.85, "ms": 0.15}}
_STEPS = 80


def fit_splits(relatives: dict[str, list[tuple[Row, dict[str, np.ndarray]]]], own: Sequence[str]) -> dict[str, object]:
    """Which of a label's relatives it is: a weight per voice and a bias per member."""
    stored: dict[str, object] = {}
    for label, priors in _SPLITS.items():
        members = list(priors)
        rows = [(row, said) for row, said in relatives[label] if _member(row) in members]
        logs = torch.tensor(
            np.stack([relative_logs(said["letters"], said, members, own) for _, said in rows]), dtype=torch.float32
        )
        targets = torch.tensor([members.index(_member(row)) for row, _ in rows])
        counts = torch.bincount(targets, minlength=len(members))
        sample = (torch.tensor([priors[m] for m in members]) / counts)[targets] * len(rows)
        raw = torch.full((logs.shape[1],), -1.0, requires_grad=True)
        biases = torch.zeros(len(members), requires_grad=True)
        optimiser = torch.optim.LBFGS([raw, biases], max_iter=_STEPS, line_search_fn="strong_wolfe")

        def closure(
            raw: torch.Tensor = raw,
            biases: torch.Tensor = biases,
            logs: torch.Tensor = logs,
            targets: torch.Tensor = targets,
            sample: torch.Tensor = sample,
            optimiser: torch.optim.LBFGS = optimiser,
        ) -> torch.Tensor:
            optimiser.zero_grad()
            scores = (raw.exp()[None, :, None] * logs).sum(dim=1) + biases
            loss = (torch.nn.functional.cross_entropy(scores, targets, reduction="none") * sample).mean()
            loss = loss + 1e-3 * (raw**2).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimiser.step(closure)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            best = ((raw.exp()[None, :, None] * logs).sum(dim=1) + biases).argmax(dim=1)
        for n, member in enumerate(members):
            mine = targets == n
            print(
                f"split {label}: {member} {int(mine.sum())} rows, {float((best[mine] == n).float().mean()):.3f} named"
            )
        weights = np.round(raw.detach().exp().numpy().astype(float), 3).tolist()
        stored[label] = {
            "members": members,
            "weights": weights,
            "biases": np.round(biases.detach().numpy().astype(float), 2).tolist(),
        }
    return stored


def _member(row: Row) -> str:
    return row.member.removesuffix("-Latn")
