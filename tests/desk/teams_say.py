"""A team that was given a release, and says things of it: rows as the desk and the assessment application make them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, update

from handlers.desk.app import app_on
from handlers.releasing.teams import audience_of
from storage import team_answers
from storage.contents import Outcome, Question
from storage.keys import Secret
from storage.models import handovers, releases, reports, team_items
from storage.sealing import seal_item
from tests.desk.staff import House, Story, Told, tell
from tests.releasing.desks import Squad, line_with, squad

NORTH = squad("north")
ONCE_KEY = Secret(b"k" * 32)
PLAIN = Story(state="confirmed", clips=())


def with_team(house: House, team: Squad = NORTH) -> House:
    """Let the desk's line know a team."""
    house.desk = replace(house.desk, line=line_with(team.team))
    compiled = house.app.jinja_env.bytecode_cache
    house.app = app_on(house.desk)
    house.app.jinja_env.bytecode_cache = compiled
    return house


@dataclass(frozen=True)
class Handed:
    """A report of which a release is in the hands of a team."""

    house: House
    told: Told
    release_id: str
    team: Squad = NORTH

    @property
    def here(self) -> str:
        """Return the address of the report's answers."""
        return f"/reports/{self.told.report_id}/answers"

    def decides(self, disposition: str = "investigate", **more: Any) -> str:
        """Let the team decide something; return the item."""
        return self._says("outcome", Outcome(disposition, **more), disposition)

    def asks(self, text: str = "Which officer sold it, and on which day?") -> str:
        """Let the team ask something; return the item."""
        return self._says("question", Question(text))

    def state_of(self, item_id: str) -> str:
        """Return how far one thing is."""
        with self.house.database.read() as connection:
            return str(connection.scalar(select(team_items.c.state).where(team_items.c.item_id == item_id)))

    def _says(self, kind: str, said: Outcome | Question, outcome: str = "") -> str:
        packed = said.packed()
        audiences = (self.house.keys.public.desk, audience_of(self.team.team))
        item = seal_item(packed, report_id=self.release_id, kind=kind, audiences=audiences)
        once = team_answers.once(
            ONCE_KEY,
            team=self.team.team.id,
            release_id=self.release_id,
            kind=kind,
            sent_as=secrets.token_hex(8),
            body=packed,
        )
        with self.house.database.write() as connection:
            connection.execute(update(handovers).where(handovers.c.state == "sent").values(state="received"))
            team_answers.add_answer(
                connection, item, team=self.team.team.id, once=once, month="2026-12", outcome=outcome
            )
        return item.item_id


def handed(
    house: House, story: Story = PLAIN, *, reference: bool = True, receipt: str = "2026-W49", answer: str = "2027-W08"
) -> Handed:
    """Tell a report and hand a release of it to the team."""
    told, release_id = tell(house, story), secrets.token_hex(16)
    row = {"release_id": release_id, "report_id": told.report_id, "team": NORTH.team.id, "purpose": "full"}
    row |= {"digest": "d", "item_id": "i", "author": "a", "author_key": "k", "state": "released", "week": "2026-W48"}
    hand = {"release_id": release_id, "team": NORTH.team.id, "purpose": "full", "month": "2026-11", "state": "sent"}
    with house.database.write() as connection:
        values = {"status": "passed_on", "reference_heard": reference}
        connection.execute(update(reports).where(reports.c.report_id == told.report_id).values(values))
        connection.execute(insert(releases), row)
        connection.execute(insert(handovers), {**hand, "acknowledge_by": receipt, "feedback_by": answer})
    return Handed(house, told, release_id)
