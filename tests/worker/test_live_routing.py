"""Waiting callers are offered to those who can answer, by rules alone, and by many workers at once to one each."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from ivr.worker import rounds
from ivr.worker.routing_calls import ASK_AGAIN_SECONDS, decide, decided, route
from ivr.worker.timetable import LIVE, ROUTING
from storage import live_calls
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import offers, queue, shifts
from storage.live.offers import Ready, WaitingTalk
from storage.live.queue import Wish
from storage.live_calls import NewCall
from storage.models import blocks, reports, skills, talks
from storage.models import shifts as shift_rows
from storage.skills import Skill
from tests.worker.conftest import Working

TODAY, NOW = date(2026, 11, 26), 1_795_000_000
GENERAL = Skill("general", "2027-01")
SPEAKS, TRAINED = ("language:en", ""), ("general", "2099-12")


def waits(
    call: str, language: str = "en", *, since: int = 0, needs: tuple[str, ...] = (), **more: object
) -> WaitingTalk:
    known = {"urgent": False, "first": False, "refused_by": frozenset(), "offered_at": None, **more}
    return WaitingTalk(call, language, frozenset(needs), since=NOW - since, **known)  # type: ignore[arg-type]


def works(name: str, *held: Skill, idle: int = 0) -> Ready:
    return Ready(name, NOW - idle, (GENERAL, *held))


def pairs(waiting: list[WaitingTalk], ready: list[Ready]) -> dict[str, str]:
    return {match.call: match.person_id for match in decide(waiting, ready, NOW, TODAY)}


ENGLISH, POLISH = Skill("language:en", ""), Skill("language:pl", "")


def test_the_longest_wait_meets_the_longest_idle_who_speaks_the_language() -> None:
    people = [works("amina", ENGLISH, idle=10), works("ben", ENGLISH, idle=60), works("carla", POLISH, idle=90)]
    found = pairs([waits("ada", since=5), waits("bob", since=50), waits("cyd", "pl", since=1)], people)
    assert found == {"bob": "ben", "ada": "amina", "cyd": "carla"}


def test_a_caller_whose_handler_was_lost_goes_before_an_urgent_one() -> None:
    people = [works("amina", ENGLISH)]
    assert pairs([waits("ada", urgent=True, since=500), waits("bob", first=True)], people) == {"bob": "amina"}


def test_a_call_that_needs_training_goes_to_nobody_whose_training_has_ended() -> None:
    ended = works("amina", ENGLISH, Skill("child", "2026-10"))
    trained = works("ben", ENGLISH, Skill("child", "2026-11"))
    needs = ("general", "child")
    assert pairs([waits("ada", needs=needs)], [ended]) == {}
    assert pairs([waits("ada", needs=needs)], [ended, trained]) == {"ada": "ben"}


def test_a_call_of_which_nothing_is_known_goes_to_somebody_who_is_trained_for_calls() -> None:
    untrained = Ready("amina", NOW, (ENGLISH,))
    assert pairs([waits("ada")], [untrained]) == {}


def test_who_works_with_an_interpreter_takes_a_language_that_nobody_speaks() -> None:
    interprets = works("amina", ENGLISH, Skill("interpreter", "2027-01"), idle=100)
    assert pairs([waits("ada", "pl")], [interprets]) == {"ada": "amina"}
    assert pairs([waits("ada", "pl")], [interprets, works("ben", POLISH)]) == {"ada": "ben"}


def test_no_language_waits_for_the_end_of_another_s_queue() -> None:
    interprets = works("amina", ENGLISH, Skill("interpreter", "2027-01"), idle=100)
    assert pairs([waits("ada", "pl", since=50), waits("bob")], [interprets]) == {"ada": "amina"}
    assert pairs([waits("ada", "pl"), waits("bob", since=50)], [interprets]) == {"bob": "amina"}
    assert pairs([waits("ada", "pl", urgent=True), waits("bob", since=50)], [interprets]) == {"ada": "amina"}


def test_who_has_declined_is_not_asked_at_once_again_for_the_same_caller() -> None:
    people, refused = [works("amina", ENGLISH)], frozenset({"amina"})
    just = waits("ada", refused_by=refused, offered_at=NOW - 1, since=50)
    assert pairs([just, waits("bob")], people) == {"bob": "amina"}
    later = waits("ada", refused_by=refused, offered_at=NOW - ASK_AGAIN_SECONDS, since=50)
    assert pairs([later, waits("bob")], people) == {"ada": "amina"}


def crowd(database: Database, callers: int, handlers: int, now: int) -> None:
    """Let so many wait and so many work."""
    changing = random.Random(7)
    people = [f"{number:032x}" for number in range(handlers)]
    with database.write() as connection:
        for number in range(callers):
            call_key = uuid4().hex
            live_calls.begin(connection, NewCall(call_key, b"", b""), now=now)
            wish = Wish(uuid4().hex, call_key, uuid4().hex, changing.choice(("en", "pl", "cy")))
            queue.join(connection, wish, now=now - number)
        for person_id in people:
            shifts.choose(connection, person_id, shifts.AVAILABLE, now=now - changing.randrange(600))
            connection.execute(shift_rows.update().values(seen_at=now))
            held = [("general", "2099-12"), *((f"language:{code}", "") for code in ("en", "pl", "cy"))]
            connection.execute(
                insert(skills), [{"person_id": person_id, "skill": name, "until": until} for name, until in held]
            )


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ((("child", "2099-12"), TRAINED), False),  # Ben is trained, and on a call: she waits for him
        ((("child", "2020-01"), TRAINED), True),  # his training has ended
        ((("child", "2099-12"), ("general", "2020-01")), True),  # that for calls has, so none is offered to him
        ((TRAINED,), True),
    ],
)
def test_a_caller_waits_for_training_as_long_as_somebody_at_work_has_it(
    line: Working, held: tuple[tuple[str, str], ...], asked: bool
) -> None:
    now, amina, ben = line.clock.now(), "a" * 32, "b" * 32
    with line.database.write() as connection:
        for person_id, more in ((amina, (TRAINED,)), (ben, held)):
            shifts.choose(connection, person_id, shifts.AVAILABLE, now=now)
            rows = [{"person_id": person_id, "skill": name, "until": until} for name, until in (SPEAKS, *more)]
            connection.execute(insert(skills), rows)
        connection.execute(shift_rows.update().where(shift_rows.c.person_id == ben).values(state="on_call"))
        call_key = uuid4().hex
        live_calls.begin(connection, NewCall(call_key, b"", b""), now=now)
        queue.join(connection, Wish(uuid4().hex, call_key, uuid4().hex, "en", needs="child"), now=now)
    route(line.place())
    with line.database.read() as connection:
        assert connection.scalar(select(talks.c.person_id)) == (amina if asked else "")


@pytest.mark.parametrize("column", ["report_id", "begun_report"])
def test_a_caller_is_never_offered_to_whom_their_report_is_closed_to_but_to_the_next(
    line: Working, column: str
) -> None:
    crowd(line.database, callers=1, handlers=1, now=line.clock.now())
    alone, report_id = f"{0:032x}", close_a_report(line.database, f"{0:032x}")
    with line.database.write() as connection:
        connection.execute(talks.update().values({column: report_id}))
        talk_id = str(connection.scalar(select(talks.c.talk_id)))
        assert not offers.offer(connection, talk_id, alone, now=line.clock.now())
    route(line.place())
    assert not _offered(line)
    ben = "b" * 32
    with line.database.write() as connection:
        shifts.choose(connection, ben, shifts.AVAILABLE, now=line.clock.now())
        held = (("general", "2099-12"), *((f"language:{code}", "") for code in ("en", "pl", "cy")))
        connection.execute(insert(skills), [{"person_id": ben, "skill": name, "until": until} for name, until in held])
    route(line.place())
    with line.database.read() as connection:
        assert connection.scalar(select(talks.c.person_id)) == ben


def close_a_report(database: Database, person_id: str) -> str:
    """Let there be a report that is closed to somebody; return it."""
    report_id = uuid4().hex
    with database.write() as connection:
        about = {"report_id": report_id, "line": "test", "case_number": "C1", "language": "en", "channel": "live"}
        connection.execute(insert(reports), {**about, "state": "new", "week": "2026-W48", "partial": False})
        row = {"person_id": person_id, "report_id": report_id, "item_id": "", "unseen": False}
        connection.execute(insert(blocks), row)
    return report_id


@pytest.mark.parametrize("workers", [4])
def test_many_workers_offer_no_caller_to_two_and_no_two_callers_to_one(
    database: Database, clock: TurnedClock, workers: int
) -> None:
    line = Working(database, clock)
    crowd(database, callers=60, handlers=20, now=clock.now())
    places = [line.place() for _ in range(workers)]
    begun = threading.Barrier(workers)

    def work(number: int) -> None:
        begun.wait()
        for _ in range(3):
            route(places[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        offered = connection.execute(select(talks.c.talk_id, talks.c.person_id).where(talks.c.state == "offered")).all()
        waiting = offers.waiting(connection)
    assert len(offered) == 20
    assert max(Counter(row.person_id for row in offered).values()) == 1
    assert len(waiting) == 40
    assert min(talk.since for talk in waiting) > clock.now() - 41, "the longest waits were offered"


def test_a_round_without_anybody_writes_nothing(line: Working) -> None:
    before = _version(line)
    rounds.run_round(line.place(), ROUTING[:1], threading.Event())
    assert _version(line) == before


def _version(line: Working) -> int:
    with line.database.read() as connection:
        if not line.database.is_sqlite:
            found = connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned() IS NULL").scalar()
            return int(bool(found))
        return int(connection.exec_driver_sql("PRAGMA data_version").scalar() or 0)


def test_how_long_a_decision_takes_is_printed(line: Working) -> None:
    crowd(line.database, callers=500, handlers=20, now=line.clock.now())
    took, found = [], decided(line.place())
    for _ in range(5):
        began = time.perf_counter()
        found = decided(line.place())
        took.append((time.perf_counter() - began) * 1000)
    print(f"500 waiting and 20 ready: {sorted(took)[2]:.1f} ms (the median of five)")
    assert len(found) == 20


def test_offers_are_made_within_a_round_while_the_carrier_hangs(line: Working) -> None:
    crowd(line.database, callers=1, handlers=1, now=line.clock.now())
    stop = threading.Event()
    running = threading.Thread(target=rounds.run, args=(line.place(), LIVE, stop))
    running.start()
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end and not _offered(line):
            time.sleep(0.02)
    finally:
        stop.set()
        running.join(10)
    assert _offered(line)


def _offered(line: Working) -> bool:
    with line.database.read() as connection:
        return connection.scalar(select(talks.c.state)) == queue.OFFERED
