"""The nouns of Amends: frozen values, no I/O. See CONTRIBUTING.md for the glossary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Emotion(StrEnum):
    """What the requester feels, as far as the text shows it."""

    ANGRY = "angry"
    FRUSTRATED = "frustrated"
    DISAPPOINTED = "disappointed"
    WORRIED = "worried"
    CALM = "calm"


class Mindset(StrEnum):
    """What the requester is after (practice P9)."""

    VENTING = "venting"
    COMPENSATION = "compensation"
    RESPECT = "respect"
    SOLUTION = "solution"


class Remedy(StrEnum):
    """What the requester asks for (practice P3)."""

    REFUND = "refund"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    COMPENSATION = "compensation"
    APOLOGY = "apology"
    EXPLANATION = "explanation"
    INFORMATION = "information"
    NONE = "none"


class UrgencyLevel(StrEnum):
    """How soon somebody should look (practice U1)."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Outcome(StrEnum):
    """What came of a resolution."""

    HELD = "held"
    REOPENED = "reopened"
    UNKNOWN = "unknown"


class Register(StrEnum):
    """How close the words are to the customer."""

    FORMAL = "formal"
    INFORMAL = "informal"
    NEUTRAL = "neutral"


class EventKind(StrEnum):
    """What a helpdesk reports, as far as we act on it."""

    TICKET_OPENED = "ticket_opened"
    CUSTOMER_REPLIED = "customer_replied"
    TICKET_SOLVED = "ticket_solved"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence for the agent: an English message id with named facts, translated when shown."""

    text: str
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def in_english(self) -> str:
        """The sentence in English."""
        return self.text.format(**self.facts)


@dataclass(frozen=True, slots=True)
class Requester:
    """Who wrote."""

    name: str | None = None
    email: str | None = None
    locale: str | None = None
    is_vip: bool = False


@dataclass(frozen=True, slots=True)
class TicketReference:
    """A ticket of one connected helpdesk account."""

    desk: str
    ticket_id: str


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A customer's message as it was written.

    ``message_id`` identifies it within its ticket. ``language_hints`` maps a source ("helpdesk field",
    "browser") to a language tag.
    """

    text: str
    subject: str = ""
    requester: Requester = field(default_factory=Requester)
    is_html: bool = False
    ticket: TicketReference | None = None
    message_id: str | None = None
    language_hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """What a helpdesk reported, in our words. ``resolution`` is what settled a solved ticket."""

    kind: EventKind
    ticket: TicketReference
    message: IncomingMessage
    queue: str | None = None
    assignee_id: str | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A stretch of text that identifies a person or an account, by kind (email, phone, name …)."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the requester says is wrong: cleaned, with personal data known and masked.

    ``text`` is what the customer newly wrote; ``masked`` is what may be indexed.
    """

    subject: str
    text: str
    masked: str
    references: tuple[PersonalData, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing with letters was left to understand."""
        return not any(character.isalpha() for character in self.text)


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """What a text is written in: a guess. ``tag`` is ``und`` when nothing can be said.

    ``group`` names relatives that cannot be told apart here, when one of their readers can serve.
    ``distribution`` holds the likeliest tags with probabilities, falling.
    """

    tag: str
    probability: float
    group: tuple[str, ...] = ()
    distribution: tuple[tuple[str, float], ...] = ()
    reasons: tuple[Remark, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether a language was decided on."""
        return self.tag != "und"


@dataclass(frozen=True, slots=True)
class Urgency:
    """How soon, and why."""

    level: UrgencyLevel
    reasons: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What triage found in one complaint."""

    is_complaint: bool
    probability: float
    emotion: Emotion
    mindset: Mindset
    remedy: Remedy
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Agent:
    """Someone who answers.

    ``languages`` maps tags to a level (native, fluent, working, basic); ``hours`` are local working
    hours; ``desk_ids`` maps a desk's name to the agent's id there.
    """

    id: str
    name: str
    languages: Mapping[str, str]
    timezone: str = "UTC"
    hours: tuple[int, int] | None = None
    days: frozenset[int] = frozenset(range(7))
    skills: frozenset[str] = frozenset()
    capacity: int | None = None
    open_tickets: int = 0
    desk_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who else could answer, and why they come later."""

    agent: Agent
    reason: Remark


@dataclass(frozen=True, slots=True)
class Routing:
    """Who answers and why; nobody when no agent is known."""

    agent: Agent | None
    reason: Remark
    fallbacks: tuple[Fallback, ...] = ()


@dataclass(frozen=True, slots=True)
class SolvedComplaint:
    """A past complaint with what settled it; its texts are masked.

    ``seq`` grows with every change, in commit order. ``satisfaction`` runs from 1 to 5.
    """

    id: str
    language: str
    complaint: str
    resolution: str
    outcome: Outcome
    resolution_en: str | None = None
    issue: str | None = None
    satisfaction: int | None = None
    resolved_on: str | None = None
    source: str = "import"
    is_sample: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A past complaint with its score (cosine similarity); more than that decides the order, see ``why``."""

    solved: SolvedComplaint
    score: float
    why: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A ready sentence for a purpose, with its meaning in the agent's language."""

    purpose: str
    key: str
    locale: str
    register: Register
    text: str
    gloss: str
    gloss_locale: str


@dataclass(frozen=True, slots=True)
class DraftFinding:
    """Something one must not say in an answer: where it stands and what to say instead."""

    kind: str
    start: int
    end: int
    better: str
    gloss: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """All we hand the agent about one message of one ticket."""

    id: str
    created_at: datetime
    agent_locale: str
    reply_locale: str
    complaint: Complaint
    requester: Requester
    language: LanguageGuess
    assessment: Assessment
    routing: Routing
    matches: tuple[Match, ...]
    phrases: tuple[Phrase, ...]
    remarks: tuple[Remark, ...] = ()
    ticket: TicketReference | None = None
    message_id: str | None = None
