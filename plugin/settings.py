"""The plugin's frozen settings, from one TOML file and the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.configuration import Configuration
from knowledge.errors import Misconfigured
from plugin.platforms.base import Desk

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")
_WRITES = frozenset({"note", "assign"})
_DESK_FIELDS = frozenset(
    "name platform base_url url_token_file webhook_secret_file api_user api_token_file own_user_id writes "
    "options".split()
)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server runs. Sizes are bytes, times seconds."""

    host: str
    port: int
    body_limit_bytes: int
    worker_threads: int
    web_threads: int
    embed_origins: tuple[str, ...]
    agent_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """Server and desks."""

    server: ServerSettings
    desks: tuple[Desk, ...]


def plugin_settings(configuration: Configuration) -> PluginSettings:
    """Read them. Raises Misconfigured naming the setting and what mends it."""
    desks = tuple(_desk(row, number, configuration) for number, row in enumerate(_desk_rows(configuration), 1))
    names = [desk.name for desk in desks]
    for name in names:
        if names.count(name) > 1:
            raise Misconfigured("desks.name", f"{name!r} is used twice.", "Give every desk a name of its own.")
    return PluginSettings(_server(configuration), desks)


def _server(configuration: Configuration) -> ServerSettings:
    origins = configuration.tables.get("embed_origins", [])
    if not isinstance(origins, list):
        raise Misconfigured("embed_origins", "is not a list.", 'Write embed_origins = ["https://desk.example.org"]')
    return ServerSettings(
        host=configuration.value("host", "127.0.0.1"),
        port=configuration.number("port", 8080),
        body_limit_bytes=configuration.number("body_limit_bytes", 2_000_000),
        worker_threads=configuration.number("worker_threads", 2),
        web_threads=configuration.number("web_threads", 16),
        embed_origins=tuple(map(str, origins)),
        agent_key=_secret(
            configuration, "AMENDS_AGENT_KEY", configuration.tables.get("agent_key_file"), "agent_key_file"
        ),
    )


def _desk_rows(configuration: Configuration) -> list[Any]:
    rows = configuration.tables.get("desks", [])
    if not isinstance(rows, list):
        raise Misconfigured("desks", "must be [[desks]] tables.", "See the README's example.")
    return rows


def _desk(row: Any, number: int, configuration: Configuration) -> Desk:
    place = f"desks[{number}]"
    if not isinstance(row, dict):
        raise Misconfigured(place, "must be a table.", "See the README's example.")
    for unknown in row.keys() - _DESK_FIELDS:
        raise Misconfigured(f"{place}.{unknown}", "is not a setting.", f"Known: {', '.join(sorted(_DESK_FIELDS))}.")
    name = str(row.get("name", ""))
    if not _NAME.match(name):
        raise Misconfigured(f"{place}.name", f"{name!r} is no name for a desk.", "Use a-z, 0-9, - and _.")
    writes = frozenset(map(str, row.get("writes", sorted(_WRITES))))
    if not writes <= _WRITES:
        raise Misconfigured(f"{place}.writes", f"{sorted(writes)} is unknown.", f"Use some of {sorted(_WRITES)}.")
    return Desk(
        name=name,
        platform=str(row.get("platform", "")),
        base_url=str(row["base_url"]).rstrip("/") if row.get("base_url") else None,
        url_token=_desk_secret(configuration, name, "url_token", row),
        webhook_secrets=_webhook_secrets(configuration, name, row),
        api_user=str(row["api_user"]) if row.get("api_user") else None,
        api_token=_desk_secret(configuration, name, "api_token", row),
        own_user_id=str(row["own_user_id"]) if row.get("own_user_id") is not None else None,
        writes=writes,
        options={str(key): str(value) for key, value in row.get("options", {}).items()},
    )


def _webhook_secrets(configuration: Configuration, name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    # Several, one a line or separated by blanks, so that a secret can be rotated without a gap.
    secrets = _desk_secret(configuration, name, "webhook_secret", row)
    return tuple(secrets.split()) if secrets else ()


def _desk_secret(configuration: Configuration, desk: str, kind: str, row: Mapping[str, Any]) -> str | None:
    variable = f"AMENDS_{desk.upper().replace('-', '_')}_{kind.upper()}"
    return _secret(configuration, variable, row.get(f"{kind}_file"), f"desks.{desk}.{kind}_file")


def _secret(configuration: Configuration, variable: str, file: Any, setting: str) -> str | None:
    """From the environment, else from a file; never from the settings file itself."""
    if value := configuration.environment.get(variable):
        return value.strip()
    if not file:
        return None
    path = configuration.folder / Path(str(file)).expanduser()
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise Misconfigured(setting, f"{path} cannot be read.", f"Create it or set {variable}.") from error
