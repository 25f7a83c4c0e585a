"""Rows that somebody else wrote: they close no page, hide no voice and lower no urgency."""

from __future__ import annotations

import json
import secrets

import pytest

from storage import people
from storage.clips import add_items, draft_id
from storage.contents import Answer, Transcript
from storage.jobs import standing_alarms
from storage.sealing import seal_item
from tests.desk.staff import House, Story, Told, audited, browser_of, tell

ONE_PART = "1 part of this report cannot be opened"
JOKE = "I made it all up"
FORGED = "Not confirmed by anybody here: treat as forged."
COPY = (
    "INSERT INTO items (item_id, report_id, kind, sealed) SELECT 'f', report_id, '%s', sealed FROM items"
    " WHERE report_id = %%(r)s AND kind = 'received'"
)
AN_ANSWER = "(SELECT min(item_id) FROM items WHERE report_id = %(r)s AND kind = 'answer')"
JUNK = "UPDATE items SET sealed = (SELECT wrapped FROM wraps WHERE wraps.item_id = items.item_id LIMIT 1) WHERE "


def page_of(house: House, told: Told) -> str:
    answer = browser_of(house, "Ben").get(f"/reports/{told.report_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def alarms(house: House) -> dict[str, str]:
    with house.database.read() as connection:
        return standing_alarms(connection)


def plant(house: House, told: Told, kind: str, packed: bytes, item_id: str | None = None) -> None:
    to = (house.keys.public.desk,)
    item = seal_item(packed, report_id=told.report_id, kind=kind, audiences=to, item_id=item_id)
    with house.database.write() as connection:
        add_items(connection, [item])


def change(house: House, statement: str, told: Told) -> None:
    """Run a statement with the report's id in place of `%(r)s`, its clip's in place of `%(clip)s`."""
    with house.database.write() as connection:
        connection.exec_driver_sql(statement % {"r": f"'{told.report_id}'", "clip": f"'{told.clips[0]}'"})


@pytest.mark.parametrize(
    "statement",
    [
        COPY % "answer",
        COPY % "note",
        f"DELETE FROM wraps WHERE item_id = {AN_ANSWER}",
        f"UPDATE items SET kind = 'received' WHERE item_id = {AN_ANSWER}",
    ],
    ids=["junk", "unknown kind", "no key", "another kind"],
)
def test_a_part_that_does_not_open_leaves_the_rest_and_raises_an_alarm(house: House, statement: str) -> None:
    told = tell(house)
    change(house, statement, told)
    page = page_of(house, told)
    assert ONE_PART in page
    assert "he sells what the computer knows" in page
    assert "storage" in alarms(house)


@pytest.mark.parametrize(
    "packed",
    [
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        json.dumps({"question": "who", "values": ["\ud800"], "order": 1, "at": 1, "language": "en"}).encode(),
        Answer("who", ("a",), 1, 2**70, "en").packed(),
        json.dumps({"question": 7, "values": ["a"], "order": "x", "at": 1, "language": "en"}).encode(),
    ],
    ids=["list", "empty", "bytes", "deep", "surrogate", "time", "types"],
)
def test_a_sealed_answer_of_another_shape_closes_nothing(house: House, packed: bytes) -> None:
    told = tell(house)
    plant(house, told, "answer", packed)
    assert ONE_PART in page_of(house, told)


def test_a_damaged_draft_hides_no_sound(house: House) -> None:
    told = tell(house)
    change(house, JUNK + "report_id = %(r)s AND kind = 'draft'", told)
    page = page_of(house, told)
    assert "<audio" in page
    assert ONE_PART in page


def test_a_damaged_sound_is_told_and_not_played(house: House) -> None:
    told = tell(house)
    change(house, JUNK + "item_id = %(clip)s", told)
    answer = browser_of(house, "Ben").get(f"/reports/{told.report_id}/clips/{told.clips[0]}")
    assert answer.status_code == 422
    assert "storage" in alarms(house)


def test_a_whole_report_raises_no_alarm(house: House) -> None:
    page = page_of(house, tell(house))
    assert "cannot be opened" not in page
    assert "the list says otherwise" not in page
    assert alarms(house) == {}


def forge(house: House, told: Told) -> None:
    with house.database.read() as connection:
        ben = next(person.person_id for person in people.list_people(connection) if person.alias == "Ben")
    forged = Transcript(told.clips[0], "story", 0, "en", JOKE, ben, house.clock.now())
    plant(house, told, "transcript", forged.packed())


def test_a_forged_transcript_stands_marked_beside_the_sound_and_the_draft(house: House) -> None:
    told = tell(house)
    forge(house, told)
    page = page_of(house, told)
    assert "<audio" in page
    assert "he sells what the computer knows" in page
    assert page.index(FORGED) < page.index(JOKE)
    assert "Confirmed by" not in page
    assert "1 of 1" in page


def test_a_forged_transcript_of_no_clip_is_marked_and_waits_for_nobody(house: House) -> None:
    told = tell(house, Story(clips=()))
    words = Transcript(secrets.token_hex(16), "story", 0, "en", JOKE, "engine", 1)
    plant(house, told, "transcript", words.packed())
    page = page_of(house, told)
    assert page.index(FORGED) < page.index(JOKE)
    assert "0 of 1" in page


def test_a_forged_transcript_takes_no_place_of_confirmed_words(house: House) -> None:
    told = tell(house)
    ben, here, clip = browser_of(house, "Ben"), f"/reports/{told.report_id}", told.clips[0]
    ben.get(f"{here}/clips/{clip}")
    ben.post(f"{here}/transcripts", {"clip": clip, f"text-{clip}": "the right words"}, seen=here)
    assert "transcript-confirmed" in [action for action, _ in audited(house)]
    forge(house, told)
    page = page_of(house, told)
    assert "the right words" in page
    assert "Confirmed by Ben" in page
    assert page.index(FORGED) < page.index(JOKE)


def test_a_draft_that_names_another_clip_than_its_id_is_not_shown(house: House) -> None:
    told = tell(house)
    other = Transcript(told.clips[0], "who", 0, "en", JOKE, "engine", 1)
    plant(house, told, "draft", other.packed(), draft_id("another"))
    page = page_of(house, told)
    assert JOKE not in page
    assert ONE_PART in page


@pytest.mark.parametrize("keyed", ["yes", "unsure"])
def test_what_the_caller_keyed_as_urgent_is_shown_when_the_list_says_otherwise(house: House, keyed: str) -> None:
    told = tell(house, Story(answers=(("urgent", (keyed,)),), urgent="no"))
    page = page_of(house, told)
    assert "Somebody may be in danger" in page
    assert "the list says otherwise" in page
    assert "storage" in alarms(house)


def test_an_impossible_week_or_due_time_closes_no_list(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=2**60, week="2026-Wxx"))
    page = browser_of(house, "Ben").get("/reports").text
    assert told.case_number in page
    assert "Acknowledge now" in page
    assert "2026-Wxx" in page_of(house, told)
