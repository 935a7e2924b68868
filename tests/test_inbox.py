"""Nothing accepted is lost, nothing is taken twice, and what fails comes back or is buried in sight."""

import os
import threading
from datetime import UTC, datetime

import pytest

from plugin.inbox import LEASE_S, PAUSES_S, Inbox, State
from plugin.platforms.base import Delivery


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inbox(empty_knowledge, clock):
    return Inbox(empty_knowledge.engine, empty_knowledge.writer, clock)


def delivery(body: bytes = b"{}") -> Delivery:
    return Delivery(body, {"content-type": "application/json", "authorization": "x"}, datetime.now(UTC), "new")


def test_a_delivery_comes_back_as_it_went_in_without_secrets(inbox):
    assert inbox.put("desk", "1", delivery(b"\xff\x00{}"))
    claimed = inbox.claim()
    assert claimed is not None and claimed.desk == "desk"
    assert claimed.delivery.body == b"\xff\x00{}"
    assert claimed.delivery.hint == "new"
    assert claimed.delivery.headers == {"content-type": "application/json"}


def test_the_same_delivery_is_stored_once_per_desk(inbox):
    assert inbox.put("desk", "1", delivery())
    assert not inbox.put("desk", "1", delivery())
    assert inbox.put("other", "1", delivery())


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(inbox, clock):
    inbox.put("desk", "1", delivery())
    assert inbox.claim() is not None
    assert inbox.claim() is None
    clock.now += LEASE_S + 1
    assert inbox.claim() is not None


def test_a_finished_delivery_is_not_taken_again(inbox, clock):
    inbox.put("desk", "1", delivery())
    inbox.done(inbox.claim().id)
    clock.now += 10 * LEASE_S
    assert inbox.claim() is None


def test_pauses_grow_and_end_in_a_dead_letter(inbox, clock):
    inbox.put("desk", "1", delivery())
    for attempt, pause in enumerate(PAUSES_S):
        claimed = inbox.claim()
        assert claimed.attempts == attempt
        assert inbox.failed(claimed.id, claimed.attempts, "down") == State.WAITING
        clock.now += pause * 0.99
        assert inbox.claim() is None
        clock.now += pause * 0.3
    claimed = inbox.claim()
    assert inbox.failed(claimed.id, claimed.attempts, "down") == State.DEAD
    (letter,) = inbox.dead_letters()
    assert (letter.desk, letter.delivery_key, letter.error) == ("desk", "1", "down")


def test_a_helpdesk_that_names_a_time_is_not_asked_sooner(inbox, clock):
    inbox.put("desk", "1", delivery())
    inbox.failed(inbox.claim().id, 0, "busy", retry_after_s=100)
    clock.now += 99
    assert inbox.claim() is None
    clock.now += 30
    assert inbox.claim() is not None


def test_a_dead_letter_can_be_replayed(inbox):
    inbox.put("desk", "1", delivery())
    inbox.give_up(inbox.claim().id, "forbidden")
    assert inbox.claim() is None
    assert inbox.replay() == 1
    assert inbox.claim().attempts == 0


def test_the_oldest_due_comes_first(inbox, clock):
    for key in ("a", "b", "c"):
        inbox.put("desk", key, delivery(key.encode()))
        clock.now += 1
    assert [inbox.claim().delivery.body for _ in range(3)] == [b"a", b"b", b"c"]


def test_many_threads_take_every_delivery_exactly_once(inbox):
    for number in range(60):
        inbox.put("desk", str(number), delivery(str(number).encode()))
    taken: list[bytes] = []

    def take() -> None:
        while (claimed := inbox.claim()) is not None:
            taken.append(claimed.delivery.body)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(str(number).encode() for number in range(60))


def test_what_a_killed_process_held_is_free_for_the_next(inbox):
    inbox.put("desk", "1", delivery())
    assert inbox.claim() is not None
    assert inbox.claim() is None
    assert inbox.release_abandoned() == 1  # our own number, from before
    assert inbox.claim() is not None


def test_what_a_living_process_holds_stays_held(inbox, monkeypatch):
    inbox.put("desk", "1", delivery())
    monkeypatch.setattr("plugin.inbox.os.getpid", os.getppid)
    assert inbox.claim() is not None
    monkeypatch.undo()
    assert inbox.release_abandoned() == 0
