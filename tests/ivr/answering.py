"""A handler in tests of the line: what the desk and the worker would do for them is done in the database, by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Row, delete, insert, select

from storage.database import Database
from storage.live import conduct, offers, shifts
from storage.models import counts, seats, skills, talks
from storage.models import shifts as shift_rows
from tests.house import House
from tests.ivr.by_hand import HandMadeCall

FORM = "f" * 32


@dataclass
class Handler:
    """Somebody who answers. `database` is the desk's way to it."""

    house: House
    database: Database
    languages: tuple[str, ...] = ("en",)
    person_id: str = field(default_factory=lambda: uuid4().hex)
    token: str = ""
    leg: HandMadeCall = field(init=False)

    def __post_init__(self) -> None:
        self.leg = HandMadeCall(self.house)

    @property
    def now(self) -> int:
        return self.house.clock.now()

    def works(self) -> Handler:
        with self.database.write() as connection:
            shifts.choose(connection, self.person_id, shifts.AVAILABLE, now=self.now)
            held = {"general": "2099-12", **{f"language:{language}": "" for language in self.languages}}
            for skill, until in held.items():
                connection.execute(insert(skills), {"person_id": self.person_id, "skill": skill, "until": until})
        self.house.clock.forward(1)  # the door looks once a second
        return self

    def leaves(self) -> None:
        with self.database.write() as connection:
            assert shifts.choose(connection, self.person_id, shifts.AWAY, now=self.now)
        self.house.clock.forward(1)

    def accepts(self, talk_id: str, report_id: str = FORM) -> Handler:
        """Be offered a waiting caller, and say yes."""
        self.token, self.leg = uuid4().hex, HandMadeCall(self.house)
        with self.database.write() as connection:
            assert offers.offer(connection, talk_id, self.person_id, now=self.now)
            offers.accept(connection, talk_id, self.person_id, token=self.token, report_id=report_id, now=self.now)
        return self

    def sits_down(self) -> str:
        """Ring in with the softphone; the carrier tells that the leg is in the room."""
        document = self.leg.ask("/softphone", offer=self.token)
        self.leg.post("/room", StatusCallbackEvent="participant-join")
        return document

    def is_lost(self) -> None:
        """Let the leg fall; its end is told twice, as the carrier may."""
        for path, told in (("/room", {"StatusCallbackEvent": "participant-leave"}), ("/ended", {})):
            self.leg.post(path, **told)

    def asks(self, talk_id: str, aside: str) -> None:
        with self.database.write() as connection:
            conduct.ask_aside(connection, talk_id, self.person_id, aside, now=self.now)

    def finishes(self, talk_id: str, ending: str = conduct.FINISHED) -> None:
        with self.database.write() as connection:
            conduct.finish(connection, talk_id, self.person_id, ending, now=self.now)

    def sits_in(self, talk_id: str, role: str) -> str:
        """Take another seat of a talk, and return what its leg is answered."""
        token, leg = uuid4().hex, HandMadeCall(self.house)
        with self.database.write() as connection:
            offers.add_seat(connection, talk_id, self.person_id, role, token=token, now=self.now)
        return leg.ask("/softphone", offer=token)


def talk_of(database: Database, call_key: str) -> Row[tuple[object, ...]]:
    """Return the talk of a call as it stands."""
    with database.read() as connection:
        return connection.execute(select(talks).where(talks.c.call_key == call_key)).one()


def counted(database: Database) -> dict[str, int]:
    """Return what was counted of the queue."""
    with database.read() as connection:
        rows = connection.execute(select(counts.c.name, counts.c.number).where(counts.c.name.startswith("queue.")))
        return {str(row.name).removeprefix("queue."): row.number for row in rows}


def clear(database: Database) -> None:
    """Let nobody wait, work or sit anywhere."""
    with database.write() as connection:
        for table in (seats, talks, shift_rows, skills):
            connection.execute(delete(table))
        connection.execute(delete(counts).where(counts.c.name.startswith("queue.")))
