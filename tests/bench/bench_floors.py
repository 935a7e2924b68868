"""What is near enough: the floors of ``knowledge.retrieval`` as the shipped encoders and samples would have them.

python -m tests.bench.bench_floors [ENCODER …]
"""

import argparse

import numpy as np

from indexer.corpus.rankers import readable
from knowledge.corpus import complaints, languages, others
from knowledge.encoders import load_encoder
from knowledge.ports import Encoder
from knowledge.privacy import without_masks
from knowledge.retrieval import CONTEXTUAL_FLOORS, STATIC_FLOORS, Floors
from knowledge.sample_knowledge import read_samples
from tests.bench.report import write_section

IN_USE = {"static": STATIC_FLOORS, "contextual": CONTEXTUAL_FLOORS}
_MISSED = 0.1  # of the dev split's complaints have nothing above ``good``
_SURE = 1 - 1 / 15  # of what is no complaint has nothing above ``sure``


def main() -> None:
    """Print the floors of the encoders asked for, and write the section when these are the shipped ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_floors", description=__doc__)
    parser.add_argument("encoders", nargs="*", metavar="ENCODER", default=list(IN_USE))
    names = parser.parse_args().encoders
    lines = [
        "The cosine that nine in ten complaints of the dev split find among the samples, and the one that one in",
        "fifteen messages that are no complaint (dev and train split) finds; beside them what the product uses.",
        "",
        "| encoder | good, measured | in use | sure, measured | in use |",
        "|---|--:|--:|--:|--:|",
        *(_line(name, floors_of(load_encoder(name))) for name in names),
    ]
    print(*lines, sep="\n")
    if names == list(IN_USE):
        write_section("floors", "What is near enough", "python -m tests.bench.bench_floors", lines)


def floors_of(encoder: Encoder) -> Floors:
    """Both floors of one encoder."""
    samples = encoder.encode([without_masks(sample.complaint) for sample in read_samples()])
    found = [text for tag in languages() for text in complaints(tag) if text.split == "dev"]
    unlike = [text for tag in languages() for text in others(tag) if text.split != "test"]
    best = [
        (encoder.encode([readable(text.text, [(s.start, s.end) for s in text.personal]) for text in texts]) @ samples.T)
        for texts in (found, unlike)
    ]
    good, sure = (float(np.quantile(cosines.max(1), at)) for cosines, at in zip(best, (_MISSED, _SURE), strict=True))
    return Floors(good=good, sure=sure)


def _line(name: str, measured: Floors) -> str:
    used = IN_USE.get(name)
    cells = (f"{used.good:.3f}", f"{used.sure:.3f}") if used else ("–", "–")
    return f"| {name} | {measured.good:.3f} | {cells[0]} | {measured.sure:.3f} | {cells[1]} |"


if __name__ == "__main__":
    main()
