"""Chatwoot, built from its sources and documentation of 2026: account webhooks, private notes, assignment.

``base_url`` is the installation's address; ``api_token`` a user's access token: a bot's may not read. The
account's number comes from ``options["account_id"]``, else from the first message that is read.
Desks and account webhooks are one to one. Not yet tried on a live installation.

Both ``message_created`` and ``conversation_created`` may be subscribed: they give a first message the same
id, so that it is briefed once. A queue is the inbox's number: conversations do not name it.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

import httpx

from knowledge.errors import Misconfigured
from knowledge.model import EventKind, IncomingMessage, Requester, TicketEvent, TicketReference
from plugin.errors import SignatureRejected
from plugin.platforms import chatwoot_shapes as shapes
from plugin.platforms import signatures
from plugin.platforms.base import Delivery, Desk, Ignored, Note
from plugin.platforms.bodies import decode
from plugin.platforms.http import HelpdeskApi, as_number

# A message's type is a word at the top level of an event, and a number wherever it is nested.
_INCOMING = ("incoming", 0)
_OUTGOING = ("outgoing", 1)
# Of twenty messages, newest first.
_PAGES_SEARCHED = 5


class ChatwootAdapter:
    """Reads and answers one Chatwoot account."""

    def __init__(self, desk: Desk, transport: httpx.BaseTransport | None = None) -> None:
        self.desk = desk
        headers = {"api_access_token": desk.api_token} if desk.api_token else {}
        self._api = HelpdeskApi(desk, None, headers, transport)
        self._account_id = desk.options.get("account_id")

    def verify(self, delivery: Delivery, now: datetime) -> None:
        """HMAC over timestamp, a dot and body.

        Versions before about 4.12 sign nothing: a desk without a secret relies on its URL's secret part.
        """
        if not self.desk.webhook_secrets:
            if not self.desk.url_token:
                raise SignatureRejected("The desk has neither a webhook secret nor a url_token.")
            return
        timestamp = signatures.header(delivery, "x-chatwoot-timestamp")
        signatures.check_age(signatures.from_unix_seconds(timestamp), now)
        scheme, _, digest = signatures.header(delivery, "x-chatwoot-signature").partition("=")
        if scheme != "sha256":
            raise SignatureRejected("The signature is not made with SHA-256.")
        signed = timestamp.encode() + b"." + delivery.body
        signatures.check_hmac_sha256(signatures.from_hex(digest), signed, self.desk.webhook_secrets)

    def delivery_key(self, delivery: Delivery) -> str:
        """From the body: the header with the delivery's id is not signed, and older versions send none."""
        event = decode(delivery.body, shapes.Probe).event
        if event == "message_created":
            return f"{event}-{decode(delivery.body, shapes.Message).id}"
        if event == "conversation_created":
            return f"{event}-{decode(delivery.body, shapes.Conversation).id}"
        return f"{event}-{hashlib.sha256(delivery.body).hexdigest()}"

    def read(self, delivery: Delivery) -> TicketEvent | Ignored:
        """A customer's message, a conversation that starts with one, or a conversation resolved."""
        event = decode(delivery.body, shapes.Probe).event
        if event == "message_created":
            body = decode(delivery.body, shapes.MessageEvent)
            opens = _is_first(body.conversation)
            kind = EventKind.TICKET_OPENED if opens else EventKind.CUSTOMER_REPLIED
            return self._read_message(kind, body.conversation, body, body.account.id if body.account else None)
        if event not in ("conversation_created", "conversation_status_changed"):
            return Ignored("an event of another kind")
        conversation = decode(delivery.body, shapes.Conversation)
        newest = conversation.messages[-1] if conversation.messages else None
        account_id = newest.account_id if newest else None
        if event == "conversation_status_changed":
            return self._read_status(conversation, newest, account_id)
        if newest is None:
            return Ignored("a conversation without a message yet")
        return self._read_message(EventKind.TICKET_OPENED, conversation, newest, account_id)

    def complete(self, event: TicketEvent) -> TicketEvent:
        """Fetch what settled a resolved conversation: the last public answer of a person."""
        if event.kind != EventKind.TICKET_SOLVED or not self.desk.can_write:
            return event
        page = self._messages("read the messages", event.ticket)
        asked = [one for one in page if _is_customers(one) and one.content]
        answers = [
            one.content
            for one in page
            if one.message_type in _OUTGOING and not one.private and one.sender and one.sender.type == "user"
        ]
        message = event.message
        if not message.text and asked:
            message = replace(message, text=asked[0].content or "", message_id=str(asked[0].id))
        return replace(event, message=message, resolution=answers[-1] if answers else None)

    def has_note(self, ticket: TicketReference, mark: str) -> bool:
        """Look through the newest hundred messages."""
        oldest = None
        for _ in range(_PAGES_SEARCHED):
            page = self._messages("read the messages", ticket, oldest)
            if any(one.private and mark in (one.content or "") for one in page):
                return True
            if not page:
                return False
            oldest = min(one.id for one in page)
        return False

    def add_note(self, ticket: TicketReference, note: Note) -> None:
        """Write a private note in Markdown."""
        body = {"content": note.markdown, "message_type": "outgoing", "private": True}
        self._api.send("add the note", "POST", f"{self._path('add the note', ticket)}/messages", body)

    def assignee(self, ticket: TicketReference) -> str | None:
        """The owner's user id."""
        path = self._path("read the conversation", ticket)
        return _owner(self._api.get("read the conversation", path, shapes.Owned).meta)

    def assign(self, ticket: TicketReference, agent_id: str) -> None:
        """Make a user the owner."""
        path = f"{self._path('assign the conversation', ticket)}/assignments"
        self._api.send("assign the conversation", "POST", path, {"assignee_id": as_number(agent_id)})

    def _read_message(
        self, kind: EventKind, conversation: shapes.Conversation, message: shapes.Message, account_id: int | None
    ) -> TicketEvent | Ignored:
        if not self._belongs(account_id):
            return Ignored("another account's message")
        if message.private:
            return Ignored("a private note")
        if not _is_customers(message):
            return Ignored("a message that is not a customer's")
        if not (message.content or "").strip():
            return Ignored("a message without text")
        return self._event(kind, conversation, message)

    def _read_status(
        self, conversation: shapes.Conversation, newest: shapes.Message | None, account_id: int | None
    ) -> TicketEvent | Ignored:
        if not self._belongs(account_id):
            return Ignored("another account's conversation")
        if conversation.status != "resolved":
            return Ignored("a status other than resolved")
        return self._event(EventKind.TICKET_SOLVED, conversation, newest if _is_customers(newest) else None)

    def _belongs(self, account_id: int | None) -> bool:
        """Whether an event is our account's; not all name one.

        Conversations are numbered anew in every account: a note must never reach another account's.
        """
        if self._account_id is None and account_id is not None:
            self._account_id = str(account_id)
        return account_id is None or self._account_id == str(account_id)

    def _event(self, kind: EventKind, conversation: shapes.Conversation, message: shapes.Message | None) -> TicketEvent:
        ticket = TicketReference(self.desk.name, str(conversation.id))
        facts = conversation.additional_attributes or shapes.Facts()
        sender = (message and message.sender) or (conversation.meta and conversation.meta.sender) or shapes.Person()
        hints = {"browser": facts.browser_language, "helpdesk field": facts.conversation_language}
        incoming = IncomingMessage(
            text=(message and message.content) or "",
            subject=facts.mail_subject or "",
            requester=Requester(sender.name or None, sender.email or None),
            ticket=ticket,
            message_id=str(message.id) if message else None,
            language_hints={source: tag for source, tag in hints.items() if tag},
        )
        queue = None if conversation.inbox_id is None else str(conversation.inbox_id)
        return TicketEvent(kind, ticket, incoming, queue, _owner(conversation.meta))

    def _messages(self, action: str, ticket: TicketReference, before: int | None = None) -> list[shapes.Message]:
        params = {} if before is None else {"before": str(before)}
        return self._api.get(action, f"{self._path(action, ticket)}/messages", shapes.Messages, params).payload

    def _path(self, action: str, ticket: TicketReference) -> str:
        number = self._api.numeric_id(action, ticket)
        if self._account_id is None:
            setting = f"desks.{self.desk.name}.options.account_id"
            raise Misconfigured(setting, "is not set.", "Take it from Chatwoot's URL: /app/accounts/<account_id>/")
        return f"api/v1/accounts/{self._account_id}/conversations/{number}"


def _is_first(conversation: shapes.Conversation) -> bool:
    """Whether a message just created opens its conversation, as far as the event shows.

    It does when nobody has answered or looked yet and no other message is unread. Of two that come at
    once, both may count as replies; opening and replying differ in nothing but the name.
    """
    is_untouched = not conversation.first_reply_created_at and not conversation.agent_last_seen_at
    return is_untouched and (conversation.unread_count or 0) <= 1


def _is_customers(message: shapes.Message | None) -> bool:
    return message is not None and message.message_type in _INCOMING and not message.private


def _owner(meta: shapes.Meta | None) -> str | None:
    # A conversation may be a bot's: its id is of another series than users'.
    if meta is None or meta.assignee is None or meta.assignee.id is None or meta.assignee_type == "AgentBot":
        return None
    return str(meta.assignee.id)
