"""Admission to a group by two people: who waits, what each of the two must compare, and what holds of the first."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from storage import audit
from storage.database import insert_once
from storage.jobs import raise_alarm
from storage.keys import person_fingerprint
from storage.models import admissions, memberships, people
from storage.models import audit as entries
from storage.opening import GroupKey, KeyRing
from storage.people import Person, admit
from storage.roles import DESK, House
from storage.vouching import Approval, approved, asked_places, is_approved, is_vouched

LAPSE_SECONDS = 7 * 86_400
REFUSALS_BEFORE_ALARM = 3  # for one person within the time in which an approval lapses
APPROVERS_NEEDED = 2
MOST_SHOWN = 100
APPROVED, ADMITTED, WITHDRAWN = "admission-approved", "person.admitted", "admission-withdrawn"
DIFFERS, FORGED = "admission-differs", "admission-forged"


class NobodyWaits(Exception):
    """The person left, has another role now or was admitted meanwhile; trying again never helps."""


class FingerprintDiffers(Exception):
    """What was typed is not what stands in the database: a slip, or a key that was exchanged."""


class SamePerson(Exception):
    """Whoever approved first, or waits to be admitted, cannot be the second; somebody else helps."""


class ApprovalForged(Exception):
    """The first approval is not of this person, key or epoch, or nobody gave it; both must compare again."""


class SomebodyWasFaster(Exception):
    """Another supervisor approved or withdrew in this moment; looking again helps."""


@dataclass(frozen=True)
class Approver:
    """A supervisor at work, who holds the group's current key."""

    person_id: str
    keys: KeyRing
    now: int  # seconds since the epoch
    house: House = DESK


@dataclass(frozen=True)
class Waiting:
    """Somebody who reads reports but holds no current key."""

    person: Person
    approver: str = ""  # the person_id of who approved first
    approved_at: int = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups of their fingerprint as the database has their key."""
        return tuple(person_fingerprint(self.person.person_id, self.person.public_key).split("-"))

    @property
    def lapses_at(self) -> int:
        """Return when the first approval is worth nothing any more."""
        return self.approved_at + LAPSE_SECONDS


def waiting(connection: Connection, group: GroupKey, now: int, house: House = DESK) -> tuple[Waiting, ...]:
    """Return who is not admitted to this epoch, or was with another public key, by alias."""
    reads = (people.c.state == "active", people.c.role.in_(house.reading), people.c.team == house.team)
    rows = connection.execute(select(people).where(*reads).order_by(people.c.alias)).all()
    of_group = (memberships.c.audience == group.name, memberships.c.epoch == group.epoch)
    marks = {row.member: row.vouched for row in connection.execute(select(memberships).where(*of_group))}
    here = (admissions.c.audience == group.name, admissions.c.epoch == group.epoch)
    fresh = select(admissions).where(*here, admissions.c.approved_at > now - LAPSE_SECONDS)
    able = approvers(connection, group, house)
    firsts = {row.member: row for row in connection.execute(fresh) if row.approver in able}
    found = []
    for row in rows:
        if is_vouched(marks.get(row.person_id, b""), group, row.person_id, row.public_key, row.role):
            continue
        person = Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key, row.team)
        first = firsts.get(row.person_id)
        found.append(Waiting(person, first.approver, first.approved_at) if first else Waiting(person))
    return tuple(found[:MOST_SHOWN])


def who_waits(connection: Connection, group: GroupKey, member: str, now: int, house: House = DESK) -> Waiting:
    """Return one person who waits; raises `NobodyWaits`."""
    found = next((one for one in waiting(connection, group, now, house) if one.person.person_id == member), None)
    if found is None:
        raise NobodyWaits
    return found


def approvers(connection: Connection, group: GroupKey, house: House = DESK) -> frozenset[str]:
    """Return who may approve: active people of an admitting role who were admitted as that, with the key they have now.

    With fewer than two at the desk, the recovery key admits by command. A role that only stands in the database makes
    nobody one.
    """
    of_group = (memberships.c.audience == group.name, memberships.c.epoch == group.epoch)
    able = (people.c.state == "active", people.c.role.in_(house.admitting), people.c.team == house.team)
    query = select(people.c.person_id, people.c.public_key, people.c.role, memberships.c.vouched)
    rows = connection.execute(query.where(*of_group, *able, memberships.c.member == people.c.person_id))
    return frozenset(
        row.person_id for row in rows if is_vouched(row.vouched, group, row.person_id, row.public_key, row.role)
    )


def asked_of(by: Approver, one: Waiting) -> tuple[int, int]:
    """Return which two groups this approver types from what the new person reads to them."""
    return asked_places(by.keys, by.person_id, one.person.person_id, one.person.public_key)


def matches(by: Approver, one: Waiting, typed: tuple[str, str]) -> bool:
    """Tell whether what was heard is the fingerprint of the key that would be admitted."""
    wanted = [one.groups[place] for place in asked_of(by, one)]
    heard = ["".join(text.split()).lower() for text in typed]
    return hmac.compare_digest("-".join(heard).encode(), "-".join(wanted).encode())


def approve(connection: Connection, by: Approver, one: Waiting) -> bool:
    """Approve of somebody whose fingerprint matched; True when that was the second approval, which admits them.

    The caller has checked `matches`. Raises `SamePerson`, `ApprovalForged` or `SomebodyWasFaster`.
    """
    if by.person_id in (one.person.person_id, one.approver):
        raise SamePerson
    if not one.approver and not _is_alone(connection, by):
        _approve_first(connection, by, one)
        return False
    if one.approver:
        _take_first(connection, by, one)
    for key in by.keys.every:
        admit(
            connection, member=one.person.person_id, public_key=one.person.public_key, group=key, role=one.person.role
        )
    _record(connection, by, ADMITTED, one, f"{by.keys.name} with {one.approver or 'nobody else'}")
    return True


def _is_alone(connection: Connection, by: Approver) -> bool:
    """Tell whether nobody else could be the second, where then one is enough."""
    return by.house.one_may_admit and approvers(connection, by.keys, by.house) == {by.person_id}


def withdraw(connection: Connection, by: Approver, one: Waiting) -> None:
    """Take the first approval back, whoever gave it; raises `SomebodyWasFaster`."""
    row = connection.execute(delete(admissions).where(*_place(by, one)).returning(admissions.c.approval_id)).first()
    if row is None:
        raise SomebodyWasFaster
    _record(connection, by, WITHDRAWN, one, row.approval_id)


def refuse(connection: Connection, by: Approver, one: Waiting) -> bool:
    """Write down that a fingerprint differed; True when that happened so often that an alarm stands."""
    _record(connection, by, DIFFERS, one)
    since = (entries.c.subject == one.person.person_id, entries.c.at > by.now - LAPSE_SECONDS)
    query = select(func.count()).select_from(entries).where(*since, entries.c.action == DIFFERS)
    if connection.execute(query).scalar_one() < REFUSALS_BEFORE_ALARM:
        return False
    raise_alarm(connection, "admission", "A fingerprint differed again and again: see the audit", now=by.now)
    return True


def reject_forged(connection: Connection, by: Approver, one: Waiting) -> None:
    """Let a first approval go that nobody gave, with an alarm; the next approval is a first one again."""
    connection.execute(delete(admissions).where(*_place(by, one)))
    _record(connection, by, FORGED, one, one.approver)
    note = "A first approval did not hold: a public key or the approval was changed in the database"
    raise_alarm(connection, "admission", note, now=by.now)


def _approve_first(connection: Connection, by: Approver, one: Waiting) -> None:
    lapsed = admissions.c.approved_at <= by.now - LAPSE_SECONDS
    over = or_(lapsed, admissions.c.approver.not_in(approvers(connection, by.keys, by.house)))
    connection.execute(delete(admissions).where(*_place(by, one), over))
    approval = Approval(
        secrets.token_hex(16), by.person_id, one.person.person_id, one.person.public_key, one.person.role, by.now
    )
    row = {
        "member": one.person.person_id,
        "audience": by.keys.name,
        "epoch": by.keys.epoch,
        "approval_id": approval.approval_id,
        "approver": approval.approver,
        "approved_at": approval.approved_at,
        "mark": approved(by.keys, approval),
    }
    key = ("member", "audience", "epoch")
    if connection.execute(insert_once(connection.dialect.name, admissions, *key), row).rowcount != 1:
        raise SomebodyWasFaster
    _record(connection, by, APPROVED, one, approval.approval_id)


def _take_first(connection: Connection, by: Approver, one: Waiting) -> None:
    # Taken away as it is read: of two who are second at once, one finds it gone.
    row = connection.execute(delete(admissions).where(*_place(by, one)).returning(admissions)).first()
    if row is None or row.approver != one.approver:
        raise SomebodyWasFaster
    person = one.person
    approval = Approval(
        row.approval_id, row.approver, person.person_id, person.public_key, person.role, row.approved_at
    )
    holds = is_approved(row.mark, by.keys, approval) and row.approved_at > by.now - LAPSE_SECONDS
    if (
        not holds
        or not _still_stands(connection, approval)
        or row.approver not in approvers(connection, by.keys, by.house)
    ):
        raise ApprovalForged


def _approval(one: Waiting, approval_id: str, approver: str, at: int) -> Approval:
    person = one.person
    return Approval(approval_id, approver, person.person_id, person.public_key, person.role, at)


def _still_stands(connection: Connection, approval: Approval) -> bool:
    """Tell whether the audit knows this approval from its approver, and no end of it: a row can be put back."""
    of_member = (entries.c.subject == approval.member, entries.c.detail == approval.approval_id)
    rows = connection.execute(select(entries.c.action, entries.c.person).where(*of_member)).all()
    return [(row.action, row.person) for row in rows] == [(APPROVED, approval.approver)]


def _place(by: Approver, one: Waiting) -> tuple[ColumnElement[bool], ...]:
    return (
        admissions.c.member == one.person.person_id,
        admissions.c.audience == by.keys.name,
        admissions.c.epoch == by.keys.epoch,
    )


def _record(connection: Connection, by: Approver, action: str, one: Waiting, detail: str = "") -> None:
    audit.record(connection, at=by.now, person=by.person_id, action=action, subject=one.person.person_id, detail=detail)
