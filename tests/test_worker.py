"""From the inbox to the note on the ticket: each thing done once, whatever dies in between."""

import json
from datetime import UTC, datetime

import pytest

from knowledge.model import EventKind, IncomingMessage, Requester, TicketEvent, TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable
from plugin.inbox import Inbox
from plugin.platforms.base import Delivery, Desk, Ignored
from plugin.worker import Worker
from plugin.write_back import WriteBack

LATE = "Paket še vedno ni prišel, čakam že tri tedne. Hočem denar nazaj!"


class FakeHelpdesk:
    """A helpdesk in memory behind the adapter protocol; can be told to fail before or after it acts."""

    def __init__(self, name: str = "desk") -> None:
        self.desk = Desk(name, "fake", base_url="http://127.0.0.1:1", api_token="t")
        self.notes: list[str] = []
        self.owners: dict[str, str] = {}
        self.fail_before: list[Exception] = []
        self.die_after: list[BaseException] = []
        self.refuse_to_tell = False

    def verify(self, delivery, now):
        pass

    def delivery_key(self, delivery):
        return json.loads(delivery.body)["key"]

    def read(self, delivery):
        row = json.loads(delivery.body)
        if row.get("ignored"):
            return Ignored("not ours")
        ticket = TicketReference(self.desk.name, row["ticket"])
        message = IncomingMessage(row["text"], requester=Requester(), ticket=ticket, message_id=row["key"])
        return TicketEvent(EventKind(row.get("kind", "ticket_opened")), ticket, message, resolution=row.get("solved"))

    def complete(self, event):
        if self.refuse_to_tell:
            raise HelpdeskRefused(self.desk.name, "tell", 401)
        return event

    def has_note(self, ticket, mark):
        return any(mark in note for note in self.notes)

    def add_note(self, ticket, note):
        if self.fail_before:
            raise self.fail_before.pop(0)
        self.notes.append(note.plain)
        if self.die_after:
            raise self.die_after.pop(0)

    def assignee(self, ticket):
        return self.owners.get(ticket.ticket_id)

    def assign(self, ticket, agent_id):
        self.owners[ticket.ticket_id] = agent_id


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def helpdesk():
    return FakeHelpdesk()


@pytest.fixture
def inbox(knowledge, clock):
    return Inbox(knowledge.engine, knowledge.writer, clock)


@pytest.fixture
def worker(knowledge, inbox, helpdesk):
    return Worker(knowledge, inbox, WriteBack(knowledge.engine, knowledge.writer), {"desk": helpdesk})


def arrive(inbox, key="1", text=LATE, ticket="7", **more) -> None:
    body = json.dumps({"key": key, "ticket": ticket, "text": text, **more}).encode()
    inbox.put("desk", key, Delivery(body, {}, datetime.now(UTC)))


def test_a_complaint_ends_as_a_note_and_an_owner(worker, inbox, helpdesk):
    arrive(inbox)
    assert worker.step()
    (note,) = helpdesk.notes
    for part in ("Slovenian", "Špela Kos", "Žal nam je", "We are sorry", "What solved complaints like this"):
        assert part in note
    assert helpdesk.owners == {"7": "41"}
    assert inbox.counts() == {"waiting": 0, "done": 1, "dead": 0}
    assert not worker.step()


def test_a_ticket_that_has_an_owner_keeps_it(worker, inbox, helpdesk):
    helpdesk.owners["7"] = "99"
    arrive(inbox)
    worker.step()
    assert helpdesk.owners == {"7": "99"}


def test_a_helpdesk_that_is_down_gets_the_note_later_and_once(worker, inbox, helpdesk, clock):
    helpdesk.fail_before = [HelpdeskUnavailable("desk", "refused"), HelpdeskUnavailable("desk", "refused")]
    arrive(inbox)
    for _ in range(3):
        worker.step()
        clock.now += 1000
    assert len(helpdesk.notes) == 1
    assert inbox.counts()["done"] == 1


def test_a_process_that_dies_after_the_note_does_not_write_it_again(worker, inbox, helpdesk, clock):
    helpdesk.die_after = [SystemExit()]
    arrive(inbox)
    with pytest.raises(SystemExit):
        worker.step()
    clock.now += 1000
    worker.step()
    assert len(helpdesk.notes) == 1
    assert helpdesk.owners == {"7": "41"}
    assert inbox.counts()["done"] == 1


def test_a_refusal_is_a_dead_letter_that_can_be_replayed(worker, inbox, helpdesk):
    helpdesk.fail_before = [HelpdeskRefused("desk", "add a note", 403)]
    arrive(inbox)
    worker.step()
    (letter,) = inbox.dead_letters()
    assert "403" in letter.error
    inbox.replay()
    worker.step()
    assert len(helpdesk.notes) == 1


def test_a_helpdesk_that_refuses_to_tell_more_is_briefed_from_the_body(worker, inbox, helpdesk, knowledge):
    helpdesk.refuse_to_tell = True
    helpdesk.fail_before = [HelpdeskRefused("desk", "add a note", 401)]
    arrive(inbox)
    worker.step()
    assert knowledge.records.latest(TicketReference("desk", "7")).language.tag == "sl"
    assert len(inbox.dead_letters()) == 1


def test_an_unexpected_failure_keeps_no_customer_text(worker, inbox, helpdesk):
    helpdesk.fail_before = [ValueError(f"cannot write {LATE}")]
    arrive(inbox)
    worker.step()
    assert inbox.counts()["waiting"] == 1
    with inbox._engine.connect() as connection:
        error = connection.exec_driver_sql("SELECT error FROM deliveries").scalar_one()
    assert error == "unexpected ValueError"


def test_an_ignored_delivery_is_done(worker, inbox, helpdesk):
    arrive(inbox, ignored=True)
    worker.step()
    assert helpdesk.notes == [] and inbox.counts()["done"] == 1


def test_two_deliveries_of_one_message_make_one_note(worker, inbox, helpdesk):
    body = json.dumps({"key": "m1", "ticket": "7", "text": LATE}).encode()
    for key in ("created", "updated"):
        inbox.put("desk", key, Delivery(body, {}, datetime.now(UTC)))
    worker.step()
    worker.step()
    assert len(helpdesk.notes) == 1


def test_a_second_message_is_briefed_with_the_first_ones_language_in_mind(worker, inbox, helpdesk, knowledge):
    arrive(inbox)
    arrive(inbox, key="2", text="hvala, še vedno čakam")
    worker.step()
    worker.step()
    second = knowledge.records.for_message(TicketReference("desk", "7"), "2")
    assert second.language.tag == "sl"
    assert any("earlier tickets" in remark.facts.values() for remark in second.language.reasons)


def test_a_solved_ticket_becomes_knowledge_without_personal_data(worker, inbox, knowledge):
    arrive(inbox, text="Moj sesalnik Krtek 3000 cvili kot prase. Pišite na ana@example.org")
    arrive(inbox, key="2", kind="ticket_solved", solved="Zamenjali smo jermen; potrdilo poslano na ana@example.org.")
    worker.step()
    worker.step()
    match = knowledge.retrieval.search("sesalnik cvili")[0]
    assert match.solved.id == "desk:7"
    assert "[email]" in match.solved.complaint and "[email]" in match.solved.resolution
    assert match.solved.outcome == "unknown"


def test_a_desk_taken_from_the_settings_keeps_its_deliveries(knowledge, inbox):
    arrive(inbox)
    Worker(knowledge, inbox, WriteBack(knowledge.engine, knowledge.writer), {}).step()
    assert inbox.counts()["waiting"] == 1
