"""The ``amends`` command as people and programs use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from indexer.cli import main

LATE = "Paket še vedno ni prišel, čakam že tri tedne. Hočem denar nazaj!"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder, with the tests' agents."""
    from tests.conftest import AGENTS

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AMENDS_CONFIG", raising=False)
    Path("agents.toml").write_text(AGENTS, encoding="utf-8")

    def call(*arguments: str, given: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=given)

    return call


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_help_teaches_and_names_every_command(run):
    text = run("--help").stdout
    for name in ("serve worker demo import reindex status doctor detect embed search brief check-draft phrases "
                 "evaluate deliveries samples").split():  # fmt: skip
        assert name in text
        assert run(name, "--help").exit_code == 0


def test_detect_answers_line_by_line_in_order(run):
    rows = [{"text": LATE}, {"text": "12345"}, {"text": "Hvor er pakken min? Jeg har ventet lenge.", "locale": "nb"}]
    answers = lines(run("detect", "--jsonl", given=jsonl(*rows)))
    assert [answer["language"] for answer in answers] == ["sl", "und", "nb"]
    assert all(0 <= answer["probability"] <= 1 for answer in answers)
    assert "nb" in answers[2]["group"]


def test_embeddings_are_normalised(run):
    (answer,) = lines(run("embed", "--jsonl", given=jsonl({"text": LATE})))
    assert sum(value * value for value in answer["embedding"]) == pytest.approx(1, abs=1e-4)


def test_brief_gives_ids_back_in_order(run):
    rows = [{"id": number, "text": LATE, "agent_locale": "en"} for number in (3, 1, 2)]
    answers = lines(run("brief", "--jsonl", given=jsonl(*rows)))
    assert [answer["id"] for answer in answers] == [3, 1, 2]
    assert answers[0]["routing"]["agent"] == "spela"
    assert answers[0]["language"]["tag"] == "sl"


def test_search_keeps_to_its_filters(run):
    row = {"text": LATE, "filters": {"language": "sl"}}
    (answer,) = lines(run("search", "--jsonl", given=jsonl(row)))
    assert {match["language"] for match in answer["matches"]} == {"sl"}


def test_check_draft_gives_spans_of_the_text_as_given(run):
    text = "Dear Ms Ünal 😀, please calm down."
    (answer,) = lines(run("check-draft", "--jsonl", given=jsonl({"text": text, "language": "en"})))
    (finding,) = answer["findings"]
    assert finding["kind"] == "calm_down"
    assert text[finding["start"] : finding["end"]].lower() in ("calm down", "please calm", "please calm down")
    assert finding["better"]


def test_a_wrong_line_is_answered_in_its_place_and_the_rest_goes_on(run):
    given = jsonl({"text": LATE}) + '{"text": 5}\nnot json\n' + jsonl({"text": LATE})
    result = run("detect", "--jsonl", given=given)
    answers = lines(result)
    assert [answer.get("language") for answer in answers] == ["sl", None, None, "sl"]
    assert answers[1]["error"]["line"] == 2 and "$.text" in answers[1]["error"]["problem"]
    assert result.exit_code == 1


def test_bytes_that_are_no_utf8_do_not_stop_the_rest(run):
    answers = lines(run("detect", "--jsonl", given=b'{"text": "\xff\xfe"}\n' + jsonl({"text": LATE}).encode()))
    assert "error" in answers[0] and answers[1]["language"] == "sl"


def test_people_get_words_not_json(run):
    out = run("brief", LATE).stdout
    assert "sl (" in out and "Žal nam je" in out and "We are sorry" in out
    assert run("detect", given="Paket še vedno ni prišel").stdout.startswith("sl")


def test_phrases_show_each_register_with_its_meaning(run):
    rows = [{"locale": "de", "purpose": "apology"}, {"locale": "zh-TW", "agent_locale": "de"}]
    german, chinese = lines(run("phrases", "--jsonl", given=jsonl(*rows)))
    assert {phrase["register"] for phrase in german["phrases"]} == {"formal", "informal"}
    assert {phrase["locale"] for phrase in chinese["phrases"]} == {"zh-Hant"}


def test_import_names_every_rejected_row_and_takes_the_others(run, tmp_path):
    good = {"id": "a", "complaint": LATE, "resolution": "Denar vrnjen na ana@example.org.", "outcome": "held"}
    rows = [good, {"id": "b", "complaint": "x"}, {**good, "id": "c", "satisfaction": 9}, ["no"]]
    (tmp_path / "in.jsonl").write_text(jsonl(*rows) + "broken\n", encoding="utf-8")
    result = run("import", "in.jsonl")
    assert result.exit_code == 1
    assert "1 imported, 4 rejected" in result.output
    for part in ("in.jsonl:2: resolution", "in.jsonl:3: satisfaction", "in.jsonl:4: line", "in.jsonl:5: line"):
        assert part in result.output
    (answer,) = lines(run("search", "--jsonl", given=jsonl({"text": LATE, "limit": 1})))
    assert answer["matches"][0]["id"] == "a"
    assert "[email]" in answer["matches"][0]["resolution"]


def test_import_reads_csv_from_a_spreadsheet(run, tmp_path):
    text = '\ufeffid,complaint,resolution,outcome,satisfaction\r\n1,"Broken, again\nand again",New one sent,held,5\r\n'
    (tmp_path / "in.csv").write_text(text, encoding="utf-8", newline="")
    assert "1 imported, 0 rejected" in run("import", "in.csv").output


def test_a_dry_run_imports_nothing(run, tmp_path):
    (tmp_path / "in.jsonl").write_text(jsonl({"id": "zz", "complaint": LATE, "resolution": "ok"}), encoding="utf-8")
    assert "would be imported" in run("import", "in.jsonl", "--dry-run").output
    (answer,) = lines(run("search", "--jsonl", given=jsonl({"text": LATE})))
    assert "zz" not in {match["id"] for match in answer["matches"]}


def test_reindex_publishes_and_status_tells(run):
    assert "published" in run("reindex").output
    facts = json.loads(run("status", "--json").stdout)
    assert facts["indexed"] == facts["solved_complaints"] > 0
    assert facts["deliveries"] == {"waiting": 0, "done": 0, "dead": 0}


def test_samples_can_be_removed_and_loaded_again(run):
    assert run("samples", "remove").exit_code == 0
    assert json.loads(run("status", "--json").stdout)["samples"] == 0
    assert run("samples", "load").exit_code == 0
    assert json.loads(run("status", "--json").stdout)["samples"] > 0


def test_the_doctor_is_content_with_the_defaults(run):
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.output


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[[desks]]\nname = "x"\nplatform = "generic"\n', "AMENDS_X_WEBHOOK_SECRET"),
        ('[[desks]]\nname = "x"\nplatform = "unheard-of"\n', "unheard-of"),
        ('encoder = "no/such-model"\n', "AMENDS_ENCODER"),
        ('register = "chummy"\n', "formal"),
        ("port = many\n", "amends.toml"),
        ('agents_file = "agents.toml"\n[[desks]]\nnam = "x"\n', "nam"),
    ],
)
def test_the_doctor_names_what_is_wrong_and_what_mends_it(run, settings, told):
    Path("amends.toml").write_text(settings, encoding="utf-8")
    result = run("doctor")
    assert result.exit_code != 0
    assert told in result.output


def test_a_missing_settings_file_is_one_clear_line(run, monkeypatch):
    monkeypatch.setenv("AMENDS_CONFIG", "nowhere.toml")
    result = run("status")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1 and "nowhere.toml" in result.stderr


def test_evaluate_retrieval_prints_a_row_per_language(run):
    rows = json.loads(run("evaluate", "retrieval", "--json").stdout)
    assert rows[-1]["language"] == "all" and rows[-1]["asked"] > 100


def test_nothing_heavy_is_loaded_before_the_server_forks():
    heavy = "[m for m in ('faiss', 'torch') if m in sys.modules]"
    code = f"import sys, indexer.cli, plugin.server, plugin.demo; print({heavy})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
