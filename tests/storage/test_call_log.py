"""The call log's rows say no more than a group of calls has in common, and stand in no order."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from storage import call_log
from storage.call_log import ALIKE, FinishedCall, LoggedCall, Wanted
from storage.database import Database
from storage.figures import Counted, counts_by_week
from storage.models import call_log as rows
from storage.traces import Trace, band_of, length_band, outcome_of, wait_band

LONDON = ZoneInfo("Europe/London")
MONDAY = 1_795_392_000  # 2026-11-23, midnight in London
VOICE = Trace("en", "end", "voice", "report")
WEEK = 7 * 86_400
AMINA, BEN = "a" * 32, "b" * 32


def write(database: Database, *traces: Trace, at: int = MONDAY + 9 * 3600, seconds: int = 240) -> None:
    for trace in traces:
        with database.write() as connection:
            call_log.keep(connection, FinishedCall(trace, at, seconds), LONDON)


def keep(database: Database, call: FinishedCall) -> None:
    with database.write() as connection:
        call_log.keep(connection, call, LONDON)


def all_rows(database: Database) -> list[LoggedCall]:
    with database.read() as connection:
        names = [rows.c[name] for name in LoggedCall.__dataclass_fields__]
        return [LoggedCall(*row) for row in connection.execute(select(*names))]


@pytest.mark.parametrize(
    ("hour", "band"), [(0, "night"), (5, "night"), (6, "morning"), (12, "afternoon"), (23, "evening")]
)
def test_a_time_is_kept_as_six_hours_of_local_time(hour: int, band: str) -> None:
    assert band_of(MONDAY + hour * 3600, LONDON) == band
    summer = MONDAY - 20 * WEEK  # an hour ahead of what a clock without summer time shows
    assert band_of(summer + 5 * 3600, LONDON) == "morning"


@pytest.mark.parametrize(
    ("seconds", "band"),
    [(0, "under_1"), (59, "under_1"), (60, "1_to_3"), (180, "3_to_10"), (600, "10_to_30"), (1800, "over_30")],
)
def test_a_length_is_kept_as_one_of_five_bands(seconds: int, band: str) -> None:
    assert length_band(seconds) == band


def test_hours_and_length_stand_only_where_enough_calls_of_the_week_are_alike(database: Database) -> None:
    rare = Trace("so", "end", "voice", "report")
    other = Trace("en", "reference", "voice", "report")
    write(database, *[VOICE] * (ALIKE + 1), rare, other)
    write(database, *[VOICE] * (ALIKE - 1), at=MONDAY + 9 * 3600 + WEEK)
    said = Counter((row.week, row.language, row.stage) for row in all_rows(database) if row.band or row.length)
    assert said == {("2026-W48", "en", "end"): 2}
    assert {(row.band, row.length) for row in all_rows(database)} == {("morning", "3_to_10"), ("", "")}


def test_a_call_that_left_nothing_says_its_hours_since_there_is_no_report_to_tie_it_to(database: Database) -> None:
    write(database, Trace("so", "menu", "none", "none"))
    assert [(row.band, row.length) for row in all_rows(database)] == [("morning", "3_to_10")]


def test_a_call_that_only_the_carrier_knew_of_says_no_time(database: Database) -> None:
    write(database, Trace(path="unheard"))
    assert [(row.band, row.length, row.path) for row in all_rows(database)] == [("", "", "unheard")]


def test_words_that_are_not_ours_are_not_kept() -> None:
    assert Trace("+447700900123", "07700", "x", "y").checked() == Trace()
    assert VOICE.checked() == VOICE


def test_the_order_in_which_calls_ended_is_not_the_order_of_the_rows(database: Database) -> None:
    paths = ["voice", "keys", "person", "information", "returned", "quick_exit", "silent", "crowded"]
    write(database, *(Trace("en", "end", path) for path in paths))
    with database.read() as connection:
        in_order = connection.scalars(select(rows.c.path).order_by(rows.c.week, rows.c.log_id)).all()
        ids = connection.scalars(select(rows.c.log_id)).all()
    assert sorted(in_order) == sorted(paths)
    assert list(in_order) not in (paths, paths[::-1]), "one in 20160 runs may be unlucky"
    if database.is_sqlite:
        assert list(ids) == sorted(ids), "the file keeps rows by their random ids"


@pytest.mark.parametrize(
    ("said", "clips", "stands", "outcome"),
    [
        ("report", (), False, "report"),  # by keys: the door's word
        ("report", ("kept",), True, "report"),
        ("partial", ("blank", "empty"), False, "too_little"),
        ("report", ("blank",), True, "report"),  # what was keyed beside it stands
        ("none", ("kept",), True, "partial"),
        ("added", ("kept", "blank"), True, "added"),
        ("added", ("blank",), True, "too_little"),
        ("none", ("empty",), False, "none"),
    ],
)
def test_what_the_worker_knows_of_the_clips_goes_before_what_the_door_said(
    said: str, clips: tuple[str, ...], stands: bool, outcome: str
) -> None:
    assert outcome_of(said, frozenset(clips), stands=stands) == outcome


@pytest.mark.parametrize(
    ("seconds", "band"),
    [(None, "none"), (0, "under_1"), (60, "1_to_3"), (180, "3_to_10"), (600, "over_10")],
)
def test_a_wait_is_kept_as_one_of_five_bands(seconds: int | None, band: str) -> None:
    assert wait_band(seconds) == band


def test_a_wait_stands_where_the_hours_do_and_one_s_own_calls_are_no_group_with_a_colleague_s(
    database: Database,
) -> None:
    talked = Trace("en", "end", "person", "report")
    for by in [AMINA] * ALIKE + [BEN]:
        keep(database, FinishedCall(talked, MONDAY, 240, 70, by))
    said = Counter((row.answered_by, row.wait, row.band) for row in all_rows(database))
    assert said == {(AMINA, "", ""): ALIKE - 1, (AMINA, "1_to_3", "night"): 1, (BEN, "", ""): 1}


def test_waits_are_counted_by_week_with_those_whose_row_does_not_say_them(database: Database) -> None:
    keep(database, FinishedCall(Trace("so", "end", "person", "report"), MONDAY, 240, 70, AMINA))
    keep(database, FinishedCall(Trace("so", "queue", "person"), MONDAY, 240, 700))
    keep(database, FinishedCall(Trace("so", "menu"), MONDAY, 240))
    with database.read() as connection:
        answered = counts_by_week(connection, ["2026-W48"], call_log.ANSWERED)
        gone = counts_by_week(connection, ["2026-W48"], call_log.GONE)
    assert (answered, gone) == ((Counted("1_to_3", (1,)),), (Counted("over_10", (1,)),))


def test_pages_show_each_row_once_newest_week_first_by_every_filter(database: Database) -> None:
    for week in range(3):
        write(database, *[VOICE] * 7, *[Trace("pl", "menu")] * 4, at=MONDAY - week * WEEK)
    for wanted, number in (
        (Wanted(), 33),
        (Wanted("2026-W47"), 11),
        (Wanted("", "language", "pl"), 12),
        (Wanted("2026-W48", "outcome", "report"), 7),
        (Wanted("", "path", "crowded"), 0),
    ):
        seen: list[LoggedCall] = []
        after = None
        while True:
            with database.read() as connection:
                page = call_log.page(connection, wanted, after, 4)
            seen += page.rows
            after = page.following
            if after is None:
                break
        assert len({row.log_id for row in seen}) == len(seen) == number
        assert [row.week for row in seen] == sorted((row.week for row in seen), reverse=True)


@pytest.mark.parametrize("wanted", [Wanted(), *(Wanted("", column, "x") for column in call_log.OFFERED)])
def test_every_offered_filter_is_answered_from_an_index_without_sorting(database: Database, wanted: Wanted) -> None:
    if not database.is_sqlite:
        return  # PostgreSQL plans by what stands in the table, and here that is nothing
    with database.read() as connection:
        statement = call_log.page_query(wanted, None, 25)
        text = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "USING INDEX ix_call_log_" in plan.replace("COVERING ", "")
    assert "TEMP B-TREE" not in plan


def test_rows_of_weeks_long_past_go(database: Database) -> None:
    write(database, VOICE)
    write(database, VOICE, at=MONDAY - 110 * WEEK)
    with database.write() as connection:
        assert call_log.expire(connection, before_week="2025-W01") == 1
    assert [row.week for row in all_rows(database)] == ["2026-W48"]
