"""The trials that led to the shipped encoder's recipe, each a folder of an encoder, side by side.

    python -m tests.bench.bench_trials --eval DIR "what was tried=FOLDER" …

``DIR`` as in ``bench_encoder``. Writes the table into the encoder's model card.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from indexer.corpus.rankers import by_encoder
from indexer.corpus.retrieval_scores import MEMORY, score_retrieval, test_pool
from indexer.training.scoring import score_intents, score_translations
from knowledge.encoders import SHIPPED_FOLDER
from knowledge.static_encoder import StaticEncoder
from tests.bench.report import table, write_section

HEAD = ["trial", "size", "Tatoeba, mean", "lowest", "Banking77, P@1", "known issues", "unseen issues", "memory"]
SHOWN = (("other languages", "known"), ("other languages", "unseen"), (MEMORY, "known"))


def main() -> None:
    """Prints the table and writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("trials", nargs="+", metavar="NAME=FOLDER")
    given = parser.parse_args()
    lines = table(HEAD, [list(_row(*trial.rsplit("=", 1), given.eval)) for trial in given.trials])
    print(*lines, sep="\n")
    note = [
        "Complaints: share of questions whose nearest complaint in another language is about the same issue;"
        " memory: whose nearest of the train split in another language is.",
        "",
        *lines,
    ]
    command = "python -m tests.bench.bench_trials --eval DIR NAME=FOLDER …"
    write_section("trials", "Trials", command, note, SHIPPED_FOLDER / "MODEL_CARD.md")


def _row(name: str, folder: str, evaluation: Path) -> Iterator[str]:
    encoder = StaticEncoder(Path(folder))
    megabytes = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.suffix != ".md") / 1e6
    yield from (name, f"{megabytes:.1f} MB")
    likeness = by_encoder(encoder)
    *languages, mean = score_translations(likeness, evaluation / "tatoeba_laser")
    lowest = min(languages, key=lambda score: score.value)
    yield from (f"{mean.value:.3f}", f"{lowest.part} {lowest.value:.2f}")
    yield f"{score_intents(likeness, evaluation / 'banking77_en', 'banking77')[0].value:.3f}"
    rows = {(row.pairs, row.issues): row for row in score_retrieval(name, likeness, test_pool(), test_pool("train"))}
    yield from (f"{rows[pair].recall_at_1:.3f}" for pair in SHOWN)


if __name__ == "__main__":
    main()
