"""The one place that picks adapters and wires the domain together."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy.engine import Engine

from knowledge.briefing import Briefer, BriefingOptions
from knowledge.closer_look import CloserLook
from knowledge.configuration import KnowledgeSettings
from knowledge.database import Writer, open_engine
from knowledge.encoders import STATIC, ContextualEncoder, StaticEncoder, load_encoder
from knowledge.errors import IndexMismatch
from knowledge.faiss_index import FaissIndex, read_snapshot
from knowledge.language import LanguageDetector
from knowledge.model import Agent
from knowledge.ports import Encoder
from knowledge.records import BriefingRecords
from knowledge.retrieval import CONTEXTUAL_FLOORS, STATIC_FLOORS, Retrieval
from knowledge.routing import read_agents
from knowledge.sample_knowledge import load_samples
from knowledge.store import SolvedComplaintStore
from knowledge.triage import Triage


class AgentsFile:
    """The agents file, read again when it changes; no file means no agents."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_at: int | None = None
        self._agents: tuple[Agent, ...] = ()

    def __call__(self) -> Sequence[Agent]:
        with self._lock:
            try:
                changed_at = self._path.stat().st_mtime_ns
            except OSError:
                return ()
            if changed_at != self._read_at:
                self._agents = read_agents(self._path)
                self._read_at = changed_at
            return self._agents


@dataclass(frozen=True)
class Knowledge:
    """Everything the domain offers, wired. Parts that take time to load are made when first used."""

    settings: KnowledgeSettings

    @cached_property
    def encoder(self) -> Encoder:
        """The configured encoder."""
        return load_encoder(self.settings.encoder)

    @cached_property
    def detector(self) -> LanguageDetector:
        """The language detector."""
        return LanguageDetector()

    @cached_property
    def triage(self) -> Triage:
        """Triage; it reads the shipped encoder's embeddings, whatever encoder searches."""
        if isinstance(self.encoder, ContextualEncoder):
            return Triage(self.encoder.static)
        return Triage(self.encoder if self.settings.encoder == STATIC else load_encoder(STATIC))

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return open_engine(self.settings.database)

    @cached_property
    def writer(self) -> Writer:
        """The database's one writer in this process."""
        return Writer(self.engine)

    @cached_property
    def store(self) -> SolvedComplaintStore:
        """Solved complaints; a new database starts with the sample knowledge."""
        store = SolvedComplaintStore(self.engine, self.writer, self.encoder)
        if self.settings.sample_knowledge and store.is_new():
            load_samples(store)
        return store

    @cached_property
    def index(self) -> FaissIndex:
        """The vector index. Raises IndexMismatch when everything was embedded by another encoder."""
        encoders = self.store.encoders()
        if encoders and self.encoder.fingerprint not in encoders:
            raise IndexMismatch(next(iter(encoders)), self.encoder.fingerprint)
        folder = self.settings.data / "index"
        published = read_snapshot(folder)
        if published and published.encoder != self.encoder.fingerprint:
            raise IndexMismatch(published.encoder, self.encoder.fingerprint)
        if len(encoders) > 1:
            self.store.embed_missing()
        return FaissIndex(self.store, self.encoder, folder)

    @cached_property
    def records(self) -> BriefingRecords:
        """Stored briefings."""
        return BriefingRecords(self.engine, self.writer)

    @cached_property
    def agents(self) -> AgentsFile:
        """Who answers."""
        return AgentsFile(self.settings.agents_file)

    @cached_property
    def retrieval(self) -> Retrieval:
        """Search over solved complaints."""
        closer, floors = None, STATIC_FLOORS
        if isinstance(self.encoder, StaticEncoder):
            closer = CloserLook(self.encoder)
        if isinstance(self.encoder, ContextualEncoder):
            closer, floors = CloserLook(self.encoder.static), CONTEXTUAL_FLOORS
        return Retrieval(self.encoder, self.index, self.store, closer, floors)

    @cached_property
    def briefer(self) -> Briefer:
        """The use case."""
        options = BriefingOptions(self.settings.register, self.settings.next_contact_h)
        return Briefer(self.detector, self.triage, self.retrieval, self.agents, options)

    def close(self) -> None:
        """Finish writing and let go of the database."""
        if "writer" in self.__dict__:
            self.writer.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
