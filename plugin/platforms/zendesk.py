"""Zendesk Support: event-subscribed webhooks and our trigger's body; notes and owners through its API.

``base_url`` is the account's address, ``https://example.zendesk.com``. With ``api_user`` (an e-mail
address) ``api_token`` is an API token, without it an OAuth token. Not yet tried on a live account.

A trigger's webhook sends the body below, with ``event`` one of ticket_created, comment_added and
ticket_solved. Zendesk inserts placeholders as they are, so a quotation mark in a text breaks the JSON:
the texts and names are optional, and fetched through the API::

    {"event": "ticket_created", "ticket_id": "{{ticket.id}}", "updated_at": "{{ticket.updated_at_with_timestamp}}"}
"""

from dataclasses import replace
from datetime import datetime

import httpx

from knowledge.model import EventKind, IncomingMessage, Requester, TicketEvent, TicketReference
from plugin.errors import HelpdeskRefused, MalformedDelivery
from plugin.platforms import signatures
from plugin.platforms import zendesk_shapes as shapes
from plugin.platforms.base import Delivery, Desk, Ignored, Note
from plugin.platforms.bodies import decode
from plugin.platforms.http import HelpdeskApi, as_number

_EVENTS = "zen:event-type:"
_TRIGGERS = {
    "ticket_created": EventKind.TICKET_OPENED,
    "comment_added": EventKind.CUSTOMER_REPLIED,
    "ticket_solved": EventKind.TICKET_SOLVED,
}
# The API's own limit for a page; the newest come first.
_COMMENTS = {"sort": "-created_at", "page[size]": "100", "include": "users"}


class ZendeskAdapter:
    """Reads and answers one Zendesk account."""

    def __init__(self, desk: Desk, transport: httpx.BaseTransport | None = None) -> None:
        self.desk = desk
        auth = httpx.BasicAuth(f"{desk.api_user}/token", desk.api_token or "") if desk.api_user else None
        headers = {"authorization": f"Bearer {desk.api_token}"} if desk.api_token and not auth else {}
        self._api = HelpdeskApi(desk, auth, headers, transport)

    def verify(self, delivery: Delivery, now: datetime) -> None:
        """HMAC over timestamp and body. The secret looks like base64 but is used as it is written."""
        timestamp = signatures.header(delivery, "x-zendesk-webhook-signature-timestamp")
        signatures.check_age(signatures.from_iso(timestamp), now)
        given = signatures.from_base64(signatures.header(delivery, "x-zendesk-webhook-signature"))
        # An early page of Zendesk's signs the body first; today the timestamp comes first.
        signatures.check_hmac_sha256(given, timestamp.encode() + delivery.body, self.desk.webhook_secrets)

    def delivery_key(self, delivery: Delivery) -> str:
        """The event's id; of a trigger the event, the ticket and when it was updated."""
        probe = decode(delivery.body, shapes.Probe)
        if probe.type is None:
            trigger = decode(delivery.body, shapes.Trigger)
            return f"trigger-{trigger.ticket_id}-{trigger.updated_at}-{trigger.event}"
        if probe.id is None:
            raise MalformedDelivery("$.id", "This field is missing.")
        return f"event-{probe.id}"

    def read(self, delivery: Delivery) -> TicketEvent | Ignored:
        """An event's envelope, or the body of our trigger."""
        probe = decode(delivery.body, shapes.Probe)
        if probe.type is None:
            return self._read_trigger(decode(delivery.body, shapes.Trigger))
        if not probe.type.startswith(_EVENTS):
            raise MalformedDelivery("$.type", "This is no event of Zendesk's.")
        name = probe.type.removeprefix(_EVENTS)
        if name not in ("ticket.created", "ticket.comment_added", "ticket.status_changed"):
            return Ignored("an event of another type")
        return self._read_event(name, decode(delivery.body, shapes.Event))

    def complete(self, event: TicketEvent) -> TicketEvent:
        """Fetch requester, owner and comments.

        The opening comment's id becomes the message's: Zendesk may report it as an added comment too.
        """
        if not self.desk.can_write:
            return event
        number = self._api.numeric_id("read the ticket", event.ticket)
        known = self._api.get("read the ticket", f"api/v2/tickets/{number}", shapes.TicketAnswer).ticket
        comments, customers = self._comments(event.ticket)
        customers |= {known.requester_id}
        public = [one for one in comments if one.public]
        message = replace(
            event.message,
            subject=event.message.subject or known.subject or "",
            requester=self._requester(known.requester_id, event.message.requester),
        )
        found = _find(event, public, customers)
        if found is not None:
            message = replace(message, text=found.text or message.text, message_id=str(found.id))
        resolution = event.resolution
        if event.kind == EventKind.TICKET_SOLVED:
            answers = [one.text for one in public if one.author_id not in customers]
            resolution = answers[-1] if answers else None
        owner = None if known.assignee_id is None else str(known.assignee_id)
        return replace(event, message=message, assignee_id=owner, resolution=resolution)

    def has_note(self, ticket: TicketReference, mark: str) -> bool:
        """Look through the newest hundred comments."""
        comments, _ = self._comments(ticket)
        return any(not one.public and mark in f"{one.body}\n{one.plain_body}" for one in comments)

    def add_note(self, ticket: TicketReference, note: Note) -> None:
        """Write an internal comment in HTML."""
        self._update("add the note", ticket, {"comment": {"html_body": note.html, "public": False}})

    def assignee(self, ticket: TicketReference) -> str | None:
        """The owner's user id."""
        number = self._api.numeric_id("read the ticket", ticket)
        owner = self._api.get("read the ticket", f"api/v2/tickets/{number}", shapes.TicketAnswer).ticket.assignee_id
        return None if owner is None else str(owner)

    def assign(self, ticket: TicketReference, agent_id: str) -> None:
        """Set the owner by user id."""
        self._update("assign the ticket", ticket, {"assignee_id": as_number(agent_id)})

    def _read_event(self, name: str, body: shapes.Event) -> TicketEvent | Ignored:
        detail, change = body.detail, body.event
        if name == "ticket.status_changed":
            if change.current != "SOLVED":
                return Ignored("a status other than solved")
            return self._event(EventKind.TICKET_SOLVED, detail, detail.description, "opening")
        if name == "ticket.created":
            if detail.is_public is False or self._is_ours(detail.actor_id):
                return Ignored("a ticket that opens with an internal note, or is our own")
            return self._event(EventKind.TICKET_OPENED, detail, detail.description, "opening")
        if change.comment is None:
            raise MalformedDelivery("$.event.comment", "This field is missing.")
        if not change.comment.is_public:
            return Ignored("an internal note")
        if change.comment.author.is_staff or self._is_ours(change.comment.author.id):
            return Ignored("a comment by staff")
        return self._event(
            EventKind.CUSTOMER_REPLIED, detail, change.comment.body, change.comment.id, change.comment.author.name
        )

    def _event(
        self, kind: EventKind, detail: shapes.Detail, text: str | None, message_id: str, name: str | None = None
    ) -> TicketEvent:
        ticket = TicketReference(self.desk.name, detail.id)
        message = IncomingMessage(text or "", detail.subject or "", Requester(name), False, ticket, message_id)
        return TicketEvent(kind, ticket, message, detail.group_id, detail.assignee_id or None)

    def _read_trigger(self, body: shapes.Trigger) -> TicketEvent | Ignored:
        kind = _TRIGGERS.get(body.event)
        if kind is None:
            return Ignored("a trigger of another kind")
        is_reply = kind == EventKind.CUSTOMER_REPLIED
        ticket = TicketReference(self.desk.name, body.ticket_id)
        message = IncomingMessage(
            text=(body.latest_public_comment if is_reply else body.description) or "",
            subject=body.subject or "",
            requester=Requester(body.requester_name or None, body.requester_email or None),
            ticket=ticket,
            message_id=f"at {body.updated_at}" if is_reply else "opening",
            # A name ("Deutsch") rather than a tag in some accounts: a hint, not the requester's locale.
            language_hints={"helpdesk field": body.requester_language} if body.requester_language else {},
        )
        return TicketEvent(kind, ticket, message, body.group or None)

    def _is_ours(self, user_id: str | None) -> bool:
        return bool(user_id) and user_id == self.desk.own_user_id

    def _comments(self, ticket: TicketReference) -> tuple[list[shapes.KnownComment], set[int | None]]:
        """The newest comments, oldest of them first, and who of their authors is a customer."""
        action = "read the ticket's comments"
        path = f"api/v2/tickets/{self._api.numeric_id(action, ticket)}/comments"
        answer = self._api.get(action, path, shapes.CommentsAnswer, _COMMENTS)
        customers: set[int | None] = {user.id for user in answer.users if user.role == "end-user"}
        return sorted(answer.comments, key=lambda one: (one.created_at, one.id)), customers

    def _requester(self, user_id: int | None, known: Requester) -> Requester:
        if user_id is None:
            return known
        try:
            user = self._api.get("read the requester", f"api/v2/users/{user_id}", shapes.UserAnswer).user
        except HelpdeskRefused:  # deleted, or hidden from our account: the message is worth a briefing all the same
            return known
        return replace(known, name=user.name or known.name, email=user.email or known.email, locale=user.locale)

    def _update(self, action: str, ticket: TicketReference, change: dict[str, object]) -> None:
        path = f"api/v2/tickets/{self._api.numeric_id(action, ticket)}"
        self._api.send(action, "PUT", path, {"ticket": change})


def _find(
    event: TicketEvent, public: list[shapes.KnownComment], customers: set[int | None]
) -> shapes.KnownComment | None:
    """The comment an event is about: by its id, else the first, or the customers' newest."""
    for comment in public:
        if str(comment.id) == event.message.message_id:
            return comment
    if event.kind != EventKind.CUSTOMER_REPLIED:
        return public[0] if public else None
    by_customers = [one for one in public if one.author_id in customers]
    return by_customers[-1] if by_customers else None
