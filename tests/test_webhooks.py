"""A helpdesk's delivery at the door: checked, stored before the answer, and never a traceback."""

import json
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from standardwebhooks.webhooks import Webhook

from plugin.app import create_app
from plugin.inbox import Inbox
from plugin.platforms.base import Desk
from plugin.services import make_services
from plugin.settings import PluginSettings, ServerSettings

SECRET = "whsec_" + b64encode(b"a secret of the tests' own").decode()
BODY = {
    "type": "ticket.opened",
    "ticket": {"id": "7", "subject": "Paket"},
    "message": {"id": "7-1", "text": "Paket še vedno ni prišel, čakam že tri tedne!"},
    "requester": {"email": "ana@example.org"},
}


def server_settings(**changes) -> ServerSettings:
    values = {"host": "127.0.0.1", "port": 0, "body_limit_bytes": 100_000, "worker_threads": 1, "web_threads": 4,
              "embed_origins": (), "agent_key": "the agents' key"}  # fmt: skip
    return ServerSettings(**(values | changes))


@pytest.fixture
def services(empty_knowledge):
    desks = (
        Desk("shop", "generic", webhook_secrets=(SECRET,)),
        Desk("lab", "django_helpdesk", url_token="token-of-lab"),
    )
    return make_services(PluginSettings(server_settings(), desks), empty_knowledge)


@pytest.fixture
def client(services):
    return create_app(services).test_client()


def signed(body: bytes, secret: str = SECRET, when: datetime | None = None, name: str | None = None) -> dict[str, str]:
    when = when or datetime.now(UTC)
    name = name or f"msg_{secrets.token_hex(4)}"
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, when, body.decode()),
        "content-type": "application/json",
    }


def post(client, body, headers=None, path="/hooks/shop"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=raw, headers=signed(raw) if headers is None else headers)


def test_a_signed_complaint_is_stored_and_accepted(client, services):
    answer = post(client, BODY)
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    assert services.inbox.counts()["waiting"] == 1


def test_the_same_delivery_again_is_accepted_and_stored_once(client, services):
    raw = json.dumps(BODY).encode()
    for _ in range(3):
        assert post(client, raw, signed(raw, name="msg_same")).status_code == 202
    assert services.inbox.counts()["waiting"] == 1


def test_an_unsigned_delivery_is_refused_and_nothing_stored(client, services):
    answer = post(client, BODY, {"content-type": "application/json"})
    assert answer.status_code == 401
    assert services.inbox.counts()["waiting"] == 0


def test_a_delivery_signed_with_another_secret_is_refused(client, services):
    raw = json.dumps(BODY).encode()
    other = "whsec_" + b64encode(b"somebody else's secret").decode()
    assert post(client, raw, signed(raw, other)).status_code == 401
    assert services.inbox.counts()["waiting"] == 0


def test_a_changed_body_is_refused(client):
    raw = json.dumps(BODY).encode()
    assert post(client, raw + b" ", signed(raw)).status_code == 401


def test_a_stale_signature_is_refused(client):
    raw = json.dumps(BODY).encode()
    assert post(client, raw, signed(raw, when=datetime.now(UTC) - timedelta(hours=1))).status_code == 401


@pytest.mark.parametrize("header", ["", "v1", "v1,", "v1,%%%", "v2,abc", "v1,🤷".encode().decode("latin-1")])
def test_a_malformed_signature_is_a_refusal_not_an_error(client, header):
    raw = json.dumps(BODY).encode()
    assert post(client, raw, signed(raw) | {"webhook-signature": header}).status_code == 401


def test_a_body_over_the_limit_is_413(client, services):
    raw = b'{"x": "' + b"a" * 200_000 + b'"}'
    assert post(client, raw).status_code == 413
    assert services.inbox.counts()["waiting"] == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"not json", "$"),
        (b"[]", "$"),
        ({**BODY, "ticket": {}}, "$.ticket.id"),
        ({**BODY, "ticket": {"id": {"x": 1}}}, "$.ticket.id"),
        ({**BODY, "message": {"id": "1", "text": 5}}, "$.message.text"),
    ],
)
def test_a_body_that_is_not_ours_names_the_path(client, services, body, path):
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.json["path"] == path
    assert services.inbox.counts()["waiting"] == 0


def test_an_event_that_is_not_ours_is_answered_well_and_forgotten(client, services):
    assert post(client, {**BODY, "type": "agent.lunch"}).status_code == 200
    assert services.inbox.counts()["waiting"] == 0


def test_an_unknown_desk_is_404(client):
    assert post(client, BODY, path="/hooks/nobody").status_code == 404


def test_a_desk_that_cannot_sign_is_known_by_its_url(client, services):
    body = {"ticket": {"id": 3, "title": "Paket", "description": "Paket ni prišel.", "submitter_email": "a@example.org",
                       "assigned_to": None, "status": 1, "followup_set": []}, "queue_slug": "support"}  # fmt: skip
    assert post(client, body, {}, "/hooks/lab/wrong-token/new").status_code == 401
    assert post(client, body, {}, "/hooks/lab/new").status_code == 401
    assert post(client, body, {}, "/hooks/lab").status_code == 401
    assert post(client, body, {}, "/hooks/lab/token-of-lab/new").status_code == 202
    assert services.inbox.counts()["waiting"] == 1


def test_a_busy_database_asks_to_come_again(client, services, monkeypatch):
    from knowledge.database import DatabaseBusy

    def busy(*_):
        raise DatabaseBusy("busy")

    monkeypatch.setattr(Inbox, "put", busy)
    answer = post(client, BODY)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_no_customer_text_and_no_secret_reaches_the_log(client, services, capfd, request):
    from plugin.server import start_logging

    start_logging()
    request.addfinalizer(structlog.reset_defaults)
    post(client, BODY)
    post(client, BODY, {"content-type": "application/json"})
    post(client, BODY, {}, "/hooks/lab/token-of-lab/new")
    services.make_worker().step()
    logged = "".join(capfd.readouterr())
    assert "delivery_stored" in logged
    for secret in ("Paket", "ana@example.org", SECRET, "token-of-lab"):
        assert secret not in logged
