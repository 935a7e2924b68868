"""The JSON API for programs: the same use cases the sidebar shows. Send the agent key as a bearer token."""

from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from knowledge.errors import InvalidInput
from knowledge.model import TicketReference
from knowledge.queries import BriefQuery, DraftQuery, SearchQuery, answer_brief, answer_draft, answer_search
from knowledge.records import briefing_view
from plugin.auth import signed_in
from plugin.services import services

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.post("/brief")
@signed_in
def brief() -> Response:
    """Brief one message, without storing anything."""
    return jsonify(answer_brief(services(current_app).knowledge, _body(BriefQuery)))


@api.post("/search")
@signed_in
def search() -> Response:
    """Find solved complaints."""
    return jsonify(answer_search(services(current_app).knowledge, _body(SearchQuery)))


@api.post("/check-draft")
@signed_in
def check_draft() -> Response:
    """Check an answer before it is sent."""
    return jsonify(answer_draft(services(current_app).knowledge, _body(DraftQuery)))


@api.get("/briefings/<desk>/<ticket_id>")
@signed_in
def latest_briefing(desk: str, ticket_id: str) -> AnyResponse:
    """The newest briefing of a ticket."""
    found = services(current_app).knowledge.records.latest(TicketReference(desk, ticket_id))
    if found is None:
        missing = jsonify({"status": "not_found", "detail": "There is no briefing for this ticket yet."})
        missing.status_code = 404
        return missing
    return jsonify(briefing_view(found, request.args.get("locale")))


def _body(kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("body", str(error)) from error
