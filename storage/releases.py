"""Exact bytes on their way out: proposed by one person, then released by another, sent back, or void.

Every step runs inside the caller's transaction and begins with the report's own row locked, then its review's: whoever
edits and whoever approves at once wait for each other, and the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, insert, select, update

from storage.clips import add_items
from storage.intake import stored
from storage.models import audit, handovers, items, people, releases, reports, reviews
from storage.replies import WITHDRAWN
from storage.sealing import SealedItem
from storage.statuses import PASSED_ON

PROPOSED, RETURNED, VOID, RELEASED = "proposed", "returned", "void", "released"
OPEN = "open"  # of a review: its reviewer works on it
FULL, SAFEGUARDING = "full", "safeguarding"
PROPOSED_ACTION, RELEASED_ACTION = "release-proposed", "report-released"
RETURNED_ACTION, VOIDED_ACTION = "release-returned", "release-voided"
ENDS = (RELEASED_ACTION, RETURNED_ACTION, VOIDED_ACTION)


class NotToBeProposed(Exception):
    """One stands already, or somebody else reviews the report by now, or nobody does; it helps to look again."""


class NotProposed(Exception):
    """It is not what stands for this report: edited, sent back, released or void since; it helps to look again."""


class OwnWork(Exception):
    """Who would approve it wrote it, or holds the key of who did; somebody else may."""


class KeyReplaced(Exception):
    """The public key that the database names for this person is not theirs; nothing they approve counts."""


class NotVouchedFor(Exception):
    """The audit does not know that its author proposed exactly this: somebody wrote the row who could not say so."""


@dataclass(frozen=True)
class Proposal:
    """What somebody proposed to release."""

    release_id: str
    report_id: str
    team: str
    purpose: str
    digest: str  # SHA-256 of the exact bytes, 64 hexadecimal characters
    item_id: str  # of the bytes
    author: str  # a person_id
    author_key: str  # their public key, in hexadecimal
    week: str  # proposed in, then released in
    state: str = PROPOSED
    approver: str = ""  # who released it or sent it back

    def told(self) -> str:
        """Return what the audit says when it is proposed: with it nobody changes a row unseen."""
        return f"{self.release_id}: {self.purpose} to {self.team}, sha256 {self.digest}, key {self.author_key}"


@dataclass(frozen=True)
class Standing:
    """Where a release stands at its team."""

    proposal: Proposal
    state: str = ""  # sent | received | decided, or "" when it never left
    outcome: str = ""
    acknowledge_by: str = ""
    feedback_by: str = ""


_COLUMNS = [releases.c[name] for name in Proposal.__dataclass_fields__]


# ---- reading --------------------------------------------------------------------------------------------------------


def proposal_of(connection: Connection, report_id: str) -> Proposal | None:
    """Return what is proposed for a report and waits for a second person."""
    here = select(*_COLUMNS).where(releases.c.report_id == report_id, releases.c.state == PROPOSED)
    row = connection.execute(here).one_or_none()
    return Proposal(**row._mapping) if row else None


def find(connection: Connection, report_id: str, release_id: str) -> Proposal | None:
    """Return one proposal of this very report, whatever became of it."""
    here = select(*_COLUMNS).where(releases.c.report_id == report_id, releases.c.release_id == release_id)
    row = connection.execute(here).one_or_none()
    return Proposal(**row._mapping) if row else None


def released(connection: Connection, report_id: str) -> tuple[Standing, ...]:
    """Return everything that was ever proposed for a report and where it stands, the newest week first."""
    of_team = [handovers.c[name] for name in ("outcome", "acknowledge_by", "feedback_by")]
    both = releases.outerjoin(handovers, handovers.c.release_id == releases.c.release_id)
    asked = select(*_COLUMNS, handovers.c.state.label("stands"), *of_team).select_from(both)
    rows = connection.execute(
        asked.where(releases.c.report_id == report_id).order_by(releases.c.week.desc(), releases.c.release_id)
    )
    return tuple(
        Standing(
            Proposal(**{name: row._mapping[name] for name in Proposal.__dataclass_fields__}),
            row.stands or "",
            *(str(row._mapping[column.name] or "") for column in of_team),
        )
        for row in rows
    )


def bytes_of(connection: Connection, proposal: Proposal) -> SealedItem | None:
    """Return the sealed bytes of a proposal, or None when they are gone."""
    here = (items.c.item_id == proposal.item_id, items.c.report_id == proposal.report_id, items.c.kind == "release")
    return next(iter(stored(connection, *here)), None)


def is_vouched_for(connection: Connection, proposal: Proposal, *, standing: bool = False) -> bool:
    """Say whether the audit knows that its author proposed exactly this; `standing`: and of no end of it since.

    With the second nobody brings back what was sent back, void or released by changing its row.
    """
    about = audit.c.subject == proposal.report_id
    said = select(func.max(audit.c.sequence)).where(
        about,
        audit.c.action == PROPOSED_ACTION,
        audit.c.person == proposal.author,
        audit.c.detail == proposal.told(),
    )
    at = connection.scalar(said)
    if at is None or not standing:
        return at is not None
    ended = select(audit.c.sequence).where(about, audit.c.action.in_(ENDS), audit.c.sequence > at)
    return connection.execute(ended.limit(1)).first() is None


# ---- the steps, each inside the caller's transaction ----------------------------------------------------------------


def lock(connection: Connection, report_id: str) -> str:
    """Wait for whoever changes this report or its review, and return the report's state, "" when it is gone."""
    of_report = select(reports.c.state).where(reports.c.report_id == report_id)
    # Not for its key: who saves a draft holds the review, and their new item names this report.
    state = connection.scalar(of_report.with_for_update(key_share=True))
    _lock_review(connection, report_id)
    return str(state or "")


def propose(connection: Connection, proposal: Proposal, item: SealedItem) -> None:
    """Keep exact bytes for a second person to look at; only who reviews the report may. Raises `NotToBeProposed`.

    The caller writes `told()` into the audit in the same transaction, or nobody can approve it.
    """
    lock(connection, proposal.report_id)
    mine = (reviews.c.report_id == proposal.report_id, reviews.c.reviewer == proposal.author)
    free = update(reviews).where(*mine, reviews.c.state.in_((OPEN, RETURNED)))
    taken = connection.execute(free.values(state=PROPOSED, team=proposal.team)).rowcount == 1
    if not taken or proposal_of(connection, proposal.report_id) is not None:
        raise NotToBeProposed
    add_items(connection, [item])
    connection.execute(insert(releases), vars(proposal))


def approve(connection: Connection, proposal: Proposal, *, approver: str, approver_key: str, week: str) -> None:
    """Release exactly what was seen: the row must still say the same.

    `approver_key`: the public half of the key that they hold in their hands, in hexadecimal. Raises `NotProposed`,
    `OwnWork`, `KeyReplaced` or `NotVouchedFor`.
    """
    _check_hands(connection, proposal, approver, approver_key)
    if not is_vouched_for(connection, proposal, standing=True):
        raise NotVouchedFor
    _end(connection, proposal, RELEASED, approver, week)
    in_full = proposal.purpose == FULL
    _move_review(connection, proposal.report_id, {"state": RELEASED} if in_full else {"state": OPEN, "second": True})
    passed = {"state": RELEASED, "released": week} if in_full else {}
    # What a caller withdrew stays so for the desk, whatever was passed on to protect somebody.
    status = case((reports.c.status == WITHDRAWN, WITHDRAWN), else_=PASSED_ON)
    of_report = update(reports).where(reports.c.report_id == proposal.report_id)
    connection.execute(of_report.values(status=status, **passed))


def give_back(connection: Connection, proposal: Proposal, *, approver: str) -> None:
    """Send exactly what was seen back to its author; the caller keeps the reason. Raises `NotProposed` or `OwnWork`."""
    if approver == proposal.author:
        raise OwnWork
    _end(connection, proposal, RETURNED, approver, proposal.week)
    _move_review(connection, proposal.report_id, {"state": RETURNED})


def void(connection: Connection, report_id: str) -> bool:
    """Let what is proposed for a report stand no more; False when nothing was. The caller audits it."""
    _lock_review(connection, report_id)
    standing = update(releases).where(releases.c.report_id == report_id, releases.c.state == PROPOSED)
    if connection.execute(standing.values(state=VOID)).rowcount != 1:
        return False
    _move_review(connection, report_id, {"state": OPEN})
    return True


def _lock_review(connection: Connection, report_id: str) -> None:
    connection.execute(select(reviews.c.state).where(reviews.c.report_id == report_id).with_for_update())


def _check_hands(connection: Connection, proposal: Proposal, approver: str, approver_key: str) -> None:
    # A person may sign in by two names, but not with two keys that are one; and a key may have been changed since.
    keys = select(people.c.person_id, people.c.public_key).where(people.c.person_id.in_((proposal.author, approver)))
    now = {row.person_id: row.public_key.hex() for row in connection.execute(keys)}
    if approver == proposal.author or approver_key in (proposal.author_key, now.get(proposal.author)):
        raise OwnWork
    if now.get(approver) != approver_key:
        raise KeyReplaced


def _end(connection: Connection, proposal: Proposal, state: str, approver: str, week: str) -> None:
    as_seen = [releases.c[name] == value for name, value in vars(proposal).items()]
    ended = update(releases).where(*as_seen, releases.c.state == PROPOSED)
    if connection.execute(ended.values(state=state, approver=approver, week=week)).rowcount != 1:
        raise NotProposed


def _move_review(connection: Connection, report_id: str, values: Mapping[str, object]) -> None:
    standing = update(reviews).where(reviews.c.report_id == report_id, reviews.c.state == PROPOSED)
    connection.execute(standing.values(**values))
