"""A real desk on the loopback with invented reports, and Chromium in front of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyotp
from playwright.sync_api import Browser, Page, Playwright, expect
from sqlalchemy import Connection, delete, insert, select
from werkzeug.serving import make_server

from storage import audit, call_log, models, people, welfare
from storage.admissions import Approver, approve, who_waits
from storage.call_log import FinishedCall
from storage.clips import add_items
from storage.clock import SystemClock, iso_week
from storage.contents import Note, Subject
from storage.database import Database
from storage.figures import quarter_of
from storage.jobs import count_more, count_up
from storage.keys import read_pepper
from storage.opening import ring
from storage.sealing import seal_item
from storage.traces import Trace
from tests.databases import make_schema
from tests.desk.beside import add_subject, forge, link
from tests.desk.releases import write_line
from tests.desk.staff import PASSWORD, House, Story, Told, cut_keys, hire, id_of, open_house, tell
from tests.desk.staff import Browser as DeskBrowser
from tests.desk.teams_say import NORTH, Handed, handed
from tests.desk.waiting import let_wait, let_work

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WEEK = 7 * 86_400
PATIENCE_MILLISECONDS = 15_000


@dataclass(frozen=True)
class Stage:
    """The desk as a browser reaches it."""

    house: House
    base: str
    main: Told  # the report that the journeys are about

    def address(self, path: str) -> str:
        """Return the address of a page."""
        return self.base + path

    def send_away(self, name: str) -> None:
        """Take a person's membership, so that they wait to be admitted."""
        own = models.memberships.c.member == self._id(name)
        with self.house.database.write() as connection:
            connection.execute(delete(models.memberships).where(own))
            connection.execute(delete(models.admissions))
            connection.execute(delete(models.people).where(models.people.c.alias == "Carla"))

    def bring_back(self, name: str) -> None:
        """Admit a person who was sent away."""
        with self.house.database.write() as connection:
            key = connection.execute(
                select(models.people.c.public_key).where(models.people.c.alias == name)
            ).scalar_one()
            people.admit(connection, member=self._id(name), public_key=key, group=self.house.keys.desk)

    def approve_first(self, name: str) -> None:
        """Let Carla, a second supervisor, have approved of somebody an hour ago."""
        group, now = self.house.keys.desk, self.house.clock.now() - 3600
        pepper = read_pepper(self.house.keys.folder / "pepper")
        with self.house.database.write() as connection:
            new = people.add_person(
                connection, name="carla", alias="Carla", role="supervisor", password=PASSWORD, pepper=pepper
            )
            carla = new.person
            people.admit(connection, member=carla.person_id, public_key=carla.public_key, group=group)
            one = who_waits(connection, group, self._id(name), now)
            approve(connection, Approver(carla.person_id, ring([group]), now), one)

    def _id(self, name: str) -> str:
        with self.house.database.read() as connection:
            found = select(models.people.c.person_id).where(models.people.c.alias == name)
            return str(connection.execute(found).scalar_one())


@contextmanager
def set_stage(folder: Path, port: int) -> Iterator[Stage]:
    """Serve a desk with reports of three weeks, and a team that it may release to."""
    line_file = folder / "line.toml"
    write_line(line_file, (NORTH.team,))
    with serve_house(folder, port, line_file=line_file) as house:
        yield Stage(house, house.settings.desk_base, furnish(house))


@contextmanager
def serve_house(folder: Path, port: int, **changed: object) -> Iterator[House]:
    """Serve a desk with its people and no report; `changed` are settings that differ."""
    database = Database(f"sqlite:///{folder / 'hotline.db'}")
    make_schema(str(database.url))
    keys = cut_keys(folder / "keys")
    base = f"http://localhost:{port}"  # a name, since browsers make no passkey for an address
    with open_house(keys, hire(keys, folder), database, SystemClock(), folder, base, **changed) as house:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", port, house.app, threaded=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield house
        finally:
            server.shutdown()
            serving.join()
            server.server_close()
            database.close()


def furnish(house: House) -> Told:
    """Put invented reports into the desk and return the fullest one."""
    now = house.clock.now()
    main = tell(house, full_story(now))
    tell(house, Story(state="arriving", partial=True, clips=(), claimed=""))
    tell(house, Story(language="pl", clips=(("story", "on mówi wszystkim co ma w komputerze"),), claimed=""))
    tell(house, Story(channel="keys", clips=(), urgent="unsure", state="read", claimed=""))
    last, before = iso_week(now - WEEK), iso_week(now - 2 * WEEK)
    tell(house, Story(week=last, state="read", partial=True, claimed="Ben"))
    tell(house, Story(week=last, state="confirmed", clips=(), held="court"))
    tell(house, Story(week=before, state="new", added_to=True, language="cy"))
    for weeks in (105, 104, 102):
        tell(house, Story(week=iso_week(now - weeks * WEEK), state="confirmed", clips=()))
    with house.database.write() as connection:
        gone = [("not_a_report.silent", 1, 4), ("expired.confirmed", 1, 2), ("expired.sound", 2, 7)]
        told = [{"week": iso_week(now - ago * WEEK), "name": name, "number": number} for name, ago, number in gone]
        connection.execute(insert(models.counts), told)
        beats = [("worker", 4, ""), ("retention", 3600, ""), ("alarm:backlog", 900, "Recordings wait for 45 minutes.")]
        rows = [{"name": name, "seen_at": now - ago, "note": note} for name, ago, note in beats]
        connection.execute(insert(models.beats), rows)
    furnish_log(house, now)
    furnish_work(house, main, now)
    return main


def furnish_beside(stage: Stage) -> None:
    """Write beside the fullest report what staff do, by their own pages."""
    house, main = stage.house, stage.main
    other, third = tell(house, Story(language="pl")), tell(house, Story())
    ben = DeskBrowser(house, house.app.test_client(), "Ben")
    ben.post("/sign-in", {"name": "Ben", "password": PASSWORD, "code": fresh_code(stage, "Ben")})
    add_subject(ben, main, name="Tom Wren", rank="Sgt", number="1234 MX", team="Response B", unit="Hackney")
    add_subject(ben, main, "vehicle", registration="BD51 SMR", description="Grey van, dent at the back left")
    add_subject(ben, other, name="Tom Renn", number="1234MX")
    add_subject(ben, third, name="Wren", unit="Hackney CID")
    link(ben, main, third, "Both tell of the same evening at the corner", relation="same_incident")
    forge(house, main, "subject", Subject("officer", name="Somebody else", by="0" * 32))
    form = {"person": id_of(house, "Amina"), "name": "Jo Marsh", "unit": "Camden"}
    ben.post("/conflicts", form, seen="/conflicts")
    add_subject(ben, third, name="Jo Marsh")


def furnish_answers(stage: Stage) -> Handed:
    """Let a team have decided about a release, then corrected that, and asked two things, of which one was put on."""
    house = stage.house
    one = handed(house, Story(state="confirmed", clips=(), language="pl"))
    one.decides("record")
    one.decides(
        "investigate",
        reference="NSP/PSD/2026/0417",
        due="2027-01-29",
        words="We look at this together with an earlier matter. Please do not tell the person who reported.",
    )
    one.asks("Was it Sgt Wren who sold it on Friday 13 November at half past nine? Does your source work there?")
    put = one.asks("Who else was in the yard?")
    handed(house, Story(state="confirmed", clips=()), receipt="2026-W20", answer="2026-W30")
    handed(house, Story(state="confirmed", clips=()), receipt=iso_week(house.clock.now()))
    ben = DeskBrowser(house, house.app.test_client(), "Ben")
    ben.post("/sign-in", {"name": "Ben", "password": PASSWORD, "code": fresh_code(stage, "Ben")})
    here = f"/reports/{one.told.report_id}/reply"
    form = {"kind": "question", "language": "en", "save": "5" * 32, "do": "send", "question": put}
    ben.post(here, {**form, "text": "You told us where it was. Do you know of anybody else who saw it?"}, seen=here)
    with house.database.write() as connection:
        week = iso_week(house.clock.now())
        numbers = (140, 96, 41, 22, 14, 9)
        steps = ("funnel.rang", "funnel.engaged", "funnel.in_scope", "reported.en", "released.full", "funnel.acted")
        for name, number in zip(steps, numbers, strict=True):
            count_more(connection, name, number, week=week)
        for name, number in (("reported.pl", 4), ("outcome.investigate", 9), ("to_release.2_to_4", 11)):
            count_more(connection, name, number, week=week)
        count_more(connection, "category.drugs", 6, week=quarter_of(week))
    return one


def furnish_log(house: House, now: int) -> None:
    """Put calls of two weeks into the call log, as the worker does."""
    stayed = Trace("en", "end", "voice", "report")
    left = [Trace("en", stage, "none") for stage in ("greeting", "menu", "consent")]
    others = [
        Trace("pl", "questions", "voice", "partial"),
        Trace("en", "end", "person"),
        Trace("cy", "end", "added", "added"),
    ]
    few = [Trace("en", "questions", "keys", "too_little"), Trace("en", "end", "silent"), Trace(path="unheard")]
    with house.database.write() as connection:
        for number, trace in enumerate([*[stayed] * 6, *left, *left, *others, *few]):
            at, seconds = now - number % 2 * WEEK - number * 3600, 30 * 4 ** (number % 5)
            call_log.keep(connection, FinishedCall(trace, at, seconds), ZoneInfo("Europe/London"))
        furnish_waits(connection, id_of(house, "Amina"), now)


def furnish_waits(connection: Connection, handler: str, now: int) -> None:
    """Put calls that asked for a person into the log, and into the counts that the door keeps of them."""
    waited = [(45, handler), (20, handler), (150, handler), (290, ""), (700, "")]
    for number in range(40):
        seconds, by = waited[number % 5]
        at = now - number % 13 * WEEK
        trace = Trace("en", "end" if by else "queue", "person", "none")
        call_log.keep(connection, FinishedCall(trace, at, 400, seconds, by), ZoneInfo("Europe/London"))
        for name in ("joined", "answered" if by else ("hung_up", "left", "nobody_came")[number % 3]):
            count_up(connection, f"queue.{name}", week=iso_week(at))


def furnish_live(house: House) -> None:
    """Let callers wait and colleagues be at work, instead of whoever was."""
    now = house.clock.now()
    with house.database.write() as connection:
        for table in (models.talks, models.shifts, models.skills):
            connection.execute(delete(table))
    for language, seconds in (("en", 75), ("en", 20), ("so", 8)):
        let_wait(house, language, for_seconds=seconds)
    let_wait(house, "pl", for_seconds=342, urgent=True)
    let_wait(house, state="talking", for_seconds=600)
    let_work(house, "Amina", speaks=("en", "pl", "cy"))
    let_work(house, "Ben", "wrap_up")
    with house.database.write() as connection:
        connection.execute(models.shifts.update().values(seen_at=now + 86_400))


def furnish_work(house: House, main: Told, now: int) -> None:
    """Let staff have done some of their work: deeds, notes, contacts that were no reports, and a wish for a word."""
    amina, ben = id_of(house, "Amina"), id_of(house, "Ben")
    sealed = [
        seal_item(
            Note(words, by, now).packed(), report_id=main.report_id, kind="note", audiences=(house.keys.public.desk,)
        )
        for by, words in (
            (amina, "The caller was calm and clear. They will ring back on Sunday."),
            (ben, "I rang the safeguarding lead of the force.\nShe calls back before Friday noon."),
        )
    ]
    deeds = [
        ("report-claimed", amina, ""),
        ("report-opened", amina, ""),
        ("note-added", amina, sealed[0].item_id),
        ("supervisor-alerted", amina, ""),
        ("report-opened", ben, ""),
        ("note-added", ben, sealed[1].item_id),
    ]
    with house.database.write() as connection:
        add_items(connection, sealed)
        for action, person, detail in deeds:
            audit.record(connection, at=now, person=person, action=action, subject=main.report_id, detail=detail)
        for place, reason in enumerate(("silent", "hung_up", "complaint", "test", "crime_report")):
            for ago in range(13):
                week = iso_week(now - ago * WEEK)
                for _ in range((ago * (place + 3) + place) % 7):
                    count_up(connection, f"not_a_report.{reason}", week=week)
        welfare.ask(connection, amina)


def full_story(now: int) -> Story:
    """Return what a caller might give who answers nearly everything."""
    return Story(
        answers=(
            ("urgent", ("yes",)),
            ("at_risk", ("adult",)),
            ("weapon", ("unsure",)),
            ("allegation", ("partner", "hate")),
            ("force", ("own",)),
            ("role", ("officer",)),
            ("when", ("this_week",)),
            ("where", ()),
            ("ongoing", ("yes",)),
            ("on_duty", ("off_duty",)),
            ("how_known", ("saw_or_heard",)),
            ("crowd", ("a_few",)),
            ("told_before", ("nobody",)),
            ("questions_back", ("yes",)),
        ),
        clips=(
            ("risk_story", "he said he would come round on friday when the late shift ends"),
            ("who", "they call him sergeant wren he drives the grey van"),
            ("story", "it began in the spring he reads the messages on her phone and says he can find her anywhere"),
            ("story", "when she left the house he was waiting at the corner in the marked car"),
            ("leave_out", ""),
        ),
        urgent="yes",
        urgent_due=now + 12 * 60,
    )


def launch(playwright: Playwright, program: str) -> Browser:
    """Start Chromium, which talks to nobody but the desk; what it shows is waited for as a busy machine needs."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    return playwright.chromium.launch(executable_path=program, args=list(FLAGS))


def sign_in(page: Page, stage: Stage, name: str) -> None:
    """Fill in the form at the door as a person does."""
    page.goto(stage.address("/sign-in"))
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your authenticator").fill(fresh_code(stage, name))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def fresh_code(stage: Stage, name: str) -> str:
    """Return the person's code of now; a test that signs somebody in twice makes the old one forgotten first."""
    with stage.house.database.write() as connection:
        connection.execute(models.people.update().values(totp_last_step=0))
    return pyotp.TOTP(stage.house.totp[name]).now()
