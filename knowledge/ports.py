"""What the domain needs from outside, as small protocols. Adapters are picked in assembly.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Briefing, LanguageGuess, SolvedComplaint, TicketReference

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Makes embeddings. Deterministic and safe to share between threads."""

    @property
    def fingerprint(self) -> str:
        """Stable name of the exact model: an index built with one refuses another."""

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeddings, shape (len(texts), dimensions), L2-normalised; zero where nothing is known."""

    def encode_query(self, text: str) -> Vectors:
        """One embedding, shape (dimensions,), with the model's query prompt if it has one."""


class Detector(Protocol):
    """Tells languages."""

    def detect(self, text: str, hints: Mapping[str, str] | None = None) -> LanguageGuess:
        """Guess the language of a text; hints map a source to a tag."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An indexed complaint and its cosine similarity."""

    complaint_id: str
    score: float


class VectorIndex(Protocol):
    """Finds the nearest embeddings."""

    def search(self, vector: Vectors, limit: int, allowed: frozenset[str] | None = None) -> tuple[Hit, ...]:
        """The ``limit`` nearest, falling score, ties by id; only ids in ``allowed`` when given."""

    def refresh(self) -> None:
        """Take in what was written since the last look."""

    def __len__(self) -> int:
        """How many complaints can be found."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is held to; None means any."""

    language: str | None = None
    outcome: str | None = None
    issue: str | None = None

    @property
    def are_empty(self) -> bool:
        """Whether nothing is held to."""
        return self.language is None and self.outcome is None and self.issue is None


class ComplaintStore(Protocol):
    """Past complaints with their resolutions: the truth that indexes are rebuilt from."""

    def save(self, complaints: Sequence[SolvedComplaint]) -> int:
        """Add or replace by id; durable on return. Gives the newest sequence number."""

    def get(self, ids: Iterable[str]) -> dict[str, SolvedComplaint]:
        """Look up by id; unknown ids are absent."""

    def ids(self, filters: Filters) -> frozenset[str]:
        """Ids that pass the filters."""

    def remove_samples(self) -> int:
        """Take the sample knowledge out; gives how many went."""

    def count(self) -> Mapping[str, int]:
        """How many complaints there are by language."""


class BriefingStore(Protocol):
    """Briefings by ticket message."""

    def save(self, briefing: Briefing) -> None:
        """Store; a second briefing for the same message replaces nothing and is ignored."""

    def latest(self, ticket: TicketReference) -> Briefing | None:
        """The newest briefing of a ticket."""

    def for_message(self, ticket: TicketReference, message_id: str) -> Briefing | None:
        """The briefing of one message."""
