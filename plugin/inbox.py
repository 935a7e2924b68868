"""The durable inbox: every accepted delivery is on disk before its sender hears 202, exactly once.

A delivery is claimed under a lease. A worker that dies leaves the lease to run out; another attempt
follows. Failures come back after a growing pause, and end as dead letters that an operator sees.
"""

import json
import os
import random
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.engine import Connection, Engine

from knowledge.database import Writer, deliveries, reading
from plugin.platforms.base import Delivery

LEASE_S = 120.0
# Pauses between attempts; after the last one the delivery is a dead letter. About a day in all.
PAUSES_S = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 3 * 3_600.0, 6 * 3_600.0, 12 * 3_600.0)
_JITTER = 0.2
_KEPT_HEADERS = frozenset({"content-type", "user-agent"})


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery a worker holds, with how often it was tried before."""

    id: int
    desk: str
    delivery: Delivery
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up, and why."""

    id: int
    desk: str
    delivery_key: str
    received_at: datetime
    attempts: int
    error: str


class Inbox:
    """Deliveries in the database. Times are seconds since the epoch; ``clock`` is for tests."""

    def __init__(self, engine: Engine, writer: Writer, clock: Any = time.time) -> None:
        self._engine = reading(engine)
        self._writer = writer
        self._clock = clock

    def put(self, desk: str, key: str, delivery: Delivery) -> bool:
        """Store; durable on return. False when the same delivery was stored before."""
        return self._writer.write(lambda connection: self._put(connection, desk, key, delivery))

    def claim(self, lease_s: float = LEASE_S) -> Claimed | None:
        """Take the delivery that has been due longest; None when nothing is due."""
        if not self._has_due():
            return None
        return self._writer.write(lambda connection: self._claim(connection, lease_s))

    def release_abandoned(self) -> int:
        """Free what a process of this machine held when it died; call before this process claims anything.

        Without it, a killed server's delivery would wait until its lease runs out.
        """
        held = select(deliveries.c.id, deliveries.c.lease_owner).where(
            deliveries.c.state == State.WAITING, deliveries.c.lease_until > self._clock()
        )
        with self._engine.connect() as connection:
            abandoned = [row.id for row in connection.execute(held) if _is_abandoned(row.lease_owner)]
        for delivery_id in abandoned:
            self._set(delivery_id, lease_until=0.0)
        return len(abandoned)

    def done(self, delivery_id: int) -> None:
        """The delivery's work is finished."""
        self._set(delivery_id, state=State.DONE, error=None, lease_until=0.0)

    def failed(self, delivery_id: int, attempts: int, error: str, retry_after_s: float | None = None) -> State:
        """Plan another attempt, no sooner than the helpdesk asked; or give up."""
        if attempts >= len(PAUSES_S):
            return self.give_up(delivery_id, error)
        pause = max(PAUSES_S[attempts], retry_after_s or 0.0)
        pause *= 1 + random.uniform(0, _JITTER)  # noqa: S311 - spreads load, guards nothing
        self._set(delivery_id, state=State.WAITING, error=error, lease_until=0.0, due_at=self._clock() + pause,
                  attempts=attempts + 1)  # fmt: skip
        return State.WAITING

    def give_up(self, delivery_id: int, error: str) -> State:
        """Make it a dead letter."""
        self._set(delivery_id, state=State.DEAD, error=error, lease_until=0.0)
        return State.DEAD

    def replay(self, delivery_id: int | None = None) -> int:
        """Try dead letters again from the start: one, or all. Gives how many."""
        condition = deliveries.c.state == State.DEAD
        if delivery_id is not None:
            condition &= deliveries.c.id == delivery_id
        values = {"state": State.WAITING, "attempts": 0, "due_at": self._clock(), "lease_until": 0.0}
        return self._writer.write(
            lambda connection: connection.execute(update(deliveries).where(condition).values(**values)).rowcount
        )

    def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """What was given up, newest first."""
        query = select(deliveries).where(deliveries.c.state == State.DEAD).order_by(deliveries.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_dead_letter(row) for row in connection.execute(query)]

    def counts(self) -> Mapping[str, int]:
        """How many deliveries there are in each state."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        with self._engine.connect() as connection:
            found = {state: int(count) for state, count in connection.execute(query)}
        return {str(state): found.get(state, 0) for state in State}

    def _put(self, connection: Connection, desk: str, key: str, delivery: Delivery) -> bool:
        known = select(deliveries.c.id).where(deliveries.c.desk == desk, deliveries.c.delivery_key == key)
        if connection.execute(known).first() is not None:
            return False
        headers = {name: value for name, value in delivery.headers.items() if name in _KEPT_HEADERS}
        connection.execute(
            deliveries.insert().values(
                desk=desk,
                delivery_key=key,
                state=State.WAITING,
                headers=json.dumps({"headers": headers, "hint": delivery.hint}),
                body=delivery.body,
                received_at=delivery.received_at,
                due_at=self._clock(),
            )
        )
        return True

    def _has_due(self) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(self._due().limit(1)).first() is not None

    def _due(self) -> Any:
        now = self._clock()
        return (
            select(deliveries)
            .where(deliveries.c.state == State.WAITING, deliveries.c.due_at <= now, deliveries.c.lease_until <= now)
            .order_by(deliveries.c.due_at, deliveries.c.id)
        )

    def _claim(self, connection: Connection, lease_s: float) -> Claimed | None:
        row = connection.execute(self._due().limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        lease = (
            update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(lease_until=self._clock() + lease_s, lease_owner=_owner())
        )
        connection.execute(lease)
        stored = json.loads(row.headers)
        delivery = Delivery(row.body, stored["headers"], _aware(row.received_at), stored["hint"])
        return Claimed(row.id, row.desk, delivery, row.attempts)

    def _set(self, delivery_id: int, **values: Any) -> None:
        self._writer.write(
            lambda connection: connection.execute(
                update(deliveries).where(deliveries.c.id == delivery_id).values(**values)
            )
        )


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_abandoned(owner: str | None) -> bool:
    """Whether a lease's owner was a process of this machine that is gone, or had our own number before us."""
    host, _, number = (owner or "").rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _dead_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(row.id, row.desk, row.delivery_key, _aware(row.received_at), row.attempts, row.error or "")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
