"""What stands beside a report on its page: its subjects, its links, and others that may be about the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk.akin import BY_DEED
from handlers.desk.beside import (
    KnownLink,
    KnownSubject,
    genuine,
    links_of,
    reader_of,
    subjects_of,
    tell_unreadable,
)
from handlers.desk.ground import Desk
from handlers.desk.likeness import Likeness, hint_words, likenesses
from handlers.desk.sessions import Signed
from handlers.permissions import Action, may
from storage import audit, desk_secrets, intake, search_index
from storage.blocks import Reader
from storage.clips import forget_items
from storage.contents import Subject
from storage.desk_secrets import SecretLost
from storage.intake import ListedReport
from storage.opening import GroupKey

MOST_HINTS = 10


@dataclass(frozen=True)
class Linked:
    """One link as the page shows it."""

    known: KnownLink
    other: ListedReport


@dataclass(frozen=True)
class Hint:
    """Another report that may be about the same thing, and why."""

    report: ListedReport
    likeness: Likeness


@dataclass(frozen=True)
class About:
    """What stands beside one report."""

    subjects: tuple[KnownSubject, ...]
    links: tuple[Linked, ...]
    hints: tuple[Hint, ...]
    unreadable: int
    may_change: bool
    may_link: bool
    may_recuse: bool
    may_block: bool


def about(desk: Desk, signed: Signed, report_id: str) -> About:
    """Open what stands beside a report; the caller has audited that it is opened."""
    group, reader = signed.group(desk), reader_of(signed)
    with desk.database.read() as connection:
        subjects, unreadable = subjects_of(connection, group, [report_id])
        links, more = links_of(connection, group, report_id)
        others = intake.listed_reports(connection, [one.link.other for one in links], reader=reader)
    mine = subjects.get(report_id, ())
    linked = tuple(Linked(one, others[one.link.other]) for one in links if _leads(others, one))
    _destroy_loose_ends(desk, links)
    tell_unreadable(desk, unreadable + more)
    return About(
        mine,
        linked,
        _hints(desk, signed, report_id, genuine(mine), {one.other.report_id for one in linked}),
        unreadable + more,
        may(signed.role, Action.NAME_SUBJECTS),
        may(signed.role, Action.LINK),
        may(signed.role, Action.RECUSE),
        may(signed.role, Action.BLOCK),
    )


def _leads(others: dict[str, ListedReport], known: KnownLink) -> bool:
    other = others.get(known.link.other)
    # Where parts of it stand is known for as long as a caller may come back, or withdraw, by either reference.
    return other is not None and (other.state != "not_a_report" or known.link.relation in BY_DEED)


def _destroy_loose_ends(desk: Desk, links: Iterable[KnownLink]) -> None:
    """Destroy sides of links whose other report is gone: only somebody who holds the key sees which those are."""
    ends = [one for one in links if not one.is_forged]
    with desk.database.read() as connection:
        there = intake.listed_reports(connection, [one.link.other for one in ends], reader=Reader(""))
    loose = [one for one in ends if not _leads(there, one)]
    if loose:
        with desk.database.write() as connection:
            forget_items(connection, [one.item_id for one in loose])
            for one in loose:
                audit.record(
                    connection, at=desk.clock.now(), person="desk", action="link-ended", subject=one.link.link_id
                )


def _hints(desk: Desk, signed: Signed, report_id: str, mine: tuple[Subject, ...], linked: set[str]) -> tuple[Hint, ...]:
    words = hint_words(mine)
    if not words:
        return ()
    group, reader = signed.group(desk), reader_of(signed)
    with desk.database.write() as connection:
        try:
            secret = desk_secrets.desk_secret(connection, desk_secrets.SEARCH, group)
        except SecretLost:
            return ()
    with desk.database.read() as connection:
        ids = search_index.with_any(connection, secret, words, reader=reader, but=report_id)
        found = _compared(connection, group, mine, [one for one in ids if one not in linked], reader)
    if found:
        with desk.database.write() as connection:
            # Counted, not named: in the audit, which is in the clear, names would say which reports share a subject.
            entry = {"action": "hints-shown", "subject": report_id, "detail": f"{len(found)} reports"}
            audit.record(connection, at=desk.clock.now(), person=signed.person_id, **entry)
    return found


def _compared(
    connection: Connection, group: GroupKey, mine: tuple[Subject, ...], ids: list[str], reader: Reader
) -> tuple[Hint, ...]:
    theirs, _ = subjects_of(connection, group, ids)
    alike = {name: likenesses(mine, genuine(known)) for name, known in theirs.items()}
    listed = intake.listed_reports(connection, [name for name, found in alike.items() if found], reader=reader)
    hints = [Hint(report, alike[name][0]) for name, report in listed.items()]
    return tuple(sorted(hints, key=lambda hint: (-hint.likeness.strength, hint.report.case_number))[:MOST_HINTS])
