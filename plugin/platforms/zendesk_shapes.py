"""What Zendesk sends and answers, as far as we use it. In events ids are strings, in the API numbers."""

from msgspec import Struct

from plugin.platforms.bodies import DigitsId, Identifier


class Author(Struct):
    """Who wrote a comment."""

    id: str | None = None
    is_staff: bool = False
    name: str | None = None


class Comment(Struct):
    """The comment of ``ticket.comment_added``."""

    id: DigitsId
    author: Author
    body: str | None = None
    is_public: bool = False


class Change(Struct):
    """What ``event`` holds: a comment, or a status before and after."""

    comment: Comment | None = None
    current: object = None


class Detail(Struct):
    """The ticket an event is about."""

    id: DigitsId
    subject: str | None = None
    description: str | None = None
    assignee_id: str | None = None
    group_id: str | None = None
    actor_id: str | None = None
    is_public: bool | None = None


class Event(Struct):
    """An event-subscribed webhook's body."""

    id: Identifier
    type: str
    detail: Detail
    event: Change


class Trigger(Struct):
    """Our trigger's body: placeholders put into strings."""

    event: Identifier
    ticket_id: DigitsId
    updated_at: Identifier
    subject: str | None = None
    description: str | None = None
    latest_public_comment: str | None = None
    group: str | None = None
    requester_name: str | None = None
    requester_email: str | None = None
    requester_language: str | None = None


class Probe(Struct):
    """Tells what a body is; other events than tickets' have another ``detail``."""

    type: str | None = None
    id: Identifier | None = None


class KnownTicket(Struct):
    """A ticket from the API."""

    requester_id: int | None = None
    assignee_id: int | None = None
    subject: str | None = None


class KnownUser(Struct):
    """A user from the API."""

    id: int
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    role: str | None = None


class KnownComment(Struct):
    """A comment from the API."""

    id: int
    author_id: int
    public: bool
    created_at: str
    body: str | None = None
    plain_body: str | None = None

    @property
    def text(self) -> str:
        """The comment without markup."""
        return self.plain_body or self.body or ""


class TicketAnswer(Struct):
    """The API's envelope of one ticket."""

    ticket: KnownTicket


class UserAnswer(Struct):
    """The API's envelope of one user."""

    user: KnownUser


class CommentsAnswer(Struct):
    """A page of comments from the API, with their authors."""

    comments: list[KnownComment]
    users: list[KnownUser] = []
