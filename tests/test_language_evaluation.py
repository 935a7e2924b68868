"""Measuring language detection: which rows may fit, choose and test, and that the tables can be printed by anyone."""

import gzip
from random import Random

import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.detection.cases import NO_LANGUAGE, sentence_cases
from indexer.detection.complaint_cases import LATIN_LETTERS, complaint_cases, mailbox
from indexer.detection.corpus import part_of
from indexer.detection.judging import is_right, is_served
from indexer.detection.romanisation import SOURCES, romanise
from indexer.detection.stress import stressed
from indexer.detection.tuning import windows
from knowledge.detection.labels import group_of
from knowledge.detection.pool import fitted_pools, library_logs, log_softmax
from knowledge.detection.voices import dense
from tests.test_language import MESSAGES


@pytest.fixture
def sentences(tmp_path):
    for tag, line in (
        ("sl", MESSAGES["sl"]),
        ("de", MESSAGES["de"]),
        ("bs", "Paket je stigao oštećen, čekam već dugo."),
    ):
        with gzip.open(tmp_path / f"{tag}.txt.gz", "wt", encoding="utf-8") as file:
            file.writelines(f"{line} {number}\n" for number in range(14))
    return tmp_path


def test_no_sentence_fits_chooses_and_tests_at_once(sentences):
    parts = [set(part_of(sentences / "sl.txt.gz", part)) for part in ("fit", "dev", "test")]
    assert [len(part) for part in parts] == [7, 3, 4]
    assert set.union(*parts) == set(part_of(sentences / "sl.txt.gz", "all"))
    assert not parts[0] & parts[1] and not parts[1] & parts[2] and not parts[0] & parts[2]


def test_the_tables_are_printed_for_anyones_sentences(sentences, tmp_path):
    labelled = tmp_path / "mine.tsv"
    labelled.write_text("sl\tKje je moj paket?\\nHvala\nno tab here\n", encoding="utf-8")
    asked = ["evaluate", "language", "--sentences", str(sentences), "--rows", "2", "--labelled", "mine", str(labelled)]
    printed = CliRunner().invoke(main, [*asked, "--diagram", str(tmp_path / "reliability.png")])
    assert printed.exit_code == 0, printed.output
    for line in (
        "| 5 words (4) |",
        "| mine (1) |",
        "| sl |",
        "Expected calibration error",
        "outside route groups",
        "| none |",
    ):
        assert line in printed.output
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_sentences_prints_what_it_can(tmp_path):
    printed = CliRunner().invoke(main, ["evaluate", "language", "--sentences", str(tmp_path)])
    assert printed.exit_code == 0, printed.output
    assert "no language" in printed.output


def test_a_detector_that_nobody_has_is_named(sentences):
    printed = CliRunner().invoke(main, ["evaluate", "language", "--sentences", str(sentences), "--against", "oracle"])
    assert printed.exit_code != 0
    assert "oracle is none of those installed: langdetect" in printed.output


def test_windows_are_beginnings_and_ordinary_words_from_inside():
    text = "Danes so 3 novi paketi iz Celja prispeli v našo poslovalnico ob petih popoldne"
    full, ten, five, three, two, one = windows(text, "sl", Random(1))
    assert (full, five, three) == (text, "Danes so 3 novi paketi", "Danes so 3")
    assert len(ten.split()) == 10
    assert len(two.split()) == 2
    assert one.isalpha() and one.islower()


def test_stress_leaves_the_words_in(sentences):
    cases = list(sentence_cases(sentences, 2))
    assert {case.tag for case in cases} == {"sl", "de", "bs"}
    found = dict(stressed("Paket še ni prišel", Random(2)))
    assert found["all capitals"] == "PAKET ŠE NI PRIŠEL"
    assert found["no diacritics"] == "Paket se ni prisel"
    assert "Paket še ni prišel" in found["English thread below"]


def test_complaints_are_a_test_set_by_feature_and_length():
    cases = list(complaint_cases(2))
    assert {"complaint as written", "complaint, 5 words", "complaint, thread below"} <= {case.name for case in cases}
    assert all(case.tag.endswith("-Latn") for case in cases if case.name == LATIN_LETTERS)
    assert len(mailbox(20)) == 20
    assert mailbox(20) == mailbox(20)


def test_an_answer_is_right_by_language_and_served_by_its_readers():
    assert is_right("hr", "sr-Latn") and is_right("pt", "pt-BR") and is_right("hi", "hi-Latn")
    assert not is_right("sl", "hr")
    assert is_served("da", "nb", group_of("nb"))
    assert not is_served("nl", "af", group_of("af"))
    assert is_served("bg-Latn", "mk-Latn", group_of("mk-Latn"))


@pytest.mark.parametrize("tag", sorted(SOURCES))
def test_native_writing_becomes_latin_letters_and_the_same_again(tag):
    native = {
        "hi": "मेरा पार्सल टूटा हुआ आया", "mr": "माझे पार्सल तुटलेले आले", "gu": "મારું પાર્સલ તૂટેલું આવ્યું", "bn": "আমার পার্সেল ভাঙা এসেছে",
        "el": "Το δέμα ήρθε σπασμένο", "ru": "Посылка пришла разбитой", "uk": "Посилка прийшла розбитою",
        "bg": "Пратката пристигна счупена", "mk": "Пратката пристигна скршена", "sr": "Пакет је стигао оштећен",
        "ar": "وصل الطرد مكسورا", "fa": "بسته شکسته رسید",
    }  # fmt: skip
    made = romanise(native[SOURCES[tag]], tag, Random(3))
    assert made == romanise(native[SOURCES[tag]], tag, Random(3))
    assert len(made) >= 8
    assert max(made) < "\u0250"


@pytest.mark.parametrize("text", [*MESSAGES.values(), "ok", "merci", "x", *NO_LANGUAGE[:3]])
def test_the_quick_pool_says_what_the_whole_pool_says(detector, text):
    ensemble = detector._ensemble
    votes = [voice.votes(text) for voice in ensemble._quick]
    pool = fitted_pools()["quick", ensemble._has_cld2, "LATIN"]
    whole = log_softmax(pool.scores(library_logs([dense(vote) for vote in votes], "LATIN"), 4))
    label, best = ensemble._quick_pools["LATIN"].rank(votes, 4)[0]
    assert best == pytest.approx(float(whole.max()), abs=1e-4)
    assert label == pool.labels[int(whole.argmax())]
