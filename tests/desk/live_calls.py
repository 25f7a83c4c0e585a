"""Calls that have somebody, for tests of who helps in them: Amina talks, and the carrier's part is played."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from storage.live import conduct
from tests.desk.callers import offer, ring, sit_down, token_of_seat, work
from tests.desk.staff import Browser, House, browser_of

OTHER_LEG = "leg-of-somebody-else"
JSON = {"headers": {"Accept": "application/json"}}


def talking(house: House, name: str = "Amina", **more: str | bool) -> tuple[Browser, str]:
    """Bring a caller and a handler together; return the handler's browser and the talk."""
    work(house, name)
    talk = ring(house, **more)  # type: ignore[arg-type]
    offer(house, talk, name)
    browser = browser_of(house, name)
    page = browser.post(f"/live/call/{talk}/accepted", seen="/live", follow_redirects=True).text
    sit_down(house, token_of_seat(page))
    return browser, talk


def told(answer: TestResponse) -> dict[str, Any]:
    """Return what the desk told a script."""
    found = answer.get_json()
    assert isinstance(found, dict), answer.text
    return found


def talk_of(house: House, talk: str) -> conduct.Talk:
    """Return a talk as it stands."""
    with house.database.read() as connection:
        found = conduct.talk(connection, talk)
    assert found is not None
    return found


def seats_of(house: House, talk: str) -> dict[str, tuple[str, str]]:
    """Return who sits in a talk, by their id: role and state."""
    with house.database.read() as connection:
        return {one.person_id: (one.role, one.state) for one in conduct.seats_of(connection, talk)}
