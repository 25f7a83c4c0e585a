"""The real answer to what a call may ask of the service: seals first, then keeps all of one turn in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection

from ivr.asks import (
    AskRecording,
    ChangeChannel,
    Count,
    Effect,
    FinishReport,
    KeepAnswer,
    NoteSubstance,
    NoteUrgency,
    OfferSound,
    OpenReport,
    StartWork,
)
from ivr.memory import Memory
from ivr.slow_work import SlowWork, findings
from ivr.steps import AGAIN_KEY, Flow, Heard, Menu, Pressed
from ivr.walk import Turn, answer, begin, begin_again
from prompts.line import Line, is_open
from storage import live_calls, reports
from storage.clock import Clock, iso_week
from storage.contents import Answer, Received
from storage.database import Database
from storage.jobs import count_up
from storage.keys import Damaged, LiveKey, PublicKeys
from storage.live_calls import Intent, LiveCall, NewCall
from storage.references import is_well_formed, new_reference
from storage.reports import NewReport, OnceAudio
from storage.sealing import SealedItem, seal_for_worker, seal_item, seal_with_token, token_hash

SOUND_SECONDS = 120  # a reference's address lives that long
SOUND_FETCHES = 5  # proxies of the carrier fetch more than once

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

    # ---- what a webhook asks ----

    def where(self, call_sid: str, language: str = "") -> Standing:
        """Tell where a call stands: at its first webhook (which may come twice), for a move, after a fallback.

        A call that nobody heard of begins in `language`, where the line speaks it, else in the line's own.
        """
        call = self._find(call_sid)
        if call is None:
            return self._begin(call_sid, self.live.call_key(call_sid), None, language=language)
        return self._again(call)

    def hear(self, call_sid: str, step: str, turn: int, heard: Heard) -> Standing:
        """Take what was heard at a step, if this is the turn that is expected; else tell where the call stands."""
        call = self._find(call_sid)
        if call is None:
            return self._begin(call_sid, self.live.call_key(call_sid), self._forgotten())
        standing = self._standing(call)
        if turn != call.turn or step != standing.memory.step:
            return self._again(call)
        next_turn = answer(self.flow, standing.memory, heard, _CallWorld(self, call))
        return self._keep(call, next_turn) or self.where(call_sid)

    def ask_anew(self, call_sid: str, turn: int) -> Standing:
        """Say the present step as if the caller had asked for it again, with a fresh one-time address.

        The same request again, since its answer was lost, gets the same answer: redirects could go on for ever.
        """
        call = self._find(call_sid)
        if call is None:
            return self.where(call_sid)
        standing = self._standing(call)
        if call.turn == turn:
            standing = self.hear(call_sid, standing.memory.step, turn, Pressed(AGAIN_KEY))
        elif call.turn != turn + 1:
            return self._again(call)
        return replace(standing, asks_anew=False)

    def key_of(self, call_sid: str) -> str:
        """Return the key of a call's row; an unheard-of call gets one, so that it is deleted at the carrier."""
        call = self._find(call_sid)
        if call is not None:
            return call.call_key
        call_key = self.live.call_key(call_sid)
        self._begin(call_sid, call_key, None)
        return call_key

    def end(self, call_sid: str) -> None:
        """Note that a call has ended; one that nobody heard of is kept too, so that it is deleted at the carrier."""
        if not self._note_end(call_sid) and self._find(call_sid) is None:
            self._begin(call_sid, self.live.call_key(call_sid), None, ended=True)
            self._note_end(call_sid)  # the first webhook may have come between the two and begun it without an end

    def find_sound(self, token: str) -> bytes | None:
        """Return the sealed sound behind a one-time address, or None when it may not be heard (any more)."""
        with self.database.read() as connection:
            if not reports.has_sound(connection, token_hash(token)):
                return None  # guessing costs a reading, and never waits for those who write
        with self.database.write() as connection:
            return reports.take_sound(connection, token_hash(token), now=self.clock.now())

    def is_database_there(self) -> None:
        """Raise what the database raises when it is away."""
        with self.database.read() as connection:
            live_calls.find(connection, ("",))

    # ---- turns ----

    def _find(self, call_sid: str) -> LiveCall | None:
        with self.database.read() as connection:
            return live_calls.find(connection, self.live.call_keys(call_sid))

    def _note_end(self, call_sid: str) -> bool:
        now, call_keys = self.clock.now(), self.live.call_keys(call_sid)
        return self.database.write_statement(lambda connection: live_calls.end(connection, call_keys, now=now))

    def _standing(self, call: LiveCall) -> Standing:
        try:
            memory = Memory.unpacked(self.live.open(call.state, _state_context(call.call_key)))
        except (Damaged, ValueError, TypeError):
            log.error("call-state-unreadable")
            memory = self._forgotten()
        if memory.language not in self.wording_versions:  # taken out of the line since the call began
            memory = replace(memory, language=self.line.primary.code)
        if memory.step not in self.flow.steps:
            memory = begin_again(self.flow, memory, _CallWorld(self, call)).memory
        return Standing(memory, call.turn)

    def _again(self, call: LiveCall) -> Standing:
        # Whoever holds a copy of an old signed request may send it again: no answer to that holds a one-time address.
        standing = self._standing(call)
        step = self.flow.steps[standing.memory.step]
        plays = isinstance(step, Menu) and step.plays_reference and not standing.memory.leaving
        return replace(standing, asks_anew=plays)

    def _forgotten(self) -> Memory:
        return Memory(self.flow.again, self.line.primary.code, preface=("begin_again",))

    def _begin(
        self, call_sid: str, call_key: str, memory: Memory | None, *, ended: bool = False, language: str = ""
    ) -> Standing:
        begins_in = language if language in self.wording_versions else self.line.primary.code
        turn = Turn(memory) if memory else begin(self.flow, begins_in, _NoWorld())
        new = NewCall(
            call_key,
            seal_for_worker(call_sid.encode(), purpose=f"call:{call_key}", worker=self.keys.worker),
            self.live.seal(turn.memory.packed(), _state_context(call_key)),
        )
        now = self.clock.now()

        def write(connection: Connection) -> bool:
            begun = live_calls.begin(connection, new, now=now, ended=ended)
            if begun:
                count_up(connection, "calls.began", week=iso_week(now))
            return begun

        begun = self.database.write_with_others(write)
        return Standing(turn.memory, 1) if begun else self.where(call_sid, language)

    def _keep(self, call: LiveCall, turn: Turn) -> Standing | None:
        """Keep a turn and all it asks for, or return None when a twin of this webhook was quicker."""
        now = self.clock.now()
        state = self.live.seal(turn.memory.packed(), _state_context(call.call_key))
        kept = [_Kept.of(self, call, effect, now) for effect in turn.effects]

        def write(connection: Connection) -> bool:
            if not live_calls.advance(connection, call.call_key, call.turn, state, now=now):
                return False
            for one in kept:
                one.write(connection)
            return True

        writing = self.database.write_with_others if kept else self.database.write_statement
        if not writing(write):
            return None
        for effect in turn.effects:
            if isinstance(effect, StartWork):
                self.slow.start(call.call_key, effect)
        return Standing(turn.memory, call.turn + 1)


@dataclass(frozen=True)
class _Kept:
    """One effect, sealed and ready: the slow part is over before the transaction begins."""

    hotline: Hotline
    call: LiveCall
    effect: Effect
    now: int
    item: SealedItem | None = None
    sound: bytes = b""

    @staticmethod
    def of(hotline: Hotline, call: LiveCall, effect: Effect, now: int) -> _Kept:
        match effect:
            case OpenReport():
                received = Received(
                    now,
                    effect.language,
                    effect.channel,
                    hotline.wording_versions[effect.language],
                    hotline.questionnaire_version,
                )
                return _Kept(hotline, call, effect, now, _sealed(hotline, effect.report_id, "received", received))
            case KeepAnswer():
                said = Answer(effect.question, effect.values, effect.order, now, effect.language)
                return _Kept(hotline, call, effect, now, _sealed(hotline, effect.report_id, "answer", said))
            case OfferSound():
                sound = seal_with_token(f"{effect.language}:{effect.reference}".encode(), effect.token)
                return _Kept(hotline, call, effect, now, sound=sound)
            case _:
                return _Kept(hotline, call, effect, now)

    def write(self, connection: Connection) -> None:
        week = iso_week(self.now)
        match self.effect:
            case OpenReport(report_id, language, channel):
                new = NewReport(report_id, self.hotline.line.id, language, channel)
                reports.begin(connection, new, week=week)
            case AskRecording(intent_id, report_id, question, place, language):
                asked = Intent(intent_id, self.call.call_key, report_id, question, place, language, "asked", None)
                live_calls.ask_recording(connection, asked, now=self.now)
            case NoteUrgency(report_id, urgent):
                reports.note_urgency(connection, report_id, urgent, now=self.now)
            case NoteSubstance(report_id):
                reports.note_substance(connection, report_id)
            case ChangeChannel(report_id, channel):
                reports.change_channel(connection, report_id, channel)
            case FinishReport(report_id):
                reports.finish(connection, report_id)
            case OfferSound(token, _, _, report_id):
                offered = OnceAudio(token_hash(token), self.sound, self.now + SOUND_SECONDS, SOUND_FETCHES)
                reports.offer_reference(connection, report_id, offered)
            case Count(name):
                count_up(connection, name, week=week)
            case KeepAnswer() | StartWork():
                pass
        if self.item is not None:
            reports.keep_item(connection, self.item)


def _sealed(hotline: Hotline, report_id: str, kind: str, content: Received | Answer) -> SealedItem:
    # For the desk alone: the recovery key is a member of its group, and a second wrap would cost as much as the first.
    return seal_item(content.packed(), report_id=report_id, kind=kind, audiences=(hotline.keys.desk,))


def _state_context(call_key: str) -> bytes:
    return b"state:" + call_key.encode()


class _NoWorld:
    """What the greeting may ask: nothing."""

    def is_line_open(self) -> bool:
        return True

    def is_handler_on_duty(self, language: str) -> bool:
        del language  # nobody is, until live calls exist
        return False

    def finding(self, name: str) -> str | None:
        del name
        return None

    def is_well_formed(self, reference: str) -> bool:
        return is_well_formed(reference)

    def new_id(self) -> str:
        return uuid4().hex

    def new_reference(self) -> str:
        return new_reference()


class _CallWorld(_NoWorld):
    """What one call may ask."""

    def __init__(self, hotline: Hotline, call: LiveCall) -> None:
        self._hotline = hotline
        self._call = call

    def is_line_open(self) -> bool:
        return is_open(self._hotline.line, datetime.fromtimestamp(self._hotline.clock.now(), UTC))

    def finding(self, name: str) -> str | None:
        return findings(self._hotline.live, self._call.call_key, self._call.slow).get(name)
