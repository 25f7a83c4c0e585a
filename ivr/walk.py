"""The rule that walks a call through its flow: from what was heard at one step to the next step that is heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivr.asks import (
    AcceptClip,
    AskRecording,
    Count,
    Effect,
    FetchClip,
    KeepAnswer,
    Length,
    NoteAddition,
    OfferSound,
    OpenLetter,
    Spent,
    World,
)
from ivr.memory import LED_OUT, Memory
from ivr.steps import (
    AFTER,
    AGAIN_KEY,
    BACK,
    COMMANDS,
    DONE_KEY,
    EXIT_KEY,
    PERSON_KEY,
    SAME,
    SLOWER_KEY,
    Bridge,
    BrokenFlow,
    Choose,
    Decide,
    Digits,
    Do,
    End,
    Flow,
    Heard,
    HeardStep,
    Hold,
    Menu,
    Pressed,
    Record,
    Recorded,
    Say,
    Silence,
    Wait,
)
from ivr.talk import HUNG_UP, LeaveQueue, Stands, TalkEffect, place_in, waiting_words

CLIP = "clip"  # the value of a question that was answered by voice
HANG_UP = "hangup"
MAX_UNHEARD_STEPS = 32
TYPING = "typing"  # what who needs long is told once, and its mark
MAX_CLIPS_A_QUESTION = 12  # `*` asks again and keeps: a bound on what one caller can make us store


@dataclass(frozen=True)
class Turn:
    """Where a call stands after one thing was heard, and what must be kept or begun for it."""

    memory: Memory
    effects: tuple[Effect, ...] = ()


def begin(flow: Flow, language: str, world: World) -> Turn:
    """Return the first turn of a call."""
    return _Walk(flow, Memory(flow.begin, language), world).go(flow.begin)


def begin_again(flow: Flow, memory: Memory, world: World) -> Turn:
    """Return a turn that begins again in words, for a call whose step is not known any more."""
    return _Walk(flow, replace(memory, preface=("begin_again",)), world).go(flow.again)


def answer(flow: Flow, memory: Memory, heard: Heard, world: World) -> Turn:
    """Return the turn that follows what was heard. Total: there is a next turn for anything heard at any step."""
    step = flow.steps.get(memory.step)
    if step is None or isinstance(step, Decide | Do):
        return begin_again(flow, memory, world)
    touched = memory.touched or not isinstance(heard, Silence)
    walk = _Walk(flow, replace(memory, preface=(), afterword=(), touched=touched), world)
    if memory.leaving:
        if isinstance(heard, Pressed) and heard.keys.startswith(EXIT_KEY):
            return walk.go(flow.quick_exit)
        walk.memory = replace(walk.memory, leaving=False)
        if isinstance(heard, Silence):
            return walk.ask_again(step)
    return walk.heard(step, heard)


def moved(flow: Flow, memory: Memory, world: World) -> Turn | None:
    """Return the turn that a move leads to, or None where the call stands as its talk does. A move may come twice."""
    if not memory.queued:
        return None
    turn = _Walk(flow, replace(memory, preface=(), afterword=()), world).go(flow.stands)
    leads_on = turn.memory.step != memory.step or any(isinstance(effect, TalkEffect) for effect in turn.effects)
    return turn if leads_on else None


class _Walk:
    """One walk from one heard step to the next; holds the memory and the effects while they grow."""

    def __init__(self, flow: Flow, memory: Memory, world: World) -> None:
        self.flow = flow
        self.memory = memory
        self.world = world
        self.effects: list[Effect] = []

    # ---- what was heard, by kind of step ----

    def heard(self, step: HeardStep, heard: Heard) -> Turn:
        match step:
            case Say():
                return self.go(step.then)
            case End():
                return self.ask(step, counted=True)
            case Wait():
                return self.waited(step)
            case Hold():
                return self.held(step, heard)
            case Bridge():
                return self.talked(step)
            case Menu():
                return self.chose_way(step, heard)
            case Choose():
                return self.chose(step, heard)
            case Digits():
                return self.keyed(step, heard)
            case Record():
                return self.recorded(step, heard)

    def waited(self, step: Wait) -> Turn:
        if self.world.finding(step.work(self.memory).name) is not None:
            return self.go(step.ready)
        rounds = self.memory.rounds + 1
        if rounds >= step.rounds:
            return self.go(step.late)
        self.memory = replace(self.memory, rounds=rounds)
        return self.ask(step)

    def held(self, step: Hold, heard: Heard) -> Turn:
        key = heard.keys[:1] if isinstance(heard, Pressed) else ""
        if key in step.keys:
            return self.go(step.keys[key])
        if key == EXIT_KEY:
            return self.command(step, key)
        talk = self.world.talk()
        if talk is None or not talk.waits:
            return self.go(step.answered)
        rounds = self.memory.rounds + 1
        can_come = talk.stands is Stands.OFFERED or self.world.is_handler_on_duty(self.memory.language)
        if rounds >= step.rounds or not can_come:
            return self.go(step.given_up)
        words = waiting_words(talk, self.memory.told_place, rounds, asked=bool(key))
        slower = self.memory.slower or key == SLOWER_KEY
        self.memory = replace(self.memory, rounds=rounds, preface=words, told_place=place_in(talk), slower=slower)
        return self.ask(step)

    def talked(self, step: Bridge) -> Turn:
        return self.go(step.given_up if self.memory.rounds + 1 >= step.rounds else step.then)

    def chose_way(self, step: Menu, heard: Heard) -> Turn:
        if not isinstance(heard, Pressed) or not heard.keys:
            return self.unheard(step, "silence", step.tries) or self.go(step.unheard)
        key = heard.keys[0]
        return self.go(step.keys[key]) if key in step.keys else self.command(step, key)

    def chose(self, step: Choose, heard: Heard) -> Turn:
        picked = self.memory.answered().get(step.name, ())
        if not isinstance(heard, Pressed) or not heard.keys:
            if picked:
                return self.go(step.then)
            return self.unheard(step, "silence", step.tries) or self.not_chosen(step)
        key = heard.keys[0]
        if key not in step.choices:
            return self.command(step, key)
        value = step.choices[key]
        if value in picked:  # pressed once more: nothing is left to add
            return self.go(step.then)
        values = (*picked, value)
        self.keep(step.name, values)
        if len(values) < min(step.picks, len(step.choices)):
            self.memory = replace(self.memory, variant="more", tries=0)
            return self.ask(step)
        self.memory = replace(self.memory, preface=("thank_you",))
        return self.go(step.then)

    def not_chosen(self, step: Choose) -> Turn:
        if self.memory.answered().get(step.name):  # what was picked before the wrong keys is answered
            return self.go(step.then)
        return self.skip(step.name, step.then, quietly=True)

    def keyed(self, step: Digits, heard: Heard) -> Turn:
        keys = heard.keys.rstrip(DONE_KEY) if isinstance(heard, Pressed) else ""
        if not keys:
            return self.unheard(step, "silence", step.tries) or self.not_keyed(step)
        if not keys.isascii() or not keys.isdigit():
            return self.unheard(step, "wrong_key", step.tries) or self.not_keyed(step)
        if step.keeps:
            self.keep(step.name, (keys[: step.length],))
            self.memory = replace(self.memory, preface=("thank_you",))
        self.memory = replace(self.memory, keyed=keys)
        return self.go(step.then)

    def not_keyed(self, step: Digits) -> Turn:
        return self.skip(step.name, step.unheard, quietly=True) if step.keeps else self.go(step.unheard)

    def recorded(self, step: Record, heard: Heard) -> Turn:
        if isinstance(heard, Pressed) and heard.keys:
            return self.command(step, heard.keys[0])
        if not isinstance(heard, Recorded):
            if self.memory.clips:
                return self.go(step.then)
            return self.unheard(step, "silence", step.tries) or self.skip(step.name, step.then, quietly=True)
        clips = self.memory.clips + 1
        self.memory = replace(self.memory.with_answer(step.name, (CLIP,)), clips=clips, quiet=0, tries=0)
        return self.after_clip(step, heard.ended_by, clips)

    def after_clip(self, step: Record, ended_by: str, clips: int) -> Turn:
        if ended_by == HANG_UP:
            return self.turn()  # nobody listens any more: nothing new is asked for, and its call's end lets it count
        is_asked_again = ended_by == AGAIN_KEY and clips < MAX_CLIPS_A_QUESTION  # at the bound it is decided on instead
        if ended_by in (PERSON_KEY, EXIT_KEY) or is_asked_again:
            self.effects.append(AcceptClip(self.memory.intent_id))
        if ended_by == PERSON_KEY:
            self.memory = replace(self.memory, back=step.then)
            return self.go(self.flow.person)
        if ended_by == EXIT_KEY:
            self.memory = replace(self.memory, leaving=True)
            return self.turn()
        if is_asked_again:
            self.memory = replace(self.memory, variant="")
            return self.ask(step)
        after = step.more if step.more and not ended_by and clips < step.max_clips else step.then
        self.memory = replace(self.memory, after=after)
        return self.go(step.review)

    # ---- what keys do everywhere ----

    def command(self, step: HeardStep, key: str) -> Turn:
        if key == PERSON_KEY:
            self.memory = replace(self.memory, back=_asked_again_at(step))
            return self.go(self.flow.person)
        if key == EXIT_KEY:
            self.memory = replace(self.memory, leaving=True)
            return self.turn()
        if key == DONE_KEY and isinstance(step, Choose | Record):
            if self.memory.answered().get(step.name):
                return self.go(step.then)
            return self.skip(step.name, step.then)
        if key == AGAIN_KEY:
            self.memory = replace(self.memory, variant=self.memory.variant if self.memory.variant == "more" else "")
            return self.ask_again(step)
        if key in COMMANDS and key != DONE_KEY:
            self.memory = replace(self.memory, slower=True)
            return self.ask_again(step)
        return self.wrong_key(step)

    def wrong_key(self, step: HeardStep) -> Turn:
        match step:
            case Menu():
                return self.unheard(step, "wrong_key", step.tries) or self.go(step.unheard)
            case Choose():
                return self.unheard(step, "wrong_key", step.tries) or self.not_chosen(step)
            case _:
                return self.ask(step)

    # ---- moving on ----

    def unheard(self, step: Menu | Choose | Digits | Record, variant: str, tries: int) -> Turn | None:
        """Ask again in other and shorter words, or return None when that was tried often enough."""
        tried = self.memory.tries + 1
        if tried >= tries:
            return None
        if variant == "silence" and (tried > 1 or self.memory.variant == "silence"):
            variant = "silence2"
        if variant == "silence" and not isinstance(step, Menu):
            self.give_time(step)
        self.memory = replace(self.memory, tries=tried, variant=variant)
        return self.ask(step)

    def give_time(self, step: Choose | Digits | Record) -> None:
        """Wait longer from now on: whoever types what somebody else then says is silent for long at every question."""
        needed_time = self.memory.slower or self.memory.patient
        self.memory = replace(self.memory, patient=True)
        if isinstance(step, Record) and needed_time and TYPING not in self.memory.marks:
            self.memory = replace(self.memory, preface=(TYPING,), marks=(*self.memory.marks, TYPING))

    def keep(self, question: str, values: tuple[str, ...]) -> None:
        self.memory = replace(self.memory.with_answer(question, values), quiet=0)
        memory = self.memory
        self.effects.append(KeepAnswer(memory.report_id, question, values, memory.order, memory.language))
        if memory.adding:
            self.effects.append(NoteAddition(memory.report_id))

    def skip(self, question: str, then: str, *, quietly: bool = False) -> Turn:
        memory = self.memory.with_answer(question, ())
        quiet = memory.quiet + 1 if quietly else 0
        self.memory = replace(memory, quiet=quiet, preface=() if quietly else ("skipped",))
        if not memory.adding:  # the desk tells what was asked and not answered
            self.effects.append(KeepAnswer(memory.report_id, question, (), memory.order, memory.language))
        return self.go(then)

    def go(self, name: str) -> Turn:
        """Walk on to `name` and through all that is not heard, to the next step that is."""
        for _ in range(MAX_UNHEARD_STEPS):
            name = self.named_now(name)
            step = self.flow.steps.get(name) or self.flow.steps[self.flow.again]
            match step:
                case Decide():
                    name = step.exits[step.asks(self.memory, self.world)]
                case Do():
                    self.memory, effects = step.does(self.memory, self.world)
                    self.effects.extend(effects)
                    name = step.then
                case Record() if not self.memory.consent:  # position is not permission
                    name = self.flow.again
                case _:
                    return self.enter(step)
        raise BrokenFlow(f"the steps around {name} never speak")

    def named_now(self, name: str) -> str:
        """Return the step that a name stands for in this call."""
        memory = self.memory
        if name == BACK:
            self.memory = replace(memory, back="")
            return memory.back or self.flow.again
        if name == AFTER:
            self.memory = replace(memory, after="")
            return memory.after or self.flow.again
        if name == SAME:
            return memory.clips_of or self.flow.again
        return name

    def enter(self, step: HeardStep) -> Turn:
        variant = step.begins if isinstance(step, Menu) else ""
        stayed = isinstance(step, Hold | Bridge) and self.memory.step == step.name
        rounds = self.memory.rounds + 1 if stayed else 0
        memory = replace(self.memory, step=step.name, variant=variant, tries=0, rounds=rounds, leaving=False)
        if isinstance(step, Record):
            if memory.clips_of == step.name and memory.clips:
                memory = replace(memory, variant="more")
            else:
                memory = replace(memory, clips_of=step.name, clips=0)
        self.memory = memory
        return self.ask(step)

    def ask_again(self, step: HeardStep) -> Turn:
        """Say a step again, by way of what must be made for it anew."""
        again = _asked_again_at(step)
        return self.ask(step) if again == step.name else self.go(again)

    def ask(self, step: HeardStep, *, counted: bool = False) -> Turn:
        """Ask at a step, for the first time or again: what each asking needs is made here."""
        if isinstance(step, Hold | Bridge) or self.memory.aside:
            self.excuse()
        elif not isinstance(step, End) and (way := self.way_out()):
            return self.go(way)
        memory = self.memory
        match step:
            case Bridge() if (talk := self.world.talk()) is not None:
                memory = replace(memory, room=talk.room)
            case Record():
                question = f"{step.name}:{memory.letter}" if step.to_letter else step.name
                what = (memory.report_id, question, memory.place + 1, memory.language)
                memory = replace(memory, intent_id=self.world.new_intent_id(*what), place=memory.place + 1)
                self.effects.append(AskRecording(memory.intent_id, *what))
            case Menu() if step.plays == "reference":
                memory = replace(memory, audio_token=self.world.new_id())
                self.effects.append(_offer_sound(memory))
            case Wait():
                work = step.work(memory)
                if not (isinstance(work, FetchClip) and memory.rounds):  # an order stands until it is carried out
                    self.effects.append(work)
                if isinstance(work, OpenLetter) and not memory.rounds:
                    memory = replace(memory, opened=memory.opened + 1)
            case End() if not counted:
                self.effects.append(Count(step.counts))
                if memory.queued:  # no offer is to be made for who is about to be gone
                    self.effects.append(LeaveQueue(HUNG_UP))
                    memory = replace(memory, queued=False)
        self.memory = memory
        return self.turn()

    def excuse(self) -> None:
        """Let a call begin to last anew: who waits for a person, or is with one, takes as long as that takes."""
        spent = self.world.spent()
        self.memory = replace(self.memory, excused_seconds=spent.seconds, excused_turns=spent.turns)

    def way_out(self) -> str:
        """Return where a call leads that lasts too long, or an empty text; what it gave until now is kept already."""
        excused = Spent(self.memory.excused_seconds, self.memory.excused_turns)
        match self.world.length(excused):
            case Length.OVER:
                return self.flow.over
            case Length.LONG if LED_OUT not in self.memory.marks:
                self.memory = replace(self.memory, marks=(*self.memory.marks, LED_OUT), back="")
                return self.flow.led_out
            case _:
                return ""

    def turn(self) -> Turn:
        return Turn(self.memory, tuple(self.effects))


def _asked_again_at(step: HeardStep) -> str:
    return (step.again if isinstance(step, Menu) else "") or step.name


def _offer_sound(memory: Memory) -> OfferSound:
    kept_for = "" if memory.aside else memory.report_id
    return OfferSound(memory.audio_token, memory.reference_to_tell, memory.language, kept_for)
