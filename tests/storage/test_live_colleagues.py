"""A colleague in a call: asked, here, handed the caller; an interpreter rung; nobody dropped and nobody twice."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database
from storage.live import colleagues, conduct, offers, queue, rooms, shifts
from storage.live.colleagues import ColleagueTaken, InterpretersEnough, SomebodySits
from storage.live.conduct import NotTheirs, Talk
from storage.live.offers import ASK_SECONDS, TooLate
from storage.models import jobs, seats, talks
from tests.storage.test_live_talks import (
    AMINA,
    BEN,
    CARLA,
    LEG,
    NOW,
    OTHER_LEG,
    OTHER_TOKEN,
    offered,
    talking,
    wait,
    work,
)


def talk_now(database: Database, talk_id: str) -> Talk:
    with database.read() as connection:
        found = conduct.talk(connection, talk_id)
    assert found is not None
    return found


def ask(database: Database, talk_id: str, colleague: str = BEN, *, now: int = NOW) -> None:
    with database.write() as connection:
        colleagues.ask(connection, talk_id, AMINA, colleague, now=now)


def come(database: Database, talk_id: str, colleague: str = BEN) -> None:
    """Let a colleague say yes and sit down."""
    with database.write() as connection:
        colleagues.accept(connection, talk_id, colleague, token=OTHER_TOKEN, now=NOW)
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is not None
        rooms.leg_joined(connection, (OTHER_LEG,), now=NOW)


def roles(database: Database, talk_id: str) -> dict[str, tuple[str, str]]:
    with database.read() as connection:
        return {one.person_id: (one.role, one.state) for one in conduct.seats_of(connection, talk_id)}


def test_who_asks_a_colleague_holds_the_caller_and_gives_out_no_token(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    ask(database, talk_id)
    assert talk_now(database, talk_id).held
    assert roles(database, talk_id)[BEN] == (rooms.CONSULT, rooms.ASKED)
    with database.read() as connection:
        assert colleagues.asked(connection, BEN, now=NOW) is not None
        assert colleagues.asked(connection, CARLA, now=NOW) is None
        seat_id = connection.scalar(select(seats.c.seat_id).where(seats.c.person_id == BEN))
        assert [one.person_id for one in offers.ready(connection, now=NOW)] == []  # no second caller meanwhile
    with database.write() as connection:
        assert rooms.sit_down(connection, str(seat_id), OTHER_LEG, now=NOW) is None


def test_an_ask_that_nobody_answers_is_over_after_half_a_minute(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    ask(database, talk_id)
    late = NOW + ASK_SECONDS
    with database.read() as connection:
        assert colleagues.asked(connection, BEN, now=late) is None
    with database.write() as connection, pytest.raises(TooLate):
        colleagues.accept(connection, talk_id, BEN, token=OTHER_TOKEN, now=late)
    with database.write() as connection:
        assert colleagues.lapse(connection, now=late - 1) == 0
        assert colleagues.lapse(connection, now=late) == 1
    assert BEN not in roles(database, talk_id)
    assert talk_now(database, talk_id).held  # their handler takes them back: nothing of the desk is heard by surprise


def test_a_colleague_says_no_once_and_the_next_can_be_asked(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN, CARLA)
    ask(database, talk_id)
    with database.write() as connection:
        assert colleagues.decline(connection, talk_id, BEN, now=NOW)
        assert not colleagues.decline(connection, talk_id, BEN, now=NOW)
    ask(database, talk_id, CARLA)
    ask(database, talk_id, BEN)  # who was asked before is asked no longer
    assert CARLA not in roles(database, talk_id)
    with database.write() as connection, pytest.raises(TooLate):
        colleagues.accept(connection, talk_id, CARLA, token=OTHER_TOKEN, now=NOW)


def test_who_is_with_a_caller_or_asked_elsewhere_is_not_asked(database: Database) -> None:
    talk_id = talking(database)
    other = wait(database, "bob")
    work(database, BEN, CARLA)
    assert offered(database, other, BEN)
    with pytest.raises(ColleagueTaken):
        ask(database, talk_id)
    with database.write() as connection:
        offers.decline(connection, other, BEN)
    ask(database, talk_id)
    with database.read() as connection:
        assert colleagues.is_taken(connection, BEN, now=NOW)
        assert not colleagues.is_taken(connection, BEN, now=NOW, but=talk_id)
        assert not colleagues.is_taken(connection, CARLA, now=NOW)
        assert colleagues.taken(connection, now=NOW) == {AMINA, BEN}
        assert colleagues.taken(connection, now=NOW, but=talk_id) == {AMINA}


def test_only_who_has_the_caller_asks_and_one_colleague_at_a_time_comes(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN, CARLA)
    with database.write() as connection, pytest.raises(NotTheirs):
        colleagues.ask(connection, talk_id, CARLA, BEN, now=NOW)
    ask(database, talk_id)
    come(database, talk_id)
    with pytest.raises(SomebodySits):
        ask(database, talk_id, CARLA)


def test_an_offer_that_was_quicker_keeps_a_colleague_from_saying_yes(database: Database) -> None:
    talk_id = talking(database)
    other = wait(database, "bob")
    work(database, BEN)
    ask(database, talk_id)
    assert offered(database, other, BEN)  # made at the same moment as the ask
    with pytest.raises(ColleagueTaken), database.write() as connection:
        colleagues.accept(connection, talk_id, BEN, token=OTHER_TOKEN, now=NOW)


def test_a_caller_is_handed_over_and_never_alone(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    ask(database, talk_id)
    with pytest.raises(NotTheirs), database.write() as connection:
        conduct.hand_over(connection, talk_id, AMINA, BEN, now=NOW)  # they have not come yet
    come(database, talk_id)
    with database.write() as connection:
        conduct.hand_over(connection, talk_id, AMINA, BEN, now=NOW)
    now = talk_now(database, talk_id)
    assert (now.person_id, now.state, now.held) == (BEN, queue.TALKING, False)
    assert roles(database, talk_id) == {
        AMINA: (rooms.CONSULT, rooms.JOINED),
        BEN: (rooms.TALK_ROLE, rooms.JOINED),
    }
    with database.write() as connection:
        conduct.leave_seat(connection, talk_id, AMINA, now=NOW)
        rooms.leg_left(connection, (LEG,), now=NOW)
    assert talk_now(database, talk_id).state == queue.TALKING
    with database.read() as connection:
        states = {one.person_id: one.state for one in shifts.all_shifts(connection)}
    assert states[BEN] == shifts.ON_CALL


def test_nothing_is_handed_to_who_only_listens_to_an_interpreter_or_to_who_has_another_caller(
    database: Database,
) -> None:
    talk_id = talking(database)
    work(database, BEN)
    with database.write() as connection:
        offers.add_seat(connection, talk_id, BEN, rooms.LISTEN, token=OTHER_TOKEN, now=NOW)
        rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW)
        rooms.leg_joined(connection, (OTHER_LEG,), now=NOW)
        colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)
        connection.execute(update(seats).where(seats.c.person_id == "polish-1").values(state=rooms.JOINED))
    for to in (BEN, "polish-1"):
        with pytest.raises(NotTheirs), database.write() as connection:
            conduct.hand_over(connection, talk_id, AMINA, to, now=NOW)
    other = wait(database, "bob")
    with database.write() as connection:
        conduct.change_role(connection, talk_id, BEN, rooms.JOIN, now=NOW)
        assert offers.offer(connection, other, BEN, now=NOW)
    with pytest.raises(NotTheirs), database.write() as connection:
        conduct.hand_over(connection, talk_id, AMINA, BEN, now=NOW)
    assert talk_now(database, talk_id).person_id == AMINA


def test_the_end_of_a_consultation_gives_the_caller_back_to_their_handler(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    ask(database, talk_id)
    come(database, talk_id)
    with database.write() as connection, pytest.raises(NotTheirs):
        colleagues.end_consult(connection, talk_id, BEN, now=NOW)
    with database.write() as connection:
        colleagues.end_consult(connection, talk_id, AMINA, now=NOW)
    assert not talk_now(database, talk_id).held
    assert roles(database, talk_id) == {AMINA: (rooms.TALK_ROLE, rooms.JOINED)}


def test_a_supervisor_changes_between_three_roles_and_nobody_else_changes(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    with database.write() as connection:
        offers.add_seat(connection, talk_id, BEN, rooms.LISTEN, token=OTHER_TOKEN, now=NOW)
        conduct.change_role(connection, talk_id, BEN, rooms.WHISPER, now=NOW)
    assert roles(database, talk_id)[BEN] == (rooms.WHISPER, rooms.INVITED)
    with database.write() as connection, pytest.raises(ValueError, match="talk"):
        conduct.change_role(connection, talk_id, BEN, rooms.TALK_ROLE, now=NOW)
    with database.write() as connection, pytest.raises(NotTheirs):
        conduct.change_role(connection, talk_id, AMINA, rooms.LISTEN, now=NOW)


def test_an_interpreter_has_a_seat_that_no_page_can_take_and_is_let_go(database: Database) -> None:
    talk_id = talking(database)
    with database.write() as connection:
        colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)
    assert roles(database, talk_id)["polish-1"] == (rooms.INTERPRETER, rooms.INVITED)
    with database.read() as connection:
        orders = connection.execute(select(jobs.c.job_id).where(jobs.c.subject == talk_id)).all()
    with database.write() as connection, pytest.raises(SomebodySits):
        colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)
    for deed in (colleagues.bring_interpreter, colleagues.let_interpreter_go):
        with database.write() as connection, pytest.raises(NotTheirs):
            deed(connection, talk_id, BEN, "polish-1", now=NOW)
    with database.write() as connection:
        colleagues.let_interpreter_go(connection, talk_id, AMINA, "polish-1", now=NOW)
    assert "polish-1" not in roles(database, talk_id)
    with database.read() as connection:
        assert len(connection.execute(select(jobs.c.job_id).where(jobs.c.subject == talk_id)).all()) == len(orders) + 1


def test_interpreters_are_not_rung_without_end(database: Database) -> None:
    talk_id = talking(database)
    for _ in range(colleagues.MOST_INTERPRETERS):
        with database.write() as connection:
            colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)
            colleagues.let_interpreter_go(connection, talk_id, AMINA, "polish-1", now=NOW)
    with database.write() as connection, pytest.raises(InterpretersEnough):
        colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)


def test_a_caller_with_an_interpreter_alone_is_alone(database: Database) -> None:
    talk_id = talking(database)
    with database.write() as connection:
        colleagues.bring_interpreter(connection, talk_id, AMINA, "polish-1", now=NOW)
        connection.execute(update(seats).where(seats.c.person_id == "polish-1").values(state=rooms.JOINED))
        rooms.leg_left(connection, (LEG,), now=NOW)
    assert (talk_now(database, talk_id).state, talk_now(database, talk_id).first) == (queue.WAITING, True)


def test_who_has_a_report_closed_to_them_gets_up_from_beside_its_call(database: Database) -> None:
    talk_id = talking(database)
    work(database, BEN)
    with database.write() as connection:
        offers.add_seat(connection, talk_id, BEN, rooms.LISTEN, token=OTHER_TOKEN, now=NOW)
        conduct.leave_closed_talks(connection, BEN, "s" * 32, now=NOW)  # another report
        assert conduct.seat_of(connection, BEN) is not None
        conduct.leave_closed_talks(connection, BEN, "r" * 32, now=NOW)
        assert conduct.seat_of(connection, BEN) is None
        conduct.leave_closed_talks(connection, AMINA, "r" * 32, now=NOW)  # who talks with a caller goes on
    assert roles(database, talk_id) == {AMINA: (rooms.TALK_ROLE, rooms.JOINED)}


def test_a_practice_call_rings_no_interpreter(database: Database) -> None:
    row = {"talk_id": "t" * 32, "call_key": "t" * 32, "room": "q" * 32, "practice": True, "language": "en"}
    with database.write() as connection:
        connection.execute(insert(talks), {**row, "since": NOW, "state": queue.TALKING, "person_id": AMINA})
    with database.write() as connection, pytest.raises(NotTheirs):
        colleagues.bring_interpreter(connection, "t" * 32, AMINA, "polish-1", now=NOW)
