"""What a team says is kept once, in its order, whoever sends it twice; a later outcome corrects and keeps the first."""

from __future__ import annotations

import secrets
import threading
from functools import partial
from typing import Any

import pytest

from storage.handed import handed_one, receive
from storage.intake import PageKey
from storage.team_answers import (
    MOST_SAID,
    NotReceived,
    NotTheirs,
    Once,
    OtherWordsBefore,
    Said,
    SaidMeanwhile,
    TooMuchSaid,
    add_answer,
    answers_of,
    answers_to_see,
    mark_seen,
    once,
    settle,
)
from tests.assessment.handing import NORTH_TEAM, ONCE_KEY, SOUTH_TEAM, hand, say, sealed
from tests.storage.conftest import Sides


@pytest.fixture
def release_id(sides: Sides) -> str:
    """Hand one release to the northern team, which takes it."""
    handed = hand(sides.line, NORTH_TEAM).release
    with sides.teams.write() as connection:
        receive(connection, handed, "north")
    return handed


def test_a_later_outcome_corrects_the_first_and_both_stay(sides: Sides, release_id: str) -> None:
    for outcome in ("record", "investigate"):
        say(sides.teams, release_id, NORTH_TEAM, outcome=outcome)
    say(sides.teams, release_id, NORTH_TEAM, "question")
    with sides.teams.read() as connection:
        said = answers_of(connection, release_id)
        handed = handed_one(connection, release_id, "north")
    assert [(one.place, one.kind, one.state) for one in said] == [
        (1, "outcome", "new"),
        (2, "outcome", "new"),
        (3, "question", "new"),
    ]
    assert handed is not None
    assert (handed.state, handed.outcome) == ("decided", "investigate")


def test_what_is_sent_twice_counts_once_and_other_words_under_its_key_are_refused(
    sides: Sides, release_id: str
) -> None:
    first = say(sides.teams, release_id, NORTH_TEAM, key="1")
    assert say(sides.teams, release_id, NORTH_TEAM, key="1") == first
    with pytest.raises(OtherWordsBefore):
        say(sides.teams, release_id, NORTH_TEAM, key="1", body=b"other words", outcome="safeguard")
    assert say(sides.teams, release_id, NORTH_TEAM, key="2").place == 2
    with sides.teams.read() as connection:
        handed = handed_one(connection, release_id, "north")
        assert len(answers_of(connection, release_id)) == 2
    assert handed is not None
    assert handed.outcome == "record"


def test_of_two_that_are_sent_at_once_one_is_kept(sides: Sides, release_id: str) -> None:
    said: list[Said] = []

    def send() -> None:
        said.append(say(sides.teams, release_id, NORTH_TEAM, key="1"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    assert len(set(said)) == 1


def test_nobody_says_anything_of_another_teams_release_or_of_one_they_have_not_seen(
    sides: Sides, release_id: str
) -> None:
    for unknown in (release_id, secrets.token_hex(16)):
        with pytest.raises(NotTheirs):
            say(sides.teams, unknown, SOUTH_TEAM)
    unseen = hand(sides.line, NORTH_TEAM).release
    with pytest.raises(NotReceived):
        say(sides.teams, unseen, NORTH_TEAM)
    with sides.teams.read() as connection:
        assert answers_of(connection, unseen) == ()


def test_no_token_fills_the_disk(sides: Sides, release_id: str) -> None:
    add = partial(add_answer, team="north", month="2026-11", outcome="record")
    item = sealed(release_id, NORTH_TEAM, "outcome")
    with sides.teams.write() as connection:
        for _ in range(MOST_SAID):
            one = type(item)(secrets.token_hex(16), item.report_id, item.kind, item.sealed, item.wraps)
            add(connection, one, once=Once(secrets.token_hex(32), ""))
        with pytest.raises(TooMuchSaid):
            add(connection, item, once=Once(secrets.token_hex(32), ""))


def test_the_desk_works_off_what_came_the_oldest_first(sides: Sides, release_id: str) -> None:
    asked = [say(sides.teams, release_id, NORTH_TEAM, "question").item_id for _ in range(3)]
    with sides.line.write() as connection:
        assert mark_seen(connection, asked[0])
        assert not mark_seen(connection, asked[0])
        assert settle(connection, asked[0], "answered")
        assert not settle(connection, asked[0], "declined")
        assert not mark_seen(connection, asked[0])
        first = answers_to_see(connection, "question", size=1)
        assert isinstance(first.following, PageKey)
        rest = answers_to_see(connection, "question", after=first.following, size=1)
        assert rest.following is None
        assert {row.item_id for row in (*first.rows, *rest.rows)} == set(asked[1:])
        assert [one.item_id for one in answers_to_see(connection, "question", state="answered").rows] == asked[:1]


def test_what_marks_words_as_the_same_tells_nobody_without_the_key_what_they_were() -> None:
    of: dict[str, Any] = {
        "team": "north",
        "release_id": "5f" * 16,
        "kind": "outcome",
        "sent_as": "1",
        "body": b"record",
    }
    same, other = once(ONCE_KEY, **of), once(type(ONCE_KEY)(b"o" * 32), **of)
    assert same == once(ONCE_KEY, **of)
    assert same.said != other.said
    for changed in ({"team": "south"}, {"kind": "question"}, {"sent_as": "2"}, {"release_id": "6f" * 16}):
        assert once(ONCE_KEY, **{**of, **changed}).name != same.name
    assert once(ONCE_KEY, **{**of, "body": b"other"}).name == same.name


def test_who_decides_has_seen_what_a_colleague_decided_before(sides: Sides, release_id: str) -> None:
    def decide(seen: int) -> Said:
        item = sealed(release_id, NORTH_TEAM, "outcome")
        of: dict[str, Any] = {"team": "north", "month": "2026-11", "outcome": "record"}
        with sides.teams.write() as connection:
            return add_answer(connection, item, once=Once(secrets.token_hex(32), ""), seen=seen, **of)

    decide(0)
    say(sides.teams, release_id, NORTH_TEAM, "question")
    with pytest.raises(SaidMeanwhile):
        decide(0)
    assert decide(1).place == 3
    with pytest.raises(SaidMeanwhile):
        decide(1)
