"""A helpdesk's API: what is worth a retry, what is not, and what never leaves us."""

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from msgspec import Struct

from knowledge.errors import Misconfigured
from knowledge.model import TicketReference
from plugin.errors import HelpdeskRefused, HelpdeskUnavailable
from plugin.platforms import http
from plugin.platforms.base import Desk
from plugin.platforms.http import HelpdeskApi, retry_after_s
from tests.helpdesks import Answer, Asked, Helpdesk, as_json

NOW = datetime(2026, 3, 2, 8, 31, 12, tzinfo=UTC)


class Ticket(Struct):
    id: int


class Echo(Helpdesk):
    def handle(self, asked: Asked) -> Answer:
        return as_json({"id": 7, "method": asked.method})


@pytest.fixture
def helpdesk() -> Iterator[Echo]:
    echo = Echo()
    with echo.running():
        yield echo


def api_of(url: str | None, **more: Any) -> HelpdeskApi:
    return HelpdeskApi(Desk("lager", "fax", url), **more)


def read(api: HelpdeskApi) -> Ticket:
    return api.get("read the ticket", "api/tickets/7", Ticket)


def test_an_answer_is_decoded_into_the_shape_asked_for(helpdesk: Echo) -> None:
    assert read(api_of(helpdesk.url)) == Ticket(7)


def test_a_base_address_with_a_path_keeps_it(helpdesk: Echo) -> None:
    read(api_of(f"{helpdesk.url}/support/"))
    assert helpdesk.paths() == ["GET /support/api/tickets/7"]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_a_passing_failure_is_worth_a_retry(helpdesk: Echo, status: int) -> None:
    helpdesk.next_answers.append(Answer(status, b"<html>secret</html>"))
    with pytest.raises(HelpdeskUnavailable) as failed:
        read(api_of(helpdesk.url))
    assert str(status) in str(failed.value)
    assert failed.value.retry_after_s is None
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_a_lasting_failure_is_a_refusal_that_names_the_action(helpdesk: Echo, status: int) -> None:
    helpdesk.next_answers.append(Answer(status, b"secret"))
    with pytest.raises(HelpdeskRefused) as refused:
        read(api_of(helpdesk.url))
    assert refused.value.status == status
    assert str(refused.value) == f"The helpdesk lager refused to read the ticket (HTTP {status})."


def test_a_pause_asked_for_in_seconds_is_kept(helpdesk: Echo) -> None:
    helpdesk.next_answers.append(Answer(429, headers={"Retry-After": "37"}))
    with pytest.raises(HelpdeskUnavailable) as failed:
        read(api_of(helpdesk.url))
    assert failed.value.retry_after_s == 37.0


def test_a_pause_asked_for_as_a_date_is_kept(helpdesk: Echo) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    helpdesk.next_answers.append(Answer(503, headers={"Retry-After": until}))
    with pytest.raises(HelpdeskUnavailable) as failed:
        read(api_of(helpdesk.url))
    assert failed.value.retry_after_s is not None
    assert 60 < failed.value.retry_after_s <= 90


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("99999999999", 86_400.0),
        ("9" * 5_000, None),
        ("Mon, 02 Mar 2026 08:32:12 GMT", 60.0),
        ("Mon, 02 Mar 2026 09:32:12 +0100", 60.0),
        ("Mon, 02 Mar 2026 08:32:12 -0000", 60.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("Fri, 31 Dec 2999 00:00:00 GMT", 86_400.0),
        ("Mon, 99 Mar 2026 08:32:12 GMT", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms_and_never_longer_than_a_day(
    header: str | None, wait_s: float | None
) -> None:
    assert retry_after_s(header, NOW) == wait_s


def test_silence_ends_as_unavailable(helpdesk: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.1)
    helpdesk.next_answers.append(Answer(200, b"{}", pause_s=30))
    with pytest.raises(HelpdeskUnavailable, match="in time"):
        read(api_of(helpdesk.url))


def test_an_answer_that_drips_ends_as_unavailable(helpdesk: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_S", 0.2)
    helpdesk.next_answers.append(Answer(200, b" " * 1_000, drip_s=0.03))
    with pytest.raises(HelpdeskUnavailable, match="in time"):
        read(api_of(helpdesk.url))


def test_an_answer_without_end_ends_as_unavailable(helpdesk: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_LIMIT_BYTES", 1_000)
    helpdesk.next_answers.append(Answer(200, b" " * 2_000))
    with pytest.raises(HelpdeskUnavailable, match="too long"):
        read(api_of(helpdesk.url))


def test_nobody_listening_ends_as_unavailable() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    with pytest.raises(HelpdeskUnavailable, match="cannot be reached"):
        read(api_of(f"http://127.0.0.1:{port}"))


def test_what_does_not_speak_http_ends_as_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer_nonsense, args=(server,))
        thread.start()
        with pytest.raises(HelpdeskUnavailable, match="cannot be reached"):
            read(api_of(f"http://127.0.0.1:{server.getsockname()[1]}"))
        thread.join()


def _answer_nonsense(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1_000)
        connection.sendall(b"220 mail.example ESMTP\r\n")


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"[]", b'{"id": "seven"}', b'{"id": 7', b"\xff", b"{}"])
def test_an_answer_that_is_not_what_was_asked_for_is_worth_a_retry(helpdesk: Echo, body: bytes) -> None:
    helpdesk.next_answers.append(Answer(200, body))
    with pytest.raises(HelpdeskUnavailable, match="unexpected"):
        read(api_of(helpdesk.url))


def test_a_redirect_is_not_followed_and_the_credentials_stay_here(helpdesk: Echo) -> None:
    elsewhere = Echo()
    with elsewhere.running():
        helpdesk.next_answers.append(Answer(302, headers={"Location": f"{elsewhere.url}/api/tickets/7"}))
        with pytest.raises(HelpdeskRefused) as refused:
            read(api_of(helpdesk.url, auth=httpx.BasicAuth("plugin", "secret")))
    assert refused.value.status == 302
    assert elsewhere.asked == []


def test_what_is_sent_is_json_and_its_answer_is_of_no_interest(helpdesk: Echo) -> None:
    helpdesk.next_answers.append(Answer(204))
    api_of(helpdesk.url).send("add the note", "POST", "api/notes", {"text": "Å"})
    assert helpdesk.asked[0].json == {"text": "Å"}
    assert helpdesk.asked[0].headers["content-type"] == "application/json"


def test_neither_bodies_nor_credentials_are_logged(helpdesk: Echo, caplog: pytest.LogCaptureFixture) -> None:
    api = api_of(helpdesk.url, auth=httpx.BasicAuth("plugin", "tok3n"), headers={"x-key": "k3y"})
    helpdesk.next_answers += [as_json({"id": 7, "text": "Hrovat"}), Answer(500, b"Hrovat")]
    with caplog.at_level(logging.DEBUG):
        read(api)
        with pytest.raises(HelpdeskUnavailable):
            api.send("add the note", "POST", "api/notes", {"text": "Hrovat"})
    assert not any(word in caplog.text for word in ("Hrovat", "tok3n", "k3y"))


def test_the_timeouts_are_explicit_and_the_transport_can_be_given() -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json={"id": 7})

    assert read(api_of("https://desk.example", transport=httpx.MockTransport(answer))) == Ticket(7)
    assert seen[0]["connect"] == 5.0
    assert seen[0]["read"] == 15.0


def test_a_desk_without_an_address_says_which_setting_is_missing() -> None:
    with pytest.raises(Misconfigured) as refused:
        read(api_of(None))
    assert refused.value.setting == "desks.lager.base_url"


@pytest.mark.parametrize("ticket_id", ["", "..", "7/../8", "7?x=1", "٧", "-7", "7 ", "9" * 21])
def test_an_id_that_is_no_number_names_no_ticket_and_nobody_is_asked(ticket_id: str) -> None:
    with pytest.raises(HelpdeskRefused) as refused:
        api_of("http://127.0.0.1:9").numeric_id("read the ticket", TicketReference("lager", ticket_id))
    assert refused.value.status == 404


def test_one_api_serves_several_threads(helpdesk: Echo) -> None:
    api = api_of(helpdesk.url)
    found: list[Ticket] = []
    threads = [threading.Thread(target=lambda: found.append(read(api))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Ticket(7)] * 8


def test_tokens_do_not_show_in_a_desks_text() -> None:
    desk = replace(Desk("lager", "fax"), api_token="tok3n", url_token="t0ken", webhook_secrets=("s3cret",))
    assert not any(word in repr(desk) for word in ("tok3n", "t0ken", "s3cret"))
