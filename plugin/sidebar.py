"""The agents' pages: a briefing beside a ticket, the newest briefings, and a place to try a message."""

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from knowledge.locales import is_right_to_left
from knowledge.model import Briefing, IncomingMessage, Phrase, TicketReference
from knowledge.translation import interface_locale
from plugin.auth import signed_in
from plugin.services import services

sidebar = Blueprint("sidebar", __name__)

_RECENT = 20
_TRY_LIMIT_CHARACTERS = 20_000


@sidebar.get("/")
@signed_in
def home() -> str:
    """The newest briefings, and a box to try a message."""
    found = services(current_app)
    return render_template(
        "home.html",
        briefings=found.knowledge.records.recent(_RECENT),
        counts=found.inbox.counts(),
        dead_letters=found.inbox.dead_letters(5),
        solved=sum(found.knowledge.store.count().values()),
        samples=found.knowledge.store.count_samples(),
    )


@sidebar.route("/try", methods=["GET", "POST"])
@signed_in
def try_message() -> str:
    """Brief a message typed in; nothing is stored."""
    text = (request.form.get("text") or "")[:_TRY_LIMIT_CHARACTERS]
    if not text.strip():
        return render_template("try.html", text="", briefing=None, purposes=[])
    briefing = services(current_app).knowledge.briefer.brief(IncomingMessage(text), _reader())
    return render_template("try.html", text=text, **_shown(briefing))


@sidebar.get("/sidebar/<desk>/<ticket_id>")
@signed_in
def ticket(desk: str, ticket_id: str) -> AnyResponse | str:
    """The briefing beside a ticket."""
    found = services(current_app).knowledge.records.latest(TicketReference(desk, ticket_id))
    if found is None:
        return Response(render_template("no_briefing.html", desk=desk, ticket_id=ticket_id), status=404)
    return render_template("sidebar.html", **_shown(found))


def _shown(briefing: Briefing) -> dict[str, object]:
    return {
        "briefing": briefing,
        "purposes": _by_purpose(briefing.phrases),
        "reply_direction": "rtl" if is_right_to_left(briefing.reply_locale) else "ltr",
    }


def _by_purpose(phrases: Sequence[Phrase]) -> list[tuple[str, list[Phrase]]]:
    return [(purpose, list(group)) for purpose, group in groupby(phrases, key=lambda phrase: phrase.purpose)]


def _reader() -> str:
    return interface_locale(request.args.get("locale") or request.accept_languages.best)
