"""A desk with two teams, a signing key and three supervisors, and a report whose clean text is ready to propose."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from werkzeug.test import TestResponse

from handlers.desk.app import app_on
from handlers.desk.beside import CONFIRMED
from prompts.line import read_line
from prompts.teams import Team
from storage import audit, drafts, models, people, releases
from storage.clips import add_items
from storage.clock import Clock, iso_week
from storage.contents import Changed, Clean, Subject
from storage.database import Database
from storage.keys import read_pepper
from storage.releases import Proposal
from storage.sealing import seal_item
from storage.signing import verifying_pem
from storage.signing_key import PUBLIC_FILE, make_signing_key
from tests.databases import make_schema
from tests.desk.staff import (
    BASE,
    PASSWORD,
    Browser,
    Hired,
    House,
    Keys,
    Story,
    Told,
    bring_in,
    browser_of,
    id_of,
    open_house,
    tell,
)
from tests.releasing.desks import EXAMPLE, Squad, squad

STORY = "He sells what the computer knows. I am his neighbour. His sergeant knows."
RAW = f"What happened\n{STORY}"
CUT = "I am his neighbour. "
LEFT = "What happened\nHe sells what the computer knows. His sergeant knows."
OFFICER = Subject("officer", name="Tom Wren", rank="Constable", force="Northshire Police", unit="Millbrook")


@pytest.fixture(scope="session")
def supervisors(keys: Keys, hired: Hired, tmp_path_factory: pytest.TempPathFactory) -> Hired:
    """Hire two more supervisors, once: a password takes a quarter of a second."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('supervisors') / 'people.db'}")
    make_schema(str(database.url))
    bring_in(database, hired)
    pepper, totp = read_pepper(keys.folder / "pepper"), dict(hired.totp)
    with database.write() as connection:
        for name in ("Carla", "Dora"):
            new = people.add_person(
                connection, name=name, alias=name, role="supervisor", password=PASSWORD, pepper=pepper
            )
            people.admit(connection, member=new.person.person_id, public_key=new.person.public_key, group=keys.desk)
            totp[name] = new.totp_secret.decode()
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (models.people, models.memberships)
        }
    database.close()
    return Hired(rows, totp)


@dataclass
class Stage:
    """A desk on which Ben reviews, and Carla or Dora is the second person."""

    house: House
    squads: tuple[Squad, ...]

    def browser(self, name: str) -> Browser:
        """Open the browser of a supervisor who has just signed in."""
        return browser_of(self.house, name)

    def squad(self, team: str = "standards") -> Squad:
        """Return a team with its private keys."""
        return next(one for one in self.squads if one.team.id == team)

    def ready(self, *, state: str = "confirmed", **changed: Any) -> Told:
        """Tell of a report that Ben has sanitised and saved, of one officer."""
        told = tell(self.house, Story(answers=(), clips=(("story", STORY),), state=state, claimed=""))
        subject = self.confirm(told, OFFICER)
        ben = id_of(self.house, "Ben")
        with self.house.database.write() as connection:
            row = {"report_id": told.report_id, "state": "open", "reviewer": ben, "week": self.week}
            connection.execute(insert(models.reviews), row)
        self.save(told, **{"subjects": (subject,), **changed})
        return told

    @property
    def week(self) -> str:
        """Return this week."""
        return iso_week(self.house.clock.now())

    def confirm(self, told: Told, subject: Subject) -> str:
        """Confirm whom a report is about, beside the page: nothing is void by it."""
        ben = id_of(self.house, "Ben")
        packed = replace(subject, by=ben).packed()
        item = seal_item(packed, report_id=told.report_id, kind="subject", audiences=[self.house.keys.public.desk])
        with self.house.database.write() as connection:
            add_items(connection, [item])
            entry = {"action": CONFIRMED, "subject": item.item_id}
            audit.record(connection, at=self.house.clock.now(), person=ben, **entry)
        return item.item_id

    def save(self, told: Told, **changed: Any) -> None:
        """Save Ben's draft of a clean text, whatever stood before."""
        ben, start = id_of(self.house, "Ben"), RAW.index(CUT)
        with self.house.database.write() as connection:
            was = drafts.last_draft(connection, told.report_id, self.house.keys.desk)
            plain: dict[str, Any] = {
                "edits": (Changed(start, start + len(CUT), "", "relation"),),
                "categories": ("systems",),
                "source": "2",
                "information": "D",
                "handling": "P",
                "team": "standards",
                "by": ben,
                "save": secrets.token_hex(8),
            }
            clean = replace(was, **{"save": plain["save"], **changed}) if was else Clean(RAW, **{**plain, **changed})
            drafts.save_draft(
                connection,
                told.report_id,
                clean,
                audiences=[self.house.keys.public.desk],
                was=was.save if was else "",
                reader=ben,
                now=self.house.clock.now(),
            )

    def proposed(self, told: Told, name: str = "Ben") -> Proposal:
        """Propose a report as its page does."""
        answer = propose(self.browser(name), told)
        assert answer.status_code == 303, answer.text
        return self.standing(told)

    def standing(self, told: Told) -> Proposal:
        """Return what is proposed."""
        with self.house.database.read() as connection:
            found = releases.proposal_of(connection, told.report_id)
        assert found is not None
        return found

    def state(self, told: Told, proposal: Proposal | None = None) -> str:
        """Return how the report stands, or one proposal of it."""
        with self.house.database.read() as connection:
            if proposal is not None:
                found = releases.find(connection, told.report_id, proposal.release_id)
                return found.state if found else ""
            here = select(models.reports.c.state).where(models.reports.c.report_id == told.report_id)
            return str(connection.scalar(here))

    def handed(self) -> list[Any]:
        """Return everything that was handed to any team."""
        with self.house.database.read() as connection:
            tables = (models.handovers, models.team_items, models.team_wraps, models.packages)
            return [row for table in tables for row in connection.execute(select(table))]

    def said(self, told: Told) -> list[tuple[str, str]]:
        """Return what the audit has of a report's releases: actions and details."""
        with self.house.database.read() as connection:
            entries = audit.page(connection, below=None, size=200).entries
        about = [one for one in reversed(entries) if one.subject == told.report_id and "release" in one.action]
        return [(one.action, one.detail) for one in about]

    def refusals(self, told: Told) -> list[str]:
        """Return why something was refused, as the audit has it."""
        return [detail.partition(": ")[2] for action, detail in self.said(told) if action == "release-refused"]

    def restart_with(self, *teams: Team) -> None:
        """Let whoever runs the desk change the teams of the line's file and start the desk anew."""
        write_line(self.house.settings.line_file, teams)
        self.house.desk = replace(self.house.desk, line=read_line(self.house.settings.line_file))
        self.house.app = app_on(self.house.desk)


def propose(person: Browser, told: Told, **changed: str) -> TestResponse:
    """Look at what would leave, and propose exactly that."""
    path = f"/reports/{told.report_id}/propose"
    page = person.get(path).text
    form = {name: hidden(page, name) for name in ("release", "digest")}
    return person.post(path, {**form, **changed}, seen=f"/reports/{told.report_id}/release")


def address(proposal: Proposal, what: str = "approve") -> str:
    return f"/reports/{proposal.report_id}/releases/{proposal.release_id}/{what}"


def approve(person: Browser, proposal: Proposal, digest: str = "") -> TestResponse:
    """Release what was proposed as its page does; the digest is the page's unless another is given."""
    seen = f"/reports/{proposal.report_id}/release"
    return person.post(address(proposal), {"digest": digest or proposal.digest}, seen=seen)


def give_back(person: Browser, proposal: Proposal, reason: str = "the sergeant is named twice") -> TestResponse:
    seen = f"/reports/{proposal.report_id}/release"
    return person.post(address(proposal, "returned"), {"reason": reason}, seen=seen)


def hidden(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


def write_line(path: Path, teams: Sequence[Team]) -> None:
    """Write the example line with these teams."""
    blocks = [
        "\n[[teams]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in team.model_dump().items())
        for team in teams
    ]
    path.write_text(EXAMPLE.read_text(encoding="utf-8") + "".join(blocks), encoding="utf-8")


@contextmanager
def stage_on(keys: Keys, hired: Hired, database: Database, clock: Clock, folder: Path) -> Iterator[Stage]:
    """Give a desk with two teams and a signing key."""
    north = squad("standards", units=("PSD",), people=("Inspector Hale",), email="standards@northshire.example")
    south = squad("counter-corruption", "Southshire Constabulary")
    line_file, pem = folder / "line.toml", keys.folder / PUBLIC_FILE
    write_line(line_file, (north.team, south.team))
    with open_house(keys, hired, database, clock, folder, BASE, line_file=line_file) as house:
        with database.write() as connection:
            pem.write_bytes(verifying_pem(make_signing_key(connection, keys.desk)))
        yield Stage(house, (north, south))
    pem.unlink(missing_ok=True)
    with database.write() as connection:
        connection.execute(delete(models.desk_secrets))
