"""Fits the pool: weights and biases per script, length class and set of voices; splits of relatives; thresholds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from indexer.detection.tuning import VOICES, Heard, Row, hear, tuning_rows
from knowledge.detection.labels import OTHER, group_of
from knowledge.detection.pool import LENGTHS, kinds_of, pool_labels
from knowledge.detection.relatives import relative_logs

SETS = {
    ("quick", True): ("fasttext", "cld2"),
    ("quick", False): ("fasttext", "py3langid"),
    ("middle", True): ("letters", "fasttext", "cld2", "py3langid"),
    ("middle", False): ("letters", "fasttext", "py3langid"),
    ("full", True): VOICES,
    ("full", False): ("letters", "fasttext", "py3langid", "langdetect"),
}
_DECAY, _STEPS = 3e-4, 80
_WRONG_ROUTES = 0.0025
# What the relatives of a label are worth before a word is read: the product's customers mostly write the first.
_SPLITS = {"hr": {"hr": 0.5, "sr": 0.35, "bs": 0.15}, "nb": {"nb": 0.9, "nn": 0.1}, "id": {"id": 0.85, "ms": 0.15}}
# Of the texts that the quicker voices settle, so many may be settled wrongly.
_WRONGLY_SETTLED = 0.0015
# Where the few wrong rows of the longest class ask for more, that costs much time and mends nothing measurable.
_LONG_SETTLED_FROM = 0.975


def fit_pool(held_out: dict[str, list[str]], sentences: Path, path: Path, seed: int) -> None:
    """Fit everything and store it."""
    heard, raw = hear(list(tuning_rows(held_out, sentences, seed)))
    pools = [fit_script(script, rows, name, has_cld2) for script, rows in heard.items() for name, has_cld2 in SETS]
    stored = {"pools": pools, "splits": fit_splits(raw)}
    path.write_text(json.dumps(stored, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


def fit_script(script: str, heard: Heard, name: str, has_cld2: bool) -> dict[str, object]:
    """One pool: L2-regularised maximum likelihood, then the thresholds."""
    chosen = [VOICES.index(voice) for voice in SETS[name, has_cld2]]
    logs = torch.from_numpy(heard.logs[chosen])
    kinds = torch.from_numpy(kinds_of(script))
    lengths, targets = torch.from_numpy(heard.lengths), torch.from_numpy(heard.targets)
    sample = torch.from_numpy(heard.weights).float()
    count = len(LENGTHS) + 1
    raw = torch.full((count, len(chosen), 3), -1.0, requires_grad=True)
    shared = torch.zeros(logs.shape[2], requires_grad=True)
    own = torch.zeros(count, logs.shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([raw, shared, own], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def scores() -> torch.Tensor:
        weights = raw.exp()[lengths][:, :, kinds]
        return torch.einsum("vnl,nvl->nl", logs, weights) + (shared + own)[lengths]

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (torch.nn.functional.cross_entropy(scores(), targets, reduction="none") * sample).mean()
        loss = loss + _DECAY * ((raw + 1) ** 2).mean() + 1e-4 * (shared**2).sum() + 1e-4 * (own**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        found = scores()
        sharpness = fit_sharpness(found, heard, lengths, targets, sample)
        probabilities = torch.softmax(found * sharpness[lengths][:, None], dim=1).numpy().astype(float)
        weights = raw.exp() * sharpness[:, None, None]
        biases = (shared + own) * sharpness[:, None]
    right = float((probabilities.argmax(axis=1) == heard.targets).mean())
    print(f"{script} {name} cld2={has_cld2}: {right:.4f} right of {len(heard.targets)}", flush=True)
    answer_from = thresholds(script, heard, probabilities)
    settle_from = settling(heard, probabilities, name == "quick")
    if name == "middle":
        # The last voice is asked where these would leave it open; it seldom moves what they are sure of.
        settle_from = [min(pair) for pair in zip(settle_from, answer_from, strict=True)]
    return {
        "voices": name,
        "cld2": has_cld2,
        "script": script,
        "weights": np.round(weights.numpy().astype(float), 3).tolist(),
        "biases": np.round(biases.numpy().astype(float), 2).tolist(),
        "answer_from": answer_from,
        "settle_from": settle_from,
    }


def fit_sharpness(
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
    for length in range(len(LENGTHS) + 1):
        here = (heard.lengths == length) & plain
        found.append(_threshold(sure[here], wrong[here], heard.weights[here]))
    return found


def _threshold(sure: np.ndarray, wrong: np.ndarray, weights: np.ndarray) -> float:
    if not len(sure):
        return 0.9
    order = np.argsort(-sure)
    cost = np.cumsum(wrong[order] * weights[order]) / weights.sum()
    allowed = np.flatnonzero(cost <= _WRONG_ROUTES)
    value = float(sure[order][allowed[-1]]) if len(allowed) else 0.99
    return round(min(0.97, max(0.5, value)), 3)


def fit_splits(relatives: dict[str, list[tuple[Row, dict[str, np.ndarray]]]]) -> dict[str, object]:
    """Which of a label's relatives it is: a weight per voice and a bias per member."""
    stored: dict[str, object] = {}
    for label, priors in _SPLITS.items():
        members = list(priors)
        rows = [(row, said) for row, said in relatives[label] if _member(row) in members]
        logs = torch.tensor(
            np.stack([relative_logs(said["letters"], said, members) for _, said in rows]), dtype=torch.float32
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
