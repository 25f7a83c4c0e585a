"""The call as a caller meets it, walked without any service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.asks import AskRecording, FinishReport, KeepAnswer, NoteSubstance, NoteUrgency, OpenReport, StartWork
from ivr.steps import BrokenFlow, End, Flow, Pressed, Recorded, Say, Silence
from ivr.walk import answer
from tests.ivr.callers import REFERENCE, SmallWorld, WalkedCall

KEPT = Recorded("#")


def at_menu() -> WalkedCall:
    return WalkedCall().hears(Silence()).hears(Silence())


def in_report(mode: str = "1") -> WalkedCall:
    call = at_menu().presses("2", mode)
    call.world.found["issue"] = "issued"
    return call


def until(call: WalkedCall, step: str) -> WalkedCall:
    """Skip questions until a step is reached."""
    for _ in range(60):
        if call.step == step:
            return call
        call.presses(REFERENCE[-4:] if call.step == "reference_tail" else "1" if call.step == "reference" else "#")
    raise AssertionError(f"{step} was never reached; the call stands at {call.step}")


def test_greeting_safety_and_promise_come_before_the_menu() -> None:
    call = WalkedCall()
    steps = [call.step, *(call.hears(Silence()).step for _ in range(2))]
    assert steps == ["greeting", "safety", "main_menu"]


def test_one_key_right_after_the_greeting_changes_the_language() -> None:
    assert WalkedCall().presses("2").turn.memory.language == "pl"


def test_a_handler_is_asked_for_and_nobody_is_on_duty() -> None:
    assert at_menu().presses("1").step == "nobody_on_duty"


def test_a_closed_line_offers_the_report_at_once() -> None:
    call = at_menu()
    call.world.is_open = False
    assert call.presses("1").step == "line_closed"
    assert call.presses("1").step == "consent"


def test_when_somebody_is_on_duty_the_caller_waits_and_can_leave_a_report_at_any_moment() -> None:
    call = at_menu()
    call.world.handler = True
    assert call.presses("1").step == "waiting"
    assert call.hears(Silence()).hears(Silence()).step == "waiting"
    assert call.presses("1").step == "consent"


def test_waiting_ends_when_the_last_handler_leaves() -> None:
    call = at_menu()
    call.world.handler = True
    call.presses("1")
    call.world.handler = False
    assert call.hears(Silence()).step == "nobody_on_duty"


def test_nobody_is_recorded_before_they_agreed() -> None:
    call = at_menu().presses("2")
    assert call.step == "consent"
    assert not call.asked(AskRecording)
    assert in_report("2").turn.memory.consent is False


def test_a_caller_who_uses_keys_only_is_never_recorded() -> None:
    call = in_report("2")
    for _ in range(60):
        if isinstance(call.flow.steps[call.step], End):
            break
        call.presses("1" if call.step != "reference_tail" else REFERENCE[-4:])
    assert call.step == "report_done"
    assert not call.asked(AskRecording)


def test_the_report_is_opened_before_the_first_question() -> None:
    call = in_report()
    assert call.step == "urgent"
    assert [type(effect) for effect in call.effects if not isinstance(effect, KeepAnswer)] == [OpenReport]


def test_a_reference_is_made_only_for_callers_who_come_that_far() -> None:
    call = in_report().presses("2")
    assert not call.asked(StartWork)
    call.presses("#")
    assert [effect.work for effect in call.effects if isinstance(effect, StartWork)] == ["issue"]


def test_an_urgent_answer_is_noted_at_once_and_asks_who_is_at_risk() -> None:
    call = in_report().presses("1")
    assert call.step == "at_risk"
    assert call.turn.memory.preface == ("urgent_words",)
    assert [effect.urgent for effect in call.effects if isinstance(effect, NoteUrgency)] == ["yes"]


def test_who_may_hurt_themselves_hears_the_crisis_line() -> None:
    call = in_report().presses("1", "4")
    assert call.turn.memory.preface == ("crisis",)


def test_not_urgent_skips_the_questions_about_danger() -> None:
    assert in_report().presses("2").step == "allegation"


def test_up_to_three_allegations_are_picked_one_after_the_other() -> None:
    call = in_report().presses("2", "1")
    assert (call.step, call.turn.memory.variant) == ("allegation", "more")
    call.presses("3", "#")
    assert call.step == "who"
    assert call.turn.memory.answered()["allegation"] == tuple(
        call.flow.steps["allegation"].choices[key]  # type: ignore[union-attr]
        for key in "13"
    )
    assert call.asked(NoteSubstance)


def test_the_reference_comes_before_the_story_and_its_tail_is_keyed_back() -> None:
    call = until(in_report(), "reference")
    assert "story" not in call.turn.memory.answered()
    call.presses("1")
    assert call.step == "reference_tail"
    call.presses(REFERENCE[-4:])
    assert call.step == "story"
    assert call.turn.memory.preface == ("reference_tail_right",)


def test_a_wrong_tail_plays_the_reference_again_and_never_holds_the_caller_up() -> None:
    call = until(in_report(), "reference")
    call.presses("1", "9999")
    assert call.step == "reference"
    call.presses("1", "9999", "1", "9999")
    assert call.step == "story"


def test_a_reference_that_is_not_ready_never_keeps_the_story_waiting() -> None:
    call = in_report()
    call.world.found.clear()
    until(call, "reference_wait")
    while call.step == "reference_wait":
        call.hears(Silence())
    assert call.step == "story"
    assert call.turn.memory.preface == ("reference_later",)


def test_a_late_reference_is_told_at_the_end() -> None:
    call = in_report()
    call.world.found.clear()
    until(call, "reference_wait")
    while call.step == "reference_wait":
        call.hears(Silence())
    call.hears(KEPT)
    for _ in range(40):
        if call.step == "reference_last_wait":
            break
        call.presses("#")
    call.world.found["issue"] = "issued"
    call.hears(Silence())
    assert call.step == "reference"
    call.presses("1", REFERENCE[-4:])
    assert call.step == "report_done"


def test_the_story_goes_on_clip_after_clip_until_the_caller_is_done() -> None:
    call = until(in_report(), "story")
    call.hears(Recorded("")).hears(Silence())
    assert call.step == "story_more"
    call.presses("1")
    assert (call.step, call.turn.memory.variant) == ("story", "more")
    call.hears(KEPT).hears(Silence())
    assert call.step not in ("story", "story_more")
    asked = [effect.intent_id for effect in call.effects if isinstance(effect, AskRecording)]
    assert len(set(asked)) == len(asked)


def test_every_asking_of_a_recording_has_a_row_of_its_own() -> None:
    call = until(in_report(), "who")
    before = len(call.asked(AskRecording))
    call.hears(Silence())
    call.hears(Recorded("*"))
    assert len(call.asked(AskRecording)) == before + 2


def test_nothing_new_is_asked_of_a_caller_who_has_hung_up() -> None:
    call = until(in_report(), "who")
    before = len(call.effects)
    call.hears(Recorded("hangup"))
    assert call.step == "who"
    assert call.turn.memory.answered()["who"] == ("clip",)
    assert len(call.effects) == before


def test_nine_waits_for_a_second_nine_and_else_asks_again() -> None:
    call = until(in_report(), "who")
    call.presses("9")
    assert call.turn.memory.leaving
    call.hears(Silence())
    assert (call.step, call.turn.memory.leaving) == ("who", False)
    call.presses("9", "9")
    assert call.step == "quick_exit"


def test_zero_in_a_report_says_that_nobody_can_take_over_and_comes_back() -> None:
    call = until(in_report(), "who")
    call.presses("0")
    assert call.step == "nobody_yet"
    assert call.hears(Silence()).step == "who"


def test_a_clip_ended_by_zero_is_kept_and_the_next_question_follows() -> None:
    call = until(in_report(), "who")
    call.hears(Recorded("0")).hears(Silence())
    assert call.turn.memory.answered()["who"] == ("clip",)
    assert call.step == "force"


def test_eight_slows_the_line_down() -> None:
    assert in_report().presses("8").turn.memory.slower


def test_three_silences_at_a_question_lead_on_and_three_quiet_questions_lead_to_the_story() -> None:
    call = in_report()
    for _ in range(60):
        if call.step in ("reference", "story"):
            break
        call.hears(Silence())
    assert call.step == "reference"
    assert call.turn.memory.quiet == 3


def test_a_silent_caller_hears_different_words_each_time_and_a_kind_goodbye() -> None:
    call = at_menu()
    variants = []
    for _ in range(20):
        if isinstance(call.flow.steps[call.step], End):
            break
        variants.append((call.step, call.turn.memory.variant))
        call.hears(Silence())
    assert len(set(variants)) == len(variants)
    assert call.step == "silent_end"


def test_enough_for_a_report_is_finished_as_one_and_too_little_is_not() -> None:
    full = until(in_report(), "story").hears(KEPT)
    until(full, "report_done")
    assert full.asked(FinishReport)
    nothing = until(in_report(), "goodbye_short")
    assert not nothing.asked(FinishReport)


def test_a_returning_caller_keys_the_reference_and_can_add() -> None:
    call = at_menu().presses("3", REFERENCE)
    assert call.step == "return_wait"
    call.world.found["look_up_1"] = "known:" + "a" * 32
    assert call.hears(Silence()).step == "return_known"
    call.presses("1", "1")
    assert call.step == "add_story"
    assert call.turn.memory.report_id == "a" * 32
    assert call.hears(KEPT).hears(Silence()).step == "add_more"
    assert call.presses("2").step == "add_done"


def test_an_unknown_reference_may_be_keyed_three_times_a_call() -> None:
    call = at_menu().presses("3")
    for tried in range(1, 4):
        assert call.step == "return_reference"
        call.world.found[f"look_up_{tried}"] = "unknown"
        call.presses(REFERENCE).hears(Silence())
    assert call.step == "main_menu"
    assert call.presses("3").step == "main_menu"  # and no way around: the fourth is not asked for


def test_a_wrong_check_digit_is_told_and_looked_up_nowhere() -> None:
    call = at_menu().presses("3")
    call.world.well_formed = False
    call.presses(REFERENCE)
    assert (call.step, call.turn.memory.preface) == ("return_reference", ("return_wrong_digit",))
    assert not call.asked(StartWork)


def test_a_step_that_is_not_known_any_more_begins_again_in_words() -> None:
    call = at_menu()
    old = replace(call.turn.memory, step="a_retired_step")
    turn = answer(call.flow, old, Pressed("1"), call.world)
    assert (turn.memory.step, turn.memory.preface) == ("main_menu", ("begin_again",))


def test_a_position_alone_never_permits_a_recording() -> None:
    call = until(in_report(), "who")
    without = replace(call.turn.memory, step="allegation", consent=False, answers=(("urgent", ("no",)),))
    turn = answer(call.flow, without, Pressed("#"), SmallWorld())
    assert turn.memory.step == "main_menu"
    assert not [effect for effect in turn.effects if isinstance(effect, AskRecording)]


def test_a_dangling_exit_or_a_doubled_name_stops_the_program() -> None:
    dangling = {"part": (Say("hello", ("greeting",), "nowhere"),)}
    doubled = {"part": (Say("hello", ("greeting",), "hello"), Say("hello", ("greeting",), "hello"))}
    for parts in (dangling, doubled):
        with pytest.raises(BrokenFlow):
            Flow.of(parts, begin="hello")


def test_wrong_keys_after_a_choice_do_not_undo_the_choice() -> None:
    call = until(in_report(), "allegation").presses("1", "7", "7", "7", "7")
    assert call.step != "allegation"
    assert call.turn.memory.answered()["allegation"] == ("favours",)
    assert call.asked(NoteSubstance)


def test_what_was_asked_and_skipped_is_kept_as_such() -> None:
    call = until(in_report(), "force")
    call.presses("#")
    assert KeepAnswer(call.turn.memory.report_id, "force", (), call.turn.memory.order, "en") in call.effects
