"""Ringing back: the reference is keyed, its caller hears status and messages, answers, adds something, or withdraws.

What was reported is never read back: somebody else may hold the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.asks import (
    Effect,
    KeepAnswer,
    Letter,
    Mailbox,
    NoteAddition,
    NoteAnswered,
    NoteHeard,
    OpenLetter,
    StartWork,
    Withdraw,
    World,
)
from ivr.clip_review import REVIEW
from ivr.memory import Memory
from ivr.steps import DONE_KEY, Decide, Digits, Do, End, Menu, Record, Step, Wait

VOICE, KEYS = "voice", "keys"
KNOWN = "known:"  # a look-up that found a report: its id follows
UNKNOWN = "unknown"
OPENED = "opened"  # a message that can be heard
REFERENCE_DIGITS = 16
MAX_LOOK_UPS = 3
MAX_LETTERS = 40  # opened in one call: each is work for us, and `*` asks for it again

# A status that this release does not know is told as the first of them: it says the least.
STATUSES = ("received", "assessing", "passed_on", "closed", "outside_remit")
COUNTED = ("replies_one", "replies_two")  # the prompt for so many new messages; more are `replies_more`
NOT_BY_KEYS = ("allegation",)  # what it is about stands in the report: it chooses questions, and makes a reference
REPLY = "reply"  # the question that an answer answers, before the id of the message that asked it

Result = tuple[Memory, tuple[Effect, ...]]


def returning() -> tuple[Step, ...]:
    """Return the steps of a caller who rings back."""
    return (*_reference(), *_messages(), *_answers(), *_additions(), *_withdrawal())


# ---- the reference ------------------------------------------------------------------------------------------------


def _reference() -> tuple[Step, ...]:
    known = {"1": "add_consent", "2": "withdraw", "3": "goodbye_short"}
    return (
        Decide("return_begin", _may_key_again, {"yes": "return_reference", "no": "return_not_now"}),
        Digits("return_reference", REFERENCE_DIGITS, "return_check", unheard="main_menu", seconds=15),
        Decide("return_check", _is_reference_right, {"right": "return_look_up", "wrong": "return_wrong_digit"}),
        Do("return_wrong_digit", _wrong_digit, "return_once_more"),
        Do("return_look_up", _look_up, "return_wait"),
        Wait("return_wait", "return_wait", _looking_up, ready="return_found", late="return_not_now"),
        Decide("return_found", _is_known, {"known": "return_open", "unknown": "return_not_known"}),
        Do("return_open", _open_known, "return_mail"),
        Do("return_not_known", _say_before("return_unknown"), "return_once_more"),
        Do("return_not_now", _say_before("apology_short"), "main_menu"),
        Decide("return_once_more", _may_key_again, {"yes": "return_reference", "no": "main_menu"}),
        Decide("return_mail", _is_mail, {"some": "return_messages", "none": "return_known"}),
        Menu("return_known", "return_known", known, "goodbye_short", tries=2),
    )


def _say_before(prompt: str) -> Callable[[Memory, World], Result]:
    return lambda memory, world: (replace(memory, preface=(prompt,)), ())


def _say_also(prompt: str) -> Callable[[Memory, World], Result]:
    return lambda memory, world: (replace(memory, preface=(*memory.preface, prompt)), ())


def _is_reference_right(memory: Memory, world: World) -> str:
    return "right" if world.is_well_formed(memory.keyed) else "wrong"


def _wrong_digit(memory: Memory, world: World) -> Result:
    return replace(memory, lookups=memory.lookups + 1, keyed="", preface=("return_wrong_digit",)), ()


def _look_up(memory: Memory, world: World) -> Result:
    return replace(memory, lookups=memory.lookups + 1, lookup=f"look_up_{memory.lookups + 1}"), ()


def _looking_up(memory: Memory) -> StartWork:
    return StartWork(memory.lookup, "look_up", memory.keyed)


def _is_known(memory: Memory, world: World) -> str:
    return "known" if (world.finding(memory.lookup) or UNKNOWN).startswith(KNOWN) else "unknown"


def _may_key_again(memory: Memory, world: World) -> str:
    return "yes" if memory.lookups < MAX_LOOK_UPS else "no"


def _open_known(memory: Memory, world: World) -> Result:
    """Begin afresh with the report of that reference: nothing that was answered before in this call is of it."""
    report_id = (world.finding(memory.lookup) or "").removeprefix(KNOWN)
    preface = _told(world.mailbox(report_id))
    fresh = replace(memory, answers=(), order=0, clips=0, clips_of="", quiet=0, letters=(), letter="")
    return replace(fresh, report_id=report_id, keyed="", adding=True, preface=preface), ()


def _told(mailbox: Mailbox) -> tuple[str, ...]:
    status = mailbox.status if mailbox.status in STATUSES else STATUSES[0]
    new = len(_new(mailbox))
    if new:
        counted = COUNTED[new - 1] if new <= len(COUNTED) else "replies_more"
    else:
        counted = "replies_heard" if mailbox.letters else "replies_none"
    return f"status_{status}", counted


def _new(mailbox: Mailbox) -> tuple[Letter, ...]:
    return tuple(letter for letter in mailbox.letters if letter.is_new)


def _is_mail(memory: Memory, world: World) -> str:
    return "some" if world.mailbox(memory.report_id).letters else "none"


# ---- messages -----------------------------------------------------------------------------------------------------


def _messages() -> tuple[Step, ...]:
    on = {"1": "letter_next", DONE_KEY: "letter_next"}
    answers = {"1": "answer_begin", "2": "letter_next", DONE_KEY: "letter_next"}
    keyed = {"1": "answer_yes", "2": "answer_no", "3": "answer_unsure", "4": "answer_begin", DONE_KEY: "letter_next"}
    again = "letter_again"
    return (
        Menu(
            "return_messages",
            "return_messages",
            {"1": "letters_begin", "2": "return_known"},
            "return_known",
            tries=2,
        ),
        Do("letters_begin", _begin_letters, "letter_next"),
        Decide("letter_next", _is_more, {"yes": "letter_open", "no": "letters_over"}),
        Do("letter_open", _take_letter, "letter_bound"),
        Do("letter_again", _take_again, "letter_bound"),
        Decide("letter_bound", _may_open, {"yes": "letter_wait", "no": "letters_over"}),
        Wait("letter_wait", "return_wait", _opening, ready="letter_playing", late="letter_lost", seconds=1),
        # Nothing is said after it: silence means that it was played to its end. A key goes to what may be done with it.
        Menu(
            "letter_playing",
            "",
            dict.fromkeys((*"1234567", DONE_KEY), "letter_asks"),
            "letter_played",
            seconds=1,
            tries=1,
            plays="letter",
            again=again,
        ),
        Decide("letter_played", _was_fetched, {"yes": "letter_heard", "no": "letter_lost"}),
        Do("letter_heard", _note_heard, "letter_asks"),
        Do("letter_lost", _say_also("apology_short"), "letter_next"),
        Decide(
            "letter_asks",
            _what_is_asked,
            {"message": "letter_menu", "question": "letter_question", "yes_no": "letter_yes_no"},
        ),
        Menu("letter_menu", "letter_menu", on, "letter_next", tries=1, again=again),
        Menu("letter_question", "letter_question", answers, "letter_next", tries=2, again=again),
        Menu("letter_yes_no", "letter_yes_no", keyed, "letter_next", tries=2, again=again),
        Do("letters_over", _say_also("replies_over"), "return_known"),
    )


def _begin_letters(memory: Memory, world: World) -> Result:
    mailbox = world.mailbox(memory.report_id)
    wanted = _new(mailbox) or mailbox.letters  # what was heard before may be heard again
    return replace(memory, letters=tuple(letter.letter_id for letter in wanted)), ()


def _is_more(memory: Memory, world: World) -> str:
    return "yes" if memory.letters else "no"


def _take_letter(memory: Memory, world: World) -> Result:
    first, *left = memory.letters
    kind = next((one.kind for one in world.mailbox(memory.report_id).letters if one.letter_id == first), "message")
    answers = tuple(pair for pair in memory.answers if pair[0] != REPLY)
    taken = replace(memory, letter=first, letters=tuple(left), letter_kind=kind, answers=answers, clips_of="")
    return _take_again(taken, world)


def _take_again(memory: Memory, world: World) -> Result:
    return replace(memory, audio_token=world.new_id()), ()


def _may_open(memory: Memory, world: World) -> str:
    return "yes" if memory.opened < MAX_LETTERS else "no"


def _opening(memory: Memory) -> OpenLetter:
    return OpenLetter(
        f"letter_{memory.audio_token}", memory.lookup, memory.report_id, memory.letter, memory.audio_token
    )


def _was_fetched(memory: Memory, world: World) -> str:
    return "yes" if world.was_fetched(memory.audio_token) else "no"


def _note_heard(memory: Memory, world: World) -> Result:
    return memory, (NoteHeard(memory.letter),)


def _what_is_asked(memory: Memory, world: World) -> str:
    return memory.letter_kind if memory.letter_kind in ("question", "yes_no") else "message"


# ---- answers ------------------------------------------------------------------------------------------------------


def _answers() -> tuple[Step, ...]:
    return (
        Do("answer_yes", _answer("yes"), "answered"),
        Do("answer_no", _answer("no"), "answered"),
        Do("answer_unsure", _answer("unsure"), "answered"),
        Decide("answer_begin", _has_agreed, {"yes": REPLY, "no": "reply_consent"}),
        Menu("reply_consent", "reply_consent", {"1": "reply_agreed", "2": "letter_next"}, "letter_next", tries=2),
        Do("reply_agreed", _agree, REPLY),
        Record(
            REPLY,
            "answer_done",
            max_seconds=110,
            silence_seconds=12,
            review=REVIEW,
            max_clips=3,
            more="reply_more",
            to_letter=True,
        ),
        Menu(
            "reply_more", "add_more", {"1": REPLY, "2": "answer_done", DONE_KEY: "answer_done"}, "answer_done", tries=2
        ),
        Decide("answer_done", _has_answered, {"yes": "answered", "no": "letter_next"}),
        Do("answered", _note_answered, "letter_next"),
    )


def question_of(letter: str) -> str:
    """Return the id of the question that an answer to a message is kept under."""
    return f"{REPLY}:{letter}"


def _answer(value: str) -> Callable[[Memory, World], Result]:
    def does(memory: Memory, world: World) -> Result:
        question = question_of(memory.letter)
        answered = memory.with_answer(question, (value,))
        kept = KeepAnswer(memory.report_id, question, (value,), answered.order, memory.language)
        return answered, (kept, NoteAddition(memory.report_id))

    return does


def _has_agreed(memory: Memory, world: World) -> str:
    return "yes" if memory.consent else "no"


def _agree(memory: Memory, world: World) -> Result:
    return replace(memory, consent=True, mode=VOICE), ()


def _has_answered(memory: Memory, world: World) -> str:
    return "yes" if memory.answered().get(REPLY) else "no"


def _note_answered(memory: Memory, world: World) -> Result:
    answered = memory.with_answer(question_of(memory.letter), ("clip",)) if _has_answered(memory, world) else memory
    return replace(answered, preface=("add_done",)), (NoteAnswered(memory.letter),)


# ---- adding something ---------------------------------------------------------------------------------------------


def _additions() -> tuple[Step, ...]:
    return (
        Menu(
            "add_consent",
            "add_consent",
            {"1": "begin_adding", "2": "begin_keys"},
            "goodbye_short",
            opening=("promise_rest",),
            tries=2,
        ),
        Do("begin_adding", _agree, "add_story"),
        Do("begin_keys", _begin_keys, "next_question"),
        Record("add_story", "add_more", max_seconds=110, silence_seconds=12, review=REVIEW, max_clips=6),
        Menu("add_more", "add_more", {"1": "add_story", "2": "add_done", DONE_KEY: "add_done"}, "add_done", tries=2),
        End("add_done", ("add_done", "goodbye"), "calls.added"),
    )


def _begin_keys(memory: Memory, world: World) -> Result:
    # As if they were skipped: they are not asked, and nothing depends on them.
    answers = tuple((question, ()) for question in NOT_BY_KEYS)
    return replace(memory, mode=KEYS, answers=answers, preface=("keys_only_begins",)), ()


# ---- withdrawing --------------------------------------------------------------------------------------------------


def _withdrawal() -> tuple[Step, ...]:
    # Asked twice, by different keys: a key pressed too often, or by a cheek, withdraws nothing.
    return (
        Menu("withdraw", "withdraw", {"1": "withdraw_sure", "2": "return_known"}, "return_known", tries=1),
        Menu("withdraw_sure", "withdraw_sure", {"3": "withdrawing", "2": "return_known"}, "return_known", tries=1),
        Do("withdrawing", _withdraw, "withdrawn"),
        End("withdrawn", ("withdrawn",), "calls.withdrawn"),
    )


def _withdraw(memory: Memory, world: World) -> Result:
    return replace(memory, report_id="", adding=False, letters=(), letter=""), (Withdraw(memory.report_id),)
