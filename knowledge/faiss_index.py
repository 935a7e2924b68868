"""The embedded vector index: FAISS as a cache that is always rebuildable from the database.

A snapshot is written aside, synced and published by renaming a pointer file, so a reader sees the old
one or the new one, never half of one. What was written since the snapshot is replayed from the
database by sequence number.
"""

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from knowledge.errors import IndexMismatch
from knowledge.ports import Encoder, Hit, Vectors
from knowledge.store import SolvedComplaintStore

# Ties at the end of a result list are told apart by id only when a few more than asked are fetched.
_EXTRA_FOR_TIES = 8
_POINTER = "CURRENT"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the pointer file names: the encoder, the sequence number taken in, and the ids by position."""

    encoder: str
    seq: int
    file: str
    ids: tuple[str, ...]


class FaissIndex:
    """Exact inner-product search over normalised embeddings. Safe to share between threads.

    Positions in the FAISS index are dense and only grow; a changed or removed complaint leaves its old
    position dead until the next rebuild.
    """

    def __init__(self, store: SolvedComplaintStore, encoder: Encoder, folder: Path | None) -> None:
        """Open the published snapshot if there is one; ``folder`` None keeps all in memory.

        Raises IndexMismatch when the snapshot was built with another encoder.
        """
        # One thread per search: FAISS's own threads hang a process forked after they ran.
        faiss.omp_set_num_threads(1)
        self._store = store
        self._encoder = encoder
        self._lock = threading.RLock()
        self._index: faiss.Index = faiss.IndexFlatIP(encoder.dimensions)
        self._ids: list[str] = []
        self._positions: dict[str, int] = {}
        self._seq = 0
        if folder is not None:
            self._open_snapshot(folder)
        self.refresh()

    def __len__(self) -> int:
        return len(self._positions)

    def search(self, vector: Vectors, limit: int, allowed: frozenset[str] | None = None) -> tuple[Hit, ...]:
        """The ``limit`` nearest, falling score, ties by id; only ids in ``allowed`` when given."""
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if limit < 1 or not query.any():
            return ()
        if self._store.newest_seq() > self._seq:
            self.refresh()
        with self._lock:
            alive = self._alive(allowed)
            if not len(alive):
                return ()
            selector = faiss.IDSelectorBatch(alive)
            fetched = min(len(alive), limit + _EXTRA_FOR_TIES)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # the stub lacks it
            scores, positions = self._index.search(query, fetched, params=parameters)
            # FAISS pads short lists with -1.
            hits = [
                Hit(self._ids[position], float(score))
                for score, position in zip(scores[0], positions[0], strict=True)
                if position >= 0
            ]
        return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.complaint_id))[:limit])

    def refresh(self) -> None:
        """Take in what was written since the last look."""
        with self._lock:
            new: list[Vectors] = []
            for complaint_id, seq, vector in self._store.changes_since(self._seq):
                self._positions.pop(complaint_id, None)
                if vector is not None and len(vector) == self._encoder.dimensions:
                    self._positions[complaint_id] = len(self._ids)
                    self._ids.append(complaint_id)
                    new.append(vector)
                self._seq = seq
            if new:
                self._index.add(np.stack(new))

    @classmethod
    def published(cls, store: SolvedComplaintStore, encoder: Encoder, folder: Path) -> int:
        """Build aside from the database and publish; gives the new index's size.

        A failure before the publishing leaves what is served untouched.
        """
        fresh = cls(store, encoder, None)
        fresh._publish(folder)
        return len(fresh)

    def _alive(self, allowed: frozenset[str] | None) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        positions = (
            self._positions.values()
            if allowed is None
            else [self._positions[item] for item in allowed if item in self._positions]
        )
        return np.fromiter(positions, dtype=np.int64)

    def _publish(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"snapshot-{self._seq}-{os.getpid()}.faiss"
        _write_synced(folder / name, faiss.serialize_index(self._index).tobytes())
        pointer = {"encoder": self._encoder.fingerprint, "seq": self._seq, "file": name, "ids": self._ids}
        _write_synced(folder / _POINTER, json.dumps(pointer).encode())
        for old in folder.glob("snapshot-*.faiss"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def _open_snapshot(self, folder: Path) -> None:
        for leftover in folder.glob("*.tmp"):
            leftover.unlink(missing_ok=True)
        snapshot = read_snapshot(folder)
        if snapshot is None:
            return
        if snapshot.encoder != self._encoder.fingerprint:
            raise IndexMismatch(snapshot.encoder, self._encoder.fingerprint)
        try:
            data = np.frombuffer((folder / snapshot.file).read_bytes(), dtype=np.uint8)
            index = faiss.deserialize_index(data)
        except (OSError, RuntimeError):
            return  # the cache is lost, the truth is not: refresh() reads everything
        if index.ntotal != len(snapshot.ids) or snapshot.seq > self._store.newest_seq():
            return  # of another database
        self._index, self._ids, self._seq = index, list(snapshot.ids), snapshot.seq
        self._positions = {complaint_id: position for position, complaint_id in enumerate(snapshot.ids)}


def read_snapshot(folder: Path) -> Snapshot | None:
    """The published snapshot's description; None when nothing readable is published."""
    try:
        pointer = json.loads((folder / _POINTER).read_text(encoding="utf-8"))
        return Snapshot(pointer["encoder"], pointer["seq"], pointer["file"], tuple(pointer["ids"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_synced(path: Path, content: bytes) -> None:
    aside = path.with_suffix(path.suffix + ".tmp")
    with aside.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
