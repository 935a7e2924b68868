"""Patterns find what people write, however they type it."""

import time

import pytest

from knowledge.cues import CueError, compile_cues
from knowledge.folding import fold


def found(pattern: str, text: str, language: str = "en") -> list[str]:
    folded = fold(text)
    return [text[span.start : span.end] for span in compile_cues([pattern], language).find(folded)]


def test_case_and_accents_do_not_matter():
    assert found("vrnite denar", "VRNITE DENAR takoj", "sl") == ["VRNITE DENAR"]
    assert found("zaračunan*", "dvakrat zaracunano", "sl") == ["zaracunano"]
    assert found("remboursé", "je veux être REMBOURSE", "fr") == ["REMBOURSE"]


def test_a_pattern_matches_whole_words_only():
    assert found("late", "chocolate on a plate") == []


def test_a_star_stands_for_any_letters():
    assert found("refund*", "Refunding is refunded") == ["Refunding", "refunded"]


def test_a_gap_stays_within_the_sentence():
    assert found("give ... back", "give me my money back") == ["give me my money back"]
    assert found("give ... back", "I give up. Call me back") == []


def test_spans_are_those_of_the_text_as_written():
    text = "Ünïcödé straße: İstanbul’da İADE istiyorum"
    assert found("iade", text, "tr") == ["İADE"]
    assert found("strasse", text, "de") == ["straße"]


def test_languages_without_spaces_match_inside_text():
    assert found("退款", "我要退款!", "zh-Hans") == ["退款"]
    assert found("返金...ください", "返金をしてください", "ja") == ["返金をしてください"]


def test_vowel_signs_of_indic_scripts_are_letters():
    assert found("पैसे वापस", "मेरे पैसे वापस करो", "hi") == ["पैसे वापस"]
    assert found("पैस", "मेरे पैसे", "hi") == []


def test_arabic_letters_people_mix_up_are_the_same():
    assert found("شكوى", "شكوي عاجلة", "ar") == ["شكوي"]


def test_an_empty_pattern_is_refused():
    with pytest.raises(CueError):
        compile_cues(["* ..."], "en")


def test_long_texts_take_linear_time():
    cues = compile_cues(["a* ... b*", "*x*"], "en")
    started = time.perf_counter()
    cues.find(fold("a " * 4_000))
    assert time.perf_counter() - started < 20  # a hang, not a speed


def test_a_point_beside_a_number_ends_no_sentence():
    assert found("arrive* ... october", "it arrived on 15. October") == ["arrived on 15. October"]
    assert found("paid ... twice", "I paid £312.40 twice") == ["paid £312.40 twice"]
