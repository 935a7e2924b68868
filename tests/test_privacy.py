"""Personal data is found, shown as facts and masked before anything is indexed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model import Requester
from knowledge.privacy import find_personal_data, mask, without_masks

ANA = Requester(name="Ana Novak", email="ana@example.org", locale="sl")


def masked(text: str, requester: Requester = ANA, language: str = "sl") -> str:
    return mask(text, find_personal_data(text, requester, language))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pišite na ana.novak+x@example.org prosim", "Pišite na [email] prosim"),
        ("Kličite 041 234 567 ali +386 1 234 56 78.", "Kličite [phone] ali [phone]."),
        ("IBAN SI56 1910 0000 0123 438 je moj", "IBAN [iban] je moj"),
        ("Kartica 4111 1111 1111 1111 je bremenjena", "Kartica [card] je bremenjena"),
        ("Naročilo 7731045 in SI-48213 ter #A77-31", "Naročilo [reference] in [reference] ter [reference]"),
        ("Sem Ana Novak, Novakova naročilnica", "Sem [name], [name] naročilnica"),
        ("Povezava https://shop.example/track?id=7 tu", "Povezava [url] tu"),
        ("Lep pozdrav, Špela Žagar", "Lep pozdrav, [name]"),
    ],
)
def test_personal_data_is_masked(text, expected):
    assert masked(text) == expected


def test_amounts_dates_and_years_are_not_personal():
    text = "Plačala sem 89,90 € dne 3. 5. 2026, leta 2025 pa 1.250,00 EUR."
    assert masked(text) == text


def test_a_card_number_that_fails_its_check_digit_is_no_card():
    assert "[card]" not in masked("4111 1111 1111 1112")


def test_masks_do_not_reach_the_encoder():
    assert without_masks("a [email] b [reference]").split() == ["a", "b"]


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_can_be_masked(text, name):
    found = find_personal_data(text, Requester(name=name), "en")
    assert all(text[data.start : data.end] == data.text for data in found)
    mask(text, found)
