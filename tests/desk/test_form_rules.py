"""The questionnaire as a form: its own conditions, its own values, and what must be there for a report."""

from __future__ import annotations

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st

from handlers.desk import form_rules as rules
from handlers.desk.form_words import HELP, PARTS
from handlers.desk.words import NEVER_LEAVES
from prompts.questionnaire import VOICE, next_question, read_questionnaire
from storage.contents import FORM_STEP_BYTES, Given, Written

QUESTIONS = read_questionnaire()
ASKED = [question.id for question in rules.questions_of(QUESTIONS)]


def shown(*given: Given) -> set[str]:
    return {one.question.id for one in rules.fields_of(QUESTIONS, given) if one.is_shown}


def test_every_question_has_help_and_no_help_is_left_over() -> None:
    assert set(HELP) == set(ASKED)
    assert set(PARTS) <= set(ASKED)
    assert next(iter(PARTS)) == ASKED[0]
    assert set(ASKED) >= NEVER_LEAVES


def test_no_question_of_the_form_asks_for_a_number_to_be_keyed() -> None:
    assert "who_digits" not in ASKED


@pytest.mark.parametrize("kind", ["favours", "gain", "sexual", "partner", "hate", "other"])
def test_each_kind_of_allegation_brings_at_most_four_questions_of_its_own(kind: str) -> None:
    own = shown(Given("allegation", (kind,)), Given("urgent", ("no",))) - shown(Given("urgent", ("no",)))
    assert 1 <= len(own - {"others"}) <= 4


def test_typed_words_count_as_an_answer_for_the_conditions() -> None:
    assert "looks" in shown()
    assert "looks" not in shown(Given("who", text="wren"))
    assert "looks" in shown(Given("who", text="   "))


def test_what_is_answered_is_shown_though_nothing_calls_for_it() -> None:
    assert "weapon" in shown(Given("weapon", ("yes",)), Given("urgent", ("no",)))
    assert rules.unasked(QUESTIONS, [Given("weapon", ("yes",)), Given("urgent", ("no",))]) == ("weapon",)


@supposing(st.dictionaries(st.sampled_from(ASKED), st.integers(0, 4)))
def test_the_form_asks_what_a_call_would_ask(picked: dict[str, int]) -> None:
    given = []
    for name in ASKED:
        question = QUESTIONS.question(name)
        assert question is not None
        if name in picked:
            values = list(question.choices.values())
            given.append(Given(name, (values[picked[name] % len(values)],)) if values else Given(name, text="words"))
    answers = dict(rules.as_answers(given))
    asked = {one.question.id for one in rules.fields_of(QUESTIONS, given) if one.is_asked}
    while (due := next_question(QUESTIONS, answers, VOICE)) is not None:
        assert due in asked
        answers[due] = ()


def test_what_makes_a_report_is_the_rule_of_the_call() -> None:
    assert list(rules.mistakes_in(QUESTIONS, [])) == ["story"]
    assert list(rules.mistakes_in(QUESTIONS, [Given("who", text="wren")])) == ["story"]
    assert rules.mistakes_in(QUESTIONS, [Given("story", text="it")]) == {}
    assert rules.mistakes_in(QUESTIONS, [Given("who", text="wren"), Given("allegation", ("hate",))]) == {}


def test_mistakes_stand_in_the_order_of_the_form() -> None:
    given = [Given("evidence", text="x" * 20_001), Given("allegation", ("favours", "gain", "hate", "other"))]
    assert list(rules.mistakes_in(QUESTIONS, given)) == ["allegation", "story", "evidence"]


@pytest.mark.parametrize(
    "posted",
    [{"nonsense": ["x"]}, {"urgent": ["x"]}, {"urgent": ["yes", "no"]}, {"story": ["a", "b"]}, {"story": []}],
    ids=str,
)
def test_what_no_page_sends_is_not_read(posted: dict[str, list[str]]) -> None:
    with pytest.raises(rules.NotOfThisForm):
        rules.read_given(QUESTIONS, posted)


def test_no_answer_is_no_answer_and_lines_end_as_ours_do() -> None:
    assert rules.read_given(QUESTIONS, {"urgent": [""], "story": ["a\r\nb"], "who": [""]}) == (
        Given("story", text="a\nb"),
    )


def test_what_an_older_release_asked_goes_into_the_story_and_nothing_is_lost() -> None:
    old = [
        Given("story", text="it"),
        Given("gone", text="words"),
        Given("urgent", ("maybe",)),
        Given("force", ("own",)),
    ]
    kept = rules.carried_over(QUESTIONS, old, {"urgent": "Harm?"})
    assert set(kept) == {Given("force", ("own",)), Given("story", text="it\n[gone] words\n[Harm?] maybe")}
    assert rules.carried_over(QUESTIONS, old[:1], {}) == (Given("story", text="it"),)


@pytest.mark.parametrize("length", [0, 1, 3000, 4000, 9000])
def test_a_form_is_packed_in_steps_and_reads_back(length: int) -> None:
    whole = Written((Given("story", text="x" * length), Given("urgent", ("no",))), "en", "p", 1, "s")
    assert (len(whole.packed()) + 1) % FORM_STEP_BYTES == 0
    assert Written.unpacked(whole.packed()) == whole
