"""The files that ship can be spoken as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prompts.line import read_line
from prompts.questionnaire import read_questionnaire
from prompts.wording import FOLDER, read_wording, read_wording_file
from tests.prompts.files import LINES, findings_of

BY_NAME = pytest.mark.parametrize("path", LINES, ids=lambda path: path.stem)


@BY_NAME
def test_every_line_that_ships_passes_every_check(path: Path) -> None:
    line = read_line(path)
    assert findings_of(line, read_wording(line)) == []


def test_a_neutral_line_and_the_met_line_ship() -> None:
    assert [path.stem for path in LINES] == ["example", "met"]


@BY_NAME
def test_a_line_with_one_language_passes_too(path: Path) -> None:
    line = read_line(path)
    alone = line.model_copy(update={"languages": line.languages[:1]})
    assert findings_of(alone, read_wording(alone)) == []


@BY_NAME
def test_nothing_that_is_spoken_shows_a_placeholder_or_a_figure(path: Path) -> None:
    line = read_line(path)
    wording = read_wording(line)
    for language in wording.languages:
        for prompt in wording.texts[language]:
            assert not re.search(r"[{}0-9*#]", wording.say(language, prompt)), prompt


def test_no_number_of_the_neutral_line_can_be_rung() -> None:
    line = read_line(FOLDER / "lines" / "example.toml")
    numbers = [*line.numbers, *(crisis.number for crisis in line.crisis_lines)]
    assert all(number.startswith("0808 157 0") for number in numbers)  # Ofcom's freephone numbers for drama


def test_the_promise_never_says_that_the_phone_company_does_not_know() -> None:
    english = read_wording_file("en").texts()
    assert "phone companies know" in english["safe_calling"]
    assert "voice can be recognised" in english["safe_calling"]
    assert "your voice could be recognised" in english["consent"]
    assert "untraceable" not in " ".join(english.values())


def test_the_quick_exit_says_nothing_about_the_line() -> None:
    for path in LINES:
        line = read_line(path)
        wording = read_wording(line)
        for language in wording.languages:
            said = wording.say(language, "quick_exit").lower()
            for telling in (line.name, line.operator, "police", "policj", "report", "zgłosz"):
                assert telling.lower() not in said


def test_questions_are_asked_in_the_order_of_the_product() -> None:
    asked = [question.id for question in read_questionnaire().questions]
    wanted = (
        "urgent at_risk risk_story weapon allegation who force role looks story when where ongoing on_duty how_known "
        "crowd leave_out evidence others told_before they_know questions_back"
    )
    assert [question for question in asked if question in wanted.split()] == wanted.split()


def test_at_most_four_questions_are_added_for_one_kind_of_allegation() -> None:
    allegation = read_questionnaire().question("allegation")
    assert allegation is not None
    for kind in allegation.choices.values():
        extra = [q.id for q in read_questionnaire().questions if q.asked_if.get("allegation") == (kind,)]
        assert 1 <= len(extra) <= 4


def test_five_minutes_of_story_fit_in_clips_that_can_be_transcribed() -> None:
    story = read_questionnaire().question("story")
    assert story is not None
    assert story.max_clips * story.max_seconds == 300
    assert story.max_seconds <= 120
