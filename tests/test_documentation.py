"""What the documents name exists."""

import re
from pathlib import Path

import click
import pytest

from indexer.cli import main
from knowledge.configuration import Configuration, knowledge_settings
from plugin.platforms import PLATFORMS
from plugin.settings import plugin_settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        found.add(prefix + name)
        if isinstance(command, click.Group):
            found |= commands(command, f"{prefix}{name} ")
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_a_document_names_exists(document):
    named = re.findall(r"(?:`|/|^)amends ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.M)
    assert set(named) <= commands(main)


def test_the_readme_names_every_command():
    for name in commands(main):
        assert f"amends {name}" in README or name.split()[0] in ("evaluate", "samples"), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_a_document_names_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`?make ([a-z]+)", document.read_text(encoding="utf-8"))) - {"it"} <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_a_document_names_exists(document):
    for name in re.findall(
        r"`((?:plugin|knowledge|indexer|locales|tests)/[\w./-]+)`", document.read_text(encoding="utf-8")
    ):
        assert (ROOT / name).exists(), name


def test_the_readmes_settings_are_the_codes_settings():
    table = README.split("## Settings")[1].split("##")[0]
    named = {name for row in re.findall(r"^\| (`.*?`) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)}
    used: set[str] = set()

    class Recording(Configuration):
        def value(self, name, default):
            used.add(name)
            return super().value(name, default)

        def path(self, name, default):
            used.add(name)
            return super().path(name, default)

    recording = Recording({}, {}, Path())
    knowledge_settings(recording)
    plugin_settings(recording)
    assert named == used | {"embed_origins"}


def test_the_readmes_example_settings_are_read():
    import tomllib

    example = re.search(r"```toml\n(agents_file.*?)```", README, re.S).group(1)
    tables = tomllib.loads(example)
    (desk,) = plugin_settings(Configuration(tables, {}, Path())).desks
    assert desk.platform in PLATFORMS


def test_the_readmes_platforms_are_the_codes_platforms():
    assert set(re.search(r"# (zendesk.*)", README).group(1).replace(" or ", ", ").split(", ")) == set(PLATFORMS)


def test_nothing_names_the_place_it_was_made_in():
    for path in DOCUMENTS:
        assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work)/", path.read_text(encoding="utf-8"))
