"""The alarms about what is owed: one before a week is over, others after, and each ends with its reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from handlers.desk.words import alarm_words
from ivr.worker.deadlines import FIRST_WORD_LATE, SOON, TELLING
from storage.jobs import standing_alarms
from storage.models import reports
from tests.worker.conftest import Working


def on(line: Working, day: int) -> set[str]:
    """Turn the clock to a day of December 2026, let the worker look, and return the alarms that stand."""
    line.clock.seconds = int(datetime(2026, 12, day, 12, tzinfo=UTC).timestamp())
    line.work()
    with line.database.read() as connection:
        return set(standing_alarms(connection)) & TELLING.keys()


def test_a_caller_who_heard_nothing_is_told_of_in_the_week_that_is_theirs_and_in_the_next(line: Working) -> None:
    line.clock.seconds = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())
    report_id = line.report(state="confirmed", reference_heard=True)
    assert on(line, 6) == {SOON}  # the last day of the week after
    assert on(line, 7) == {FIRST_WORD_LATE}
    with line.database.write() as connection:
        connection.execute(update(reports).where(reports.c.report_id == report_id).values(status="assessing"))
    assert on(line, 8) == set()


@pytest.mark.parametrize("name", list(TELLING))
def test_each_alarm_is_told_in_words(name: str) -> None:
    assert alarm_words(name) != alarm_words("one that nobody knows")
