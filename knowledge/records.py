"""Briefings in the database, and as the JSON that programs read."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from knowledge.database import Writer, briefings, reading
from knowledge.model import Briefing, Match, Phrase, TicketReference
from knowledge.translation import render


class BriefingRecords:
    """Stored briefings; one per message of a ticket."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = reading(engine)
        self._writer = writer

    def save(self, briefing: Briefing) -> None:
        """Store; a second briefing for the same message is ignored, the first one stands."""
        if briefing.ticket is None or briefing.message_id is None:
            return
        row = {
            "id": briefing.id,
            "desk": briefing.ticket.desk,
            "ticket_id": briefing.ticket.ticket_id,
            "message_id": briefing.message_id,
            "created_at": briefing.created_at,
            "body": msgspec.json.encode(briefing).decode(),
        }
        try:
            self._writer.write(lambda connection: connection.execute(briefings.insert().values(**row)))
        except IntegrityError:
            return

    def latest(self, ticket: TicketReference) -> Briefing | None:
        """The newest briefing of a ticket."""
        query = (
            select(briefings.c.body)
            .where(briefings.c.desk == ticket.desk, briefings.c.ticket_id == ticket.ticket_id)
            .order_by(briefings.c.created_at.desc())
            .limit(1)
        )
        return self._one(query)

    def for_message(self, ticket: TicketReference, message_id: str) -> Briefing | None:
        """The briefing of one message."""
        query = select(briefings.c.body).where(
            briefings.c.desk == ticket.desk,
            briefings.c.ticket_id == ticket.ticket_id,
            briefings.c.message_id == message_id,
        )
        return self._one(query)

    def recent(self, limit: int) -> list[Briefing]:
        """The newest briefings of all desks."""
        query = select(briefings.c.body).order_by(briefings.c.created_at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_decode(body) for body in connection.execute(query).scalars()]

    def _one(self, query: Any) -> Briefing | None:
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar_one_or_none()
        return _decode(body) if body is not None else None


def briefing_view(briefing: Briefing, locale: str | None = None) -> dict[str, Any]:
    """The briefing as JSON for programs, its sentences in the agent's language."""
    reader = locale or briefing.agent_locale
    assessment, language, routing = briefing.assessment, briefing.language, briefing.routing
    return {
        "id": briefing.id,
        "language": {
            "tag": language.tag,
            "probability": language.probability,
            "group": list(language.group),
            "reasons": [render(remark, reader) for remark in language.reasons],
        },
        "complaint": {"is_complaint": assessment.is_complaint, "probability": assessment.probability},
        "emotion": str(assessment.emotion),
        "mindset": str(assessment.mindset),
        "remedy": str(assessment.remedy),
        "urgency": {
            "level": str(assessment.urgency.level),
            "reasons": [render(remark, reader) for remark in assessment.urgency.reasons],
        },
        "routing": {
            "agent": routing.agent.id if routing.agent else None,
            "agent_name": routing.agent.name if routing.agent else None,
            "reason": render(routing.reason, reader),
            "fallbacks": [
                {
                    "agent": fallback.agent.id,
                    "agent_name": fallback.agent.name,
                    "reason": render(fallback.reason, reader),
                }
                for fallback in routing.fallbacks
            ],
        },
        "matches": [match_view(match, reader) for match in briefing.matches],
        "reply_locale": briefing.reply_locale,
        "phrases": [phrase_view(phrase) for phrase in briefing.phrases],
        "references": [{"kind": item.kind, "text": item.text} for item in briefing.complaint.references],
        "remarks": [render(remark, reader) for remark in briefing.remarks],
    }


def match_view(match: Match, locale: str) -> dict[str, Any]:
    """A match as JSON."""
    solved = match.solved
    return {
        "id": solved.id,
        "score": match.score,
        "language": solved.language,
        "outcome": str(solved.outcome),
        "resolution": solved.resolution,
        "resolution_en": solved.resolution_en,
        "complaint": solved.complaint,
        "issue": solved.issue,
        "satisfaction": solved.satisfaction,
        "is_sample": solved.is_sample,
        "why": " ".join(render(remark, locale) for remark in match.why),
    }


def phrase_view(phrase: Phrase) -> dict[str, Any]:
    """A phrase as JSON."""
    return {
        "purpose": phrase.purpose,
        "key": phrase.key,
        "locale": phrase.locale,
        "register": str(phrase.register),
        "text": phrase.text,
        "gloss": phrase.gloss,
        "gloss_locale": phrase.gloss_locale,
    }


def _decode(body: str) -> Briefing:
    return msgspec.json.decode(body, type=Briefing)
