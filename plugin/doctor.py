"""The doctor: finds what is misconfigured, and says what mends it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from knowledge.assembly import Knowledge
from knowledge.configuration import Configuration, knowledge_settings
from knowledge.database import is_reachable
from knowledge.errors import AmendsError
from plugin.platforms import make_adapter
from plugin.platforms.base import Desk
from plugin.settings import PluginSettings, plugin_settings

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: fine, worth knowing, or a problem with what mends it."""

    verdict: str
    subject: str
    detail: str

    @property
    def is_problem(self) -> bool:
        """Whether something must be mended."""
        return self.verdict == "WRONG"


def examine(configuration: Configuration) -> Iterator[Finding]:
    """Look at everything; a failed part never hides the others."""
    try:
        knowledge = Knowledge(knowledge_settings(configuration))
        settings = plugin_settings(configuration)
    except AmendsError as error:
        yield Finding("WRONG", "settings", str(error))
        return
    yield Finding("ok", "settings", f"{len(configuration.tables)} in the file, the rest by default")
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("data", lambda: _data(knowledge)),
        ("database", lambda: _database(knowledge)),
        ("encoder", lambda: Finding("ok", "encoder", knowledge.encoder.fingerprint)),
        ("index", lambda: _index(knowledge)),
        ("language", lambda: Finding("ok", "language", knowledge.detector.detect("Hvor er pakken min?").tag)),
        ("agents", lambda: _agents(knowledge)),
    )
    for subject, look in looks:
        try:
            yield look()
        except (AmendsError, OSError) as error:
            yield Finding("WRONG", subject, str(error))
    yield from _server(settings)
    for desk in settings.desks:
        yield from _desk(desk, knowledge)
    if not settings.desks:
        yield Finding("note", "desks", "No helpdesk is connected: add a [[desks]] table, see the README.")
    knowledge.close()


def _data(knowledge: Knowledge) -> Finding:
    folder = knowledge.settings.data
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        return Finding("WRONG", "data", f"{folder} is not writable. Give this user the right, or set data.")
    return Finding("ok", "data", str(folder))


def _database(knowledge: Knowledge) -> Finding:
    if not is_reachable(knowledge.engine):
        return Finding("WRONG", "database", "does not answer. Check the setting database.")
    return Finding("ok", "database", f"{sum(knowledge.store.count().values())} solved complaints")


def _index(knowledge: Knowledge) -> Finding:
    stored, indexed = sum(knowledge.store.count().values()), len(knowledge.index)
    if stored != indexed:
        return Finding("WRONG", "index", f"{indexed} of {stored} complaints are indexed. Run: amends reindex")
    return Finding("ok", "index", f"{indexed} complaints can be found")


def _agents(knowledge: Knowledge) -> Finding:
    agents = knowledge.agents()
    if not agents:
        path = knowledge.settings.agents_file
        return Finding("note", "agents", f"{path} names nobody, so nobody can be chosen by language.")
    languages = sorted({tag for agent in agents for tag in agent.languages})
    return Finding("ok", "agents", f"{len(agents)} agents read {', '.join(languages)}")


def _server(settings: PluginSettings) -> Iterator[Finding]:
    server = settings.server
    if server.host not in ("127.0.0.1", "localhost", "::1") and not server.embed_origins:
        yield Finding("note", "server", f"{server.host} is reachable from outside: put HTTPS in front of it.")
    for origin in server.embed_origins:
        if urlsplit(origin).scheme != "https":
            yield Finding("WRONG", "embed_origins", f"{origin} is not https; browsers will not keep agents signed in.")


def _desk(desk: Desk, knowledge: Knowledge) -> Iterator[Finding]:
    subject = f"desk {desk.name}"
    try:
        make_adapter(desk)
    except AmendsError as error:
        yield Finding("WRONG", subject, str(error))
        return
    variable = f"AMENDS_{desk.name.upper().replace('-', '_')}"
    if not desk.webhook_secrets and not desk.url_token:
        yield Finding(
            "WRONG",
            subject,
            f"has no secret, so every delivery is refused. Set {variable}_WEBHOOK_SECRET or {variable}_URL_TOKEN.",
        )
    if not desk.can_write:
        verdict = "WRONG" if desk.base_url else "note"
        yield Finding(verdict, subject, f"only reads: set base_url and {variable}_API_TOKEN to write notes back.")
        return
    if desk.own_user_id is None and desk.platform != "generic":
        yield Finding(
            "note", subject, "has no own_user_id: set the id of the user our notes are written by, against loops."
        )
    if "assign" in desk.writes and not any(desk.name in agent.desk_ids for agent in knowledge.agents()):
        yield Finding(
            "note", subject, f"no agent has an id there: add [agents.desks] {desk.name} = … to assign tickets."
        )
    yield _reach(desk, subject)


def _reach(desk: Desk, subject: str) -> Finding:
    assert desk.base_url is not None
    try:
        status = httpx.get(desk.base_url, timeout=_TIMEOUT_S, follow_redirects=False).status_code
    except httpx.HTTPError as error:
        return Finding("WRONG", subject, f"{desk.base_url} does not answer ({type(error).__name__}). Check base_url.")
    return Finding("ok", subject, f"{desk.base_url} answers (HTTP {status})")
