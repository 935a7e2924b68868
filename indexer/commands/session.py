"""What every command needs: the settings, and the domain opened and closed around the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from knowledge.configuration import Configuration, knowledge_settings, read_configuration

if TYPE_CHECKING:
    from knowledge.assembly import Knowledge


def configuration() -> Configuration:
    """The settings a command runs under: the working directory's, else those the demo left."""
    return read_configuration()


@contextmanager
def opened() -> Iterator["Knowledge"]:
    """The domain, closed again afterwards."""
    # Imported here: a server must not load FAISS before it forks, and --help should not wait for it.
    from knowledge.assembly import Knowledge

    knowledge = Knowledge(knowledge_settings(configuration()))
    try:
        yield knowledge
    finally:
        knowledge.close()
