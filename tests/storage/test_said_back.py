"""What teams said, beside the report it belongs to: found by the desk's own role, seen and settled once."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import ProgrammingError

from storage import replies
from storage.contents import Reply
from storage.database import Database
from storage.deadlines import Deadline, due_page, standing
from storage.keys import Audience, new_private_key, public_half
from storage.models import blocks, releases, reports, team_items
from storage.said_back import (
    SettledBefore,
    back_page,
    back_query,
    decline,
    handed_of,
    keep_to_tell,
    note_told,
    said_of,
    see,
    settle_question,
)
from storage.sealing import SealedItem, seal_item
from storage.team_answers import ANSWERED, DECLINED, NEW, SEEN
from tests.assessment.handing import NORTH_TEAM, hand, say
from tests.databases import PostgresqlServer
from tests.storage.test_roles import ROLES_SQL, autocommitted, under

READER = "b" * 32
DESK = Audience("desk", 1, public_half(new_private_key()))
WORKER = Audience("worker", 1, public_half(new_private_key()))


@dataclass(frozen=True)
class Ours:
    """One database, as its owner and as each process reaches it; one and the same on SQLite."""

    owner: Database
    desk: Database
    worker: Database


@pytest.fixture(params=["sqlite", "postgresql"])
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ours]:
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "line.db")
        with closing(Database(f"sqlite:///{tmp_path / 'line.db'}")) as database:
            yield Ours(database, database, database)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.ready_database() as url, ExitStack() as opened:
        with autocommitted(url) as connection:
            connection.exec_driver_sql(ROLES_SQL.read_text(encoding="utf-8"))
        addresses = (url, under(url, "hotline_desk"), under(url, "hotline_worker"))
        yield Ours(*(opened.enter_context(closing(Database(address))) for address in addresses))


def released(owner: Database, claimed_by: str = "") -> tuple[str, str]:
    """Hand a release of a report to a team that has opened it; return both ids."""
    report_id, release_id = secrets.token_hex(16), hand(owner, NORTH_TEAM).release
    report = {"report_id": report_id, "case_number": report_id[:8], "line": "l", "week": "2026-W47", "language": "en"}
    report |= {"channel": "voice", "state": "released", "status": "passed_on", "claimed_by": claimed_by}
    release = {"release_id": release_id, "report_id": report_id, "team": "north", "purpose": "full", "digest": "d"}
    release |= {"item_id": "i", "author": "a", "author_key": "k", "state": "released", "week": "2026-W48"}
    with owner.write() as connection:
        connection.execute(insert(reports), report)
        connection.execute(insert(releases), release)
        connection.exec_driver_sql("UPDATE handovers SET state = 'received'")
    return report_id, release_id


def found(desk: Database, state: str = NEW, **more: Any) -> list[str]:
    with desk.read() as connection:
        page = back_page(connection, state, **{"reader": READER, "own": False, "after": None, "size": 25, **more})
    return [one.item_id for one in page.rows]


def refusal_of(release_id: str) -> SealedItem:
    return seal_item(b"{}", report_id=release_id, kind="refusal", audiences=[DESK])


def test_a_reader_finds_what_is_not_closed_to_them_and_a_handler_their_own(ours: Ours) -> None:
    owner, desk = ours.owner, ours.desk
    (mine, one), (closed, two) = released(owner, READER), released(owner)
    first, second = (say(owner, release, NORTH_TEAM).item_id for release in (one, two))
    asked = say(owner, one, NORTH_TEAM, "question").item_id
    assert set(found(desk)) == {first, second, asked}
    assert set(found(desk, own=True)) == {first, asked}
    with owner.write() as connection:
        connection.execute(insert(blocks), {"person_id": READER, "report_id": closed, "item_id": "i"})
    assert set(found(desk)) == {first, asked}
    with desk.read() as connection:
        assert [about.item_id for about, _ in said_of(connection, mine)] == [first, asked]
        assert [handed.team for handed in handed_of(connection, closed)] == ["north"]


def test_pages_of_both_kinds_follow_one_another_by_key(ours: Ours) -> None:
    owner, desk = ours.owner, ours.desk
    _, release_id = released(owner)
    said = {say(owner, release_id, NORTH_TEAM, kind).item_id for kind in ("outcome", "question", "outcome", "question")}
    seen: list[str] = []
    after = None
    for _ in range(2):
        with desk.read() as connection:
            page = back_page(connection, NEW, reader=READER, own=False, after=after, size=3)
        seen, after = [*seen, *(one.item_id for one in page.rows)], page.following
    assert after is None
    assert (len(seen), set(seen)) == (4, said)
    if owner.is_sqlite:
        with owner.read() as connection:
            query = back_query("outcome", NEW, reader=READER, own=False, after=None, most=3)
            text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
        assert "ix_team_items_state" in plan
        assert "TEMP B-TREE" not in plan


def test_what_was_said_is_seen_once_and_only_with_its_own_report(ours: Ours) -> None:
    owner, desk = ours.owner, ours.desk
    (mine, one), (other, _) = released(owner), released(owner)
    item = say(owner, one, NORTH_TEAM).item_id
    with desk.write() as connection:
        assert see(connection, other, [item]) == ()
        assert see(connection, mine, [item]) == (item,)
        assert see(connection, mine, [item]) == ()
    assert (found(desk), found(desk, SEEN)) == ([], [item])


def test_a_question_is_put_or_declined_once(ours: Ours) -> None:
    owner, desk = ours.owner, ours.desk
    mine, release_id = released(owner)
    for _ in range(2):
        say(owner, release_id, NORTH_TEAM, "question")
    with desk.read() as connection:
        (first, _), (second, _) = said_of(connection, mine)
    with desk.write() as connection:
        settle_question(connection, first, ANSWERED)
        decline(connection, second, refusal_of(release_id), month="2026-12")
    for question in (first, second):
        with pytest.raises(SettledBefore), desk.write() as connection:
            decline(connection, question, refusal_of(release_id), month="2026-12")
    assert (found(desk, ANSWERED), found(desk, DECLINED)) == ([first.item_id], [second.item_id])
    with desk.read() as connection:
        assert [about.kind for about, _ in said_of(connection, mine)] == ["question", "question", "refusal"]


def test_words_for_a_caller_are_sent_or_kept_to_be_told_with_the_desks_role(ours: Ours) -> None:
    owner, desk = ours.owner, ours.desk
    mine, _ = released(owner)
    words = Reply("we thank you", "en", READER)
    sent, kept = (seal_item(words.packed(), report_id=mine, kind="reply", audiences=[DESK]) for _ in range(2))
    with desk.write() as connection:
        replies.send_reply(
            connection, mine, kind="message", reply=words, item=sent, worker=WORKER, week="2026-W49", now=1_795_000_000
        )
        told = keep_to_tell(connection, mine, kind="message", item=kept, asked_in="", week="2026-W49")
        assert replies.status_of(connection, mine, lock=True) == "passed_on"
        replies.set_status(connection, mine, "closed")
        assert [note_told(connection, mine, told) for _ in range(2)] == [True, False]
        assert [(one.place, one.state) for one in replies.replies_of(connection, mine)] == [(1, "making"), (2, "told")]


def test_what_is_due_is_told_to_the_desk_and_to_the_worker_who_reads_nothing_else_of_it(ours: Ours) -> None:
    report_id, release_id = released(ours.owner)
    say(ours.owner, release_id, NORTH_TEAM, "question")
    with ours.owner.write() as connection:
        connection.exec_driver_sql("UPDATE handovers SET state = 'sent', acknowledge_by = '2026-W49'")
    for database in (ours.desk, ours.worker):
        with database.read() as connection:
            assert standing(connection, "2026-W50").late == (Deadline.RECEIPT,)
    with ours.desk.read() as connection:
        page = due_page(connection, Deadline.RECEIPT, "2026-W50", reader=READER, own=False, after=None, size=5)
        assert [one.report_id for one in page.rows] == [report_id]
    if not ours.owner.is_sqlite:
        with pytest.raises(ProgrammingError, match="permission denied"), ours.worker.read() as connection:
            connection.execute(select(team_items.c.sealed))
