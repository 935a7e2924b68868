"""The open corpus's benchmark: retrieval by pair of languages, triage and the draft check per language.

python -m tests.bench.bench_corpus
"""

from indexer.evaluate_corpus import evaluate_corpus, printed
from knowledge.corpus import complaints, languages
from tests.bench.report import write_section


def main() -> None:
    """Print the tables and write their section."""
    count = sum(1 for tag in languages() for _ in complaints(tag))
    lines = [
        f"{count:,} complaints in {len(languages())} languages. Questions and answers are the test split; 30 of the 170"
        " issues are unseen in training. recall@k: share of questions with a right answer among the first k.",
        "",
        *printed(evaluate_corpus()),
    ]
    print(*lines, sep="\n")
    write_section("corpus", "The open corpus", "python -m tests.bench.bench_corpus", lines)


if __name__ == "__main__":
    main()
