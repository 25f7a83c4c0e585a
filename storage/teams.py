"""Teams in the assessment application's own database: opening one, and a new key for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from storage import audit
from storage.epochs import Readers, begin_epoch, readers_of
from storage.keys import KEY_BYTES, RECOVERY_MEMBER, Audience, KeyFileUnfit, Secret, new_private_key, write_secret_file
from storage.models import audit as entries
from storage.models import memberships, people
from storage.opening import GroupKey
from storage.people import NewPerson, add_person, admit
from storage.roles import team_house

OPENED, KEY_MADE = "team-opened", "team-key-made"
BY_COMMAND = "command"


class TeamIsOpen(Exception):
    """The team has a key already: a second one would be another team's; `hotline assessment renew` gives it a newer."""


class KeyNotPinned(Exception):
    """A newer key was made and the line's file does not name it yet: first it must, then another can be made."""

    def __init__(self, epoch: int, public_key: str) -> None:
        super().__init__(f"epoch {epoch} waits")
        self.epoch = epoch
        self.public_key = public_key  # as the audit names it


@dataclass(frozen=True)
class OpenedTeam:
    """A team just opened."""

    lead: NewPerson
    key: GroupKey


@dataclass(frozen=True)
class First:
    """Who opens a team."""

    name: str
    alias: str
    password: str


def sign_in_name(name: str, team_id: str) -> str:
    """Return what somebody of a team signs in by: no team learns from a refused name who is in another."""
    return f"{name}@{team_id}"


def open_team(
    connection: Connection,
    team_id: str,
    first: First,
    *,
    recovery: Audience,
    pepper: Secret,
    password_list: Path | None,
    now: int,
) -> OpenedTeam:
    """Make a team's key and its first lead, who holds it; raises `TeamIsOpen`, `WeakPassword` or `ValueError`.

    The line's offline recovery key is a member too: whoever holds it opens every report already.
    """
    name = f"team:{team_id}"
    if newest_epoch(connection, name):
        raise TeamIsOpen(team_id)
    key = GroupKey(name, 1, new_private_key())
    admit(connection, member=RECOVERY_MEMBER, public_key=recovery.public_key, group=key)
    _record(connection, now, BY_COMMAND, OPENED, name, key.public_key.hex())
    lead = add_lead(connection, key, first, pepper=pepper, password_list=password_list, now=now)
    return OpenedTeam(lead, key)


def add_lead(
    connection: Connection, key: GroupKey, first: First, *, pepper: Secret, password_list: Path | None, now: int
) -> NewPerson:
    """Add a lead who holds every epoch of a team's key that is given; raises `WeakPassword` or `NameTaken`."""
    team_id = key.name.removeprefix("team:")
    house = team_house(team_id)
    named = {"name": sign_in_name(first.name, team_id), "alias": first.alias, "role": house.looking_after}
    secret = {"password": first.password, "pepper": pepper, "password_list": password_list}
    lead = add_person(connection, **named, **secret, house=house)  # type: ignore[arg-type]
    person = lead.person
    for epoch in key.every:
        admit(connection, member=person.person_id, public_key=person.public_key, group=epoch)
    _record(connection, now, BY_COMMAND, "person.added", person.person_id, person.role)
    return lead


def renew_key(
    connection: Connection, current: GroupKey, recovery: Audience | GroupKey, *, by: str, reason: str, now: int
) -> tuple[GroupKey, Readers]:
    """Make a team's next key, wrapped for whoever was admitted to the current one as they are now.

    `current`: the key that the line's file pins, so that nobody who writes the database chooses the members. Nothing is
    sealed to the new one before the line's file names it. Raises `KeyNotPinned`.
    """
    newest = newest_epoch(connection, current.name)
    if newest > current.epoch:
        raise KeyNotPinned(newest, _told_key(connection, current.name))
    readers = readers_of(connection, current, team_house(current.name.removeprefix("team:")))
    new = GroupKey(current.name, current.epoch + 1, new_private_key())
    begin_epoch(connection, new, readers, recovery, by=by, reason=reason, now=now)
    _record(connection, now, by, KEY_MADE, new.name, new.public_key.hex())
    return new, readers


def newest_epoch(connection: Connection, audience: str) -> int:
    """Return the newest epoch of a group that anybody holds, 0 for none."""
    query = select(func.max(memberships.c.epoch)).where(memberships.c.audience == audience)
    return int(connection.execute(query).scalar_one() or 0)


def _told_key(connection: Connection, audience: str) -> str:
    made = (entries.c.subject == audience, entries.c.action == KEY_MADE)
    newest = select(entries.c.detail).where(*made).order_by(entries.c.sequence.desc()).limit(1)
    return str(connection.scalar(newest) or "")


def _record(connection: Connection, now: int, by: str, action: str, subject: str, detail: str) -> None:
    audit.record(connection, at=now, person=by, action=action, subject=subject, detail=detail)


def make_own_keys(connection: Connection, pepper_file: Path, form_key_file: Path) -> None:
    """Make the two secrets of the application itself where they are not yet; never over old ones. May run twice.

    Raises `KeyFileUnfit` when people's passwords rest on a pepper that is gone: a new one would let nobody in.
    """
    if not pepper_file.exists():
        if connection.execute(select(people.c.person_id).limit(1)).first():
            raise KeyFileUnfit(f"{pepper_file} is gone, and people's passwords rest on it: restore it from its backup")
        write_secret_file(pepper_file, secrets.token_bytes(KEY_BYTES))
    if not form_key_file.exists():
        write_secret_file(form_key_file, secrets.token_hex(KEY_BYTES).encode())
