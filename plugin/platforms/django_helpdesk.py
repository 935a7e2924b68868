"""django-helpdesk, tried with 2.6.1: webhooks for new tickets and follow-ups, notes through its REST API.

Its webhooks carry no signature and no event name. Give the desk a ``url_token`` and two URLs that end in
``/new`` and ``/followup``. ``base_url`` is where its URLs are mounted; authentication is HTTP basic with
``api_user``, else a Django REST framework token. The account must be staff.

Set ``HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True`` in the Django project: without it django-helpdesk
mails private follow-ups to everybody in a ticket's Cc whose queue has e-mail notifications on (2.6.1).
"""

import re
from datetime import datetime

import httpx
from msgspec import Struct

from knowledge.model import EventKind, IncomingMessage, Requester, TicketEvent, TicketReference
from plugin.errors import MalformedDelivery, SignatureRejected
from plugin.platforms.base import Delivery, Desk, Ignored, Note
from plugin.platforms.bodies import NumberId, decode
from plugin.platforms.http import HelpdeskApi, as_number

_RESOLVED, _CLOSED = 3, 4

# Comments are rendered as Django templates: variables and comments vanish, and an opening "{%" or a lone "%}"
# is answered with 500, as is the server's own placeholder (2.6.1). A "#12" writes a follow-up into ticket 12,
# whoever's that is.
_TEMPLATE_MARKS = re.compile(r"\{(?=[{%#])|%(?=\})|#(?=\d)")
_SERVERS_PLACEHOLDER = "X-HELPDESK-COMMENT"


class _FollowUp(Struct):
    id: NumberId
    user: int | str | None = None
    comment: str | None = None
    public: bool = False
    new_status: int | None = None
    message_id: str | None = None


class _Ticket(Struct):
    id: NumberId
    title: str | None = None
    description: str | None = None
    resolution: str | None = None
    submitter_email: str | None = None
    assigned_to: int | str | None = None
    followup_set: list[_FollowUp] = []


class _Body(Struct):
    ticket: _Ticket
    queue_slug: str | None = None
    followup_id: NumberId | None = None


class DjangoHelpdeskAdapter:
    """Reads and answers one django-helpdesk."""

    def __init__(self, desk: Desk, transport: httpx.BaseTransport | None = None) -> None:
        self.desk = desk
        auth = httpx.BasicAuth(desk.api_user, desk.api_token or "") if desk.api_user else None
        headers = {"authorization": f"Token {desk.api_token}"} if desk.api_token and not auth else {}
        self._api = HelpdeskApi(desk, auth, headers, transport)

    def verify(self, delivery: Delivery, now: datetime) -> None:
        """Nothing is signed: the secret part of the URL, checked before us, stands for a signature."""
        if not self.desk.url_token and self.desk.options.get("unsigned") != "accept":
            raise SignatureRejected("django-helpdesk signs nothing; give the desk a url_token.")

    def delivery_key(self, delivery: Delivery) -> str:
        """The follow-up's id, or the new ticket's."""
        body = _read_body(delivery)
        if body.followup_id is None:
            return f"new-{body.ticket.id}"
        return f"followup-{body.ticket.id}-{body.followup_id}"

    def read(self, delivery: Delivery) -> TicketEvent | Ignored:
        """A new ticket, a customer's reply, or a follow-up that resolves or closes the ticket."""
        body = _read_body(delivery)
        if body.followup_id is None:
            return self._event(EventKind.TICKET_OPENED, body)
        followup = _find(body.ticket.followup_set, body.followup_id)
        # We never change a status: whoever did shares our account, if it is ours.
        if followup.new_status in (_RESOLVED, _CLOSED):
            return self._event(EventKind.TICKET_SOLVED, body, resolution=body.ticket.resolution or followup.comment)
        if self._is_ours(followup):
            return Ignored("our own follow-up")
        if not followup.public:
            return Ignored("a private follow-up")
        if not _is_from_customer(followup):
            return Ignored("a follow-up by staff")
        if not (followup.comment or "").strip():
            return Ignored("a follow-up without text")
        return self._event(EventKind.CUSTOMER_REPLIED, body, followup)

    def complete(self, event: TicketEvent) -> TicketEvent:
        """The webhook holds the whole ticket; names and locales the API does not know either (2.6.1)."""
        return event

    def has_note(self, ticket: TicketReference, mark: str) -> bool:
        """Look through the ticket's private follow-ups."""
        followups = self._ticket("read the ticket", ticket).followup_set
        return any(not one.public and mark in (one.comment or "") for one in followups)

    def add_note(self, ticket: TicketReference, note: Note) -> None:
        """Write a private follow-up; comments are shown as Markdown."""
        action = "add the note"
        body = {
            # No title: it would rename the ticket. The author is the account that posts (2.6.1), but
            # earlier versions fail when "user" and "time_spent" are left out.
            "ticket": int(self._api.numeric_id(action, ticket)),
            "comment": without_template_marks(note.markdown),
            "public": False,
            "user": None,
            "time_spent": None,
        }
        self._api.send(action, "POST", "api/followups/", body)

    def assignee(self, ticket: TicketReference) -> str | None:
        """The owner's primary key."""
        owner = self._ticket("read the ticket", ticket).assigned_to
        return None if owner is None else str(owner)

    def assign(self, ticket: TicketReference, agent_id: str) -> None:
        """Set the owner by primary key. Fires no webhook."""
        path = f"api/tickets/{self._api.numeric_id('assign the ticket', ticket)}/"
        self._api.send("assign the ticket", "PATCH", path, {"assigned_to": as_number(agent_id)})

    def _ticket(self, action: str, ticket: TicketReference) -> _Ticket:
        return self._api.get(action, f"api/tickets/{self._api.numeric_id(action, ticket)}/", _Ticket)

    def _is_ours(self, followup: _FollowUp) -> bool:
        return followup.user is not None and str(followup.user) == self.desk.own_user_id

    def _event(
        self, kind: EventKind, body: _Body, reply: _FollowUp | None = None, resolution: str | None = None
    ) -> TicketEvent:
        ticket = body.ticket
        reference = TicketReference(self.desk.name, str(ticket.id))
        message = IncomingMessage(
            text=(reply.comment if reply else ticket.description) or "",
            subject=ticket.title or "",
            requester=Requester(email=ticket.submitter_email or None),
            ticket=reference,
            message_id=str(reply.id) if reply else "opening",
        )
        owner = None if ticket.assigned_to is None else str(ticket.assigned_to)
        return TicketEvent(kind, reference, message, body.queue_slug, owner, resolution or None)


def without_template_marks(text: str) -> str:
    """The same text for a reader, but nothing that django-helpdesk acts on when it renders a comment."""
    text = text.replace(_SERVERS_PLACEHOLDER, _SERVERS_PLACEHOLDER.replace("-", " "))
    return _TEMPLATE_MARKS.sub(lambda found: f"{found[0]} ", text)


def _read_body(delivery: Delivery) -> _Body:
    body = decode(delivery.body, _Body)
    if delivery.hint == "followup" and body.followup_id is None:
        raise MalformedDelivery("$.followup_id", "This field is missing.")
    if delivery.hint == "new":
        body.followup_id = None
    return body


def _find(followups: list[_FollowUp], followup_id: int) -> _FollowUp:
    for followup in followups:
        if followup.id == followup_id:
            return followup
    raise MalformedDelivery("$.ticket.followup_set", "The follow-up of $.followup_id is not in it.")


def _is_from_customer(followup: _FollowUp) -> bool:
    # The public page and the mailbox leave the user out; whatever has an e-mail's id came from outside.
    return followup.user is None or bool(followup.message_id)
