"""What a helpdesk adapter is. Adding a helpdesk is one module like its neighbours, one row in the table
of names (``plugin/platforms/__init__.py``), a folder of payloads and a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from knowledge.model import TicketEvent, TicketReference


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook attempt as it came in. ``headers`` has lower-case names; ``hint`` is the last part of
    the URL's path for helpdesks that tell events apart only by URL.

    The inbox keeps few headers: ``read`` must do with the body and the hint.
    """

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event of theirs that is not ours, and why: our own note, an agent's reply, a tag."""

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note in the three forms that helpdesks take, and the mark that finds it again.

    Every form holds the mark as visible text: helpdesks drop comments and hidden elements from markup.
    """

    mark: str
    title: str
    markdown: str
    html: str
    plain: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One connected helpdesk account.

    ``url_token`` is the secret part of the webhook's URL for helpdesks that cannot sign;
    ``webhook_secrets`` are all accepted, so that they can be rotated; ``own_user_id`` is the account
    our notes are written by; ``options`` holds what only one platform needs.
    """

    name: str
    platform: str
    base_url: str | None = None
    url_token: str | None = field(default=None, repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api_user: str | None = None
    api_token: str | None = field(default=None, repr=False)
    own_user_id: str | None = None
    writes: frozenset[str] = frozenset({"note", "assign"})
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_write(self) -> bool:
        """Whether credentials for the helpdesk's API are given."""
        return bool(self.base_url and self.api_token)


class Adapter(Protocol):
    """Reads one desk's deliveries, fetches what they leave out and writes back.

    ``verify``, ``delivery_key`` and ``read`` do no I/O. The others call the helpdesk's API and raise
    HelpdeskUnavailable (worth a retry) or HelpdeskRefused (not); they are never called on a desk that
    cannot write, except ``complete``, which then gives the event back as it is.
    """

    desk: Desk

    def verify(self, delivery: Delivery, now: datetime) -> None:
        """Check the signature over the raw bytes in constant time. Raises SignatureRejected."""

    def delivery_key(self, delivery: Delivery) -> str:
        """What stays the same when the same delivery comes again; at most 200 characters.

        Asked for what ``read`` gave an event for. Raises MalformedDelivery.
        """

    def read(self, delivery: Delivery) -> TicketEvent | Ignored:
        """Understand the body. Raises MalformedDelivery naming the JSON path.

        ``ticket`` of the event's message is set, and so is ``message_id`` unless the ticket was solved.
        """

    def complete(self, event: TicketEvent) -> TicketEvent:
        """Fetch what the webhook left out: full text, requester's name and locale, the assignee."""

    def has_note(self, ticket: TicketReference, mark: str) -> bool:
        """Whether a note with this mark is already there: a retry must not write it twice."""

    def add_note(self, ticket: TicketReference, note: Note) -> None:
        """Write an internal note that the customer never sees."""

    def assignee(self, ticket: TicketReference) -> str | None:
        """The id of the agent who owns the ticket now."""

    def assign(self, ticket: TicketReference, agent_id: str) -> None:
        """Make an agent the ticket's owner; ``agent_id`` is the helpdesk's own id."""
