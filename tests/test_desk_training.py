"""``amends train``: the encoder learns a desk's own complaints, and says before and after."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="training needs the extra sentence-transformers")

from indexer.cli import main  # noqa: E402
from indexer.training.desk import Finding, Tuned, desk_texts, label_of, tune_for_desk  # noqa: E402
from knowledge.corpus import CorpusComplaint, complaints  # noqa: E402
from knowledge.encoders import SHIPPED_FOLDER  # noqa: E402
from knowledge.errors import TooLittleToLearn  # noqa: E402
from knowledge.model import Outcome, SolvedComplaint  # noqa: E402

LANGUAGES = ("de", "nb", "es", "fr")


def solved(complaint: CorpusComplaint, outcome: Outcome = Outcome.HELD) -> SolvedComplaint:
    return SolvedComplaint(
        id=complaint.id,
        language=complaint.language,
        complaint=complaint.text,
        resolution=f"What settles {complaint.issue}.",
        outcome=outcome,
    )


@pytest.fixture(scope="module")
def desk() -> list[SolvedComplaint]:
    """Complaints that the shipped encoder did not learn from."""
    return [solved(each) for tag in LANGUAGES for each in complaints(tag) if each.split == "test"]


def test_complaints_one_resolution_settled_share_a_label(desk):
    first = desk[0]
    assert label_of(first) == label_of(replace(first, id="other", resolution=f"  {first.resolution.upper()} "))
    assert label_of(replace(first, issue="shops.other")) == "shops.other"


def test_too_few_complaints_are_refused_with_the_mending_command(desk):
    with pytest.raises(TooLittleToLearn, match="amends import"):
        desk_texts(desk[:20])


def test_a_reopened_complaint_teaches_nothing(desk):
    with pytest.raises(TooLittleToLearn, match="Only 0"):
        desk_texts(replace(each, outcome=Outcome.REOPENED) for each in desk)


def test_what_is_asked_was_not_learned_from(desk):
    texts = desk_texts(desk)
    assert texts.asked.texts
    assert not set(texts.asked.texts) & set(texts.learned.texts)


def test_equal_texts_stay_on_one_side(desk):
    twice = [*desk, *(replace(each, id=f"again-{each.id}") for each in desk)]
    texts = desk_texts(twice)
    assert texts.asked.texts and not set(texts.asked.texts) & set(texts.learned.texts)


def test_a_complaint_settled_without_a_word_teaches_nothing(desk):
    with pytest.raises(TooLittleToLearn, match="Only 0"):
        desk_texts(replace(each, resolution=" ") for each in desk)


def test_what_a_desk_learns_finds_more_of_its_kept_back_complaints(desk, tmp_path):
    done: list[int] = []
    tuned = tune_for_desk(desk_texts(desk), SHIPPED_FOLDER, tmp_path / "tuned", 40, 1, done.append)
    assert sum(done) == 40
    assert tuned.desk_after.mrr > tuned.desk_before.mrr


def test_what_forgets_the_open_corpus_is_not_better():
    poor, good = Finding(10, 0.1, 0.3, 0.2), Finding(10, 0.3, 0.6, 0.5)
    assert Tuned(poor, good, good, good).is_better
    assert not Tuned(poor, good, good, poor).is_better
    assert not Tuned(good, poor, good, good).is_better


def test_the_command_publishes_an_encoder_that_search_then_uses(desk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": each.id, "language": each.language, "complaint": each.complaint, "resolution": each.resolution}
        for each in desk
    ]
    (tmp_path / "own.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    run = CliRunner().invoke
    assert run(main, ["import", "own.jsonl"]).exit_code == 0
    trained = run(main, ["train", "--steps", "40", "--publish"])
    assert trained.exit_code == 0, trained.output
    (place,) = (tmp_path / "amends-data" / "encoders").iterdir()
    assert f'encoder = "{place}"' in trained.output
    refused = run(main, ["search", desk[0].complaint])
    assert refused.exit_code == 3 and "amends reindex" in refused.output
    monkeypatch.setenv("AMENDS_ENCODER", str(place))
    found = run(main, ["search", desk[0].complaint])
    assert found.exit_code == 0 and desk[0].resolution in found.output


def test_an_encoder_that_is_not_static_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMENDS_ENCODER", "some/model")
    refused = CliRunner().invoke(main, ["train"])
    assert refused.exit_code == 3 and "only static encoders" in refused.output
