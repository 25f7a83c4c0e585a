"""A report never goes to the unit or person that it names, nor to who answers to them; people choose among the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError
from sqlalchemy import String

from handlers.releasing.teams import (
    ANSWERS_TO,
    NAMES_PERSON,
    NAMES_UNIT,
    Routing,
    audience_of,
    mistakes_in_keys,
    routing,
)
from prompts.teams import Team
from storage.contents import Subject
from storage.keys import Damaged
from storage.models import wraps
from storage.opening import GroupKey, open_item
from storage.sealing import seal_item
from tests.releasing.desks import NORTH, SOUTH, line_with, squad

NORTH_PS = squad(
    "standards",
    name="Northshire Police Professional Standards",
    units=("Professional Standards Department", "PSD", "Anti-Corruption Unit"),
    people=("Helen Marsh",),
    answers_to=("Chief Constable",),
    alternative="south",
)
SOUTH_PS = squad("south", SOUTH, units=("PSD",))
LINE = line_with(NORTH_PS.team, SOUTH_PS.team)


def route(*subjects: Subject) -> Routing:
    return routing(subjects, LINE)


def officer(**known: str) -> Subject:
    return Subject(what="officer", **known)


def why_not(routed: Routing, team: Team) -> str:
    return next((one.why for one in routed.refused if one.team == team), "")


def test_a_report_goes_to_the_team_of_the_officers_force() -> None:
    routed = route(officer(name="Tom Wren", force=SOUTH))
    assert routed.proposed == SOUTH_PS.team
    assert routed.allowed == (NORTH_PS.team, SOUTH_PS.team)


def test_without_a_force_it_is_the_lines_own() -> None:
    assert route(officer(name="Tom Wren", unit="Harbour station")).proposed == NORTH_PS.team
    assert route().proposed == NORTH_PS.team


@pytest.mark.parametrize(
    "unit",
    [
        "Professional Standards",
        "professional standards dept",
        "the PSD",
        "Anti-Corruption",
        "anti corruption unit, Northshire Police",
        "Northshire Professional Standards Department",
    ],
)
def test_a_team_is_not_given_a_report_about_itself_however_it_is_called(unit: str) -> None:
    for subject in (officer(name="Tom Wren", unit=unit), officer(number="12", team=unit), Subject("unit", name=unit)):
        routed = route(subject)
        assert why_not(routed, NORTH_PS.team) == NAMES_UNIT
        assert not routed.allows("standards")
        assert routed.proposed == SOUTH_PS.team
        assert "stands in for" in routed.why


def test_a_unit_of_the_same_name_in_another_known_force_closes_only_that_forces_team() -> None:
    routed = route(officer(name="Tom Wren", unit="PSD", force="Southshire"))
    assert why_not(routed, SOUTH_PS.team) == NAMES_UNIT
    assert routed.allows("standards")


def test_a_force_that_nobody_knows_may_be_any_of_them() -> None:
    routed = route(officer(name="Tom Wren", unit="PSD", force="the North lot"))
    assert routed.allowed == ()
    assert routed.proposed is None


@pytest.mark.parametrize("name", ["Helen Marsh", "helen MARSH", "DCI Marsh", "Hellen Marsh"])
def test_a_team_is_not_given_a_report_that_names_one_of_its_people_in_any_force(name: str) -> None:
    for force in ("", NORTH, SOUTH):
        assert why_not(route(officer(name=name, force=force)), NORTH_PS.team) == NAMES_PERSON


@pytest.mark.parametrize("rank", ["Chief Constable", "deputy chief constable", "Temp. Chief Constable"])
def test_a_team_is_not_given_a_report_about_whom_it_answers_to(rank: str) -> None:
    assert why_not(route(officer(name="Ann Other", rank=rank)), NORTH_PS.team) == ANSWERS_TO
    assert route(officer(name="Ann Other", rank=rank, force=SOUTH)).allows("standards")


def test_an_ordinary_rank_closes_nothing() -> None:
    assert route(officer(name="Ann Other", rank="Chief Inspector")).refused == ()


def test_where_no_alternative_is_left_nothing_is_proposed() -> None:
    routed = route(officer(name="Wren", unit="PSD"), officer(name="Finch", unit="PSD", force=SOUTH))
    assert routed.allowed == ()
    assert routed.proposed is None
    assert "supervisor" in routed.why


def test_the_forces_own_name_in_the_place_of_a_unit_closes_nothing() -> None:
    assert route(officer(name="Tom Wren", unit="Northshire Police")).refused == ()
    assert route(Subject("unit", name="Southshire Constabulary", force=SOUTH)).refused == ()


def test_a_vehicle_closes_nothing() -> None:
    assert route(Subject("vehicle", registration="AB12 CDE", description="PSD pool car")).refused == ()


SAID = some.sampled_from(["", "PSD", "Standards", "Helen Marsh", "Chief Constable", NORTH, SOUTH, "CID", "Wren"])
SUBJECT = some.builds(
    Subject,
    what=some.sampled_from(["officer", "unit", "vehicle"]),
    name=SAID,
    rank=SAID,
    team=SAID,
    unit=SAID,
    force=SAID,
)


@given(some.lists(SUBJECT, max_size=4), SUBJECT)
def test_one_more_subject_never_opens_what_was_closed(subjects: list[Subject], more: Subject) -> None:
    before, after = routing(subjects, LINE), routing([*subjects, more], LINE)
    assert {team.id for team in after.allowed} <= {team.id for team in before.allowed}
    assert after.proposed is None or after.proposed in after.allowed
    assert {*after.allowed, *(one.team for one in after.refused)} == set(LINE.teams)


def test_what_is_sealed_to_one_team_opens_for_no_other() -> None:
    item = seal_item(b"released", report_id="1" * 32, kind="release", audiences=[audience_of(NORTH_PS.team)])

    def opened_by(key: GroupKey) -> bytes:
        place = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind}
        return open_item(item.sealed, **place, wraps_of_item=item.wraps, group=key)

    assert opened_by(GroupKey("team:standards", 1, NORTH_PS.group)) == b"released"
    for wrong in (GroupKey("team:south", 1, SOUTH_PS.group), GroupKey("team:standards", 1, SOUTH_PS.group)):
        with pytest.raises(Damaged):
            opened_by(wrong)


def test_the_longest_id_of_a_team_has_a_place_in_the_table_of_wraps() -> None:
    longest = wraps.c.audience.type
    assert isinstance(longest, String)
    assert longest.length is not None
    assert len(audience_of(squad("t" * 30).team).name) <= longest.length
    with pytest.raises(ValidationError):
        squad("t" * 31)


def test_a_mistyped_key_of_age_is_found_before_anything_is_sealed_to_it() -> None:
    wrong = NORTH_PS.team.age[:-1] + ("q" if NORTH_PS.team.age[-1] != "q" else "p")
    line = line_with(SOUTH_PS.team, NORTH_PS.team.model_copy(update={"age": wrong}))
    assert [mistake.field for mistake in mistakes_in_keys(line)] == ["teams.1.age"]
    assert mistakes_in_keys(LINE) == []
