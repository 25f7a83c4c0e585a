"""Talks move by statements that name the state they must have: who waits, who is offered, who sits, who is lost."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from storage.database import Database
from storage.live import conduct, offers, passes, queue, rooms, shifts, wishes
from storage.live.offers import TooLate
from storage.live.queue import Wish
from storage.models import counts, jobs, skills, talks

NOW = 1_800_000_000
AMINA, BEN, CARLA = "a" * 32, "b" * 32, "c" * 32
TOKEN, OTHER_TOKEN = "1" * 32, "2" * 32
LEG, OTHER_LEG = "leg-of-amina", "leg-of-ben"


def wait(database: Database, call_key: str, *, since: int = NOW, language: str = "en", urgent: bool = False) -> str:
    wish = Wish(uuid4().hex, call_key, uuid4().hex, language, urgent)
    with database.write() as connection:
        queue.join(connection, wish, now=since)
        found = connection.scalar(select(talks.c.talk_id).where(talks.c.call_key == call_key))
    return str(found)


def view(database: Database, call_key: str, *, now: int = NOW) -> queue.View:
    with database.read() as connection:
        found = queue.view(connection, (call_key,), now=now)
    assert found is not None
    return found


def work(database: Database, *people: str, since: int = NOW, trained_until: str = "2027-12") -> None:
    with database.write() as connection:
        for person_id in people:
            shifts.choose(connection, person_id, shifts.AVAILABLE, now=since)
            held = (("language:en", ""), ("general", trained_until))
            rows = [{"person_id": person_id, "skill": name, "until": until} for name, until in held]
            connection.execute(insert(skills), rows)


def offered(database: Database, talk_id: str, person_id: str) -> bool:
    with database.write() as connection:
        return offers.offer(connection, talk_id, person_id, now=NOW)


def talking(database: Database, call_key: str = "ada") -> str:
    """Bring a caller and Amina together."""
    talk_id = wait(database, call_key)
    work(database, AMINA)
    assert offered(database, talk_id, AMINA)
    with database.write() as connection:
        offers.accept(connection, talk_id, AMINA, token=TOKEN, report_id="r" * 32, now=NOW)
        assert rooms.sit_down(connection, TOKEN, LEG, now=NOW) is not None
        rooms.leg_joined(connection, (LEG,), now=NOW)
    assert view(database, call_key).state == queue.TALKING
    return talk_id


def orders(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(select(jobs.c.job_id).where(jobs.c.kind == "talk")).all())


def test_a_caller_hears_how_many_of_their_language_are_before_them(database: Database) -> None:
    for name, since in (("ada", NOW - 30), ("bob", NOW - 20), ("cyd", NOW - 10)):
        wait(database, name, since=since)
    wait(database, "dai", since=NOW - 40, language="cy")
    assert [view(database, name).ahead for name in ("ada", "bob", "cyd", "dai")] == [0, 1, 2, 0]
    with database.write() as connection:
        queue.urge(connection, "cyd")
    assert [view(database, name).ahead for name in ("ada", "bob", "cyd")] == [1, 2, 0]
    late = NOW + queue.PATIENCE_SECONDS - 25
    assert [view(database, name, now=late).ahead for name in ("ada", "bob", "cyd")] == [0, 2, 1]


def test_joining_twice_keeps_the_place_and_coming_back_begins_at_the_end(database: Database) -> None:
    talk_id = wait(database, "ada", since=NOW - 60)
    wait(database, "bob", since=NOW - 30)
    assert wait(database, "ada", since=NOW) == talk_id
    assert view(database, "ada").ahead == 0
    with database.write() as connection:
        queue.leave(connection, "ada", queue.LEFT, now=NOW)
    assert (view(database, "ada").state, view(database, "ada").ending) == (queue.OVER, queue.LEFT)
    wait(database, "ada", since=NOW)
    assert (view(database, "ada").state, view(database, "ada").ahead) == (queue.WAITING, 1)


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {str(name): number for name, number in connection.execute(select(counts.c.name, counts.c.number))}


def test_each_wait_is_counted_once_when_it_begins_and_once_when_it_ends(database: Database) -> None:
    for name, deed in (
        ("ada", lambda connection: queue.leave(connection, "ada", queue.LEFT, now=NOW)),
        ("bob", lambda connection: queue.leave(connection, "bob", queue.NOBODY_CAME, now=NOW)),
        ("cyd", lambda connection: queue.caller_gone(connection, ("cyd",), now=NOW)),
    ):
        wait(database, name)
        wait(database, name)
        for _ in range(2):
            with database.write() as connection:
                deed(connection)
    talking(database, "dai")
    with database.write() as connection:
        rooms.leg_joined(connection, (LEG,), now=NOW)
        queue.caller_gone(connection, ("dai",), now=NOW)
    assert counted(database) == {
        "queue.joined": 4,
        "queue.left": 1,
        "queue.nobody_came": 1,
        "queue.hung_up": 1,
        "queue.answered": 1,
    }


def test_who_was_answered_left_and_asks_again_waits_again_and_is_counted_once(database: Database) -> None:
    talking(database)
    with database.write() as connection:
        rooms.leg_left(connection, (LEG,), now=NOW)
        queue.leave(connection, "ada", queue.LEFT, now=NOW)
    wait(database, "ada")
    assert (view(database, "ada").state, view(database, "ada").first) == (queue.WAITING, False)
    assert counted(database) == {"queue.joined": 1, "queue.answered": 1}


def test_a_talk_that_was_finished_is_not_begun_again(database: Database) -> None:
    ada = talking(database)
    with database.write() as connection:
        conduct.finish(connection, ada, AMINA, conduct.FINISHED, now=NOW)
        queue.say_over(connection, "ada", now=NOW)
    wait(database, "ada")
    assert (view(database, "ada").state, view(database, "ada").ending) == (queue.OVER, conduct.FINISHED)


def test_practice_is_counted_nowhere(database: Database) -> None:
    talk_id = wait(database, "ada")
    with database.write() as connection:
        connection.execute(update(talks).values(practice=True))
    before = counted(database)
    work(database, AMINA)
    assert offered(database, talk_id, AMINA)
    with database.write() as connection:
        offers.accept(connection, talk_id, AMINA, token=TOKEN, report_id="", now=NOW)
        rooms.sit_down(connection, TOKEN, LEG, now=NOW)
        rooms.leg_joined(connection, (LEG,), now=NOW)
        queue.leave(connection, "ada", queue.LEFT, now=NOW)
    assert counted(database) == before


def test_who_leaves_is_out_of_everything_and_whoever_sits_there_is_told(database: Database) -> None:
    talking(database)
    before = orders(database)
    with database.write() as connection:
        for _ in range(2):
            queue.leave(connection, "ada", queue.LEFT, now=NOW)
    assert (view(database, "ada").state, view(database, "ada").ending) == (queue.OVER, queue.LEFT)
    assert orders(database) == before + 1


def test_nobody_is_offered_two_callers_and_no_caller_to_two(database: Database) -> None:
    ada, bob = wait(database, "ada"), wait(database, "bob")
    work(database, AMINA, BEN)
    assert offered(database, ada, AMINA)
    assert not offered(database, ada, BEN)
    assert not offered(database, bob, AMINA)
    with database.read() as connection:
        assert [one.person_id for one in offers.ready(connection, now=NOW)] == [BEN]


def test_an_offer_is_taken_by_whom_it_was_made_to_and_once(database: Database) -> None:
    ada = wait(database, "ada")
    work(database, AMINA, BEN)
    offered(database, ada, AMINA)
    with database.write() as connection, pytest.raises(TooLate):
        offers.accept(connection, ada, BEN, token=OTHER_TOKEN, report_id="", now=NOW)
    with database.write() as connection:
        offers.accept(connection, ada, AMINA, token=TOKEN, report_id="r" * 32, now=NOW)
        assert shifts.shift_of(connection, AMINA) == shifts.Shift(AMINA, shifts.ON_CALL, NOW, NOW)
        assert not shifts.choose(connection, AMINA, shifts.AVAILABLE, now=NOW)
    with database.write() as connection, pytest.raises(TooLate):
        offers.accept(connection, ada, AMINA, token=OTHER_TOKEN, report_id="", now=NOW)


def test_a_declined_offer_keeps_the_place_and_who_does_not_answer_is_away(database: Database) -> None:
    ada = wait(database, "ada", since=NOW - 60)
    work(database, AMINA, BEN)
    offered(database, ada, AMINA)
    with database.write() as connection:
        offers.decline(connection, ada, AMINA)
        assert offers.waiting(connection)[0].refused_by == {AMINA}
        assert offers.waiting(connection)[0].since == NOW - 60
    offered(database, ada, BEN)
    with database.write() as connection:
        assert offers.expire(connection, now=NOW + offers.OFFER_SECONDS - 1) == 0
        assert offers.expire(connection, now=NOW + offers.OFFER_SECONDS) == 1
        assert offers.waiting(connection)[0].refused_by == {AMINA, BEN}
        states = {one.person_id: one.state for one in shifts.all_shifts(connection)}
    assert states == {AMINA: shifts.AVAILABLE, BEN: shifts.AWAY}


def test_a_caller_who_leaves_while_somebody_says_yes_is_gone_for_them(database: Database) -> None:
    ada = wait(database, "ada")
    work(database, AMINA)
    offered(database, ada, AMINA)
    with database.write() as connection:
        assert queue.caller_gone(connection, ("ada",), now=NOW)
        assert not queue.caller_gone(connection, ("ada",), now=NOW)
    with database.write() as connection, pytest.raises(TooLate):
        offers.accept(connection, ada, AMINA, token=TOKEN, report_id="", now=NOW)
    assert view(database, "ada").ending == queue.HUNG_UP
    assert orders(database) == 1


def test_a_seat_is_taken_by_one_leg_and_a_token_is_used_up(database: Database) -> None:
    talking(database)
    with database.write() as connection:
        assert rooms.sit_down(connection, TOKEN, OTHER_LEG, now=NOW) is None
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is None


def test_a_lost_handler_leaves_the_caller_at_the_head_of_the_queue_with_the_form_as_it_stands(
    database: Database,
) -> None:
    wait(database, "bob", since=NOW - 100)
    ada = talking(database)
    with database.write() as connection:
        assert rooms.leg_left(connection, (LEG,), now=NOW)
        assert not rooms.leg_left(connection, (LEG,), now=NOW)
    seen = view(database, "ada")
    assert (seen.state, seen.first, seen.ahead, seen.report_id) == (queue.WAITING, True, 0, "r" * 32)
    with database.write() as connection:
        assert conduct.take_up_again(connection, ada, AMINA, now=NOW)
        assert not conduct.take_up_again(connection, ada, BEN, now=NOW)


def test_a_caller_who_is_aside_comes_back_to_the_handler_or_to_the_head_of_the_queue(database: Database) -> None:
    ada = talking(database)
    with database.write() as connection:
        conduct.ask_aside(connection, ada, AMINA, "silent_danger", now=NOW)
        rooms.come_back(connection, "ada", "yes", now=NOW)
        found = conduct.talk(connection, ada)
        assert found is not None
        assert (found.state, found.answer) == (queue.TALKING, "yes")
        conduct.ask_aside(connection, ada, AMINA, conduct.REFERENCE, now=NOW)
        rooms.leg_left(connection, (LEG,), now=NOW)
    assert view(database, "ada").state == queue.ASIDE
    with database.write() as connection:
        rooms.come_back(connection, "ada", "", now=NOW)
    assert (view(database, "ada").state, view(database, "ada").first) == (queue.WAITING, True)


@pytest.mark.parametrize("stays", [True, False])
def test_a_talk_that_is_finished_while_its_caller_is_aside_waits_until_they_come_back(
    database: Database, *, stays: bool
) -> None:
    ada = talking(database)
    with database.write() as connection:
        conduct.ask_aside(connection, ada, AMINA, conduct.REFERENCE, now=NOW)
        conduct.finish(connection, ada, AMINA, conduct.FINISHED, now=NOW)
        if not stays:
            rooms.leg_left(connection, (LEG,), now=NOW)
    seen = view(database, "ada")
    assert (seen.state, seen.asked, seen.ending) == (queue.ASIDE, conduct.REFERENCE, conduct.FINISHED)
    with database.write() as connection:
        wishes.note_caller(connection, ada, is_in=True, now=NOW)
        connection.execute(delete(jobs))
        assert wishes.order_looks(connection, now=NOW) == 1  # they are in the room still: they are led aside
        wishes.note_caller(connection, ada, is_in=False, now=NOW)
        connection.execute(delete(jobs))
        assert wishes.order_looks(connection, now=NOW) == 0
        rooms.come_back(connection, "ada", "yes", now=NOW)
        found = conduct.talk(connection, ada)
        assert found is not None
        assert (found.state, found.answer, found.ending) == (queue.TALKING, "yes", conduct.FINISHED)
        assert not rooms.lose(connection, ada)
        queue.say_over(connection, "ada", now=NOW)
    assert (view(database, "ada").state, view(database, "ada").ending) == (queue.OVER, conduct.FINISHED)


def test_an_abusive_caller_who_is_aside_is_looked_after_at_once(database: Database) -> None:
    ada = talking(database)
    with database.write() as connection:
        conduct.ask_aside(connection, ada, AMINA, conduct.REFERENCE, now=NOW)
        conduct.finish(connection, ada, AMINA, conduct.ABUSIVE, now=NOW)
        wishes.note_caller(connection, ada, is_in=False, now=NOW)
        connection.execute(delete(jobs))
        assert wishes.order_looks(connection, now=NOW) == 1


def test_a_talk_is_handed_to_a_colleague_who_sits_with_the_caller_and_the_caller_is_never_alone(
    database: Database,
) -> None:
    ada = talking(database)
    work(database, BEN)
    with database.write() as connection:
        offers.add_seat(connection, ada, BEN, rooms.CONSULT, token=OTHER_TOKEN, now=NOW)
    with database.write() as connection, pytest.raises(conduct.NotTheirs):
        conduct.hand_over(connection, ada, AMINA, BEN, now=NOW)  # not there yet
    with database.write() as connection:
        assert rooms.sit_down(connection, OTHER_TOKEN, OTHER_LEG, now=NOW) is not None
        rooms.leg_joined(connection, (OTHER_LEG,), now=NOW)
        conduct.hand_over(connection, ada, AMINA, BEN, now=NOW)
        rooms.leg_left(connection, (LEG,), now=NOW)
        found = conduct.talk_of(connection, BEN)
        assert found is not None
        assert (found.talk_id, found.state) == (ada, queue.TALKING)
        assert [(seat.person_id, seat.role) for seat in conduct.seats_of(connection, ada)] == [(BEN, rooms.TALK_ROLE)]


def test_only_who_talks_holds_asks_and_ends(database: Database) -> None:
    ada = talking(database)
    deeds: tuple[Callable[[Connection], None], ...] = (
        lambda connection: conduct.hold(connection, ada, BEN, held=True, now=NOW),
        lambda connection: conduct.ask_aside(connection, ada, BEN, conduct.REFERENCE, now=NOW),
        lambda connection: conduct.finish(connection, ada, BEN, conduct.FINISHED, now=NOW),
    )
    for deed in deeds:
        with database.write() as connection, pytest.raises(conduct.NotTheirs):
            deed(connection)
    with database.write() as connection:
        conduct.hold(connection, ada, AMINA, held=True, now=NOW)
        conduct.finish(connection, ada, AMINA, conduct.FINISHED, now=NOW)
    with database.write() as connection, pytest.raises(conduct.NotTheirs):
        conduct.finish(connection, ada, AMINA, conduct.TEST, now=NOW)


def test_who_is_not_heard_of_is_sent_away_and_not_ready(database: Database) -> None:
    work(database, AMINA, BEN)
    with database.write() as connection:
        shifts.note_seen(connection, BEN, now=NOW + 15)
    with database.read() as connection:
        assert queue.is_handler_on_duty(connection, "en", now=NOW)
        assert not queue.is_handler_on_duty(connection, "pl", now=NOW)
        assert [one.person_id for one in offers.ready(connection, now=NOW + 20)] == [BEN]
    with database.write() as connection:
        assert shifts.send_away_the_gone(connection, now=NOW + 20) == 1
        assert shifts.send_away_the_gone(connection, now=NOW + 20) == 0


def test_who_is_not_trained_any_more_is_not_on_duty(database: Database) -> None:
    work(database, AMINA, trained_until="2026-12")  # it is January 2027
    with database.read() as connection:
        assert not queue.is_handler_on_duty(connection, "en", now=NOW)
    work(database, BEN, trained_until="2027-01")
    with database.read() as connection:
        assert queue.is_handler_on_duty(connection, "en", now=NOW)


def test_a_pass_is_found_once_by_who_asked(database: Database) -> None:
    with database.write() as connection:
        passes.ask(connection, TOKEN, b"for the worker", now=NOW)
        assert passes.take(connection, TOKEN, now=NOW) is None
        pass_id = connection.scalar(select(jobs.c.subject).where(jobs.c.kind == "admit"))
        passes.fill(connection, str(pass_id), b"sealed")
        assert passes.take(connection, OTHER_TOKEN, now=NOW) is None
        assert passes.take(connection, TOKEN, now=NOW) == b"sealed"
        assert passes.take(connection, TOKEN, now=NOW) is None


def test_a_talk_that_is_over_is_not_lost_by_late_news(database: Database) -> None:
    talking(database)
    with database.write() as connection:
        queue.caller_gone(connection, ("ada",), now=NOW)
        rooms.leg_left(connection, (LEG,), now=NOW)
        rooms.leg_joined(connection, (LEG,), now=NOW)
        queue.leave(connection, "ada", queue.LEFT, now=NOW)
        connection.execute(update(talks).values(first=talks.c.first))
    assert (view(database, "ada").state, view(database, "ada").ending) == (queue.OVER, queue.HUNG_UP)
