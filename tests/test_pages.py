"""What an agent sees in the browser, and who is let in."""

import re
from datetime import UTC, datetime

import pytest

from knowledge.model import IncomingMessage, TicketReference
from plugin.app import create_app
from plugin.auth import sign_in_ticket
from plugin.services import make_services
from plugin.settings import PluginSettings
from tests.test_webhooks import server_settings

KEY = "the agents' key"


@pytest.fixture
def app(knowledge):
    return create_app(make_services(PluginSettings(server_settings(), ()), knowledge))


@pytest.fixture
def agent(app):
    client = app.test_client()
    assert client.get(f"/sign-in?ticket={sign_in_ticket(KEY)}").status_code == 302
    return client


def stored(knowledge, text: str, ticket: str = "7") -> None:
    message = IncomingMessage(text, ticket=TicketReference("desk", ticket), message_id="1")
    knowledge.records.save(knowledge.briefer.brief(message, "en", datetime.now(UTC)))


def test_a_stranger_is_sent_to_sign_in(app):
    answer = app.test_client().get("/sidebar/desk/7")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_the_key_signs_in_and_goes_on_to_the_page(app):
    answer = app.test_client().post("/sign-in", data={"key": KEY, "next": "/try"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/try")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_elsewhere(app, target):
    assert app.test_client().post("/sign-in", data={"key": KEY, "next": target}).headers["Location"] == "/"


@pytest.mark.parametrize("query", ["ticket=forged", "ticket=ImFnZW50Ig.aaaaaa.bbbb"])
def test_a_forged_link_is_refused(app, query):
    assert app.test_client().get(f"/sign-in?{query}").status_code == 401


def test_a_wrong_key_is_refused(app):
    assert app.test_client().post("/sign-in", data={"key": "guess"}).status_code == 401


def test_the_sidebar_shows_language_speaker_matches_and_phrases(agent, knowledge):
    stored(knowledge, "Paket še vedno ni prišel, čakam že tri tedne. Hočem denar nazaj!")
    page = agent.get("/sidebar/desk/7").text
    for part in ("Slovenian", "Špela Kos", "What solved complaints like this", "Žal nam je", "We are sorry", "Copy"):
        assert part in page
    assert re.search(r"\d+ % sure", page)


def test_right_to_left_phrases_run_right_to_left(agent, knowledge):
    stored(knowledge, "لم يصل الطرد منذ ثلاثة أسابيع وأريد استرداد أموالي فورا")
    page = agent.get("/sidebar/desk/7").text
    assert 'lang="ar" dir="rtl"' in page
    assert '<html lang="en" dir="ltr">' in page


def test_markup_in_a_complaint_is_shown_not_run(agent):
    page = agent.post("/try", data={"text": "Paket ni prišel <script>alert(1)</script> <img src=x onerror=alert(1)>"})
    assert "<script>alert" not in page.text and "<img src=x" not in page.text


def test_a_ticket_without_a_briefing_says_so(agent):
    answer = agent.get("/sidebar/desk/404")
    assert answer.status_code == 404
    assert "no briefing" in answer.text.lower()


def test_a_message_can_be_tried_and_is_not_stored(agent, knowledge):
    page = agent.post("/try", data={"text": "Pakken er fortsatt ikke kommet, jeg vil ha pengene tilbake!"}).text
    assert "Norwegian" in page
    assert knowledge.records.recent(5) == []


def test_pages_may_only_be_framed_by_named_helpdesks(knowledge):
    origin = "https://desk.example.org"
    app = create_app(make_services(PluginSettings(server_settings(embed_origins=(origin,)), ()), knowledge))
    answer = app.test_client().get("/sign-in")
    assert f"frame-ancestors 'self' {origin}" in answer.headers["Content-Security-Policy"]


def test_the_api_wants_the_key_and_briefs(app):
    client = app.test_client()
    assert client.post("/api/v1/brief", json={"text": "x"}).status_code == 401
    answer = client.post("/api/v1/brief", json={"text": "Paket ni prišel, kje je?", "id": 3}, headers=bearer())
    assert answer.json["language"]["tag"] == "sl" and answer.json["id"] == 3


def test_the_api_checks_drafts_and_searches(app):
    client = app.test_client()
    found = client.post("/api/v1/check-draft", json={"text": "Please calm down.", "language": "en"}, headers=bearer())
    assert [finding["kind"] for finding in found.json["findings"]] == ["calm_down"]
    matches = client.post(
        "/api/v1/search", json={"text": "my parcel is late, it was due a week ago"}, headers=bearer()
    ).json["matches"]
    assert matches


@pytest.mark.parametrize("body", ["", "[]", '{"text": 5}', "{", '{"text": "x", "requester": []}'])
def test_a_wrong_question_is_a_400_naming_the_place(app, body):
    answer = app.test_client().post("/api/v1/brief", data=body, headers=bearer())
    assert answer.status_code == 400
    assert answer.json["status"] == "invalid_input"


def test_a_defect_is_told_without_a_traceback_and_logged_without_words(app, knowledge, monkeypatch, capfd):
    def break_down(*_):
        raise ValueError("Ana Novak wrote this")

    monkeypatch.setattr(type(knowledge.briefer), "brief", break_down)
    answer = app.test_client().post("/api/v1/brief", json={"text": "Paket ni prišel"}, headers=bearer())
    assert answer.status_code == 500
    assert answer.json["status"] == "internal_error"
    assert "Ana Novak" not in answer.text + "".join(capfd.readouterr())


def test_health_is_told_without_a_key(app):
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200 and answer.json["ok"] is True


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}
