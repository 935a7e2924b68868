"""What the customer feels and wants, as far as the text shows it; and why a case is urgent."""

import pytest

from knowledge.corpus import complaints
from knowledge.model import LanguageGuess
from knowledge.triage import Triage
from knowledge.triage_heads import NAMES, load_heads


@pytest.fixture(scope="module")
def triage(encoder):
    return Triage(encoder)


def assess(triage, text, tag="en"):
    return triage.assess(text, LanguageGuess(tag, 1.0))


def test_the_heads_were_fitted_on_the_shipped_encoder(encoder):
    assert load_heads().encoder == encoder.fingerprint


@pytest.mark.parametrize(
    ("tag", "text", "remedy"),
    [
        ("en", "The kettle stopped working after two days. I want my money back.", "refund"),
        ("de", "Der Wasserkocher ist nach zwei Tagen kaputt. Ich möchte mein Geld zurück.", "refund"),
        ("sl", "Grelnik se je pokvaril po dveh dneh. Hočem denar nazaj.", "refund"),
        ("fr", "La bouilloire est arrivée cassée. Je voudrais un remplacement, une neuve.", "replacement"),
        ("en", "You treated me like a liar at the counter. I expect an apology.", "apology"),
    ],
)
def test_the_remedy_asked_for_is_found(triage, tag, text, remedy):
    found = assess(triage, text, tag)
    assert found.is_complaint
    assert found.remedy == remedy


@pytest.mark.parametrize(
    ("tag", "text"),
    [("en", "Thank you so much, everything arrived early and in perfect condition!"),
     ("en", "What are your opening hours on Saturday?"),
     ("de", "Vielen Dank für die schnelle Lieferung, alles bestens!"),
     ("nb", "Hva er åpningstidene deres på lørdag?")],
)  # fmt: skip
def test_praise_and_plain_questions_are_no_complaints(triage, tag, text):
    assert not assess(triage, text, tag).is_complaint


def test_anger_is_told_from_calm(triage):
    angry = assess(triage, "This is OUTRAGEOUS!!! You thieves have robbed me and I am furious!")
    calm = assess(triage, "The parcel arrived with one of the two lamps missing. Please send the second one.")
    assert angry.emotion == "angry"
    assert calm.emotion == "calm"


def test_urgency_says_why(triage):
    found = assess(triage, "The boiler has been broken for a week, my baby is ill and I am calling my lawyer.")
    assert found.urgency.level == "high"
    assert any("Legal" in reason.text for reason in found.urgency.reasons)
    assert any("lawyer" in str(reason.facts["quote"]) for reason in found.urgency.reasons)


def test_languages_without_cues_are_read_by_meaning(triage):
    for tag in ("cy", "ta", "so"):
        found = [assess(triage, each.text, tag).is_complaint for each in complaints(tag) if each.split == "test"]
        assert sum(found) > len(found) / 2


@pytest.mark.parametrize("text", ["", "😀", "12345", "???", "\u202e"])
def test_a_message_without_words_is_no_complaint(triage, text):
    found = triage.assess(text, LanguageGuess("und", 0.0))
    assert not found.is_complaint and found.probability == 0.0


def test_probabilities_of_each_head_add_up():
    heads = load_heads()
    for group in (heads.with_cues, heads.without_cues):
        for name in NAMES:
            head = group[name]
            found = head.probabilities(head.weights[0] * 0)
            assert sum(found.values()) == pytest.approx(1)
