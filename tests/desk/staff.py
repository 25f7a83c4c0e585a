"""A desk with its people for tests: keys, staff who sign in with the real password and code, and reports to read."""

from __future__ import annotations

import io
import secrets
import wave
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
from sqlalchemy import Connection, insert, select
from werkzeug.test import TestResponse

from handlers.desk.app import app_on
from handlers.desk.ground import Desk, lay
from handlers.desk.sessions import COOKIE
from storage import audit, claims, models, people
from storage.clips import add_items, draft_id
from storage.clock import Clock, iso_week
from storage.contents import Answer, Received, Sound, Transcript
from storage.database import Database
from storage.key_making import KeyPlaces, desk_key_by_recovery, make_keys
from storage.keys import Secret, read_pepper
from storage.opening import GroupKey, read_recovery_key, unwrap_with_password
from storage.passwords import normal
from storage.public_keys import PublicKeys
from storage.roles import READING_ROLES
from storage.sealing import seal_item
from storage.sessions import begin_session
from storage.settings import DeskSettings
from storage.signing_in import standing_of
from tests.databases import make_schema

PASSWORD = "heron ladder quartz violin"
LINE_FILE = Path(__file__).parents[2] / "prompts" / "lines" / "example.toml"
BASE = "https://desk.example"
# Amina and Ben read; Ada and Otto never do.
STAFF = {"Amina": "handler", "Ben": "supervisor", "Ada": "administrator", "Otto": "auditor"}


@dataclass(frozen=True)
class Keys:
    """All keys of a test's line."""

    folder: Path
    public: PublicKeys
    desk: GroupKey


@dataclass
class House:
    """A desk to test: what lies under it, and a browser for each person."""

    settings: DeskSettings
    clock: Any  # a TurnedClock, or in a browser the machine's own
    database: Database
    keys: Keys
    totp: dict[str, str]
    app: Flask
    desk: Desk


def cut_keys(folder: Path) -> Keys:
    """Make all keys of a line."""
    recovery = folder / "recovery" / "recovery.key"
    public = make_keys(KeyPlaces(folder, folder / "runtime", (recovery,)), 1_795_000_000)
    return Keys(folder, public, desk_key_by_recovery(folder, read_recovery_key([recovery]), public.desk))


def desk_settings(keys: Keys, database_url: str, folder: Path, base: str) -> DeskSettings:
    """Return settings of a desk with its sessions in a file of their own."""
    return DeskSettings(
        demo=False,
        database_url=database_url,
        sessions_url=f"sqlite:///{folder / 'sessions.db'}",
        line_file=LINE_FILE,
        desk_base=base,
        public_keys_file=keys.folder / "public.json",
        keys_fingerprint=keys.public.fingerprint,
        pepper_file=keys.folder / "pepper",
        form_key_file=keys.folder / "form.key",
        listen=("127.0.0.1", 0),
    )


@dataclass(frozen=True)
class Hired:
    """Rows of people as they were added once, and each one's TOTP secret by name."""

    rows: dict[str, list[dict[str, Any]]]
    totp: dict[str, str]


def hire(keys: Keys, folder: Path) -> Hired:
    """Add people and admit those who read: once, because each password takes a quarter of a second."""
    database = Database(f"sqlite:///{folder / 'people.db'}")
    make_schema(str(database.url))
    pepper, totp = read_pepper(keys.folder / "pepper"), {}
    with database.write() as connection:
        for name, role in STAFF.items():
            new = people.add_person(connection, name=name, alias=name, role=role, password=PASSWORD, pepper=pepper)
            if role in READING_ROLES:
                person = new.person
                people.admit(connection, member=person.person_id, public_key=person.public_key, group=keys.desk)
            totp[name] = new.totp_secret.decode()
    with database.read() as connection:
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (models.people, models.memberships)
        }
    database.close()
    return Hired(rows, totp)


def bring_in(database: Database, hired: Hired) -> None:
    """Put the people into a test's database."""
    with database.write() as connection:
        connection.execute(insert(models.people), hired.rows["people"])
        connection.execute(insert(models.memberships), hired.rows["memberships"])


@contextmanager
def open_house(
    keys: Keys, hired: Hired, database: Database, clock: Clock, folder: Path, base: str, **changed: Any
) -> Iterator[House]:
    """Give a desk on a database, with its people; `changed` are settings that differ."""
    bring_in(database, hired)
    settings = desk_settings(keys, database.url.render_as_string(hide_password=False), folder, base)
    settings = replace(settings, **changed)
    desk = lay(settings, clock)
    try:
        app = app_on(desk)
        compiled = keys.folder / "templates"  # once for all tests: compiling pages anew was a third of their time
        compiled.mkdir(exist_ok=True)
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        yield House(settings, clock, database, keys, hired.totp, app, desk)
    finally:
        desk.close()


@dataclass
class Browser:
    """One person's browser in front of the desk."""

    house: House
    client: FlaskClient
    name: str = "Chris"  # a stranger, until signed in

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, base_url=self.house.settings.desk_base, buffered=True, **more)

    def post(
        self, path: str, form: dict[str, str] | None = None, *, seen: str = "/sign-in", **more: Any
    ) -> TestResponse:
        """Send a form with the token of a page that this person saw."""
        token = token_of(self.get(seen).text)
        return self.bare_post(path, {"csrf_token": token, **(form or {})}, **more)

    def bare_post(self, path: str, form: dict[str, str], **more: Any) -> TestResponse:
        """Send a form as it is."""
        base = self.house.settings.desk_base
        headers = {"Referer": f"{base}/", "Origin": base, **more.pop("headers", {})}
        return self.client.post(path, data=form, base_url=base, headers=headers, **more)

    def sign_in(self, name: str, password: str = PASSWORD, code: str | None = None) -> TestResponse:
        """Fill in the form of the door."""
        self.name = name
        self.house.clock.forward(30)  # a code works once
        typed = code or pyotp.TOTP(self.house.totp[name]).at(self.house.clock.now())
        return self.post("/sign-in", {"name": name, "password": password, "code": typed})

    def be(self, name: str) -> None:
        """Be signed in, without the quarter of a second that a password takes: tests of the door fill in its form."""
        self.name = name
        house = self.house
        house.clock.forward(30)
        with house.database.write() as connection:
            row = connection.execute(select(models.people).where(models.people.c.sign_in_name == name)).one()
            _note_signing_in(connection, row.person_id, house.clock.now())
        private = _private_key(row.wrapped_key, row.person_id, row.salt, house.keys.folder)
        cookie = begin_session(house.desk.sessions, row.person_id, private, standing_of(row), house.clock.now())
        host = urlsplit(house.settings.desk_base).hostname or ""
        self.client.set_cookie(COOKIE, cookie, domain=host, secure=True, httponly=True, samesite="Strict")

    def prove(self, password: str = PASSWORD, code: str | None = None, **fields: str) -> TestResponse:
        """Show again who this is, on the page that asks for it."""
        self.house.clock.forward(30)
        typed = code or pyotp.TOTP(self.house.totp[self.name]).at(self.house.clock.now())
        return self.post("/prove", {"password": password, "code": typed, **fields}, seen="/prove")


def browser_of(house: House, name: str | None = None) -> Browser:
    """Open a browser, signed in when a person is named."""
    opened = Browser(house, house.app.test_client())
    if name is not None:
        opened.be(name)
    return opened


def _note_signing_in(connection: Connection, person_id: str, now: int) -> None:
    audit.record(connection, at=now, person=person_id, action="signed-in", subject=person_id, detail="by a code")


@lru_cache(maxsize=64)
def _private_key(wrapped: bytes, person_id: str, salt: bytes, keys: Path) -> Secret:
    pepper = read_pepper(keys / "pepper")
    return unwrap_with_password(wrapped, normal(PASSWORD), person_id=person_id, salt=salt, pepper=pepper)


def token_of(page: str) -> str:
    """Return the form token that a page carries."""
    before, found, rest = page.partition('name="csrf_token"')
    assert found, before[:200]
    value = rest.partition('value="')[2].partition('"')[0]
    assert value
    return value


@dataclass(frozen=True)
class Told:
    """A report that was made for a test, with its clips' ids."""

    report_id: str
    case_number: str
    clips: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """What a caller gave."""

    answers: tuple[tuple[str, tuple[str, ...]], ...] = (("urgent", ("no",)), ("allegation", ("favours", "gain")))
    clips: tuple[tuple[str, str], ...] = (("story", "he sells what the computer knows"),)  # question and draft
    state: str = "new"
    urgent: str = "no"
    urgent_due: int | None = None
    channel: str = "voice"
    language: str = "en"
    partial: bool = False
    added_to: bool = False
    held: str = ""
    week: str = ""
    claimed: str = "Amina"  # who has it, "" for nobody: a handler opens what they claimed
    seconds: float = 1.0  # of each clip


def tell(house: House, story: Story = Story()) -> Told:
    """Put a report into the database as the public door and the worker do."""
    report_id, case_number = secrets.token_hex(16), f"K{secrets.token_hex(1).upper()}-{secrets.token_hex(2).upper()}"
    now = house.clock.now()
    row = {
        "report_id": report_id,
        "case_number": case_number,
        "line": "example",
        "week": story.week or iso_week(now),
        "state": story.state,
        "urgent": story.urgent,
        "urgent_due": story.urgent_due,
        "partial": story.partial,
        "added_to": story.added_to,
        "held": story.held,
        "language": story.language,
        "channel": story.channel,
        "claimed_by": id_of(house, story.claimed) if story.claimed else "",
    }
    texts: list[tuple[str, bytes, str | None]] = [
        ("received", Received(now, story.language, story.channel, "w1", "q1").packed(), None)
    ]
    for order, (question, values) in enumerate(story.answers):
        texts.append(("answer", Answer(question, values, order, now + order, story.language).packed(), None))
    clips = []
    for place, (question, draft) in enumerate(story.clips):
        clip = secrets.token_hex(16)
        clips.append(clip)
        at = now + 100 + place
        texts.append(
            ("sound", Sound(question, place, story.language, story.seconds, at, beep(story.seconds)).packed(), clip)
        )
        if draft:
            text = Transcript(clip, question, place, story.language, draft, "draft engine", at)
            texts.append(("draft", text.packed(), draft_id(clip)))
    audiences = (house.keys.public.desk, house.keys.public.recovery)
    sealed = [
        seal_item(packed, report_id=report_id, kind=kind, audiences=audiences, item_id=item_id)
        for kind, packed, item_id in texts
    ]
    with house.database.write() as connection:
        connection.execute(insert(models.reports), row)
        add_items(connection, sealed)
    return Told(report_id, case_number, tuple(clips))


def id_of(house: House, name: str) -> str:
    """Return the id of one of the staff."""
    with house.database.read() as connection:
        return str(connection.scalar(select(models.people.c.person_id).where(models.people.c.alias == name)) or "")


def holder_of(house: House, told: Told) -> str:
    """Return the id of who has a report, "" for nobody."""
    with house.database.read() as connection:
        return claims.holder(connection, told.report_id).by


def beep(seconds: float = 1.0) -> bytes:
    """Return a WAV as the telephone makes it."""
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\xf0" * int(4000 * seconds))
    return packed.getvalue()


def person_id(house: House, name: str) -> str:
    """Return the id of one who signs in by this name."""
    with house.database.read() as connection:
        return next(one.person_id for one in people.list_people(connection) if one.name == name)


def audited(house: House) -> list[tuple[str, str]]:
    """Return what the audit holds, oldest first: actions and subjects."""
    with house.database.read() as connection:
        entries = audit.page(connection, below=None, size=1000).entries
    return [(entry.action, entry.subject) for entry in reversed(entries)]
