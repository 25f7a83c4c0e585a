"""Ids in words: every question and answer of the questionnaire has some that a person would say."""

from __future__ import annotations

from datetime import UTC

import pytest

from handlers.desk import words
from ivr.worker.rounds import RoundJob, RowJob
from ivr.worker.timetable import LANES
from prompts.line import read_line
from prompts.questionnaire import CLIP, read_questionnaire
from tests.desk.staff import LINE_FILE
from tests.test_docs import alarms_in_the_code


def test_every_question_has_a_short_heading() -> None:
    missing = [one.id for one in read_questionnaire().questions if one.id not in words.QUESTIONS]
    assert missing == [], "add a short heading for each to QUESTIONS in handlers/desk/words.py"


def test_every_allegation_is_said_as_the_line_publishes_it() -> None:
    categories = words.categories_of(read_line(LINE_FILE))
    for question in read_questionnaire().questions:
        if question.id == "allegation":
            values = tuple(question.choices.values())
            assert words.answer_words("allegation", values, categories) == tuple(categories[value] for value in values)


def test_a_clip_s_own_mark_and_digits() -> None:
    assert words.answer_words("story", (CLIP,), {}) == ()
    assert words.answer_words("who_digits", ("0123",), {}) == ("0123",)


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ("2026-W48", "Week 48: 23 to 29 November 2026"),
        ("2026-W49", "Week 49: 30 November to 6 December 2026"),
        ("2026-W53", "Week 53: 28 December 2026 to 3 January 2027"),
    ],
)
def test_weeks_are_said_by_their_days(week: str, said: str) -> None:
    assert words.week_words(week) == said


def test_a_due_time_says_when_it_is_late() -> None:
    assert words.due_words(1_795_000_000, 1_794_999_999, UTC).startswith("Acknowledge by 11:06 on 18 November 2026")
    assert words.due_words(1_795_000_000, 1_795_000_001, UTC).startswith("Overdue since")


@pytest.mark.parametrize(
    ("ago", "said"), [(0, "just now"), (1, "1 second ago"), (59, "59 seconds ago"), (7300, "2 hours ago")]
)
def test_how_long_ago(ago: int, said: str) -> None:
    assert words.seen_words(1000, 1000 + ago) == said


def test_every_part_of_the_worker_has_words_for_the_page_health() -> None:
    parts = {"worker", "turn:untangled", "turn:headed", *(f"turn:{job.name}" for lane in LANES for job in lane)}
    rows = {
        f"turn:{job.name}" for lane in LANES for job in lane if isinstance(job, (RowJob, RoundJob))
    }  # they leave no beat
    assert parts - rows - words.HIDDEN_PARTS == words.PARTS.keys(), (
        "add what it does to PARTS in handlers/desk/words.py"
    )


def test_every_alarm_has_words_for_the_page_health() -> None:
    assert alarms_in_the_code() == words.ALARMS.keys(), "add what it is about to ALARMS in handlers/desk/words.py"
