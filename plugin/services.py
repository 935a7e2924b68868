"""What the web pages and the worker share, wired once per process."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from flask import Flask

from knowledge.assembly import Knowledge
from plugin.inbox import Inbox
from plugin.platforms import make_adapter
from plugin.platforms.base import Adapter
from plugin.settings import PluginSettings
from plugin.worker import Worker
from plugin.write_back import WriteBack

log = structlog.get_logger()

_KEY = "amends"


@dataclass(frozen=True)
class Services:
    """Everything a request may need."""

    settings: PluginSettings
    knowledge: Knowledge
    inbox: Inbox
    adapters: Mapping[str, Adapter]
    stop: threading.Event = field(default_factory=threading.Event)

    def make_worker(self) -> Worker:
        """A worker over these services."""
        write_back = WriteBack(self.knowledge.engine, self.knowledge.writer)
        return Worker(self.knowledge, self.inbox, write_back, self.adapters)

    def start_workers(self) -> list[threading.Thread]:
        """Start the configured number of worker threads."""
        self.inbox.release_abandoned()
        for desk in self.settings.desks:
            if desk.base_url and not desk.can_write:
                log.warning("desk_only_reads", desk=desk.name, missing="api_token")
        threads = [
            threading.Thread(target=self.make_worker().run, args=(self.stop,), name=f"amends-worker-{n}", daemon=True)
            for n in range(self.settings.server.worker_threads)
        ]
        for thread in threads:
            thread.start()
        return threads


def make_services(settings: PluginSettings, knowledge: Knowledge) -> Services:
    """Wire the plugin. Raises Misconfigured for a desk of an unknown platform."""
    adapters = {desk.name: make_adapter(desk) for desk in settings.desks}
    return Services(settings, knowledge, Inbox(knowledge.engine, knowledge.writer), adapters)


def services(app: Flask) -> Services:
    """The services of an app."""
    found: Services = app.extensions[_KEY]
    return found


def attach(app: Flask, found: Services) -> None:
    """Give an app its services."""
    app.extensions[_KEY] = found
