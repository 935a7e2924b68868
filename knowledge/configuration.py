"""Where settings come from: one TOML file, overridden by the environment. Secrets: environment or file.

``AMENDS_CONFIG`` names the file (``amends.toml`` in the working directory otherwise). A setting
``encoder`` is overridden by ``AMENDS_ENCODER``.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import Misconfigured
from knowledge.locales import parse_tag
from knowledge.model import Register

DEFAULT_FILE = "amends.toml"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The file's tables, the environment, and the folder relative paths start from."""

    tables: Mapping[str, Any]
    environment: Mapping[str, str]
    folder: Path

    def value(self, name: str, default: str) -> str:
        """A top-level setting as text, from the environment first."""
        return self.environment.get(f"AMENDS_{name.upper()}") or str(self.tables.get(name, default))

    def number(self, name: str, default: int) -> int:
        """A top-level setting as a whole number."""
        text = self.value(name, str(default))
        try:
            return int(text)
        except ValueError as error:
            raise Misconfigured(
                name, f"{text!r} is not a whole number.", f"Set for example {name} = {default}"
            ) from error

    def switch(self, name: str, default: bool) -> bool:
        """A top-level setting that is on or off."""
        text = self.value(name, str(default)).lower()
        if text not in ("true", "false", "1", "0", "yes", "no"):
            raise Misconfigured(name, f"{text!r} is neither true nor false.", f"Set {name} = {str(default).lower()}")
        return text in ("true", "1", "yes")

    def path(self, name: str, default: str) -> Path:
        """A top-level setting as a path, relative to the file's folder."""
        return self.folder / Path(self.value(name, default)).expanduser()


@dataclass(frozen=True, slots=True)
class KnowledgeSettings:
    """What the domain needs to know."""

    data: Path
    database: str
    encoder: str
    agents_file: Path
    agent_locale: str
    register: Register | None
    next_contact_h: int
    sample_knowledge: bool


def read_configuration(environment: Mapping[str, str] | None = None) -> Configuration:
    """Read the file (if it is there) and the environment. Raises Misconfigured."""
    environment = os.environ if environment is None else environment
    named = environment.get("AMENDS_CONFIG")
    path = Path(named or DEFAULT_FILE)
    if not path.is_file():
        if named:
            raise Misconfigured("AMENDS_CONFIG", f"there is no file {named}.", "Name an existing TOML file.")
        return Configuration({}, environment, Path())
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(str(path), f"is not valid TOML: {error}.", "Mend that line.") from error
    return Configuration(tables, environment, path.parent)


def knowledge_settings(configuration: Configuration) -> KnowledgeSettings:
    """The domain's settings. Raises Misconfigured naming the setting."""
    data = configuration.path("data", "amends-data")
    register = configuration.value("register", "")
    if register and register not in list(Register):
        raise Misconfigured("register", f"{register!r} is unknown.", f"Use one of: {', '.join(Register)}.")
    return KnowledgeSettings(
        data=data,
        database=configuration.value("database", f"sqlite:///{data / 'amends.db'}"),
        encoder=configuration.value("encoder", "static"),
        agents_file=configuration.path("agents_file", "agents.toml"),
        agent_locale=parse_tag(configuration.value("agent_locale", "en")),
        register=Register(register) if register else None,
        next_contact_h=configuration.number("next_contact_h", 24),
        sample_knowledge=configuration.switch("sample_knowledge", True),
    )
