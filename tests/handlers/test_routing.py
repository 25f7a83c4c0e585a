"""Who is offered which waiting call."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handlers import routing
from handlers.routing import PATIENCE_SECONDS, Available, Match, Waiting, can_answer, in_order, matches
from storage.live import queue

NOW = 1_000_000
AMINA = Available("amina", frozenset({"en", "es"}), frozenset({"general"}), NOW - 300)
BELA = Available("bela", frozenset({"en"}), frozenset({"general", "safeguarding"}), NOW - 60)
CALL = Waiting("call", "en", NOW - 10)

NAMES = st.sampled_from([f"person {number}" for number in range(8)])
LANGUAGES = st.sampled_from(["en", "es", "cy"])
QUALIFICATIONS = st.frozensets(st.sampled_from(["general", "safeguarding", "child"]))
HELD = st.frozensets(st.sampled_from(["general", "safeguarding", "child", "interpreter"]))
TIMES = st.integers(NOW - 3000, NOW)
CALLS = st.lists(
    st.builds(
        Waiting,
        call=st.integers(0, 99).map(str),
        language=LANGUAGES,
        since=TIMES,
        urgent=st.booleans(),
        needs=QUALIFICATIONS,
        refused_by=st.frozensets(NAMES, max_size=3),
        closed_to=st.frozensets(NAMES, max_size=3),
    ),
    unique_by=lambda call: call.call,
    max_size=12,
)
HANDLERS = st.lists(
    st.builds(
        Available,
        person_id=NAMES,
        languages=st.frozensets(LANGUAGES),
        qualifications=HELD,
        idle_since=TIMES,
    ),
    unique_by=lambda handler: handler.person_id,
    max_size=8,
)


def test_the_longest_idle_is_asked_first() -> None:
    assert matches([CALL], [BELA, AMINA], NOW) == (Match("call", "amina"),)


def test_an_urgent_caller_is_served_before_one_who_waited_longer() -> None:
    urgent = Waiting("urgent", "en", NOW - 1, urgent=True)
    assert matches([CALL, urgent], [AMINA], NOW) == (Match("urgent", "amina"),)


def test_whoever_waited_too_long_is_served_like_an_urgent_one() -> None:
    patient = Waiting("patient", "en", NOW - PATIENCE_SECONDS)
    urgent = Waiting("urgent", "en", NOW - 1, urgent=True)
    assert [call.call for call in in_order([urgent, patient], NOW)] == ["patient", "urgent"]


def test_nobody_is_offered_a_call_that_they_were_not_trained_for() -> None:
    trained = replace(CALL, needs=frozenset({"safeguarding"}))
    assert matches([trained], [AMINA, BELA], NOW) == (Match("call", "bela"),)
    assert matches([trained], [AMINA], NOW) == ()


def test_nobody_is_offered_a_language_that_they_do_not_speak() -> None:
    assert matches([replace(CALL, language="es")], [BELA], NOW) == ()


def test_whoever_refused_a_call_is_asked_again_only_when_all_others_are_taken() -> None:
    refused = replace(CALL, refused_by=frozenset({"amina"}))
    assert matches([refused], [AMINA, BELA], NOW) == (Match("call", "bela"),)
    assert matches([refused], [AMINA], NOW) == (Match("call", "amina"),)


def test_nobody_is_offered_a_call_that_is_closed_to_them_and_another_gets_it() -> None:
    closed = replace(CALL, closed_to=frozenset({"amina"}))
    assert matches([closed], [AMINA, BELA], NOW) == (Match("call", "bela"),)
    assert matches([closed], [AMINA], NOW) == ()
    assert matches([closed, Waiting("later", "en", NOW)], [AMINA], NOW) == (Match("later", "amina"),)


def test_a_call_that_nobody_can_answer_does_not_keep_the_others_waiting() -> None:
    welsh = Waiting("welsh", "cy", NOW - 500, urgent=True)
    assert matches([welsh, CALL], [BELA], NOW) == (Match("call", "bela"),)


@given(CALLS, HANDLERS)
def test_never_two_people_for_one_call_nor_two_calls_for_one_person(
    calls: list[Waiting], handlers: list[Available]
) -> None:
    found = matches(calls, handlers, NOW)
    assert len({match.call for match in found}) == len({match.person_id for match in found}) == len(found)


@given(CALLS, HANDLERS)
def test_never_somebody_unqualified(calls: list[Waiting], handlers: list[Available]) -> None:
    by_call = {call.call: call for call in calls}
    by_person = {handler.person_id: handler for handler in handlers}
    assert all(can_answer(by_person[match.person_id], by_call[match.call]) for match in matches(calls, handlers, NOW))


@given(CALLS, HANDLERS)
def test_no_free_handler_is_left_beside_a_caller_whom_they_could_answer(
    calls: list[Waiting], handlers: list[Available]
) -> None:
    found = matches(calls, handlers, NOW)
    served, busy = {match.call for match in found}, {match.person_id for match in found}
    left = [handler for handler in handlers if handler.person_id not in busy]
    assert not [call for call in calls if call.call not in served and any(can_answer(one, call) for one in left)]


@given(CALLS, HANDLERS)
def test_each_call_in_its_turn_gets_the_longest_idle_of_those_left(
    calls: list[Waiting], handlers: list[Available]
) -> None:
    left = sorted(handlers, key=lambda handler: (handler.idle_since, handler.person_id))
    expected = []
    for call in in_order(calls, NOW):
        able = [one for one in left if can_answer(one, call)]
        able.sort(key=lambda one: call.language not in one.languages)
        chosen = next((one for one in able if one.person_id not in call.refused_by), able[0] if able else None)
        if chosen is not None:
            left.remove(chosen)
            expected.append(Match(call.call, chosen.person_id))
    assert list(matches(calls, handlers, NOW)) == expected


@given(CALLS, HANDLERS)
def test_no_caller_starves_behind_those_who_came_later(calls: list[Waiting], handlers: list[Available]) -> None:
    old = Waiting("oldest", "en", NOW - 4000)
    willing = Available("willing", frozenset({"en"}), frozenset(), NOW)
    assert "oldest" in {match.call for match in matches([*calls, old], [*handlers, willing], NOW)}


def test_a_caller_is_told_their_place_by_the_patience_that_routing_has() -> None:
    assert queue.PATIENCE_SECONDS == routing.PATIENCE_SECONDS
