"""Whoever holds every key of a team, and the whole of both databases, opens what was released to it, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, cast

from sqlalchemy import select

from storage.keys import Damaged, Secret, read_pepper
from storage.models import items, memberships, people, team_items, team_wraps, wraps
from storage.opening import open_sealed, unwrap_group_key, unwrap_with_password
from storage.passwords import normal
from storage.sealing import Wrap, wrap_context
from tests.assessment.handing import hand
from tests.assessment.staff import PEOPLE, AssessmentHouse, browser_of
from tests.desk.staff import PASSWORD, House, Story, tell

Place = tuple[str, str, str]  # item, report or release, kind


def test_every_key_of_a_team_on_every_wrap_of_the_whole_database_opens_what_was_released_to_it_alone(
    assessment_house: AssessmentHouse,
) -> None:
    house, north = assessment_house, assessment_house.teams.north
    tell(cast(House, house), Story(claimed=""))
    ours = [hand(house.database, north).release for _ in range(2)]
    theirs = hand(house.database, house.teams.south).release
    for name, release in (("Dev", ours[0]), ("Sean", theirs)):
        person = browser_of(house, name)
        assert person.get(f"/releases/{release}").status_code == 200
        assert _asks(house, name, release) == 303
    held = set(keys_of(house, "north"))
    assert len(held) == 3  # two people's own, and the team's
    places, wrapped = _places(house), _wrapped(house)
    assert {kind for _, _, kind in places} >= {"sound", "answer", "received", "release", "question"}
    audiences = {(one.audience, one.epoch) for one in wrapped}
    assert {name for name, _ in audiences} == {"desk", "recovery", "team:north", "team:south"}
    opened = {
        (report, kind)
        for key, place, wrap, name in product(held, places, wrapped, audiences)
        for _, report, kind in _opening(key, place, wrap.wrapped, name)
    }
    assert opened == {(ours[0], "release"), (ours[1], "release"), (ours[0], "question")}


def test_the_same_search_opens_all_of_it_with_the_keys_of_everybody(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    tell(cast(House, house), Story(claimed=""))
    release = hand(house.database, house.teams.north).release
    held = [*keys_of(house, "north"), house.keys.desk.private]
    opened = {
        (report, kind)
        for key, place, wrap in product(held, _places(house), _wrapped(house))
        for _, report, kind in _opening(key, place, wrap.wrapped, (wrap.audience, wrap.epoch))
    }
    assert (release, "release") in opened
    assert {"sound", "answer", "received"} <= {kind for _, kind in opened}


def _asks(house: AssessmentHouse, name: str, release: str) -> int:
    address = f"/releases/{release}/question"
    return browser_of(house, name).post(address, {"text": "When?", "once": "1"}, seen=address).status_code


def keys_of(house: AssessmentHouse, team: str) -> Iterator[Secret]:
    """Yield the private keys of a team's people, and every group key that any membership gives to one of these."""
    pepper, found = read_pepper(house.settings.pepper_file), []
    with house.own.read() as connection:
        rows = connection.execute(select(people)).all()
        members = connection.execute(select(memberships)).all()
    for row in rows:
        if PEOPLE[row.alias][1] == team:
            of: dict[str, Any] = {"person_id": row.person_id, "salt": row.salt, "pepper": pepper}
            found.append(unwrap_with_password(row.wrapped_key, normal(PASSWORD), **of))
    groups = set()
    for key, row in product(found, members):
        for member, (name, epoch) in product((one.person_id for one in rows), {(m.audience, m.epoch) for m in members}):
            try:
                place: dict[str, Any] = {"member": member, "name": name, "epoch": epoch}
                groups.add(unwrap_group_key(row.wrapped, **place, private=key).private)
            except Damaged:
                continue
    yield from (*found, *groups)


def _places(house: AssessmentHouse) -> list[Place]:
    with house.database.read() as connection:
        line = [(row.item_id, row.report_id, row.kind) for row in connection.execute(select(items))]
        teams = [(row.item_id, row.release_id, row.kind) for row in connection.execute(select(team_items))]
    return [*line, *teams]


def _wrapped(house: AssessmentHouse) -> list[Wrap]:
    with house.database.read() as connection:
        return [
            Wrap(row.audience, row.epoch, bytes(row.wrapped))
            for table in (wraps, team_wraps)
            for row in connection.execute(select(table))
        ]


def _opening(key: Secret, place: Place, wrapped: bytes, audience: tuple[str, int]) -> Iterator[Place]:
    try:
        open_sealed(wrapped, key, wrap_context(*place, *audience))
    except Damaged:
        return
    yield place
