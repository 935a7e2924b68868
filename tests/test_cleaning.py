"""Only what the customer newly wrote is left."""

import pytest

from knowledge.cleaning import TEXT_LIMIT_CHARACTERS, clean

NEW = "Paket ni prišel, čakam že tri tedne."

THREADS = [
    "On Mon, 3 May 2026 at 10:02, Help <help@shop.example> wrote:\n> We are sorry\n> Kind regards",
    "Dne pon., 3. maj 2026 ob 10:02 je Trgovina <info@trgovina.example> napisal:\n\nSpoštovani, hvala.",
    "-----Ursprüngliche Nachricht-----\nVon: Laden <info@laden.example>\nGesendet: Montag, 3. Mai 2026\nHallo",
    "________________________________\nFrom: Shop <a@shop.example>\nSent: Monday, 3 May 2026 10:00\nTo: me\n\nHello",
    "Von: Laden <info@laden.example>\nGesendet: Montag, 3. Mai 2026 10:00\nAn: mich\nBetreff: Paket\n\nHallo",
    "man. 3. mai 2026 kl. 10:02 skrev Butikken\n<post@butikk.example>:\n> Hei",
    "2026年5月3日(月) 10:02 ショップ <info@shop.example>:\n> お世話に",
    "> Dear customer,\n> we have received your message",
]


@pytest.mark.parametrize("thread", THREADS)
def test_a_quoted_thread_is_left_out(thread):
    cleaned = clean(f"{NEW}\n\n{thread}")
    assert cleaned.text == NEW
    assert cleaned.dropped == ("quoted reply",)


def test_an_answer_below_the_quote_is_kept():
    assert clean(f"> Dear customer\n> please tell us more\n\n{NEW}").text == NEW


def test_a_message_that_is_all_quote_is_kept():
    assert "Dear customer" in clean("> Dear customer\n> hello").text


def test_markup_and_entities_become_text():
    cleaned = clean("<style>p{}</style><p>Zdravo,&nbsp;paket je <b>po&scaron;kodovan</b>.</p><p>Ana</p>", is_html=True)
    assert cleaned.text == "Zdravo, paket je poškodovan.\n\nAna"


def test_quotes_in_markup_are_left_out():
    markup = f"<div>{NEW}</div><div class='gmail_quote'>On Monday…<blockquote>Hello</blockquote></div>"
    assert clean(markup, is_html=True).text == NEW


def test_what_follows_outlooks_divider_is_left_out():
    markup = f"<p>{NEW}</p><hr><div id='divRplyFwdMsg'>From: x</div><div>old mail</div>"
    assert clean(markup, is_html=True).text == NEW


def test_a_signature_is_left_out():
    cleaned = clean(f"{NEW}\n-- \nAna Novak\nNovak d.o.o.")
    assert cleaned.text == NEW
    assert cleaned.dropped == ("signature",)


def test_plain_sentences_with_dates_and_colons_stay():
    text = "Naročila sem 3. 5. 2026 ob 10:02:\ndve knjigi in svinčnik.\nNič ni prišlo."
    assert clean(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "<div>" * 200_000,
        "> " * 300_000,
        "x: y\n" * 200_000,
        "-" * 1_000_000,
        "On 1.1.2026:\n" * 50_000,
    ],
)
def test_a_megabyte_is_cut_and_said_so(text):
    cleaned = clean(text)
    assert len(cleaned.text) <= TEXT_LIMIT_CHARACTERS
    assert "end of a very long message" in cleaned.dropped


@pytest.mark.parametrize("text", ["", "\ud800", "\x00\x00", "\u202e\u202d", "Z̸̢̛a̷l̶g̵o̶" * 50])
def test_odd_text_is_no_error(text):
    clean(text).text.encode("utf-8")
