"""From a message to all we hand the agent; what is not known is said, never raised."""

from datetime import UTC, datetime

import msgspec
import pytest

from knowledge.model import IncomingMessage, Requester, TicketReference
from knowledge.phrasebook import FIRST_STRONG_ISOLATE
from knowledge.records import briefing_view

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATE = "Pozdravljeni, paket z naročilom SI-48213 še vedno ni prišel, čakam že tri tedne. Hočem denar nazaj!"


def test_a_slovenian_complaint_is_briefed_whole(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage(LATE), "en", NOW)
    assert briefing.language.tag == "sl"
    assert briefing.routing.agent.id == "spela"
    assert briefing.assessment.is_complaint
    assert briefing.assessment.remedy == "refund"
    assert 1 <= len(briefing.matches) <= 3
    assert {"apology", "empathy", "reassurance", "thanks", "remedy_question", "transfer", "closing"} <= {
        phrase.purpose for phrase in briefing.phrases
    }
    assert all(phrase.locale == "sl" and phrase.gloss_locale == "en" for phrase in briefing.phrases)
    assert [reference.text for reference in briefing.complaint.references] == ["SI-48213"]


def test_two_locales_live_side_by_side(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage(LATE), "nb", NOW)
    apology = next(phrase for phrase in briefing.phrases if phrase.key == "apology.regret")
    assert apology.locale == "sl" and apology.gloss_locale == "nb"
    assert apology.gloss != apology.text
    commitment = next(phrase for phrase in briefing.phrases if phrase.key == "commitment.contact")
    assert "november 2026" in commitment.text and "torek" in commitment.text
    assert "tirsdag" in commitment.gloss


@pytest.mark.parametrize("text", ["", "   ", "😀😀😀", "12345", "\u202e", "???"])
def test_a_message_without_words_is_briefed_saying_so(knowledge, text):
    briefing = knowledge.briefer.brief(IncomingMessage(text), "en", NOW)
    assert briefing.language.tag == "und"
    assert not briefing.matches
    remarks = " ".join(remark.text for remark in briefing.remarks)
    assert "nothing could be understood" in remarks and "language could not be told" in remarks
    assert briefing.routing.agent is None


def test_a_megabyte_is_briefed_from_its_beginning(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage(LATE * 10_000), "en", NOW)
    assert briefing.language.tag == "sl"
    assert any("very long" in remark.text for remark in briefing.remarks)


def test_praise_is_no_complaint_and_gets_no_apology(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage("Thank you so much, the delivery was great!"), "en", NOW)
    assert not briefing.assessment.is_complaint
    assert "apology" not in {phrase.purpose for phrase in briefing.phrases}
    assert any("not read like a complaint" in remark.text for remark in briefing.remarks)


def test_a_language_without_phrases_falls_back_openly(knowledge):
    text = "Nid yw fy mharsel wedi cyrraedd ac rwyf wedi bod yn aros ers tair wythnos."  # Welsh
    briefing = knowledge.briefer.brief(IncomingMessage(text), "en", NOW)
    assert briefing.language.tag == "cy"
    assert briefing.reply_locale == "en"
    assert any("no ready phrases" in remark.text for remark in briefing.remarks)


def test_a_subject_tells_what_an_empty_body_does_not(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage("", subject="Paket ni prišel, kje je moj denar?"), "en", NOW)
    assert briefing.language.tag == "sl"
    assert not briefing.complaint.is_empty


def test_the_requesters_name_is_not_searched_for(knowledge):
    message = IncomingMessage("Moje ime je Ana Kos. Paket ni prišel.", requester=Requester(name="Ana Kos"))
    assert "Ana" not in knowledge.briefer.brief(message, "en", NOW).complaint.masked


def test_arabic_names_keep_their_direction(knowledge):
    briefing = knowledge.briefer.brief(IncomingMessage("لم يصل الطرد منذ ثلاثة أسابيع وأريد استرداد أموالي"), "en", NOW)
    assert briefing.language.tag == "ar" and briefing.reply_locale == "ar"
    commitment = next(phrase for phrase in briefing.phrases if phrase.key == "commitment.contact")
    assert FIRST_STRONG_ISOLATE in commitment.text


def test_the_view_has_the_promised_fields(knowledge):
    view = briefing_view(knowledge.briefer.brief(IncomingMessage(LATE), "en", NOW))
    assert view["language"].keys() >= {"tag", "probability"}
    assert view["complaint"].keys() >= {"is_complaint", "probability"}
    assert view["urgency"].keys() >= {"level", "reasons"}
    assert view["routing"].keys() >= {"agent", "reason", "fallbacks"}
    assert all(m.keys() >= {"id", "score", "language", "outcome", "resolution", "why"} for m in view["matches"])
    assert all(p.keys() >= {"purpose", "locale", "register", "text", "gloss"} for p in view["phrases"])
    assert view["emotion"] in ("angry", "frustrated", "disappointed", "worried", "calm")
    msgspec.json.encode(view)


def test_a_stored_briefing_comes_back_whole_and_the_first_one_stands(knowledge):
    ticket = TicketReference("desk", "7")
    message = IncomingMessage(LATE, ticket=ticket, message_id="1")
    first = knowledge.briefer.brief(message, "en", NOW)
    knowledge.records.save(first)
    knowledge.records.save(knowledge.briefer.brief(message, "en", NOW))
    assert knowledge.records.for_message(ticket, "1") == first
    assert knowledge.records.latest(ticket) == first
    assert knowledge.records.latest(TicketReference("desk", "8")) is None
