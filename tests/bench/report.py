"""Writing a benchmark's figures into BENCHMARKS.md, between its own markers, with machine and date."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "BENCHMARKS.md"
_TITLE = (
    "# Benchmarks\n\nEvery section is written by the command it names. Machines differ: quote ratios, not seconds.\n"
)


def write_section(name: str, title: str, command: str, lines: list[str], path: Path = PATH) -> None:
    """Replace or add the section ``name`` of the file; ``lines`` are Markdown."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    today = datetime.now(UTC).date().isoformat()
    body = "\n".join([f"## {title}", "", f"`{command}` · {machine()} · {today}", "", *lines])
    section = f"{start}\n{body}\n{end}"
    text = path.read_text(encoding="utf-8") if path.exists() else _TITLE
    if start in text and end in text:
        before, rest = text.split(start, 1)
        text = before + section + rest.split(end, 1)[1]
    else:
        text = f"{text.rstrip()}\n\n{section}\n"
    path.write_text(text, encoding="utf-8")


def machine() -> str:
    """What it ran on: cores, memory, Python."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "|".join("---" for _ in head) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
