"""Zendesk at the edge: events and trigger bodies in, events out, notes and owners back."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from knowledge.model import EventKind, Requester, TicketEvent, TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable, MalformedDelivery, SignatureRejected
from plugin.platforms.base import Ignored, Note
from plugin.platforms.zendesk import ZendeskAdapter
from tests.deliveries import DESKS, NOW, ZENDESK_SECRET, body, delivery, hmac_sha256, raw, stored, zendesk_headers
from tests.helpdesks import Answer, FakeZendesk

DESK = DESKS["zendesk"]
TICKET = TicketReference("lager", "70398")
MARK = "Amends 0c9f3a7711de"
NOTE = Note(MARK, "Briefing", MARK, f"<p>Briefing</p><p><small>{MARK}</small></p>", MARK)
CUSTOMER, PARTNER, AGENT, PLUGIN = 4401220044, 4401220045, 4400000017, 4400000023


@pytest.fixture
def helpdesk() -> Iterator[FakeZendesk]:
    fake = FakeZendesk()
    fake.add_comment(CUSTOMER, "Blandebatteriet lekker.", comment_id=9930077001)
    fake.add_comment(AGENT, "Montøren er bestilt.")
    with fake.running():
        yield fake


@pytest.fixture
def adapter(helpdesk: FakeZendesk) -> ZendeskAdapter:
    return ZendeskAdapter(replace(DESK, base_url=helpdesk.url))


def event_of(name: str) -> TicketEvent:
    event = ZendeskAdapter(DESK).read(stored("zendesk", name))
    assert isinstance(event, TicketEvent)
    return event


def test_a_created_ticket_opens_with_its_description() -> None:
    event = event_of("ticket_created_sl")
    assert event.kind == EventKind.TICKET_OPENED
    assert event.ticket == TicketReference("lager", "70412")
    assert event.message.subject == "Polomljena vrata pomivalnega stroja"
    assert event.message.text.startswith("Pozdravljeni")
    assert event.message.message_id == "opening"
    assert event.queue == "360990"
    assert event.assignee_id is None


def test_a_customers_comment_has_its_own_id_text_and_author() -> None:
    event = event_of("comment_added_nb")
    assert event.kind == EventKind.CUSTOMER_REPLIED
    assert event.message.message_id == "9930077120"
    assert event.message.text.startswith("Hei igjen.")
    assert event.message.requester == Requester("Øyvind Sæther")
    assert event.assignee_id == "4400000017"


def test_a_triggers_body_is_read_with_what_it_has() -> None:
    event = event_of("trigger_created_fil")
    assert event.kind == EventKind.TICKET_OPENED
    assert event.ticket == TicketReference("lager", "70420")
    assert event.message.text.startswith("Magandang hapon po.")
    assert event.message.requester == Requester("Ligaya Bautista", "ligaya@halimbawa.example")
    assert event.message.language_hints == {"helpdesk field": "Filipino"}
    assert event.queue == "Tekstil"


def test_a_trigger_that_sends_ids_only_is_enough() -> None:
    event = event_of("trigger_comment_ids_only")
    assert event.kind == EventKind.CUSTOMER_REPLIED
    assert event.message.text == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ticket_created_by_agent_privately", "a ticket that opens with an internal note, or is our own"),
        ("ticket_created_by_us", "a ticket that opens with an internal note, or is our own"),
        ("comment_added_by_agent", "a comment by staff"),
        ("comment_added_by_us_publicly", "a comment by staff"),
        ("comment_added_own_note", "an internal note"),
        ("status_changed_closed", "a status other than solved"),
        ("tags_changed", "an event of another type"),
        ("agent_assignment_changed", "an event of another type"),
        ("trigger_other", "a trigger of another kind"),
    ],
)
def test_what_is_not_ours_is_ignored_and_says_why(name: str, reason: str) -> None:
    assert ZendeskAdapter(DESK).read(stored("zendesk", name)) == Ignored(reason)


def test_an_event_type_of_tomorrow_is_ignored_whatever_it_holds() -> None:
    content = {"type": "zen:event-type:user.created", "id": "x", "detail": {"id": 7}, "event": None}
    assert isinstance(ZendeskAdapter(DESK).read(delivery(content)), Ignored)


def test_json_that_a_quotation_mark_broke_is_malformed_and_the_byte_is_told() -> None:
    content = raw("zendesk", "trigger_broken_by_quotation_mark.body")
    with pytest.raises(MalformedDelivery) as refused:
        ZendeskAdapter(DESK).read(delivery(content))
    assert f"byte {content.index(b'nye')}" in str(refused.value)
    assert "nye" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ticket_created_sl", "event-5f0d0c0e-1f5c-4f0e-9a57-1d7f6a3be001"),
        ("trigger_created_fil", "trigger-70420-2026-03-03T10:00:02Z-ticket_created"),
    ],
)
def test_the_key_is_the_events_id_or_made_of_the_triggers_facts(name: str, key: str) -> None:
    assert ZendeskAdapter(DESK).delivery_key(stored("zendesk", name)) == key


def test_the_signature_of_a_fixed_vector_is_accepted() -> None:
    content = raw("zendesk", "ticket_created_sl.body")
    fixed = {
        "x_zendesk_webhook_signature": "jiD7JNS/Pi460dKg/+YQB/VglCkYCb4HXEzDcZyVBW8=",
        "x_zendesk_webhook_signature_timestamp": "2026-03-02T08:31:12Z",
    }
    assert zendesk_headers(content) == fixed
    ZendeskAdapter(DESK).verify(delivery(content, **fixed), NOW)


def test_the_obsolete_order_of_body_and_timestamp_is_rejected() -> None:
    content = raw("zendesk", "ticket_created_sl.body")
    timestamp = "2026-03-02T08:31:12Z"
    reversed_digest = hmac_sha256(ZENDESK_SECRET.encode(), content + timestamp.encode())
    assert base64.b64encode(reversed_digest) == b"NsOK9h67GfT423kdUJnAfs6yKiEMzE034V0BXdaYGy4="
    headers = zendesk_headers(content) | {"x_zendesk_webhook_signature": base64.b64encode(reversed_digest).decode()}
    with pytest.raises(SignatureRejected):
        ZendeskAdapter(DESK).verify(delivery(content, **headers), NOW)


def test_the_secret_is_not_decoded_although_it_looks_like_base64() -> None:
    content, timestamp = b"{}", "2026-03-02T08:31:12Z"
    digest = hmac_sha256(base64.b64decode(ZENDESK_SECRET), timestamp.encode() + content)
    headers = zendesk_headers(content) | {"x_zendesk_webhook_signature": base64.b64encode(digest).decode()}
    with pytest.raises(SignatureRejected):
        ZendeskAdapter(DESK).verify(delivery(content, **headers), NOW)


def test_an_opened_ticket_is_completed_with_requester_owner_and_the_comments_id(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk
) -> None:
    event = event_of("status_changed_solved")
    opened = replace(event, kind=EventKind.TICKET_OPENED, assignee_id=None)
    completed = adapter.complete(opened)
    assert completed.message.requester == Requester("Øyvind Sæther", "oyvind@eksempel.example", "nb")
    assert completed.message.message_id == "9930077001"
    assert completed.message.text == "Blandebatteriet lekker."
    assert completed.assignee_id == "4400000017"


def test_a_ticket_and_its_first_comment_end_as_the_same_message(adapter: ZendeskAdapter) -> None:
    opened = replace(event_of("status_changed_solved"), kind=EventKind.TICKET_OPENED)
    comment = body("zendesk", "comment_added_nb")
    comment["event"]["comment"] |= {"id": "9930077001", "body": "Blandebatteriet lekker."}
    added = adapter.read(delivery(comment))
    assert isinstance(added, TicketEvent)
    assert adapter.complete(opened).message.message_id == adapter.complete(added).message.message_id


def test_a_trigger_without_text_gets_the_customers_newest_public_comment(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk
) -> None:
    helpdesk.add_comment(PARTNER, "Det gjelder oss begge.", comment_id=9930077120)
    helpdesk.add_comment(AGENT, "Vi ser på det.")
    helpdesk.add_comment(CUSTOMER, "Intern kopi", public=False)
    helpdesk.add_comment(PLUGIN, MARK, public=False)
    completed = adapter.complete(event_of("trigger_comment_ids_only"))
    assert completed.message.text == "Det gjelder oss begge."
    assert completed.message.message_id == "9930077120"
    assert completed.message.subject == "Montør uteble"
    assert completed.message.requester.email == "oyvind@eksempel.example"


def test_a_comment_is_completed_with_itself_even_when_a_newer_one_is_there(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk
) -> None:
    helpdesk.add_comment(CUSTOMER, "Hei igjen.", comment_id=9930077120)
    helpdesk.add_comment(CUSTOMER, "Og en ting til.")
    assert adapter.complete(event_of("comment_added_nb")).message.text == "Hei igjen."


def test_a_comment_that_is_not_in_the_list_keeps_its_text(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    helpdesk.comments.clear()
    completed = adapter.complete(event_of("comment_added_nb"))
    assert completed.message.text.startswith("Hei igjen.")
    assert completed.message.message_id == "9930077120"


@pytest.mark.parametrize("name", ["status_changed_solved", "trigger_solved"])
def test_a_solved_ticket_is_completed_with_the_last_public_answer(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk, name: str
) -> None:
    helpdesk.add_comment(AGENT, "Ny montør kom 9. mars.")
    helpdesk.add_comment(CUSTOMER, "Takk!")
    helpdesk.add_comment(AGENT, "Kan lukkes.", public=False)
    completed = adapter.complete(event_of(name))
    assert completed.kind == EventKind.TICKET_SOLVED
    assert completed.resolution == "Ny montør kom 9. mars."
    assert completed.message.text == "Blandebatteriet lekker."


def test_without_the_authors_roles_the_requester_alone_is_a_customer(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk
) -> None:
    helpdesk.tells_roles = False
    helpdesk.add_comment(CUSTOMER, "Hei igjen.", comment_id=9930077120)
    helpdesk.add_comment(AGENT, "Ny montør kom 9. mars.")
    assert adapter.complete(event_of("trigger_comment_ids_only")).message.text == "Hei igjen."
    assert adapter.complete(event_of("trigger_solved")).resolution == "Ny montør kom 9. mars."


def test_a_ticket_solved_without_an_answer_has_no_resolution(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    del helpdesk.comments[1:]
    assert adapter.complete(event_of("status_changed_solved")).resolution is None


def test_a_requester_who_cannot_be_read_does_not_stop_the_briefing(
    adapter: ZendeskAdapter, helpdesk: FakeZendesk
) -> None:
    helpdesk.ticket["requester_id"] = 999
    completed = adapter.complete(event_of("comment_added_nb"))
    assert completed.message.requester == Requester("Øyvind Sæther")


def test_an_unknown_ticket_is_refused(adapter: ZendeskAdapter) -> None:
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.complete(event_of("ticket_created_sl"))
    assert refused.value.status == 404


def test_a_rate_limit_is_passed_on_with_its_pause(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    helpdesk.next_answers.append(Answer(429, headers={"Retry-After": "93"}))
    with pytest.raises(HelpdeskUnavailable) as failed:
        adapter.complete(event_of("comment_added_nb"))
    assert failed.value.retry_after_s == 93


def test_a_note_is_an_internal_comment_in_html(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    assert not adapter.has_note(TICKET, MARK)
    adapter.add_note(TICKET, NOTE)
    assert adapter.has_note(TICKET, MARK)
    assert helpdesk.asked[1].method == "PUT"
    assert helpdesk.asked[1].json == {"ticket": {"comment": {"html_body": NOTE.html, "public": False}}}
    assert helpdesk.comments[-1]["public"] is False


def test_a_mark_that_a_customer_quotes_is_not_our_note(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    helpdesk.add_comment(CUSTOMER, MARK)
    assert not adapter.has_note(TICKET, MARK)


def test_an_owner_is_set_and_read(adapter: ZendeskAdapter, helpdesk: FakeZendesk) -> None:
    helpdesk.ticket["assignee_id"] = None
    assert adapter.assignee(TICKET) is None
    adapter.assign(TICKET, str(AGENT))
    assert adapter.assignee(TICKET) == str(AGENT)
    assert helpdesk.asked[1].json == {"ticket": {"assignee_id": AGENT}}


@pytest.mark.parametrize("agent_id", [str(CUSTOMER), "kari"])
def test_an_owner_who_is_no_agent_is_refused(adapter: ZendeskAdapter, agent_id: str) -> None:
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.assign(TICKET, agent_id)
    assert refused.value.status == 422


def test_with_a_user_it_is_an_api_token_and_without_one_an_oauth_token(helpdesk: FakeZendesk) -> None:
    desk = replace(DESK, base_url=helpdesk.url)
    ZendeskAdapter(desk).assignee(TICKET)
    ZendeskAdapter(replace(desk, api_user=None)).assignee(TICKET)
    given = base64.b64decode(helpdesk.asked[0].headers["authorization"].removeprefix("Basic "))
    assert given == b"amends@lager.example/token:zd-token"
    assert helpdesk.asked[1].headers["authorization"] == "Bearer zd-token"


def test_wrong_credentials_are_refused(helpdesk: FakeZendesk) -> None:
    adapter = ZendeskAdapter(replace(DESK, base_url=helpdesk.url, api_token="wrong"))
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.add_note(TICKET, NOTE)
    assert refused.value.status == 401
