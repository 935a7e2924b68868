"""Tags as people and programs write them, and who is served by what."""

import pytest

from knowledge.errors import InvalidInput
from knowledge.locales import PRODUCT_LANGUAGES, language_name, parse_tag, serve

OURS = frozenset({"sl", "nb", "da", "fil", "zh-Hans", "zh-Hant", "en", "de", "es", "pt", "hr"})


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("de_AT.UTF-8", "de-AT"), ("zh_TW", "zh-Hant"), ("zh-CN", "zh-Hans"), ("no", "nb"), ("tl", "fil"), ("iw", "he"),
        (" PT_br ", "pt-BR"), ("en", "en"),
    ],
)  # fmt: skip
def test_tags_are_read_as_they_are_written(written, tag):
    assert parse_tag(written) == tag


@pytest.mark.parametrize("nonsense", ["", "klingon!!", "x", "12", "en-" + "a" * 50])
def test_nonsense_is_refused_by_name(nonsense):
    with pytest.raises(InvalidInput, match="not a language tag"):
        parse_tag(nonsense)


@pytest.mark.parametrize(
    ("wanted", "served"),
    [
        ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"), ("zh-SG", "zh-Hans"), ("pt-BR", "pt"), ("es-419", "es"),
        ("nn", "nb"), ("da", "da"), ("cy", None), ("sr", None), ("nl", None),
    ],
)  # fmt: skip
def test_readers_are_served_in_their_own_language_or_not_at_all(wanted, served):
    assert serve(parse_tag(wanted), OURS) == served


def test_traditional_readers_are_not_given_simplified():
    assert serve("zh-Hant", frozenset({"zh-Hans", "en"})) is None


def test_all_55_languages_of_langdetect_have_a_name():
    assert len(set(PRODUCT_LANGUAGES)) == 55
    assert all(language_name(tag) != tag for tag in PRODUCT_LANGUAGES)
    assert language_name("sl", "nb") == "slovensk"
