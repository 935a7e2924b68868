"""Running the product: gunicorn with one process of many threads, and the worker beside the pages.

Nothing is loaded before the process forks: FAISS hangs in a child whose parent already searched.
"""

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn.app.base import BaseApplication

from knowledge.configuration import Configuration, knowledge_settings
from plugin.settings import plugin_settings

if TYPE_CHECKING:
    from flask import Flask

    from plugin.services import Services

GRACEFUL_TIMEOUT_S = 10


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured from our settings; the application is built in the worker process."""

    def __init__(self, build: "Callable[[], Flask]", options: dict[str, Any]) -> None:
        self._build = build
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        """Called by gunicorn in the worker process."""
        return self._build()


def serve(configuration: Configuration) -> None:
    """Serve pages, API and webhooks, and work on deliveries, until stopped."""
    start_logging()
    server = plugin_settings(configuration).server
    options = {
        "bind": f"{server.host}:{server.port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": server.web_threads,
        "timeout": 120,
        "graceful_timeout": GRACEFUL_TIMEOUT_S,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    Server(lambda: _build(configuration), options).run()


def work(configuration: Configuration, stop: threading.Event) -> None:
    """Work on deliveries without serving pages, until ``stop`` is set."""
    start_logging()
    found = open_services(configuration)
    for thread in found.start_workers():
        while thread.is_alive() and not stop.wait(0.5):
            pass
    found.stop.set()
    found.knowledge.close()


def open_services(configuration: Configuration) -> "Services":
    """Wire everything from the settings. Raises Misconfigured, IndexMismatch or EncoderUnavailable."""
    from knowledge.assembly import Knowledge
    from plugin.services import make_services

    return make_services(plugin_settings(configuration), Knowledge(knowledge_settings(configuration)))


def start_logging() -> None:
    """JSON lines on standard error: a constant event name and facts, never a customer's text."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _build(configuration: Configuration) -> "Flask":
    from plugin.app import create_app

    found = open_services(configuration)
    # Load what is slow now, so that the first complaint does not wait for it.
    _ = found.knowledge.briefer
    found.start_workers()
    return create_app(found)
