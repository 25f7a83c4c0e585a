"""The review queue: which reports wait for a supervisor on their way to a team, and who works on which.

A change of hands is one statement that names the state it must have: of two people at once exactly one gets it, and
the other learns who. No list has a total, and every offered filter has an index that ends in the page's key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Update, and_, exists, or_, select, tuple_, union_all, update

from storage.blocks import is_blocked, not_closed
from storage.database import is_there
from storage.jobs import count_up
from storage.models import memberships, people, releases, reports, reviews
from storage.review_rows import (
    IN_HAND,
    OPEN,
    PROPOSED,
    RELEASED,
    RETURNED,
    STOPPED,
    WAITING,
    wait_for_review,
)

__all__ = ["OPEN", "PROPOSED", "RELEASED", "RETURNED", "STOPPED", "WAITING", "wait_for_review"]

CANNOT_BE_SANITISED = "cannot_be_sanitised"
MOST_COUNTED = 99
READABLE = ("arriving", "new", "read", "confirmed", "released")  # states of a report that holds something to review


class NothingToReview(Exception):
    """No report on its way to a team has this id; trying again never helps."""


class ReviewMoved(Exception):
    """Another has it than the page said, or it stands elsewhere; it helps to look again."""

    def __init__(self, found: Review) -> None:
        """Keep how it stands now."""
        super().__init__(found.state)
        self.found = found


class NotAReviewer(Exception):
    """Nobody who reviews reports has this id; another choice helps."""


@dataclass(frozen=True)
class Review:
    """How one report stands on its way to a team."""

    report_id: str
    state: str
    reviewer: str  # a person_id, or "" for nobody
    week: str  # since when it waits
    item_id: str  # the draft saved last, or ""
    team: str  # "" until it was chosen
    second: bool  # a safeguarding release went before
    urgent: bool

    @property
    def is_in_hand(self) -> bool:
        """Say whether its reviewer may change what leaves."""
        return self.state in IN_HAND and self.reviewer != ""


@dataclass(frozen=True)
class Listed:
    """One row of the queue: a review with what stands outside its report's seals."""

    review: Review
    case_number: str
    report_state: str
    language: str
    channel: str
    release_id: str  # of the proposal that stands, or ""
    urgent_due: int | None = None  # seconds since the epoch, while nobody acknowledged it


@dataclass(frozen=True)
class Wanted:
    """Which reviews a list shows: those of these states, and of one team or of one reviewer where that is asked."""

    states: tuple[str, ...]
    team: str = ""
    reviewer: str = ""


@dataclass(frozen=True)
class ReviewKey:
    """Where a page ends: the next one begins behind it."""

    urgent: bool
    week: str
    report_id: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read a key out of an address, or return None when it is not one."""
        found = re.fullmatch(r"([01])\.([^\x00-\x1f.]{1,8})\.([^\x00-\x1f]{1,32})", text)
        return cls(found[1] == "1", found[2], found[3]) if found else None

    def __str__(self) -> str:
        return f"{int(self.urgent)}.{self.week}.{self.report_id}"


@dataclass(frozen=True)
class ReviewPage:
    """One page of the queue, the urgent first and then the oldest, and the key of the next page where there is one."""

    reviews: tuple[Listed, ...]
    following: ReviewKey | None


_REVIEW = [reviews.c[name] for name in Review.__dataclass_fields__]


# ---- reading --------------------------------------------------------------------------------------------------------


def state_of(connection: Connection, report_id: str) -> Review | None:
    """Return how a report stands on its way to a team, or None when it is not on it."""
    row = connection.execute(select(*_REVIEW).where(reviews.c.report_id == report_id)).one_or_none()
    return None if row is None else Review(**row._mapping)


def review_page(
    connection: Connection, wanted: Wanted, after: ReviewKey | None, size: int, *, reader: str
) -> ReviewPage:
    """Return one page as a reader may see it, beginning behind a key."""
    found: list[Listed] = []
    for urgent in (True, False):
        if len(found) <= size and (after is None or urgent <= after.urgent):
            behind = after if after is not None and after.urgent is urgent else None
            found += _part(connection, wanted, urgent, behind, size + 1 - len(found), reader)
    shown = tuple(found[:size])
    last = shown[-1].review if len(found) > size else None
    return ReviewPage(shown, ReviewKey(last.urgent, last.week, last.report_id) if last else None)


def proposal_id(connection: Connection, report_id: str) -> str:
    """Return which proposal stands for a report, or "" when none does."""
    standing = (releases.c.report_id == report_id, releases.c.state == "proposed")
    return str(connection.scalar(select(releases.c.release_id).where(*standing)) or "")


def waiting_for(connection: Connection, person_id: str) -> int:
    """Return how many reviews wait for this person, at most `MOST_COUNTED` + 1.

    Nobody works on them, or a colleague asks for the second look, or one of their own was sent back.
    """
    free = and_(reviews.c.state.in_((WAITING, RETURNED)), reviews.c.reviewer == "")
    second = and_(reviews.c.state == PROPOSED, reviews.c.reviewer != person_id)
    back = and_(reviews.c.state == RETURNED, reviews.c.reviewer == person_id)
    here = select(reviews.c.report_id).join(reports, reports.c.report_id == reviews.c.report_id)
    theirs = here.where(or_(free, second, back), not_closed(person_id)).limit(MOST_COUNTED + 1)
    return len(connection.execute(theirs).all())


def reviewers(connection: Connection) -> dict[str, str]:
    """Return the aliases of all who may review, by id, in the order of their names."""
    admitted = people.c.person_id.in_(select(memberships.c.member))
    wanted = select(people.c.person_id, people.c.alias).where(
        people.c.role == "supervisor", people.c.state == "active", admitted
    )
    return {row.person_id: str(row.alias) for row in connection.execute(wanted.order_by(people.c.alias))}


# ---- writing, each inside the caller's transaction ------------------------------------------------------------------


def claim(connection: Connection, report_id: str, person_id: str) -> bool:
    """Take a review that nobody has; False when they had it already. Raises `ReviewMoved` or `NothingToReview`."""
    # Closed to them since the door looked: a claim of theirs would keep it from everybody else.
    free = _of(report_id).where(
        reviews.c.state.in_((WAITING, RETURNED)), reviews.c.reviewer == "", _is_open_to(report_id, person_id)
    )
    if connection.execute(free.values(state=OPEN, reviewer=person_id)).rowcount == 1:
        return True
    found = _found(connection, report_id)
    if found.is_in_hand and found.reviewer == person_id:
        return False
    raise ReviewMoved(found)


def give_back(connection: Connection, report_id: str, person_id: str) -> bool:
    """Free a review that this person has; False when they had it no more. What was drafted stays."""
    mine = _of(report_id).where(reviews.c.state.in_(IN_HAND), reviews.c.reviewer == person_id)
    return connection.execute(mine.values(state=WAITING, reviewer="")).rowcount == 1


def take_over(connection: Connection, report_id: str, person_id: str, *, was: str) -> None:
    """Take a review from the colleague who has it, when they still do.

    Raises `ReviewMoved`, `NotAReviewer` or `NothingToReview`.
    """
    if person_id not in reviewers(connection) or is_blocked(connection, person_id, report_id):
        raise NotAReviewer
    theirs = _of(report_id).where(reviews.c.state.in_(IN_HAND), reviews.c.reviewer == was, reviews.c.reviewer != "")
    if connection.execute(theirs.values(reviewer=person_id)).rowcount != 1:
        raise ReviewMoved(_found(connection, report_id))


def stop(connection: Connection, report_id: str, person_id: str, *, week: str) -> None:
    """Say that this report cannot be sanitised, and count it; its content stays.

    Raises `ReviewMoved` or `NothingToReview`.
    """
    if connection.execute(_mine(report_id, person_id).values(state=STOPPED, reviewer="")).rowcount != 1:
        raise ReviewMoved(_found(connection, report_id))
    count_up(connection, f"stopped.{CANNOT_BE_SANITISED}", week=week)


def resume(connection: Connection, report_id: str, *, week: str) -> None:
    """Let a report that could not be sanitised wait again. Raises `ReviewMoved` or `NothingToReview`."""
    still = is_there(reports.c.report_id == report_id, reports.c.state != "not_a_report")
    stopped = _of(report_id).where(reviews.c.state == STOPPED, still)
    if connection.execute(stopped.values(state=WAITING, reviewer="", week=week)).rowcount != 1:
        raise ReviewMoved(_found(connection, report_id))


def stay_in_hand(connection: Connection, report_id: str, person_id: str) -> Review:
    """Keep a review theirs until this transaction ends; raises `ReviewMoved` when it is not, or not any more."""
    # The report first, as who proposes and who approves do: two who hold one each would wait for ever.
    for table in (reports, reviews):
        here = select(table.c.report_id).where(table.c.report_id == report_id)
        connection.execute(here.with_for_update(key_share=table is reports))
    found = _found(connection, report_id)
    if not found.is_in_hand or found.reviewer != person_id:
        raise ReviewMoved(found)
    return found


# ---- machinery ------------------------------------------------------------------------------------------------------


def _part(
    connection: Connection, wanted: Wanted, urgent: bool, after: ReviewKey | None, most: int, reader: str
) -> Sequence[Listed]:
    parts = [_of_state(wanted, state, urgent, after, most, reader) for state in wanted.states]
    heads = union_all(*(select(part.subquery()) for part in parts)).subquery()
    rows = connection.execute(select(heads).order_by(heads.c.week, heads.c.report_id).limit(most))
    return [_listed(dict(row._mapping)) for row in rows]


def _of_state(wanted: Wanted, state: str, urgent: bool, after: ReviewKey | None, most: int, reader: str) -> Any:
    # Equalities alone before the order: each head is read off its index.
    where: list[ColumnElement[bool]] = [reviews.c.state == state, reviews.c.urgent.is_(urgent), not_closed(reader)]
    where += [reviews.c.team == wanted.team] if wanted.team else []
    where += [reviews.c.reviewer == wanted.reviewer] if wanted.reviewer else []
    if after is not None:
        where.append(tuple_(reviews.c.week, reviews.c.report_id) > (after.week, after.report_id))
    standing = and_(releases.c.report_id == reviews.c.report_id, releases.c.state == "proposed")
    outside = (
        reports.c.case_number,
        reports.c.state.label("report_state"),
        reports.c.language,
        reports.c.channel,
        reports.c.urgent_due,
    )
    joined = reviews.join(reports, reports.c.report_id == reviews.c.report_id).outerjoin(releases, standing)
    heads = select(*_REVIEW, *outside, releases.c.release_id).select_from(joined).where(*where)
    return heads.order_by(reviews.c.week, reviews.c.report_id).limit(most)


def _listed(row: dict[str, Any]) -> Listed:
    review = Review(**{name: row.pop(name) for name in Review.__dataclass_fields__})
    return Listed(review, **{**row, "release_id": row["release_id"] or ""})


def _found(connection: Connection, report_id: str) -> Review:
    found = state_of(connection, report_id)
    if found is None:
        raise NothingToReview
    return found


def _of(report_id: str) -> Update:
    return update(reviews).where(reviews.c.report_id == report_id)


def _mine(report_id: str, person_id: str) -> Update:
    return _of(report_id).where(reviews.c.state.in_(IN_HAND), reviews.c.reviewer == person_id)


def _is_open_to(report_id: str, person_id: str) -> ColumnElement[bool]:
    here = and_(reports.c.report_id == report_id, reports.c.state.in_(READABLE), not_closed(person_id))
    return exists(select(reports.c.report_id).where(here))
