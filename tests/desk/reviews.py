"""Confirmed reports on a desk with three supervisors, taken for review, split and merged by its pages."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from storage import audit, intake, models, reviews, writing
from storage.clips import add_items
from storage.clock import iso_week
from storage.contents import Given, Transcript, Written
from storage.reports import open_mailbox
from storage.sealing import seal_item
from tests.desk.staff import Browser, House, Story, Told, id_of, tell

ANSWERS = (("urgent", ("no",)), ("allegation", ("favours",)), ("leave_out", ("yes",)))
CLIPS = (("who", "Sergeant Wren of Millbrook"), ("story", "he sells what the computer knows"), ("story", "and the van"))


def confirmed(house: House, clips: tuple[tuple[str, str], ...] = CLIPS, **more: Any) -> Told:
    """Tell of a report each of whose clips Amina confirmed, as its page keeps that."""
    told = tell(house, Story(answers=ANSWERS, clips=clips, state="read", **more))
    amina, now = id_of(house, "Amina"), house.clock.now()
    with house.database.write() as connection:
        for place, (clip, (question, words)) in enumerate(zip(told.clips, clips, strict=True)):
            text = Transcript(clip, question, place, "en", words, amina, now + place)
            item = seal_item(
                text.packed(), report_id=told.report_id, kind="transcript", audiences=(house.keys.public.desk,)
            )
            intake.replace_clip(connection, clip, item)
            audit.record(connection, at=now, person=amina, action="transcript-confirmed", subject=item.item_id)
        assert intake.confirm_when_done(connection, told.report_id, now=now)
    return told


def typed(house: House, *given: Given) -> Told:
    """Tell of a confirmed report that Amina typed."""
    told = tell(house, Story(answers=(), clips=(), state="read", channel="staff"))
    amina, now = id_of(house, "Amina"), house.clock.now()
    form = Written(given, "en", amina, now)
    item = seal_item(form.packed(), report_id=told.report_id, kind="written", audiences=(house.keys.public.desk,))
    with house.database.write() as connection:
        add_items(connection, [item])
        entry = {"action": writing.WRITTEN_ACTION, "subject": item.item_id, "detail": writing.seal_of(item)}
        audit.record(connection, at=now, person=amina, **entry)
        assert intake.confirm_when_done(connection, told.report_id, now=now)
    return told


def take(person: Browser, told: Told) -> TestResponse:
    return person.post(f"/reports/{told.report_id}/review/claimed", seen="/review")


def taken(house: House, person: Browser, told: Told) -> Told:
    """Take a report for review."""
    assert take(person, told).status_code == 303
    return told


def standing(house: House, told: Told) -> reviews.Review:
    with house.database.read() as connection:
        found = reviews.state_of(connection, told.report_id)
    assert found is not None
    return found


def split(person: Browser, told: Told, going: dict[str, str], reason: str = "two matters", **more: str) -> TestResponse:
    """Fill in the form of splitting: `going` tells by a part's words where it goes."""
    path = f"/reports/{told.report_id}/split"
    page = person.get(path).text
    pieces = re.findall(r'<fieldset class="desk-piece"[^>]*>(.*?)</fieldset>', page, flags=re.DOTALL)
    chosen = {}
    for piece in pieces:
        field = re.search(r'name="([ktws]-[^"]+)"', piece)
        for words, where in going.items():
            if words in piece:
                assert field, f"{words} is not to choose"
                chosen[field[1]] = where
    form = {"seen": hidden(page, "seen"), "reason": reason, **chosen, **more}
    return person.post(path, form, seen=path)


def look_at_merging(person: Browser, told: Told, other: Told, reason: str = "the same night") -> TestResponse:
    path = f"/reports/{told.report_id}/merge"
    return person.post(path, {"case": other.case_number, "reason": reason}, seen=path)


def merge(person: Browser, told: Told, other: Told, reason: str = "the same night") -> TestResponse:
    """Look at what it means that another report becomes part of this one, and mean it."""
    page = look_at_merging(person, told, other, reason).text
    form = {"case": other.case_number, "reason": reason, "seen": hidden(page, "seen")}
    return person.post(f"/reports/{told.report_id}/merge/sure", form, seen="/review")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([0-9a-f.]+)"', page)
    assert found, page
    return found[1]


def other_than(house: House, *known: Told) -> str:
    """Return the id of the report that is none of these."""
    with house.database.read() as connection:
        ids = set(connection.scalars(select(models.reports.c.report_id)))
    (left,) = ids - {one.report_id for one in known}
    return str(left)


def naming_both(house: House, one: str, other: str) -> list[str]:
    """Return every row of any table that tells which two reports belong together."""
    with house.database.read() as connection:
        tables = models.metadata.sorted_tables
        everything = [repr(row) for table in tables for row in connection.execute(table.select())]
    return [row for row in everything if one in row and other in row]


def words_of(person: Browser, report_id: str) -> str:
    """Return a report's page without its spaces."""
    return " ".join(person.get(f"/reports/{report_id}").text.split())


def with_mailbox(house: House, told: Told) -> str:
    """Give a report a reference, as the public door does."""
    lookup_id, week = told.report_id[::-1], iso_week(house.clock.now())
    with house.database.write() as connection:
        open_mailbox(connection, lookup_id, told.report_id, b"key", week=week)
    return lookup_id
