"""Tables of the static encoder that never saw one part of the complaints.

A tuned table knows the complaints it was tuned on by heart: what reads its rows would learn to rely on that, and find
no such help in a stranger's words. Read with the table that was tuned without it, a complaint looks as a stranger's
does (stacking, Wolpert 1992).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from indexer.training.labelled import FOLDS


def are_written(run: Path) -> bool:
    """Whether a run has all of them."""
    return all(_path(run, number).is_file() for number in range(FOLDS))


def write_apart(run: Path, number: int, table: NDArray[np.float32]) -> None:
    """Keep the table that was tuned without fold ``number``."""
    path = _path(run, number)
    path.parent.mkdir(exist_ok=True)
    np.save(path, table.astype(np.float16))


def read_apart(run: Path, shipped: NDArray[np.float32]) -> list[torch.Tensor]:
    """All of them, by fold, at the size of the ``shipped`` table and with nothing where that has nothing."""
    used = shipped.any(1)
    tables = []
    for number in range(FOLDS):
        table = np.load(_path(run, number)).astype(np.float32)
        table[~used] = 0
        ours, theirs = (np.median(np.linalg.norm(rows[used], axis=1)) for rows in (shipped, table))
        tables.append(torch.from_numpy(table * np.float32(ours / theirs)))
    return tables


def _path(run: Path, number: int) -> Path:
    return run / "apart" / f"{number}.npy"
