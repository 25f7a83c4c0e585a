"""A report on the page: audited before it opens, in the order of the questions, in words."""

from __future__ import annotations

from storage.clips import add_items, draft_id
from storage.contents import Transcript
from storage.sealing import seal_item
from tests.desk.staff import House, Story, audited, beep, browser_of, tell

STORY = Story(
    answers=(("urgent", ("yes",)), ("allegation", ("partner", "hate")), ("role", ("officer",)), ("where", ())),
    clips=(("story", "first words"), ("who", "a sergeant"), ("story", "second words")),
)


def test_opening_is_written_down_before_anything_is_opened(house: House) -> None:
    told = tell(house)
    with house.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE items SET sealed = wraps.wrapped FROM wraps WHERE wraps.item_id = items.item_id"
        )
    assert "cannot be opened" in browser_of(house, "Amina").get(f"/reports/{told.report_id}").text
    assert audited(house)[-1] == ("report-opened", told.report_id)


def test_a_new_report_is_read_once_somebody_opened_it(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    assert ">New</span>" in amina.get("/reports").text
    amina.get(f"/reports/{told.report_id}")
    page = amina.get("/reports").text
    assert ">New</span>" not in page
    assert ">Read</span>" in page


def test_answers_stand_in_the_order_of_the_questions_and_in_words(house: House) -> None:
    told = tell(house, STORY)
    page = browser_of(house, "Amina").get(f"/reports/{told.report_id}").text
    in_order = ["Abusing a partner or family member", "a sergeant", "Police officer", "first words", "second words"]
    places = [page.index(words) for words in in_order]
    assert places == sorted(places)
    assert "Racism or other prejudice" in page
    assert "Where it happened" in page.partition("Skipped:")[2]


def test_the_hour_of_receipt_stands_on_the_report_and_the_list_knows_the_week_only(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    assert ", between " in amina.get(f"/reports/{told.report_id}").text
    listing = amina.get("/reports").text
    assert "Week " in listing
    assert ", between " not in listing


def test_what_never_leaves_is_marked(house: House) -> None:
    told = tell(house, Story(answers=(("crowd", ("a_few",)),)))
    assert "this never leaves the desk" in browser_of(house, "Ben").get(f"/reports/{told.report_id}").text


def test_a_script_in_a_draft_and_a_transcript_is_only_text(house: House) -> None:
    attack = "</textarea><script>alert(1)</script><img src=x onerror=alert(2)>"
    told = tell(house, Story(clips=(("story", attack), ("who", attack)), answers=(("role", (attack,)),)))
    amina = browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    amina.get(f"{here}/clips/{told.clips[0]}")
    form = {"clip": told.clips[0], f"text-{told.clips[0]}": f"heard: {attack}"}
    page = amina.post(f"{here}/transcripts", form, seen=here).text + amina.get(here).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_clip_is_played_to_those_who_may_and_each_time_is_written_down(house: House) -> None:
    told = tell(house)
    amina = browser_of(house, "Amina")
    answer = amina.get(f"/reports/{told.report_id}/clips/{told.clips[0]}")
    assert answer.data == beep()
    assert answer.mimetype == "audio/wav"
    assert answer.headers["Cache-Control"] == "no-store"
    assert audited(house)[-1] == ("clip-played", told.clips[0])


def test_a_part_of_a_clip_can_be_asked_for(house: House) -> None:
    told = tell(house)
    answer = browser_of(house, "Amina").get(
        f"/reports/{told.report_id}/clips/{told.clips[0]}", headers={"Range": "bytes=4-11"}
    )
    assert answer.status_code == 206
    assert answer.data == beep()[4:12]


def test_a_clip_does_not_open_under_another_report_s_address(house: House) -> None:
    one, other = tell(house), tell(house)
    answer = browser_of(house, "Ben").get(f"/reports/{one.report_id}/clips/{other.clips[0]}")
    assert answer.status_code == 404


def test_a_clip_without_a_draft_stands_at_its_question(house: House) -> None:
    told = tell(house, Story(clips=(("where", ""),)))
    page = browser_of(house, "Ben").get(f"/reports/{told.report_id}").text
    assert page.index("Where it happened") < page.index(f"text-{told.clips[0]}")
    assert "No draft" in page


def test_a_supervisor_acknowledges_and_the_due_time_goes(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() - 60))
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    assert "Overdue since" in ben.get("/reports").text
    assert ">Acknowledged" not in ben.get("/reports").text + ben.get(here).text
    assert ben.post(f"{here}/acknowledged", seen=here).status_code == 303
    assert "Overdue" not in ben.get("/reports").text + ben.get(here).text
    assert all(">Acknowledged by Ben<" in page for page in (ben.get("/reports").text, ben.get(here).text))
    assert ("urgent-acknowledged", told.report_id) in audited(house)


def test_a_handler_is_told_to_call_a_supervisor(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 60))
    page = browser_of(house, "Amina").get(f"/reports/{told.report_id}").text
    assert "Tell the supervisor on duty now" in page
    assert "/acknowledged" not in page


def test_a_draft_whose_sound_expired_can_still_be_confirmed(house: House) -> None:
    told = tell(house)
    with house.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM items WHERE kind = 'sound'")
    page = browser_of(house, "Ben").get(f"/reports/{told.report_id}").text
    assert "Its sound is gone" in page
    assert f"text-{told.clips[0]}" in page


def test_a_draft_that_came_after_the_confirmed_words_is_not_shown(house: House) -> None:
    told = tell(house)
    amina, here = browser_of(house, "Amina"), f"/reports/{told.report_id}"
    clip = told.clips[0]
    amina.get(f"{here}/clips/{clip}")
    amina.post(f"{here}/transcripts", {"clip": clip, f"text-{clip}": "the right words"}, seen=here)
    late = Transcript(clip, "story", 0, "en", "late machine words", "engine", house.clock.now())
    to = (house.keys.public.desk,)
    item = seal_item(late.packed(), report_id=told.report_id, kind="draft", audiences=to, item_id=draft_id(clip))
    with house.database.write() as connection:
        add_items(connection, [item])
    page = amina.get(here).text
    assert "the right words" in page
    assert "late machine words" not in page
