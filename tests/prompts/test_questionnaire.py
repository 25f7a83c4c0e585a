"""Every walk through the questions ends, asks nothing twice and respects what was skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.questionnaire import (
    CLIP,
    Question,
    Questionnaire,
    QuestionnaireMistakes,
    is_partial_report,
    is_report,
    next_question,
    read_questionnaire,
)
from tests.prompts.files import Copy

QUESTIONNAIRE = read_questionnaire()
MODES = st.sampled_from(["voice", "keys"])


def answer_to(question: Question, data: st.DataObject) -> tuple[str, ...]:
    if data.draw(st.booleans(), label=f"skips {question.id}"):
        return ()
    match question.kind:
        case "key":
            values = st.lists(st.sampled_from(list(question.choices.values())), min_size=1, max_size=question.picks)
            return tuple(data.draw(values, label=question.id))
        case "voice":
            return (CLIP,)
        case _:
            return ("4321",)


def asked(question_id: str) -> Question:
    question = QUESTIONNAIRE.question(question_id)
    assert question is not None
    return question


@given(st.data(), MODES)
def test_every_walk_ends_and_asks_no_question_twice(data: st.DataObject, mode: str) -> None:
    answers: dict[str, tuple[str, ...]] = {}
    for _ in QUESTIONNAIRE.questions:
        due = next_question(QUESTIONNAIRE, answers, mode)
        if due is None:
            break
        assert due not in answers
        answers[due] = answer_to(asked(due), data)
    assert next_question(QUESTIONNAIRE, answers, mode) is None


@given(st.data())
def test_a_walk_that_changes_its_mode_at_any_point_ends_too(data: st.DataObject) -> None:
    answers: dict[str, tuple[str, ...]] = {}
    for _ in range(len(QUESTIONNAIRE.questions) + 1):
        due = next_question(QUESTIONNAIRE, answers, data.draw(MODES))
        if due is not None:
            assert due not in answers
            answers[due] = answer_to(asked(due), data)
    assert next_question(QUESTIONNAIRE, answers, "keys") is None


@given(st.data())
def test_nothing_is_recorded_of_a_caller_who_uses_keys_only(data: st.DataObject) -> None:
    answers: dict[str, tuple[str, ...]] = {}
    while due := next_question(QUESTIONNAIRE, answers, "keys"):
        assert asked(due).kind != "voice"
        answers[due] = answer_to(asked(due), data)


@given(st.data(), MODES)
def test_only_what_the_answers_call_for_is_asked(data: st.DataObject, mode: str) -> None:
    answers: dict[str, tuple[str, ...]] = {}
    while due := next_question(QUESTIONNAIRE, answers, mode):
        assert asked(due).applies(answers)
        answers[due] = answer_to(asked(due), data)
    unasked = [q for q in QUESTIONNAIRE.questions if q.id not in answers and q.is_asked_in(mode)]
    assert not any(question.applies(answers) for question in unasked)


@given(st.data(), MODES)
def test_whatever_is_a_report_is_more_than_a_partial_one(data: st.DataObject, mode: str) -> None:
    answers: dict[str, tuple[str, ...]] = {}
    while due := next_question(QUESTIONNAIRE, answers, mode):
        answers[due] = answer_to(asked(due), data)
    assert is_partial_report(answers) or not is_report(answers)


def test_a_caller_who_skips_everything_is_asked_nothing_that_follows_from_an_answer() -> None:
    answers: dict[str, tuple[str, ...]] = {}
    while due := next_question(QUESTIONNAIRE, answers, "voice"):
        answers[due] = ()
    assert "at_risk" not in answers
    assert "force_which" not in answers
    assert "when_detail" not in answers
    assert "others" not in answers
    assert "looks" in answers  # asked because `who` was skipped


@pytest.mark.parametrize(
    ("answers", "question", "is_due"),
    [
        ({"urgent": ("yes",)}, "at_risk", True),
        ({"urgent": ("unsure",)}, "weapon", True),
        ({"urgent": ("no",)}, "at_risk", False),
        ({"who": ()}, "looks", True),
        ({"who": (CLIP,)}, "looks", False),
        ({"who": (CLIP,)}, "who_digits", False),
        ({"force": ("other",)}, "force_which", True),
        ({"force": ("own",)}, "force_which", False),
        ({"when": ("today",)}, "when_detail", True),
        ({"when": ()}, "when_detail", False),
        ({"allegation": ("gain", "hate")}, "others", True),
        ({"allegation": ("gain",)}, "others", False),
        ({"allegation": ("partner",), "urgent": ("no",)}, "partner_weapon", True),
        ({"allegation": ("partner",), "urgent": ("yes",), "weapon": ()}, "partner_weapon", False),
    ],
)
def test_what_follows_from_what(answers: dict[str, tuple[str, ...]], question: str, is_due: bool) -> None:
    assert asked(question).applies(answers) is is_due


@pytest.mark.parametrize(
    ("answers", "report", "partial"),
    [
        ({}, False, False),
        ({"story": (CLIP,)}, True, True),
        ({"story": ()}, False, False),
        ({"who": (CLIP,)}, False, True),
        ({"who": (CLIP,), "allegation": ("sexual",)}, True, True),
        ({"who_digits": ("4321",), "allegation": ("sexual",)}, True, True),
        ({"who_digits": ("4321",)}, False, False),
        ({"who": (), "allegation": ("sexual",)}, False, True),
        ({"urgent": ("yes",)}, False, True),
        ({"urgent": ("unsure",)}, False, True),
        ({"urgent": ("no",), "force": ("own",)}, False, False),
        ({"where": (CLIP,)}, False, True),
    ],
)
def test_what_is_a_report(answers: dict[str, tuple[str, ...]], report: bool, partial: bool) -> None:
    assert is_report(answers) is report
    assert is_partial_report(answers) is partial


def test_the_version_changes_with_the_file(copy: Copy) -> None:
    before = read_questionnaire(copy.folder / "questionnaire.toml").version
    copy.change("questionnaire.toml", "max_seconds = 90", "max_seconds = 80")
    assert read_questionnaire(copy.folder / "questionnaire.toml").version != before


def test_every_mistake_in_the_shape_is_told_at_once(copy: Copy) -> None:
    copy.change("questionnaire.toml", "max_seconds = 30", "max_seconds = 121")
    copy.change("questionnaire.toml", "silence_seconds = 15", "silence_seconds = 9")
    copy.change("questionnaire.toml", 'id = "weapon"', 'id = "weapon"\ncolour = "red"')
    mistakes = mistakes_in(copy).mistakes
    assert {mistake.field.rpartition(".")[2] for mistake in mistakes} == {"max_seconds", "silence_seconds", "colour"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('id = "where"', 'id = "when"', "two questions share this id"),
        ('id = "story"', 'id = "tale"', "this question is missing"),
        ('force = ["other"]', 'forze = ["other"]', "no earlier question is called forze"),
        ('force = ["other"]', 'story = ["other"]', "no earlier question is called story"),
        ('force = ["other"]', 'force = ["another"]', "force has no answer another"),
        ("picks = 3", "picks = 7", "more may be picked"),
        ("length = 8", "length = 0", "a length belongs to kind digits"),
        ('1 = "yes", 2 = "no" }', '1 = "yes", 8 = "no" }', "a key is none of 1 to 7"),
        ('1 = "yes", 2 = "no" }', '1 = "yes", 2 = "yes" }', "two keys mean the same"),
        ('choices = { 1 = "yes", 2 = "no" }', "", "there is no key to press"),
        (
            'id = "where"\nkind = "voice"',
            'id = "where"\nkind = "voice"\nchoices = { 1 = "a" }',
            "only a question of kind",
        ),
    ],
)
def test_a_broken_file_is_refused(copy: Copy, before: str, after: str, told: str) -> None:
    copy.change("questionnaire.toml", before, after)
    assert told in mistakes_in(copy).told()


def test_a_file_that_is_no_toml_or_not_there_is_refused(copy: Copy, tmp_path: Path) -> None:
    copy.change("questionnaire.toml", "[[question]]", "[[question")
    assert "it is no TOML" in mistakes_in(copy).told()
    with pytest.raises(QuestionnaireMistakes, match="it is not there"):
        read_questionnaire(tmp_path / "none.toml")


def test_an_unknown_question_is_none() -> None:
    assert Questionnaire((), "v").question("story") is None


def mistakes_in(copy: Copy) -> QuestionnaireMistakes:
    with pytest.raises(QuestionnaireMistakes) as refused:
        read_questionnaire(copy.folder / "questionnaire.toml")
    return refused.value
