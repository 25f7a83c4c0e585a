"""An assessment application with two teams for tests: their keys, and people who sign in for real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from handlers.assessment.app import app_on
from handlers.assessment.ground import Assessment, lay
from handlers.assessment.sessions import COOKIE
from storage import audit, models, people
from storage.clock import Clock
from storage.database import Database
from storage.keys import RECOVERY_MEMBER, Secret, read_pepper
from storage.opening import GroupKey, unwrap_with_password
from storage.passwords import normal
from storage.roles import team_house
from storage.sessions import begin_session
from storage.settings import AssessmentSettings
from storage.signing_in import standing_of
from storage.teams import make_own_keys, sign_in_name
from tests.assessment.handing import put_key
from tests.databases import make_schema
from tests.desk.staff import LINE_FILE, PASSWORD, Keys, token_of
from tests.releasing.desks import SOUTH, Squad, line_with, squad

BASE = "https://assessment.example"
# Lena leads the north and Dev assesses there; Sofia and Sean are the south's. Nobody knows anything of the other team.
PEOPLE = {
    "Lena": ("lead", "north"),
    "Dev": ("assessor", "north"),
    "Sofia": ("lead", "south"),
    "Sean": ("assessor", "south"),
}


@dataclass(frozen=True)
class Teams:
    """Two teams that hold their own keys, and their people's rows as they were added once."""

    north: Squad
    south: Squad
    rows: dict[str, list[dict[str, Any]]]
    totp: dict[str, str]

    def of(self, team_id: str) -> Squad:
        """Return one of the two."""
        return {"north": self.north, "south": self.south}[team_id]


@dataclass
class AssessmentHouse:
    """An application to test: what lies under it, and who is in it.

    `database` is the line's, where `tests.assessment.handing.hand(house.database, house.teams.north)` puts a release;
    `own` is the application's.
    """

    settings: AssessmentSettings
    clock: Any  # a TurnedClock, or in a browser the machine's own
    database: Database
    own: Database
    keys: Keys
    teams: Teams
    app: Flask
    ground: Assessment

    def id_of(self, name: str) -> str:
        """Return the id of one of the people."""
        with self.own.read() as connection:
            query = select(models.people.c.person_id).where(models.people.c.alias == name)
            return str(connection.scalar(query) or "")

    def audited(self) -> list[tuple[str, str]]:
        """Return what the application's own audit holds, oldest first: actions and subjects."""
        with self.own.read() as connection:
            entries = audit.page(connection, below=None, size=1000).entries
        return [(entry.action, entry.subject) for entry in reversed(entries)]


def group_of(team: Squad) -> GroupKey:
    """Return the key that a team's people hold."""
    return GroupKey(f"team:{team.team.id}", team.team.epoch, team.group)


def hire_teams(keys: Keys, folder: Path) -> Teams:
    """Make two teams and admit their people: once, because each password takes a quarter of a second."""
    north, south = squad("north"), squad("south", SOUTH)
    database = Database(f"sqlite:///{folder / 'teams.db'}")
    make_schema(str(database.url))
    with database.write() as connection:
        make_own_keys(connection, keys.folder / "assessment-pepper", keys.folder / "assessment-form.key")
        pepper, totp = read_pepper(keys.folder / "assessment-pepper"), {}
        for name, (role, team) in PEOPLE.items():
            named: dict[str, Any] = {"name": sign_in_name(name.lower(), team), "alias": name, "role": role}
            new = people.add_person(connection, **named, password=PASSWORD, pepper=pepper, house=team_house(team))
            key = group_of({"north": north, "south": south}[team])
            person = new.person
            people.admit(connection, member=person.person_id, public_key=person.public_key, group=key)
            totp[name] = new.totp_secret.decode()
        for one in (north, south):
            recovery = keys.public.recovery.public_key
            people.admit(connection, member=RECOVERY_MEMBER, public_key=recovery, group=group_of(one))
    with database.read() as connection:
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (models.people, models.memberships)
        }
    database.close()
    return Teams(north, south, rows, totp)


def settings_of(keys: Keys, addresses: tuple[str, str], folder: Path, base: str) -> AssessmentSettings:
    """Return settings of an application with its sessions in a file of their own."""
    return AssessmentSettings(
        demo=False,
        database_url=addresses[0],
        own_database_url=addresses[1],
        sessions_url=f"sqlite:///{folder / 'assessment-sessions.db'}",
        line_file=LINE_FILE,
        base=base,
        public_keys_file=keys.folder / "public.json",
        keys_fingerprint=keys.public.fingerprint,
        pepper_file=keys.folder / "assessment-pepper",
        form_key_file=keys.folder / "assessment-form.key",
        listen=("127.0.0.1", 0),
    )


@contextmanager
def open_assessment(
    keys: Keys, teams: Teams, line: Database, own: Database, clock: Clock, folder: Path, base: str = BASE
) -> Iterator[AssessmentHouse]:
    """Give an application on two databases, with the people of two teams."""
    with own.write() as connection:
        connection.execute(insert(models.people), teams.rows["people"])
        connection.execute(insert(models.memberships), teams.rows["memberships"])
    put_key(keys.folder)
    addresses = [one.url.render_as_string(hide_password=False) for one in (line, own)]
    settings = settings_of(keys, (addresses[0], addresses[1]), folder, base)
    ground = replace(lay(settings, clock), line=line_with(teams.north.team, teams.south.team))
    try:
        app = app_on(ground)
        compiled = keys.folder / "assessment-templates"
        compiled.mkdir(exist_ok=True)
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        yield AssessmentHouse(settings, clock, line, own, keys, teams, app, ground)
    finally:
        ground.close()


@dataclass
class Browser:
    """One person's browser in front of the application."""

    house: AssessmentHouse
    client: FlaskClient
    name: str = "Chris"  # a stranger, until signed in

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, base_url=self.house.settings.base, buffered=True, **more)

    def post(
        self, path: str, form: dict[str, str] | None = None, *, seen: str = "/sign-in", **more: Any
    ) -> TestResponse:
        """Send a form with the token of a page that this person saw."""
        token = token_of(self.get(seen).text)
        return self.bare_post(path, {"csrf_token": token, **(form or {})}, **more)

    def bare_post(self, path: str, form: dict[str, str], **more: Any) -> TestResponse:
        """Send a form as it is."""
        base = self.house.settings.base
        headers = {"Referer": f"{base}/", "Origin": base, **more.pop("headers", {})}
        return self.client.post(path, data=form, base_url=base, headers=headers, **more)

    def code(self) -> str:
        """Return a fresh code of this person's authenticator."""
        self.house.clock.forward(30)  # a code works once
        return pyotp.TOTP(self.house.teams.totp[self.name]).at(self.house.clock.now())

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Fill in the form of the door."""
        self.name = name
        signs_in = sign_in_name(name.lower(), PEOPLE[name][1])
        return self.post("/sign-in", {"name": signs_in, "password": password, "code": self.code()})

    def be(self, name: str) -> None:
        """Be signed in, without the quarter of a second that a password takes."""
        self.name, house = name, self.house
        with house.own.read() as connection:
            row = connection.execute(select(models.people).where(models.people.c.alias == name)).one()
        private = _private_key(row.wrapped_key, row.person_id, row.salt, house.settings.pepper_file)
        cookie = begin_session(house.ground.sessions, row.person_id, private, standing_of(row), house.clock.now())
        host = urlsplit(house.settings.base).hostname or ""
        secure = house.settings.base.startswith("https")
        named = f"__Host-{COOKIE}" if secure else COOKIE
        self.client.set_cookie(named, cookie, domain=host, secure=secure, httponly=True, samesite="Strict")

    def prove(self, **fields: str) -> TestResponse:
        """Show again who this is, on the page that asks for it."""
        return self.post("/prove", {"password": PASSWORD, "code": self.code(), **fields}, seen="/prove")


def browser_of(house: AssessmentHouse, name: str | None = None) -> Browser:
    """Open a browser, signed in when a person is named."""
    opened = Browser(house, house.app.test_client())
    if name is not None:
        opened.be(name)
    return opened


@lru_cache(maxsize=64)
def _private_key(wrapped: bytes, person_id: str, salt: bytes, pepper_file: Path) -> Secret:
    pepper = read_pepper(pepper_file)
    return unwrap_with_password(wrapped, normal(PASSWORD), person_id=person_id, salt=salt, pepper=pepper)
