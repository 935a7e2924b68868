"""The Flask application: pages, API and webhooks over one set of services."""

import hashlib
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from knowledge.database import is_reachable
from knowledge.errors import AmendsError, InvalidInput
from knowledge.locales import is_right_to_left, language_name
from knowledge.translation import interface_locale, render, translations
from plugin.api import api
from plugin.auth import agent_key_of, sign_in_pages
from plugin.labels import label
from plugin.services import Services, attach, services
from plugin.sidebar import sidebar
from plugin.webhooks import hooks

log = structlog.get_logger()


def create_app(found: Services) -> Flask:
    """Build the application. Nothing is started here: see server.py."""
    app = Flask(__name__)
    settings = found.settings.server
    key = agent_key_of(found.knowledge.settings.data, settings.agent_key)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.body_limit_bytes,
        AGENT_KEY=key,
        SECRET_KEY=hashlib.sha256(b"amends-session:" + key.encode()).digest(),
        SESSION_COOKIE_NAME="amends",
        SESSION_COOKIE_HTTPONLY=True,
        # Inside a helpdesk's frame a browser sends only such cookies, and only over HTTPS.
        SESSION_COOKIE_SAMESITE="None" if settings.embed_origins else "Lax",
        SESSION_COOKIE_SECURE=bool(settings.embed_origins),
        SESSION_COOKIE_PARTITIONED=bool(settings.embed_origins),
    )
    app.jinja_env.undefined = StrictUndefined
    attach(app, found)
    for blueprint in (hooks, api, sidebar, sign_in_pages):
        app.register_blueprint(blueprint)
    app.context_processor(_page_words)
    app.after_request(_with_safe_headers)
    app.register_error_handler(AmendsError, _tell_user)
    app.register_error_handler(HTTPException, _tell_status)
    app.register_error_handler(Exception, _tell_failure)
    app.add_url_rule("/healthz", view_func=_health)
    return app


def agent_locale() -> str:
    """The locale of the agent who looks: asked for, else the browser's, else English."""
    asked = request.args.get("locale") or request.cookies.get("amends_locale")
    if asked:
        return interface_locale(asked)
    best = request.accept_languages.best
    return interface_locale(best)


def _page_words() -> dict[str, Any]:
    locale = agent_locale()
    words = translations(locale)
    return {
        "_": words.gettext,
        "ngettext": words.ngettext,
        "label": lambda value: label(str(value), words),
        "locale": locale,
        "direction": "rtl" if is_right_to_left(locale) else "ltr",
        "direction_of": lambda tag: "rtl" if is_right_to_left(tag) else "ltr",
        "language_name": lambda tag: language_name(tag, locale),
        "say": lambda remark: render(remark, locale),
    }


def _with_safe_headers(response: Response) -> Response:
    framers = " ".join(services(current_app).settings.server.embed_origins)
    policy = f"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self' {framers}".strip()
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _tell_user(error: AmendsError) -> tuple[Response | str, int]:
    status = 400 if isinstance(error, InvalidInput) else 503
    log.warning("request_refused", code=error.code, path=request.path)
    if _wants_json():
        return jsonify({"status": error.code, "detail": str(error)}), status
    return render_template("problem.html", problem=str(error)), status


def _tell_status(error: HTTPException) -> tuple[Response | str, int]:
    status = error.code or 500
    if _wants_json():
        return jsonify({"status": error.name.lower().replace(" ", "_"), "detail": error.description}), status
    return render_template("problem.html", problem=error.description), status


def _tell_failure(error: Exception) -> tuple[Response | str, int]:
    """A defect of ours: logged by kind and place only, because its words could quote a customer."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.error("request_failed", error=type(error).__name__, place=place, path=request.path.split("/")[1])
    problem = "Something went wrong on our side. Nothing was lost; please try again."
    if _wants_json():
        return jsonify({"status": "internal_error", "detail": problem}), 500
    return render_template("problem.html", problem=problem), 500


def _wants_json() -> bool:
    return request.path.startswith(("/hooks/", "/api/", "/healthz"))


def _health() -> tuple[Response, int]:
    found = services(current_app)
    ok = is_reachable(found.knowledge.engine)
    try:
        release = version("amends")
    except PackageNotFoundError:
        release = "unknown"
    return jsonify(
        {"ok": ok, "version": release, "deliveries": dict(found.inbox.counts()) if ok else {}}
    ), 200 if ok else 503
