"""Who may see what: agents sign in with the desk's agent key; programs send it as a bearer token.

A sign-in link carries a signed, short-lived ticket instead of the key, so that the key itself never
stands in a URL, a page or a log.
"""

import hmac
import os
import secrets
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

sign_in_pages = Blueprint("auth", __name__)

TICKET_MAX_AGE_S = 12 * 3600
_TICKET_SALT = "amends-sign-in"

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def agent_key_of(data: Path, configured: str | None) -> str:
    """The configured agent key, or one made on the first start and kept in the data folder."""
    if configured:
        return configured
    path = data / "agent.key"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
    try:
        # Made with its final permissions, so that nobody can read it in between.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
            target.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass  # another process was first
    return path.read_text(encoding="utf-8").strip()


def sign_in_ticket(agent_key: str) -> str:
    """A ticket for a sign-in link."""
    return URLSafeTimedSerializer(agent_key, salt=_TICKET_SALT).dumps("agent")


def signed_in(view: Callable[Parameters, Result]) -> Callable[Parameters, Result | AnyResponse]:
    """Let only agents through: a session in a browser, a bearer token from a program."""

    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | AnyResponse:
        if session.get("agent") or _has_bearer():
            return view(*args, **kwargs)
        if request.path.startswith("/api/"):
            refused = jsonify({"status": "unauthorized", "detail": "Send the agent key as a bearer token."})
            refused.status_code = 401
            return refused
        return redirect(url_for("auth.sign_in", next=request.path))

    return guarded


@sign_in_pages.get("/sign-in")
def sign_in() -> AnyResponse | str:
    """The sign-in page; with a valid ticket in the link, straight through."""
    ticket = request.args.get("ticket")
    if ticket is None:
        return render_template("sign_in.html", next=_local(request.args.get("next")), failed=False)
    try:
        URLSafeTimedSerializer(_key(), salt=_TICKET_SALT).loads(ticket, max_age=TICKET_MAX_AGE_S)
    except BadSignature:
        return _refused()
    session["agent"] = True
    return redirect(_local(request.args.get("next")))


@sign_in_pages.post("/sign-in")
def check_key() -> AnyResponse:
    """Take the agent key from the form."""
    if not hmac.compare_digest(request.form.get("key", "").strip().encode(), _key().encode()):
        return _refused()
    session["agent"] = True
    return redirect(_local(request.form.get("next")))


@sign_in_pages.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    session.clear()
    return redirect(url_for("auth.sign_in"))


def _refused() -> Response:
    return Response(render_template("sign_in.html", next="/", failed=True), status=401)


def _has_bearer() -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), _key().encode())


def _key() -> str:
    key: str = current_app.config["AGENT_KEY"]
    return key


def _local(target: str | None) -> str:
    """A path of ours to go on to; nothing that a link from elsewhere could choose."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return "/"
