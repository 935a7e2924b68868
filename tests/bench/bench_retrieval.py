"""How often a sample complaint finds its like in another language, beside BM25 and chance.

python -m tests.bench.bench_retrieval
"""

import random

import bm25s
import numpy as np

from indexer.corpus.rankers import by_closer_look
from knowledge.encoders import SHIPPED_FOLDER, StaticEncoder, load_encoder
from knowledge.model import SolvedComplaint
from knowledge.privacy import without_masks
from knowledge.sample_knowledge import read_samples
from tests.bench.report import table, write_section


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
    vectors = load_encoder("static").encode(texts)
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(texts, stopwords=None, show_progress=False), show_progress=False)
    words = np.stack([retriever.get_scores(list(set(_tokens(text)))) for text in texts])
    draw = random.Random(1)
    chance = np.array([[draw.random() for _ in samples] for _ in samples], dtype=np.float32)
    rows = [
        row(
            "shipped static encoder, then the closer look",
            ranks(by_closer_look(StaticEncoder(SHIPPED_FOLDER))(texts, texts), samples),
        ),
        row("shipped static encoder alone", ranks(vectors @ vectors.T, samples)),
        row("BM25 (bm25s)", ranks(words.astype(np.float32), samples)),
        row("chance", ranks(chance, samples)),
    ]
    lines = [
        f"{len(samples)} sample complaints, {len({s.issue for s in samples})} issues,"
        f" {len({s.language for s in samples})} languages; answers in the question's own language do not count.",
        "",
        *table(["ranking", "recall@1", "recall@5", "MRR"], rows),
    ]
    print(*lines, sep="\n")
    write_section("retrieval", "Finding the like in another language", "python -m tests.bench.bench_retrieval", lines)


def _tokens(text: str) -> list[str]:
    (tokens,) = bm25s.tokenize([text], stopwords=None, show_progress=False, return_ids=False)
    return tokens


if __name__ == "__main__":
    main()
