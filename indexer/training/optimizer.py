"""Adam over the rows a batch touches: a table of 64,000 rows sees a quarter of them in a step."""

from __future__ import annotations

import torch

FIRST_DECAY = 0.9
SECOND_DECAY = 0.999
TINY = 1e-8


class RowAdam:
    """Adam state for one table of shape (rows, ...); rows that get no gradient stay as they are.

    The bias correction counts all steps, not a row's own (as torch's SparseAdam does): a rare
    row's first steps are larger, which it needs, because it will not get many.
    """

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table
        self.first = torch.zeros_like(table)
        self.second = torch.zeros_like(table)
        self.steps = 0

    def step(self, rows: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
        """Moves ``rows`` (distinct) against ``gradient`` (one entry per row)."""
        self.steps += 1
        first = self.first[rows].mul_(FIRST_DECAY).add_(gradient, alpha=1 - FIRST_DECAY)
        second = self.second[rows].mul_(SECOND_DECAY)
        second.addcmul_(gradient, gradient, value=1 - SECOND_DECAY)
        self.first[rows] = first
        self.second[rows] = second
        size = rate * (1 - SECOND_DECAY**self.steps) ** 0.5 / (1 - FIRST_DECAY**self.steps)
        self.table.index_add_(0, rows, first.div_(second.sqrt_().add_(TINY)), alpha=-size)

    def state(self) -> dict[str, torch.Tensor | int]:
        """What a checkpoint keeps."""
        return {
            "table": self.table,
            "first": self.first,
            "second": self.second,
            "steps": self.steps,
        }

    def restore(self, state: dict[str, torch.Tensor | int]) -> None:
        """Takes over what ``state`` gave."""
        for name in ("table", "first", "second"):
            getattr(self, name).copy_(state[name])
        self.steps = int(state["steps"])
