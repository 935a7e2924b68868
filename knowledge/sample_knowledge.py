"""The sample knowledge that ships with Amends: resolved complaints written for this project."""

import json
from collections.abc import Iterator
from pathlib import Path

from knowledge.model import Outcome, SolvedComplaint
from knowledge.store import SolvedComplaintStore

FOLDER = Path(__file__).parent / "samples"
SOURCE = "sample"
_LABELS = ("emotion", "mindset", "remedy", "urgency")


def read_samples() -> Iterator[SolvedComplaint]:
    """All samples, by language and number."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield SolvedComplaint(
                id=row["id"],
                language=row["language"],
                complaint=row["complaint"],
                resolution=row["resolution"],
                outcome=Outcome(row["outcome"]),
                resolution_en=row["resolution_en"],
                issue=row["issue"],
                satisfaction=row["satisfaction"],
                resolved_on=row["resolved_on"],
                source=SOURCE,
                is_sample=True,
                labels={name: row[name] for name in _LABELS},
            )


def load_samples(store: SolvedComplaintStore) -> int:
    """Store all samples; gives how many."""
    samples = list(read_samples())
    store.save(samples)
    return len(samples)
