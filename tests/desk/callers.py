"""Callers for tests of the live pages: they wait as the public door lets them, and the worker's part is played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert, select, update

from storage import models
from storage.clock import Clock
from storage.database import Database
from storage.live import offers, queue, rooms, shifts
from storage.live.queue import Wish
from storage.models import skills, talks
from tests.desk.staff import BASE, Hired, House, Keys, id_of, open_house

LEG = "leg-of-somebody"


@contextmanager
def open_live_house(keys: Keys, hired: Hired, database: Database, clock: Clock, folder: Path) -> Iterator[House]:
    """Give a desk that takes calls, where Amina and Ben are trained for English."""
    settings = {"demo": True, "softphone": "exchange", "softphone_address": "ws://127.0.0.1:1"}
    with open_house(keys, hired, database, clock, folder, BASE, **settings) as house:
        train(house, "Amina", "language:en", "general")
        train(house, "Ben", "language:en", "general")
        yield house


def train(house: House, name: str, *held: str) -> None:
    """Write down what somebody is trained for: languages for ever, the rest until a month that is far away."""
    rows = [
        {"person_id": id_of(house, name), "skill": one, "until": "" if one.startswith("language:") else "2099-12"}
        for one in held
    ]
    with house.database.write() as connection:
        connection.execute(insert(skills), rows)


def work(house: House, name: str, state: str = shifts.AVAILABLE) -> None:
    """Let somebody be at work."""
    with house.database.write() as connection:
        shifts.choose(connection, id_of(house, name), state, now=house.clock.now())


def ring(house: House, call_key: str = "ada", *, waits: int = 0, language: str = "en", **more: str | bool) -> str:
    """Let a caller wait for a person since so many seconds; return the talk's id."""
    wish = Wish(uuid4().hex, call_key, uuid4().hex, language, **more)  # type: ignore[arg-type]
    with house.database.write() as connection:
        queue.join(connection, wish, now=house.clock.now() - waits)
        return str(connection.scalar(select(talks.c.talk_id).where(talks.c.call_key == call_key)))


def offer(house: House, talk: str, name: str) -> None:
    """Offer a caller to somebody, as the worker does."""
    with house.database.write() as connection:
        assert offers.offer(connection, talk, id_of(house, name), now=house.clock.now())


def ring_and_offer(
    house: House, name: str = "Amina", *, call_key: str = "ada", waits: int = 0, **more: str | bool
) -> str:
    """Let somebody be available and a caller be offered to them."""
    work(house, name)
    talk = ring(house, call_key, waits=waits, **more)  # type: ignore[arg-type]
    offer(house, talk, name)
    return talk


def sit_down(house: House, token: str, leg: str = LEG) -> None:
    """Let a softphone's leg come into the conference."""
    with house.database.write() as connection:
        assert rooms.sit_down(connection, token, leg, now=house.clock.now())
        assert rooms.leg_joined(connection, (leg,), now=house.clock.now())


def lose(house: House, leg: str = LEG) -> None:
    """Let a leg break."""
    with house.database.write() as connection:
        assert rooms.leg_left(connection, (leg,), now=house.clock.now())


def hang_up(house: House, call_key: str = "ada", name: str = "Amina") -> None:
    """Let a caller hang up, and the worker end what belongs to the call."""
    with house.database.write() as connection:
        queue.caller_gone(connection, (call_key,), now=house.clock.now())
        of_theirs = update(models.shifts).where(models.shifts.c.person_id == id_of(house, name))
        connection.execute(of_theirs.values(state=shifts.WRAP_UP, since=house.clock.now()))


def token_of_seat(page: str) -> str:
    """Return the token that a call's page was given for its softphone."""
    found = re.search('data-seat="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]
