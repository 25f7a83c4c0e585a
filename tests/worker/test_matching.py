"""Recordings find their questions by when they began, and none is ever without a place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.worker.matching import SKEW_SECONDS, Asked, Found, match

GAP_SECONDS = 2 * SKEW_SECONDS + 2


def question(number: int, asked_at: int, state: str = "asked", sid: str = "") -> Asked:
    return Asked(f"q{number}", asked_at, number, state, sid)


def test_a_recording_a_callback_named_needs_no_rule() -> None:
    found = match([question(1, 100, "kept", sid="RE1")], [Found("RE1", 104)])
    assert (found.named, found.adopted, found.empty) == ({}, (), ())


def test_an_unnamed_recording_answers_the_question_that_stood() -> None:
    asked = [question(1, 100), question(2, 150, "kept", sid="RE2"), question(3, 200)]
    found = match(asked, [Found("RE3", 207), Found("RE2", 156), Found("RE1", 103)])
    assert found.named == {"q1": "RE1", "q3": "RE3"}


def test_a_question_that_nobody_answered_is_empty() -> None:
    found = match([question(1, 100), question(2, 150)], [Found("RE2", 155)])
    assert (found.named, found.empty) == ({"q2": "RE2"}, ("q1",))


def test_what_began_before_any_question_is_adopted() -> None:
    found = match([question(1, 100)], [Found("RE0", 20)])
    assert (found.named, found.adopted, found.empty) == ({}, ("RE0",), ("q1",))


def test_a_clock_that_goes_a_little_wrong_changes_nothing() -> None:
    found = match([question(1, 100), question(2, 110)], [Found("RE1", 98), Found("RE2", 108)])
    assert found.named == {"q1": "RE1", "q2": "RE2"}


def test_a_refused_question_takes_its_recording_with_it() -> None:
    found = match([question(1, 100, "refused"), question(2, 150)], [Found("RE1", 104), Found("RE2", 154)])
    assert found.named == {"q1": "RE1", "q2": "RE2"}


def test_a_second_recording_under_a_refused_question_is_never_adopted() -> None:
    found = match([question(1, 100, "refused", sid="RE1")], [Found("RE1", 104), Found("RE9", 110)])
    assert (found.adopted, found.refused) == ((), ("RE9",))


def test_a_recording_without_a_time_goes_where_there_is_room() -> None:
    assert match([question(1, 100)], [Found("RE1", None)]).named == {"q1": "RE1"}
    assert match([], [Found("RE1", None)]).adopted == ("RE1",)


@given(st.data())
def test_every_answer_finds_its_own_question(data: st.DataObject) -> None:
    """Questions far enough apart, some named, some silent, the carrier's clock wrong by up to the skew."""
    count = data.draw(st.integers(1, 12))
    gaps = data.draw(st.lists(st.integers(GAP_SECONDS, 300), min_size=count, max_size=count))
    kinds = data.draw(st.lists(st.sampled_from(["unnamed", "named", "silent"]), min_size=count, max_size=count))
    skew = data.draw(st.integers(-SKEW_SECONDS, SKEW_SECONDS))
    asked, found, expected, at = [], [], {}, 1000
    for number, (gap, kind) in enumerate(zip(gaps, kinds, strict=True)):
        sid = f"RE{number}" if kind == "named" else ""
        asked.append(question(number, at, "known" if sid else "asked", sid))
        if kind != "silent":
            found.append(Found(f"RE{number}", at + 1 + skew))
        if kind == "unnamed":
            expected[f"q{number}"] = f"RE{number}"
        at += gap
    result = match(asked, data.draw(st.permutations(found)))
    assert result.named == expected
    assert result.adopted == result.refused == ()


moments = st.integers(0, 60)
some_questions = st.lists(
    st.tuples(moments, st.sampled_from(["asked", "known", "refused", "kept", "empty"]), st.booleans()), max_size=8
)


@given(some_questions, st.lists(st.one_of(moments, st.none()), max_size=8))
def test_every_recording_and_open_question_ends_in_exactly_one_place(
    rows: list[tuple[int, str, bool]], starts: list[int | None]
) -> None:
    asked = [
        question(number, at, state, f"RE{number}" if named and state != "asked" else "")
        for number, (at, state, named) in enumerate(rows)
    ]
    found = [Found(f"RE{number}", start) for number, start in enumerate(starts)]
    result = match(asked, found)
    named_before = {row.sid for row in asked if row.sid}
    places = [*result.named.values(), *result.adopted, *result.refused]
    assert sorted(places) == sorted({one.sid for one in found} - named_before)
    open_questions = {row.intent_id for row in asked if row.state == "asked"}
    assert open_questions == set(result.empty) | (open_questions & set(result.named))
    assert not set(result.empty) & set(result.named)


@given(some_questions, st.lists(moments, max_size=8))
def test_nothing_said_while_only_refused_questions_stood_is_ever_kept(
    rows: list[tuple[int, str, bool]], starts: list[int]
) -> None:
    asked = [question(number, at, "refused") for number, (at, _, _) in enumerate(rows)]
    first = min((row.asked_at for row in asked), default=None)
    result = match(asked, [Found(f"RE{number}", start) for number, start in enumerate(starts)])
    kept = {int(sid[2:]) for sid in result.adopted}
    assert all(first is None or starts[number] < first for number in kept)
