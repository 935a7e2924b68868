"""Steps one and two: a delivery comes in, is checked over its raw bytes, stored durably, and answered.

Status codes are decided here and nowhere else:
413 too large · 401 not signed as it should be · 400 not this platform's body (names the JSON path) ·
200 theirs but not ours, so that they stop retrying · 202 stored · 503 the database is busy, come back.
"""

import hmac
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, current_app, jsonify, request

from knowledge.database import DatabaseBusy
from plugin.errors import MalformedDelivery, SignatureRejected
from plugin.platforms.base import Adapter, Delivery, Ignored
from plugin.services import services

log = structlog.get_logger()
hooks = Blueprint("hooks", __name__)

RETRY_AFTER_S = 5


@hooks.post("/hooks/<desk>")
@hooks.post("/hooks/<desk>/<path:rest>")
def receive(desk: str, rest: str = "") -> tuple[Response, int]:
    """Take one delivery for a desk; ``rest`` is its URL token and hint, as far as it has them."""
    adapter = services(current_app).adapters.get(desk)
    if adapter is None:
        return _answer("unknown_desk", 404)
    segments = [segment for segment in rest.split("/") if segment]
    if not _knows_token(adapter, segments):
        log.warning("delivery_rejected", desk=desk, code=SignatureRejected.code)
        return _answer(SignatureRejected.code, 401, "The secret part of the URL is missing or wrong.")
    if adapter.desk.url_token:
        segments = segments[1:]
    delivery = Delivery(
        body=request.get_data(cache=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        received_at=datetime.now(UTC),
        hint="/".join(segments),
    )
    return _take(adapter, delivery)


def _take(adapter: Adapter, delivery: Delivery) -> tuple[Response, int]:
    desk = adapter.desk.name
    try:
        adapter.verify(delivery, delivery.received_at)
        event = adapter.read(delivery)
        key = adapter.delivery_key(delivery)
    except SignatureRejected as error:
        log.warning("delivery_rejected", desk=desk, code=error.code)
        return _answer(error.code, 401, str(error))
    except MalformedDelivery as error:
        log.warning("delivery_malformed", desk=desk, path=error.path)
        return _answer(error.code, 400, str(error), path=error.path)
    if isinstance(event, Ignored):
        log.info("delivery_ignored", desk=desk, reason=event.reason)
        return _answer("ignored", 200, event.reason)
    try:
        is_new = services(current_app).inbox.put(desk, key, delivery)
    except DatabaseBusy:
        response, status = _answer(DatabaseBusy.code, 503, "Not stored; please send it again.")
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response, status
    log.info("delivery_stored", desk=desk, is_new=is_new)
    return _answer("accepted", 202)


def _knows_token(adapter: Adapter, segments: list[str]) -> bool:
    token = adapter.desk.url_token
    if not token:
        return True
    given = segments[0] if segments else ""
    return hmac.compare_digest(given.encode(), token.encode())


def _answer(code: str, status: int, detail: str | None = None, **facts: str) -> tuple[Response, int]:
    body = {"status": code} | ({"detail": detail} if detail else {}) | facts
    return jsonify(body), status
