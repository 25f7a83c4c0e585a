"""A caller waits for a person, meets one, hears something aside, loses them, and parts: walked without a service."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.skills import Qualification
from ivr.asks import (
    MAX_CALL_SECONDS,
    MOST_CALL_SECONDS,
    Count,
    Length,
    OfferSound,
    OpenReport,
    Spent,
    StartWork,
    length_of,
)
from ivr.memory import Memory
from ivr.spoken import prompts_of
from ivr.steps import Bridge, Decide, Do, End, Hold, Pressed, Record, Silence
from ivr.talk import (
    ABUSIVE,
    CLOSED,
    FINISHED,
    HUNG_UP,
    LEFT,
    NO,
    NOBODY_CAME,
    NONE,
    REFERENCE,
    SILENT,
    TRAINING,
    YES,
    ComeBack,
    JoinQueue,
    LeaveQueue,
    SayOver,
    Stands,
    Talk,
    UrgeQueue,
    needs_of,
)
from ivr.walk import moved
from prompts.questionnaire import read_questionnaire
from tests.ivr.callers import REFERENCE as DIGITS
from tests.ivr.callers import SmallWorld, WalkedCall, the_flow
from tests.ivr.test_call_flow import at_menu, in_report, until
from tests.ivr.test_walk import HEARD

FLOW = the_flow()
FORM = "f" * 32


def waiting(call: WalkedCall | None = None, **talk: object) -> WalkedCall:
    """Bring a caller into the queue, where their talk then stands as told."""
    call = call or at_menu()
    call.world.handler = True
    call.presses("0" if call.turn.memory.report_id else "1")
    assert call.step == "waiting"
    call.world.stands = replace(call.world.stands or Talk(Stands.WAITING), **talk)  # type: ignore[arg-type]
    return call


def talking(call: WalkedCall | None = None) -> WalkedCall:
    call = waiting(call).is_moved(stands=Stands.MEETING, report_id=FORM)
    assert call.step == "talking"
    return call


def aside(asked: str) -> WalkedCall:
    call = talking()
    call.world.found[f"issue_{FORM}"] = "issued"
    return call.is_moved(stands=Stands.ASIDE, asked=asked)


def said(call: WalkedCall) -> tuple[str, ...]:
    step = call.flow.steps[call.step]
    assert not isinstance(step, Decide | Do)
    return (*call.turn.memory.preface, *prompts_of(step, call.turn.memory))


# ---- waiting ------------------------------------------------------------------------------------------------------


def test_who_asks_for_a_person_is_promised_something_joins_the_queue_and_is_told_the_keys() -> None:
    call = waiting()
    assert said(call) == ("promise_rest", "waiting")
    (wish,) = call.asked(JoinQueue)
    assert isinstance(wish, JoinQueue)
    assert (wish.language, wish.urgent, wish.begun_report) == ("en", False, "")
    assert len({wish.talk_id, wish.room}) == 2


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(0, "queue_next"), (1, "queue_one"), (2, "queue_few"), (5, "queue_few"), (6, "queue_many"), (500, "queue_many")],
)
def test_a_caller_is_told_honestly_how_many_come_before(ahead: int, words: str) -> None:
    assert said(waiting(ahead=ahead).hears(Silence())) == (words,)


def test_the_place_is_told_when_it_changes_and_every_third_round_with_what_else_one_can_do() -> None:
    call, heard = waiting(ahead=6), []
    for ahead in (6, 6, 6, 5, 4, 4, 1, 0, 0):
        call.world.stands = replace(call.world.stands, ahead=ahead)  # type: ignore[type-var]
        heard.append(said(call.hears(Silence())))
    assert heard == [
        ("queue_many",),
        (),
        ("waiting_still", "queue_many"),
        ("queue_few",),
        (),
        ("waiting_still", "queue_few"),
        ("queue_one",),
        ("queue_next",),
        ("waiting_still", "queue_next"),
    ]


@pytest.mark.parametrize("key", ["*", "#", "0", "5", "8"])
def test_any_other_key_says_it_all_again_and_keeps_the_place(key: str) -> None:
    call = waiting(ahead=1).hears(Silence()).presses(key)
    assert (call.step, said(call)) == ("waiting", ("waiting_still", "queue_one"))
    assert call.turn.memory.slower is (key == "8")
    assert not call.asked(LeaveQueue)


def test_one_leaves_the_queue_for_a_report_by_voice_and_two_for_one_by_keys_only() -> None:
    by_voice = waiting().presses("1")
    assert (by_voice.step, by_voice.asked(LeaveQueue)) == ("consent", [LeaveQueue(LEFT)])
    by_keys = waiting().hears(Silence()).presses("2")
    assert (by_keys.step, by_keys.asked(LeaveQueue)) == ("urgent", [LeaveQueue(LEFT)])
    (opened,) = by_keys.asked(OpenReport)
    assert isinstance(opened, OpenReport)
    assert opened.channel == "keys"
    assert not by_keys.turn.memory.queued


def test_three_says_that_somebody_may_be_hurt_soon_and_the_caller_waits_on() -> None:
    call = waiting().presses("3")
    assert (call.step, said(call)) == ("waiting", ("waiting_first",))
    assert call.asked(UrgeQueue) == [UrgeQueue()]


def test_however_often_a_caller_says_so_they_do_not_wait_for_ever() -> None:
    call = waiting()
    for _ in range(300):
        if call.step != "waiting":
            break
        call.presses("3").hears(Silence())
    assert call.step == "nobody_on_duty"


def test_a_wait_that_is_too_long_leads_to_the_recorder() -> None:
    call = waiting()
    for _ in range(100):
        call.hears(Silence())
        if call.step != "waiting":
            break
    assert (call.step, call.asked(LeaveQueue)) == ("nobody_on_duty", [LeaveQueue(NOBODY_CAME)])


def test_when_nobody_works_any_more_the_caller_is_told_unless_they_are_being_offered_to_somebody() -> None:
    call = waiting(stands=Stands.OFFERED)
    call.world.handler = False
    assert call.hears(Silence()).step == "waiting"
    call.world.stands = Talk(Stands.WAITING)
    assert call.hears(Silence()).step == "nobody_on_duty"
    assert call.asked(LeaveQueue) == [LeaveQueue(NOBODY_CAME)]


def test_the_quick_exit_takes_a_caller_out_of_the_queue_at_once() -> None:
    call = waiting().presses("9", "9")
    assert (call.step, call.asked(LeaveQueue)) == ("quick_exit", [LeaveQueue(HUNG_UP)])


def test_a_report_that_was_begun_goes_to_the_handler_with_its_urgency_and_goes_on_when_nobody_comes() -> None:
    call = until(in_report().presses("1"), "who")
    report_id = call.turn.memory.report_id
    waiting(call)
    (wish,) = call.asked(JoinQueue)
    assert isinstance(wish, JoinQueue)
    assert (wish.urgent, wish.begun_report) == (True, report_id)
    assert call.presses("1").step == "who"
    waiting(call)
    call.world.handler = False
    assert call.hears(Silence()).step == "nobody_yet"
    assert call.hears(Silence()).step == "who"


def test_what_an_earlier_report_was_is_not_passed_on() -> None:
    call = at_menu().presses("3", DIGITS)
    call.world.found["look_up_1"] = "known:" + "a" * 32
    waiting(call.hears(Silence()))
    (wish,) = call.asked(JoinQueue)
    assert isinstance(wish, JoinQueue)
    assert wish.begun_report == ""
    assert call.presses("1").step == "return_known"


# ---- together -----------------------------------------------------------------------------------------------------


def test_a_caller_is_led_to_the_handler_by_a_move_and_by_their_own_next_round_alike() -> None:
    by_move = waiting(room="r" * 32).is_moved(stands=Stands.MEETING)
    by_round = waiting(room="r" * 32)
    by_round.world.stands = replace(by_round.world.stands, stands=Stands.MEETING)  # type: ignore[type-var]
    by_round.hears(Silence())
    for call in (by_move, by_round):
        assert (call.step, said(call), call.turn.memory.room) == ("talking", ("connecting",), "r" * 32)


def test_a_move_of_a_call_that_stands_where_its_talk_does_changes_nothing() -> None:
    for call in (waiting(), talking(), aside("silent_danger"), aside(REFERENCE)):
        before = call.turn
        assert moved(FLOW, before.memory, call.world) is None
    assert moved(FLOW, at_menu().turn.memory, SmallWorld()) is None


def test_a_lost_handler_is_told_and_the_caller_waits_at_the_head() -> None:
    call = talking().is_moved(stands=Stands.WAITING, first=True, ahead=0)
    assert (call.step, said(call)) == ("waiting", ("handler_lost", "waiting"))
    assert call.asked(JoinQueue) == call.asked(JoinQueue)[:1]
    assert moved(FLOW, call.turn.memory, call.world) is None
    assert call.is_moved(stands=Stands.MEETING).step == "talking"
    assert said(call) == ("connecting",)


def test_a_finished_talk_ends_with_thanks_and_one_that_is_no_report_with_other_words() -> None:
    finished = talking().is_moved(ending=FINISHED)
    assert (finished.step, finished.asked(SayOver)) == ("talk_over", [SayOver()])
    assert Count("calls.talked") in finished.effects
    for reason in CLOSED:
        closed = talking().is_moved(ending=reason)
        assert (closed.step, said(closed)) == ("call_closed", ("call_closed",))
    assert not finished.asked(LeaveQueue)


def test_a_talk_that_came_to_nothing_over_and_over_leads_to_the_recorder() -> None:
    call = talking()
    for _ in range(50):
        call.hears(Silence())
        if call.step != "talking":
            break
    assert (call.step, call.asked(LeaveQueue)) == ("nobody_on_duty", [LeaveQueue(NOBODY_CAME)])


# ---- aside --------------------------------------------------------------------------------------------------------


def test_the_caller_alone_hears_the_reference_of_what_the_handler_writes_and_comes_back() -> None:
    call = aside(REFERENCE)
    assert (call.step, call.turn.memory.preface) == ("reference", ("reference_aside",))
    (sound,) = call.asked(OfferSound)
    assert isinstance(sound, OfferSound)
    assert (sound.reference, sound.report_id) == (DIGITS, "")
    call.presses("1", DIGITS[-4:])
    assert call.asked(ComeBack) == [ComeBack(YES)]
    assert (call.step, said(call)) == ("talking", ("reference_tail_right", "back_to_handler"))
    assert not call.turn.memory.reference_told
    assert not call.turn.memory.report_id


def test_the_mailbox_is_made_for_the_handlers_form() -> None:
    call = talking().is_moved(stands=Stands.ASIDE, asked=REFERENCE)
    assert call.step == "aside_wait"
    assert call.asked(StartWork) == [StartWork(f"issue_{FORM}", "issue", DIGITS, FORM)]
    call.world.found[f"issue_{FORM}"] = "issued"
    assert call.hears(Silence()).step == "reference"


def test_a_reference_that_is_not_ready_in_time_brings_the_caller_back_all_the_same() -> None:
    call = talking().is_moved(stands=Stands.ASIDE, asked=REFERENCE)
    for _ in range(8):
        call.hears(Silence())
    assert (call.step, call.asked(ComeBack)) == ("talking", [ComeBack(NO)])


def test_asked_for_again_it_is_the_same_reference() -> None:
    call = aside(REFERENCE)
    call.presses("1", DIGITS[-4:])
    first = call.turn.memory.talk_reference
    call.is_moved(stands=Stands.ASIDE, asked=REFERENCE)
    assert (call.step, call.turn.memory.talk_reference) == ("reference", first)


def test_the_callers_own_reference_stays_their_own() -> None:
    call = until(in_report(), "who")
    own = call.turn.memory.reference
    talking(call)
    call.world.found[f"issue_{FORM}"] = "issued"
    call.is_moved(stands=Stands.ASIDE, asked=REFERENCE)
    call.presses("1", DIGITS[-4:])
    call.is_moved(stands=Stands.WAITING, first=True).presses("1")
    assert (call.step, call.turn.memory.reference, call.turn.memory.reference_told) == ("who", own, False)


@pytest.mark.parametrize("asked", SILENT)
@pytest.mark.parametrize(("keys", "answered"), [("1", YES), ("2", NO), ("", NONE)])
def test_who_cannot_speak_answers_by_keys_and_comes_back(asked: str, keys: str, answered: str) -> None:
    call = aside(asked)
    assert (call.step, said(call)) == (asked, (asked,))
    for _ in range(2):
        if call.step == asked:
            call.hears(Pressed(keys) if keys else Silence())
    assert call.asked(ComeBack) == [ComeBack(answered)]
    assert (call.step, said(call)) == ("talking", ("back_to_handler",))


@pytest.mark.parametrize("asked", [REFERENCE, *SILENT])
def test_zero_aside_leads_back_to_the_handler(asked: str) -> None:
    call = aside(asked).presses("0")
    assert (call.step, call.asked(ComeBack)) == ("talking", [ComeBack(NONE)])


@pytest.mark.parametrize("asked", ["", "nonsense"])
def test_what_nobody_knows_how_to_ask_brings_the_caller_straight_back(asked: str) -> None:
    call = aside(asked)
    assert (call.step, call.asked(ComeBack)) == ("talking", [ComeBack(NONE)])


def test_a_reference_without_a_form_is_none() -> None:
    call = talking().is_moved(stands=Stands.ASIDE, asked=REFERENCE, report_id="")
    assert (call.step, call.asked(ComeBack), call.asked(StartWork)) == ("talking", [ComeBack(NONE)], [])


@pytest.mark.parametrize(("ending", "end"), [(FINISHED, "talk_over"), ("wrong_number", "call_closed")])
@pytest.mark.parametrize("asked", [REFERENCE, *SILENT])
def test_a_talk_that_is_finished_while_the_caller_is_aside_ends_when_they_have_heard_it(
    asked: str, ending: str, end: str
) -> None:
    call = aside(asked).is_moved(ending=ending)
    assert call.step == asked
    call.presses("1", *([DIGITS[-4:]] if asked == REFERENCE else []))
    assert (call.step, call.asked(ComeBack), call.asked(SayOver)) == (end, [ComeBack(YES)], [SayOver()])
    assert "back_to_handler" not in said(call)


def test_an_abusive_caller_is_not_waited_for() -> None:
    call = aside(REFERENCE).is_moved(ending=ABUSIVE)
    assert (call.step, call.asked(ComeBack)) == ("call_closed", [])


# ---- how long -----------------------------------------------------------------------------------------------------


def test_who_waits_or_talks_is_not_led_out_however_long_it_takes() -> None:
    for call in (waiting(), talking(), aside("silent_danger"), aside(REFERENCE)):
        call.world.lasts = Length.OVER
        step = call.step
        assert call.hears(Silence()).step in (step, "reference_tail")
        assert not isinstance(FLOW.steps[call.step], End)


def test_after_a_long_wait_there_is_as_much_time_for_a_report_as_ever() -> None:
    call = waiting()
    call.world.has_lasted, call.world.lasts = Spent(2 * MAX_CALL_SECONDS, 80), Length.OVER
    assert call.hears(Silence()).presses("1", "1").step == "urgent"
    memory = call.turn.memory
    assert (memory.excused_seconds, memory.excused_turns) == (2 * MAX_CALL_SECONDS, 80)


def test_what_is_excused_counts_only_up_to_four_hours() -> None:
    waited = Spent(MOST_CALL_SECONDS, 900)
    assert length_of(waited, waited) is Length.FINE
    assert length_of(Spent(MOST_CALL_SECONDS + 1, 901), waited) is Length.LONG
    assert length_of(Spent(MOST_CALL_SECONDS + 301, 901), waited) is Length.OVER


# ---- whatever happens ---------------------------------------------------------------------------------------------

TALKS = st.one_of(
    st.none(),
    st.builds(
        Talk,
        stands=st.sampled_from(Stands),
        ending=st.sampled_from(["", "", "", FINISHED, *CLOSED, LEFT, HUNG_UP, NOBODY_CAME, "odd"]),
        asked=st.sampled_from(["", REFERENCE, *SILENT, "odd"]),
        room=st.just("r" * 32),
        report_id=st.sampled_from(["", FORM, "e" * 32]),
        first=st.booleans(),
        ahead=st.integers(0, 9),
    ),
)
HAPPENS = st.lists(st.tuples(HEARD, TALKS, st.booleans(), st.booleans()), max_size=60)


@given(HAPPENS, st.booleans())
@settings(max_examples=400, deadline=None)
def test_whatever_is_heard_and_however_the_talk_stands_a_call_stands_at_a_step_that_speaks(
    happens: list[tuple[object, Talk | None, bool, bool]], issued: bool
) -> None:
    found = {"issue": "issued", f"issue_{FORM}": "issued"} if issued else {}
    call = waiting(WalkedCall(FLOW, SmallWorld(found=found)).hears(Silence()).hears(Silence()))
    for heard, talk, handler, is_move in happens:
        call.world.stands, call.world.handler = talk, handler
        turn = moved(FLOW, call.turn.memory, call.world) if is_move else None
        if turn is None:
            call.hears(heard)  # type: ignore[arg-type]
        else:
            call.takes(turn)
            assert moved(FLOW, turn.memory, call.world) is None, "a move that comes twice"
        memory, step = call.turn.memory, FLOW.steps[call.step]
        assert not isinstance(step, Decide | Do)
        assert Memory.unpacked(memory.packed()) == memory
        assert memory.consent or not isinstance(step, Record)
        assert memory.queued or not isinstance(step, Bridge | Hold)


@given(HAPPENS)
@settings(max_examples=200, deadline=None)
def test_a_caller_whom_nobody_answers_any_more_reaches_the_recorder_or_an_end(
    happens: list[tuple[object, Talk | None, bool, bool]],
) -> None:
    call = waiting()
    for heard, talk, handler, _ in happens:
        call.world.stands, call.world.handler = talk, handler
        call.hears(heard)  # type: ignore[arg-type]
    call.world.handler, call.world.stands = False, Talk(Stands.WAITING)
    for _ in range(120):
        if isinstance(FLOW.steps[call.step], End):
            return
        call.hears(Silence())
    raise AssertionError(f"a silent caller goes round and round at {call.step}")


def test_what_was_answered_says_who_should_answer() -> None:
    assert set(TRAINING.values()) <= {one.value for one in Qualification}
    questions = {question.id: question for question in read_questionnaire().questions}
    assert all(value in questions[question].choices.values() for question, value in TRAINING)
    assert needs_of({"allegation": ("hate", "partner"), "at_risk": ("child",)}) == ("child", "safeguarding")
    assert needs_of({"allegation": ("gain",), "urgent": ("yes",)}) == ()
