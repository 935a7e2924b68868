"""Solved complaints and their embeddings in the database."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.engine import Connection, Engine

from knowledge.database import Writer, embeddings, last_seq, next_seq, reading, solved_complaints
from knowledge.model import Outcome, SolvedComplaint
from knowledge.ports import Encoder, Filters, Vectors
from knowledge.privacy import without_masks

# SQLite allows 32,766 variables a statement; PostgreSQL more.
_IDS_A_QUERY = 5_000
_ROWS_A_TRANSACTION = 1_000

Item = TypeVar("Item")


class SolvedComplaintStore:
    """The truth: what an index is built from. An embedding is written with its complaint."""

    def __init__(self, engine: Engine, writer: Writer, encoder: Encoder) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._encoder = encoder

    def save(self, complaints: Sequence[SolvedComplaint]) -> int:
        """Add or replace by id, with embeddings; durable on return. Gives the newest sequence number."""
        newest = 0
        for chunk in _chunks(complaints, _ROWS_A_TRANSACTION):
            vectors = self._encoder.encode([without_masks(complaint.complaint) for complaint in chunk])
            newest = self._writer.write(partial(self._save_rows, rows=chunk, vectors=vectors))
        return newest

    def get(self, ids: Iterable[str]) -> dict[str, SolvedComplaint]:
        """Look up by id; unknown and removed ids are absent."""
        found: dict[str, SolvedComplaint] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(list(ids), _IDS_A_QUERY):
                query = select(solved_complaints).where(
                    solved_complaints.c.id.in_(chunk), solved_complaints.c.is_deleted == 0
                )
                found.update((row.id, _complaint(row)) for row in connection.execute(query))
        return found

    def ids(self, filters: Filters) -> frozenset[str]:
        """Ids that pass the filters."""
        query = select(solved_complaints.c.id).where(solved_complaints.c.is_deleted == 0)
        for name in ("language", "outcome", "issue"):
            if (value := getattr(filters, name)) is not None:
                query = query.where(solved_complaints.c[name] == value)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def remove_samples(self) -> int:
        """Take the sample knowledge out; gives how many went."""
        return self._writer.write(self._remove_samples)

    def count(self) -> Mapping[str, int]:
        """How many complaints there are by language."""
        query = (
            select(solved_complaints.c.language, func.count())
            .where(solved_complaints.c.is_deleted == 0)
            .group_by(solved_complaints.c.language)
            .order_by(solved_complaints.c.language)
        )
        with self._engine.connect() as connection:
            return {language: int(count) for language, count in connection.execute(query)}

    def count_samples(self) -> int:
        """How many of them are sample data."""
        query = select(func.count()).where(solved_complaints.c.is_sample == 1, solved_complaints.c.is_deleted == 0)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def is_new(self) -> bool:
        """Whether nothing was ever stored here."""
        return self.newest_seq() == 0

    def newest_seq(self) -> int:
        """The newest sequence number written."""
        with self._engine.connect() as connection:
            return last_seq(connection)

    def encoders(self) -> Mapping[str, int]:
        """Which encoders made the stored embeddings, and how many each."""
        query = select(embeddings.c.encoder, func.count()).group_by(embeddings.c.encoder)
        with self._engine.connect() as connection:
            return {name: int(count) for name, count in connection.execute(query)}

    def changes_since(self, seq: int) -> Iterator[tuple[str, int, Vectors | None]]:
        """Id, sequence number and embedding of what changed, in commit order; None for what went."""
        query = (
            select(solved_complaints.c.id, solved_complaints.c.seq, solved_complaints.c.is_deleted, embeddings.c.vector)
            .join(embeddings, _made_by(self._encoder), isouter=True)
            .where(solved_complaints.c.seq > seq)
            .order_by(solved_complaints.c.seq)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                gone = row.is_deleted or row.vector is None
                yield row.id, row.seq, None if gone else np.frombuffer(row.vector, dtype=np.float32)

    def reembed(self) -> Iterator[int]:
        """Embed everything anew with the configured encoder; yields how many are done.

        Only embeddings are written: what is served under another encoder goes on as it was.
        """
        yield from self._embed(sorted(self.ids(Filters())))

    def embed_missing(self) -> int:
        """Embed what another encoder's process saved meanwhile, and let other encoders' embeddings go; how many."""
        lacking = (
            select(solved_complaints.c.id)
            .join(embeddings, _made_by(self._encoder), isouter=True)
            .where(solved_complaints.c.is_deleted == 0, embeddings.c.vector.is_(None))
        )
        with self._engine.connect() as connection:
            missing = list(connection.execute(lacking).scalars())
        for _ in self._embed(missing):
            pass
        if len(self.encoders()) > 1:
            others = delete(embeddings).where(embeddings.c.encoder != self._encoder.fingerprint)
            self._writer.write(lambda connection: connection.execute(others))
        return len(missing)

    def _embed(self, ids: Sequence[str]) -> Iterator[int]:
        done = 0
        for chunk in _chunks(ids, _ROWS_A_TRANSACTION):
            pending = chunk
            while pending:  # what changed between reading and writing is read again
                found = list(self.get(pending).values())
                vectors = self._encoder.encode([without_masks(complaint.complaint) for complaint in found])
                pending = self._writer.write(partial(self._save_embeddings, rows=found, vectors=vectors))
            done += len(chunk)
            yield done

    def _save_embeddings(self, connection: Connection, rows: Sequence[SolvedComplaint], vectors: Vectors) -> list[str]:
        """Write the embeddings of rows that are still as they were read; gives the ids of the others."""
        table = solved_complaints
        changed = []
        for complaint, vector in zip(rows, vectors, strict=True):
            seq = connection.execute(select(table.c.seq).where(table.c.id == complaint.id)).scalar()
            if seq != complaint.seq:
                changed.append(complaint.id)
                continue
            self._save_embedding(connection, complaint.id, vector, self._encoder.fingerprint)
        return changed

    def _save_embedding(self, connection: Connection, complaint_id: str, vector: Vectors, replaced: str | None) -> None:
        """Replace the embedding made by ``replaced``, or by any encoder."""
        same = embeddings.c.complaint_id == complaint_id
        if replaced is not None:
            same &= embeddings.c.encoder == replaced
        connection.execute(delete(embeddings).where(same))
        connection.execute(
            embeddings.insert().values(
                complaint_id=complaint_id,
                encoder=self._encoder.fingerprint,
                vector=np.ascontiguousarray(vector, dtype=np.float32).tobytes(),
            )
        )

    def _save_rows(self, connection: Connection, rows: Sequence[SolvedComplaint], vectors: Vectors) -> int:
        seq = 0
        for complaint, vector in zip(rows, vectors, strict=True):
            seq = next_seq(connection)
            values = _values(complaint) | {"seq": seq}
            table = solved_complaints
            if not connection.execute(update(table).where(table.c.id == complaint.id).values(**values)).rowcount:
                connection.execute(table.insert().values(**values))
            # Another encoder's embedding was of the text as it was.
            self._save_embedding(connection, complaint.id, vector, None)
        return seq

    def _remove_samples(self, connection: Connection) -> int:
        table = solved_complaints
        going = connection.execute(
            select(table.c.id).where(table.c.is_sample == 1, table.c.is_deleted == 0)
        ).scalars().all()  # fmt: skip
        for complaint_id in going:
            # A row stays as a tombstone, so that indexes that follow the sequence see it go.
            emptied = {
                "is_deleted": 1,
                "complaint": "",
                "resolution": "",
                "resolution_en": None,
                "seq": next_seq(connection),
            }
            connection.execute(update(table).where(table.c.id == complaint_id).values(**emptied))
            connection.execute(delete(embeddings).where(embeddings.c.complaint_id == complaint_id))
        return len(going)


def _made_by(encoder: Encoder) -> ColumnElement[bool]:
    """Joins a complaint to its embedding by ``encoder``."""
    return (embeddings.c.complaint_id == solved_complaints.c.id) & (embeddings.c.encoder == encoder.fingerprint)


def _values(complaint: SolvedComplaint) -> dict[str, Any]:
    return {
        "id": complaint.id,
        "language": complaint.language,
        "issue": complaint.issue,
        "complaint": complaint.complaint,
        "resolution": complaint.resolution,
        "resolution_en": complaint.resolution_en,
        "outcome": str(complaint.outcome),
        "satisfaction": complaint.satisfaction,
        "resolved_on": complaint.resolved_on,
        "source": complaint.source,
        "is_sample": int(complaint.is_sample),
        "is_deleted": 0,
        "labels": json.dumps(dict(complaint.labels), sort_keys=True),
    }


def _complaint(row: Row[Any]) -> SolvedComplaint:
    return SolvedComplaint(
        id=row.id,
        language=row.language,
        complaint=row.complaint,
        resolution=row.resolution,
        outcome=Outcome(row.outcome),
        resolution_en=row.resolution_en,
        issue=row.issue,
        satisfaction=row.satisfaction,
        resolved_on=row.resolved_on,
        source=row.source,
        is_sample=bool(row.is_sample),
        labels=json.loads(row.labels),
        seq=row.seq,
    )


def _chunks(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
