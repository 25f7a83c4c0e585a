"""What is due on the way back: by weeks, late in the next, and never of what is decided, told or closed to somebody."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database
from storage.deadlines import Deadline, DuePage, due_page, page_query, standing
from storage.intake import PageKey
from storage.models import blocks, handovers, releases, reports

READER = "b" * 32


def reported(database: Database, week: str = "2026-W47", **more: object) -> str:
    """Put a report there whose caller knows their reference."""
    report_id = secrets.token_hex(16)
    row: dict[str, object] = {
        "report_id": report_id,
        "case_number": report_id[:8],
        "line": "example",
        "week": week,
        "state": "confirmed",
    }
    row |= {"language": "en", "channel": "voice", "reference_heard": True}
    with database.write() as connection:
        connection.execute(insert(reports), {**row, **more})
    return report_id


def handed(database: Database, report_id: str, state: str = "sent", receipt: str = "2026-W49") -> str:
    """Hand its release to a team."""
    release_id = secrets.token_hex(16)
    release = {"release_id": release_id, "report_id": report_id, "team": "north", "purpose": "full", "digest": "d"}
    release |= {"item_id": "i", "author": "a", "author_key": "k", "state": "released", "week": "2026-W48"}
    row = {"release_id": release_id, "team": "north", "purpose": "full", "month": "2026-11", "state": state}
    with database.write() as connection:
        connection.execute(insert(releases), release)
        connection.execute(insert(handovers), {**row, "acknowledge_by": receipt, "feedback_by": "2027-W08"})
    return release_id


def due(
    database: Database, which: Deadline, week: str, *, own: bool = False, after: PageKey | None = None, size: int = 25
) -> DuePage:
    with database.read() as connection:
        return due_page(connection, which, week, reader=READER, own=own, after=after, size=size)


def stands(database: Database, week: str) -> tuple[tuple[Deadline, ...], tuple[Deadline, ...]]:
    with database.read() as connection:
        found = standing(connection, week)
    return found.soon, found.late


def test_a_receipt_is_due_in_its_week_and_late_in_the_next_until_the_team_has_it(database: Database) -> None:
    report_id = reported(database, status="passed_on", state="released")
    handed(database, report_id)
    assert stands(database, "2026-W48") == ((), ())
    assert stands(database, "2026-W49") == ((Deadline.RECEIPT,), ())
    assert stands(database, "2026-W50") == ((), (Deadline.RECEIPT,))
    (found,) = due(database, Deadline.RECEIPT, "2026-W50").rows
    assert (found.report_id, found.team, found.by) == (report_id, "north", "2026-W49")
    with database.write() as connection:
        connection.execute(update(handovers).values(state="received"))
    assert stands(database, "2026-W50") == ((), ())
    assert due(database, Deadline.RECEIPT, "2026-W50").rows == ()


@pytest.mark.parametrize("state", ["sent", "received"])
def test_an_answer_is_due_until_the_team_has_decided(database: Database, state: str) -> None:
    handed(database, reported(database, status="passed_on", state="released"), state, receipt="2027-W50")
    assert stands(database, "2027-W07") == ((), ())
    assert stands(database, "2027-W08") == ((Deadline.ANSWER,), ())
    assert stands(database, "2027-W09") == ((), (Deadline.ANSWER,))
    with database.write() as connection:
        connection.execute(update(handovers).values(state="decided"))
    assert stands(database, "2027-W09") == ((), ())


def test_a_caller_is_owed_a_first_word_a_week_after_the_week_of_their_report(database: Database) -> None:
    report_id = reported(database)
    assert stands(database, "2026-W47") == ((), ())
    assert stands(database, "2026-W48") == ((Deadline.FIRST_WORD,), ())
    assert stands(database, "2026-W49") == ((), (Deadline.FIRST_WORD,))
    (found,) = due(database, Deadline.FIRST_WORD, "2026-W49").rows
    assert (found.report_id, found.team, found.by) == (report_id, "", "2026-W48")
    with database.write() as connection:
        connection.execute(update(reports).values(status="assessing"))
    assert stands(database, "2026-W49") == ((), ())


@pytest.mark.parametrize("more", [{"reference_heard": False}, {"state": "not_a_report"}, {"state": "writing"}])
def test_nobody_is_owed_a_word_who_cannot_hear_it_or_told_nothing(database: Database, more: dict[str, Any]) -> None:
    reported(database, **more)
    assert stands(database, "2026-W52") == ((), ())


def test_a_damaged_week_raises_no_alarm_that_nobody_can_end(database: Database) -> None:
    reported(database, week="")
    handed(database, reported(database, status="passed_on"), receipt="")
    assert stands(database, "2026-W52") == ((), ())
    assert due(database, Deadline.FIRST_WORD, "2026-W52").rows == ()


def test_a_list_shows_nothing_that_is_closed_to_its_reader_and_to_a_handler_only_their_own(database: Database) -> None:
    closed, own, other = (reported(database, claimed_by=by) for by in ("", READER, "a" * 32))
    with database.write() as connection:
        connection.execute(insert(blocks), {"person_id": READER, "report_id": closed, "item_id": "i"})
    for one in (closed, own, other):
        handed(database, one)
    for which in (Deadline.RECEIPT, Deadline.FIRST_WORD):
        assert {one.report_id for one in due(database, which, "2026-W52").rows} == {own, other}
        assert {one.report_id for one in due(database, which, "2026-W52", own=True).rows} == {own}


@pytest.mark.parametrize("which", list(Deadline))
def test_pages_follow_one_another_by_key_and_an_index_answers_them(database: Database, which: Deadline) -> None:
    for _ in range(5):
        handed(database, reported(database))
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = due(database, which, "2027-W20", after=after, size=2)
        seen += [one.report_id for one in page.rows]
        after = page.following
    assert after is None
    assert len(set(seen)) == len(seen) == 5
    if database.is_sqlite:
        with database.read() as connection:
            query = page_query(which, "2027-W20", reader=READER, own=False, after=PageKey("2026-W49", "a"), most=3)
            text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
        index = {"receipt": "ix_handovers_receipt", "answer": "ix_handovers_answer", "first_word": "ix_reports_no_word"}
        assert index[which.value] in plan
        assert "TEMP B-TREE" not in plan


def test_what_was_deleted_is_owed_to_nobody(database: Database) -> None:
    report_id = reported(database, status="passed_on")
    handed(database, report_id)
    with database.write() as connection:
        connection.execute(reports.delete().where(reports.c.report_id == report_id))
        assert connection.execute(select(handovers)).all()
    assert stands(database, "2027-W20") == ((), ())
