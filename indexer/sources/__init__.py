"""Where solved complaints come from: rows of a file, each with its line number."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import InvalidInput

# A field longer than this is no text anybody wrote.
csv.field_size_limit(2_000_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read; ``fields`` is None when the line could not be read at all."""

    line: int
    fields: dict[str, Any] | None
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Read a file by its suffix. Raises InvalidInput for a suffix or an encoding we do not read."""
    if path.suffix in (".jsonl", ".ndjson"):
        yield from _read_json_lines(path)
    elif path.suffix == ".csv":
        yield from _read_csv(path)
    else:
        raise InvalidInput(str(path), "is neither .jsonl nor .csv")


def _read_json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as source:
        for number, raw in enumerate(source, 1):
            if not raw.strip():
                continue
            try:
                fields = json.loads(raw.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                yield Row(number, None, f"is not UTF-8 ({error.reason})")
                continue
            except ValueError as error:
                yield Row(number, None, f"is not JSON ({error})")
                continue
            yield Row(number, fields) if isinstance(fields, dict) else Row(number, None, "is not a JSON object")


def _read_csv(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            for fields in reader:
                values = {name: value for name, value in fields.items() if name is not None and value not in (None, "")}
                yield Row(reader.line_num, values)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(str(path), f"cannot be read as CSV in UTF-8 ({error})") from error
