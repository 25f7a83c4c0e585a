"""A team sees its own releases, and taking one is the receipt; another team's are as if there were none."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select, text

from storage.handed import (
    Handed,
    handed_one,
    handed_page,
    package_of,
    page_query,
    receive,
    release_items,
    sealed_items,
)
from storage.intake import PageKey
from storage.keys import Damaged
from storage.models import team_items, team_wraps
from storage.opening import open_item
from storage.sealing import SealedItem, Wrap
from tests.assessment.handing import DESK_KEY, NORTH_TEAM, SOUTH_TEAM, group_of, hand, say
from tests.releasing.desks import Squad
from tests.storage.conftest import Sides


def opened(item: SealedItem, team: Squad) -> bytes:
    of = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind}
    return open_item(item.sealed, **of, wraps_of_item=item.wraps, group=group_of(team))


def test_a_team_opens_the_exact_bytes_that_were_handed_to_it(sides: Sides) -> None:
    release = hand(sides.line, NORTH_TEAM)
    with sides.teams.read() as connection:
        (item,) = release_items(connection, release.release, "north")
        found = handed_one(connection, release.release, "north")
    assert found == Handed(release.release, "north", "full", "2026-11", "sent", "", "2026-W49", "2027-W08")
    assert opened(item, NORTH_TEAM) == release.packed()


def test_another_teams_release_is_as_if_there_were_none(sides: Sides) -> None:
    release = hand(sides.line, NORTH_TEAM)
    with sides.teams.write() as connection:
        for release_id in (release.release, "0" * 32):
            assert handed_one(connection, release_id, "south") is None
            assert package_of(connection, release_id, "south") is None
            assert release_items(connection, release_id, "south") == ()
            assert sealed_items(connection, release_id, "south", ("release", "outcome", "question")) == ()
            assert not receive(connection, release_id, "south")
        assert handed_page(connection, "south").rows == ()
    with sides.teams.read() as connection:
        assert handed_page(connection, "north").rows[0].state == "sent"


def test_the_first_look_is_the_receipt_and_a_later_one_is_none(sides: Sides) -> None:
    release = hand(sides.line, NORTH_TEAM)
    with sides.teams.write() as connection:
        assert receive(connection, release.release, "north")
        assert not receive(connection, release.release, "north")
    say(sides.teams, release.release, NORTH_TEAM)
    with sides.teams.write() as connection:
        assert not receive(connection, release.release, "north")
        found = handed_one(connection, release.release, "north")
    assert found is not None
    assert (found.state, found.outcome) == ("decided", "record")


def test_the_package_is_given_as_it_is(sides: Sides) -> None:
    release = hand(sides.line, NORTH_TEAM, package=b"\x00age file\xff")
    with sides.teams.read() as connection:
        assert package_of(connection, release.release, "north") == b"\x00age file\xff"


def test_pages_show_each_release_once_with_the_newest_month_first(sides: Sides) -> None:
    handed = [hand(sides.line, NORTH_TEAM, month=month) for month in ("2026-09", "2026-11", "2026-10") * 2]
    hand(sides.line, SOUTH_TEAM)
    with sides.teams.write() as connection:
        receive(connection, handed[0].release, "north")
    seen: list[Handed] = []
    after: PageKey | None = None
    while True:
        with sides.teams.read() as connection:
            page = handed_page(connection, "north", after=after, size=2)
        seen += page.rows
        after = page.following
        if after is None:
            break
        assert PageKey.read(str(after)) == after
    assert [row.month for row in seen] == ["2026-11"] * 2 + ["2026-10"] * 2 + ["2026-09"] * 2
    assert {row.release_id for row in seen} == {release.release for release in handed}
    with sides.teams.read() as connection:
        assert [row.state for row in handed_page(connection, "north", state="received").rows] == ["received"]
        assert len(handed_page(connection, "north", state="sent").rows) == 5


@pytest.mark.parametrize("state", ["", "sent"])
def test_an_index_answers_a_page_in_its_order(sides: Sides, state: str) -> None:
    if not sides.line.is_sqlite:
        return  # PostgreSQL plans by numbers of rows, and there are none here
    query = page_query("north", state, PageKey("2026-11", "f" * 32), 3)
    compiled = query.compile(sides.line.engine, compile_kwargs={"literal_binds": True})
    with sides.line.read() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    assert "USING INDEX ix_handovers_" in plan
    assert "TEMP B-TREE" not in plan


def test_with_every_key_of_a_team_and_the_whole_database_only_what_was_released_to_it_opens(sides: Sides) -> None:
    ours = [hand(sides.line, NORTH_TEAM) for _ in range(2)]
    theirs = hand(sides.line, SOUTH_TEAM)
    for release, team in ((ours[0], NORTH_TEAM), (theirs, SOUTH_TEAM)):
        with sides.teams.write() as connection:
            receive(connection, release.release, team.team.id)
        say(sides.teams, release.release, team)
    with sides.teams.read() as connection:
        rows = connection.execute(select(team_items)).all()
        all_wraps = [
            Wrap(row.audience, row.epoch, bytes(row.wrapped)) for row in connection.execute(select(team_wraps))
        ]
    opens = set()
    for row in rows:
        for wrap in all_wraps:  # also those of other items and teams, under the name that this team's key answers to
            as_ours = Wrap("team:north", 1, wrap.wrapped)
            item = SealedItem(row.item_id, row.release_id, row.kind, bytes(row.sealed), (as_ours,))
            try:
                opened(item, NORTH_TEAM)
                opens.add((row.release_id, row.kind))
            except Damaged:
                pass
    assert opens == {(ours[0].release, "release"), (ours[1].release, "release"), (ours[0].release, "outcome")}


def test_the_desk_opens_what_teams_say_and_not_what_it_released(sides: Sides) -> None:
    release = hand(sides.line, NORTH_TEAM)
    with sides.teams.write() as connection:
        receive(connection, release.release, "north")
    say(sides.teams, release.release, NORTH_TEAM)
    with sides.line.read() as connection:
        (item,) = sealed_items(connection, release.release, "north", ("outcome",))
        (sealed,) = release_items(connection, release.release, "north")
    of = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind}
    assert open_item(item.sealed, **of, wraps_of_item=item.wraps, group=DESK_KEY) == b"{}"
    of = {"item_id": sealed.item_id, "report_id": sealed.report_id, "kind": sealed.kind}
    with pytest.raises(Damaged):
        open_item(sealed.sealed, **of, wraps_of_item=sealed.wraps, group=DESK_KEY)
    with sides.line.read() as connection:
        assert sealed_items(connection, release.release, "north", ("outcome",), secrets.token_hex(16)) == ()
