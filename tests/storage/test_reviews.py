"""The review queue's rows: made when a report is confirmed or urgent, in one hand at a time, in an order pages keep."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, select, update

from storage import blocks, intake, notes, reviews, roster
from storage.database import Database
from storage.models import counts, memberships, people, reports
from storage.models import reviews as review_table
from storage.reports import note_urgency
from storage.review_rows import end_review, free_reviews_of
from storage.reviews import (
    OPEN,
    PROPOSED,
    RELEASED,
    RETURNED,
    STOPPED,
    WAITING,
    NotAReviewer,
    NothingToReview,
    Review,
    ReviewKey,
    ReviewMoved,
    Wanted,
    wait_for_review,
)
from storage.sealing import SealedItem, Wrap

NOW = 1_795_000_000  # in week 2026-W47
BEN, BEA, AMINA = "b" * 32, "e" * 32, "a" * 32
ALL = (WAITING, OPEN, PROPOSED, RETURNED)


@dataclass
class Queue:
    """A database with two supervisors and a handler."""

    database: Database

    def report(self, state: str = "confirmed", urgent: str = "no", week: str = "") -> str:
        report_id = secrets.token_hex(16)
        row = {"report_id": report_id, "case_number": report_id[:11], "line": "example", "week": "2026-W47"}
        row |= {"state": state, "urgent": urgent, "language": "en", "channel": "keys"}
        with self.database.write() as connection:
            connection.execute(insert(reports), row)
            if week:
                wait_for_review(connection, report_id, week=week, urgent=urgent == "yes")
        return report_id

    def state(self, report_id: str) -> Review:
        with self.database.read() as connection:
            found = reviews.state_of(connection, report_id)
        assert found is not None
        return found

    def put(self, report_id: str, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(review_table).where(review_table.c.report_id == report_id).values(**values))

    def claimed(self, report_id: str, person: str) -> bool:
        with self.database.write() as connection:
            return reviews.claim(connection, report_id, person)

    def pages(self, wanted: Wanted, size: int = 2, reader: str = BEN) -> list[list[str]]:
        found, after = [], None
        with self.database.read() as connection:
            while True:
                page = reviews.review_page(connection, wanted, after, size, reader=reader)
                found.append([one.review.report_id for one in page.reviews])
                after = page.following
                if after is None:
                    return found
                assert ReviewKey.read(str(after)) == after

    def close_to(self, person: str, report_id: str) -> None:
        with self.database.write() as connection:
            reason = SealedItem(secrets.token_hex(16), report_id, "block", b"sealed", (Wrap("desk", 1, b"wrapped"),))
            blocks.block(connection, person, reason, now=NOW)


@pytest.fixture
def queue(database: Database) -> Queue:
    staff = [(BEN, "ben", "supervisor"), (BEA, "bea", "supervisor"), (AMINA, "amina", "handler")]
    bare = {"salt": b"", "public_key": b"", "wrapped_key": b"", "totp_sealed": b""}
    with database.write() as connection:
        for person, name, role in staff:
            row = {"person_id": person, "sign_in_name": name, "alias": name.title(), "role": role}
            connection.execute(insert(people), row | bare)
            member = {"member": person, "audience": "desk", "epoch": 1}
            connection.execute(insert(memberships), member | {"wrapped": b"", "vouched": b""})
    return Queue(database)


# ---- when a report waits --------------------------------------------------------------------------------------------


def test_a_report_waits_from_its_confirmation_and_once(queue: Queue) -> None:
    report_id = queue.report("read")
    with queue.database.write() as connection:
        assert intake.confirm_when_done(connection, report_id, now=NOW)
        assert not intake.confirm_when_done(connection, report_id, now=NOW)
    assert queue.state(report_id) == Review(report_id, WAITING, "", "2026-W47", "", "", second=False, urgent=False)


def test_an_urgent_report_waits_at_once_whoever_says_that_it_is_urgent(queue: Queue) -> None:
    ringing, read = queue.report("arriving", ""), queue.report("read")
    with queue.database.write() as connection:
        for urgent in ("no", "unsure", "yes"):
            note_urgency(connection, ringing, urgent, now=NOW)
        notes.raise_alert(connection, read, now=NOW)
        notes.raise_alert(connection, read, now=NOW)
    for report_id in (ringing, read):
        assert (queue.state(report_id).state, queue.state(report_id).urgent) == (WAITING, True)


def test_what_was_called_not_urgent_waits_for_nobody_before_it_is_confirmed(queue: Queue) -> None:
    report_id = queue.report("arriving", "")
    with queue.database.write() as connection:
        note_urgency(connection, report_id, "no", now=NOW)
        assert reviews.state_of(connection, report_id) is None


def test_urgency_reaches_a_review_that_somebody_has_and_takes_it_from_nobody(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.claimed(report_id, BEN)
    with queue.database.write() as connection:
        notes.raise_alert(connection, report_id, now=NOW)
    found = queue.state(report_id)
    assert (found.state, found.reviewer, found.week, found.urgent) == (OPEN, BEN, "2026-W40", True)


@pytest.mark.parametrize("ended", [STOPPED, RELEASED])
def test_what_was_added_to_a_report_whose_way_had_ended_waits_again_with_its_new_confirmation(
    queue: Queue, ended: str
) -> None:
    report_id = queue.report("read", week="2026-W40")
    queue.put(report_id, state=ended, reviewer=BEN)
    with queue.database.write() as connection:
        intake.confirm_when_done(connection, report_id, now=NOW)
    found = queue.state(report_id)
    assert (found.state, found.reviewer, found.week) == (WAITING, "", "2026-W47")


# ---- hands ----------------------------------------------------------------------------------------------------------


def test_of_two_who_take_one_at_once_exactly_one_has_it_and_the_other_learns_who(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")

    def take(person: str) -> str:
        try:
            return "had" if queue.claimed(report_id, person) else "had before"
        except ReviewMoved as moved:
            return moved.found.reviewer

    with ThreadPoolExecutor(2) as both:
        told = list(both.map(take, (BEN, BEA)))
    winner = queue.state(report_id).reviewer
    assert sorted(told) == sorted(["had", winner])
    assert not queue.claimed(report_id, winner), "pressed twice"


def test_two_who_take_over_at_once_do_not_take_it_from_each_other(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.put(report_id, state=OPEN, reviewer=AMINA)

    def take(person: str) -> bool:
        try:
            with queue.database.write() as connection:
                reviews.take_over(connection, report_id, person, was=AMINA)
        except ReviewMoved:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(take, (BEN, BEA))) == [False, True]


@pytest.mark.parametrize("state", [PROPOSED, RELEASED, STOPPED])
def test_what_is_not_in_hand_is_not_taken_given_back_taken_over_or_stopped(queue: Queue, state: str) -> None:
    report_id = queue.report(week="2026-W40")
    queue.put(report_id, state=state, reviewer=BEN)
    deeds: list[Callable[..., object]] = [
        lambda connection: reviews.claim(connection, report_id, BEA),
        lambda connection: reviews.take_over(connection, report_id, BEA, was=BEN),
        lambda connection: reviews.stop(connection, report_id, BEN, week="2026-W47"),
        lambda connection: reviews.stay_in_hand(connection, report_id, BEN),
    ]
    for deed in deeds:
        with pytest.raises(ReviewMoved), queue.database.write() as connection:
            deed(connection)
    with queue.database.write() as connection:
        assert not reviews.give_back(connection, report_id, BEN)
    assert (queue.state(report_id).state, queue.state(report_id).reviewer) == (state, BEN)


def test_only_who_has_it_gives_it_back_and_what_was_drafted_stays(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.claimed(report_id, BEN)
    queue.put(report_id, item_id="d" * 32, team="met-dps")
    with queue.database.write() as connection:
        assert not reviews.give_back(connection, report_id, BEA)
        assert reviews.give_back(connection, report_id, BEN)
    found = queue.state(report_id)
    assert (found.state, found.reviewer, found.item_id, found.team) == (WAITING, "", "d" * 32, "met-dps")


def test_nobody_reviews_what_is_closed_to_them_or_who_is_no_supervisor(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.close_to(BEA, report_id)
    with pytest.raises(ReviewMoved):
        queue.claimed(report_id, BEA)
    queue.claimed(report_id, BEN)
    for person in (BEA, AMINA, "0" * 32):
        with pytest.raises(NotAReviewer), queue.database.write() as connection:
            reviews.take_over(connection, report_id, person, was=BEN)
    with pytest.raises(NothingToReview):
        queue.claimed("0" * 32, BEN)


def test_a_review_is_free_again_when_its_report_is_closed_to_who_had_it(queue: Queue) -> None:
    mine, other = queue.report(week="2026-W40"), queue.report(week="2026-W40")
    for report_id in (mine, other):
        queue.claimed(report_id, BEN)
    queue.close_to(BEN, mine)
    assert (queue.state(mine).state, queue.state(mine).reviewer) == (WAITING, "")
    assert queue.state(other).reviewer == BEN


def test_who_reviews_no_more_leaves_everything_free_and_what_was_sent_back_stays_so(queue: Queue) -> None:
    taken, back, asked = (queue.report(week="2026-W40") for _ in range(3))
    for report_id, state in ((taken, OPEN), (back, RETURNED), (asked, PROPOSED)):
        queue.put(report_id, state=state, reviewer=BEN)
    with queue.database.write() as connection:
        connection.execute(update(people).where(people.c.person_id == AMINA).values(role="administrator"))
        roster.change_role(connection, actor=AMINA, person_id=BEN, before="supervisor", role="handler", now=NOW)
        free_reviews_of(connection, BEN)
    assert [queue.state(one).state for one in (taken, back, asked)] == [WAITING, RETURNED, PROPOSED]
    assert [queue.state(one).reviewer for one in (taken, back, asked)] == ["", "", BEN]
    assert queue.claimed(back, BEA)


def test_what_cannot_be_sanitised_is_counted_once_keeps_its_content_and_is_taken_up_again(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.claimed(report_id, BEN)
    with queue.database.write() as connection:
        reviews.stop(connection, report_id, BEN, week="2026-W47")
    with pytest.raises(ReviewMoved), queue.database.write() as connection:
        reviews.stop(connection, report_id, BEN, week="2026-W47")
    with queue.database.read() as connection:
        counted = [tuple(row) for row in connection.execute(select(counts))]
        assert counted == [("2026-W47", "stopped.cannot_be_sanitised", 1)]
        assert connection.scalar(select(reports.c.state).where(reports.c.report_id == report_id)) == "confirmed"
    with queue.database.write() as connection:
        reviews.resume(connection, report_id, week="2026-W47")
    assert (queue.state(report_id).state, queue.state(report_id).week) == (WAITING, "2026-W47")


def test_what_is_no_report_any_more_is_stopped_and_never_taken_up_again(queue: Queue) -> None:
    report_id = queue.report(week="2026-W40")
    queue.claimed(report_id, BEN)
    with queue.database.write() as connection:
        intake.dismiss(connection, report_id, "test")
    assert (queue.state(report_id).state, queue.state(report_id).reviewer) == (STOPPED, "")
    with pytest.raises(ReviewMoved), queue.database.write() as connection:
        reviews.resume(connection, report_id, week="2026-W47")
    with queue.database.write() as connection:
        end_review(connection, report_id)
        end_review(connection, "0" * 32)


# ---- the queue ------------------------------------------------------------------------------------------------------


def test_the_urgent_stand_first_then_what_waited_longest_and_pages_end_where_the_next_begins(queue: Queue) -> None:
    expected = [queue.report(urgent="yes", week=week) for week in ("2026-W41", "2026-W46")]
    expected += [queue.report(week=week) for week in ("2026-W38", "2026-W39", "2026-W45")]
    queue.put(expected[3], state=RETURNED, reviewer=BEA)
    queue.put(expected[4], state=PROPOSED, reviewer=BEA)
    for size in (1, 2, 5, 9):
        pages = queue.pages(Wanted(ALL), size)
        assert [one for page in pages for one in page] == expected, size
        assert all(len(page) == size for page in pages[:-1])


def test_filters_show_states_a_team_or_ones_own_and_never_what_is_closed(queue: Queue) -> None:
    free, mine, hers, closed = (queue.report(week=f"2026-W{week}") for week in (40, 41, 42, 43))
    queue.put(mine, state=OPEN, reviewer=BEN, team="met")
    queue.put(hers, state=PROPOSED, reviewer=BEA, team="met")
    queue.close_to(BEN, closed)
    assert queue.pages(Wanted(ALL)) == [[free, mine], [hers]]
    assert queue.pages(Wanted((WAITING,))) == [[free]]
    assert queue.pages(Wanted(ALL, team="met")) == [[mine, hers]]
    assert queue.pages(Wanted(ALL, reviewer=BEN)) == [[mine]]
    assert queue.pages(Wanted(ALL, team="none-of-ours")) == [[]]
    assert queue.pages(Wanted((WAITING,)), reader=BEA) == [[free, closed]]


def test_what_waits_for_somebody_is_what_they_could_do_now(queue: Queue) -> None:
    free, back, second, own_second, working, closed = (queue.report(week="2026-W40") for _ in range(6))
    queue.put(back, state=RETURNED, reviewer=BEN)
    queue.put(second, state=PROPOSED, reviewer=BEA)
    queue.put(own_second, state=PROPOSED, reviewer=BEN)
    queue.put(working, state=OPEN, reviewer=BEN)
    queue.close_to(BEN, closed)
    with queue.database.read() as connection:
        assert reviews.waiting_for(connection, BEN) == len([free, back, second])
        assert reviews.waiting_for(connection, BEA) == len([free, closed, own_second])


@pytest.mark.parametrize("key", ["", "2.2026-W40.a", "1.2026-W40", "1..a", "x", "1.2026-W40.\x00"])
def test_a_page_key_that_is_none_is_none(key: str) -> None:
    assert ReviewKey.read(key) is None


def test_every_filter_is_read_off_an_index_in_the_pages_order(queue: Queue) -> None:
    if not queue.database.is_sqlite:
        return  # plans of small tables on PostgreSQL say nothing
    for wanted in (Wanted((WAITING,)), Wanted((WAITING,), team="met"), Wanted((WAITING,), reviewer=BEN)):
        query = reviews._of_state(wanted, WAITING, False, ReviewKey(False, "2026-W40", "a"), 25, BEN)
        words = str(query.compile(queue.database.engine, compile_kwargs={"literal_binds": True}))
        with queue.database.read() as connection:
            plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}"))
        assert "USING INDEX ix_reviews_" in plan
        assert "TEMP B-TREE" not in plan
