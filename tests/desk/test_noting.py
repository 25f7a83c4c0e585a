"""Notes, the timeline and the alert: sealed with their author, shown as text, and done once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import intake, models
from storage.clips import add_items
from storage.contents import Note
from storage.models import items, jobs, reports
from storage.sealing import seal_item
from tests.desk.staff import Browser, House, Story, Told, audited, browser_of, id_of, tell

WORDS = "He rang again; I told him about Harbour."


def add(person: Browser, told: Told, words: str, **more: str) -> int:
    here = f"/reports/{told.report_id}"
    return person.post(f"{here}/notes", {"note": words, **more}, seen=here).status_code


def notes(house: House, told: Told) -> list[bytes]:
    with house.database.read() as connection:
        of_report = (items.c.report_id == told.report_id, items.c.kind == "note")
        return list(connection.scalars(select(items.c.sealed).where(*of_report)))


def alerts(house: House) -> int:
    with house.database.read() as connection:
        return len(connection.scalars(select(jobs.c.job_id).where(jobs.c.kind == "alert")).all())


def urgency(house: House, told: Told) -> tuple[str, int | None]:
    with house.database.read() as connection:
        found = intake.report(connection, told.report_id)
    return found.urgent, found.urgent_due


def plant(house: House, told: Told, note: Note) -> None:
    sealed = seal_item(note.packed(), report_id=told.report_id, kind="note", audiences=(house.keys.public.desk,))
    with house.database.write() as connection:
        add_items(connection, [sealed])


def test_a_note_is_sealed_with_its_author_and_stands_in_the_timeline_with_its_day(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    assert add(amina, told, WORDS) == 200
    (sealed,) = notes(house, told)
    assert WORDS.encode() not in sealed
    page = " ".join(browser_of(house, "Ben").get(f"/reports/{told.report_id}").text.split())
    timeline = page.partition("timeline-title")[2]
    assert WORDS in timeline
    assert "Amina, 18 November 2026" in timeline
    assert ("note-added", told.report_id) in audited(house)


def test_what_turns_the_direction_of_words_is_left_out_of_a_note(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    add(amina, told, "It was \u202eeimaJ\u202c, not him")
    assert "It was eimaJ, not him" in amina.get(f"/reports/{told.report_id}").text


@pytest.mark.parametrize("words", ["", "  \r\n ", "x" * 20_001])
def test_a_note_that_is_empty_or_too_long_is_told_with_what_was_typed_still_there(house: House, words: str) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here, clip = f"/reports/{told.report_id}", told.clips[0]
    answer = amina.post(f"{here}/notes", {"note": words, f"text-{clip}": "half typed"}, seen=here)
    assert answer.status_code == 422
    assert 'href="#note"' in answer.text
    assert "half typed</textarea>" in answer.text
    assert words.strip() in answer.text
    assert notes(house, told) == []


def test_a_note_of_megabytes_is_refused_at_the_door(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    assert add(amina, told, "x" * 3_000_000) == 413
    assert notes(house, told) == []


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", "</textarea><img src=x>", "\u202e\u2066gnorw", "{{ 7 * 7 }}", "\x00\x07"]
)
def test_whatever_a_note_holds_is_shown_as_text(house: House, attack: str) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    assert add(amina, told, f"begin {attack} end") == 200
    page = amina.get(f"/reports/{told.report_id}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'dir="auto">begin' in page
    assert ">49<" not in page


def test_what_was_typed_to_clips_stays_when_a_note_is_added_and_a_note_when_a_clip_is_confirmed(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here, clip = f"/reports/{told.report_id}", told.clips[0]
    page = amina.post(f"{here}/notes", {"note": WORDS, f"text-{clip}": "half typed"}, seen=here).text
    assert "half typed</textarea>" in page
    amina.get(f"{here}/clips/{clip}")
    form = {"clip": clip, f"text-{clip}": "all typed", "note": "half a note"}
    assert "half a note</textarea>" in amina.post(f"{here}/transcripts", form, seen=here).text


def test_a_note_that_a_writer_of_the_database_made_is_shown_as_nobody_s(house: House) -> None:
    told, ben = tell(house), browser_of(house, "Ben")
    plant(house, told, Note("Amina made it all up", id_of(house, "Amina"), house.clock.now()))
    page = " ".join(ben.get(f"/reports/{told.report_id}").text.split())
    assert page.index("Not written by anybody here: treat as forged.") < page.index("Amina made it all up")
    assert "Amina, 18" not in page


def test_a_genuine_note_under_another_s_name_is_not_believed(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    add(amina, told, WORDS)
    with house.database.write() as connection:
        note = connection.execute(select(items.c.item_id).where(items.c.kind == "note")).scalar_one()
        connection.execute(models.wraps.delete().where(models.wraps.c.item_id == note))
        connection.execute(items.delete().where(items.c.item_id == note))
        forged = Note("other words", id_of(house, "Ben"), 1).packed()
        to = (house.keys.public.desk,)
        add_items(connection, [seal_item(forged, report_id=told.report_id, kind="note", audiences=to, item_id=note)])
    page = " ".join(amina.get(f"/reports/{told.report_id}").text.split())
    assert "treat as forged" in page
    assert "This note cannot be shown" in page


def test_a_note_that_was_taken_out_of_the_database_is_missed(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    add(amina, told, WORDS)
    with house.database.write() as connection:
        connection.execute(items.delete().where(items.c.kind == "note"))
    assert "This note cannot be shown: it is damaged or gone" in amina.get(f"/reports/{told.report_id}").text


def test_notes_go_with_the_report_and_none_is_sealed_into_what_is_destroyed(house: House) -> None:
    told, amina, ben = tell(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    add(amina, told, WORDS)
    here = f"/reports/{told.report_id}"
    ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen=here)
    assert notes(house, told) == []
    page = ben.get(here).text
    assert WORDS not in page
    assert "Destroyed with the report" in page
    answer = ben.post(f"{here}/notes", {"note": "too late"}, seen="/reports")
    assert answer.status_code == 409
    assert "too late" in answer.text
    assert notes(house, told) == []


def test_the_timeline_says_who_did_what_on_which_day(house: House) -> None:
    told = tell(house, Story(claimed="", urgent="yes", urgent_due=house.clock.now() + 60))
    here, amina, ben = f"/reports/{told.report_id}", browser_of(house, "Amina"), browser_of(house, "Ben")
    amina.post(f"{here}/claimed", seen="/reports")
    amina.get(here)
    amina.get(here)
    ben.post(f"{here}/acknowledged", seen=here)
    ben.post(f"{here}/hold/sure", {"reason": "court"}, seen=here)
    timeline = " ".join(ben.get(here).text.partition("timeline-title")[2].split())
    for words in ("Claimed </h3>", "Urgency acknowledged", "Held </h3>"):
        assert words in timeline
    assert timeline.count("Opened for the first time") == 2, "one each, however often"
    assert timeline.index("Held") < timeline.index("Claimed")


# ---- the alert ----------------------------------------------------------------------------------------------------


def test_one_click_alerts_the_supervisors_and_makes_the_report_urgent(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    answer = amina.post(f"{here}/alerted", {"note": "He said he would come tonight."}, seen=here)
    assert answer.status_code == 200
    assert urgency(house, told) == ("yes", house.clock.now() + 15 * 60)
    assert alerts(house) == 1
    assert ("supervisor-alerted", told.report_id) in audited(house)
    assert "He said he would come tonight." in answer.text.partition("timeline-title")[2]
    assert len(notes(house, told)) == 1
    assert told.case_number in browser_of(house, "Ben").get("/reports").text.partition("desk-waiting")[2]


def test_a_second_alert_says_when_the_first_was_and_sends_nothing(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    amina.post(f"{here}/alerted", seen=here)
    before = urgency(house, told)
    house.clock.forward(60)
    answer = amina.post(f"{here}/alerted", {"note": "and why"}, seen=here)
    assert "Alerted already at 1" in answer.text
    assert "nobody acknowledged yet" in answer.text
    assert (alerts(house), urgency(house, told)) == (1, before)
    assert audited(house).count(("supervisor-alerted", told.report_id)) == 1
    assert len(notes(house, told)) == 1, "why can still be said"
    assert "Alert a supervisor" not in amina.get(here).text


def test_an_alert_never_lowers_urgency_nor_puts_off_the_time_that_stands(house: House) -> None:
    due = house.clock.now() + 300
    told, amina = tell(house, Story(urgent="yes", urgent_due=due)), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    amina.post(f"{here}/alerted", seen=here)
    assert urgency(house, told) == ("yes", due)
    assert alerts(house) == 1


def test_after_somebody_acknowledged_an_alert_is_a_new_one_and_their_name_stands_on_report_and_list(
    house: House,
) -> None:
    told, amina, ben = tell(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}"
    amina.post(f"{here}/alerted", seen=here)
    ben.post(f"{here}/acknowledged", seen=here)
    page = amina.get(here).text
    assert "Acknowledged by Ben, who acts on it." in page
    assert "Acknowledged by Ben</span>" in amina.get("/reports").text
    amina.post(f"{here}/alerted", seen=here)
    assert alerts(house) == 2
    assert "Acknowledged by Ben, who acts on it." not in amina.get(here).text


def test_an_alert_keeps_a_report_that_holds_too_little(house: House) -> None:
    told, amina = tell(house, Story(state="arriving", clips=())), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    amina.post(f"{here}/alerted", seen=here)
    with house.database.read() as connection:
        kept = connection.scalar(select(reports.c.substance).where(reports.c.report_id == told.report_id))
    assert kept is True


def test_nothing_is_alerted_about_what_is_no_report(house: House) -> None:
    told, ben = tell(house, Story(state="not_a_report")), browser_of(house, "Ben")
    assert ben.post(f"/reports/{told.report_id}/alerted", seen="/reports").status_code == 409
    assert alerts(house) == 0
    assert "Alert " not in ben.get(f"/reports/{told.report_id}").text
