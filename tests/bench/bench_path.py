"""How quick the whole way is: accepting deliveries, briefing, answering lines, starting.

python -m tests.bench.bench_path
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from knowledge.assembly import Knowledge
from knowledge.configuration import Configuration, knowledge_settings
from knowledge.model import IncomingMessage
from knowledge.sample_knowledge import read_samples
from plugin.inbox import Inbox
from plugin.platforms.base import Delivery
from tests.bench.report import table, write_section

DELIVERIES, CLIENTS, MESSAGES, LINES = 2_000, 16, 260, 1_000


def accept(folder: Path) -> list[list[str]]:
    """Durable deliveries a second: one client, and many that wait together for one commit."""
    knowledge = _knowledge(folder)
    inbox = Inbox(knowledge.engine, knowledge.writer)
    rows = []
    for clients in (1, CLIENTS):
        share = DELIVERIES // clients // (8 if clients == 1 else 1)

        def put(client: int, share: int = share, clients: int = clients) -> None:
            for number in range(share):
                body = json.dumps({"text": "x" * 800}).encode()
                inbox.put("desk", f"{clients}-{client}-{number}", Delivery(body, {}, datetime.now(UTC)))

        threads = [threading.Thread(target=put, args=(client,)) for client in range(clients)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = share * clients / (time.perf_counter() - started)
        rows.append([f"deliveries stored and synced a second, {clients} at a time", f"{rate:,.0f}"])
    knowledge.close()
    return rows


def brief(folder: Path) -> list[list[str]]:
    """Briefings of the sample complaints, one thread."""
    knowledge = _knowledge(folder)
    texts = list(islice(cycle(sample.complaint for sample in read_samples()), MESSAGES))
    knowledge.briefer.brief(IncomingMessage(texts[0]))
    times = []
    for text in texts:
        started = time.perf_counter()
        knowledge.briefer.brief(IncomingMessage(text))
        times.append(1000 * (time.perf_counter() - started))
    knowledge.close()
    times.sort()
    return [
        ["a briefing, median, ms", f"{times[len(times) // 2]:.1f}"],
        ["a briefing, 99 of 100, ms", f"{times[int(0.99 * len(times))]:.1f}"],
    ]


def answer_lines(folder: Path) -> list[list[str]]:
    """A thousand lines through the command, the process's start included."""
    texts = islice(cycle(sample.complaint for sample in read_samples()), LINES)
    given = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    rows = []
    for command in ("detect", "embed", "search", "brief", "check-draft"):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "indexer.cli", command, "--jsonl"], input=given, text=True, check=True,
            capture_output=True, env={**os.environ, "AMENDS_DATA": str(folder)},
        )  # fmt: skip
        rows.append([f"amends {command}, {LINES:,} lines, s", f"{time.perf_counter() - started:.1f}"])
    return rows


def _knowledge(folder: Path) -> Knowledge:
    return Knowledge(knowledge_settings(Configuration({"data": str(folder)}, {}, folder)))


def main() -> None:
    """Print the table and write its section."""
    rows = []
    for part in (accept, brief, answer_lines):
        with tempfile.TemporaryDirectory() as folder:
            rows += part(Path(folder))
    lines = table(["figure", "value"], rows)
    print(*lines, sep="\n")
    write_section("path", "The whole way", "python -m tests.bench.bench_path", lines)


if __name__ == "__main__":
    main()
