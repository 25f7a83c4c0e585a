"""Passes of softphones: an hour, our own application, no incoming call, and only the page that asked opens one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import jwt
import pytest
from sqlalchemy import select

from ivr.simulator.access_tokens import granted
from ivr.worker.timetable import PASSES
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import passes
from storage.models import jobs
from storage.models import passes as pass_rows
from storage.sealing import open_with_token
from tests.worker.fakes import audience
from tests.worker.live_stage import APPLICATION, Stage, stage_on

TOKEN, OTHER = "1" * 32, "2" * 32


@pytest.fixture
def stage(database: Database, clock: TurnedClock) -> Iterator[Stage]:
    with stage_on(database, clock) as made:
        yield made


def ask(stage: Stage, token: str = TOKEN, sealed_for: str = "") -> None:
    order = passes.sealed_order(sealed_for or token, audience(stage.line.worker))
    stage.do(lambda c: passes.ask(c, token, order, now=stage.now))


def taken(stage: Stage, token: str = TOKEN) -> bytes | None:
    with stage.line.database.write() as connection:
        return passes.take(connection, token, now=stage.now)


def test_a_page_gets_a_pass_that_the_carrier_understands(stage: Stage) -> None:
    ask(stage)
    assert taken(stage) is None
    stage.run((PASSES,))
    sealed = taken(stage)
    assert sealed is not None
    found = open_with_token(sealed, TOKEN).decode()
    exchange = stage.exchange
    allowed = granted(found, account_sid=exchange.account_sid, api_key=exchange.api_key, api_secret=exchange.api_secret)
    assert (allowed.application, allowed.incoming) == (APPLICATION, False)
    claims = jwt.decode(found, exchange.api_secret, algorithms=["HS256"])
    assert 0 < claims["exp"] - time.time() <= 3600
    assert claims["grants"]["voice"] == {"outgoing": {"application_sid": APPLICATION}}


def test_every_pass_has_a_name_of_its_own_that_names_nobody(stage: Stage) -> None:
    maker = stage.place.live.passes
    assert maker is not None
    names = {jwt.decode(maker.make(), options={"verify_signature": False})["grants"]["identity"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("hotline_") and len(name) == 40 for name in names)


def test_a_pass_stands_nowhere_in_clear(stage: Stage) -> None:
    ask(stage)
    stage.run((PASSES,))
    with stage.line.database.read() as connection:
        (row,) = connection.execute(select(pass_rows)).all()
    assert b"eyJ" not in bytes(row.sealed)
    assert TOKEN not in repr(row)


def test_an_order_that_comes_twice_or_does_not_open_ends_nothing(stage: Stage) -> None:
    ask(stage, sealed_for=OTHER)
    stage.run((PASSES,))
    assert taken(stage) is None
    with stage.line.database.read() as connection:
        assert connection.execute(select(jobs)).all() == []


def test_without_an_application_nobody_is_admitted(stage: Stage) -> None:
    stage.place = replace(stage.place, live=replace(stage.place.live, passes=None))
    ask(stage)
    stage.run((PASSES,))
    assert taken(stage) is None


def test_a_pass_that_nobody_fetched_is_forgotten(stage: Stage) -> None:
    ask(stage)
    stage.run((PASSES,))
    stage.later(62, step=31)
    with stage.line.database.read() as connection:
        assert connection.execute(select(pass_rows)).all() == []


def test_the_secret_that_signs_shows_in_no_print(stage: Stage) -> None:
    assert stage.exchange.api_secret not in repr(stage.place.live.passes)
    assert "+44" not in repr(stage.place.live)
