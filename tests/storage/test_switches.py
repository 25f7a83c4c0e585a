"""Switches of the line: who may set one, until when, what stands, and what a process sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from storage.audit import page, verify
from storage.clock import TurnedClock
from storage.database import Database
from storage.glance import Glance
from storage.models import people
from storage.switches import (
    CLOSED,
    LONGEST_SECONDS,
    NONE_SET,
    SURGE,
    Ends,
    EndUnfit,
    NobodyOfThatName,
    NoSuchSwitch,
    all_switches,
    check_end,
    end_switch,
    ends,
    news,
    set_switch,
    standing,
)

NOW = 1_795_000_000
HOUR = 3600


def hire(database: Database, name: str, state: str = "active") -> None:
    row = {"person_id": name, "sign_in_name": name, "alias": name.title(), "role": "supervisor", "state": state}
    keys = dict.fromkeys(("salt", "public_key", "wrapped_key", "totp_sealed"), b"")
    with database.write() as connection:
        connection.execute(insert(people), {**row, **keys})


def switch_on(database: Database, name: str, *, until: int, by: str = "ben", now: int = NOW) -> None:
    with database.write() as connection:
        set_switch(connection, name, until=until, by=by, person="command", now=now)


@pytest.fixture
def staffed(database: Database) -> Database:
    hire(database, "ben")
    return database


def test_a_switch_stands_until_its_end_and_not_at_it() -> None:
    set_ = (("closed", NOW + 10), ("surge", NOW))
    assert standing(set_, NOW) == {"closed"}
    assert standing(set_, NOW + 9) == {"closed"}
    assert standing(set_, NOW + 10) == frozenset()


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ((), ""),
        (("closed",), ""),
        (("surge",), "surge"),
        (("outage",), "outage"),
        (("surge", "outage"), "outage"),
        (("surge", "closed"), ""),
        (("closed", "surge", "outage"), "outage"),
    ],
)
def test_callers_are_told_of_one_thing_at_most(on: tuple[str, ...], told: str) -> None:
    assert news(frozenset(on)) == told


@pytest.mark.parametrize("until", [NOW - 1, NOW, NOW + LONGEST_SECONDS + 1])
def test_an_end_in_the_past_or_beyond_a_week_is_refused(until: int) -> None:
    with pytest.raises(EndUnfit):
        check_end(until, NOW)


@pytest.mark.parametrize("until", [NOW + 1, NOW + LONGEST_SECONDS])
def test_an_end_within_a_week_is_taken(until: int) -> None:
    check_end(until, NOW)


def test_a_switch_says_who_set_it_until_when_and_the_audit_has_it(staffed: Database) -> None:
    switch_on(staffed, "closed", until=NOW + HOUR)
    switch_on(staffed, "closed", until=NOW + 2 * HOUR, now=NOW + 5)  # another end
    with staffed.write() as connection:
        assert [vars(one) for one in all_switches(connection, now=NOW + 6)] == [
            {"name": "closed", "until": NOW + 2 * HOUR, "set_by": "Ben", "set_at": NOW + 5}
        ]
        assert end_switch(connection, "closed", by="ben", person="command", now=NOW + 60)
        assert not end_switch(connection, "closed", by="ben", person="command", now=NOW + 61)
        assert all_switches(connection, now=NOW + 62) == ()
        told = [(entry.action, entry.subject, entry.detail) for entry in page(connection, below=None, size=9).entries]
        assert verify(connection).is_sound
    assert told == [
        ("switch.ended", "closed", "by Ben"),
        ("switch.set", "closed", "by Ben, until 2026-11-18 13:06 UTC"),
        ("switch.set", "closed", "by Ben, until 2026-11-18 12:06 UTC"),
    ]


def test_a_switch_past_its_end_stands_no_more_and_cannot_be_ended(staffed: Database) -> None:
    switch_on(staffed, "surge", until=NOW + HOUR)
    with staffed.write() as connection:
        assert all_switches(connection, now=NOW + HOUR) == ()
        assert not end_switch(connection, "surge", by="ben", person="command", now=NOW + HOUR)


@pytest.mark.parametrize(
    ("name", "by", "until", "refused"),
    [
        ("opened", "ben", NOW + 1, NoSuchSwitch),
        ("closed", "chris", NOW + 1, NobodyOfThatName),
        ("closed", "dev", NOW + 1, NobodyOfThatName),  # has left
        ("closed", "ben", NOW, EndUnfit),
    ],
)
def test_what_is_refused_changes_nothing(
    staffed: Database, name: str, by: str, until: int, refused: type[Exception]
) -> None:
    hire(staffed, "dev", state="left")
    with pytest.raises(refused):
        switch_on(staffed, name, by=by, until=until)
    with staffed.read() as connection:
        assert ends(connection) == ()
        assert page(connection, below=None, size=1).entries == ()


def test_another_process_sees_a_switch_within_a_second_and_reads_once_a_second(
    staffed: Database, clock: TurnedClock
) -> None:
    looks = 0

    def look(connection: Connection) -> Ends:
        nonlocal looks
        looks += 1
        return ends(connection)

    clock.seconds = NOW
    glance = Glance(staffed, clock, look, first=NONE_SET)
    assert glance.seen() == ()
    switch_on(staffed, "closed", until=NOW + HOUR)
    assert [glance.seen() for _ in range(50)] == [()] * 50
    clock.forward(1)
    assert [glance.seen() for _ in range(50)] == [(("closed", NOW + HOUR),)] * 50
    assert looks == 2


def test_the_last_known_state_holds_while_the_database_is_away(staffed: Database, clock: TurnedClock) -> None:
    clock.seconds = NOW
    switch_on(staffed, "closed", until=NOW + HOUR)
    away = Away(staffed.url.render_as_string(hide_password=False))
    glance = Glance(away, clock, ends, first=NONE_SET)
    assert standing(glance.seen(), clock.now()) == {"closed"}
    away.is_away = True
    clock.forward(60)
    assert standing(glance.seen(), clock.now()) == {"closed"}
    clock.forward(HOUR)
    assert standing(glance.seen(), clock.now()) == frozenset()  # its end needs no database
    assert Glance(away, clock, ends, first=NONE_SET).seen() == ()
    away.close()


class Away(Database):
    """A database that can go away."""

    is_away = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.is_away:
            raise OperationalError("SELECT", {}, Exception("away"))
        with super().read() as connection:
            yield connection


@pytest.mark.parametrize("until", ["soon", b"\xff", 1e300, None, 2**63 - 1, NOW + LONGEST_SECONDS + 2 * HOUR])
def test_an_end_that_nobody_can_have_set_neither_holds_nor_breaks_anything(until: object) -> None:
    """On SQLite every process can write any value into that column."""
    assert standing(((CLOSED, until), (SURGE, NOW + HOUR)), NOW) == {SURGE}  # type: ignore[arg-type]


def test_a_row_of_nonsense_is_not_listed(database: Database) -> None:
    if not database.is_sqlite:
        return  # there the column takes numbers only
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO switches VALUES ('closed', 'soon', 'x', 'y')")
        assert all_switches(connection, now=NOW) == ()
