"""The real answer to what a call may ask of the service: seals first, then keeps all of one turn in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from uuid import uuid4

from sqlalchemy import Connection

from ivr.asks import Count, Length, Letter, Mailbox, OpenLetter, Spent, StartWork, length_of
from ivr.call_flow import CROWDED
from ivr.clip_review import CLIP_SOUND
from ivr.duty import Duty
from ivr.keeping import Ground, Kept
from ivr.memory import Memory
from ivr.room import Room
from ivr.slow_work import SlowWork, findings
from ivr.steps import AGAIN_KEY, Bridge, Flow, Heard, Menu, Pressed
from ivr.talk import Stands, Talk
from ivr.walk import Turn, answer, begin, begin_again, moved
from ivr.whereabouts import Whereabouts
from prompts.line import Line, is_open
from storage import live_calls, once_audio, replies
from storage.bound_intents import CallForWorker, bound_intent_id
from storage.clock import Clock, iso_week
from storage.database import Database
from storage.glance import Glance
from storage.jobs import count_up, raise_alarm
from storage.keys import Damaged, LiveKey
from storage.live import queue, rooms
from storage.live.rooms import Place
from storage.live_calls import CALLER, STAFF, Intent, LiveCall, NewCall
from storage.public_keys import PublicKeys
from storage.references import is_well_formed, new_reference
from storage.sealing import seal_for_worker
from storage.switches import CLOSED, Ends, news, standing
from storage.traces import NOT_YET, Trace

STANDS = {
    queue.WAITING: Stands.WAITING,
    queue.OFFERED: Stands.OFFERED,
    queue.JOINING: Stands.MEETING,
    queue.TALKING: Stands.MEETING,
    queue.ASIDE: Stands.ASIDE,
    queue.OVER: Stands.OVER,
}

log = logging.getLogger("hotline.ivr")


@dataclass(frozen=True)
class Standing:
    """Where a call stands, and the turn that its next webhook carries."""

    memory: Memory
    turn: int
    asks_anew: bool = False  # what it would say holds a one-time address: only the carrier may ask for a fresh one


@dataclass(frozen=True)
class Hotline:
    """One line: its flow and its wording's versions, its database and the keys that seal."""

    flow: Flow
    line: Line
    wording_versions: dict[str, str]
    questionnaire_version: str
    database: Database
    keys: PublicKeys
    live: LiveKey
    slow: SlowWork
    clock: Clock
    switches: Glance[Ends]
    room: Room
    duty: Duty

    # ---- what a webhook asks ----

    def where(self, call_sid: str, language: str = "") -> Standing:
        """Tell where a call stands: at its first webhook (which may come twice), for a move, after a fallback.

        A call that nobody heard of begins in `language`, where the line speaks it, else in the line's own.
        """
        call = self._find(call_sid)
        if call is None:
            return self._begin(call_sid, self.live.call_key(call_sid), self._welcome(language, rings=True))
        return self._again(call, call_sid)

    def move(self, call_sid: str, language: str = "") -> Standing:
        """Tell where a call stands that was moved; one whose talk stands elsewhere by now is led on. May come twice."""
        call = self._find(call_sid)
        if call is None:
            return self.where(call_sid, language)
        standing = self._standing(call, call_sid)
        turn = moved(self.flow, standing.memory, _CallWorld(self, call, call_sid))
        if turn is not None:
            return self._keep(call, turn) or self.where(call_sid)
        if isinstance(self.flow.steps[standing.memory.step], Bridge):  # moved on the way: they have heard why
            return replace(standing, memory=replace(standing.memory, rounds=standing.memory.rounds or 1))
        return self._again(call, call_sid)

    def hear(self, call_sid: str, step: str, turn: int, heard: Heard) -> Standing:
        """Take what was heard at a step, if this is the turn that is expected; else tell where the call stands."""
        call = self._find(call_sid)
        if call is None:
            return self._begin(call_sid, self.live.call_key(call_sid), Turn(self._forgotten()))
        standing = self._standing(call, call_sid)
        if turn != call.turn or step != standing.memory.step:
            return self._again(call, call_sid)
        next_turn = answer(self.flow, standing.memory, heard, _CallWorld(self, call, call_sid))
        return self._keep(call, next_turn) or self.where(call_sid)

    def ask_anew(self, call_sid: str, turn: int) -> Standing:
        """Say the present step as if the caller had asked for it again, with a fresh one-time address.

        The same request again, since its answer was lost, gets the same answer: redirects could go on for ever.
        """
        call = self._find(call_sid)
        if call is None:
            return self.where(call_sid)
        standing = self._standing(call, call_sid)
        if call.turn == turn:
            standing = self.hear(call_sid, standing.memory.step, turn, Pressed(AGAIN_KEY))
        elif call.turn != turn + 1:
            return self._again(call, call_sid)
        return replace(standing, asks_anew=False)

    def key_of(self, call_sid: str) -> str:
        """Return the key of a call's row; an unheard-of call gets one, so that it is deleted at the carrier."""
        call = self._find(call_sid)
        if call is not None:
            return call.call_key
        call_key = self.live.call_key(call_sid)
        self._begin(call_sid, call_key, self._welcome())
        return call_key

    # ---- conferences ----

    def sit_down(self, call_sid: str, token: str) -> Place | None:
        """Give a softphone's leg the seat whose token it brings; None where there is none. The same leg may ask twice.

        Its call is kept either way, so that it is deleted at the carrier.
        """
        call = self._find(call_sid)
        call_key = call.call_key if call is not None else self.live.call_key(call_sid)
        nowhere = Memory(self.flow.over, self.line.primary.code)  # all that such a leg could ever be told as a call
        new = self._new_call(call_sid, call_key, nowhere, leg=STAFF)
        now = self.clock.now()

        def write(connection: Connection) -> Place | None:
            live_calls.begin(connection, new, now=now)
            return rooms.sit_down(connection, token, call_key, now=now)

        return self.database.write_with_others(write)

    def note_joined(self, call_sid: str) -> None:
        """Note that a leg is in its conference. May come twice, and of legs that sit nowhere."""
        now, call_keys = self.clock.now(), self.live.call_keys(call_sid)
        self.database.write_with_others(lambda connection: rooms.leg_joined(connection, call_keys, now=now))

    def note_left(self, call_sid: str) -> None:
        """Note that a leg has left its conference. May come twice, and of legs that sit nowhere."""
        now, call_keys = self.clock.now(), self.live.call_keys(call_sid)
        self.database.write_with_others(lambda connection: rooms.leg_left(connection, call_keys, now=now))

    # ---- the end ----

    def end(self, call_sid: str) -> None:
        """Note that a call has ended; one that nobody heard of is kept too, so that it is deleted at the carrier."""
        if not self._note_end(call_sid) and self._find(call_sid) is None:
            self._begin(call_sid, self.live.call_key(call_sid), self._welcome(), ended=True)
            self._note_end(call_sid)  # the first webhook may have come between the two and begun it without an end

    def find_sound(self, token: str) -> bytes | None:
        """Return the sealed sound behind a one-time address, or None when it may not be heard (any more)."""
        with self.database.read() as connection:
            if not once_audio.is_there(connection, token):
                return None  # guessing costs a reading, and never waits for those who write
        with self.database.write() as connection:
            return once_audio.take(connection, token, now=self.clock.now())

    def clip_sound(self, token: str) -> str | None:
        """Return something when the worker has put a clip behind a one-time address."""
        with self.database.read() as connection:
            return "there" if once_audio.is_there(connection, token) else None

    def was_fetched(self, token: str) -> bool:
        """Say whether what stands behind a one-time address was fetched."""
        with self.database.read() as connection:
            return once_audio.was_fetched(connection, token)

    def mailbox(self, report_id: str) -> Mailbox:
        """Return what waits for who holds a report's reference."""
        with self.database.read() as connection:
            kept = replies.mailbox_of(connection, report_id)
        letters = (Letter(one.reply_id, one.kind, one.state == replies.WAITING) for one in kept.letters)
        return Mailbox(kept.status, tuple(letters))

    def is_database_there(self) -> None:
        """Raise what the database raises when it is away."""
        with self.database.read() as connection:
            live_calls.find(connection, ("",))

    # ---- turns ----

    @cached_property
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(self.flow)

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.line.id, self.wording_versions, self.questionnaire_version, self.keys)

    def _find(self, call_sid: str) -> LiveCall | None:
        with self.database.read() as connection:
            return live_calls.find(connection, self.live.call_keys(call_sid))

    def _note_end(self, call_sid: str) -> bool:
        now, call_keys = self.clock.now(), self.live.call_keys(call_sid)

        def write(connection: Connection) -> bool:
            queue.caller_gone(connection, call_keys, now=now)
            rooms.leg_left(connection, call_keys, now=now)
            return live_calls.end(connection, call_keys, now=now)

        return self.database.write_with_others(write)

    def _standing(self, call: LiveCall, call_sid: str) -> Standing:
        try:
            memory = Memory.unpacked(self.live.open(call.state, _state_context(call.call_key)))
        except (Damaged, ValueError, TypeError):
            log.error("call-state-unreadable")
            memory = self._forgotten()
        if memory.language not in self.wording_versions:  # taken out of the line since the call began
            memory = replace(memory, language=self.line.primary.code)
        if memory.step not in self.flow.steps:
            memory = begin_again(self.flow, memory, _CallWorld(self, call, call_sid)).memory
        return Standing(memory, call.turn)

    def _again(self, call: LiveCall, call_sid: str) -> Standing:
        # Whoever holds a copy of an old signed request may send it again: no answer to that holds a one-time address.
        standing = self._standing(call, call_sid)
        step = self.flow.steps[standing.memory.step]
        plays = isinstance(step, Menu) and step.plays and not standing.memory.leaving
        return replace(standing, asks_anew=bool(plays))

    def _forgotten(self) -> Memory:
        return Memory(self.flow.again, self.line.primary.code, preface=("begin_again",))

    def _welcome(self, language: str = "", *, rings: bool = False) -> Turn:
        begins_in = language if language in self.wording_versions else self.line.primary.code
        return begin(self.flow, begins_in, _LineWorld(self, rings=rings))

    def _begin(self, call_sid: str, call_key: str, turn: Turn, *, ended: bool = False) -> Standing:
        # Who hears that too many ring is as good as gone: such calls must not keep the next ones out.
        crowded = Count(CROWDED) in turn.effects
        new = self._new_call(call_sid, call_key, turn.memory, self._whereabouts.trace(turn.memory))
        now = self.clock.now()

        def write(connection: Connection) -> bool:
            begun = live_calls.begin(connection, new, now=now, ended=ended or crowded)
            if begun:
                count_up(connection, "calls.began", week=iso_week(now))
            if begun and crowded:
                count_up(connection, CROWDED, week=iso_week(now))
                raise_alarm(connection, "crowded", "callers are turned away: MAX_CALLS calls are under way", now=now)
            return begun

        begun = self.database.write_with_others(write)
        return Standing(turn.memory, 1) if begun else self.where(call_sid)

    def _new_call(
        self, call_sid: str, call_key: str, memory: Memory, trace: Trace = NOT_YET, *, leg: str = CALLER
    ) -> NewCall:
        for_worker = CallForWorker(call_sid, self.live.intent_key(call_sid, call_key))
        sealed = seal_for_worker(for_worker.packed(), purpose=f"call:{call_key}", worker=self.keys.worker)
        state = self.live.seal(memory.packed(), _state_context(call_key))
        return NewCall(call_key, sealed, state, trace, leg)

    def _keep(self, call: LiveCall, turn: Turn) -> Standing | None:
        """Keep a turn and all it asks for, or return None when a twin of this webhook was quicker."""
        now = self.clock.now()
        state = self.live.seal(turn.memory.packed(), _state_context(call.call_key))
        trace = self._whereabouts.trace(turn.memory, call.trace)
        kept = [Kept.of(self._ground, call.call_key, effect, now) for effect in turn.effects]

        def write(connection: Connection) -> bool:
            if not live_calls.advance(connection, call.call_key, call.turn, state, trace, now=now):
                return False
            for one in kept:
                one.write(connection)
            return True

        writing = self.database.write_with_others if kept else self.database.write_statement
        if not writing(write):
            return None
        for effect in turn.effects:
            if isinstance(effect, StartWork | OpenLetter):
                self.slow.start(call.call_key, effect)
        return Standing(turn.memory, call.turn + 1)


def _state_context(call_key: str) -> bytes:
    return b"state:" + call_key.encode()


class _LineWorld:
    """What any call may ask of the line."""

    def __init__(self, hotline: Hotline, *, rings: bool = False) -> None:
        self._hotline = hotline
        self._rings = rings  # only then it may be one too many
        self._mailboxes: dict[str, Mailbox] = {}  # several steps of one answer ask for the same one

    def is_line_open(self) -> bool:
        at = datetime.fromtimestamp(self._hotline.clock.now(), UTC)
        return is_open(self._hotline.line, at, switched_off=self.is_switched(CLOSED))

    def is_switched(self, name: str) -> bool:
        return name in self._on()

    def news(self) -> str:
        return news(self._on() if self.is_line_open() else self._on() | {CLOSED})

    def is_crowded(self) -> bool:
        return self._rings and self._hotline.room.is_full()

    def spent(self) -> Spent:
        return Spent()

    def length(self, excused: Spent) -> Length:
        del excused
        return Length.FINE

    def is_handler_on_duty(self, language: str) -> bool:
        return self._hotline.duty.is_anybody_there(language)

    def talk(self) -> Talk | None:
        return None

    def finding(self, name: str) -> str | None:
        del name
        return None

    def mailbox(self, report_id: str) -> Mailbox:
        if report_id not in self._mailboxes:
            self._mailboxes[report_id] = self._hotline.mailbox(report_id)
        return self._mailboxes[report_id]

    def was_fetched(self, token: str) -> bool:
        return self._hotline.was_fetched(token)

    def is_well_formed(self, reference: str) -> bool:
        return is_well_formed(reference)

    def new_id(self) -> str:
        return uuid4().hex

    def new_intent_id(self, report_id: str, question: str, place: int, language: str) -> str:
        del report_id, question, place, language  # nothing is recorded before a call has its row
        return self.new_id()

    def new_reference(self) -> str:
        return new_reference()

    def _on(self) -> frozenset[str]:
        on = standing(self._hotline.switches.seen(), self._hotline.clock.now())
        return on | {CLOSED} if self._hotline.line.closed else on


class _CallWorld(_LineWorld):
    """What one call may ask."""

    def __init__(self, hotline: Hotline, call: LiveCall, call_sid: str) -> None:
        super().__init__(hotline)
        self._call = call
        self._call_sid = call_sid

    def spent(self) -> Spent:
        return Spent(self._hotline.clock.now() - self._call.started_at, self._call.turn)

    def length(self, excused: Spent) -> Length:
        return length_of(self.spent(), excused)

    def talk(self) -> Talk | None:
        return self._talk

    @cached_property
    def _talk(self) -> Talk | None:
        with self._hotline.database.read() as connection:
            seen = queue.view(connection, (self._call.call_key,), now=self._hotline.clock.now())
        if seen is None:
            return None
        return Talk(STANDS[seen.state], seen.ending, seen.asked, seen.room, seen.report_id, seen.first, seen.ahead)

    def finding(self, name: str) -> str | None:
        if name.startswith(CLIP_SOUND):
            return self._hotline.clip_sound(name.removeprefix(CLIP_SOUND))
        return findings(self._hotline.live, self._call.call_key, self._call.slow).get(name)

    def new_intent_id(self, report_id: str, question: str, place: int, language: str) -> str:
        asked = Intent("", self._call.call_key, report_id, question, place, language, "asked", None)
        return bound_intent_id(self._hotline.live.intent_key(self._call_sid, self._call.call_key), asked)
