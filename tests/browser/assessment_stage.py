"""A real assessment application on the loopback, with releases in every state, and its people in a browser."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import update
from werkzeug.serving import make_server

from handlers.assessment.sessions import COOKIE
from handlers.releasing import content
from handlers.releasing.classification import Category, Flag, Ground, Handling, Information, Source
from storage.clock import SystemClock, iso_week, month_of
from storage.database import Database
from storage.models import handovers
from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, hire_teams, open_assessment
from tests.assessment.staff import Browser as TeamBrowser
from tests.databases import make_schema
from tests.desk.staff import cut_keys
from tests.releasing.desks import NORTH

WEEK = 7 * 86_400
LONG = (
    "Sergeant Wren keeps seized cannabis in a locker of the old custody suite and has it sold.\n\n"
    "Two others know of it. Entries in the property book were changed afterwards, and the camera at the back gate is "
    "turned away on the nights it happens.\n\nIt has gone on since the autumn."
)


@dataclass(frozen=True)
class TeamStage:
    """The application as a browser reaches it."""

    house: AssessmentHouse
    base: str
    full: str  # the release that the pictures are about
    decided: str

    def address(self, path: str) -> str:
        """Return the address of a page."""
        return self.base + path

    def be(self, page: Page, name: str) -> None:
        """Let somebody be signed in in this browser."""
        someone = TeamBrowser(self.house, self.house.app.test_client())
        someone.be(name)
        (cookie,) = (one for one in someone.client._cookies.values() if one.key == COOKIE)  # type: ignore[union-attr]
        page.context.clear_cookies()
        page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": self.base}])


@contextmanager
def set_team_stage(folder: Path, port: int) -> Iterator[TeamStage]:
    """Serve an application with releases of two months to the north."""
    keys = cut_keys(folder / "keys")
    teams = hire_teams(keys, folder)
    base = f"http://localhost:{port}"  # a name, since browsers make no passkey for an address
    for name in ("line", "own"):
        make_schema(f"sqlite:///{folder / name}.db")
    line, own = (Database(f"sqlite:///{folder / name}.db") for name in ("line", "own"))
    with closing(line), closing(own), open_assessment(keys, teams, line, own, SystemClock(), folder, base) as house:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", port, house.app, threaded=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield furnish(house, base)
        finally:
            server.shutdown()
            serving.join()
            server.server_close()


def furnish(house: AssessmentHouse, base: str) -> TeamStage:
    """Hand releases over, and let Dev answer one of them."""
    now, north = house.clock.now(), house.teams.north
    month, before = month_of(now), month_of(now - 5 * WEEK)
    about = content.About(what="officer", name="Tom Wren", rank="Sergeant", number="1234", force=NORTH)
    vehicle = content.About(what="vehicle", registration="BD51 SMR", description="Grey van, dent at the back left")
    full = hand(
        house.database,
        north,
        month=month,
        text=LONG,
        categories=(Category.DRUGS, Category.THEFT),
        flags=(Flag.CONTINUING, Flag.DISCRIMINATION, Flag.ON_DUTY),
        grounds=(Ground.RACE,),
        grade=content.Grade(
            source=Source.UNTESTED,
            information=Information.UNKNOWN,
            handling=Handling.CONDITIONS,
            conditions="Within the unit alone until the line agrees.",
        ),
        subjects=(about, vehicle),
    ).release
    hand(house.database, north, month=month, purpose=content.Purpose.SAFEGUARDING)
    late = hand(house.database, north, month=before).release
    decided = hand(house.database, north, month=before).release
    soon, past = iso_week(now + WEEK), iso_week(now - 2 * WEEK)
    with house.database.write() as connection:
        connection.execute(update(handovers).values(acknowledge_by=soon, feedback_by=iso_week(now + 12 * WEEK)))
        connection.execute(update(handovers).where(handovers.c.release_id == late).values(acknowledge_by=past))
    dev = TeamBrowser(house, house.app.test_client())
    dev.be("Dev")
    dev.get(f"/releases/{decided}")
    typed = {"disposition": "record", "reference": "NP/26/114", "day": "31", "month": "3", "year": "2027"}
    for path, form in (("question", {"text": "Was the locker numbered?"}), ("outcome", {**typed, "words": "Kept."})):
        address = f"/releases/{decided}/{path}"
        dev.post(address, {**form, "once": path, "seen": "0"}, seen=address)
    return TeamStage(house, base, full, decided)
