"""What was raw goes some time after the release, and what a team decided some time after that; a hold keeps all."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from storage import audit, raw
from storage.clips import add_items, note_addition
from storage.jobs import standing_alarms
from storage.models import audit as entries
from storage.models import counts, handovers, items, packages, releases, reports, reviews, team_items, team_wraps, wraps
from storage.retention import Keeping
from storage.sealing import seal_item
from tests.worker.conftest import Working
from tests.worker.fakes import audience

STAYS = ("subject", "link", "block", "release", "reply", "handover")


def on(line: Working, year: int, month: int, day: int) -> None:
    line.clock.seconds = int(datetime(year, month, day, 12, tzinfo=UTC).timestamp())


def released(line: Working, *kinds: str, **values: object) -> str:
    """Put a report there that was released in full in week 48 of 2026, with one item of each kind."""
    report_id = line.report(state="released", released="2026-W48", **values)
    sealed = [
        seal_item(b"he", report_id=report_id, kind=kind, audiences=(audience(line.desk),))
        for kind in kinds or (*sorted(raw.RAW_KINDS), *STAYS)
    ]
    with line.database.write() as connection:
        add_items(connection, sealed)
    return report_id


def kinds_of(line: Working, report_id: str) -> set[str]:
    with line.database.read() as connection:
        return set(connection.scalars(select(items.c.kind).where(items.c.report_id == report_id)))


def test_what_was_raw_goes_26_weeks_after_the_release_with_its_keys_and_the_rest_stays(line: Working) -> None:
    on(line, 2026, 11, 24)  # of week 48, which ends with 29 November
    report_id = released(line)
    on(line, 2027, 5, 30)  # the last day of the 26th week after it; sound goes before, by a timer of its own
    line.work()
    assert kinds_of(line, report_id) == {*(raw.RAW_KINDS - {"sound"}), *STAYS}
    on(line, 2027, 5, 31)
    line.work()
    assert kinds_of(line, report_id) == set(STAYS)
    with line.database.read() as connection:
        left = set(connection.scalars(select(items.c.item_id)))
        assert set(connection.scalars(select(wraps.c.item_id))) == left
        (tombstone,) = connection.execute(select(entries).where(entries.c.action == "raw-destroyed")).all()
        assert connection.scalar(select(counts.c.number).where(counts.c.name == "expired.raw")) == 1
        assert audit.verify(connection).is_sound
    assert (tombstone.person, tombstone.subject, tombstone.detail) == ("worker", report_id, "9 item(s)")
    line.work()  # a second time nothing is left to do
    with line.database.read() as connection:
        assert len(connection.execute(select(entries).where(entries.c.action == "raw-destroyed")).all()) == 1


@pytest.mark.parametrize(("state", "goes"), [("returned", True), ("void", True), ("released", False)])
def test_what_was_proposed_and_never_left_goes_with_what_was_raw(line: Working, state: str, goes: bool) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "subject", "release")
    with line.database.write() as connection:
        item_id = connection.scalar(select(items.c.item_id).where(items.c.kind == "release"))
        of = {"release_id": uuid4().hex, "report_id": report_id, "team": "wren", "purpose": "full", "digest": "d"}
        by = {"author": "a" * 32, "author_key": "k", "approver": "", "week": "2026-W48"}
        connection.execute(insert(releases).values(**of, **by, item_id=item_id, state=state))
    on(line, 2027, 5, 31)
    line.work()
    assert kinds_of(line, report_id) == ({"subject"} if goes else {"subject", "release"})


def test_a_hold_keeps_what_was_raw_until_it_is_lifted(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "answer", held="court")
    on(line, 2040, 1, 1)
    line.work()
    assert kinds_of(line, report_id) == {"answer"}
    with line.database.write() as connection:
        connection.execute(update(reports).values(held=""))
    line.work()
    assert kinds_of(line, report_id) == set()


@pytest.mark.parametrize("state", ["waiting", "open", "proposed", "returned"])
def test_it_is_kept_while_a_further_release_is_being_made(line: Working, state: str) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "answer")
    row = {"report_id": report_id, "state": state, "week": "2027-W01", "reviewer": "", "item_id": "", "team": ""}
    with line.database.write() as connection:
        connection.execute(insert(reviews).values(**row, second=False))
    on(line, 2027, 6, 7)
    line.work()
    assert kinds_of(line, report_id) == {"answer"}
    with line.database.write() as connection:
        connection.execute(update(reviews).values(state="released", item_id="a" * 32))
    line.work()
    assert kinds_of(line, report_id) == set()
    with line.database.read() as connection:
        assert connection.scalar(select(reviews.c.item_id)) == ""  # the draft is gone: nothing names it


def test_a_report_that_was_only_confirmed_keeps_its_raw_text(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "answer")
    with line.database.write() as connection:
        connection.execute(update(reports).values(state="confirmed", released=""))
    on(line, 2027, 6, 7)
    line.work()
    assert kinds_of(line, report_id) == {"answer"}


def test_what_was_added_after_the_release_and_leads_to_no_other_keeps_nothing_raw_for_longer(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "answer", "subject")
    with line.database.write() as connection:
        connection.execute(update(reports).values(state="confirmed"))
        connection.execute(insert(reviews).values(report_id=report_id, state="stopped", week="2027-W10"))
    on(line, 2027, 9, 12)  # the last day of the 26th week after it waited for review again
    line.work()
    assert kinds_of(line, report_id) == {"answer", "subject"}
    on(line, 2027, 9, 13)
    line.work()
    assert kinds_of(line, report_id) == {"subject"}


def test_more_than_a_fifth_at_once_waits_for_a_person(line: Working) -> None:
    on(line, 2026, 11, 24)
    ids = [released(line, "answer") for _ in range(11)]
    on(line, 2027, 6, 7)
    line.work()
    assert all(kinds_of(line, one) == {"answer"} for one in ids)
    with line.database.write() as connection:
        assert "retention" in standing_alarms(connection)
        connection.execute(delete(reports).where(reports.c.report_id == ids[0]))
    line.work()
    assert [kinds_of(line, one) for one in ids[1:]] == [set()] * 10


def test_what_is_left_of_a_released_report_goes_104_weeks_after_its_release(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "release", week="2026-W10")
    on(line, 2028, 11, 26)
    line.work()
    assert kinds_of(line, report_id) == {"release"}
    on(line, 2028, 11, 27)
    line.work()
    with line.database.read() as connection:
        assert connection.execute(select(reports)).all() == []
        assert connection.scalar(select(counts.c.number).where(counts.c.name == "expired.released")) == 1


def hand(line: Working, state: str = "decided", question: str = "") -> str:
    release_id, item_id = uuid4().hex, uuid4().hex
    row = {"release_id": release_id, "team": "acu", "purpose": "full", "month": "2026-11", "outcome": ""}
    weeks = {"acknowledge_by": "2026-W50", "feedback_by": "2027-W09"}
    item = {
        "item_id": item_id,
        "release_id": release_id,
        "kind": "question" if question else "outcome",
        "once": item_id,
    }
    with line.database.write() as connection:
        connection.execute(insert(handovers).values(**row, **weeks, state=state))
        connection.execute(
            insert(team_items).values(**item, month="2026-12", state=question or "seen", sealed=b"x"),
        )
        connection.execute(insert(team_wraps).values(item_id=item_id, audience="team:acu", epoch=1, wrapped=b"x"))
        connection.execute(insert(packages).values(release_id=release_id, package=b"x"))
    return release_id


def test_what_a_team_decided_goes_on_its_side_too_and_what_it_never_decided_stays(line: Working) -> None:
    gone, open_one, asked = hand(line), hand(line, "received"), hand(line, question="new")
    on(line, 2028, 3, 5)  # the last day of the 52nd week after week 9 of 2027
    line.work()
    with line.database.read() as connection:
        assert set(connection.scalars(select(handovers.c.release_id))) == {gone, open_one, asked}
    on(line, 2028, 3, 6)
    line.work()
    with line.database.read() as connection:
        for table in (handovers, team_items, packages):
            assert set(connection.scalars(select(table.c.release_id))) == {open_one, asked}
        assert len(connection.execute(select(team_wraps)).all()) == 2
        found = connection.scalars(select(entries.c.subject).where(entries.c.action == "handover-expired"))
        assert list(found) == [gone]


def test_a_hold_keeps_what_a_team_said_of_its_release(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id, release_id = line.report(state="released", released="2026-W48", held="court"), hand(line)
    of = {"release_id": release_id, "report_id": report_id, "team": "acu", "purpose": "full", "digest": "d"}
    by = {"author": "a" * 32, "author_key": "k", "approver": "b" * 32, "week": "2026-W48", "state": "released"}
    with line.database.write() as connection:
        connection.execute(insert(releases).values(**of, **by, item_id="c" * 32))
    on(line, 2028, 3, 6)
    for held, kept in (("court", {release_id}), ("", set())):
        with line.database.write() as connection:
            connection.execute(update(reports).values(held=held))
        line.work()
        with line.database.read() as connection:
            assert set(connection.scalars(select(handovers.c.release_id))) == kept


def test_the_usual_times_leave_a_team_and_a_caller_time_to_answer() -> None:
    keeping = Keeping()
    assert keeping.raw_weeks >= 2 * 13
    assert keeping.raw_weeks < keeping.released_weeks


def test_what_a_caller_adds_after_the_release_is_looked_at_again_before_any_of_it_goes(line: Working) -> None:
    on(line, 2026, 11, 24)
    report_id = released(line, "answer")
    on(line, 2027, 6, 7)
    with line.database.write() as connection:
        note_addition(connection, report_id)
    line.work()
    assert kinds_of(line, report_id) == {"answer"}
    with line.database.read() as connection:
        assert connection.scalar(select(reports.c.state)) == "new"
