"""Who may sit beside whom: never on one's own call, never on one that is closed to them, never on two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.accompanying import Call, Somebody, askable, band, is_seen_by, may_sit_beside, may_take_over, practisers

REPORT, BEFORE = "r" * 32, "b" * 32
CALL = Call("t" * 32, "talking", "amina", frozenset({REPORT, BEFORE}))
BEN = Somebody("ben", "Ben", is_supervisor=True)
CARLA = Somebody("carla", "Carla", state="available", is_here=True)


def test_a_supervisor_sits_beside_a_call_of_somebody_else() -> None:
    assert may_sit_beside(CALL, BEN)
    assert not may_sit_beside(CALL, CARLA)
    assert not may_sit_beside(replace(CALL, handler="ben"), BEN)
    assert not may_sit_beside(CALL, replace(BEN, is_taken=True))


@pytest.mark.parametrize("state", ["waiting", "offered", "over"])
def test_nobody_sits_beside_a_caller_who_is_with_nobody(state: str) -> None:
    assert not may_sit_beside(replace(CALL, state=state), BEN)


@pytest.mark.parametrize("closed", [REPORT, BEFORE])
def test_to_whom_its_report_is_closed_a_call_is_not_there(closed: str) -> None:
    ben, carla = replace(BEN, closed=frozenset({closed})), replace(CARLA, closed=frozenset({closed}))
    assert not may_sit_beside(CALL, ben)
    assert not is_seen_by(CALL, ben)
    assert not may_take_over(CALL, carla)
    assert askable(CALL, (ben, carla)) == ()


def test_free_colleagues_come_first_then_supervisors_wherever_they_are() -> None:
    away, busy = replace(CARLA, person_id="dev", alias="Dev", is_here=False), replace(CARLA, is_taken=True, alias="Eve")
    on_break = replace(CARLA, person_id="fay", alias="Fay", state="break")
    amina = replace(CARLA, person_id="amina", alias="Amina")
    here = replace(BEN, person_id="gus", alias="Gus", state="break", is_here=True)
    assert [one.alias for one in askable(CALL, (BEN, away, busy, on_break, amina, here, CARLA))] == [
        "Carla",
        "Gus",
        "Ben",
    ]


def test_a_practice_caller_rings_whoever_is_available_but_who_plays_them() -> None:
    gone = replace(CARLA, person_id="dev", is_here=False)
    free = replace(BEN, state="available", is_here=True)
    assert practisers((gone, free, CARLA, BEN), "ben") == (CARLA,)
    assert practisers((gone, free, CARLA), "somebody else") == (CARLA, free)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "Under 5 minutes"), (-3, "Under 5 minutes"), (299, "Under 5 minutes"), (300, "5 to 15 minutes"),
     (900, "15 to 30 minutes"), (3599, "30 minutes to an hour"), (3600, "Over an hour")],
)  # fmt: skip
def test_time_is_told_in_bands(seconds: int, words: str) -> None:
    assert band(seconds) == words


people = st.builds(
    Somebody,
    person_id=st.sampled_from(["amina", "ben", "carla", "dev"]),
    alias=st.text(max_size=3),
    is_supervisor=st.booleans(),
    state=st.sampled_from(["available", "on_call", "wrap_up", "break", "away"]),
    is_here=st.booleans(),
    is_taken=st.booleans(),
    closed=st.frozensets(st.sampled_from([REPORT, BEFORE, "other"])),
)


@given(st.lists(people), st.frozensets(st.sampled_from([REPORT, BEFORE])))
def test_nobody_is_ever_asked_who_is_busy_or_to_whom_the_report_is_closed(
    staff: list[Somebody], reports: frozenset[str]
) -> None:
    for one in askable(replace(CALL, reports=reports), staff):
        assert not one.is_taken
        assert not reports & one.closed
        assert one.person_id != CALL.handler
        assert one.is_supervisor or (one.is_here and one.state == "available")
