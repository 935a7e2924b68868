"""What one vector for a whole text drowns: its one telling sentence, its few telling words."""

import numpy as np
import pytest

from knowledge.closer_look import CloserLook, sentences
from knowledge.encoders import SHIPPED_FOLDER, StaticEncoder

STORY = (
    "We moved to Graz in spring because my wife found work there. The children like their new school. "
    "On Saturdays we cook together and my brother comes with his dog. {} "
    "My mother-in-law arrives on Friday and I still have to paint the kitchen. It has been a long year."
)


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder(SHIPPED_FOLDER)


@pytest.fixture(scope="module")
def likeness(encoder):
    def compared(text, others):
        return CloserLook(encoder).likeness(text, others, list(encoder.encode(others) @ encoder.encode_query(text)))

    return compared


def test_the_telling_sentence_of_a_long_story_is_found_in_another_language(likeness):
    parcel, fridge = (STORY.format(s) for s in ("The parcel never arrived.", "The fridge does not cool any more."))
    about_parcel, about_fridge = likeness("Mein Paket ist nie angekommen.", [parcel, fridge])
    assert about_parcel > about_fridge


def test_likeness_does_not_depend_on_who_asks(likeness):
    one, other = "Je veux être remboursé. Le café était froid.", "Ich will mein Geld zurück!"
    assert likeness(one, [other])[0] == pytest.approx(likeness(other, [one])[0], abs=1e-6)


def test_a_text_is_most_like_itself(likeness):
    texts = ["Der Zug kam nicht.", "Le train n'est pas venu.", "Mit dem Essen war alles gut."]
    assert likeness(texts[0], texts).argmax() == 0
    assert likeness(texts[0], texts[:1])[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("text", ["", "   ", "\n", "ꧾ"])
def test_a_text_that_says_nothing_is_like_nothing(likeness, text):
    found = likeness(text, ["Where is my parcel?", text])
    assert np.isfinite(found).all() and found[0] == 0


def test_a_better_encoders_cosine_counts_instead(encoder):
    look, texts = CloserLook(encoder), ["Der Zug kam nicht.", "Der Zug kam pünktlich."]
    assert look.likeness("The train did not come.", texts, [0.9, 0.1]).argmax() == 0
    assert look.likeness("The train did not come.", texts, [0.1, 0.9]).argmax() == 1


def test_short_sentences_join_the_next():
    assert sentences("Hi. The machine is broken since Monday. Help!\nThanks") == [
        "Hi. The machine is broken since Monday.",
        "Help! Thanks",
    ]
    assert sentences("") == [""]


def test_numbers_and_addresses_are_no_sentence_ends():
    assert sentences("Paid 1.250.00 euro on shop.example.com for nothing.") == [
        "Paid 1.250.00 euro on shop.example.com for nothing."
    ]


def test_chinese_sentences_end_without_a_space():
    assert sentences("包裹到現在還沒有送到。客服電話一直沒有人接！") == [
        "包裹到現在還沒有送到。",
        "客服電話一直沒有人接！",
    ]
