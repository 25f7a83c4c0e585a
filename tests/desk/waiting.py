"""Callers who wait and colleagues who are at work, as the public door and the live page leave them."""

from __future__ import annotations

import secrets

from sqlalchemy import insert

from storage.models import shifts, skills, talks
from tests.desk.staff import House, id_of


def let_wait(house: House, language: str = "en", *, for_seconds: int = 40, **more: object) -> None:
    """Let a caller wait, as the public door does."""
    ids = {name: secrets.token_hex(16) for name in ("talk_id", "call_key", "room")}
    row = {"language": language, "since": house.clock.now() - for_seconds, "state": "waiting", **ids}
    with house.database.write() as connection:
        connection.execute(insert(talks), {**row, **more})


def let_work(house: House, name: str, state: str = "available", *, speaks: tuple[str, ...] = ("en",)) -> None:
    """Let somebody be at work for an hour from now."""
    now, person = house.clock.now(), id_of(house, name)
    with house.database.write() as connection:
        row = {"person_id": person, "state": state, "since": now - 130, "seen_at": now + 3600}
        connection.execute(insert(shifts), row)
        connection.execute(insert(skills), {"person_id": person, "skill": "general", "until": "2099-12"})
        for code in speaks:
            connection.execute(insert(skills), {"person_id": person, "skill": f"language:{code}", "until": ""})
