"""How good and how quick the shipped encoder is, beside all-MiniLM-L6-v2 in the same run.

    python -m tests.bench.bench_encoder --eval DIR [--encoder SETTING] [--against MODEL] [--all]

``DIR`` holds ``tatoeba_laser/<language>.tsv.gz`` (English, tab, other) and
``banking77_en/{train,test}.tsv.gz`` (text, tab, intent). Nothing in it was trained on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from indexer.training.scoring import Score, read_labelled, score_intents, score_translations
from indexer.training.teacher import installed_teacher
from knowledge.encoders import SentenceTransformerEncoder, StaticEncoder, load_encoder
from tests.bench.report import write_section

ROOT = Path(__file__).resolve().parents[2]
ONE_CORE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}

AnyEncoder = StaticEncoder | SentenceTransformerEncoder

SPEED_SECONDS = 3.0
LOADS = 5


@dataclass(frozen=True)
class Row:
    """One figure of one encoder, as printed."""

    encoder: str
    what: str
    part: str
    value: float


def rows(setting: str, folder: Path, translations: bool = True) -> list[Row]:
    """The figures of the encoder that ``setting`` names, over the evaluation folder.

    On one core a transformer takes minutes without ``translations``, half an hour with them.
    """
    load_s = min(load_time(setting) for _ in range(LOADS))
    encoder = load_encoder(setting)
    scores = [
        *(score_translations(encoder.encode, folder / "tatoeba_laser") if translations else ()),
        *score_intents(encoder.encode, folder / "banking77_en", "banking77"),
        Score("texts a second", "one core", speed(encoder, folder)),
        Score("load time, s", "fresh process", load_s),
    ]
    return [Row(setting, score.what, score.part, score.value) for score in scores]


def speed(encoder: AnyEncoder, folder: Path) -> float:
    """Texts a second, best of the passes that fit into a few seconds, over Banking77's queries."""
    texts = read_labelled(folder / "banking77_en" / "test.tsv.gz").texts
    if not isinstance(encoder, StaticEncoder):
        texts = texts[:512]
    encoder.encode(texts[:64])
    best, started = 0.0, time.perf_counter()
    while time.perf_counter() - started < SPEED_SECONDS:
        pass_started = time.perf_counter()
        encoder.encode(texts)
        best = max(best, len(texts) / (time.perf_counter() - pass_started))
    return best


def load_time(setting: str) -> float:
    """Seconds a fresh process takes to load and encode one text; numpy's import not counted."""
    code = (
        "import sys, time, numpy; started = time.perf_counter();"
        "from knowledge.encoders import load_encoder;"
        "load_encoder(sys.argv[1]).encode_query('a'); print(time.perf_counter() - started)"
    )
    run = subprocess.run([sys.executable, "-c", code, setting], capture_output=True, text=True, check=True, cwd=ROOT)
    return float(run.stdout.split()[-1])


def table(found: list[Row]) -> list[str]:
    """A line per figure, a column per encoder; a dash where a figure was not asked for."""
    names = list(dict.fromkeys(row.encoder for row in found))
    values = {(row.encoder, row.what, row.part): row.value for row in found}
    titles = [Path(name).parent.name if Path(name).is_dir() else name for name in names]
    lines = ["figure".ljust(34) + "".join(title.rjust(22) for title in titles)]
    for what, part in dict.fromkeys((row.what, row.part) for row in found):
        cells = [values.get((name, what, part)) for name in names]
        shown = ["-" if cell is None else f"{cell:,.3f}" for cell in cells]
        lines.append(f"{what}, {part}".ljust(34) + "".join(cell.rjust(22) for cell in shown))
    return lines


def main() -> None:
    """Prints a table of the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--encoder", default="static")
    parser.add_argument("--against", default=installed_teacher(), help="'' for none")
    parser.add_argument("--all", action="store_true", help="translations of --against as well")
    given = parser.parse_args()
    if not ONE_CORE.items() <= os.environ.items():
        # Libraries read these when they are imported: too late here, so start once more.
        module = [sys.executable, "-m", "tests.bench.bench_encoder", *sys.argv[1:]]
        os.execve(sys.executable, module, {**os.environ, **ONE_CORE})
    found = rows(given.encoder, given.eval)
    if given.against:
        found += rows(str(given.against), given.eval, given.all)
    lines = table(found)
    print(*lines, sep="\n")
    write_section("encoder", "The encoder", "python -m tests.bench.bench_encoder --eval DIR", ["```", *lines, "```"])


if __name__ == "__main__":
    main()
