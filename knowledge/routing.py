"""Who answers: language first, then hours, skill and load; why, and who else could.

The agents file is TOML: one ``[[agents]]`` table each (README shows one).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.errors import InvalidInput
from knowledge.locales import parse_tag, serve
from knowledge.model import Agent, Fallback, LanguageGuess, Remark, Routing

# How well a level serves a complaint; basic readers can read, but should not answer alone.
LEVELS: Mapping[str, int] = {"native": 4, "fluent": 3, "working": 2, "basic": 1}
_DAYS = {name: index for index, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_FALLBACKS_SHOWN = 4
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent seen against one complaint."""

    agent: Agent
    level: int
    language: str | None
    is_on_duty: bool
    has_room: bool
    shared_skills: int

    @property
    def speaks(self) -> bool:
        """Whether this agent can answer in the customer's language or a close relative."""
        return self.level >= LEVELS["working"]

    @property
    def rank(self) -> tuple[int, ...]:
        """Higher answers first; the agent's id settles ties, see _ranked."""
        return (self.speaks, self.is_on_duty, self.has_room, self.level, self.shared_skills, -self.agent.open_tickets)


def choose_agent(
    agents: Sequence[Agent],
    language: LanguageGuess,
    now: datetime,
    wanted_skills: Iterable[str] = (),
) -> Routing:
    """Choose who answers. ``now`` is an aware time."""
    if not agents:
        return Routing(None, Remark("No agents are known: name them in the agents file."))
    ranked = _ranked(agents, language, now, frozenset(wanted_skills))
    speakers = [candidate for candidate in ranked if candidate.speaks]
    if not language.is_known:
        reason = Remark("The language is undetermined, so nobody is chosen by language.")
        return Routing(None, reason, _fallbacks(ranked, now))
    if not speakers:
        reason = Remark(
            "No agent speaks {language}; the ready phrases and matches help whoever answers.",
            {"language": language.tag},
        )
        return Routing(None, reason, _fallbacks(ranked, now))
    best = speakers[0]
    rest = [candidate for candidate in ranked if candidate is not best]
    return Routing(best.agent, _why(best, language, now), _fallbacks(rest, now))


def is_on_duty(agent: Agent, now: datetime) -> bool:
    """Whether an agent works at this moment; without hours, always. Hours may run past midnight."""
    if agent.hours is None:
        return True
    local = now.astimezone(ZoneInfo(agent.timezone))
    minute = local.hour * 60 + local.minute
    start, end = agent.hours
    if start <= end:
        return local.weekday() in agent.days and start <= minute < end
    if minute >= start:
        return local.weekday() in agent.days
    return (local.weekday() - 1) % 7 in agent.days and minute < end


def next_on_duty(agent: Agent, now: datetime) -> datetime | None:
    """When an agent is next at work, to the quarter of an hour; None if not within eight days."""
    moment = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    for _ in range(8 * 24 * 4):
        if is_on_duty(agent, moment) and moment >= now:
            return moment
        moment += timedelta(minutes=15)
    return None


def read_agents(path: Path) -> tuple[Agent, ...]:
    """Read the agents file. Raises InvalidInput naming the agent and the field."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(str(path), f"is not valid TOML: {error}") from error
    rows = tables.get("agents", [])
    if not isinstance(rows, list):
        raise InvalidInput(f"{path}: agents", "must be [[agents]] tables")
    agents = tuple(_agent(row, f"{path}: agent {number}") for number, row in enumerate(rows, 1))
    seen: set[str] = set()
    for agent in agents:
        if agent.id in seen:
            raise InvalidInput(f"{path}: agents", f"the id {agent.id!r} is used twice")
        seen.add(agent.id)
    return agents


def _ranked(agents: Sequence[Agent], language: LanguageGuess, now: datetime, skills: frozenset[str]) -> list[Candidate]:
    candidates = [_candidate(agent, language, now, skills) for agent in agents]
    return sorted(candidates, key=lambda c: (tuple(-part for part in c.rank), c.agent.id))


def _candidate(agent: Agent, language: LanguageGuess, now: datetime, skills: frozenset[str]) -> Candidate:
    level, spoken = _level(agent, language)
    has_room = agent.capacity is None or agent.open_tickets < agent.capacity
    return Candidate(agent, level, spoken, is_on_duty(agent, now), has_room, len(agent.skills & skills))


def _level(agent: Agent, language: LanguageGuess) -> tuple[int, str | None]:
    if not language.is_known:
        return 0, None
    spoken = frozenset(agent.languages)
    if served := serve(language.tag, spoken):
        return LEVELS[agent.languages[served]], served
    for relative in language.group:
        if served := serve(relative, spoken):
            # A relative is understood, but written with effort: one level less.
            return max(1, LEVELS[agent.languages[served]] - 1), served
    return 0, None


def _why(best: Candidate, language: LanguageGuess, now: datetime) -> Remark:
    facts: dict[str, str | int] = {"agent": best.agent.name, "language": best.language or language.tag}
    if not best.is_on_duty:
        back = next_on_duty(best.agent, now)
        facts["time"] = back.isoformat() if back else "?"
        return Remark("{agent} speaks {language} and is back at {time}; until then, see who else can help.", facts)
    if not best.has_room:
        return Remark("{agent} speaks {language} and is on duty, but has no room; nobody else speaks it now.", facts)
    if best.shared_skills:
        return Remark("{agent} speaks {language}, is on duty and knows this kind of case.", facts)
    return Remark("{agent} speaks {language} and is on duty.", facts)


def _fallbacks(ranked: Sequence[Candidate], now: datetime) -> tuple[Fallback, ...]:
    return tuple(Fallback(c.agent, _fallback_reason(c, now)) for c in ranked[:_FALLBACKS_SHOWN])


def _fallback_reason(candidate: Candidate, now: datetime) -> Remark:
    facts: dict[str, str | int] = {"agent": candidate.agent.name}
    if candidate.level:
        facts["language"] = candidate.language or ""
        if candidate.is_on_duty:
            return Remark("{agent} can read {language} and is on duty.", facts)
        back = next_on_duty(candidate.agent, now)
        facts["time"] = back.isoformat() if back else "?"
        return Remark("{agent} can read {language} and is back at {time}.", facts)
    if candidate.is_on_duty:
        return Remark("{agent} is on duty and can answer with the ready phrases.", facts)
    return Remark("{agent} is off duty.", facts)


def _agent(row: Any, place: str) -> Agent:
    if not isinstance(row, dict):
        raise InvalidInput(place, "must be a table")
    for name in ("id", "name", "languages"):
        if not row.get(name):
            raise InvalidInput(f"{place}: {name}", "is missing")
    zone = str(row.get("timezone", "UTC"))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(f"{place}: timezone", f"{zone!r} is unknown; write for example Europe/Ljubljana") from error
    capacity = row.get("capacity")
    return Agent(
        id=str(row["id"]),
        name=str(row["name"]),
        languages=_languages(row["languages"], f"{place}: languages"),
        timezone=zone,
        hours=_hours(row.get("hours"), f"{place}: hours"),
        days=_days(row.get("days"), f"{place}: days"),
        skills=frozenset(map(str, row.get("skills", []))),
        capacity=int(capacity) if capacity is not None else None,
        open_tickets=int(row.get("open_tickets", 0)),
        desk_ids={str(desk): str(value) for desk, value in row.get("desks", {}).items()},
    )


def _languages(table: Any, place: str) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise InvalidInput(place, 'must be a table such as { sl = "native", en = "fluent" }')
    for tag, level in table.items():
        if level not in LEVELS:
            raise InvalidInput(f"{place}.{tag}", f"{level!r} is none of {', '.join(LEVELS)}")
    return {parse_tag(tag): str(level) for tag, level in table.items()}


def _hours(text: Any, place: str) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        start, end = (_minutes(part) for part in str(text).split("-"))
    except ValueError as error:
        raise InvalidInput(place, f"{text!r} is not like 08:00-16:30") from error
    return start, end


def _minutes(text: str) -> int:
    hour, minute = text.strip().split(":")
    total = int(hour) * 60 + int(minute)
    if not 0 <= total <= _MINUTES_A_DAY:
        raise ValueError(text)
    return total


def _days(text: Any, place: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    days: set[int] = set()
    for part in str(text).lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise InvalidInput(place, f"{text!r} is not like mon-fri or mon,wed")
        end = _DAYS[last] if last else _DAYS[first]
        days.update((_DAYS[first] + step) % 7 for step in range((end - _DAYS[first]) % 7 + 1))
    return frozenset(days)
