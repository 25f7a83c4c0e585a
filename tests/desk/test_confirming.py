"""Confirming: a person's words stay, the voice goes for good, and nobody overwrites anybody."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert, select, update

from storage.clips import draft_id
from storage.models import intents, items, reports, wraps
from tests.desk.staff import Browser, House, Story, Told, audited, browser_of, tell

TWO = Story(clips=(("story", "first draft"), ("who", "second draft")))


def confirm(person: Browser, told: Told, clip: str, words: str, **others: str) -> int:
    """Play one clip and press its button."""
    here = f"/reports/{told.report_id}"
    person.get(f"{here}/clips/{clip}")
    form = {"clip": clip, f"text-{clip}": words, **others}
    return person.post(f"{here}/transcripts", form, seen=here).status_code


def kinds(house: House, report_id: str) -> list[str]:
    with house.database.read() as connection:
        return sorted(connection.scalars(select(items.c.kind).where(items.c.report_id == report_id)))


def state(house: House, report_id: str) -> str:
    with house.database.read() as connection:
        return str(connection.scalar(select(reports.c.state).where(reports.c.report_id == report_id)))


def test_confirming_keeps_the_words_and_destroys_sound_draft_and_their_keys(house: House) -> None:
    told = tell(house)
    clip = told.clips[0]
    amina = browser_of(house, "Amina")
    assert confirm(amina, told, clip, "He sells what the computer knows.") == 200
    assert kinds(house, told.report_id) == ["answer", "answer", "received", "transcript"]
    with house.database.read() as connection:
        left = connection.scalars(select(wraps.c.item_id).where(wraps.c.item_id.in_([clip, draft_id(clip)]))).all()
    assert left == []
    page = amina.get(f"/reports/{told.report_id}").text
    assert "He sells what the computer knows." in page
    assert "Confirmed by Amina" in page


def test_the_destroyed_sound_has_a_receipt_in_the_audit(house: House) -> None:
    told = tell(house)
    confirm(browser_of(house, "Amina"), told, told.clips[0], "words")
    assert ("sound-destroyed", told.clips[0]) in audited(house)
    assert ("report-confirmed", told.report_id) in audited(house)


def test_no_byte_of_the_sealed_sound_is_left_in_the_files(house: House) -> None:
    told = tell(house)
    with house.database.read() as connection:
        sealed = connection.scalar(select(items.c.sealed).where(items.c.item_id == told.clips[0]))
    assert sealed is not None
    confirm(browser_of(house, "Amina"), told, told.clips[0], "words")
    if house.database.is_sqlite:
        database = Path(str(house.database.url.database))
        for file in database.parent.glob(f"{database.name}*"):
            assert sealed[100:140] not in file.read_bytes(), file.name
    assert browser_of(house, "Ben").get(f"/reports/{told.report_id}/clips/{told.clips[0]}").status_code == 404


def test_a_report_is_confirmed_with_its_last_clip(house: House) -> None:
    told = tell(house, TWO)
    amina = browser_of(house, "Amina")
    confirm(amina, told, told.clips[0], "one")
    assert state(house, told.report_id) == "read"
    confirm(amina, told, told.clips[1], "two")
    assert state(house, told.report_id) == "confirmed"


def test_a_report_by_keys_is_confirmed_by_its_button(house: House) -> None:
    told = tell(house, Story(clips=(), channel="keys"))
    amina, here = browser_of(house, "Amina"), f"/reports/{told.report_id}"
    assert amina.post(f"{here}/confirmed", seen=here).status_code == 200
    assert state(house, told.report_id) == "confirmed"


def test_a_report_with_a_waiting_clip_is_not_confirmed_by_the_button(house: House) -> None:
    told = tell(house)
    amina, here = browser_of(house, "Amina"), f"/reports/{told.report_id}"
    assert amina.post(f"{here}/confirmed", seen=here).status_code == 409
    assert state(house, told.report_id) == "read"


def test_what_was_typed_to_other_clips_is_still_there_after_confirming_one(house: House) -> None:
    told = tell(house, TWO)
    amina, here = browser_of(house, "Amina"), f"/reports/{told.report_id}"
    first, second = told.clips
    amina.get(f"{here}/clips/{first}")
    form = {"clip": first, f"text-{first}": "one", f"text-{second}": "half typed"}
    assert "half typed</textarea>" in amina.post(f"{here}/transcripts", form, seen=here).text


def test_empty_words_are_refused_with_field_and_reason(house: House) -> None:
    told = tell(house)
    amina, here, clip = browser_of(house, "Amina"), f"/reports/{told.report_id}", told.clips[0]
    answer = amina.post(f"{here}/transcripts", {"clip": clip, f"text-{clip}": "  \r\n "}, seen=here)
    assert answer.status_code == 422
    assert f'href="#text-{clip}"' in answer.text
    assert answer.text.count("Write down what is said in this clip.") == 2
    assert "sound" in kinds(house, told.report_id)


def test_the_second_of_two_people_sees_both_versions_and_overwrites_nothing(house: House) -> None:
    told = tell(house)
    amina, ben, here, clip = (
        browser_of(house, "Amina"),
        browser_of(house, "Ben"),
        f"/reports/{told.report_id}",
        told.clips[0],
    )
    confirm(amina, told, clip, "what Amina heard")
    answer = ben.post(f"{here}/transcripts", {"clip": clip, f"text-{clip}": "what Ben heard"}, seen=here)
    assert answer.status_code == 409
    assert "Are you sure?" not in answer.text
    assert "Somebody else confirmed this clip while you were writing" in answer.text
    assert "what Amina heard" in answer.text
    assert "what Ben heard" in answer.text
    assert kinds(house, told.report_id).count("transcript") == 1


def test_a_clip_that_the_worker_still_compares_is_not_destroyed(house: House) -> None:
    told = tell(house)
    row = {"intent_id": "a" * 32, "call_key": "b" * 32, "report_id": told.report_id, "question": "story", "place": 0}
    more = {
        "language": "en",
        "state": "sealed",
        "item_id": told.clips[0],
        "asked_at": 1,
        "lease_until": 0,
        "attempts": 0,
    }
    with house.database.write() as connection:
        connection.execute(insert(intents), row | more)
    amina = browser_of(house, "Amina")
    assert confirm(amina, told, told.clips[0], "words") == 409
    assert "sound" in kinds(house, told.report_id)
    with house.database.write() as connection:
        connection.execute(update(intents).values(state="kept"))
    assert confirm(amina, told, told.clips[0], "words") == 200


def test_a_clip_of_another_report_is_not_there(house: House) -> None:
    one, other = tell(house), tell(house)
    assert confirm(browser_of(house, "Ben"), one, other.clips[0], "words") == 404
    assert "sound" in kinds(house, other.report_id)
