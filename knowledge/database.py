"""The database: its tables, and the one writer that makes many small writes durable together.

SQLite in WAL mode with ``synchronous=FULL`` is the embedded default: a committed write survives both a
killed process and a power cut. PostgreSQL is the same schema by another URL.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)  # fmt: skip
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import OperationalError

from knowledge.errors import AmendsError

Result = TypeVar("Result")
metadata = MetaData()

# Sequence numbers come from here, bumped inside the write transaction: unlike a database sequence
# they are in commit order, so a reader that follows them never skips a row.
counters = Table(
    "counters", metadata, Column("name", String(40), primary_key=True), Column("value", Integer, nullable=False)
)

solved_complaints = Table(
    "solved_complaints", metadata,
    Column("id", String(200), primary_key=True),
    Column("seq", Integer, nullable=False, index=True),
    Column("language", String(35), nullable=False, index=True),
    Column("issue", String(120)),
    Column("complaint", Text, nullable=False),
    Column("resolution", Text, nullable=False),
    Column("resolution_en", Text),
    Column("outcome", String(20), nullable=False, index=True),
    Column("satisfaction", Integer),
    Column("resolved_on", String(10)),
    Column("source", String(80), nullable=False),
    Column("is_sample", Integer, nullable=False, default=0),
    Column("is_deleted", Integer, nullable=False, default=0),
    Column("labels", Text, nullable=False, default="{}"),
)  # fmt: skip

embeddings = Table(
    "embeddings", metadata,
    Column("complaint_id", String(200), ForeignKey("solved_complaints.id", ondelete="CASCADE"), primary_key=True),
    Column("encoder", String(120), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)  # fmt: skip

briefings = Table(
    "briefings", metadata,
    Column("id", String(40), primary_key=True),
    Column("desk", String(80), nullable=False),
    Column("ticket_id", String(120), nullable=False),
    Column("message_id", String(120), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("desk", "ticket_id", "message_id"),
)  # fmt: skip

deliveries = Table(
    "deliveries", metadata,
    Column("id", Integer, primary_key=True),
    Column("desk", String(80), nullable=False),
    Column("delivery_key", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("due_at", Float, nullable=False),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("lease_owner", String(120)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text),
    UniqueConstraint("desk", "delivery_key"),
    Index("deliveries_due", "state", "due_at"),
)  # fmt: skip

write_backs = Table(
    "write_backs", metadata,
    Column("id", Integer, primary_key=True),
    Column("desk", String(80), nullable=False),
    Column("ticket_id", String(120), nullable=False),
    Column("briefing_id", String(40), nullable=False),
    Column("action", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("detail", Text),
    UniqueConstraint("briefing_id", "action"),
)  # fmt: skip


class DatabaseBusy(AmendsError):
    """The database did not take the write in time; nothing was stored."""

    code = "database_busy"


def open_engine(url: str) -> Engine:
    """Open a database and create what is missing."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **({"connect_args": {"timeout": 30, "check_same_thread": False}} if is_sqlite else {}))
    if is_sqlite:
        _make_sqlite_durable(engine)
    metadata.create_all(engine)
    return engine


def next_seq(connection: Connection, name: str = "solved_complaints") -> int:
    """The next number of a sequence, assigned under the transaction's write lock."""
    bumped = connection.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + 1).returning(counters.c.value)
    ).scalar_one_or_none()
    if bumped is not None:
        return int(bumped)
    connection.execute(insert(counters).values(name=name, value=1))
    return 1


def last_seq(connection: Connection, name: str = "solved_complaints") -> int:
    """The newest number given out; 0 before the first."""
    return int(connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one_or_none() or 0)


class Writer:
    """Runs write functions on one thread and commits those waiting together in one transaction.

    Each function gets a savepoint of its own: one that raises undoes only itself, and its caller gets
    the exception. ``write`` returns after the commit is on disk.
    """

    def __init__(self, engine: Engine, batch_size: int = 64) -> None:
        self._engine = engine
        self._batch_size = batch_size
        self._jobs: queue.Queue[tuple[Callable[[Connection], Any], Future[Any]] | None] = queue.Queue(maxsize=10_000)
        self._thread = threading.Thread(target=self._run, name="amends-writer", daemon=True)
        self._thread.start()

    def write(self, job: Callable[[Connection], Result], timeout_s: float = 30.0) -> Result:
        """Run a write and wait until it is durable. Raises DatabaseBusy after ``timeout_s``."""
        future: Future[Result] = Future()
        try:
            self._jobs.put((job, future), timeout=timeout_s)
            return future.result(timeout=timeout_s)
        except (queue.Full, TimeoutError) as error:
            future.cancel()
            raise DatabaseBusy("The database is too busy to store this now.") from error

    def close(self) -> None:
        """Finish what is queued and stop."""
        self._jobs.put(None)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            batch, is_last = self._take_batch()
            if batch:
                self._commit(batch)
            if is_last:
                return

    def _take_batch(self) -> tuple[list[tuple[Callable[[Connection], Any], Future[Any]]], bool]:
        batch = []
        job = self._jobs.get()
        while job is not None:
            if job[1].set_running_or_notify_cancel():
                batch.append(job)
            if len(batch) >= self._batch_size:
                return batch, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _commit(self, batch: list[tuple[Callable[[Connection], Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._engine.begin() as connection:
                for job, future in batch:
                    try:
                        with connection.begin_nested():
                            done.append((future, job(connection)))
                    except OperationalError:
                        raise
                    except Exception as error:  # its caller gets it
                        future.set_exception(error)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(DatabaseBusy(f"The database refused the write ({type(error).__name__})."))
            return
        for future, result in done:
            future.set_result(result)


def _make_sqlite_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        # The driver's own transaction handling is off: SQLAlchemy's begin event below opens them.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at the start: no late "database is locked" after reading.
        immediate = connection.get_execution_options().get("amends_read_only") is not True
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def reading(engine: Engine) -> Engine:
    """The same database for reading: its transactions take no write lock."""
    return engine.execution_options(amends_read_only=True)


def is_reachable(engine: Engine) -> bool:
    """Whether the database answers."""
    try:
        with reading(engine).connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True
