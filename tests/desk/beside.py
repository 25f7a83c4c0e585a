"""Ways to write beside a report in tests, by the pages that people use."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from storage import audit, models
from storage.contents import BlockReason, Link, Subject, Transcript
from storage.sealing import seal_item
from tests.desk.staff import Browser, House, Story, Told, id_of, tell

ITEM = r"/reports/[0-9a-f]{32}/%s/([0-9a-f]{32})"


def add_subject(person: Browser, told: Told, what: str = "officer", **fields: str) -> TestResponse:
    """Confirm a subject by its form."""
    path = f"/reports/{told.report_id}/subjects/new"
    return person.post(path, {"what": what, **fields}, seen=f"{path}?what={what}")


def subject_ids(person: Browser, told: Told) -> list[str]:
    """Return the subjects that a report's page shows."""
    page = person.get(f"/reports/{told.report_id}").text
    return list(dict.fromkeys(re.findall(ITEM % "subjects", page)))


def link_ids(person: Browser, told: Told) -> list[str]:
    """Return the links that a report's page shows."""
    page = person.get(f"/reports/{told.report_id}").text
    return list(dict.fromkeys(re.findall(ITEM % "links", page)))


def link(person: Browser, told: Told, other: Told, reason: str = "both tell of the raid", **more: str) -> TestResponse:
    """Link two reports by the form."""
    path = f"/reports/{told.report_id}/links/new"
    form = {"case": other.case_number, "relation": "same_incident", "reason": reason, **more}
    return person.post(path, form, seen=path)


def recuse(person: Browser, told: Told, reason: str = "") -> TestResponse:
    """Say that this person knows somebody in a report."""
    path = f"/reports/{told.report_id}/recuse"
    return person.post(path, {"reason": reason}, seen=path)


def close_to(person: Browser, told: Told, colleague: str, reason: str = "they share a house") -> TestResponse:
    """Close a report to a colleague."""
    path = f"/reports/{told.report_id}/closed"
    return person.post(path, {"person": id_of(person.house, colleague), "reason": reason}, seen=path)


def hers(house: House, story: Story | None = None) -> Told:
    """Tell of a report that Amina has claimed."""
    return tell(house, replace(story or Story(), claimed="Amina"))


def find(person: Browser, **fields: str) -> str:
    """Search by subject and return the page that follows."""
    answer = person.post("/search/subjects", fields, seen="/search")
    assert answer.status_code == 303, answer.text
    return person.get("/search").text


def look_for(person: Browser, words: str, **filters: str) -> str:
    """Look for words, wait until the search has ended, and return the page."""
    answer = person.post("/search/words", {"words": words, **filters}, seen="/search")
    assert answer.status_code == 303, answer.text
    return ended(person)


def ended(person: Browser) -> str:
    """Wait until this person's search has ended and return the page."""
    for _ in range(300):
        page = person.get("/search").text
        if 'data-running="yes"' not in page:
            return page
        time.sleep(0.05)
    raise AssertionError("the search did not end")


def rows(house: House, table: Any, **which: str) -> list[Any]:
    """Return the rows of a table that have these values."""
    with house.database.read() as connection:
        return list(connection.execute(select(table).filter_by(**which)))


def entries(house: House, action: str) -> list[audit.Entry]:
    """Return the audit's entries of one action, oldest first."""
    with house.database.read() as connection:
        found = audit.page(connection, below=None, size=1000).entries
    return [one for one in reversed(found) if one.action == action]


def forge(house: House, told: Told, kind: str, content: Subject | Link | BlockReason | Transcript) -> str:
    """Put a sealed item into the database as somebody does who can write it and knows the public key."""
    item = seal_item(content.packed(), report_id=told.report_id, kind=kind, audiences=(house.keys.public.desk,))
    with house.database.write() as connection:
        row = {"item_id": item.item_id, "report_id": item.report_id, "kind": kind, "sealed": item.sealed}
        connection.execute(models.items.insert(), row)
        connection.execute(models.wraps.insert(), [{"item_id": item.item_id, **vars(wrap)} for wrap in item.wraps])
    return item.item_id
