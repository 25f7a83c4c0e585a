"""A caller and a person: waiting, being brought together, what is heard aside, and how a talk ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.asks import Effect, World
from ivr.issuing import is_issued, issue
from ivr.memory import Memory
from ivr.steps import BACK, Bridge, Decide, Do, End, Hold, Menu, Say, Step, Wait
from ivr.talk import (
    ABUSIVE,
    CLOSED,
    FINISHED,
    LEFT,
    NO,
    NOBODY_CAME,
    NONE,
    REFERENCE,
    SILENT,
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

STANDS = "talk_stands"
WAITING, TALKING = "waiting", "talking"

Result = tuple[Memory, tuple[Effect, ...]]


def person_steps() -> tuple[Step, ...]:
    """Return the way to a person, and what is offered where nobody can answer."""
    choices = {"1": "consent", "2": "choose_keys", "3": "goodbye_short"}
    return (
        Decide(
            "person",
            _who_answers,
            {
                "aside": "aside_left",
                "handler": "promised",
                "report": "nobody_yet",
                "nobody": "nobody_on_duty",
                "switched off": "say_closed",
                "closed": "line_closed",
            },
        ),
        # Said to whoever is about to speak, here and before consent, so that all others reach the menu sooner.
        Do("promised", _join, WAITING),
        Hold(
            WAITING,
            "waiting",
            {"1": "leave_queue", "2": "leave_for_keys", "3": "urge"},
            answered=STANDS,
            given_up="give_up",
        ),
        Do("urge", _urge, WAITING),
        Do("leave_queue", _leave(LEFT), "left_queue"),
        Decide("left_queue", _what_was_begun, {"a report": BACK, "nothing": "consent"}),
        Do("leave_for_keys", _leave(LEFT), "choose_keys"),
        Do("give_up", _leave(NOBODY_CAME), "nobody_came"),
        Decide("nobody_came", _what_was_begun, {"a report": "nobody_yet", "nothing": "nobody_on_duty"}),
        Menu("nobody_on_duty", "nobody_on_duty", choices, "quiet"),
        Menu("line_closed", "line_closed", choices, "quiet"),
        Do("say_closed", _say_closed, "closed_now"),
        Menu("closed_now", "nobody_on_duty", choices, "quiet", begins="silence", tries=2),
        Say("nobody_yet", ("nobody_yet",), BACK),
    )


def talk_steps() -> tuple[Step, ...]:
    """Return the talk with a person: together, aside, and its end."""
    return (
        Decide(
            STANDS,
            _how_talk_stands,
            {
                "waiting": WAITING,
                "lost": "handler_lost",
                "together": TALKING,
                "aside": "aside_begins",
                "finished": "talk_finished",
                "closed": "talk_closed",
                "gone": "give_up",
            },
        ),
        Bridge(TALKING, "connecting", then=STANDS, given_up="give_up"),
        Do("handler_lost", _lose_handler, WAITING),
        Do("aside_yes", _come_back(YES), "aside_over"),
        Do("aside_no", _come_back(NO), "aside_over"),
        Do("aside_late", _come_back(NO, "reference_later"), "aside_over"),
        Do("aside_left", _come_back(NONE), "aside_over"),
        Decide(
            "aside_over",
            _how_it_goes_on,
            {"together": TALKING, "finished": "talk_finished", "closed": "talk_closed"},
        ),
        Do("aside_begins", _begin_aside, "aside"),
        Decide(
            "aside",
            _what_is_asked,
            {REFERENCE: "aside_due", **{question: question for question in SILENT}, "unknown": "aside_left"},
        ),
        Decide("aside_due", is_issued, {"yes": "reference", "no": "aside_wait"}),
        Wait("aside_wait", "reference_wait", issue, ready="reference", late="aside_late"),
        *(Menu(one, one, {"1": "aside_yes", "2": "aside_no"}, "aside_left", tries=2, seconds=8) for one in SILENT),
        Do("talk_finished", _say_over, "talk_over"),
        Do("talk_closed", _say_over, "call_closed"),
        End("talk_over", ("talk_over",), "calls.talked"),
        End("call_closed", ("call_closed",), "calls.closed"),
    )


# ---- the way to a person ------------------------------------------------------------------------------------------


def _who_answers(memory: Memory, world: World) -> str:
    if memory.aside:
        return "aside"  # a person is what they have
    is_open = world.is_line_open() and not world.is_switched("closed")
    if is_open and world.is_handler_on_duty(memory.language):
        return "handler"
    if memory.report_id:
        return "report"
    if is_open:
        return "nobody"
    return "switched off" if world.is_switched("closed") else "closed"


def _say_closed(memory: Memory, world: World) -> Result:
    return replace(memory, preface=("closed_until",)), ()


def _join(memory: Memory, world: World) -> Result:
    urgent = memory.answered().get("urgent", ())[-1:] in (("yes",), ("unsure",))
    begun = "" if memory.adding else memory.report_id  # an earlier report is nobody's business but its reference's
    needs = needs_of(memory.answered())
    wish = JoinQueue(world.new_id(), world.new_id(), memory.language, urgent, begun, needs)
    return replace(memory, queued=True, told_place="", preface=("promise_rest",)), (wish,)


def _urge(memory: Memory, world: World) -> Result:
    return replace(memory, preface=("waiting_first",)), (UrgeQueue(),)


def _leave(why: str) -> Callable[[Memory, World], Result]:
    return lambda memory, world: (replace(memory, queued=False, aside=""), (LeaveQueue(why),))


def _what_was_begun(memory: Memory, world: World) -> str:
    return "a report" if memory.report_id else "nothing"


# ---- with a person ------------------------------------------------------------------------------------------------


def _how_talk_stands(memory: Memory, world: World) -> str:
    talk = world.talk()
    if talk is None:
        return "gone"
    if talk.ending and not _hears_on(talk):
        return _how_it_ends(talk)
    match talk.stands:
        case Stands.WAITING | Stands.OFFERED:
            return "lost" if talk.first and memory.step != WAITING else "waiting"
        case Stands.MEETING:
            return "together"
        case Stands.ASIDE:
            return "aside"
        case Stands.OVER:
            return "gone"


def _hears_on(talk: Talk) -> bool:
    """Say whether a caller hears to its end what they are led aside for, though their talk is finished."""
    return talk.stands is Stands.ASIDE and talk.ending != ABUSIVE and _how_it_ends(talk) != "gone"


def _how_it_ends(talk: Talk) -> str:
    return "finished" if talk.ending == FINISHED else "closed" if talk.ending in CLOSED else "gone"


def _how_it_goes_on(memory: Memory, world: World) -> str:
    talk = world.talk()
    end = _how_it_ends(talk) if talk is not None and talk.ending else ""
    return end if end in ("finished", "closed") else "together"  # who has gone is told so there


def _lose_handler(memory: Memory, world: World) -> Result:
    return replace(memory, aside="", told_place="", preface=("handler_lost",)), ()


def _begin_aside(memory: Memory, world: World) -> Result:
    talk = world.talk()
    asked = talk.asked if talk is not None else ""
    if talk is None or asked != REFERENCE or not talk.report_id:
        return replace(memory, aside=asked), ()
    aside = replace(memory, aside=asked, preface=("reference_aside",))
    if memory.talk_report == talk.report_id:
        return aside, ()  # told once more, or this is a move that came twice: it is the same reference
    return replace(aside, talk_report=talk.report_id, talk_reference=world.new_reference()), ()


def _what_is_asked(memory: Memory, world: World) -> str:
    talk = world.talk()
    if memory.aside == REFERENCE:
        return REFERENCE if talk is not None and talk.report_id else "unknown"
    return memory.aside if memory.aside in SILENT else "unknown"


def _come_back(answer: str, *said: str) -> Callable[[Memory, World], Result]:
    def does(memory: Memory, world: World) -> Result:
        back = ("back_to_handler",) if _how_it_goes_on(memory, world) == "together" else ()
        return replace(memory, aside="", preface=(*memory.preface, *said, *back)), (ComeBack(answer),)

    return does


def _say_over(memory: Memory, world: World) -> Result:
    return replace(memory, queued=False, aside=""), (SayOver(),)
