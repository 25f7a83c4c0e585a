"""Those on call are told one after the other, without a word of the report, until somebody takes it up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, update

from ivr.worker.on_call import escalate
from ivr.worker.workplace import Workplace
from prompts.line import Line as LineFile
from prompts.line import read_line
from prompts.on_call import Hours
from storage import escalations, models
from storage.escalations import Escalation
from storage.jobs import standing_alarms
from storage.reports import note_urgency
from storage.sealing import seal_item
from tests.desk.staff import LINE_FILE
from tests.worker.conftest import Working
from tests.worker.fakes import audience

NIGHT = 1_795_222_800  # Saturday 21 November 2026, 01:00 UTC: nobody answers
MINUTES = 60
DUTY, MANAGER, DIRECTOR = "duty@example.org", "night@example.org", "director@example.org"
BEN = "b" * 32


@dataclass
class Lane:
    """A line with people on call, at night."""

    line: Working
    place: Workplace

    def urgent(self) -> str:
        report_id = self.line.report()
        with self.line.database.write() as connection:
            note_urgency(connection, report_id, "yes", now=self.line.clock.now())
        return report_id

    def turn(self, minutes: float = 0) -> list[str]:
        """Let time pass, then the worker look once; return whom it told."""
        self.line.clock.forward(int(minutes * MINUTES))
        before = len(self.line.post.told)
        escalate(self.place)
        return [one for to in self.line.post.told[before:] for one in to]

    def take_up(self, report_id: str) -> int | None:
        with self.line.database.write() as connection:
            return escalations.take_up(connection, report_id, BEN, now=self.line.clock.now())

    def stands(self, report_id: str) -> Escalation:
        with self.line.database.read() as connection:
            return escalations.standing(connection, [report_id])[report_id]

    def alarms(self) -> set[str]:
        with self.line.database.read() as connection:
            return set(standing_alarms(connection))


def on_the_file(line: Working, changed: LineFile) -> Lane:
    return Lane(line, replace(line.place(), line=changed))


@pytest.fixture
def lane(line: Working) -> Lane:
    line.clock.forward(NIGHT - line.clock.now())
    return on_the_file(line, read_line(LINE_FILE))


def test_the_next_of_the_chain_is_told_each_five_minutes_and_then_the_first_again(lane: Lane) -> None:
    report_id = lane.urgent()
    assert lane.turn() == [DUTY]
    assert lane.turn(4) == []
    assert lane.turn(1) == [MANAGER]
    assert lane.turn(5) == [DIRECTOR]
    assert "unanswered" not in lane.alarms()
    assert lane.turn(5) == [DUTY]
    assert "unanswered" in lane.alarms()
    assert lane.stands(report_id).step == 4


def test_while_the_line_is_open_who_is_on_call_out_of_hours_is_passed_over(lane: Lane) -> None:
    always = tuple(one.model_copy(update={"hours": Hours.ALWAYS}) for one in lane.place.line.on_call)  # type: ignore[union-attr]
    assert [one.email for one in always] == [DUTY, MANAGER, DIRECTOR]
    lane.line.clock.forward((2 * 24 + 11) * 60 * MINUTES)  # Monday noon
    lane.urgent()
    assert [*lane.turn(), *lane.turn(5), *lane.turn(5)] == [DUTY, DIRECTOR, DUTY]


def test_an_e_mail_says_nothing_of_the_report_and_not_even_that_it_is_urgent(lane: Lane) -> None:
    report_id = lane.urgent()
    lane.turn()
    subject, words = lane.line.post.sent[-1]
    assert words == "You are on call, and are asked to look at the desk: https://desk.example\n"
    with lane.line.database.read() as connection:
        case = connection.scalar(select(models.reports.c.case_number))
    for told in (report_id, str(case), "urgent", "report", "danger"):
        assert told not in f"{subject} {words}"


def test_who_takes_it_up_ends_the_telling_and_the_alarm(lane: Lane) -> None:
    report_id = lane.urgent()
    for _ in range(5):
        lane.turn(5)
    assert "unanswered" in lane.alarms()
    assert lane.take_up(report_id) == 5
    assert lane.take_up(report_id) is None
    assert lane.turn(30) == []
    assert "unanswered" not in lane.alarms()
    assert (lane.stands(report_id).state, lane.stands(report_id).taken_by) == ("taken", BEN)


def test_what_was_taken_up_and_not_handed_over_within_an_hour_rings_again(lane: Lane) -> None:
    report_id = lane.urgent()
    lane.turn()
    lane.take_up(report_id)
    assert lane.turn(59) == []
    assert lane.turn(2) == [DUTY]
    with lane.line.database.read() as connection:
        assert connection.scalar(select(models.reports.c.urgent_due)) == lane.line.clock.now()
        told = connection.execute(select(models.audit.c.action).where(models.audit.c.subject == report_id)).scalars()
        assert list(told) == ["rings-again"]


def test_an_alert_after_it_was_taken_up_begins_anew(lane: Lane) -> None:
    report_id = lane.urgent()
    lane.turn()
    lane.take_up(report_id)
    again = update(models.reports).values(urgent_due=lane.line.clock.now() + 900)
    with lane.line.database.write() as connection:
        connection.execute(again)
    assert lane.turn(1) == [DUTY]
    assert lane.stands(report_id).state == "ringing"


def test_an_address_that_fails_delays_the_next_by_half_a_minute_and_is_an_alarm(lane: Lane) -> None:
    lane.urgent()
    lane.line.post.down = True
    assert lane.turn() == []
    assert "unreached" in lane.alarms()
    lane.line.post.down = False
    assert lane.turn(0.5) == [MANAGER]
    assert "unreached" not in lane.alarms()


def test_nothing_keeps_the_minute_in_which_it_began_to_ring(lane: Lane) -> None:
    report_id = lane.urgent()
    lane.turn()
    lane.turn(5)
    lane.take_up(report_id)
    sealed = seal_item(b"{}", report_id=report_id, kind="handover", audiences=(audience(lane.line.desk),))
    with lane.line.database.write() as connection:
        escalations.end(connection, sealed, BEN, state=escalations.HANDED_OVER)
        assert connection.execute(select(models.audit)).all() == []
        assert connection.scalar(select(models.reports.c.urgent_due)) is None
    assert lane.stands(report_id) == Escalation(report_id, 2, 0, BEN, "handed_over")
    assert lane.turn(100) == []


def test_nobody_is_told_of_a_report_that_is_not_urgent(lane: Lane) -> None:
    lane.line.report(urgent="no")
    assert lane.turn(10) == []
    with lane.line.database.read() as connection:
        assert connection.execute(select(models.escalations)).all() == []


def test_where_nobody_is_on_call_it_is_an_alarm_after_the_first_pause(lane: Lane) -> None:
    assert lane.place.line is not None
    bare = on_the_file(lane.line, lane.place.line.model_copy(update={"on_call": ()}))
    bare.urgent()
    bare.turn()
    assert "unanswered" not in bare.alarms()
    bare.turn(5)
    assert "unanswered" in bare.alarms()


def test_a_worker_that_was_slow_does_not_tell_a_second_time_what_another_told(lane: Lane) -> None:
    report_id = lane.urgent()
    lane.turn()
    with lane.line.database.write() as connection:
        seen = replace(lane.stands(report_id), step=0)
        assert not escalations.note_told(connection, seen, step=1, next_at=0)
