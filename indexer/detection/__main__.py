"""``python -m indexer.detection letters|pool|all --train DIR --sentences DIR``: fits what is shipped; repeatable."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from indexer.detection.corpus import SEED, letter_rows
from knowledge.detection.letters import MODELS


def main() -> None:
    """Fit the letters, the pool, or one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["letters", "pool", "all"])
    parser.add_argument("--train", type=Path, required=True, help="folder of <source>.<language>.tsv.gz")
    parser.add_argument("--sentences", type=Path, required=True, help="folder of <language>.txt.gz")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of letters.npz and pool.json")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    torch.set_num_threads(1)  # more threads add up in another order
    fitting, held_out = letter_rows(given.train, given.sentences, given.seed)
    if given.step in ("letters", "all"):
        from indexer.detection.fit_letters import fit_letters

        fit_letters(fitting, given.out / "letters.npz", given.seed)
    if given.step in ("pool", "all"):
        from indexer.detection.fit_pool import fit_pool

        fit_pool(held_out, given.sentences, given.out / "pool.json", given.seed)


if __name__ == "__main__":
    main()
