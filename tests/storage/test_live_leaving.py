"""Who is let go, or gets another role, is out of every call in the same moment, and no caller is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.live import colleagues, conduct, offers, queue, rooms, shifts
from storage.live.leaving import get_up
from storage.live.practising import NewPractice, ring
from storage.models import seats, talks
from tests.storage.test_live_talks import (
    AMINA,
    BEN,
    CARLA,
    LEG,
    NOW,
    OTHER_LEG,
    OTHER_TOKEN,
    TOKEN,
    offered,
    orders,
    talking,
    view,
    wait,
    work,
)

LATER = NOW + 5


def goes(database: Database, person_id: str) -> None:
    with database.write() as connection:
        get_up(connection, person_id, now=LATER)


def places(database: Database, person_id: str) -> list[tuple[str, str]]:
    with database.read() as connection:
        wanted = select(seats.c.role, seats.c.state).where(seats.c.person_id == person_id)
        return [(role, state) for role, state in connection.execute(wanted)]


def shift(database: Database, person_id: str) -> str:
    with database.read() as connection:
        found = shifts.shift_of(connection, person_id)
    assert found is not None
    return found.state


def sits(database: Database, talk_id: str, person_id: str, role: str) -> None:
    with database.write() as connection:
        offers.add_seat(connection, talk_id, person_id, role, token=OTHER_TOKEN, now=NOW)
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is not None
        rooms.leg_joined(connection, (OTHER_LEG,), now=NOW)


def test_a_caller_whose_handler_is_let_go_waits_first_and_the_worker_is_told(database: Database) -> None:
    talking(database)
    before = orders(database)
    goes(database, AMINA)
    assert (view(database, "ada").state, view(database, "ada").first) == (queue.WAITING, True)
    assert places(database, AMINA) == [("talk", "leaving")]
    assert shift(database, AMINA) == shifts.AWAY
    assert orders(database) == before + 1
    with database.write() as connection:
        rooms.leg_left(connection, (LEG,), now=LATER)
    assert places(database, AMINA) == [("talk", "left")]


def test_a_colleague_who_is_with_the_caller_keeps_them(database: Database) -> None:
    talk_id = talking(database)
    sits(database, talk_id, BEN, rooms.JOIN)
    goes(database, AMINA)
    assert view(database, "ada").state == queue.TALKING
    assert places(database, BEN) == [("join", "joined")]


@pytest.mark.parametrize("role", [rooms.LISTEN, rooms.WHISPER, rooms.JOIN, rooms.CONSULT])
def test_who_sits_beside_a_call_gets_up_and_its_handler_stays(database: Database, role: str) -> None:
    talk_id = talking(database)
    sits(database, talk_id, BEN, role)
    before = orders(database)
    goes(database, BEN)
    assert (places(database, BEN), places(database, AMINA)) == ([(role, "leaving")], [("talk", "joined")])
    assert view(database, "ada").state == queue.TALKING
    assert orders(database) == before + 1


def test_a_token_that_no_leg_has_brought_is_worth_nothing(database: Database) -> None:
    talk_id = wait(database, "ada")
    work(database, AMINA)
    assert offered(database, talk_id, AMINA)
    with database.write() as connection:
        offers.accept(connection, talk_id, AMINA, token=TOKEN, report_id="r" * 32, now=NOW)
    goes(database, AMINA)
    with database.write() as connection:
        assert rooms.sit_down(connection, TOKEN, LEG, now=LATER) is None
    assert (view(database, "ada").state, view(database, "ada").first) == (queue.WAITING, True)


def test_an_offer_goes_back_and_the_caller_keeps_their_place(database: Database) -> None:
    talk_id = wait(database, "ada")
    work(database, AMINA, BEN)
    assert offered(database, talk_id, AMINA)
    goes(database, AMINA)
    assert (view(database, "ada").state, view(database, "ada").first) == (queue.WAITING, False)
    assert offered(database, talk_id, BEN)


def shown(database: Database, talk_id: str) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(one.person_id, one.state) for one in conduct.seats_in(connection, talk_id)]


def test_who_leaves_is_shown_until_their_leg_is_out_of_the_room_and_holds_nothing_meanwhile(database: Database) -> None:
    talk_id = talking(database)
    sits(database, talk_id, BEN, rooms.JOIN)
    with database.write() as connection:
        conduct.leave_seat(connection, talk_id, BEN, now=LATER)
        conduct.leave_seat(connection, talk_id, BEN, now=LATER + 1)
        assert conduct.seat_of(connection, BEN) is None
        assert not colleagues.is_taken(connection, BEN, now=LATER)
    assert shown(database, talk_id) == [(AMINA, "joined"), (BEN, "leaving")]
    with database.write() as connection:
        rooms.leg_left(connection, (LEG,), now=LATER)
    assert view(database, "ada").state == queue.WAITING, "who is leaving is with nobody"
    with database.write() as connection:
        rooms.leg_left(connection, (OTHER_LEG,), now=LATER)
    assert shown(database, talk_id) == []


def test_a_leg_that_comes_after_its_seat_was_given_up_is_shown_until_it_is_ended(database: Database) -> None:
    talk_id = talking(database)
    with database.write() as connection:
        offers.add_seat(connection, talk_id, BEN, rooms.LISTEN, token=OTHER_TOKEN, now=NOW)
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is not None
        conduct.leave_seat(connection, talk_id, BEN, now=NOW)
    assert shown(database, talk_id) == [(AMINA, "joined")], "their leg has not come yet"
    before = orders(database)
    with database.write() as connection:
        rooms.leg_joined(connection, (OTHER_LEG,), now=LATER)
    assert shown(database, talk_id) == [(AMINA, "joined"), (BEN, "leaving")]
    assert orders(database) == before + 1


def asked(database: Database, talk_id: str) -> None:
    with database.write() as connection:
        shifts.choose(connection, BEN, shifts.AVAILABLE, now=NOW)
        colleagues.ask(connection, talk_id, AMINA, BEN, now=NOW)


def aside(database: Database, talk_id: str) -> None:
    with database.write() as connection:
        conduct.ask_aside(connection, talk_id, AMINA, "silent_danger", now=NOW)


@pytest.mark.parametrize(("deed", "who"), [(asked, BEN), (aside, AMINA)])
def test_what_somebody_is_asked_and_a_caller_who_is_aside_are_not_forgotten(
    database: Database, deed: Callable[[Database, str], None], who: str
) -> None:
    talk_id = talking(database)
    deed(database, talk_id)
    goes(database, who)
    goes(database, who)
    with database.write() as connection:
        assert colleagues.asked(connection, BEN, now=LATER) is None
        rooms.come_back(connection, "ada", "yes", now=LATER)
    assert view(database, "ada").state == (queue.WAITING if who == AMINA else queue.TALKING)


@pytest.mark.parametrize("who", [AMINA, CARLA])
def test_a_practice_call_is_over_with_either_of_its_two(database: Database, who: str) -> None:
    work(database, AMINA)
    talk_id = "6" * 32
    with database.write() as connection:
        ring(connection, NewPractice(talk_id, "en", False, CARLA, AMINA), token=TOKEN, now=NOW)
        offers.accept(connection, talk_id, AMINA, token=OTHER_TOKEN, report_id="", now=NOW)
    goes(database, who)
    with database.read() as connection:
        assert connection.scalar(select(talks.c.state).where(talks.c.talk_id == talk_id)) == queue.OVER
