"""How often a sample complaint finds its like in another language, beside BM25 and chance.

python -m tests.bench.bench_retrieval
"""

import numpy as np

from indexer.corpus.rankers import likeness_of
from knowledge.model import SolvedComplaint
from knowledge.privacy import without_masks
from knowledge.sample_knowledge import read_samples
from tests.bench.report import table, write_section

RANKERS = {
    "the contextual encoder, then the closer look": "contextual-closer",
    "the contextual encoder alone": "contextual",
    "the static encoder, then the closer look": "closer",
    "the static encoder alone": "static",
    "BM25 (bm25s)": "bm25",
    "chance": "chance",
}


def ranks(scores: "np.ndarray[tuple[int, int], np.dtype[np.float32]]", samples: list[SolvedComplaint]) -> list[int]:
    """For each complaint, the rank of the first one about the same issue in another language; 0 if none exists."""
    found = []
    for row, sample in enumerate(samples):
        others = [n for n, other in enumerate(samples) if other.language != sample.language]
        ordered = sorted(others, key=lambda n: (-scores[row, n], n))
        right = (rank for rank, n in enumerate(ordered, 1) if samples[n].issue == sample.issue)
        found.append(next(right, 0))
    return found


def row(name: str, found: list[int]) -> list[str]:
    """One encoder's figures."""
    asked = [rank for rank in found if rank]
    share = lambda limit: sum(rank <= limit for rank in asked) / len(asked)  # noqa: E731
    mrr = sum(1 / rank for rank in asked) / len(asked)
    return [name, f"{share(1):.2f}", f"{share(5):.2f}", f"{mrr:.2f}"]


def main() -> None:
    """Print the table and write its section."""
    samples = list(read_samples())
    texts = [without_masks(sample.complaint) for sample in samples]
    rows = [row(name, ranks(likeness_of(ranker)(texts, texts), samples)) for name, ranker in RANKERS.items()]
    lines = [
        f"{len(samples)} sample complaints, {len({s.issue for s in samples})} issues,"
        f" {len({s.language for s in samples})} languages; answers in the question's own language do not count.",
        "",
        *table(["ranking", "recall@1", "recall@5", "MRR"], rows),
    ]
    print(*lines, sep="\n")
    write_section("retrieval", "Finding the like in another language", "python -m tests.bench.bench_retrieval", lines)


if __name__ == "__main__":
    main()
