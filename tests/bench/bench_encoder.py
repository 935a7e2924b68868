"""How good and how quick the shipped encoders are, beside all-MiniLM-L6-v2 and BM25 in the same run.

    python -m tests.bench.bench_encoder --eval DIR [--encoder NAME …]

``DIR`` holds ``tatoeba_laser/<language>.tsv.gz`` (English, tab, other) and ``banking77_en/{train,test}.tsv.gz``
(text, tab, intent). Nothing in it was trained on. An encoder without vectors of its own (bm25) has no speed.
"""

import argparse
from pathlib import Path

from indexer.evaluate_encoder import DEFAULT_NAMES, evaluate_encoder, printed
from knowledge.encoders import SHIPPED_FOLDER
from tests.bench.report import write_section


def main() -> None:
    """Prints the table and writes it into BENCHMARKS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--encoder", action="append", help=f"default: {', '.join(DEFAULT_NAMES)}")
    given = parser.parse_args()
    names = given.encoder or DEFAULT_NAMES
    found = evaluate_encoder(names, given.eval / "tatoeba_laser", given.eval / "banking77_en", complaints=True)
    lines = list(printed(found))
    print(*lines, sep="\n")
    command = "python -m tests.bench.bench_encoder --eval DIR"
    write_section("encoder", "The encoder", command, lines)
    write_section("figures", "Figures", command, lines, SHIPPED_FOLDER / "MODEL_CARD.md")


if __name__ == "__main__":
    main()
