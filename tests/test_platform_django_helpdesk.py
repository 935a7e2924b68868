"""django-helpdesk at the edge: bodies shaped like 2.6.1's in, events out, notes and owners back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from knowledge.model import EventKind, TicketEvent, TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable, MalformedDelivery, SignatureRejected
from plugin.platforms.base import Ignored, Note
from plugin.platforms.django_helpdesk import DjangoHelpdeskAdapter, without_template_marks
from tests.deliveries import DESKS, NOW, body, delivery, raw, stored
from tests.helpdesks import Answer, FakeDjangoHelpdesk

DESK = DESKS["django_helpdesk"]
TICKET = TicketReference("lager", "298")
MARK = "Amends 0c9f3a7711de"
NOTE = Note(MARK, "Briefing", f"**Briefing**\n\n_{MARK}_", f"<p>{MARK}</p>", MARK)


@pytest.fixture
def helpdesk() -> Iterator[FakeDjangoHelpdesk]:
    fake = FakeDjangoHelpdesk()
    with fake.running():
        yield fake


@pytest.fixture
def adapter(helpdesk: FakeDjangoHelpdesk) -> DjangoHelpdeskAdapter:
    return DjangoHelpdeskAdapter(replace(DESK, base_url=helpdesk.url))


def read(name: str) -> TicketEvent | Ignored:
    return DjangoHelpdeskAdapter(DESK).read(stored("django_helpdesk", name))


def event_of(name: str) -> TicketEvent:
    event = read(name)
    assert isinstance(event, TicketEvent)
    return event


def test_a_ticket_from_the_form_opens_with_its_description() -> None:
    event = event_of("new_form_sl")
    assert event.kind == EventKind.TICKET_OPENED
    assert event.ticket == TicketReference("lager", "311")
    assert event.message.subject == "Polomljena vrata pomivalnega stroja"
    assert event.message.text.startswith("Pozdravljeni, pomivalni stroj sem prejela")
    assert event.message.message_id == "opening"
    assert event.message.requester.email == "masa.hrovat@primer.example"
    assert not event.message.is_html
    assert event.queue == "gospodinjstvo"
    assert event.assignee_id is None


def test_a_ticket_from_the_mailbox_keeps_its_owner_and_its_script() -> None:
    event = event_of("new_mail_zh")
    assert event.assignee_id == "17"
    assert "空气炸锅" in event.message.text


def test_a_customers_reply_has_the_follow_ups_text_and_id() -> None:
    event = event_of("followup_customer_nb")
    assert event.kind == EventKind.CUSTOMER_REPLIED
    assert event.message.message_id == "905"
    assert event.message.text.startswith("Hei igjen.")
    assert event.message.subject == "Montør uteble"
    assert event.queue == "ror"
    assert event.assignee_id == "17"


def test_the_bytes_that_requests_sends_are_read_like_any_other_json() -> None:
    escaped = delivery(raw("django_helpdesk", "followup_customer_nb.body"), "followup")
    assert DjangoHelpdeskAdapter(DESK).read(escaped) == event_of("followup_customer_nb")


def test_a_reply_that_has_an_e_mails_id_is_a_customers_even_when_a_user_is_known() -> None:
    content = body("django_helpdesk", "followup_customer_nb")
    content["ticket"]["followup_set"][-1]["user"] = 55
    event = DjangoHelpdeskAdapter(DESK).read(delivery(content, "followup"))
    assert isinstance(event, TicketEvent)


def test_a_resolved_ticket_brings_its_resolution() -> None:
    event = event_of("followup_resolved")
    assert event.kind == EventKind.TICKET_SOLVED
    assert event.resolution == "Ny montør var hos kunden 9. mars, og to timer ble godskrevet."
    assert event.message.text == "Blandebatteriet lekker."


def test_a_ticket_closed_by_its_customer_keeps_the_resolution_of_before() -> None:
    event = event_of("followup_closed_by_customer")
    assert event.kind == EventKind.TICKET_SOLVED
    assert event.resolution == "Ny montør var hos kunden 9. mars, og to timer ble godskrevet."


def test_a_ticket_closed_without_a_resolution_is_solved_by_the_closing_comment() -> None:
    content = body("django_helpdesk", "followup_resolved")
    content["ticket"]["resolution"] = None
    event = DjangoHelpdeskAdapter(DESK).read(delivery(content, "followup"))
    assert isinstance(event, TicketEvent)
    assert event.resolution is not None
    assert event.resolution.startswith("Ny montør")


def test_an_agent_who_shares_our_account_may_solve_a_ticket() -> None:
    adapter = DjangoHelpdeskAdapter(replace(DESK, own_user_id="17"))
    event = adapter.read(stored("django_helpdesk", "followup_resolved"))
    assert isinstance(event, TicketEvent)
    assert event.kind == EventKind.TICKET_SOLVED


@pytest.mark.parametrize("status", [1, 2, 5, None])
def test_other_statuses_solve_nothing(status: int | None) -> None:
    content = body("django_helpdesk", "followup_resolved")
    content["ticket"]["followup_set"][-1]["new_status"] = status
    assert isinstance(DjangoHelpdeskAdapter(DESK).read(delivery(content, "followup")), Ignored)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("followup_private_own", "our own follow-up"),
        ("followup_private_staff", "a private follow-up"),
        ("followup_staff_public", "a follow-up by staff"),
        ("followup_without_text", "a follow-up without text"),
    ],
)
def test_what_is_no_customers_reply_is_ignored_and_says_why(name: str, reason: str) -> None:
    assert read(name) == Ignored(reason)


def test_our_private_note_is_ignored_even_when_our_user_is_not_configured() -> None:
    adapter = DjangoHelpdeskAdapter(replace(DESK, own_user_id=None))
    assert adapter.read(stored("django_helpdesk", "followup_private_own")) == Ignored("a private follow-up")


def test_without_a_hint_the_body_tells_what_it_is() -> None:
    adapter = DjangoHelpdeskAdapter(DESK)
    assert adapter.read(delivery(body("django_helpdesk", "followup_customer_nb"))) == event_of("followup_customer_nb")
    assert adapter.read(delivery(body("django_helpdesk", "new_form_sl"))) == event_of("new_form_sl")


def test_a_follow_up_that_is_not_in_the_ticket_is_malformed() -> None:
    content = body("django_helpdesk", "followup_customer_nb") | {"followup_id": 1}
    with pytest.raises(MalformedDelivery) as refused:
        DjangoHelpdeskAdapter(DESK).read(delivery(content, "followup"))
    assert refused.value.path == "$.ticket.followup_set"


@pytest.mark.parametrize(("name", "key"), [("new_form_sl", "new-311"), ("followup_customer_nb", "followup-298-905")])
def test_the_key_is_made_of_ids(name: str, key: str) -> None:
    assert DjangoHelpdeskAdapter(DESK).delivery_key(stored("django_helpdesk", name)) == key


def test_unsigned_deliveries_need_a_secret_in_the_url() -> None:
    some = stored("django_helpdesk", "new_form_sl")
    DjangoHelpdeskAdapter(DESK).verify(some, NOW)
    with pytest.raises(SignatureRejected):
        DjangoHelpdeskAdapter(replace(DESK, url_token=None)).verify(some, NOW)
    with pytest.raises(SignatureRejected):
        DjangoHelpdeskAdapter(replace(DESK, url_token=None, options={"unsigned": "yes"})).verify(some, NOW)
    DjangoHelpdeskAdapter(replace(DESK, url_token=None, options={"unsigned": "accept"})).verify(some, NOW)


def test_a_note_is_private_ours_and_leaves_the_title_alone(
    adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk
) -> None:
    assert not adapter.has_note(TICKET, MARK)
    adapter.add_note(TICKET, NOTE)
    assert adapter.has_note(TICKET, MARK)
    ticket = helpdesk.tickets[298]
    assert ticket["title"] == "Montør uteble"
    assert ticket["followup_set"][0]["public"] is False
    assert ticket["followup_set"][0]["user"] == int(DESK.own_user_id or 0)
    assert "title" not in helpdesk.asked[1].json


def test_a_mark_in_a_public_follow_up_is_not_our_note(
    adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk
) -> None:
    helpdesk.tickets[298]["followup_set"].append({"id": 1, "comment": MARK, "public": True})
    assert not adapter.has_note(TICKET, MARK)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ticket.submitter_email }}", "{% now 'Y' %}", "{# gone #}", "100%}", "{% open", "{{{%", "{{{{", "%%}}}",
        "X-HELPDESK-COMMENT-VERBATIM", "X-HELPDESK-COMMENT-ENDVERBATIM", "order #4, and #4", "(#4)", "##4",
    ],
)  # fmt: skip
def test_a_note_is_written_whatever_the_customers_words_mean_to_a_template(
    adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk, text: str
) -> None:
    adapter.add_note(TICKET, replace(NOTE, markdown=text))
    comment = helpdesk.tickets[298]["followup_set"][0]["comment"]
    assert comment.replace(" ", "").replace("-", "") == text.replace(" ", "").replace("-", "")
    assert helpdesk.tickets[4]["followup_set"] == []


@pytest.mark.parametrize(
    "text", ["Å ja {x} 100 % {", "50%", "} % {", "# Title", "C# and F#", "{ {", "", "&#39;".replace("#39", "amp")]
)
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert without_template_marks(text) == text


def test_an_owner_is_set_and_read(adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk) -> None:
    assert adapter.assignee(TICKET) is None
    adapter.assign(TICKET, "17")
    assert adapter.assignee(TICKET) == "17"
    assert helpdesk.asked[1].json == {"assigned_to": 17}
    assert helpdesk.paths()[1] == "PATCH /api/tickets/298/"


@pytest.mark.parametrize("agent_id", ["99", "kari"])
def test_an_owner_that_the_helpdesk_does_not_know_is_refused(adapter: DjangoHelpdeskAdapter, agent_id: str) -> None:
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.assign(TICKET, agent_id)
    assert refused.value.status == 400


def test_an_unknown_ticket_is_refused(adapter: DjangoHelpdeskAdapter) -> None:
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.assignee(TicketReference("lager", "5"))
    assert refused.value.status == 404


def test_with_a_user_it_is_basic_authentication_and_without_one_a_token(helpdesk: FakeDjangoHelpdesk) -> None:
    desk = replace(DESK, base_url=helpdesk.url)
    DjangoHelpdeskAdapter(desk).assignee(TICKET)
    DjangoHelpdeskAdapter(replace(desk, api_user=None)).assignee(TICKET)
    assert helpdesk.asked[0].headers["authorization"].startswith("Basic ")
    assert helpdesk.asked[1].headers["authorization"] == "Token plugin-token"


def test_wrong_credentials_are_refused(helpdesk: FakeDjangoHelpdesk) -> None:
    adapter = DjangoHelpdeskAdapter(replace(DESK, base_url=helpdesk.url, api_token="wrong"))
    with pytest.raises(HelpdeskRefused) as refused:
        adapter.add_note(TICKET, NOTE)
    assert refused.value.status == 401


def test_a_helpdesk_that_fails_is_tried_again_later(
    adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk
) -> None:
    helpdesk.next_answers.append(Answer(503, headers={"Retry-After": "20"}))
    with pytest.raises(HelpdeskUnavailable) as failed:
        adapter.add_note(TICKET, NOTE)
    assert failed.value.retry_after_s == 20
    assert helpdesk.tickets[298]["followup_set"] == []


def test_nothing_is_left_to_complete(adapter: DjangoHelpdeskAdapter, helpdesk: FakeDjangoHelpdesk) -> None:
    event = event_of("followup_customer_nb")
    assert adapter.complete(event) == event
    assert helpdesk.asked == []
