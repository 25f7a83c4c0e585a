"""The page for sanitising: what is shown side by side, what each deed changes, and whose work is never lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import render_template
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from handlers.desk.cleaning import CHOICES
from handlers.desk.cleaning_form import work_of
from handlers.sanitising.edits import EditMistake, applied, pieces
from handlers.sanitising.hints import Told as Answers
from handlers.sanitising.marks import marks_of
from handlers.sanitising.rules import own_rules
from handlers.sanitising.side_by_side import rows_of
from storage import models
from storage.audit import page as audit_page
from storage.clock import TurnedClock
from storage.contents import Changed, Clean
from storage.database import Database
from storage.jobs import standing_alarms
from tests.desk.beside import add_subject
from tests.desk.cleaning import (
    STORY,
    TOLD,
    Bench,
    add_clip,
    bench_for,
    clean_of,
    hear_anew,
    house_with_teams,
    raw_of,
    to_review,
)
from tests.desk.staff import Hired, House, Keys, audited, browser_of, tell
from tests.desk.test_whole_dump import dumped

ARABIC = "زوجي <b>ضابط</b> & يبيع"


@pytest.fixture
def teams(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with house_with_teams(keys, hired, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def bench(teams: House) -> Bench:
    return bench_for(teams, to_review(teams))


def test_the_clean_text_starts_from_the_raw_and_the_callers_own_answers_stand_apart(bench: Bench) -> None:
    assert "What happened\n" + STORY in bench.raw
    assert bench.clean == bench.raw
    assert "that we are married" not in bench.raw
    never = bench.page.partition('id="never-title"')[2].partition("</section>")[0]
    assert "that we are married" in never
    assert "one or two people" in never
    assert "Saw or heard" not in bench.raw


def test_every_deed_shows_as_an_edit_with_its_reason(bench: Bench) -> None:
    bench.do("replace", "My husband,", put="The person,", reason="relation")
    bench.do("cut", "the sergeant,", reason="rare")
    bench.do("add", "data", add="to others")
    bench.send(blur="in March 2026", **place(bench, "on 3 March 2026"), reason="time")
    bench.open()
    bench.do("keep", "21:40", keep="evidence")
    assert "The person, sells data to others. He did it in March 2026 at 21:40." in bench.clean
    for shown in ("<del>My husband,</del><ins>The person,</ins>", "<del>the sergeant, </del>", "<ins> to others</ins>"):
        assert shown in bench.page
    for reason in ("How the caller is tied to somebody", "A detail that few people share", "Words of the supervisor"):
        assert f"Reason: {reason}" in bench.page
    saved = bench.saved()
    assert sorted(one.reason for one in saved.edits) == ["added", "rare", "relation", "time"]
    assert [one.reason for one in saved.kept] == ["evidence"]
    assert applied(saved.raw, work_of(saved).edits) == bench.clean


def test_marks_say_why_and_what_is_usually_done_and_nothing_is_applied_by_itself(bench: Bench) -> None:
    decide = bench.page.partition('id="decide"')[2].partition("</section>")[0]
    assert "<mark data-words>My husband</mark>" in decide
    assert "<strong>Usually:</strong>" in decide
    assert 'data-state="waits"' in bench.page
    assert 'data-state="changed"' not in bench.page
    assert "Nothing was changed yet" in bench.page
    bench.do("cut", "My husband")
    assert 'data-state="changed"' in bench.page


def test_who_decided_one_mark_is_led_to_the_next_that_waits(bench: Bench) -> None:
    first = int(bench.page.partition('name="number" value="')[2].partition('"')[0])
    answer = bench.send(deed="cut")
    mark = answer.headers["Location"].partition("mark=")[2].partition("#")[0]
    assert int(mark) > first
    bench.open(int(mark))
    assert "<mark data-words>My husband</mark>" not in bench.page


def test_the_jigsaw_score_falls_with_each_edit_and_says_what_it_is_the_sum_of(bench: Bench) -> None:
    before = bench.score
    assert "What it is the sum of" in bench.page
    bench.do("replace", "My husband, the sergeant,", put="An officer")
    between = bench.score
    bench.do("replace", "on 3 March 2026 at 21:40", put="in spring", reason="time")
    assert before > between > bench.score


MISTAKES: tuple[tuple[dict[str, str], str], ...] = (
    ({"deed": "replace", "put": ""}, "Write what is put in its place"),
    ({"deed": "keep", "keep": ""}, "Choose why it stays"),
    ({"deed": "add", "add": " "}, "Write the words to add"),
    ({"deed": "replace", "put": "x" * 2001}, "Shorten it to 2,000"),
    ({"deed": "replace", "put": "My husband"}, "These words stand there already"),
    ({"deed": "replace", "put": "a\u200bb"}, "cannot be seen"),
    ({"deed": "cut", "start": "7", "end": "999999"}, "not in the text"),
    ({"deed": "cut", "start": "0", "end": "0"}, "Choose a mark"),
    ({"deed": "find", "first": "wife"}, "not in the raw text"),
    ({"deed": "save", "when": "x" * 301}, "Shorten it to 300"),
    ({"deed": "save", "team": "mounted"}, "This team may not be given the report"),
)


def test_a_mistake_is_told_with_everything_typed_still_there_and_changes_nothing(bench: Bench) -> None:
    bench.chosen = {"where": "in the north", "categories": ["drugs"]}
    first = bench.page
    for fields, words in MISTAKES:
        bench.page = first
        answer = bench.send(**fields)
        assert (fields, answer.status_code) == (fields, 422)
        assert words in html.unescape(answer.text)
        assert 'value="in the north"' in answer.text
        assert "Nothing was changed yet" in answer.text
    bench.open()
    assert 'value="in the north"' not in bench.page


def test_edits_that_cross_are_refused(bench: Bench) -> None:
    bench.do("cut", "My husband, the")
    answer = bench.do("replace", "the sergeant", put="he")
    assert answer.status_code == 422
    assert "changed already" in answer.text
    assert 'value="he"' in answer.text
    assert len(bench.saved().edits) == 1


def test_what_no_page_of_ours_sends_is_refused(bench: Bench) -> None:
    for fields in (
        {"deed": "burn"},
        {"reason": "a whim"},
        {"categories": "treason"},
        {"subjects": "../x"},
        {"team": "A B"},
        {"save": "x"},
        {"was": "y"},
        {"start": "-1"},
        {"remove": "here"},
        {"source": "9"},
    ):
        first = bench.page
        assert (fields, bench.send(**fields).status_code) == (fields, 400)
        bench.page = first


def test_a_place_is_found_by_its_words_without_a_script(bench: Bench) -> None:
    answer = bench.send(deed="find", first="HE DID", last="march")
    assert answer.status_code == 200
    assert "<mark data-words>He did it on 3 March</mark>" in answer.text
    bench.send(deed="cut", reason="rare")
    bench.open()
    assert "He did it on 3 March" not in bench.clean


def test_the_key_enter_means_the_words_that_were_typed_and_else_saves(bench: Bench) -> None:
    assert bench.send(deed="enter", where="in the north").status_code == 303
    assert (bench.saved().edits, bench.saved().where) == ((), "in the north")
    bench.open()
    bench.send(deed="enter", put="The person")
    assert [one.put for one in bench.saved().edits] == ["The person"]


def test_of_several_places_one_is_chosen(bench: Bench) -> None:
    answer = bench.send(deed="find", first="h")
    assert "Which one?" in answer.text
    second = answer.text.partition('name="at" value="')[2].partition('name="at" value="')[2].partition('"')[0]
    answer = bench.send(at=second)
    assert f'name="start" value="{second.partition("-")[0]}"' in answer.text


def test_an_edit_is_taken_back_by_itself_or_as_the_last(bench: Bench) -> None:
    raw = bench.raw
    bench.do("cut", "My husband,")
    bench.do("cut", "21:40")
    edit = bench.saved().edits[0]
    bench.send(remove=f"{edit.start}-{edit.end}")
    bench.open()
    assert "My husband," in bench.clean
    bench.do("undo")
    assert bench.clean == raw
    assert bench.saved().edits == ()


def test_what_is_sent_twice_is_done_once(bench: Bench) -> None:
    bench.do("cut", "My husband,")
    bench.do("cut", "21:40")
    page = bench.page
    assert bench.send(deed="undo").status_code == 303
    bench.page = page
    assert bench.send(deed="undo").status_code == 303
    assert len(bench.saved().edits) == 1


def test_two_windows_overwrite_nothing_and_both_versions_are_shown(bench: Bench) -> None:
    other = Bench(bench.browser, bench.told)
    other.open()
    bench.chosen = {"where": "in the north", "categories": ["drugs"]}
    bench.do("cut", "My husband,")
    other.chosen = {"where": "in the south", "categories": ["theft"]}
    answer = other.do("replace", "21:40", put="at night")
    assert answer.status_code == 409
    assert "Another version was saved meanwhile" in answer.text
    assert 'value="in the south"' in answer.text
    theirs = html.unescape(" ".join(answer.text.split("The other version says here:")[1:]))
    assert "in the north" in theirs
    assert "Controlled drugs" in theirs
    assert 'value="at night"' in answer.text
    assert bench.saved().where == "in the north"
    assert other.send(deed="save").status_code == 303
    both = bench.saved()
    assert both.where == "in the south"
    assert [one.put for one in both.edits] == [""]


def test_a_text_that_changed_before_the_first_save_changes_no_place_unseen(bench: Bench) -> None:
    add_clip(bench.browser.house, bench.told, "an earlier word", "when_detail")
    answer = bench.do("cut", "My husband,")
    assert answer.status_code == 409
    assert "changed since this page was shown" in answer.text


def test_only_the_reviewer_edits_and_a_colleague_reads(teams: House) -> None:
    told = to_review(teams, reviewer="Amina")
    bench = bench_for(teams, told)
    assert "Amina has it for review" in bench.page
    assert STORY in bench.raw
    assert 'value="cut"' not in bench.page
    named = {"was": "", "save": "a" * 32, "raw": "", "start": "0", "end": "2", "deed": "cut", "number": "0"}
    answer = bench.browser.post(f"{bench.path}/saved", named, seen=f"/reports/{told.report_id}")
    assert answer.status_code in (403, 409)
    with teams.database.read() as connection:
        assert connection.scalar(select(models.reviews.c.item_id)) == ""


def test_who_loses_the_review_meanwhile_saves_nothing_and_loses_nothing(bench: Bench) -> None:
    with bench.browser.house.database.write() as connection:
        connection.execute(update(models.reviews).values(reviewer="0" * 32))
    bench.chosen = {"where": "in the north"}
    answer = bench.send(deed="save")
    assert answer.status_code == 403
    assert 'value="in the north"' in answer.text
    assert "not with you for review any more" in answer.text


def test_a_report_that_does_not_wait_for_review_has_no_bench(teams: House) -> None:
    told = tell(teams, TOLD)
    ben = browser_of(teams, "Ben")
    answer = ben.get(f"/reports/{told.report_id}/clean")
    assert answer.status_code == 303
    assert "Confirm it first" in ben.get(answer.headers["Location"]).text


def test_what_comes_in_later_is_shown_and_taken_in_with_every_edit_in_its_place(bench: Bench) -> None:
    bench.do("replace", "My husband,", put="The person,")
    add_clip(bench.browser.house, bench.told, "He did it again on Friday.")
    bench.open()
    assert "Something came in since this draft was begun" in bench.page
    assert "All your edits stay where they are" in bench.page
    assert "again on Friday" not in bench.clean
    bench.do("take-in")
    assert "The person, the sergeant, sells" in bench.clean
    assert bench.clean.endswith("He did it again on Friday.")
    assert "Something came in" not in bench.page


def test_an_edit_in_a_line_that_changed_is_told_before_it_is_lost(bench: Bench) -> None:
    bench.do("replace", "My husband,", put="The person,")
    hear_anew(bench.browser.house, bench.told, STORY.replace("data", "dates"))
    bench.open()
    assert "1 edit of yours is in lines that changed, and must be made again" in bench.page
    assert "<q>The person,</q>" in bench.page
    bench.do("take-in")
    assert bench.saved().edits == ()
    assert "sells dates" in bench.clean


def test_the_audit_names_who_saw_and_who_edited_with_codes_and_numbers_alone(bench: Bench) -> None:
    bench.do("replace", "My husband,", put="The person,")
    house = bench.browser.house
    deeds = [action for action, subject in audited(house) if subject == bench.told.report_id]
    assert deeds.count("draft-opened") == 2
    with house.database.read() as connection:
        entries = audit_page(connection, below=None, size=50).entries
    saved = next(one for one in entries if one.action == "draft-saved")
    assert saved.detail.endswith(f"report {bench.told.report_id} relation:1")
    assert not any("husband" in str(vars(one)) or "person," in str(vars(one)) for one in entries)


def test_no_word_of_a_report_is_ever_in_an_address(bench: Bench) -> None:
    answers = [
        bench.do("replace", "My husband,", put="The person,"),
        bench.send(deed="find", first="sells"),
        bench.send(blur="in March 2026", **place(bench, "on 3 March 2026")),
    ]
    words = ("husband", "person", "sells", "March")
    addresses = [answer.headers.get("Location", "") for answer in answers]
    links = [part.partition('"')[0] for part in bench.page.split('href="')[1:]]
    assert not [one for one in addresses + links if any(word in one for word in words)]


def test_no_word_of_either_text_stands_outside_a_seal(bench: Bench) -> None:
    bench.chosen = {"where": "in the north", "conditions": "Ask first."}
    bench.do("replace", "My husband,", put="The person,")
    rows = [row for table in dumped(bench.browser.house).values() for row in table]
    stored = " ".join(str(value) for row in rows for value in row.values())
    for words in ("husband", "The person", "sells data", "in the north", "Ask first"):
        assert words not in stored


def test_choices_are_kept_and_what_is_missing_leads_to_its_place(bench: Bench) -> None:
    ben, told = bench.browser, bench.told
    add_subject(ben, told, name="Tom Wren", rank="Sergeant", unit="PSD")
    bench.open()
    assert 'href="#categories">Choose at least one category' in bench.page
    assert 'href="#team">Choose the team' in bench.page
    refused = bench.page.partition("Not offered")[2]
    assert "The report is about this unit" in refused
    assert 'value="standards"' not in bench.page
    item = bench.page.partition('name="subjects"')[2].partition('value="')[2].partition('"')[0]
    bench.chosen = {"categories": ["systems", "drugs"], "source": "2", "information": "D", "handling": "P"}
    bench.chosen |= {"subjects": item, "team": "south-ps", "when": " in  spring ", "where": "in the north"}
    assert bench.send(deed="save").status_code == 303
    bench.open()
    assert "Read the text once more" in bench.page
    assert "<li><a" not in bench.page.partition('id="lacks-title"')[2].partition("</section>")[0]
    fields = [tag for tag in re.findall(r"<(?:input|select|option|textarea)[^>]*>", bench.page) if " checked" in tag]
    assert sorted(re.findall(r'value="([^"]*)"', "".join(fields))) == sorted(
        ["systems", "drugs", "2", "D", "P", item, "south-ps"]
    )
    saved = bench.saved()
    assert (saved.when, saved.where, saved.subjects, saved.team) == ("in spring", "in the north", (item,), "south-ps")
    assert bench.send(deed="save", team="standards").status_code == 422
    assert bench.send(deed="propose").headers["Location"].endswith(f"/reports/{told.report_id}/propose")


def test_a_letter_is_suggested_and_none_is_chosen(bench: Bench) -> None:
    assert "Suggested: D." in bench.page
    assert "few could know it" in bench.page
    grade = bench.page.partition('id="grade"')[2].partition("</section>")[0]
    assert " checked" not in grade.replace("be checked", "")


def test_the_page_saves_by_itself_and_is_told_what_is_missing(bench: Bench) -> None:
    bench.chosen = {"categories": ["drugs"], "source": "2", "handling": "P", "team": "south-ps"}
    answer = bench.send(by="save")
    assert answer.json == {"missing": [["information", "Choose a grade for the information"]]}
    stale = bench.send(by="save")
    assert stale.status_code == 200  # the same save once more
    other = Bench(bench.browser, bench.told)
    other.open()
    other.send(by="save", where="elsewhere")
    assert bench.send(by="save", save="f" * 32).status_code == 409
    assert other.send(by="save", when="x" * 400, save="e" * 32, was=bench.saved().save).json == {
        "mistakes": {"when": "Shorten it to 300 letters or fewer"}
    }
    with bench.browser.house.database.write() as connection:
        connection.execute(update(models.reviews).values(reviewer="0" * 32))
    assert bench.send(by="save").status_code == 403


def test_a_deed_by_script_answers_with_the_page_as_it_is_then(bench: Bench) -> None:
    answer = bench.send(by="page", deed="cut", **place(bench, "My husband,"))
    assert answer.status_code == 200
    assert "<del>My husband, </del>" in answer.text
    assert "the sergeant, sells" in bench.clean


def test_text_is_shown_as_text_whatever_it_says_and_however_long_it_is(teams: House) -> None:
    long = "He sells what the computer knows. " * 32_000  # more than a megabyte
    story = replace(
        TOLD, clips=(("story", f"{ARABIC} <script>alert(1)</script>"), ("when_detail", long)), language="ar"
    )
    bench = bench_for(teams, to_review(teams, story))
    assert ARABIC in bench.raw
    assert "<b>" not in bench.page
    assert "<script>alert" not in bench.page
    assert bench.raw.endswith(long.strip())
    assert bench.clean == bench.raw
    assert 'lang="ar" dir="auto"' in bench.page
    assert "The rules know English alone" in bench.page
    assert "Only the first 40,000 letters" in bench.page
    bench.do("cut", ARABIC)
    assert ARABIC not in bench.clean
    assert "The text is longer than 40,000 letters" in bench.page


def test_a_draft_that_nobody_saved_is_not_shown_and_raises_an_alarm(bench: Bench) -> None:
    bench.do("cut", "My husband,")
    house = bench.browser.house
    with house.database.write() as connection:
        connection.execute(update(models.reviews).values(item_id="0" * 32))
    answer = bench.open()
    assert answer.status_code == 422
    assert "sergeant" not in answer.text
    with house.database.read() as connection:
        assert "alarm:storage" in standing_alarms(connection) or "storage" in standing_alarms(connection)


TEXT = st.text(alphabet="ab \n.<&\u05d0'\"", max_size=50)


def test_what_is_shown_side_by_side_is_exactly_what_the_edits_say(teams: House) -> None:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(TEXT, st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), TEXT), max_size=4))
    def shown(text: str, edits: list[tuple[int, int, str]]) -> None:
        raw = f"My husband told me.\n\n{text}"
        made = tuple(Changed(min(a, b), max(a, b), put, "clarity") for a, b, put in edits)
        work = work_of(Clean(raw, edits=made))
        try:
            both = pieces(raw, work.edits)
        except EditMistake:
            return
        rows = rows_of(work, marks_of(work, Answers(), own_rules()))
        page = SimpleNamespace(rows=rows)
        outside = SimpleNamespace(report_id="1" * 32, language="en")
        texts = render_template("_cleaning_texts.html", bench=page, report=outside, **CHOICES)
        assert raw_of(texts) == "".join(one.raw for one in both) == raw
        assert clean_of(texts) == "".join(one.clean for one in both)

    with teams.app.test_request_context(base_url=teams.settings.desk_base):
        shown()


def place(bench: Bench, words: str) -> dict[str, Any]:
    start = bench.raw.index(words)
    return {"start": start, "end": start + len(words)}
