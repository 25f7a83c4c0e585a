"""The call as one readable table of steps: greeting, promise, menu, report by voice or keys, reference, return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ivr.asks import (
    ChangeChannel,
    Effect,
    FinishReport,
    NoteAddition,
    NoteSubstance,
    NoteUrgency,
    OpenReport,
    World,
)
from ivr.clip_review import REVIEW, clip_review
from ivr.issuing import is_issued, issue
from ivr.language_menu import GREETING, language_steps
from ivr.memory import LED_OUT, Memory
from ivr.returning import KEYS, VOICE, returning
from ivr.steps import DONE_KEY, Choose, Decide, Digits, Do, End, Flow, Menu, Record, Say, Step, Wait
from ivr.talking import STANDS, person_steps, talk_steps
from ivr.whereabouts import Part
from prompts.language_offers import offers_of
from prompts.questionnaire import Question, Questionnaire, is_partial_report, is_report, next_question

ISSUED = "issued"
CROWDED = "calls.crowded"
TAIL_DIGITS = 4
MAX_REFERENCE_TRIES = 3
QUIET_QUESTIONS = 3  # unanswered in a row: then only what matters most is asked

Result = tuple[Memory, tuple[Effect, ...]]


def make_flow(questionnaire: Questionnaire, languages: Sequence[tuple[str, str]]) -> Flow:
    """Return the whole call. `languages` are (code, key or "") in the order they are offered, the line's own first."""
    parts: dict[str, tuple[Step, ...]] = {
        Part.OPENING: _opening(languages),
        Part.PERSON: person_steps(),
        Part.TALK: talk_steps(),
        Part.BEGINNING: _beginning(),
        Part.QUESTIONS: _questions(questionnaire),
        Part.CLIP: clip_review(),
        Part.REFERENCE: _reference(),
        Part.ENDING: _ending(),
        Part.RETURNING: returning(),
    }
    return Flow.of(
        parts,
        begin="ring",
        again="main_menu",
        person="person",
        stands=STANDS,
        quick_exit="quick_exit",
        led_out="led_out",
        over="goodbye_short",
    )


# ---- greeting, safety, promise, menu ------------------------------------------------------------------------------


def _opening(languages: Sequence[tuple[str, str]]) -> tuple[Step, ...]:
    return (
        Decide("ring", _is_room, {"yes": GREETING, "no": "crowded"}),
        *language_steps(offers_of(languages), then="safety"),
        Say("safety", ("safety", "promise_first"), "news"),
        Do("news", _tell_news, "main_menu"),
        Menu("main_menu", "main_menu", {"1": "person", "2": "consent", "3": "return_begin", "4": "scope"}, "person"),
        Menu("scope", "scope", {"1": "doors", "2": "safe_calling", "3": "main_menu"}, "main_menu", tries=2),
        Menu("doors", "doors", {"1": "main_menu"}, "main_menu", tries=1, seconds=4),
        Menu("safe_calling", "safe_calling", {"1": "main_menu"}, "main_menu", tries=1, seconds=4),
    )


def _is_room(memory: Memory, world: World) -> str:
    return "no" if world.is_crowded() else "yes"


def _tell_news(memory: Memory, world: World) -> Result:
    # After the menu's words and not before them: the way to the key for a person has no second to spare.
    news = world.news()
    return replace(memory, afterword=(news,) if news else ()), ()


# ---- a report begins ----------------------------------------------------------------------------------------------


def _beginning() -> tuple[Step, ...]:
    return (
        Menu(
            "consent",
            "consent",
            {"1": "choose_voice", "2": "choose_keys"},
            "consent_silent",
            opening=("promise_rest",),
        ),
        Menu("consent_silent", "consent_silent", {"1": "choose_voice", "2": "choose_keys"}, "quiet", tries=1),
        Do("choose_voice", _choose(VOICE), "open_report"),
        Do("choose_keys", _choose(KEYS), "open_report"),
        Do("open_report", _open_report, "next_question"),
    )


def _choose(mode: str) -> Callable[[Memory, World], Result]:
    opening = ("keys_help", "report_begins") if mode == VOICE else ("keys_only_begins",)
    return lambda memory, world: (replace(memory, mode=mode, consent=mode == VOICE, preface=opening), ())


def _open_report(memory: Memory, world: World) -> Result:
    if memory.report_id and not memory.adding:
        return memory, (ChangeChannel(memory.report_id, memory.mode),)
    report_id, reference = world.new_id(), world.new_reference()
    begun = replace(memory, report_id=report_id, reference=reference, answers=(), order=0, quiet=0, adding=False)
    return begun, (OpenReport(report_id, memory.language, memory.mode),)


# ---- the questions ------------------------------------------------------------------------------------------------


def _questions(questionnaire: Questionnaire) -> tuple[Step, ...]:
    notes: dict[str, Callable[[Memory, World], Result]] = {
        "urgent": _note_urgency,
        "at_risk": _note_risk,
        "allegation": _note_allegation,
    }
    ways = {question.id: question.id for question in questionnaire.questions}
    table: list[Step] = [
        Decide(
            "next_question",
            _next(questionnaire),
            {**ways, "reference": "reference_due", "finish": "finish", "added": "added"},
        )
    ]
    for question in questionnaire.questions:
        note = notes.get(question.id)
        then = f"note_{question.id}" if note else "next_question"
        table.append(_question(question, then))
        if question.kind == "voice" and question.max_clips > 1:
            table.append(
                Menu(f"{question.id}_more", f"{question.id}_more", {"1": question.id, "2": then, DONE_KEY: then}, then)
            )
        if note:
            table.append(Do(then, note, "next_question"))
    return tuple(table)


def _question(question: Question, then: str) -> Step:
    match question.kind:
        case "key":
            return Choose(question.id, question.choices, then, picks=question.picks)
        case "digits":
            return Digits(question.id, question.length, then, unheard=then, keeps=True, tries=2)
        case _:
            more = f"{question.id}_more" if question.max_clips > 1 else ""
            return Record(
                question.id, then, question.max_seconds, question.silence_seconds, REVIEW, question.max_clips, more=more
            )


def _next(questionnaire: Questionnaire) -> Callable[[Memory, World], str]:
    def asks(memory: Memory, world: World) -> str:
        if LED_OUT in memory.marks:
            return "finish"
        answers = memory.answered()
        following = next_question(questionnaire, answers, memory.mode)
        if memory.adding:
            return following if following and memory.quiet < QUIET_QUESTIONS else "added"
        if memory.quiet >= QUIET_QUESTIONS and following is not None:
            following = "story" if memory.mode == VOICE and "story" not in answers else None
        if not memory.reference_told and _is_reference_due(memory, following):
            return "reference"
        return following or "finish"

    return asks


def _is_reference_due(memory: Memory, following: str | None) -> bool:
    # Before the story, so that a call which drops in the middle of it can still be taken up again.
    if following == "story":
        return "reference_late" not in memory.marks
    return memory.mode == KEYS and "allegation" in memory.answered() and "reference_late" not in memory.marks


def _note_urgency(memory: Memory, world: World) -> Result:
    answer = memory.answered().get("urgent", ())
    if not answer:
        return memory, ()
    urgent, report_id = answer[-1], memory.report_id
    preface = ("urgent_words",) if urgent in ("yes", "unsure") else memory.preface
    noted: Effect = NoteAddition(report_id, urgent) if memory.adding else NoteUrgency(report_id, urgent)
    return replace(memory, preface=preface), (noted,)


def _note_risk(memory: Memory, world: World) -> Result:
    if "self" in memory.answered().get("at_risk", ()):
        return replace(memory, preface=("crisis",)), ()
    return memory, ()


def _note_allegation(memory: Memory, world: World) -> Result:
    # Half a minute before it is needed, and not for the many who hang up before: it costs as much as 300 webhooks.
    begun: tuple[Effect, ...] = (issue(memory),)
    return memory, (NoteSubstance(memory.report_id), *begun) if memory.answered().get("allegation") else begun


# ---- the reference ------------------------------------------------------------------------------------------------


def _reference() -> tuple[Step, ...]:
    return (
        Decide("reference_due", is_issued, {"yes": "reference", "no": "reference_wait"}),
        Wait("reference_wait", "reference_wait", issue, ready="reference", late="reference_late"),
        Do("reference_late", _mark_late, "next_question"),
        Menu(
            "reference",
            "reference",
            {"1": "reference_tail", DONE_KEY: "reference_tail"},
            "reference_tail",
            opening=("reference_intro",),
            plays="reference",
            tries=1,
            seconds=5,
        ),
        Digits("reference_tail", TAIL_DIGITS, "reference_check", unheard="reference_told", tries=2),
        Decide("reference_check", _is_tail_right, {"right": "reference_right", "wrong": "reference_wrong"}),
        Do("reference_right", _say_before("reference_tail_right"), "reference_told"),
        Do("reference_wrong", _tail_was_wrong, "reference_once_more"),
        Decide("reference_once_more", _may_try_again, {"yes": "reference", "no": "reference_told"}),
        Do("reference_told", _mark_told, "reference_after"),
        Decide("reference_after", _whose_it_was, {"their own": "next_question", "a handler's": "aside_yes"}),
    )


def _mark_late(memory: Memory, world: World) -> Result:
    marked = replace(memory, marks=(*memory.marks, "reference_late"), preface=("reference_later",))
    return marked, ()


def _mark_told(memory: Memory, world: World) -> Result:
    return (memory if memory.aside else replace(memory, reference_told=True)), ()


def _whose_it_was(memory: Memory, world: World) -> str:
    return "a handler's" if memory.aside else "their own"


def _is_tail_right(memory: Memory, world: World) -> str:
    return "right" if memory.keyed == memory.reference_to_tell[-TAIL_DIGITS:] else "wrong"


def _tail_was_wrong(memory: Memory, world: World) -> Result:
    marks = (*memory.marks, "wrong_tail")
    return replace(memory, marks=marks, preface=("reference_tail_wrong",)), ()


def _may_try_again(memory: Memory, world: World) -> str:
    return "yes" if memory.marks.count("wrong_tail") < MAX_REFERENCE_TRIES else "no"


def _say_before(prompt: str) -> Callable[[Memory, World], Result]:
    return lambda memory, world: (replace(memory, preface=(prompt,)), ())


# ---- the end ------------------------------------------------------------------------------------------------------


def _ending() -> tuple[Step, ...]:
    return (
        Decide(
            "finish", _how_it_ends, {"report": "finish_report", "partial": "finish_tell", "little": "goodbye_short"}
        ),
        Do("finish_report", _finish, "finish_tell"),
        Decide(
            "finish_tell", _is_told, {"told": "report_done", "issued": "reference", "waiting": "reference_last_wait"}
        ),
        Wait("reference_last_wait", "reference_wait", issue, ready="reference", late="report_done"),
        End("report_done", ("report_done", "goodbye"), "calls.report"),
        End("goodbye_short", ("goodbye_short",), "calls.goodbye"),
        Decide("quiet", _was_silent, {"from ring to end": "silent_end", "only now": "goodbye_quiet"}),
        End("silent_end", ("silent_end",), "calls.silent"),
        End("goodbye_quiet", ("goodbye_short",), "calls.quiet"),
        Decide("led_out", _what_is_left, {"a report": "finish", "an addition": "add_done", "nothing": "goodbye_short"}),
        Decide("added", _what_is_left, {"a report": "finish", "an addition": "add_done", "nothing": "goodbye_short"}),
        End("crowded", ("crowded",), CROWDED),
        End("quick_exit", ("quick_exit",), "calls.quick_exit"),
    )


def _how_it_ends(memory: Memory, world: World) -> str:
    answers = memory.answered()
    if is_report(answers):
        return "report"
    return "partial" if is_partial_report(answers) else "little"


def _was_silent(memory: Memory, world: World) -> str:
    return "only now" if memory.touched else "from ring to end"


def _what_is_left(memory: Memory, world: World) -> str:
    if memory.adding:
        return "an addition" if any(memory.answered().values()) else "nothing"
    return "a report" if memory.report_id else "nothing"


def _finish(memory: Memory, world: World) -> Result:
    return memory, (FinishReport(memory.report_id),)


def _is_told(memory: Memory, world: World) -> str:
    if memory.reference_told:
        return "told"
    return "issued" if is_issued(memory, world) == "yes" else "waiting"
