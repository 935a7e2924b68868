"""The worker: takes deliveries from the inbox and carries each through to the note on the ticket."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from knowledge.assembly import Knowledge
from knowledge.cleaning import clean
from knowledge.model import Briefing, EventKind, Outcome, SolvedComplaint, TicketEvent
from knowledge.privacy import find_personal_data, mask
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable, MalformedDelivery
from plugin.inbox import Claimed, Inbox
from plugin.platforms.base import Adapter, Ignored
from plugin.write_back import WriteBack

log = structlog.get_logger()

_IDLE_S = 0.25


class Worker:
    """One thread's work. Several may run side by side, in one process or in many."""

    def __init__(
        self, knowledge: Knowledge, inbox: Inbox, write_back: WriteBack, adapters: Mapping[str, Adapter]
    ) -> None:
        self._knowledge = knowledge
        self._inbox = inbox
        self._write_back = write_back
        self._adapters = adapters

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; an unexpected failure costs one delivery an attempt, not the thread."""
        while not stop.is_set():
            try:
                did_something = self.step()
            except Exception as error:  # the database may be busy or gone for a while
                log.error("worker_step_failed", error=type(error).__name__)
                did_something = False
            if not did_something:
                stop.wait(_IDLE_S)

    def step(self) -> bool:
        """Take one delivery and finish, postpone or bury it; False when nothing is due."""
        claimed = self._inbox.claim()
        if claimed is None:
            return False
        try:
            self._process(claimed)
        except HelpdeskUnavailable as error:
            state = self._inbox.failed(claimed.id, claimed.attempts, str(error), error.retry_after_s)
            log.warning("delivery_postponed", desk=claimed.desk, delivery=claimed.id, state=state)
        except (HelpdeskRefused, MalformedDelivery) as error:
            self._inbox.give_up(claimed.id, str(error))
            log.warning("delivery_dead", desk=claimed.desk, delivery=claimed.id, code=error.code)
        except Exception as error:
            # Only the kind of error is kept: its text could quote the customer.
            state = self._inbox.failed(claimed.id, claimed.attempts, f"unexpected {type(error).__name__}")
            log.error(
                "delivery_failed", desk=claimed.desk, delivery=claimed.id, error=type(error).__name__, state=state
            )
        else:
            self._inbox.done(claimed.id)
        return True

    def _process(self, claimed: Claimed) -> None:
        adapter = self._adapters.get(claimed.desk)
        if adapter is None:
            raise HelpdeskUnavailable(claimed.desk, "this desk is no longer configured")
        event = adapter.read(claimed.delivery)
        if isinstance(event, Ignored):
            return
        event = self._completed(event, adapter)
        if event.kind == EventKind.TICKET_SOLVED:
            self._learn(event)
            return
        self._write_back.carry_out(self._brief(event), adapter)

    def _completed(self, event: TicketEvent, adapter: Adapter) -> TicketEvent:
        """The event with what the webhook left out; as it came when the helpdesk refuses to tell.

        A briefing from the body alone still helps the sidebar; that nothing can be written back
        shows as a dead letter.
        """
        try:
            return adapter.complete(event)
        except HelpdeskRefused as error:
            log.warning("delivery_not_completed", desk=adapter.desk.name, status=error.status)
            return event

    def _brief(self, event: TicketEvent) -> Briefing:
        """The stored briefing of this message, or a new one: a retry finds the first."""
        assert event.message.message_id is not None
        records = self._knowledge.records
        if (known := records.for_message(event.ticket, event.message.message_id)) is not None:
            return known
        message = event.message
        earlier = records.latest(event.ticket)
        if earlier is not None and earlier.language.is_known:
            message = replace(
                message, language_hints={**message.language_hints, "earlier tickets": earlier.language.tag}
            )
        records.save(self._knowledge.briefer.brief(message, self._knowledge.settings.agent_locale))
        stored = records.for_message(event.ticket, event.message.message_id)
        assert stored is not None
        return stored

    def _learn(self, event: TicketEvent) -> None:
        """A solved ticket with a resolution becomes knowledge: masked, with its outcome not yet known."""
        briefing = self._knowledge.records.latest(event.ticket)
        if briefing is None or not event.resolution or briefing.complaint.is_empty:
            return
        solved = solved_complaint(event, briefing)
        self._knowledge.store.save([solved])
        self._knowledge.index.refresh()


def solved_complaint(event: TicketEvent, briefing: Briefing) -> SolvedComplaint:
    """What a solved ticket teaches."""
    resolution = clean(event.resolution or "").text
    found = find_personal_data(resolution, briefing.requester, briefing.language.tag)
    return SolvedComplaint(
        id=f"{event.ticket.desk}:{event.ticket.ticket_id}",
        language=briefing.language.tag,
        complaint=briefing.complaint.masked,
        resolution=mask(resolution, found),
        outcome=Outcome.UNKNOWN,
        resolved_on=datetime.now(UTC).date().isoformat(),
        source=event.ticket.desk,
        labels={
            "emotion": str(briefing.assessment.emotion),
            "mindset": str(briefing.assessment.mindset),
            "remedy": str(briefing.assessment.remedy),
        },
    )
