"""Chatwoot at the edge: webhook events in, events out, private notes and assignments back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from knowledge.errors import Misconfigured
from knowledge.model import EventKind, Requester, TicketEvent, TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable, SignatureRejected
from plugin.platforms.base import Delivery, Ignored, Note
from plugin.platforms.chatwoot import ChatwootAdapter
from tests.deliveries import CHATWOOT_SECRET, DESKS, NOW, body, chatwoot_headers, delivery, hmac_sha256, raw, stored
from tests.helpdesks import Answer, FakeChatwoot

DESK = DESKS["chatwoot"]
TICKET = TicketReference("lager", "84")
MARK = "Amends 0c9f3a7711de"
NOTE = Note(MARK, "Briefing", f"**Briefing**\n\n_{MARK}_", f"<p>{MARK}</p>", MARK)


@pytest.fixture
def helpdesk() -> Iterator[FakeChatwoot]:
    fake = FakeChatwoot()
    fake.add_message(fake.contact, "Mali po ang kulay.")
    with fake.running():
        yield fake


@pytest.fixture
def adapter(helpdesk: FakeChatwoot) -> ChatwootAdapter:
    return ChatwootAdapter(replace(DESK, base_url=helpdesk.url))


def event_of(name: str) -> TicketEvent:
    event = ChatwootAdapter(DESK).read(stored("chatwoot", name))
    assert isinstance(event, TicketEvent)
    return event


def test_a_first_message_opens_the_ticket_with_what_the_browser_says() -> None:
    event = event_of("message_created_first_fil")
    assert event.kind == EventKind.TICKET_OPENED
    assert event.ticket == TICKET
    assert event.message.message_id == "6001"
    assert event.message.text.startswith("Magandang hapon po.")
    assert event.message.requester == Requester("Ligaya Bautista", "ligaya@halimbawa.example")
    assert event.message.language_hints == {"browser": "fil", "helpdesk field": "tl"}
    assert event.queue == "9"
    assert event.assignee_id is None


def test_a_message_and_the_conversation_it_opens_are_the_same_message() -> None:
    assert event_of("conversation_created_fil") == event_of("message_created_first_fil")


def test_a_later_message_is_a_reply_and_knows_the_owner() -> None:
    event = event_of("message_created_later_zh")
    assert event.kind == EventKind.CUSTOMER_REPLIED
    assert event.message.message_id == "6010"
    assert event.assignee_id == "12"


@pytest.mark.parametrize(
    "change",
    [{"first_reply_created_at": "2026-03-02T11:20:00.000Z"}, {"agent_last_seen_at": 1772450400}, {"unread_count": 2}],
)
def test_a_conversation_that_somebody_touched_is_not_opened_again(change: dict[str, Any]) -> None:
    content = body("chatwoot", "message_created_first_fil")
    content["conversation"] |= change
    event = ChatwootAdapter(DESK).read(delivery(content))
    assert isinstance(event, TicketEvent)
    assert event.kind == EventKind.CUSTOMER_REPLIED


def test_an_e_mails_subject_is_found() -> None:
    content = body("chatwoot", "message_created_first_fil")
    content["conversation"]["additional_attributes"] = {"mail_subject": "Kurtina", "source": "email"}
    event = ChatwootAdapter(DESK).read(delivery(content))
    assert isinstance(event, TicketEvent)
    assert event.message.subject == "Kurtina"
    assert event.message.language_hints == {}


def test_a_resolved_conversation_is_solved() -> None:
    event = event_of("conversation_resolved")
    assert event.kind == EventKind.TICKET_SOLVED
    assert event.message.text == ""
    assert event.assignee_id == "12"


def test_a_bot_is_no_owner() -> None:
    event = event_of("conversation_resolved_by_bot")
    assert event.assignee_id is None
    assert event.message.text.startswith("Magandang hapon po.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("message_created_outgoing", "a message that is not a customer's"),
        ("message_created_activity", "a message that is not a customer's"),
        ("message_created_template", "a message that is not a customer's"),
        ("message_created_own_note", "a private note"),
        ("message_created_picture_only", "a message without text"),
        ("message_created_other_account", "another account's message"),
        ("message_updated", "an event of another kind"),
        ("conversation_created_empty", "a conversation without a message yet"),
        ("conversation_created_by_agent", "a message that is not a customer's"),
        ("conversation_reopened", "a status other than resolved"),
        ("conversation_updated_labels", "an event of another kind"),
        ("contact_created", "an event of another kind"),
        ("webwidget_triggered", "an event of another kind"),
    ],
)
def test_what_is_not_ours_is_ignored_and_says_why(name: str, reason: str) -> None:
    assert ChatwootAdapter(DESK).read(stored("chatwoot", name)) == Ignored(reason)


def test_the_keys_come_from_what_is_signed() -> None:
    adapter = ChatwootAdapter(DESK)
    some = stored("chatwoot", "message_created_first_fil")
    again = replace(some, headers={**some.headers, "x-chatwoot-delivery": "another attempt"})
    assert adapter.delivery_key(some) == adapter.delivery_key(again) == "message_created-6001"
    assert adapter.delivery_key(stored("chatwoot", "conversation_created_fil")) == "conversation_created-84"


def test_resolving_twice_makes_two_keys() -> None:
    first = body("chatwoot", "conversation_resolved")
    second = first | {"updated_at": 1772470000.5}
    adapter = ChatwootAdapter(DESK)
    assert adapter.delivery_key(delivery(first)) != adapter.delivery_key(delivery(second))


def test_the_signature_of_a_fixed_vector_is_accepted_over_bytes_escaped_as_rails_does() -> None:
    content = raw("chatwoot", "message_created_escaped_as_rails_does.body")
    assert b"\\u003cp\\u003e" in content
    fixed = {
        "x_chatwoot_timestamp": "1772450002",
        "x_chatwoot_signature": "sha256=1bcb1ed76bf7a70762bde248bb379502e253c0d40cfb0f78105d5d449ffe62f4",
    }
    assert chatwoot_headers(content, "1772450002").items() >= fixed.items()
    adapter = ChatwootAdapter(DESK)
    signed = delivery(content, **fixed)
    adapter.verify(signed, NOW.replace(hour=11, minute=13, second=22))
    event = adapter.read(signed)
    assert isinstance(event, TicketEvent)
    assert event.message.text == "<p>Mahal po & sira pa > ayoko na</p>"


def test_a_signature_over_the_body_alone_is_rejected() -> None:
    content = raw("chatwoot", "message_created_first_fil.json")
    digest = hmac_sha256(CHATWOOT_SECRET.encode(), content).hex()
    headers = chatwoot_headers(content) | {"x_chatwoot_signature": f"sha256={digest}"}
    with pytest.raises(SignatureRejected):
        ChatwootAdapter(DESK).verify(delivery(content, **headers), NOW)


def _unsigned() -> Delivery:
    return delivery(raw("chatwoot", "message_created_first_fil.json"))


def test_an_old_version_that_signs_nothing_needs_a_secret_in_the_url() -> None:
    ChatwootAdapter(replace(DESK, webhook_secrets=(), url_token="t0ken")).verify(_unsigned(), NOW)
    with pytest.raises(SignatureRejected):
        ChatwootAdapter(replace(DESK, webhook_secrets=())).verify(_unsigned(), NOW)


def test_a_desk_with_a_secret_insists_on_it_even_with_a_secret_in_the_url() -> None:
    with pytest.raises(SignatureRejected):
        ChatwootAdapter(replace(DESK, url_token="t0ken")).verify(_unsigned(), NOW)


def test_the_account_is_taken_from_the_first_message_and_kept(helpdesk: FakeChatwoot) -> None:
    adapter = ChatwootAdapter(replace(DESK, base_url=helpdesk.url, options={}))
    assert isinstance(adapter.read(stored("chatwoot", "message_created_first_fil")), TicketEvent)
    assert isinstance(adapter.read(stored("chatwoot", "message_created_other_account")), Ignored)
    adapter.add_note(TICKET, NOTE)
    assert helpdesk.paths() == ["POST /api/v1/accounts/6/conversations/84/messages"]


def test_a_conversations_message_names_the_account_too(helpdesk: FakeChatwoot) -> None:
    adapter = ChatwootAdapter(replace(DESK, base_url=helpdesk.url, options={}))
    adapter.read(stored("chatwoot", "conversation_resolved"))
    assert adapter.assignee(TICKET) is None
    content = body("chatwoot", "conversation_resolved")
    content["messages"][0]["account_id"] = 7
    assert adapter.read(delivery(content)) == Ignored("another account's conversation")


def test_without_an_account_the_setting_is_named(helpdesk: FakeChatwoot) -> None:
    adapter = ChatwootAdapter(replace(DESK, base_url=helpdesk.url, options={}))
    with pytest.raises(Misconfigured) as refused:
        adapter.add_note(TICKET, NOTE)
    assert refused.value.setting == "desks.lager.options.account_id"
    assert helpdesk.asked == []


def test_a_solved_conversation_is_completed_with_question_and_answer(
    adapter: ChatwootAdapter, helpdesk: FakeChatwoot
) -> None:
    helpdesk.add_message(helpdesk.bot, "Salamat sa mensahe.")
    helpdesk.add_message(helpdesk.agent, "Ipinadala na po ang tama.")
    helpdesk.add_message(helpdesk.agent, "Isara na.", private=True)
    helpdesk.add_message(helpdesk.contact, "Salamat po!")
    helpdesk.add_message(helpdesk.bot, "Paano ang serbisyo namin?")
    completed = adapter.complete(event_of("conversation_resolved"))
    assert completed.resolution == "Ipinadala na po ang tama."
    assert completed.message.text == "Mali po ang kulay."
    assert completed.message.message_id == "6001"


def test_a_conversation_resolved_without_an_answer_has_no_resolution(adapter: ChatwootAdapter) -> None:
    assert adapter.complete(event_of("conversation_resolved")).resolution is None


@pytest.mark.parametrize("name", ["message_created_first_fil", "message_created_later_zh"])
def test_a_message_is_complete_as_it_comes(adapter: ChatwootAdapter, helpdesk: FakeChatwoot, name: str) -> None:
    assert adapter.complete(event_of(name)) == event_of(name)
    assert helpdesk.asked == []


def test_a_note_is_a_private_message(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    assert not adapter.has_note(TICKET, MARK)
    adapter.add_note(TICKET, NOTE)
    assert adapter.has_note(TICKET, MARK)
    written = next(one.json for one in helpdesk.asked if one.method == "POST")
    assert written == {"content": NOTE.markdown, "message_type": "outgoing", "private": True}
    assert helpdesk.messages[-1]["private"] is True


def test_a_note_is_found_behind_pages_of_newer_messages(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    adapter.add_note(TICKET, NOTE)
    for number in range(50):
        helpdesk.add_message(helpdesk.contact, f"{number}?")
    assert adapter.has_note(TICKET, MARK)
    assert len(helpdesk.asked) == 1 + 3


def test_a_search_for_a_note_ends(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    for number in range(200):
        helpdesk.add_message(helpdesk.contact, f"{number}?")
    assert not adapter.has_note(TICKET, MARK)
    assert len(helpdesk.asked) == 5


def test_a_mark_that_a_customer_quotes_is_not_our_note(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    helpdesk.add_message(helpdesk.contact, MARK)
    assert not adapter.has_note(TICKET, MARK)


def test_an_owner_is_set_and_read(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    assert adapter.assignee(TICKET) is None
    adapter.assign(TICKET, "12")
    assert adapter.assignee(TICKET) == "12"
    assert helpdesk.asked[1].json == {"assignee_id": 12}
    assert helpdesk.paths()[1] == "POST /api/v1/accounts/6/conversations/84/assignments"


def test_an_owner_whom_the_account_does_not_know_is_refused(adapter: ChatwootAdapter) -> None:
    with pytest.raises(HelpdeskRefused):
        adapter.assign(TICKET, "13")


def test_wrong_credentials_are_refused(helpdesk: FakeChatwoot) -> None:
    adapter = ChatwootAdapter(replace(DESK, base_url=helpdesk.url, api_token="wrong"))
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.add_note(TICKET, NOTE)
    assert refused.value.status == 401


def test_a_helpdesk_that_fails_is_tried_again_later(adapter: ChatwootAdapter, helpdesk: FakeChatwoot) -> None:
    helpdesk.next_answers.append(Answer(502))
    with pytest.raises(HelpdeskUnavailable):
        adapter.add_note(TICKET, NOTE)
