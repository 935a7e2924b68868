"""``amends evaluate encoder``: encoders side by side, from folders of one's own."""

import gzip

import pytest
from click.testing import CliRunner

from indexer.cli import main

PAIRS = [
    ("Where is my parcel?", "Wo ist mein Paket?"),
    ("I want a refund.", "Ich will mein Geld zurück."),
    ("Hello", "Hallo"),
]
INTENTS = [
    ("where is my parcel", "parcel"),
    ("has my parcel arrived", "parcel"),
    ("give me my money back", "refund"),
] * 5


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "pairs").mkdir()
    (tmp_path / "intents").mkdir()
    with gzip.open(tmp_path / "pairs" / "de.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("".join(f"{english}\t{german}\n" for english, german in PAIRS))
    for name in ("train", "test"):
        with gzip.open(tmp_path / "intents" / f"{name}.tsv.gz", "wt", encoding="utf-8") as file:
            file.write("".join(f"{text}\t{label}\n" for text, label in INTENTS))
    return ["--translations", str(tmp_path / "pairs"), "--intents", str(tmp_path / "intents"), "--no-complaints"]


def test_encoders_and_words_stand_side_by_side(folders):
    ran = CliRunner().invoke(main, ["evaluate", "encoder", "static", "chance", *folders])
    assert ran.exit_code == 0, ran.output
    head, _, *rows = ran.output.splitlines()
    assert head == "| figure | static | chance |"
    figures = {row.split(" | ")[0].strip("| "): row.split(" | ")[1:] for row in rows}
    assert figures["translation, mean"][0] == "1.000"
    assert figures["precision at 1, intents"][0] == "1.000"
    assert float(figures["texts a second, one core"][0].replace(",", "")) > 0
    assert figures["texts a second, one core"][1].startswith("–")


def test_an_encoder_that_cannot_be_had_is_named(folders):
    ran = CliRunner().invoke(main, ["evaluate", "encoder", "no/such-model", *folders])
    assert ran.exit_code == 3
    assert "no/such-model" in ran.output


def test_what_is_not_installed_is_named_or_left_out(folders, monkeypatch):
    monkeypatch.setattr("indexer.corpus.rankers.find_spec", lambda name: None)
    refused = CliRunner().invoke(main, ["evaluate", "encoder", "bm25", *folders])
    assert refused.exit_code == 3 and "amends[bench]" in refused.output
    assert "bm25" not in CliRunner().invoke(main, ["evaluate", "encoder", *folders]).output
