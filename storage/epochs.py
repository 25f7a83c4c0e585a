"""A new epoch of the desk's key: for whom it is wrapped, what is wrapped again, and when the one before is over."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, and_, delete, select

from storage import audit
from storage.database import is_there
from storage.key_making import WRAPPED_BYTES, desk_key_by_recovery, for_recovery_file
from storage.key_state import wraps_left
from storage.keys import (
    RECOVERY_MEMBER,
    Audience,
    Damaged,
    KeyFileUnfit,
    bound,
    derived,
    new_private_key,
    read_secret_file,
    write_secret_file,
)
from storage.models import admissions, memberships, people
from storage.models import audit as entries
from storage.opening import GroupKey, KeyRing, ring, wrap_group_key
from storage.people import NotAMember, Person, admit, member_group_key
from storage.public_keys import PublicKeys, name_before
from storage.roles import DESK, House
from storage.vouching import is_vouched

REASONS = ("leaver", "suspected", "yearly")
LEFT, NEW_EPOCH, RETIRED = "person.left", "keys-new-epoch", "keys-epoch-retired"


class EpochStillUsed(Exception):
    """Keys of items are still wrapped for this epoch only; `hotline keys rewrap` helps."""

    def __init__(self, wraps_left: int) -> None:
        super().__init__(f"{wraps_left} wrapped keys are left")
        self.wraps_left = wraps_left


@dataclass(frozen=True)
class Readers:
    """Whom a new key is wrapped for, and whom it is not although they were members."""

    vouched: tuple[Person, ...]
    doubted: tuple[Person, ...]  # not with this public key and role were they admitted, or they left


def ring_by_recovery(connection: Connection, keys_dir: Path, recovery: GroupKey, public: PublicKeys) -> KeyRing:
    """Return every epoch's desk key that the recovery key opens, from the database or the files beside it.

    Raises `Damaged` or `KeyFileUnfit` when the current one is not among them.
    """
    current, *earlier = (_by_recovery(connection, keys_dir, recovery, one) for one in public.desk_epochs)
    if current is None:
        raise Damaged("the recovery key opens no copy of the desk's current key: neither the database's nor the file's")
    return ring([current, *(one for one in earlier if one is not None)])


def _by_recovery(connection: Connection, keys_dir: Path, recovery: GroupKey, desk: Audience) -> GroupKey | None:
    try:
        return member_group_key(connection, RECOVERY_MEMBER, recovery.private, desk)
    except (NotAMember, Damaged):
        pass  # a backup from before this epoch, or a row that somebody changed: the file holds it too
    try:
        found = desk_key_by_recovery(keys_dir, recovery, desk)
    except (KeyFileUnfit, Damaged):
        return None
    return found if found.public_key == desk.public_key else None


def restore_recovery(connection: Connection, recovery: GroupKey, keys: KeyRing) -> None:
    """Make the recovery key a member of every epoch in the database again, where a row is missing. May run twice."""
    held = select(memberships.c.epoch).where(
        memberships.c.member == RECOVERY_MEMBER, memberships.c.audience == keys.name
    )
    there = set(connection.scalars(held))
    for key in keys.every:
        if key.epoch not in there:
            admit(connection, member=RECOVERY_MEMBER, public_key=recovery.public_key, group=key)


def epochs_to_give(connection: Connection, keys: KeyRing) -> tuple[GroupKey, ...]:
    """Return the keys that a new member needs: the newest, and those before under which something is still wrapped."""
    used = frozenset(wraps_left(connection, keys.name, keys.epoch))
    return tuple(key for key in keys.every if key.epoch == keys.epoch or key.epoch in used)


# ---- a new epoch --------------------------------------------------------------------------------------------------


def readers_of(connection: Connection, group: GroupKey, house: House = DESK) -> Readers:
    """Return who holds this epoch's key, told apart by whether their public key is the one that was admitted.

    The rows are only as true as the database: somebody looks at the list before a key is wrapped for it.
    """
    held = and_(memberships.c.member == people.c.person_id, memberships.c.audience == group.name)
    left = is_there(entries.c.subject == people.c.person_id, entries.c.action == LEFT)
    reads = (people.c.state == "active", people.c.role.in_(house.reading), memberships.c.epoch == group.epoch)
    query = select(people, memberships.c.vouched, left.label("has_left")).join(memberships, held).where(*reads)
    found: dict[bool, list[Person]] = {True: [], False: []}
    for row in connection.execute(query.order_by(people.c.sign_in_name)):
        good = not row.has_left and is_vouched(row.vouched, group, row.person_id, row.public_key, row.role)
        found[good].append(Person(row.person_id, row.sign_in_name, row.alias, row.role, row.public_key))
    return Readers(tuple(found[True]), tuple(found[False]))


def next_desk_key(keys_dir: Path, recovery: GroupKey, desk: Audience) -> GroupKey:
    """Make the desk's next key, kept for the recovery key in a file first; one that was begun before goes on.

    Raises `KeyFileUnfit` for a file that somebody else put there: the line would be sealed to a key of theirs.
    """
    file, epoch = for_recovery_file(keys_dir, desk.epoch + 1), desk.epoch + 1
    if not file.exists():
        made = GroupKey(desk.name, epoch, new_private_key())
        wrapped = wrap_group_key(made, member=RECOVERY_MEMBER, public_key=recovery.public_key)
        _put(file, wrapped + _mark(recovery, made))
    begun = desk_key_by_recovery(keys_dir, recovery, Audience(desk.name, epoch, b""))
    if not hmac.compare_digest(bytes(read_secret_file(file))[WRAPPED_BYTES:], _mark(recovery, begun)):
        raise KeyFileUnfit(f"{file} was not written by `hotline keys new-epoch`: find out who did, and move it away")
    return begun


def _mark(recovery: GroupKey, made: GroupKey) -> bytes:
    fields = bound(made.name, str(made.epoch), made.public_key)
    return hmac.digest(derived(recovery.private, "new epoch"), fields, "sha256")


def begin_epoch(
    connection: Connection,
    new: GroupKey,
    readers: Readers,
    recovery: GroupKey | Audience,
    *,
    by: str,
    reason: str,
    now: int,
) -> None:
    """Wrap a new key for its members and write down why; nothing is sealed to it before its public half is pinned."""
    admit(connection, member=RECOVERY_MEMBER, public_key=recovery.public_key, group=new)
    for person in readers.vouched:
        admit(connection, member=person.person_id, public_key=person.public_key, group=new, role=person.role)
    connection.execute(delete(admissions).where(admissions.c.audience == new.name, admissions.c.epoch < new.epoch))
    detail = f"epoch {new.epoch}, {reason}, for {len(readers.vouched)}"
    audit.record(connection, at=now, person=by, action=NEW_EPOCH, subject=new.name, detail=detail)


def write_public_keys(path: Path, before: PublicKeys, after: PublicKeys) -> None:
    """Put new public keys in place of the ones before, which stay beside for processes that still pin them."""
    _put(name_before(path, before.desk.epoch), before.packed().encode())
    _put(path, after.packed().encode())


def _put(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_secret_file(fresh, content)
    fresh.replace(path)


# ---- the end of an old one ----------------------------------------------------------------------------------------


def retire(connection: Connection, desk: Audience, epoch: int, *, despite: int, by: str, now: int) -> int:
    """Destroy what people hold of an earlier epoch's key and return how many held it; raises `EpochStillUsed`.

    `despite`: so many wraps that no key opens any more were looked at, and are given up. The recovery key stays a
    member: a process that was forgotten when all were restarted still seals to that epoch, and nothing may be lost.
    """
    count = wraps_left(connection, desk.name, desk.epoch).get(epoch, 0)
    if count != despite:
        raise EpochStillUsed(count)
    held = (memberships.c.audience == desk.name, memberships.c.epoch == epoch, memberships.c.member != RECOVERY_MEMBER)
    gone = connection.execute(delete(memberships).where(*held)).rowcount
    audit.record(connection, at=now, person=by, action=RETIRED, subject=desk.name, detail=f"epoch {epoch}")
    return gone
