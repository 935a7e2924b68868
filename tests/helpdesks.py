"""Small helpdesks on a local port: each behaves like the API of its namesake for the calls we make.

They record what they were asked, and can be told to fail, to answer nonsense, to redirect or to hang.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came in; header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True)
class Answer:
    """What to send back; ``pause_s`` comes before it, ``drip_s`` between its bytes."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    drip_s: float = 0.0


def as_json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


NOT_FOUND = as_json({"error": "RecordNotFound", "description": "Not found"}, 404)
UNAUTHORIZED = as_json({"error": "Couldn't authenticate you"}, 401)


class Helpdesk:
    """What all have in common. A subclass answers in ``handle``."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.next_answers: list[Answer] = []
        self.released = threading.Event()
        self.url = ""

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.next_answers.pop(0) if self.next_answers else self.handle(asked)

    def handle(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def paths(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.asked]

    @contextmanager
    def running(self) -> Iterator["Helpdesk"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(helpdesk: Helpdesk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = helpdesk.answer(Asked(self.command, url.path, query, headers, raw))
            if answer.pause_s:
                helpdesk.released.wait(answer.pause_s)
            with suppress(BrokenPipeError, ConnectionResetError):  # the caller gave up, as it should
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not answer.drip_s:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if helpdesk.released.wait(answer.drip_s):
                    return

        do_GET = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - the names that http.server calls

    return Handler


class FakeDjangoHelpdesk(Helpdesk):
    """django-helpdesk 2.6.1, seen with a real one: what its API does to comments, titles and other tickets."""

    token = "plugin-token"
    user_id = 23
    users: ClassVar[Mapping[int, str]] = {17: "kjersti", 23: "plugin"}

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[int, dict[str, Any]] = {
            298: {"id": 298, "title": "Montør uteble", "assigned_to": None, "status": 1, "followup_set": []},
            4: {"id": 4, "title": "Somebody else's", "assigned_to": 17, "status": 1, "followup_set": []},
        }

    def handle(self, asked: Asked) -> Answer:
        basic = base64.b64encode(f"plugin:{self.token}".encode()).decode()
        if asked.headers.get("authorization") not in (f"Token {self.token}", f"Basic {basic}"):
            return as_json({"detail": "Authentication credentials were not provided."}, 401)
        if asked.method == "POST" and asked.path == "/api/followups/":
            return self._follow_up(asked.json)
        found = re.fullmatch(r"/api/tickets/(\d+)/", asked.path)
        ticket = self.tickets.get(int(found[1])) if found else None
        if ticket is None:
            return as_json({"detail": "No Ticket matches the given query."}, 404)
        if asked.method == "PATCH":
            return self._patch(ticket, asked.json)
        return as_json(ticket)

    def _patch(self, ticket: dict[str, Any], change: dict[str, Any]) -> Answer:
        owner = change.get("assigned_to")
        if owner not in self.users:
            return as_json({"assigned_to": [f'Invalid pk "{owner}" - object does not exist.']}, 400)
        ticket["assigned_to"] = owner
        return as_json(ticket)

    def _follow_up(self, body: dict[str, Any]) -> Answer:
        if missing := {"user", "time_spent"} - body.keys():
            return as_json({"earlier versions": f"KeyError {missing}"}, 500)
        ticket = self.tickets[body["ticket"]]
        comment = body["comment"]
        if "X-HELPDESK-COMMENT" in comment or comment.count("{%") != comment.count("%}"):
            return Answer(500, b"TemplateSyntaxError")
        rendered = re.sub(r"\{\{.*?\}\}|\{#.*?#\}", "", comment)
        for other in re.findall(r"(?:[^&]|\b|^)#(\d+)\b", rendered):
            if int(other) in self.tickets:
                self.tickets[int(other)]["followup_set"].append({"id": 1, "title": "Referenced in ticket"})
        if title := body.get("title"):
            ticket["title"] = title
        followup = {"id": 900 + len(ticket["followup_set"]), "ticket": ticket["id"], "user": self.user_id}
        followup |= {"comment": rendered, "public": body["public"], "new_status": None, "message_id": None}
        ticket["followup_set"].append(followup)
        return as_json(followup, 201)


class FakeZendesk(Helpdesk):
    """Zendesk's API as documented: ids are numbers, lists come in pages, users can be sideloaded."""

    user, token = "amends@lager.example", "zd-token"

    def __init__(self) -> None:
        super().__init__()
        self.ticket: dict[str, Any] = {
            "id": 70398, "subject": "Montør uteble", "requester_id": 4401220044, "assignee_id": 4400000017,
        }  # fmt: skip
        self.people: dict[int, dict[str, Any]] = {
            4401220044: {"id": 4401220044, "name": "Øyvind Sæther", "email": "oyvind@eksempel.example",
                         "locale": "nb", "role": "end-user"},
            4401220045: {"id": 4401220045, "name": "Samboer", "email": None, "locale": "nb", "role": "end-user"},
            4400000017: {"id": 4400000017, "name": "Kjersti", "email": "kjersti@lager.example",
                         "locale": "nb", "role": "agent"},
            4400000023: {"id": 4400000023, "name": "Amends", "email": self.user, "locale": "en-US", "role": "admin"},
        }  # fmt: skip
        self.comments: list[dict[str, Any]] = []
        self.tells_roles = True

    def add_comment(self, author_id: int, text: str, public: bool = True, comment_id: int | None = None) -> None:
        number = comment_id or 9930077100 + len(self.comments)
        moment = datetime(2026, 3, 4, 7, len(self.comments), tzinfo=UTC)
        self.comments.append(
            {"id": number, "author_id": author_id, "public": public, "body": text, "plain_body": text,
             "html_body": f"<p>{text}</p>", "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
        )  # fmt: skip

    def handle(self, asked: Asked) -> Answer:
        basic = base64.b64encode(f"{self.user}/token:{self.token}".encode()).decode()
        if asked.headers.get("authorization") not in (f"Basic {basic}", f"Bearer {self.token}"):
            return UNAUTHORIZED
        if found := re.fullmatch(r"/api/v2/users/(\d+)", asked.path):
            person = self.people.get(int(found[1]))
            return as_json({"user": person}) if person else NOT_FOUND
        if asked.path == f"/api/v2/tickets/{self.ticket['id']}/comments":
            return self._comments(asked)
        if asked.path != f"/api/v2/tickets/{self.ticket['id']}":
            return NOT_FOUND
        if asked.method == "PUT":
            return self._update(asked.json["ticket"])
        return as_json({"ticket": self.ticket})

    def _comments(self, asked: Asked) -> Answer:
        assert asked.query["sort"] == "-created_at"
        page = sorted(self.comments, key=lambda one: one["created_at"], reverse=True)
        page = page[: int(asked.query["page[size]"])]
        body: dict[str, Any] = {"comments": page, "meta": {"has_more": len(page) < len(self.comments)}}
        if asked.query.get("include") == "users" and self.tells_roles:
            body["users"] = [self.people[author] for author in {one["author_id"] for one in page}]
        return as_json(body)

    def _update(self, change: dict[str, Any]) -> Answer:
        if comment := change.get("comment"):
            text = re.sub(r"<[^>]+>", " ", comment["html_body"])
            self.add_comment(4400000023, text, comment["public"])
        if "assignee_id" in change:
            if self.people.get(change["assignee_id"], {}).get("role") not in ("agent", "admin"):
                return as_json({"error": "RecordInvalid"}, 422)
            self.ticket["assignee_id"] = change["assignee_id"]
        return as_json({"ticket": self.ticket})


class FakeChatwoot(Helpdesk):
    """Chatwoot's account API by its sources: pages of twenty messages, oldest first; types are numbers."""

    token = "cw-token"
    account_id = 6
    contact: ClassVar[dict[str, Any]] = {"id": 508, "name": "Ligaya Bautista", "type": "contact"}
    agent: ClassVar[dict[str, Any]] = {"id": 12, "name": "Kjersti Moe", "type": "user"}
    bot: ClassVar[dict[str, Any]] = {"id": 2, "name": "Velkommen", "type": "agent_bot"}

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.meta: dict[str, Any] = {"sender": self.contact, "channel": "Channel::WebWidget"}

    def add_message(self, sender: dict[str, Any], text: str | None, private: bool = False) -> None:
        self.messages.append(
            {"id": 6001 + len(self.messages), "content": text, "message_type": 0 if sender["type"] == "contact" else 1,
             "private": private, "sender": sender, "conversation_id": 84, "inbox_id": 9, "created_at": 1772450000}
        )  # fmt: skip

    def handle(self, asked: Asked) -> Answer:
        if asked.headers.get("api_access_token") != self.token:
            return as_json({"errors": ["You need to sign in or sign up before continuing."]}, 401)
        place = f"/api/v1/accounts/{self.account_id}/conversations/84"
        if asked.path == f"{place}/messages" and asked.method == "GET":
            before = int(asked.query.get("before", 10**9))
            page = [one for one in self.messages if one["id"] < before][-20:]
            return as_json({"meta": {"labels": []}, "payload": page})
        if asked.path == f"{place}/messages":
            body = asked.json
            self.add_message(self.agent, body["content"], body["private"])
            return as_json(self.messages[-1])
        if asked.path == f"{place}/assignments":
            if asked.json["assignee_id"] != self.agent["id"]:
                return NOT_FOUND
            self.meta["assignee"] = self.agent
            return as_json(self.agent)
        if asked.path == place:
            return as_json({"id": 84, "status": "open", "meta": self.meta, "first_reply_created_at": 0})
        return NOT_FOUND


class FakeReceiver(Helpdesk):
    """A receiver of the generic platform's writes: a note with a known key is written once."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}

    def handle(self, asked: Asked) -> Answer:
        body = asked.json
        if body["type"] == "note":
            self.notes.setdefault(body["idempotency_key"], body["note"])
        else:
            self.owners[body["ticket_id"]] = body["agent_id"]
        return Answer(204)
