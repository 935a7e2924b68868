"""Writing a briefing back to the helpdesk: the note, then the owner, each done exactly once."""

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from knowledge.database import Writer, reading, write_backs
from knowledge.model import Briefing
from plugin.note import write_note
from plugin.platforms.base import Adapter

log = structlog.get_logger()

PLANNED, DONE, SKIPPED = "planned", "done", "skipped"


class WriteBack:
    """Does what is planned for a briefing and remembers what was done.

    A process may die between the helpdesk's answer and our record of it. So a retried note is first
    looked for by its mark, and assigning the same owner twice changes nothing.
    """

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = reading(engine)
        self._writer = writer

    def carry_out(self, briefing: Briefing, adapter: Adapter) -> None:
        """Write what is not yet written. Raises HelpdeskUnavailable or HelpdeskRefused."""
        if briefing.ticket is None or not adapter.desk.can_write:
            return
        if "note" in adapter.desk.writes:
            self._once(briefing, adapter, "note")
        if "assign" in adapter.desk.writes:
            self._once(briefing, adapter, "assign")

    def _once(self, briefing: Briefing, adapter: Adapter, action: str) -> None:
        state = self._state(briefing, action)
        if state in (DONE, SKIPPED):
            return
        is_retry = state == PLANNED
        if not is_retry:
            self._plan(briefing, action)
        did = self._note(briefing, adapter, is_retry) if action == "note" else self._assign(briefing, adapter)
        self._record(briefing, action, DONE if did else SKIPPED)
        log.info("written_back", desk=adapter.desk.name, action=action, did=did, briefing=briefing.id)

    def _note(self, briefing: Briefing, adapter: Adapter, is_retry: bool) -> bool:
        assert briefing.ticket is not None
        note = write_note(briefing)
        if is_retry and adapter.has_note(briefing.ticket, note.mark):
            return True
        adapter.add_note(briefing.ticket, note)
        return True

    def _assign(self, briefing: Briefing, adapter: Adapter) -> bool:
        """Set the owner, unless the ticket has one or our agent is unknown there."""
        assert briefing.ticket is not None
        agent = briefing.routing.agent
        agent_id = agent.desk_ids.get(adapter.desk.name) if agent else None
        if agent_id is None or adapter.assignee(briefing.ticket) is not None:
            return False
        adapter.assign(briefing.ticket, agent_id)
        return True

    def _state(self, briefing: Briefing, action: str) -> str | None:
        query = select(write_backs.c.state).where(
            write_backs.c.briefing_id == briefing.id, write_backs.c.action == action
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def _plan(self, briefing: Briefing, action: str) -> None:
        assert briefing.ticket is not None
        row = {
            "desk": briefing.ticket.desk,
            "ticket_id": briefing.ticket.ticket_id,
            "briefing_id": briefing.id,
            "action": action,
            "state": PLANNED,
        }
        self._writer.write(lambda connection: connection.execute(write_backs.insert().values(**row)))

    def _record(self, briefing: Briefing, action: str, state: str) -> None:
        done = (
            update(write_backs)
            .where(write_backs.c.briefing_id == briefing.id, write_backs.c.action == action)
            .values(state=state)
        )
        self._writer.write(lambda connection: connection.execute(done))
