"""What every adapter promises, tried on all of them."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import Misconfigured
from knowledge.model import EventKind, TicketEvent
from plugin.errors import MalformedDelivery, SignatureRejected
from plugin.platforms import PLATFORMS, make_adapter
from plugin.platforms.base import Adapter, Delivery, Desk, Ignored
from tests.deliveries import DESKS, NOW, PAYLOADS, body, delivery, raw, signed, stored

EVENTS = {
    "django_helpdesk": {
        "new_form_sl": EventKind.TICKET_OPENED,
        "new_mail_zh": EventKind.TICKET_OPENED,
        "followup_customer_nb": EventKind.CUSTOMER_REPLIED,
        "followup_resolved": EventKind.TICKET_SOLVED,
        "followup_closed_by_customer": EventKind.TICKET_SOLVED,
    },
    "zendesk": {
        "ticket_created_sl": EventKind.TICKET_OPENED,
        "comment_added_nb": EventKind.CUSTOMER_REPLIED,
        "status_changed_solved": EventKind.TICKET_SOLVED,
        "trigger_created_fil": EventKind.TICKET_OPENED,
        "trigger_comment_ids_only": EventKind.CUSTOMER_REPLIED,
        "trigger_solved": EventKind.TICKET_SOLVED,
    },
    "chatwoot": {
        "message_created_first_fil": EventKind.TICKET_OPENED,
        "conversation_created_fil": EventKind.TICKET_OPENED,
        "message_created_later_zh": EventKind.CUSTOMER_REPLIED,
        "conversation_resolved": EventKind.TICKET_SOLVED,
        "conversation_resolved_by_bot": EventKind.TICKET_SOLVED,
    },
    "generic": {
        "ticket_opened_sl": EventKind.TICKET_OPENED,
        "message_received_nb": EventKind.CUSTOMER_REPLIED,
        "ticket_solved": EventKind.TICKET_SOLVED,
    },
}
OWN_NOTES = {
    "django_helpdesk": "followup_private_own",
    "zendesk": "comment_added_own_note",
    "chatwoot": "message_created_own_note",
    "generic": "note_added",
}
# A stored body, a field taken out of it, and the path that the refusal names.
MISSING = [
    ("django_helpdesk", "new_form_sl", "ticket", "$.ticket"),
    ("django_helpdesk", "new_form_sl", "ticket.id", "$.ticket.id"),
    ("django_helpdesk", "followup_customer_nb", "followup_id", "$.followup_id"),
    ("django_helpdesk", "followup_customer_nb", "ticket.followup_set", "$.ticket.followup_set"),
    ("django_helpdesk", "followup_customer_nb", "ticket.followup_set.1.id", "$.ticket.followup_set[1].id"),
    ("zendesk", "ticket_created_sl", "id", "$.id"),
    ("zendesk", "ticket_created_sl", "detail", "$.detail"),
    ("zendesk", "ticket_created_sl", "detail.id", "$.detail.id"),
    ("zendesk", "comment_added_nb", "event.comment", "$.event.comment"),
    ("zendesk", "comment_added_nb", "event.comment.id", "$.event.comment.id"),
    ("zendesk", "trigger_created_fil", "ticket_id", "$.ticket_id"),
    ("zendesk", "trigger_created_fil", "updated_at", "$.updated_at"),
    ("zendesk", "trigger_created_fil", "event", "$.event"),
    ("chatwoot", "message_created_first_fil", "event", "$.event"),
    ("chatwoot", "message_created_first_fil", "id", "$.id"),
    ("chatwoot", "message_created_first_fil", "message_type", "$.message_type"),
    ("chatwoot", "message_created_first_fil", "conversation", "$.conversation"),
    ("chatwoot", "message_created_first_fil", "conversation.id", "$.conversation.id"),
    ("chatwoot", "conversation_created_fil", "id", "$.id"),
    ("chatwoot", "conversation_created_fil", "messages.0.id", "$.messages[0].id"),
    ("generic", "ticket_opened_sl", "type", "$.type"),
    ("generic", "ticket_opened_sl", "ticket", "$.ticket"),
    ("generic", "ticket_opened_sl", "ticket.id", "$.ticket.id"),
    ("generic", "ticket_opened_sl", "message", "$.message"),
    ("generic", "message_received_nb", "message.id", "$.message.id"),
    ("generic", "message_received_nb", "message.text", "$.message.text"),
]
WRONG = [
    ("django_helpdesk", "new_form_sl", "ticket.id", "311", "$.ticket.id"),
    ("django_helpdesk", "new_form_sl", "ticket.id", -1, "$.ticket.id"),
    ("django_helpdesk", "new_form_sl", "ticket.title", ["x"], "$.ticket.title"),
    ("django_helpdesk", "followup_customer_nb", "followup_id", 10**30, "$.followup_id"),
    ("django_helpdesk", "followup_customer_nb", "ticket.followup_set.0.public", "yes",
     "$.ticket.followup_set[0].public"),
    ("zendesk", "ticket_created_sl", "type", "acme:event", "$.type"),
    ("zendesk", "ticket_created_sl", "detail.id", "../users/1", "$.detail.id"),
    ("zendesk", "ticket_created_sl", "detail.description", 7, "$.detail.description"),
    ("zendesk", "comment_added_nb", "event.comment.author", None, "$.event.comment.author"),
    ("zendesk", "trigger_created_fil", "ticket_id", "{{ticket.id}}", "$.ticket_id"),
    ("zendesk", "trigger_created_fil", "updated_at", "a\u0000b", "$.updated_at"),
    ("chatwoot", "message_created_first_fil", "id", 0, "$.id"),
    ("chatwoot", "message_created_first_fil", "content", {"html": "x"}, "$.content"),
    ("chatwoot", "conversation_created_fil", "messages", "none", "$.messages"),
    ("generic", "ticket_opened_sl", "ticket.id", "", "$.ticket.id"),
    ("generic", "ticket_opened_sl", "ticket.id", "x" * 101, "$.ticket.id"),
    ("generic", "ticket_opened_sl", "ticket.id", "R\u00001", "$.ticket.id"),
    ("generic", "ticket_opened_sl", "message.html", "no", "$.message.html"),
    ("generic", "ticket_opened_sl", "language_hints.browser", 3, "$.language_hints[...]"),
]  # fmt: skip

every_platform = pytest.mark.parametrize("platform", sorted(PLATFORMS))
every_event = pytest.mark.parametrize(
    ("platform", "name", "kind"), [(p, name, kind) for p, events in EVENTS.items() for name, kind in events.items()]
)


def adapter_of(platform: str, **changes: Any) -> Adapter:
    return make_adapter(replace(DESKS[platform], **changes))


def without(content: Any, path: str) -> Any:
    *parents, last = _keys(path)
    place = content
    for key in parents:
        place = place[key]
    del place[last]
    return content


def changed(content: Any, path: str, value: Any) -> Any:
    *parents, last = _keys(path)
    place = content
    for key in parents:
        place = place[key]
    place[last] = value
    return content


def _keys(path: str) -> list[Any]:
    return [int(key) if key.isdigit() else key for key in path.split(".")]


def hint_of(name: str) -> str:
    return {"new": "new", "fol": "followup"}.get(name[:3], "")


@every_event
def test_an_event_is_read_as_its_kind_and_names_desk_ticket_and_message(
    platform: str, name: str, kind: EventKind
) -> None:
    event = adapter_of(platform).read(stored(platform, name))
    assert isinstance(event, TicketEvent)
    assert event.kind == kind
    assert event.ticket.desk == "lager"
    assert event.message.ticket == event.ticket
    assert kind == EventKind.TICKET_SOLVED or event.message.message_id


@every_event
def test_the_same_delivery_again_has_the_same_key_and_it_fits_the_inbox(
    platform: str, name: str, kind: EventKind
) -> None:
    keys = {adapter_of(platform).delivery_key(stored(platform, name)) for _ in range(2)}
    assert len(keys) == 1
    assert 0 < len(keys.pop()) <= 200


@pytest.mark.parametrize("platform", ["django_helpdesk", "zendesk", "chatwoot"])
def test_different_events_have_different_keys(platform: str) -> None:
    # The generic platform's keys are ids of deliveries, not of bodies.
    adapter = adapter_of(platform)
    keys = [adapter.delivery_key(stored(platform, name)) for name in EVENTS[platform]]
    assert len(set(keys)) == len(keys)


@every_platform
def test_what_is_no_event_of_ours_is_ignored_with_a_reason(platform: str) -> None:
    adapter = adapter_of(platform)
    names = sorted(path.stem for path in (PAYLOADS / platform).glob("*.json"))
    ignored = [name for name in names if name not in EVENTS[platform]]
    assert ignored
    for name in ignored:
        answer = adapter.read(stored(platform, name))
        assert isinstance(answer, Ignored), name
        assert answer.reason


@every_platform
def test_our_own_note_is_ignored(platform: str) -> None:
    assert isinstance(adapter_of(platform).read(stored(platform, OWN_NOTES[platform])), Ignored)


@every_platform
def test_reading_needs_no_headers_because_the_inbox_keeps_few(platform: str) -> None:
    adapter = adapter_of(platform)
    for name in EVENTS[platform]:
        complete = stored(platform, name)
        bare = Delivery(complete.body, {}, NOW, complete.hint)
        assert adapter.read(bare) == adapter.read(complete)


@every_platform
@pytest.mark.parametrize("content", [b"", b"{", b"ticket=1", b"\xff\xfe", b"NaN", b"\x00"])
def test_what_is_not_json_is_malformed(platform: str, content: bytes) -> None:
    with pytest.raises(MalformedDelivery) as refused:
        adapter_of(platform).read(delivery(content))
    assert refused.value.path == "$"


@pytest.mark.parametrize(
    ("platform", "content"),
    [
        ("django_helpdesk", b'{"ticket": {"id": 1, "title": "%s"}}'),
        ("zendesk", b'{"type": "%s"}'),
        ("chatwoot", b'{"event": "%s"}'),
        ("generic", b'{"type": "%s"}'),
    ],
)
@pytest.mark.parametrize("text", [b"\xff", b"\\ud800", b"\xed\xa0\x80", b"\n", b"\\x"])
def test_a_text_that_is_no_unicode_is_malformed(platform: str, content: bytes, text: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        adapter_of(platform).read(delivery(content % text))


@every_platform
@pytest.mark.parametrize("content", [b"[]", b"null", b"7", b'"text"', b"{}", b"[[{}]]"])
def test_json_of_another_shape_is_malformed(platform: str, content: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        adapter_of(platform).read(delivery(content))


@every_platform
def test_json_nested_without_end_is_malformed(platform: str) -> None:
    with pytest.raises(MalformedDelivery):
        adapter_of(platform).read(delivery(b'{"x":' + b"[" * 100_000))


@pytest.mark.parametrize(("platform", "name", "field", "path"), MISSING)
def test_a_missing_field_is_named_by_its_path(platform: str, name: str, field: str, path: str) -> None:
    content = without(body(platform, name), field)
    with pytest.raises(MalformedDelivery) as refused:
        adapter_of(platform).read(delivery(content, hint_of(name)))
        adapter_of(platform).delivery_key(delivery(content, hint_of(name)))
    assert refused.value.path == path
    assert str(refused.value).startswith(path)


@pytest.mark.parametrize(("platform", "name", "field", "value", "path"), WRONG)
def test_a_value_of_the_wrong_type_is_named_by_its_path(
    platform: str, name: str, field: str, value: Any, path: str
) -> None:
    with pytest.raises(MalformedDelivery) as refused:
        adapter_of(platform).read(delivery(changed(body(platform, name), field, value), hint_of(name)))
    assert refused.value.path == path


@pytest.mark.parametrize(("platform", "name", "field", "value", "path"), WRONG)
def test_a_refusal_never_quotes_the_customer(platform: str, name: str, field: str, value: Any, path: str) -> None:
    content = changed(body(platform, name), field, value)
    with pytest.raises(MalformedDelivery) as refused:
        adapter_of(platform).read(delivery(content, hint_of(name)))
    assert "Hrovat" not in str(refused.value)
    assert "Øyvind" not in str(refused.value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def _accepts_or_refuses(adapter: Adapter, content: bytes, hint: str) -> None:
    try:
        answer = adapter.read(delivery(content, hint))
        if isinstance(answer, TicketEvent):
            assert len(adapter.delivery_key(delivery(content, hint, webhook_id="msg_1"))) <= 200
    except MalformedDelivery as refused:
        assert refused.path.startswith("$")


@every_platform
@settings(max_examples=150, deadline=None)
@given(content=anything, hint=st.sampled_from(["", "new", "followup", "other"]))
def test_arbitrary_json_is_read_or_refused_and_nothing_else(platform: str, content: Any, hint: str) -> None:
    _accepts_or_refuses(adapter_of(platform), json.dumps(content).encode(), hint)


@every_platform
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_real_body_with_anything_put_anywhere_is_read_or_refused_and_nothing_else(
    platform: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(EVENTS[platform])))
    content = place = body(platform, name)
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(anything)
    _accepts_or_refuses(adapter_of(platform), json.dumps(content).encode(), hint_of(name))


@every_platform
@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60))
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(platform: str, content: bytes) -> None:
    _accepts_or_refuses(adapter_of(platform), content, "")


@every_platform
def test_a_delivery_signed_as_the_platform_does_it_is_accepted(platform: str) -> None:
    for name in EVENTS[platform]:
        adapter_of(platform).verify(stored(platform, name), NOW)


SIGNATURES = {
    "zendesk": ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"],
    "chatwoot": ["x-chatwoot-signature", "x-chatwoot-timestamp"],
    "generic": ["webhook-signature", "webhook-timestamp", "webhook-id"],
}
every_signed_header = pytest.mark.parametrize(
    ("platform", "header"), [(platform, header) for platform, headers in SIGNATURES.items() for header in headers]
)
every_signing_platform = pytest.mark.parametrize("platform", sorted(SIGNATURES))


def _any_body(platform: str) -> bytes:
    return raw(platform, f"{min(EVENTS[platform])}.json")


@every_signed_header
def test_a_delivery_without_one_of_its_headers_is_rejected(platform: str, header: str) -> None:
    complete = signed(platform, _any_body(platform))
    headers = {name: value for name, value in complete.headers.items() if name != header}
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(replace(complete, headers=headers), NOW)


@every_signed_header
@pytest.mark.parametrize(
    "value",
    ["", " ", ",", "=", "v1", "v1,", "v1,%%%", "v1,čž", "sha256=", "sha256=zz", "sha1=ab", "ab", "a" * 5_000, "None",
     "-1", "1e9", "９", "99999999999", "2026-03-02", "2026-03-02T08:31:12", "0001-01-01T00:00:00+23:59", "\udcff"],
)  # fmt: skip
def test_a_malformed_header_is_a_rejected_signature(platform: str, header: str, value: str) -> None:
    complete = signed(platform, _any_body(platform))
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(replace(complete, headers={**complete.headers, header: value}), NOW)


@every_signed_header
@settings(max_examples=100, deadline=None)
@given(value=st.text(max_size=60))
def test_no_header_whatever_raises_anything_else(platform: str, header: str, value: str) -> None:
    complete = signed(platform, _any_body(platform))
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(replace(complete, headers={**complete.headers, header: value}), NOW)


@every_signing_platform
def test_a_body_changed_by_one_byte_is_rejected(platform: str) -> None:
    complete = signed(platform, _any_body(platform))
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(replace(complete, body=complete.body + b" "), NOW)


@every_signing_platform
def test_the_same_json_written_otherwise_is_rejected(platform: str) -> None:
    complete = signed(platform, _any_body(platform))
    again = json.dumps(json.loads(complete.body)).encode()
    assert again != complete.body
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(replace(complete, body=again), NOW)


@every_signing_platform
@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_five_minutes_of_difference_between_clocks_are_tolerated(platform: str, minutes: int) -> None:
    adapter_of(platform).verify(signed(platform, _any_body(platform)), NOW + timedelta(minutes=minutes))


@every_signing_platform
@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_or_future_delivery_is_rejected_although_well_signed(platform: str, seconds: int) -> None:
    with pytest.raises(SignatureRejected):
        adapter_of(platform).verify(signed(platform, _any_body(platform)), NOW + timedelta(seconds=seconds))


@every_signing_platform
def test_any_of_several_secrets_is_accepted_while_they_are_rotated(platform: str) -> None:
    (secret,) = DESKS[platform].webhook_secrets
    other = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXI=" if platform == "generic" else "another secret"
    complete = signed(platform, _any_body(platform))
    adapter_of(platform, webhook_secrets=(other, secret)).verify(complete, NOW)
    adapter_of(platform, webhook_secrets=(secret, other)).verify(complete, NOW)
    with pytest.raises(SignatureRejected):
        adapter_of(platform, webhook_secrets=(other,)).verify(complete, NOW)


@every_signing_platform
def test_a_desk_without_any_secret_rejects_everything(platform: str) -> None:
    with pytest.raises(SignatureRejected):
        adapter_of(platform, webhook_secrets=()).verify(signed(platform, _any_body(platform)), NOW)


@every_signing_platform
def test_a_rejection_tells_no_secret(platform: str) -> None:
    desk = DESKS[platform]
    with pytest.raises(SignatureRejected) as refused:
        adapter_of(platform).verify(delivery(b"{}"), NOW)
    assert desk.webhook_secrets[0] not in str(refused.value)
    assert desk.webhook_secrets[0] not in repr(desk)


@every_platform
def test_a_desk_that_cannot_write_gives_an_event_back_as_it_is(platform: str) -> None:
    adapter = adapter_of(platform, base_url=None, api_token=None)
    for name in EVENTS[platform]:
        event = adapter.read(stored(platform, name))
        assert isinstance(event, TicketEvent)
        assert adapter.complete(event) == event
    assert not adapter.desk.can_write


def test_an_unknown_platform_is_told_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured) as refused:
        make_adapter(Desk("front", "fax"))
    assert refused.value.setting == "desks.front.platform"
    assert "chatwoot, django_helpdesk, generic, zendesk" in str(refused.value)


@every_platform
@pytest.mark.parametrize("url", ["desk.example.org", "ftp://desk.example.org", "https://", "https://a/?b=1"])
def test_an_address_that_is_none_is_told_at_the_start(platform: str, url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        adapter_of(platform, base_url=url)
    assert refused.value.setting == "desks.lager.base_url"
