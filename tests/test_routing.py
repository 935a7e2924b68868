"""The right person at once, with the reason and an open fallback."""

from datetime import UTC, datetime

import pytest

from knowledge.errors import InvalidInput
from knowledge.model import Agent, LanguageGuess
from knowledge.routing import choose_agent, is_on_duty, next_on_duty, read_agents

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SLOVENIAN = LanguageGuess("sl", 0.99)

SPELA = Agent("spela", "Špela", {"sl": "native"}, "Europe/Ljubljana", (8 * 60, 16 * 60), frozenset(range(5)))
KARI = Agent("kari", "Kari", {"nb": "native", "en": "fluent"})
IVAN = Agent("ivan", "Ivan", {"hr": "native", "sl": "working"})


def test_the_native_speaker_on_duty_is_chosen():
    routing = choose_agent([KARI, IVAN, SPELA], SLOVENIAN, MONDAY_NOON)
    assert routing.agent == SPELA
    assert [fallback.agent.id for fallback in routing.fallbacks] == ["ivan", "kari"]


def test_a_speaker_on_duty_goes_before_one_asleep():
    routing = choose_agent([SPELA, IVAN], SLOVENIAN, SUNDAY_NIGHT)
    assert routing.agent == IVAN
    assert "back at" in routing.fallbacks[0].reason.text


def test_the_only_speaker_asleep_is_named_with_the_time_of_return():
    routing = choose_agent([SPELA, KARI], SLOVENIAN, SUNDAY_NIGHT)
    assert routing.agent == SPELA
    assert routing.reason.facts["time"].startswith("2026-11-23T07:00")
    assert routing.fallbacks[0].agent == KARI


def test_a_reader_of_a_close_relative_can_help():
    guess = LanguageGuess("da", 0.9, ("nb", "nn", "da", "sv"))
    assert choose_agent([KARI, SPELA], guess, MONDAY_NOON).agent == KARI


def test_without_a_speaker_nobody_is_chosen_and_that_is_said():
    routing = choose_agent([KARI], LanguageGuess("th", 0.99), MONDAY_NOON)
    assert routing.agent is None
    assert "No agent speaks" in routing.reason.text
    assert routing.fallbacks[0].agent == KARI


def test_an_undetermined_language_routes_nobody():
    assert choose_agent([KARI], LanguageGuess("und", 0.2), MONDAY_NOON).agent is None


def test_room_and_load_decide_between_equals():
    busy = Agent("a", "A", {"sl": "native"}, capacity=2, open_tickets=2)
    loaded = Agent("b", "B", {"sl": "native"}, open_tickets=9)
    free = Agent("c", "C", {"sl": "native"}, open_tickets=1)
    assert choose_agent([busy, loaded, free], SLOVENIAN, MONDAY_NOON).agent == free
    assert choose_agent([busy, loaded], SLOVENIAN, MONDAY_NOON).agent == loaded


def test_skills_decide_between_equals():
    plain = Agent("a", "A", {"sl": "native"})
    skilled = Agent("b", "B", {"sl": "native"}, skills=frozenset({"billing"}))
    assert choose_agent([plain, skilled], SLOVENIAN, MONDAY_NOON, ["billing"]).agent == skilled


def test_a_shift_may_run_past_midnight():
    night = Agent("n", "N", {}, "UTC", (22 * 60, 6 * 60), frozenset({0}))
    assert is_on_duty(night, datetime(2026, 11, 23, 23, 0, tzinfo=UTC))
    assert is_on_duty(night, datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    assert not is_on_duty(night, datetime(2026, 11, 23, 5, 0, tzinfo=UTC))


def test_hours_follow_the_agents_clock_through_daylight_saving():
    summer, winter = datetime(2026, 7, 6, 6, 30, tzinfo=UTC), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    assert is_on_duty(SPELA, summer)
    assert not is_on_duty(SPELA, winter)


def test_someone_without_days_never_comes_back():
    assert next_on_duty(Agent("x", "X", {}, "UTC", (0, 60), frozenset()), MONDAY_NOON) is None


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('languages = { sl = "perfect" }', "languages.sl"),
        ('languages = "sl"', "languages"),
        ('languages = { sl = "native" }\nhours = "8 to 4"', "hours"),
        ('languages = { sl = "native" }\ndays = "weekdays"', "days"),
        ('languages = { sl = "native" }\ntimezone = "Mars/Base"', "timezone"),
    ],
)
def test_a_mistake_in_the_agents_file_names_agent_and_field(tmp_path, line, place):
    path = tmp_path / "agents.toml"
    path.write_text(f'[[agents]]\nid = "a"\nname = "A"\n{line}\n')
    with pytest.raises(InvalidInput) as caught:
        read_agents(path)
    assert "agent 1" in caught.value.place
    assert caught.value.place.endswith(place)


def test_two_agents_cannot_share_an_id(tmp_path):
    path = tmp_path / "agents.toml"
    path.write_text('[[agents]]\nid = "a"\nname = "A"\nlanguages = { sl = "native" }\n' * 2)
    with pytest.raises(InvalidInput, match="used twice"):
        read_agents(path)
