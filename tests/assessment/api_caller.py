"""A team's own system that talks to the API over its test client."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select

from handlers.assessment.api.app import Api, api_app
from handlers.assessment.api.rates import Rates
from handlers.assessment.saying import Means
from storage.api_tokens import ApiToken, keep_token, new_token
from storage.clock import TurnedClock
from storage.database import Database
from storage.models import audit
from tests.assessment.handing import DESK, NORTH_TEAM, ONCE_KEY, SOUTH_TEAM
from tests.releasing.desks import Squad

HOST = "localhost"
UNTIL = "2030-12"
Answer = Any  # Werkzeug's own, whose JSON a test knows to be there


@dataclass
class Caller:
    """A system with a token, or a stranger with none."""

    app: Flask
    token: str = ""
    token_id: str = ""

    def get(self, path: str, **more: Any) -> Answer:
        return self.send("GET", path, **more)

    def post(self, path: str, body: object, key: str | None = None, **more: Any) -> Answer:
        headers = {"Idempotency-Key": secrets.token_hex(16) if key is None else key, **more.pop("headers", {})}
        sent = {"data": body} if isinstance(body, (bytes, str)) else {"json": body}
        return self.send("POST", path, headers=headers, **sent, **more)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        client = self.app.test_client()
        return client.open(path, method=method, base_url=f"http://{HOST}", headers={**shown, **(headers or {})}, **more)


@dataclass
class Stand:
    """The API, what it stands on, and whoever calls it."""

    means: Means
    clock: TurnedClock
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        self.app = api_app(Api(self.means, (NORTH_TEAM.team, SOUTH_TEAM.team), HOST, self.rates))
        self.north, self.south = self.caller(NORTH_TEAM), self.caller(SOUTH_TEAM)
        self.stranger = Caller(self.app)

    def caller(self, team: Squad, until: str = UNTIL) -> Caller:
        token, token_id = new_token(), secrets.token_hex(16)
        with self.means.line.write() as connection:
            keep_token(connection, token, ApiToken(token_id, team.team.id, "case system", "amina", until))
        return Caller(self.app, token, token_id)

    def audited(self) -> list[tuple[str, str, str, str]]:
        with self.means.own.read() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.sequence))
            return [(row.person, row.action, row.subject, row.detail) for row in rows]


def stand_on(line: Database, own: Database, clock: TurnedClock) -> Stand:
    return Stand(Means(clock, line, own, DESK, ONCE_KEY), clock)
