"""Before a voice goes for good: whoever did not listen, or changed nothing, is asked once more."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from handlers.desk.doubts import CLOSED, UNCHANGED, UNCHANGED_AND_SILENT, UNPLAYED, Doubt, doubts_about
from handlers.desk.record import Clip
from storage.clips import forget_items
from storage.models import items
from tests.desk.staff import Browser, House, Story, Told, audited, browser_of, tell

DRAFT = "he sells what the computer knows"
CLIP = Clip("c" * 32, "story", 0, "en", True, DRAFT, None, 1)
SILENT = replace(CLIP, has_sound=False)


def press(person: Browser, told: Told, words: str, **more: str) -> str:
    here, clip = f"/reports/{told.report_id}", told.clips[0]
    answer = person.post(f"{here}/transcripts", {"clip": clip, f"text-{clip}": words, **more}, seen=here)
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.text).split())


def play(person: Browser, told: Told) -> None:
    assert person.get(f"/reports/{told.report_id}/clips/{told.clips[0]}").status_code == 200


def sure(page: str) -> dict[str, str]:
    """Return what the page's own form sends when its button is pressed again."""
    return dict(re.findall(r'name="(sure-[0-9a-f]{32})" value="([^"]*)"', page))


def has_sound(house: House, told: Told) -> bool:
    with house.database.read() as connection:
        return connection.scalar(select(items.c.item_id).where(items.c.item_id == told.clips[0])) is not None


def lose_sound(house: House, told: Told) -> None:
    with house.database.write() as connection:
        forget_items(connection, told.clips[:1])


@pytest.mark.parametrize(
    ("clip", "words", "played", "opens", "asked"),
    [
        (CLIP, "corrected", True, True, ()),
        (CLIP, "corrected", False, True, (UNPLAYED,)),
        (CLIP, f"  {DRAFT}\r\n", True, True, (UNCHANGED,)),
        (CLIP, DRAFT, False, True, (UNPLAYED, UNCHANGED)),
        (CLIP, "corrected", True, False, (CLOSED,)),
        (SILENT, "corrected", False, False, ()),
        (SILENT, DRAFT, False, False, (UNCHANGED_AND_SILENT,)),
        (replace(CLIP, draft=""), "written by hand", True, True, ()),
    ],
)
def test_what_is_asked(clip: Clip, words: str, played: bool, opens: bool, asked: tuple[Doubt, ...]) -> None:
    assert doubts_about(clip, words, played=played, opens=opens) == asked


def test_a_clip_that_was_not_played_is_confirmed_only_when_asked_again(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    page = press(amina, told, "Typed without listening.")
    assert UNPLAYED.words in page
    assert "Typed without listening.</textarea>" in page
    assert has_sound(house, told)
    assert "is confirmed and its sound destroyed" in press(amina, told, "Typed without listening.", **sure(page))
    assert not has_sound(house, told)


def test_playing_it_after_the_question_is_an_answer_too(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    press(amina, told, "corrected")
    play(amina, told)
    assert "is confirmed" in press(amina, told, "corrected")


def test_the_machines_words_unchanged_are_asked_about_though_the_clip_was_played(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    play(amina, told)
    page = press(amina, told, DRAFT)
    assert UNCHANGED.words in page
    assert UNPLAYED.words not in page
    assert "is confirmed" in press(amina, told, DRAFT, **sure(page))


def test_an_answer_counts_for_what_was_asked_and_no_more(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    page = press(amina, told, "corrected")
    again = press(amina, told, DRAFT, **sure(page))
    assert UNCHANGED.words in again
    assert has_sound(house, told)
    assert "is confirmed" in press(amina, told, DRAFT, **sure(again))


def test_an_answer_for_one_clip_confirms_no_other(house: House) -> None:
    told, amina = tell(house, Story(clips=(("story", "one"), ("who", "two")))), browser_of(house, "Amina")
    page = press(amina, told, "first")
    here, other = f"/reports/{told.report_id}", told.clips[1]
    form = {"clip": other, f"text-{other}": "second", f"text-{told.clips[0]}": "first", **sure(page)}
    assert "Are you sure?" in amina.post(f"{here}/transcripts", form, seen=here).text


def test_what_a_colleague_played_or_what_was_played_before_signing_in_does_not_count(house: House) -> None:
    told, ben, amina = tell(house), browser_of(house, "Ben"), browser_of(house, "Amina")
    play(ben, told)
    play(amina, told)
    amina.post("/sign-out", seen="/reports")
    amina.sign_in("Amina")
    assert UNPLAYED.words in press(amina, told, "corrected")


def test_a_clip_without_sound_is_not_called_destroyed(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    lose_sound(house, told)
    page = amina.get(f"/reports/{told.report_id}").text
    assert "Confirming destroys the draft for good." in page
    asked = press(amina, told, DRAFT)
    assert UNCHANGED_AND_SILENT.words in asked
    assert "play the clip" not in asked
    assert "Its sound was gone before." in press(amina, told, DRAFT, **sure(asked))
    assert "sound-destroyed" not in [action for action, _ in audited(house)]


def test_a_sound_that_does_not_open_now_is_not_destroyed_unasked(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    with house.database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM wraps WHERE item_id = '{told.clips[0]}'")
    assert amina.get(f"/reports/{told.report_id}/clips/{told.clips[0]}").status_code == 422
    assert CLOSED.words in press(amina, told, "corrected")
    assert has_sound(house, told)
