"""The generic platform at the edge: our own JSON in, events out, signed requests to write back."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from knowledge.errors import Misconfigured
from knowledge.model import EventKind, Requester, TicketEvent, TicketReference
from plugin.errors import HelpdeskUnavailable, MalformedDelivery, SignatureRejected
from plugin.platforms.base import Ignored, Note
from plugin.platforms.generic import GenericAdapter
from tests.deliveries import DESKS, GENERIC_SECRET, NOW, body, delivery, generic_headers, raw, stored
from tests.helpdesks import Answer, FakeReceiver

DESK = DESKS["generic"]
TICKET = TicketReference("lager", "R-2277")
MARK = "Amends 0c9f3a7711de"
NOTE = Note(MARK, "Briefing", f"_{MARK}_", f"<p>{MARK}</p>", MARK)
OTHER_SECRET = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXI="


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    fake = FakeReceiver()
    with fake.running():
        yield fake


@pytest.fixture
def adapter(receiver: FakeReceiver) -> GenericAdapter:
    return GenericAdapter(replace(DESK, base_url=f"{receiver.url}/amends"))


def event_of(name: str) -> TicketEvent:
    event = GenericAdapter(DESK).read(stored("generic", name))
    assert isinstance(event, TicketEvent)
    return event


def test_an_opened_ticket_brings_all_that_the_format_knows() -> None:
    event = event_of("ticket_opened_sl")
    assert event.kind == EventKind.TICKET_OPENED
    assert event.ticket == TicketReference("lager", "R-2291")
    assert event.message.message_id == "R-2291/1"
    assert event.message.text.startswith("Pozdravljeni")
    assert event.message.subject == "Polomljena vrata"
    assert event.message.requester == Requester("Maša Hrovat", "masa.hrovat@primer.example", "sl")
    assert event.message.language_hints == {"helpdesk field": "sl", "browser": "sl-SI"}
    assert event.queue == "gospodinjstvo"


def test_a_received_message_may_be_html_and_little_else() -> None:
    event = event_of("message_received_nb")
    assert event.kind == EventKind.CUSTOMER_REPLIED
    assert event.message.is_html
    assert event.message.requester == Requester()
    assert event.assignee_id == "kjersti"


def test_a_solved_ticket_needs_no_message() -> None:
    event = event_of("ticket_solved")
    assert event.kind == EventKind.TICKET_SOLVED
    assert event.resolution == "Ny montør kom 9. mars."
    assert event.message.message_id is None


@pytest.mark.parametrize("name", ["ticket_merged", "note_added"])
def test_other_types_are_ignored(name: str) -> None:
    assert GenericAdapter(DESK).read(stored("generic", name)) == Ignored("an event of another type")


def test_fields_of_tomorrow_are_no_obstacle() -> None:
    content = body("generic", "ticket_opened_sl") | {"mood": "angry"}
    assert GenericAdapter(DESK).read(delivery(content)) == event_of("ticket_opened_sl")


def test_the_key_is_the_signed_id() -> None:
    assert GenericAdapter(DESK).delivery_key(stored("generic", "ticket_opened_sl")) == "msg_01hq7c2v"


@pytest.mark.parametrize("headers", [{}, {"webhook_id": ""}, {"webhook_id": "x" * 201}])
def test_without_a_usable_id_there_is_no_key(headers: dict[str, str]) -> None:
    with pytest.raises(MalformedDelivery) as refused:
        GenericAdapter(DESK).delivery_key(delivery(b"{}", **headers))
    assert refused.value.path == "webhook-id"


def test_the_signature_of_a_fixed_vector_is_accepted() -> None:
    content = raw("generic", "ticket_opened_sl.body")
    fixed = {
        "webhook_id": "msg_01hq7c2v",
        "webhook_timestamp": "1772440272",
        "webhook_signature": "v1,KkZx5v38KJP2+CNyaUH7GEESayb6vllRfdiB50RdHbM=",
    }
    assert generic_headers(content) == fixed
    GenericAdapter(DESK).verify(delivery(content, **fixed), NOW)


def test_one_fitting_signature_among_several_is_enough() -> None:
    content = b"{}"
    good = generic_headers(content)["webhook_signature"]
    stale = generic_headers(content, secret=OTHER_SECRET)["webhook_signature"]
    for given in (f"{stale} {good}", f"{good} {stale}", f"v1a,c29tZXRoaW5n {good}"):
        GenericAdapter(DESK).verify(delivery(content, **generic_headers(content) | {"webhook_signature": given}), NOW)


@pytest.mark.parametrize("version", ["v2", "v1a", "", "V1"])
def test_a_signature_of_another_version_is_rejected(version: str) -> None:
    headers = generic_headers(b"{}")
    headers["webhook_signature"] = version + headers["webhook_signature"].removeprefix("v1")
    with pytest.raises(SignatureRejected):
        GenericAdapter(DESK).verify(delivery(b"{}", **headers), NOW)


def test_an_id_of_another_delivery_is_rejected() -> None:
    headers = generic_headers(b"{}") | {"webhook_id": "msg_other"}
    with pytest.raises(SignatureRejected):
        GenericAdapter(DESK).verify(delivery(b"{}", **headers), NOW)


def test_a_body_that_is_no_text_is_rejected() -> None:
    with pytest.raises(SignatureRejected):
        GenericAdapter(DESK).verify(delivery(b"\xff", **generic_headers(b"\xff")), NOW)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_===", "whsec_not base64!", "whsec_abc-_", "č"])
def test_a_secret_that_is_none_is_told_at_the_start_without_being_shown(secret: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        GenericAdapter(replace(DESK, webhook_secrets=(secret,)))
    assert refused.value.setting == "desks.lager.webhook_secret"
    assert secret.removeprefix("whsec_") == "" or secret not in str(refused.value)


def test_a_secret_may_miss_its_prefix_and_its_padding() -> None:
    bare = GENERIC_SECRET.removeprefix("whsec_").rstrip("=")
    GenericAdapter(replace(DESK, webhook_secrets=(bare,))).verify(stored("generic", "ticket_opened_sl"), NOW)


def test_a_note_is_posted_in_all_its_forms_with_its_key(adapter: GenericAdapter, receiver: FakeReceiver) -> None:
    adapter.add_note(TICKET, NOTE)
    assert receiver.paths() == ["POST /amends"]
    assert receiver.asked[0].json == {
        "type": "note",
        "ticket_id": "R-2277",
        "note": {"title": "Briefing", "markdown": NOTE.markdown, "html": NOTE.html, "plain": NOTE.plain},
        "idempotency_key": MARK,
    }


def test_a_note_sent_again_has_the_same_id_and_key_so_that_it_is_written_once(
    adapter: GenericAdapter, receiver: FakeReceiver
) -> None:
    assert not adapter.has_note(TICKET, MARK)
    adapter.add_note(TICKET, NOTE)
    assert not adapter.has_note(TICKET, MARK)
    adapter.add_note(TICKET, NOTE)
    assert len(receiver.notes) == 1
    first, second = (one.headers["webhook-id"] for one in receiver.asked)
    assert first == second


def test_an_owner_is_asked_for_and_asked_for_anew(adapter: GenericAdapter, receiver: FakeReceiver) -> None:
    adapter.assign(TICKET, "kjersti")
    adapter.assign(TICKET, "kjersti")
    assert receiver.owners == {"R-2277": "kjersti"}
    assert receiver.asked[0].json == {"type": "assign", "ticket_id": "R-2277", "agent_id": "kjersti"}
    assert receiver.asked[0].headers["webhook-id"] != receiver.asked[1].headers["webhook-id"]
    assert adapter.assignee(TICKET) is None


def test_what_we_send_is_signed_the_same_way(adapter: GenericAdapter, receiver: FakeReceiver) -> None:
    adapter.add_note(TICKET, NOTE)
    asked = receiver.asked[0]
    timestamp = asked.headers["webhook-timestamp"]
    expected = generic_headers(asked.raw, timestamp, message_id=asked.headers["webhook-id"])
    assert asked.headers["webhook-signature"] == expected["webhook_signature"]
    assert asked.headers["content-type"] == "application/json"
    assert abs(int(timestamp) - datetime.now(UTC).timestamp()) < 60


def test_another_secret_may_sign_what_we_send(receiver: FakeReceiver) -> None:
    adapter = GenericAdapter(replace(DESK, base_url=receiver.url, api_token=OTHER_SECRET))
    adapter.assign(TICKET, "kjersti")
    asked = receiver.asked[0]
    sent_at, message_id = asked.headers["webhook-timestamp"], asked.headers["webhook-id"]
    expected = generic_headers(asked.raw, sent_at, OTHER_SECRET, message_id)
    assert asked.headers["webhook-signature"] == expected["webhook_signature"]
    adapter.verify(stored("generic", "ticket_opened_sl"), NOW)


def test_an_address_and_a_secret_are_all_it_takes_to_write() -> None:
    assert GenericAdapter(DESK).desk.can_write
    assert not GenericAdapter(replace(DESK, base_url=None)).desk.can_write
    assert not GenericAdapter(replace(DESK, webhook_secrets=())).desk.can_write


def test_without_any_secret_nothing_is_sent(receiver: FakeReceiver) -> None:
    adapter = GenericAdapter(replace(DESK, base_url=receiver.url, webhook_secrets=()))
    with pytest.raises(Misconfigured):
        adapter.add_note(TICKET, NOTE)
    assert receiver.asked == []


def test_a_receiver_that_fails_is_tried_again_later(adapter: GenericAdapter, receiver: FakeReceiver) -> None:
    receiver.next_answers.append(Answer(429, headers={"Retry-After": "5"}))
    with pytest.raises(HelpdeskUnavailable) as failed:
        adapter.add_note(TICKET, NOTE)
    assert failed.value.retry_after_s == 5
    assert receiver.notes == {}


def test_the_secret_of_the_tests_is_what_it_says() -> None:
    assert base64.b64decode(GENERIC_SECRET.removeprefix("whsec_")) == b"ComplaintsAreGifts-24bytes"
