"""Questions that programs ask, one JSON object each, and their answers: for the command line and the API."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from knowledge.errors import CatalogueMissing, InvalidInput
from knowledge.locales import parse_tag, tag_or_none
from knowledge.model import IncomingMessage, Register, Requester
from knowledge.phrasebook import meanings, registers_of, reply_locale, say
from knowledge.ports import Filters
from knowledge.records import briefing_view, match_view, phrase_view
from knowledge.wording import check_draft, wording_locales

if TYPE_CHECKING:
    from knowledge.assembly import Knowledge

# A sentence that is not filled in yet shows the names of its slots.
_SLOT_NAMES = {name: f"{{{name}}}" for name in ("points", "deadline", "agent")}


class DetectQuery(msgspec.Struct):
    """Which language is this in?"""

    text: str
    locale: str | None = None


class EmbedQuery(msgspec.Struct):
    """What is this text's embedding?"""

    text: str


class FilterQuery(msgspec.Struct):
    """What a search is held to."""

    language: str | None = None
    outcome: str | None = None
    issue: str | None = None


class SearchQuery(msgspec.Struct):
    """Which solved complaints are like this?"""

    text: str
    filters: FilterQuery | None = None
    limit: int = 5
    agent_locale: str = "en"


class RequesterQuery(msgspec.Struct):
    """Who wrote."""

    name: str | None = None
    email: str | None = None
    locale: str | None = None


class BriefQuery(msgspec.Struct):
    """What should an agent know about this message?"""

    text: str
    id: str | int | None = None
    subject: str | None = None
    requester: RequesterQuery | None = None
    agent_locale: str | None = None


class DraftQuery(msgspec.Struct):
    """Is there anything in this answer that one must not say?"""

    text: str
    language: str | None = None
    agent_locale: str = "en"


class PhrasesQuery(msgspec.Struct):
    """Which ready sentences are there in a locale?"""

    locale: str
    purpose: str | None = None
    register: str | None = None
    agent_locale: str = "en"


def answer_detect(knowledge: "Knowledge", query: DetectQuery) -> dict[str, Any]:
    """``{"language", "probability", "group"?}``."""
    guess = knowledge.detector.detect(query.text, {"requester": query.locale} if query.locale else {})
    answer: dict[str, Any] = {"language": guess.tag, "probability": guess.probability}
    if guess.group:
        answer["group"] = list(guess.group)
    return answer


def answer_embed(knowledge: "Knowledge", query: EmbedQuery) -> dict[str, Any]:
    """``{"embedding": […]}``, L2-normalised."""
    return {"embedding": [float(value) for value in knowledge.encoder.encode([query.text])[0]]}


def answer_search(knowledge: "Knowledge", query: SearchQuery) -> dict[str, Any]:
    """``{"matches": […]}``."""
    if not 1 <= query.limit <= 100:
        raise InvalidInput("$.limit", "must be between 1 and 100")
    wanted = query.filters
    filters = None
    if wanted is not None:
        language = parse_tag(wanted.language) if wanted.language else None
        filters = Filters(language, wanted.outcome, wanted.issue)
    matches = knowledge.retrieval.search(query.text, filters, query.limit)
    return {"matches": [match_view(match, query.agent_locale) for match in matches]}


def answer_brief(knowledge: "Knowledge", query: BriefQuery) -> dict[str, Any]:
    """The whole briefing; ``id`` comes back as it was given."""
    asked = query.requester or RequesterQuery()
    message = IncomingMessage(
        text=query.text,
        subject=query.subject or "",
        requester=Requester(asked.name, asked.email, tag_or_none(asked.locale)),
    )
    locale = parse_tag(query.agent_locale) if query.agent_locale else knowledge.settings.agent_locale
    answer = briefing_view(knowledge.briefer.brief(message, locale))
    return answer | {"id": query.id} if query.id is not None else answer


def answer_draft(knowledge: "Knowledge", query: DraftQuery) -> dict[str, Any]:
    """``{"findings": […], "language"}``; spans are characters of the text as given."""
    language = parse_tag(query.language) if query.language else knowledge.detector.detect(query.text).tag
    if language == "und":
        return {"findings": [], "language": "und", "detail": "The draft's language could not be told; name it."}
    try:
        findings = check_draft(query.text, language, query.agent_locale)
    except CatalogueMissing as missing:
        known = ", ".join(sorted(wording_locales()))
        return {"findings": [], "language": language, "detail": f"{missing} It knows: {known}."}
    return {
        "findings": [
            {"kind": str(f.kind), "start": f.start, "end": f.end, "better": f.better, "gloss": f.gloss}
            for f in findings
        ],
        "language": language,
    }


def answer_phrases(_: "Knowledge", query: PhrasesQuery) -> dict[str, Any]:
    """``{"phrases": […]}`` in every register asked for. Sentences with slots are shown with their names."""
    locale = reply_locale(parse_tag(query.locale))
    registers = [r for r in registers_of(locale) if query.register in (None, str(r))]
    found = [
        phrase
        for register in registers
        for key in meanings()
        if query.purpose in (None, key.split(".")[0])
        and (phrase := say(key, locale, Register(register), query.agent_locale, _SLOT_NAMES))
    ]
    return {"phrases": [phrase_view(phrase) for phrase in found]}


ANSWERS: Mapping[str, tuple[type[msgspec.Struct], Any]] = {
    "detect": (DetectQuery, answer_detect),
    "embed": (EmbedQuery, answer_embed),
    "search": (SearchQuery, answer_search),
    "brief": (BriefQuery, answer_brief),
    "check-draft": (DraftQuery, answer_draft),
    "phrases": (PhrasesQuery, answer_phrases),
}
