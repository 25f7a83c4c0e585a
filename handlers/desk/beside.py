"""What staff sealed beside a report, opened: subjects, links, reasons of blocks, and whether the audit knows each."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import abort
from sqlalchemy import Connection

from handlers.desk.beside_words import WHATS
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import opened
from handlers.permissions import Action, Scope, scope
from handlers.tokens import subject_words
from storage import desk_secrets, intake
from storage.asides import items_of, standing_deeds
from storage.blocks import Reader
from storage.contents import BlockReason, Link, Subject
from storage.desk_secrets import DeskSecret, SecretLost
from storage.intake import ListedReport
from storage.jobs import raise_alarm
from storage.keys import Damaged, bound
from storage.opening import GroupKey
from storage.sealing import SealedItem, seal_item
from storage.search_index import write_tokens

MAX_CHARACTERS = 2_000  # of one field, whoever sealed it
CONFIRMED, REMOVED = "subject-confirmed", "subject-removed"
LINKED, UNLINKED = "reports-linked", "link-removed"
CLOSED, OPENED = "report-closed", "report-opened-again"
UNREADABLE = "A subject or link of a report cannot be opened. Check the disk, the database and who can write to it."

Shape = TypeVar("Shape", Subject, Link, BlockReason)


@dataclass(frozen=True)
class KnownSubject:
    """One subject of a report as it is kept."""

    item_id: str
    subject: Subject
    is_forged: bool  # sealed by whoever can write the database; nobody at the desk confirmed it


@dataclass(frozen=True)
class KnownLink:
    """One side of a link as it is kept."""

    item_id: str
    link: Link
    is_forged: bool


def reader_of(signed: Signed) -> Reader:
    """Return for whom reports are looked up: what they may read is what they may find."""
    return Reader(signed.person_id, only_own=scope(signed.role, Action.READ_REPORT) is Scope.OWN)


def report_with_content(desk: Desk, report_id: str) -> ListedReport:
    """Return a report's outside; 404 when it is not there or its content is destroyed."""
    with desk.database.read() as connection:
        try:
            found = intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
    if found.state == "not_a_report":
        abort(404)
    return found


def subjects_of(
    connection: Connection, group: GroupKey, report_ids: Collection[str]
) -> tuple[dict[str, tuple[KnownSubject, ...]], int]:
    """Return the subjects of several reports by report, and how many could not be opened."""
    found, unreadable = _read(items_of(connection, report_ids, "subject"), group, Subject)
    deeds = standing_deeds(connection, [item.item_id for item, _ in found], CONFIRMED, REMOVED)
    by_report: dict[str, list[KnownSubject]] = defaultdict(list)
    for item, subject in found:
        is_forged = not subject.by or deeds.get(item.item_id) != subject.by
        by_report[item.report_id].append(KnownSubject(item.item_id, subject, is_forged))
    return {report_id: tuple(sorted(known, key=_order)) for report_id, known in by_report.items()}, unreadable


def links_of(connection: Connection, group: GroupKey, report_id: str) -> tuple[tuple[KnownLink, ...], int]:
    """Return one report's sides of its links, and how many could not be opened."""
    found, unreadable = _read(items_of(connection, [report_id], "link"), group, Link)
    deeds = standing_deeds(connection, [link.link_id for _, link in found], LINKED, UNLINKED)
    known = (
        KnownLink(
            item.item_id, link, deeds.get(link.link_id) != link.by or link.link_id != link_name(link, item.report_id)
        )
        for item, link in found
    )
    return tuple(sorted(known, key=lambda one: (one.link.relation, one.item_id))), unreadable


def reasons_of(connection: Connection, group: GroupKey, report_id: str) -> dict[str, BlockReason]:
    """Return why a report is closed, by item, of those reasons that the audit knows."""
    found, _ = _read(items_of(connection, [report_id], "block"), group, BlockReason)
    deeds = standing_deeds(connection, [item.item_id for item, _ in found], CLOSED, OPENED)
    return {item.item_id: reason for item, reason in found if deeds.get(item.item_id) == reason.by}


def link_name(link: Link, here: str) -> str:
    """Return what a link must be called: the audit names it so, and nobody can make another of that name.

    The salt stands inside the seal only, so that whoever reads the audit cannot try which reports it joins.
    """
    pair = sorted((here, link.other))
    said = bound("link", link.salt, *pair, link.first, link.relation, link.reason, link.by)
    return hashlib.sha256(said).hexdigest()[:32]


def sealed(desk: Desk, report_id: str, kind: str, content: Subject | Link | BlockReason) -> SealedItem:
    """Seal something beside a report for everybody at the desk."""
    return seal_item(content.packed(), report_id=report_id, kind=kind, audiences=(desk.keys.desk,))


def index_report(connection: Connection, group: GroupKey, report_id: str) -> None:
    """Let a report be found by its subjects as they are now; may raise `SecretReplaced`.

    Where no key opens the index, nothing is lost: a supervisor builds it anew, and the page of the search says so.
    """
    try:
        secret = desk_secrets.desk_secret(connection, desk_secrets.SEARCH, group)
    except SecretLost:
        return
    index_under(connection, secret, group, [report_id])


def index_under(connection: Connection, secret: DeskSecret, group: GroupKey, report_ids: Collection[str]) -> None:
    """Let reports be found by their subjects under a key; raises `SecretReplaced`."""
    by_report, _ = subjects_of(connection, group, report_ids)
    for report_id in report_ids:
        known = by_report.get(report_id, ())
        words = [subject_words(one.subject) for one in known if not one.is_forged]
        write_tokens(connection, secret, report_id, frozenset().union(*words))


def tell_unreadable(desk: Desk, number: int) -> None:
    """Raise an alarm when something beside a report does not open."""
    if number:
        with desk.database.write() as connection:
            raise_alarm(connection, "storage", UNREADABLE, now=desk.clock.now())


def genuine(known: Iterable[KnownSubject]) -> tuple[Subject, ...]:
    """Return the subjects that somebody at the desk confirmed."""
    return tuple(one.subject for one in known if not one.is_forged)


def _read(
    stored: Iterable[SealedItem], group: GroupKey, shape: type[Shape]
) -> tuple[list[tuple[SealedItem, Shape]], int]:
    found: list[tuple[SealedItem, Shape]] = []
    unreadable = 0
    for item in stored:
        try:
            found.append((item, _one(item, group, shape)))
        except Damaged:
            unreadable += 1
    return found, unreadable


def _one(item: SealedItem, group: GroupKey, shape: type[Shape]) -> Shape:
    try:
        content = shape.unpacked(opened(item, group))
        for value in vars(content).values():
            if not isinstance(value, str) or len(value) > MAX_CHARACTERS:
                raise TypeError("a field of another kind")
            value.encode()
        if getattr(content, "what", "unit") not in WHATS:
            raise ValueError("a subject of no kind")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("what was sealed has another shape") from error
    return content


def _order(known: KnownSubject) -> tuple[int, str]:
    return list(WHATS).index(known.subject.what), known.item_id
