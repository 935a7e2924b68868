"""Any helpdesk that can send our own JSON, signed as Standard Webhooks says (standardwebhooks.com).

A delivery::

    {"type": "ticket.opened" | "message.received" | "ticket.solved",
     "ticket": {"id", "subject"?, "queue"?, "assignee_id"?},
     "message": {"id", "text", "html"?: boolean, "created_at"?},        (may be left out of ticket.solved)
     "requester"?: {"name"?, "email"?, "locale"?},
     "language_hints"?: {source: tag}, "resolution"?: text}

Send customers' messages only. Other types are accepted and ignored. With a ``base_url`` we POST there, signed
the same way, with ``api_token`` if that is set and the first webhook secret otherwise::

    {"type": "note", "ticket_id", "note": {"title", "markdown", "html", "plain"}, "idempotency_key"}
    {"type": "assign", "ticket_id", "agent_id"}

The receiver must write a note with a known ``idempotency_key`` only once.
"""

import base64
import binascii
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import msgspec
from msgspec import Struct
from standardwebhooks import Webhook

from knowledge.errors import Misconfigured
from knowledge.model import EventKind, IncomingMessage, Requester, TicketEvent, TicketReference
from plugin.errors import MalformedDelivery, SignatureRejected
from plugin.platforms import signatures
from plugin.platforms.base import Delivery, Desk, Ignored, Note
from plugin.platforms.bodies import Identifier, decode
from plugin.platforms.http import HelpdeskApi

_KINDS = {
    "ticket.opened": EventKind.TICKET_OPENED,
    "message.received": EventKind.CUSTOMER_REPLIED,
    "ticket.solved": EventKind.TICKET_SOLVED,
}


class _Ticket(Struct):
    id: Identifier
    subject: str | None = None
    queue: str | None = None
    assignee_id: str | None = None


class _Message(Struct):
    id: Identifier
    text: str
    html: bool = False


class _Requester(Struct):
    name: str | None = None
    email: str | None = None
    locale: str | None = None


class _Body(Struct):
    ticket: _Ticket
    message: _Message | None = None
    requester: _Requester | None = None
    language_hints: dict[str, str] | None = None
    resolution: str | None = None


class _Probe(Struct):
    type: Identifier


class GenericAdapter:
    """Reads one sender of our own JSON, and tells it what to write."""

    def __init__(self, desk: Desk, transport: httpx.BaseTransport | None = None) -> None:
        if desk.api_token is None and desk.webhook_secrets:
            desk = replace(desk, api_token=desk.webhook_secrets[0])
        self.desk = desk
        self._accepted = [_webhook(desk, "webhook_secret", secret) for secret in desk.webhook_secrets]
        self._signer = _webhook(desk, "api_token", desk.api_token) if desk.api_token else None
        self._api = HelpdeskApi(desk, transport=transport)

    def verify(self, delivery: Delivery, now: datetime) -> None:
        """Standard Webhooks: HMAC over id, timestamp and body; any of several signatures and secrets may fit."""
        message_id = signatures.header(delivery, "webhook-id")
        if not message_id.isascii():
            raise SignatureRejected("The webhook's id is not ASCII.")
        sent = signatures.from_unix_seconds(signatures.header(delivery, "webhook-timestamp"))
        signatures.check_age(sent, now)
        given = [
            signatures.from_base64(value)
            for version, _, value in (one.partition(",") for one in _signatures(delivery))
            if version == "v1"
        ]
        try:
            text = delivery.body.decode()
        except UnicodeDecodeError:
            raise SignatureRejected("The body is not UTF-8, so no signature of it can be checked.") from None
        expected = [_digest(webhook.sign(message_id, sent, text)) for webhook in self._accepted]
        signatures.check_signature(given, expected)

    def delivery_key(self, delivery: Delivery) -> str:
        """The webhook's id, which is signed and stays the same when it is sent again."""
        message_id = delivery.headers.get("webhook-id", "")
        if not 0 < len(message_id) <= 200:
            raise MalformedDelivery("webhook-id", "This header must hold 1 to 200 characters.")
        return message_id

    def read(self, delivery: Delivery) -> TicketEvent | Ignored:
        """An event of one of the three types."""
        kind = _KINDS.get(decode(delivery.body, _Probe).type)
        if kind is None:
            return Ignored("an event of another type")
        body = decode(delivery.body, _Body)
        if body.message is None and kind != EventKind.TICKET_SOLVED:
            raise MalformedDelivery("$.message", "This field is missing.")
        return self._event(kind, body)

    def complete(self, event: TicketEvent) -> TicketEvent:
        """The sender's body is all there is."""
        return event

    def has_note(self, ticket: TicketReference, mark: str) -> bool:
        """Never known: the receiver tells a note sent again by its idempotency key."""
        return False

    def add_note(self, ticket: TicketReference, note: Note) -> None:
        """Send the note in all its forms."""
        forms = {"title": note.title, "markdown": note.markdown, "html": note.html, "plain": note.plain}
        body = {"type": "note", "ticket_id": ticket.ticket_id, "note": forms, "idempotency_key": note.mark}
        # The same for a retry, as Standard Webhooks wants it.
        message_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{ticket.ticket_id}\n{note.mark}")
        self._send("add the note", message_id, body)

    def assignee(self, ticket: TicketReference) -> str | None:
        """Not known: a receiver leaves owned tickets with their owners if it wants to."""
        return None

    def assign(self, ticket: TicketReference, agent_id: str) -> None:
        """Ask for an owner. No idempotency key: the same owner may rightly be asked for again later."""
        body = {"type": "assign", "ticket_id": ticket.ticket_id, "agent_id": agent_id}
        self._send("assign the ticket", uuid.uuid4(), body)

    def _send(self, action: str, message_id: uuid.UUID, body: Mapping[str, object]) -> None:
        if self._signer is None:
            raise Misconfigured(
                f"desks.{self.desk.name}.webhook_secret", "is not set.", "Give the secret that signs what we send."
            )
        text = msgspec.json.encode(body).decode()
        name, now = f"msg_{message_id.hex}", datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(name, now, text),
        }
        self._api.send_bytes(action, "", text.encode(), headers)

    def _event(self, kind: EventKind, body: _Body) -> TicketEvent:
        ticket = TicketReference(self.desk.name, body.ticket.id)
        requester = body.requester or _Requester()
        message = IncomingMessage(
            text=body.message.text if body.message else "",
            subject=body.ticket.subject or "",
            requester=Requester(requester.name, requester.email, requester.locale),
            is_html=body.message.html if body.message else False,
            ticket=ticket,
            message_id=body.message.id if body.message else None,
            language_hints=body.language_hints or {},
        )
        return TicketEvent(kind, ticket, message, body.ticket.queue, body.ticket.assignee_id, body.resolution)


def _signatures(delivery: Delivery) -> list[str]:
    return signatures.header(delivery, "webhook-signature").split()


def _digest(signature: str) -> bytes:
    return base64.b64decode(signature.partition(",")[2])


def _webhook(desk: Desk, setting: str, secret: str) -> Webhook:
    # standardwebhooks 1.1 drops what is not base64 and goes on with the rest: a mistyped secret would
    # only ever show as rejected signatures.
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise Misconfigured(f"desks.{desk.name}.{setting}", "is no secret.", "Write whsec_ and base64.")
    return Webhook(key)
