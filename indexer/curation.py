"""From rows to solved complaints: validated, language told, personal data masked; and what was rejected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from indexer.sources import Row
from knowledge.cleaning import clean
from knowledge.errors import InvalidInput
from knowledge.locales import parse_tag
from knowledge.model import Outcome, Requester, SolvedComplaint
from knowledge.ports import Detector
from knowledge.privacy import find_personal_data, mask

_LABELS = ("emotion", "mindset", "remedy", "urgency")
_ID_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Curated:
    """What came through, and what did not."""

    accepted: list[SolvedComplaint]
    rejected: list[Rejected]


def curate(rows: Iterable[Row], detector: Detector, source: str, is_sample: bool = False) -> Curated:
    """Validate all rows; one bad row never stops the others. Of rows with one id the last counts."""
    accepted: dict[str, SolvedComplaint] = {}
    rejected: list[Rejected] = []
    for row in rows:
        if row.fields is None:
            rejected.append(Rejected(row.line, "line", row.problem))
            continue
        try:
            solved = _solved(row.fields, detector, source, is_sample)
        except InvalidInput as error:
            rejected.append(Rejected(row.line, error.place, error.problem))
            continue
        accepted[solved.id] = solved
    return Curated(list(accepted.values()), rejected)


def _solved(fields: dict[str, Any], detector: Detector, source: str, is_sample: bool) -> SolvedComplaint:
    complaint = clean(_text(fields, "complaint")).text
    if not complaint:
        raise InvalidInput("complaint", "holds nothing but quotes or markup")
    language = _language(fields, complaint, detector)
    return SolvedComplaint(
        id=_identifier(fields),
        language=language,
        complaint=_masked(complaint, language),
        resolution=_masked(_text(fields, "resolution"), language),
        outcome=_outcome(fields),
        resolution_en=_masked(_text(fields, "resolution_en"), "en") if fields.get("resolution_en") else None,
        issue=str(fields["issue"]) if fields.get("issue") else None,
        satisfaction=_satisfaction(fields),
        resolved_on=_day(fields),
        source=source,
        is_sample=is_sample,
        labels={name: str(fields[name]) for name in _LABELS if fields.get(name)},
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(name, "is missing" if value in (None, "") else "must be text")
    return value.strip()


def _identifier(fields: dict[str, Any]) -> str:
    value = fields.get("id")
    if value in (None, "") or not isinstance(value, str | int):
        raise InvalidInput("id", "is missing")
    if len(str(value)) > _ID_LIMIT:
        raise InvalidInput("id", f"is longer than {_ID_LIMIT} characters")
    return str(value)


def _language(fields: dict[str, Any], complaint: str, detector: Detector) -> str:
    if given := fields.get("language"):
        try:
            return parse_tag(str(given))
        except InvalidInput as error:
            raise InvalidInput("language", error.problem) from error
    return detector.detect(complaint).tag


def _masked(text: str, language: str) -> str:
    return mask(text, find_personal_data(text, Requester(), language))


def _outcome(fields: dict[str, Any]) -> Outcome:
    value = fields.get("outcome", Outcome.UNKNOWN)
    if value not in list(Outcome):
        raise InvalidInput("outcome", f"{value!r} is none of {', '.join(Outcome)}")
    return Outcome(value)


def _satisfaction(fields: dict[str, Any]) -> int | None:
    value = fields.get("satisfaction")
    if value in (None, ""):
        return None
    if str(value) not in ("1", "2", "3", "4", "5"):
        raise InvalidInput("satisfaction", f"{value!r} is not between 1 and 5")
    return int(value)


def _day(fields: dict[str, Any]) -> str | None:
    value = fields.get("resolved_on")
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise InvalidInput("resolved_on", f"{value!r} is not an ISO date such as 2026-05-31") from error
