"""The use case: from a customer's message to all we hand the agent, explaining itself.

"No good match", "language undetermined" and "no speaker free" are ordinary outcomes that the briefing
states, never exceptions.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from knowledge.cleaning import clean
from knowledge.detection.hints import domain_language
from knowledge.locales import serve, tag_or_none, unique
from knowledge.model import (
    Agent,
    Assessment,
    Briefing,
    Complaint,
    IncomingMessage,
    LanguageGuess,
    Match,
    Phrase,
    Register,
    Remark,
    Remedy,
    Routing,
)  # fmt: skip
from knowledge.phrasebook import deadline, phrase_locales, reply_locale, say
from knowledge.ports import Detector
from knowledge.privacy import find_personal_data, mask
from knowledge.retrieval import Retrieval
from knowledge.routing import choose_agent
from knowledge.triage import Triage

_SUBJECT_LIMIT_CHARACTERS = 500
# Between this and a half nobody knows: the apology is offered, the agent decides.
_SURELY_NO_COMPLAINT = 0.25


@dataclass(frozen=True, slots=True)
class BriefingOptions:
    """What a desk decides: the register of its phrases, and within how many hours it answers."""

    register: Register | None = None
    next_contact_h: int = 24


class Briefer:
    """Makes briefings. Holds only things that are safe to share between threads."""

    def __init__(
        self,
        detector: Detector,
        triage: Triage,
        retrieval: Retrieval,
        agents: Callable[[], Sequence[Agent]],
        options: BriefingOptions | None = None,
    ) -> None:
        self._detector = detector
        self._triage = triage
        self._retrieval = retrieval
        self._agents = agents
        self._options = options or BriefingOptions()

    def brief(self, message: IncomingMessage, agent_locale: str = "en", now: datetime | None = None) -> Briefing:
        """Brief the agent about one message."""
        now = now or datetime.now(UTC)
        complaint, language = self._understand(message)
        assessment = self._triage.assess(f"{complaint.subject}\n{complaint.text}".strip(), language)
        routing = choose_agent(self._agents(), language, now)
        floors = self._retrieval.floors
        least = floors.good if assessment.is_complaint else floors.sure
        matches = self._retrieval.search(complaint.masked, floor=least) if not complaint.is_empty else ()
        answer_in = _reply_locale(language, message)
        return Briefing(
            id=uuid.uuid4().hex,
            created_at=now,
            agent_locale=agent_locale,
            reply_locale=answer_in,
            complaint=complaint,
            requester=message.requester,
            language=language,
            assessment=assessment,
            routing=routing,
            matches=matches,
            phrases=self._phrases(assessment, routing, answer_in, agent_locale, now),
            remarks=tuple(_remarks(complaint, language, assessment, matches)),
            ticket=message.ticket,
            message_id=message.message_id,
        )

    def _understand(self, message: IncomingMessage) -> tuple[Complaint, LanguageGuess]:
        body = clean(message.text, message.is_html)
        subject = clean(message.subject[:_SUBJECT_LIMIT_CHARACTERS]).text.replace("\n", " ")
        text = body.text
        # A message of a few words is read together with its subject.
        readable = text if len(text) > 40 else f"{subject}\n{text}".strip()
        language = self._detector.detect(readable, _hints(message))
        found = find_personal_data(text, message.requester, language.tag)
        masked = mask(text, found)
        if not any(character.isalpha() for character in text) and subject:
            masked = mask(subject, find_personal_data(subject, message.requester, language.tag))
            text = subject
        return Complaint(subject, text, masked, found, body.dropped), language

    def _phrases(
        self, assessment: Assessment, routing: Routing, locale: str, gloss_locale: str, now: datetime
    ) -> tuple[Phrase, ...]:
        due = (now + timedelta(hours=self._options.next_contact_h)).date()
        slots = {"deadline": deadline(due, locale)}
        read_slots = {"deadline": deadline(due, gloss_locale)}
        if routing.agent is not None:
            slots["agent"] = read_slots["agent"] = routing.agent.name
        said = (
            say(key, locale, self._options.register, gloss_locale, slots, read_slots)
            for key in _phrase_keys(assessment, routing)
        )
        return tuple(phrase for phrase in said if phrase is not None)


def _phrase_keys(assessment: Assessment, routing: Routing) -> list[str]:
    """The keys of an answer, in the order one writes it."""
    keys = ["apology.regret", f"empathy.{assessment.emotion}"]
    if assessment.probability < _SURELY_NO_COMPLAINT:
        keys = []
    keys += ["thanks.telling", "reassurance.care", "reassurance.valuable"]
    if assessment.remedy == Remedy.NONE:
        keys += ["remedy_question.open", "remedy_question.choice"]
    else:
        keys += ["remedy_question.open"]
    keys += ["clarifying.open", "commitment.contact"]
    if routing.agent is not None:
        keys += ["transfer.speaker", "transfer.complete"]
    return [*keys, "thanks.improve", "closing.remains", "closing.regards"]


def _hints(message: IncomingMessage) -> dict[str, str]:
    hints = dict(message.language_hints)
    if message.requester.locale:
        hints.setdefault("requester", message.requester.locale)
    if spoken := domain_language(message.requester.email):
        hints.setdefault("mail domain", spoken)
    return hints


def _reply_locale(language: LanguageGuess, message: IncomingMessage) -> str:
    """What we write in: the customer's language, else what the helpdesk says of them, else English."""
    wanted = unique(
        [language.tag if language.is_known else None, *language.group, tag_or_none(message.requester.locale)]
    )
    for tag in wanted:
        if served := serve(tag, phrase_locales()):
            return served
    return reply_locale("en")


def _remarks(
    complaint: Complaint,
    language: LanguageGuess,
    assessment: Assessment,
    matches: tuple[Match, ...],
) -> list[Remark]:
    remarks: list[Remark] = []
    if complaint.is_empty:
        remarks.append(Remark("The message has no words: nothing could be understood from it."))
    if not language.is_known:
        remarks.append(Remark("The language could not be told; a person should look."))
    elif serve(language.tag, phrase_locales()) is None:
        facts: dict[str, str | int] = {"language": language.tag}
        remarks.append(Remark("There are no ready phrases in {language} yet; these are in another language.", facts))
    if not assessment.is_complaint and not complaint.is_empty:
        remarks.append(Remark("This does not read like a complaint."))
    elif not matches and not complaint.is_empty:
        remarks.append(Remark("No past complaint is similar enough to help."))
    if "end of a very long message" in complaint.dropped:
        remarks.append(Remark("The message is very long; only its beginning was read."))
    return remarks
