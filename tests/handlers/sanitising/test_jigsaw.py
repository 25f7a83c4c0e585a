"""How easily what remains points to one person: a score that is the sum of what it says, and never grows by a cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sanitising.hints import Hint, Told, hints_in
from handlers.sanitising.jigsaw import Jigsaw, Level, jigsaw
from handlers.sanitising.rules import Crowd, Kind
from tests.handlers.sanitising.reports import TUNED, Report, reports, rules

CROWDS = [*Crowd, None]
HINTS = st.lists(st.builds(Hint, st.just(0), st.just(1), st.sampled_from(list(Kind)), *[st.just("")] * 3, st.just(5)))


def score_of(text: str, crowd: Crowd | None) -> Jigsaw:
    return jigsaw(hints_in(text, Told(crowd), rules()), crowd, rules())


@given(HINTS, st.sampled_from(CROWDS))
def test_a_score_is_the_sum_of_its_reasons_up_to_a_hundred(hints: list[Hint], crowd: Crowd | None) -> None:
    found = jigsaw(hints, crowd, rules())
    assert found.score == min(100, sum(reason.points for reason in found.reasons))
    assert all(reason.points > 0 and reason.words for reason in found.reasons)
    assert [reason.points for reason in found.reasons] == sorted((r.points for r in found.reasons), reverse=True)


@given(HINTS, st.sampled_from(CROWDS), st.data())
def test_one_mark_less_never_makes_a_score_higher(hints: list[Hint], crowd: Crowd | None, data: st.DataObject) -> None:
    fewer = [hint for hint in hints if data.draw(st.booleans())]
    assert jigsaw(fewer, crowd, rules()).score <= jigsaw(hints, crowd, rules()).score


@given(HINTS)
def test_the_fewer_could_know_the_higher_the_score(hints: list[Hint]) -> None:
    scores = [jigsaw(hints, crowd, rules()).score for crowd in (Crowd.MANY, None, Crowd.A_FEW, Crowd.ONE_OR_TWO)]
    assert scores == sorted(scores)


def test_a_text_about_the_accused_alone_scores_nothing_where_many_could_know() -> None:
    found = score_of("PC Aidan Marsh, collar number 2281, took money from drivers.", Crowd.MANY)
    assert found == Jigsaw(0, ())
    assert found.level is Level.LOW


@pytest.mark.parametrize("report", reports(TUNED), ids=lambda report: report.id)
def test_every_raw_report_of_the_corpus_is_one_to_look_at_again(report: Report) -> None:
    found = jigsaw(hints_in(report.text, report.told, rules()), report.told.crowd, rules())
    assert found.level is not Level.LOW, report.id


def test_each_reason_says_what_and_how_often() -> None:
    found = score_of("my husband left at ten past two on 14 March and again on 3 May", Crowd.ONE_OR_TWO)
    words = [reason.words for reason in found.reasons]
    assert "The caller says that only one or two people could know this." in words
    assert any(said.startswith("Relation, once. ") for said in words)
    assert any(said.startswith("Exact date, 2 times. ") for said in words)
    assert found.level is Level.DANGER


def test_what_the_caller_asked_to_leave_out_is_a_danger_by_itself() -> None:
    told = Told(Crowd.MANY, "the nurse and the cell")
    hints = hints_in("The nurse of the late shift said so, and much later somebody came to the cell", told, rules())
    assert jigsaw(hints, told.crowd, rules()).level is Level.DANGER


def test_few_people_alone_are_no_danger_once_nothing_marked_remains() -> None:
    found = score_of("An officer took money.", Crowd.ONE_OR_TWO)
    assert found.level is Level.LOW
    assert "Nothing else that is marked remains" in found.reasons[0].words
