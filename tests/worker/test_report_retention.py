"""Reports go by state and age, never by accident; what stays is a number and an entry without content."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, update

from storage import audit
from storage.jobs import standing_alarms
from storage.models import audit as entries
from storage.models import counts, items, mailboxes, reports, wraps
from storage.retention import is_too_many
from tests.worker.conftest import Working
from tests.worker.fakes import babble


def on(line: Working, year: int, month: int, day: int) -> None:
    line.clock.seconds = int(datetime(year, month, day, 12, tzinfo=UTC).timestamp())


def kept(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(connection.scalars(select(reports.c.report_id)))


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


def change(line: Working, report_id: str, **values: object) -> None:
    with line.database.write() as connection:
        connection.execute(update(reports).where(reports.c.report_id == report_id).values(**values))


def test_a_confirmed_report_goes_104_weeks_after_the_end_of_its_week_with_all_that_opens_it(line: Working) -> None:
    on(line, 2026, 11, 24)  # of week 48, which ends with 29 November
    sid, call_key = line.ring()
    report_id = line.report()
    line.name(line.ask(call_key, report_id), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    change(line, report_id, state="confirmed")
    on(line, 2028, 11, 26)  # the last day of the 104th week after it
    line.work()
    assert kept(line) == {report_id}
    on(line, 2028, 11, 27)
    line.work()
    with line.database.read() as connection:
        assert [connection.scalar(select(func.count()).select_from(t)) for t in (reports, items, wraps)] == [0, 0, 0]
        (tombstone,) = connection.execute(select(entries).where(entries.c.action == "report-expired")).all()
        counted = connection.scalar(select(counts.c.number).where(counts.c.name == "expired.confirmed"))
        assert audit.verify(connection).is_sound
    assert (tombstone.person, tombstone.subject, tombstone.detail) == ("worker", report_id, "")
    assert counted == 1


def test_the_row_of_what_was_no_report_goes_after_12_weeks_and_its_count_stays(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state="not_a_report", reason="silent")
    with line.database.write() as connection:
        connection.execute(insert(counts).values(week="2026-W48", name="not_a_report.silent", number=1))
    on(line, 2027, 2, 21)
    line.work()
    assert kept(line) == {report_id}
    on(line, 2027, 2, 22)
    line.work()
    assert kept(line) == set()
    with line.database.read() as connection:
        assert connection.scalar(select(counts.c.number).where(counts.c.name == "not_a_report.silent")) == 1


def test_that_a_caller_withdrew_is_not_forgotten_while_a_part_may_stand_in_another_report(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state="not_a_report", reason="merged", status="withdrawn")
    on(line, 2030, 11, 24)  # what it became part of may have been begun two years later, and is kept for two more
    line.work()
    assert kept(line) == {report_id}
    on(line, 2030, 11, 25)
    line.work()
    assert kept(line) == set()


@pytest.mark.parametrize("state", ["confirmed", "not_a_report"])
def test_no_report_goes_while_its_reference_works(line: Working, state: str) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state=state)
    with line.database.write() as connection:
        box = {"lookup_id": "1", "report_id": report_id, "reply_key": b"x", "week": "2028-W40"}
        connection.execute(insert(mailboxes).values(**box))
    on(line, 2029, 9, 30)
    line.work()
    assert kept(line) == {report_id}
    on(line, 2029, 12, 1)
    line.work()
    assert kept(line) == set()


@pytest.mark.parametrize("state", ["arriving", "new", "read"])
def test_what_nobody_finished_is_never_deleted_but_told_until_somebody_does(line: Working, state: str) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state=state, substance=True)
    on(line, 2027, 1, 24)  # the last day of the eighth week after it
    line.work()
    assert "unfinished" not in alarms(line)
    on(line, 2027, 1, 25)
    line.work()
    assert "unfinished" in alarms(line)
    on(line, 2037, 1, 25)
    line.work()
    assert kept(line) == {report_id}
    change(line, report_id, state="confirmed", week="2037-W03")
    line.work()
    assert "unfinished" not in alarms(line)


def test_what_staff_are_still_typing_is_an_alarm_after_two_weeks_and_never_goes(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state="writing")
    on(line, 2026, 12, 13)
    line.work()
    assert "unfinished" not in alarms(line)
    on(line, 2026, 12, 14)
    line.work()
    assert "unfinished" in alarms(line)
    on(line, 2037, 1, 25)
    line.work()
    assert kept(line) == {report_id}


def test_a_held_report_never_goes_and_goes_when_the_hold_is_lifted(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = line.report(state="confirmed", held="court")
    on(line, 2040, 1, 1)
    line.work()
    assert kept(line) == {report_id}
    change(line, report_id, held="")
    line.work()
    assert kept(line) == set()


def test_a_report_whose_week_cannot_be_read_is_kept(line: Working) -> None:
    odd = {line.report(state="confirmed", week=week) for week in ("", "0", "2026W01", "\ufffd")}
    on(line, 2040, 1, 1)
    line.work()
    assert kept(line) == odd


@pytest.mark.parametrize(
    ("due", "all_kept", "stops"),
    [(10, 10, False), (11, 55, False), (11, 54, True), (200, 1000, False), (201, 1000, True)],
)
def test_more_than_ten_and_more_than_a_fifth_stops(due: int, all_kept: int, *, stops: bool) -> None:
    assert is_too_many(due, all_kept) is stops


def test_a_run_that_would_delete_too_much_deletes_nothing_and_tells_until_it_fits(line: Working) -> None:
    on(line, 2026, 11, 24)
    old = {line.report(state="confirmed") for _ in range(11)}
    on(line, 2028, 11, 27)
    for _ in range(43):
        line.report(state="confirmed")
    line.work()
    assert old <= kept(line)
    assert "retention" in alarms(line)
    line.report(state="confirmed")
    line.work()
    assert not old & kept(line)
    assert "retention" not in alarms(line)
