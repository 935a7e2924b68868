"""The real server in its own process: killed without warning, nothing it accepted is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.conftest import AGENTS
from tests.test_webhooks import BODY, SECRET, signed

START_S, NOTE_S = 60, 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def receiver():
    """A system that takes notes from the generic adapter."""
    got: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/notes", got
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "agents.toml").write_text(AGENTS.replace('desk = "41"', 'shop = "41"'), encoding="utf-8")
    return tmp_path


def start(folder, port: int, url: str) -> subprocess.Popen:
    (folder / "amends.toml").write_text(
        f'port = {port}\n[[desks]]\nname = "shop"\nplatform = "generic"\nbase_url = "{url}"\n', encoding="utf-8"
    )
    environment = {**os.environ, "AMENDS_SHOP_WEBHOOK_SECRET": SECRET, "AMENDS_SHOP_API_TOKEN": SECRET}
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer.cli", "serve"], cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return process
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def kill(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_server_killed_right_after_its_202_loses_nothing_and_writes_each_note_once(folder):
    with receiver() as (url, got):
        port = free_port()
        process = start(folder, port, url)
        try:
            for number in range(5):
                body = json.dumps({**BODY, "ticket": {"id": f"t{number}"}}).encode()
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/hooks/shop", content=body, headers=signed(body), timeout=30
                )
                assert answer.status_code == 202
            kill(process)
            process = start(folder, free_port(), url)
            deadline = time.monotonic() + NOTE_S
            while time.monotonic() < deadline and len({n["ticket_id"] for n in got if n["type"] == "note"}) < 5:
                time.sleep(0.1)
            time.sleep(0.5)
        finally:
            kill(process)
        keys = {note["idempotency_key"] for note in got if note["type"] == "note"}
        assert {note["ticket_id"] for note in got if note["type"] == "note"} == {f"t{n}" for n in range(5)}
        assert len(keys) == 5
