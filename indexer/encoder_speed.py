"""How quick and how heavy an encoder is, in a fresh process on one core.

``python -m indexer.encoder_speed SETTING FILE``: FILE holds a text a line; prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from knowledge.errors import EncoderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE_CORE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
_ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 3.0
_WARM_UP = 64  # texts
_BATCH = 256  # texts a call
_LOADS = 3


@dataclass(frozen=True)
class Speed:
    """Seconds to load and encode a first text (Python and numpy are there), texts a second on one core, MiB at most."""

    load_s: float
    texts_per_s: float
    memory_mib: float


def measured(setting: str, texts: Sequence[str]) -> Speed:
    """The best of a few fresh processes: a machine shared with others only ever makes it slower."""
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("".join(f"{' '.join(text.split())}\n" for text in texts))
        file.flush()
        found = [_fresh_process(setting, file.name) for _ in range(_LOADS)]
    return Speed(
        min(speed.load_s for speed in found),
        max(speed.texts_per_s for speed in found),
        min(speed.memory_mib for speed in found),
    )


def _fresh_process(setting: str, file: str) -> Speed:
    place = Path(setting)
    run = subprocess.run(
        [sys.executable, "-m", "indexer.encoder_speed", str(place.resolve()) if place.exists() else setting, file],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env={**os.environ, **ONE_CORE},
    )
    if run.returncode:
        raise EncoderUnavailable(f"{setting}: {(run.stderr.strip().splitlines() or ['no word of why'])[-1]}")
    return Speed(**json.loads(run.stdout.splitlines()[-1]))


def main() -> None:
    """Measure in this process and print."""
    import numpy  # noqa: F401 - its import is every program's, not the encoder's

    started = time.perf_counter()
    from knowledge.encoders import load_encoder

    encoder = load_encoder(sys.argv[1])
    encoder.encode_query("a")
    load_s = time.perf_counter() - started
    texts = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
    encoder.encode(texts[:_WARM_UP])
    done, begun = 0, time.perf_counter()
    while (passed := time.perf_counter() - begun) < _SECONDS:
        start = done % len(texts)
        done += len(encoder.encode(texts[start : start + _BATCH]))
    print(json.dumps(asdict(Speed(load_s, done / passed, _memory_mib()))))


def _memory_mib() -> float:
    """The process's highest memory; getrusage would count what the parent held when it forked. Linux only."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii", errors="replace"))
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
