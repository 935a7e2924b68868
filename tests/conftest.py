"""What most tests need: a small knowledge of our own, wired as the product wires it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.assembly import Knowledge
from knowledge.configuration import Configuration, knowledge_settings
from knowledge.encoders import load_encoder
from knowledge.language import LanguageDetector
from knowledge.ports import Encoder

AGENTS = """
[[agents]]
id = "spela"
name = "Špela Kos"
languages = { sl = "native", en = "fluent" }
[agents.desks]
desk = "41"

[[agents]]
id = "kari"
name = "Kari Nilsen"
languages = { nb = "native", en = "fluent" }
timezone = "Europe/Oslo"
hours = "08:00-16:00"
days = "mon-fri"
"""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder("static")


@pytest.fixture(scope="session")
def detector() -> LanguageDetector:
    return LanguageDetector()


def make_knowledge(folder: Path, encoder: Encoder, detector: LanguageDetector, **settings: str) -> Knowledge:
    """Knowledge in a folder of its own; what is slow to load is shared between tests."""
    (folder / "agents.toml").write_text(AGENTS, encoding="utf-8")
    tables = {"data": str(folder / "data"), "agents_file": str(folder / "agents.toml"), **settings}
    knowledge = Knowledge(knowledge_settings(Configuration(tables, {}, folder)))
    knowledge.__dict__["encoder"] = encoder
    knowledge.__dict__["detector"] = detector
    return knowledge


@pytest.fixture
def knowledge(tmp_path: Path, encoder: Encoder, detector: LanguageDetector) -> Iterator[Knowledge]:
    """Knowledge with the sample complaints."""
    made = make_knowledge(tmp_path, encoder, detector)
    yield made
    made.close()


@pytest.fixture
def empty_knowledge(tmp_path: Path, encoder: Encoder, detector: LanguageDetector) -> Iterator[Knowledge]:
    """Knowledge of nothing yet."""
    made = make_knowledge(tmp_path, encoder, detector, sample_knowledge="false")
    yield made
    made.close()
