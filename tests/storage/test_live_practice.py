"""A practice call: rung at one handler, played by a supervisor, over for good; never in the queue of the callers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.live import colleagues, conduct, offers, practising, queue, rooms, shifts
from storage.live.conduct import NotTheirs
from storage.live.offers import OFFER_SECONDS
from storage.live.practising import HandlerNotFree, NewPractice
from storage.models import jobs, talks
from tests.storage.test_live_colleagues import talk_now
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
    wait,
    work,
)

TALK = "f" * 32


def ring(database: Database, *, handler: str = AMINA, talk_id: str = TALK, now: int = NOW) -> None:
    new = NewPractice(talk_id, "en", False, BEN, handler)
    with database.write() as connection:
        practising.ring(connection, new, token=OTHER_TOKEN if talk_id == TALK else talk_id, now=now)


def playing(database: Database) -> None:
    """Bring Ben, who plays a caller, and Amina together."""
    work(database, AMINA)
    ring(database)
    with database.write() as connection:
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is not None
        rooms.leg_joined(connection, (OTHER_LEG,), now=NOW)
        offers.accept(connection, TALK, AMINA, token=TOKEN, report_id="", now=NOW)
        place = rooms.sit_down(connection, TOKEN, LEG, now=NOW)
        assert place is not None
        assert place.practice
        rooms.leg_joined(connection, (LEG,), now=NOW)
    assert talk_now(database, TALK).state == queue.TALKING


def test_a_practice_caller_is_offered_to_one_handler_and_stands_in_no_queue(database: Database) -> None:
    work(database, AMINA, CARLA)
    ring(database)
    with database.read() as connection:
        found = conduct.talk_of(connection, AMINA)
        assert found is not None
        assert (found.practice, found.state) == (True, queue.OFFERED)
        assert offers.waiting(connection) == ()
        assert practising.is_played_by(connection, TALK, BEN)
        assert not practising.is_played_by(connection, TALK, AMINA)
    wait(database, "ada")
    with database.read() as connection:
        view = queue.view(connection, ("ada",), now=NOW)
    assert view is not None
    assert view.ahead == 0


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_whoever_does_not_take_it_it_is_over_and_nobody_else_is_offered_it(database: Database, how: str) -> None:
    work(database, AMINA, CARLA)
    ring(database)
    with database.write() as connection:
        if how == "declined":
            offers.decline(connection, TALK, AMINA)
        else:
            offers.expire(connection, now=NOW + OFFER_SECONDS)
        assert offers.waiting(connection) == ()
        orders = connection.execute(select(jobs.c.job_id).where(jobs.c.subject == TALK)).all()
    assert len(orders) == 2  # the second ends the leg of who plays the caller
    over = talk_now(database, TALK)
    assert (over.state, over.ending, over.person_id) == (queue.OVER, queue.NOBODY_CAME, "")


def test_only_an_available_handler_is_rung_and_a_real_caller_is_quicker(database: Database) -> None:
    with pytest.raises(HandlerNotFree):
        ring(database)
    work(database, AMINA)
    with database.write() as connection:
        shifts.choose(connection, AMINA, shifts.BREAK, now=NOW)
    with pytest.raises(HandlerNotFree):
        ring(database)
    work(database, CARLA)
    with pytest.raises(HandlerNotFree):
        ring(database, handler=CARLA, now=NOW + queue.GONE_SECONDS)
    assert offered(database, wait(database, "ada"), CARLA)
    with pytest.raises(HandlerNotFree):
        ring(database, handler=CARLA)
    with database.read() as connection:
        assert connection.execute(select(talks.c.talk_id).where(talks.c.practice)).all() == []


def test_the_handler_s_end_is_the_end_at_once(database: Database) -> None:
    playing(database)
    with database.write() as connection:
        conduct.finish(connection, TALK, AMINA, conduct.FINISHED, now=NOW)
    assert (talk_now(database, TALK).state, talk_now(database, TALK).ending) == (queue.OVER, conduct.FINISHED)


@pytest.mark.parametrize("how", ["hangs up", "is cut off"])
def test_when_who_plays_the_caller_goes_it_is_over(database: Database, how: str) -> None:
    playing(database)
    with database.write() as connection:
        if how == "hangs up":
            practising.hang_up(connection, TALK, now=NOW)
        else:
            rooms.leg_left(connection, (OTHER_LEG,), now=NOW)
    assert (talk_now(database, TALK).state, talk_now(database, TALK).ending) == (queue.OVER, queue.HUNG_UP)
    with database.read() as connection:  # though the worker has not cleared the seats
        assert not colleagues.is_taken(connection, BEN, now=NOW)
        assert colleagues.taken(connection, now=NOW) == frozenset()


def test_a_handler_who_is_cut_off_leaves_no_practice_caller_in_the_queue(database: Database) -> None:
    playing(database)
    with database.write() as connection:
        rooms.leg_left(connection, (LEG,), now=NOW)
        assert offers.waiting(connection) == ()
    assert talk_now(database, TALK).state == queue.OVER


def test_who_plays_the_caller_answers_what_is_asked_aside(database: Database) -> None:
    playing(database)
    with database.write() as connection, pytest.raises(NotTheirs):
        practising.answer(connection, TALK, "yes", now=NOW)
    with database.write() as connection:
        conduct.ask_aside(connection, TALK, AMINA, "silent_danger", now=NOW)
        practising.answer(connection, TALK, "yes", now=NOW)
    found = talk_now(database, TALK)
    assert (found.state, found.asked, found.answer) == (queue.TALKING, "", "yes")
    with database.write() as connection, pytest.raises(ValueError, match="perhaps"):
        practising.answer(connection, TALK, "perhaps", now=NOW)


def test_a_real_call_is_never_ended_as_a_practice_call(database: Database) -> None:
    talk_id = wait(database, "ada")
    with database.write() as connection:
        practising.hang_up(connection, talk_id, now=NOW)
    assert talk_now(database, talk_id).state == queue.WAITING
