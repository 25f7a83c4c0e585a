"""Who rings back hears status and messages, answers, adds, withdraws: walked without any service."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.asks import (
    AskRecording,
    Effect,
    KeepAnswer,
    Letter,
    Mailbox,
    NoteAddition,
    NoteAnswered,
    NoteHeard,
    NoteUrgency,
    OpenLetter,
    OpenReport,
    StartWork,
    Withdraw,
)
from ivr.memory import Memory
from ivr.returning import MAX_LETTERS, question_of
from ivr.steps import Decide, Do, Heard, Pressed, Recorded, Silence
from ivr.whereabouts import Whereabouts, outcome
from storage.traces import ADDED
from tests.ivr.callers import REFERENCE, SmallWorld, WalkedCall

REPORT = "a" * 32
FIRST, SECOND = "b" * 32, "c" * 32


def letters(*kinds: str, new: bool = True) -> Mailbox:
    return Mailbox("passed_on", tuple(Letter(f"{at:032x}", kind, new) for at, kind in enumerate(kinds, start=11)))


def back(mail: Mailbox | None = None) -> WalkedCall:
    """Ring back with a reference that is known, up to where the caller hears what there is."""
    world = SmallWorld(found={"look_up_1": f"known:{REPORT}"}, mail=mail or Mailbox("received"))
    call = WalkedCall(world=world).hears(Silence()).hears(Silence()).presses("3", REFERENCE)
    return call.hears(Silence()) if call.step == "return_wait" else call


def playing(call: WalkedCall) -> WalkedCall:
    """Go to where the next message is played."""
    call.presses("1")
    while call.step == "letter_wait":
        call.hears(Silence())
    assert call.step == "letter_playing"
    return call


@pytest.mark.parametrize("status", ["received", "assessing", "passed_on", "closed", "outside_remit"])
def test_the_status_is_told_in_plain_words_before_anything_else(status: str) -> None:
    call = back(Mailbox(status))
    assert call.step == "return_known"
    assert call.turn.memory.preface == (f"status_{status}", "replies_none")


def test_a_status_that_this_release_does_not_know_is_told_as_the_least() -> None:
    assert back(Mailbox("withdrawn")).turn.memory.preface[0] == "status_received"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [(1, "replies_one"), (2, "replies_two"), (3, "replies_more"), (9, "replies_more")],
)
def test_how_many_messages_wait_is_told(kinds: int, said: str) -> None:
    call = back(letters(*["message"] * kinds))
    assert (call.step, call.turn.memory.preface[1]) == ("return_messages", said)


def test_messages_are_played_in_the_order_in_which_they_were_sent_and_noted_when_they_are_over() -> None:
    call = playing(back(letters("message", "message")))
    assert not call.asked(NoteHeard)
    call.hears(Silence())
    assert call.step == "letter_menu"
    playing(call).hears(Silence()).presses("1")
    assert (call.step, call.turn.memory.preface) == ("return_known", ("replies_over",))
    assert [effect.letter_id for effect in call.asked(NoteHeard)] == [f"{at:032x}" for at in (11, 12)]  # type: ignore[union-attr]


@pytest.mark.parametrize("key", [*"1234567#*0890"])
def test_a_key_while_a_message_plays_does_not_count_as_having_heard_it(key: str) -> None:
    call = playing(back(letters("message")))
    call.presses(key)
    assert not call.asked(NoteHeard)


def test_a_message_that_the_carrier_never_fetched_was_heard_by_nobody() -> None:
    call = playing(back(letters("message")))
    call.world.fetched = False
    call.hears(Silence())
    assert not call.asked(NoteHeard)
    assert call.world.mail.letters[0].is_new


def test_a_message_that_does_not_open_keeps_no_caller_waiting_for_ever() -> None:
    call = back(letters("message"))
    call.world.opens = False
    call.presses("1")
    for _ in range(8):
        if call.step == "return_known":
            break
        call.hears(Silence())
    assert call.step == "return_known"


def test_every_hearing_has_an_address_of_its_own_and_they_are_bounded() -> None:
    call = playing(back(letters("message")))
    tokens = {call.turn.memory.audio_token}
    for _ in range(2 * MAX_LETTERS):
        call.presses("*")
        if call.step != "letter_wait":
            break
        tokens.add(call.turn.memory.audio_token)
        call.hears(Silence())
    assert len(tokens) == MAX_LETTERS
    opened = [effect for effect in call.effects if isinstance(effect, OpenLetter)]
    assert {effect.token for effect in opened} == tokens


def test_heard_messages_can_be_heard_again_in_a_later_call() -> None:
    call = back(letters("message", new=False))
    assert (call.step, call.turn.memory.preface[1]) == ("return_messages", "replies_heard")
    assert playing(call).hears(Silence()).step == "letter_menu"


@pytest.mark.parametrize(("key", "value"), [("1", "yes"), ("2", "no"), ("3", "unsure")])
def test_a_question_is_answered_by_a_key(key: str, value: str) -> None:
    call = playing(back(letters("yes_no"))).hears(Silence())
    assert call.step == "letter_yes_no"
    call.presses(key)
    (kept,) = call.asked(KeepAnswer)
    assert isinstance(kept, KeepAnswer)
    assert (kept.report_id, kept.question, kept.values) == (REPORT, question_of(f"{11:032x}"), (value,))
    assert call.asked(NoteAddition) == [NoteAddition(REPORT)]
    assert call.asked(NoteAnswered) == [NoteAnswered(f"{11:032x}")]
    assert outcome(call.turn.memory) == ADDED


def test_a_question_is_answered_by_voice_once_the_caller_agreed() -> None:
    call = playing(back(letters("question", "question"))).hears(Silence())
    assert call.step == "letter_question"
    assert call.presses("1").step == "reply_consent"
    assert not call.asked(AskRecording)
    assert call.presses("1").step == "reply"
    call.hears(Recorded("#")).hears(Silence())
    assert call.asked(NoteAnswered) == [NoteAnswered(f"{11:032x}")]
    while call.step == "letter_wait":
        call.hears(Silence())
    call.hears(Silence())
    assert call.presses("1").step == "reply"  # agreed to once in this call
    call.hears(Recorded("#")).hears(Silence())
    questions = [effect.question for effect in call.effects if isinstance(effect, AskRecording)]
    assert questions == [question_of(f"{at:032x}") for at in (11, 12)]
    assert all(len(question) <= 40 for question in questions)


def test_who_does_not_agree_is_not_recorded_and_goes_on() -> None:
    call = playing(back(letters("question"))).hears(Silence()).presses("1", "2")
    assert call.step == "return_known"
    assert not call.asked(AskRecording)
    assert not call.asked(NoteAnswered)


def test_an_answer_that_was_deleted_is_none() -> None:
    call = playing(back(letters("question"))).hears(Silence()).presses("1", "1")
    call.hears(Recorded("#")).presses("1", "3")
    while call.step.startswith(("clip_", "reply")):
        call.presses("#") if call.step == "reply" else call.hears(Silence())
    assert not call.asked(NoteAnswered)


def test_something_is_added_by_keys_alone() -> None:
    call = back().presses("1", "2")
    assert (call.step, call.turn.memory.mode) == ("urgent", "keys")
    call.presses("2")
    for _ in range(40):
        if call.step == "add_done":
            break
        call.presses("1")
    assert call.step == "add_done"
    kept = [effect for effect in call.effects if isinstance(effect, KeepAnswer)]
    assert {effect.report_id for effect in kept} == {REPORT}
    assert "allegation" not in {effect.question for effect in kept}
    assert len(call.asked(NoteAddition)) == len(kept) + 1  # and how urgent it is
    never: tuple[type[Effect], ...] = (AskRecording, OpenReport, NoteUrgency)
    assert not any(call.asked(kind) for kind in never)
    assert [effect.work for effect in call.effects if isinstance(effect, StartWork)] == ["look_up"]


def test_an_urgent_addition_by_keys_alerts_and_says_what_to_do() -> None:
    call = back().presses("1", "2", "1")
    assert NoteAddition(REPORT, "yes") in call.effects
    assert call.turn.memory.preface == ("urgent_words",)


def test_who_adds_nothing_by_keys_has_added_nothing() -> None:
    call = back().presses("1", "2")
    for _ in range(40):
        if call.step == "goodbye_short":
            break
        call.presses("#")
    assert call.step == "goodbye_short"
    assert not call.asked(NoteAddition)


def test_withdrawing_is_told_about_asked_twice_and_done() -> None:
    call = back().presses("2")
    assert call.step == "withdraw"
    assert call.presses("1").step == "withdraw_sure"
    assert not call.asked(Withdraw)
    assert call.presses("3").step == "withdrawn"
    assert call.asked(Withdraw) == [Withdraw(REPORT)]
    assert (call.turn.memory.report_id, call.turn.memory.adding) == ("", False)


@pytest.mark.parametrize("keys", [("2",), ("1", "2"), ("1", "1"), ("3",), ("7",), ("1", "5")])
def test_a_wrong_key_or_none_withdraws_nothing(keys: tuple[str, ...]) -> None:
    call = back().presses("2", *keys)
    assert not call.asked(Withdraw)
    assert call.step in ("return_known", "withdraw_sure")
    assert back().presses("2").hears(Silence()).step == "return_known"


def test_what_was_answered_before_in_the_same_call_is_none_of_the_earlier_report() -> None:
    call = WalkedCall().hears(Silence()).hears(Silence()).presses("2", "2", "2", "1", "#")
    call.world.found["look_up_1"] = f"known:{REPORT}"
    call.turn = call.turn.__class__(Memory(**{**vars(call.turn.memory), "step": "main_menu"}))
    call.presses("3", REFERENCE).hears(Silence())
    assert call.step == "return_known"
    assert (call.turn.memory.answers, outcome(call.turn.memory)) == ((), "none")


HEARD = st.one_of(
    st.just(Silence()),
    st.text("0123456789*#", min_size=1, max_size=2).map(Pressed),
    st.sampled_from(["", "#", "*", "0", "9", "hangup"]).map(Recorded),
)
KINDS = st.lists(st.sampled_from(["message", "question", "yes_no", "odd"]), max_size=4)


@given(st.lists(HEARD, max_size=60), KINDS, st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_a_returning_caller_does_only_what_was_played_counts_as_heard(
    heard: list[Heard], kinds: list[str], opens: bool, fetched: bool
) -> None:
    call = back(letters(*kinds))
    call.world.opens, call.world.fetched = opens, fetched
    whereabouts = Whereabouts(call.flow)
    for one in heard:
        before = call.turn.memory
        already = len(call.asked(NoteHeard))
        call.hears(one)
        memory = call.turn.memory
        assert not isinstance(call.flow.steps[memory.step], Decide | Do)
        assert Memory.unpacked(memory.packed()) == memory
        whereabouts.trace(memory)
        if len(call.asked(NoteHeard)) > already:
            # It ended and nobody pressed: what comes then in another form says no less.
            assert (before.step, isinstance(one, Silence | Recorded), fetched) == ("letter_playing", True, True)
            assert one != Recorded("hangup"), "who hung up has not heard it"
    for effect in call.effects:
        if isinstance(effect, Withdraw | NoteAddition):
            assert effect.report_id == REPORT
