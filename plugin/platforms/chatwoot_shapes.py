"""What Chatwoot sends and answers, as far as we use it."""

from msgspec import Struct

from plugin.platforms.bodies import Identifier, NumberId


class Person(Struct):
    """A contact, a user or a bot; ``type`` says which."""

    id: int | None = None
    name: str | None = None
    email: str | None = None
    type: str | None = None


class Account(Struct):
    """The account an event is from."""

    id: NumberId


class Message(Struct):
    """A message, alone or inside a conversation."""

    id: NumberId
    message_type: int | str
    content: str | None = None
    private: bool | None = None
    account_id: int | None = None
    sender: Person | None = None


class Meta(Struct):
    """Who takes part in a conversation."""

    sender: Person | None = None
    assignee: Person | None = None
    assignee_type: str | None = None


class Facts(Struct):
    """What is known about how a conversation began."""

    browser_language: str | None = None
    conversation_language: str | None = None
    mail_subject: str | None = None


class Conversation(Struct):
    """A conversation, with its newest message."""

    # The number an account counts its conversations by, which its API and its pages use too.
    id: NumberId
    status: str | None = None
    inbox_id: int | None = None
    messages: list[Message] = []
    meta: Meta | None = None
    additional_attributes: Facts | None = None
    unread_count: int | None = None
    first_reply_created_at: int | float | str | None = None
    agent_last_seen_at: int | float | None = None


class Owned(Struct):
    """A conversation from the API, for its owner."""

    meta: Meta | None = None


class MessageEvent(Message, kw_only=True):
    """``message_created``: the message itself, with its conversation."""

    conversation: Conversation
    account: Account | None = None


class Probe(Struct):
    """Tells what an event is."""

    event: Identifier


class Messages(Struct):
    """A page of messages from the API, oldest first."""

    payload: list[Message]
