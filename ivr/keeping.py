"""What one turn asks for, sealed before the transaction begins and written inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ivr.asks import (
    AcceptClip,
    AskRecording,
    ChangeChannel,
    Count,
    Effect,
    FetchClip,
    FinishReport,
    KeepAnswer,
    NoteAddition,
    NoteAnswered,
    NoteHeard,
    NoteSubstance,
    NoteUrgency,
    OfferSound,
    OpenLetter,
    OpenReport,
    RefuseClip,
    StartWork,
    Withdraw,
)
from ivr.talk import ComeBack, JoinQueue, LeaveQueue, SayOver, TalkEffect, UrgeQueue
from storage import live_calls, once_audio, replies, reports
from storage.clock import iso_week
from storage.contents import Answer, Received
from storage.jobs import ADDED, HEAR, WITHDRAWN, add_message, count_up, order
from storage.live import queue, rooms
from storage.live.queue import Wish
from storage.live_calls import Intent
from storage.once_audio import DigitsToSay, sealed_digits
from storage.public_keys import PublicKeys
from storage.reports import NewReport
from storage.sealing import SealedItem, seal_for_worker, seal_item


@dataclass(frozen=True)
class Ground:
    """What every effect of a line is kept with."""

    line_id: str
    wording_versions: Mapping[str, str]
    questionnaire_version: str
    keys: PublicKeys


@dataclass(frozen=True)
class Kept:
    """One effect of a call, sealed and ready: the slow part is over before the transaction begins."""

    ground: Ground
    call_key: str
    effect: Effect
    now: int
    item: SealedItem | None = None
    sealed: bytes = b""

    @staticmethod
    def of(ground: Ground, call_key: str, effect: Effect, now: int) -> Kept:
        """Seal what the effect holds."""
        item, sealed = None, b""
        match effect:
            case OpenReport(report_id, language, channel):
                wording = ground.wording_versions[language]
                received = Received(now, language, channel, wording, ground.questionnaire_version)
                item = _sealed(ground, report_id, "received", received)
            case KeepAnswer(report_id, question, values, place, language):
                item = _sealed(ground, report_id, "answer", Answer(question, values, place, now, language))
            case OfferSound(token, reference, language):
                sealed = sealed_digits(DigitsToSay(reference, language), token)
            case FetchClip(_, intent_id, token):
                sealed = seal_for_worker(token.encode(), purpose=f"hear:{intent_id}", worker=ground.keys.worker)
            case _:
                pass
        return Kept(ground, call_key, effect, now, item, sealed)

    def write(self, connection: Connection) -> None:
        """Write the effect in the turn's transaction."""
        match self.effect:
            case AskRecording() | AcceptClip() | RefuseClip() | FetchClip():
                self._write_of_clip(connection, self.effect)
            case JoinQueue() | UrgeQueue() | LeaveQueue() | ComeBack() | SayOver():
                self._write_of_talk(connection, self.effect)
            case OfferSound(token, _, _, report_id):
                if report_id:
                    reports.note_reference_heard(connection, report_id)
                once_audio.offer(connection, token, self.sealed, now=self.now)
            case Count(name):
                count_up(connection, name, week=iso_week(self.now))
            case NoteHeard() | NoteAnswered() | NoteAddition() | Withdraw():
                self._write_of_mailbox(connection, self.effect)
            case KeepAnswer() | StartWork() | OpenLetter():
                pass
            case _:
                self._write_of_report(connection, self.effect)
        if self.item is not None:
            reports.keep_item(connection, self.item)

    def _write_of_clip(
        self, connection: Connection, effect: AskRecording | AcceptClip | RefuseClip | FetchClip
    ) -> None:
        match effect:
            case AskRecording(intent_id, report_id, question, place, language):
                asked = Intent(intent_id, self.call_key, report_id, question, place, language, "asked", None)
                live_calls.ask_recording(connection, asked, now=self.now)
            case AcceptClip(intent_id):
                live_calls.accept_clip(connection, intent_id)
            case RefuseClip(intent_id):
                live_calls.refuse_clip(connection, intent_id)
            case FetchClip(_, intent_id, _):
                order(connection, HEAR, intent_id, self.sealed, now=self.now)

    def _write_of_mailbox(
        self, connection: Connection, effect: NoteHeard | NoteAnswered | NoteAddition | Withdraw
    ) -> None:
        match effect:
            case NoteHeard(letter_id):
                replies.note_heard(connection, letter_id)
            case NoteAnswered(letter_id):
                replies.note_answered(connection, letter_id)
            case NoteAddition(report_id, urgent):
                # By the worker: a report that has arrived is none that the door may change.
                subject = f"{report_id}:{urgent}" if urgent else report_id
                add_message(connection, ADDED, subject, now=self.now)
            case Withdraw(report_id):
                replies.close_mailbox(connection, report_id)
                add_message(connection, WITHDRAWN, report_id, now=self.now)

    def _write_of_talk(self, connection: Connection, effect: TalkEffect) -> None:
        match effect:
            case JoinQueue(talk_id, room, language, urgent, begun_report, needs):
                wish = Wish(talk_id, self.call_key, room, language, urgent, ",".join(needs), begun_report)
                queue.join(connection, wish, now=self.now)
            case UrgeQueue():
                queue.urge(connection, self.call_key)
            case LeaveQueue(why):
                queue.leave(connection, self.call_key, why, now=self.now)
            case ComeBack(answer):
                rooms.come_back(connection, self.call_key, answer, now=self.now)
            case SayOver():
                queue.say_over(connection, self.call_key, now=self.now)

    def _write_of_report(
        self,
        connection: Connection,
        effect: OpenReport | NoteUrgency | NoteSubstance | ChangeChannel | FinishReport,
    ) -> None:
        match effect:
            case OpenReport(report_id, language, channel):
                new = NewReport(report_id, self.ground.line_id, language, channel)
                reports.begin(connection, new, week=iso_week(self.now))
            case NoteUrgency(report_id, urgent):
                reports.note_urgency(connection, report_id, urgent, now=self.now)
            case NoteSubstance(report_id):
                reports.note_substance(connection, report_id)
            case ChangeChannel(report_id, channel):
                reports.change_channel(connection, report_id, channel)
            case FinishReport(report_id):
                reports.finish(connection, report_id)


def _sealed(ground: Ground, report_id: str, kind: str, content: Received | Answer) -> SealedItem:
    # For the desk alone: the recovery key is a member of its group, and a second wrap would cost as much as the first.
    return seal_item(content.packed(), report_id=report_id, kind=kind, audiences=(ground.keys.desk,))
