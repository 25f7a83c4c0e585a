"""A caller who does anything at any moment, while anything goes wrong, and what must be true all the same."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, func, select, update

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import Played
from ivr.simulator.webhooks import Sent
from ivr.twiml import OVERRIDES
from ivr.worker.blank import is_blank
from ivr.worker.identifiers import open_notice
from prompts.questionnaire import Questionnaire, read_questionnaire
from storage import clips, replies
from storage import reports as reports_of_callers
from storage.contents import Answer, Reply, Sound
from storage.key_making import desk_key_by_recovery
from storage.models import calls, intents, items, mailboxes, reports, wraps
from storage.models import replies as rows
from storage.opening import GroupKey, open_item
from storage.references import reference_keys
from storage.sealing import Wrap, seal_item
from tests.house import BASE, House, speech
from tests.ivr.mail import SAID, Parrot
from tests.ivr.outage import outage

LOUD = 1000  # a sample this far from silence is speech: the tests' own bursts reach 9000
MOST_ROUNDS = 6
STEPS_BEFORE = {
    "greeting": "",
    "main_menu": "",
    "consent": "2",
    "voice": "21",
    "keys": "22",
    "return": "3",
    "message": "3",
}

MOODS = st.builds(
    Misbehaviour,
    duplicate_webhooks=st.booleans(),
    retry_after_timeout=st.booleans(),
    late_recording_callbacks=st.booleans(),
    callbacks_before_action=st.booleans(),
    reordered=st.booleans(),
    empty_recording=st.booleans(),
    lost_recording_callbacks=st.booleans(),
    lost_action=st.booleans(),
    lost_ended=st.booleans(),
    silent_recordings_kept=st.booleans(),
    failed_connects=st.integers(0, 1),
    sound_fetches=st.integers(1, 3),
    recording_status=st.sampled_from(["completed", "completed", "completed", "absent", "failed"]),
    doubled_parameters=st.sampled_from([(), ("Digits",), ("CallSid", "From"), ("RecordingSid",)]),
    odd_parameters=st.sampled_from([(), (("NewParameter", "1"),), (("CallerName", "Digits=1"),)]),
)


@dataclass
class Watched:
    """What is remembered between two walks through one house."""

    house: House
    reference: str  # of a report that is there already
    seen: set[str] = field(default_factory=set)  # items that earlier walks left
    seeds: int = 1000
    questionnaire: Questionnaire = field(default_factory=read_questionnaire)

    @property
    def desk(self) -> GroupKey:
        keys = Path(self.house.environment["KEYS_DIR"])
        return desk_key_by_recovery(keys, self.house.recovery, self.house.public_keys.desk)

    def answer(self, kind: str) -> str:
        """Answer the caller of the report that is there, whatever became of their reference and of earlier answers."""
        keys, lookup_id = self.house.public_keys, self._lookup_id
        with self.house.database.write() as connection:
            connection.execute(update(mailboxes).values(state="open"))
            report_id = reports_of_callers.report_of_mailbox(connection, lookup_id)
            assert report_id is not None
            connection.execute(delete(rows))
            reply, now = Reply("words", "en", "b" * 32), self.house.clock.now()
            item = seal_item(reply.packed(), report_id=report_id, kind="reply", audiences=(keys.desk,))
            reply_id = replies.send_reply(
                connection, report_id, kind=kind, reply=reply, item=item, worker=keys.worker, week="2026-W48", now=now
            )
        self.house.place = replace(self.house.place, speaker=Parrot())
        self.house.work()
        return reply_id

    @cached_property
    def _lookup_id(self) -> str:
        return reference_keys(self.reference, self.house.door.hotline.slow.pepper).lookup_id

    def opened(self, kind: str) -> list[bytes]:
        """Return what this walk has left of a kind, opened with the desk's key."""
        with self.house.database.read() as connection:
            of_kind = connection.execute(select(items).where(items.c.kind == kind)).all()
            found = [row for row in of_kind if row.item_id not in self.seen]
            kept = [
                (row, connection.execute(select(wraps).where(wraps.c.item_id == row.item_id)).all()) for row in found
            ]
        return [
            open_item(
                row.sealed,
                item_id=row.item_id,
                report_id=row.report_id,
                kind=kind,
                wraps_of_item=tuple(Wrap(key.audience, key.epoch, key.wrapped) for key in keys),
                group=self.desk,
            )
            for row, keys in kept
        ]

    def forget(self) -> None:
        """Begin to watch anew: what is there now belongs to this walk no more."""
        with self.house.database.read() as connection:
            self.seen = set(connection.scalars(select(items.c.item_id)))


class Walk(RuleBasedStateMachine):
    """One call from its first ring until nothing of it stands anywhere but sealed at the desk."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self.watched = watched
        self.house = watched.house
        self.exchange = watched.house.exchange
        self.exchange.misbehaviour = Misbehaviour()
        self.first_request = len(self.exchange.requests)
        self.first_notice = len(self.exchange.notices)
        self.hung_up = False
        self.call: SimulatedCall

    # ---- where a walk begins

    @initialize(
        begin=st.sampled_from(sorted(STEPS_BEFORE)),
        skips=st.integers(0, 12),
        calm=st.booleans(),
        mood=MOODS,
        kind=st.sampled_from(replies.KINDS),
    )
    def ring(self, begin: str, skips: int, calm: bool, mood: Misbehaviour, kind: str) -> None:
        self.reply_id = self.watched.answer(kind) if begin == "message" else ""
        self.call = self.house.ring(listens_at_once=calm)
        if begin != "greeting":
            self.quietly_to("main_menu")
        for key in STEPS_BEFORE[begin]:
            self.call.press(key)
        for _ in range(skips if begin in ("voice", "keys") else 0):
            self.skip()
        if begin == "message":
            self.call.press(self.watched.reference)
            self.quietly_to("return_messages")
            self.call.press("1")
        self.exchange.misbehaviour = mood

    def quietly_to(self, step: str) -> None:
        while self.call.step != step or self.call.waiting_for != "key":
            self.call.silence()

    def skip(self) -> None:
        """Take a step forward as a hurried caller does."""
        if self.call.ended:
            return
        if self.call.step == "reference_tail":
            self.call.press(self.house.reference_heard(self.call)[-4:] or "#")
        elif self.call.waiting_for == "key":
            self.call.press("1" if self.call.step == "reference" else "#")
        else:
            self.call.silence()

    # ---- what a caller does, and what happens to the call

    @property
    def is_there(self) -> bool:
        return not self.call.ended

    def act(self, act: Callable[[], None]) -> None:
        if self.is_there:
            act()

    @precondition(lambda self: self.is_there)
    @rule(key=st.sampled_from([*"0123456789*#"]))
    def press(self, key: str) -> None:
        self.call.press(key)

    @precondition(lambda self: self.is_there)
    @rule(keys=st.text("0123456789*#", min_size=2, max_size=18))
    def press_many(self, keys: str) -> None:
        self.call.press(keys)

    @precondition(lambda self: self.is_there)
    @rule()
    def stay_silent(self) -> None:
        self.call.silence()

    @precondition(lambda self: self.is_there)
    @rule(seconds=st.sampled_from([1.0, 1.5]), finish=st.sampled_from(["#", "*", "0", "9", "", "hang up"]))
    def speak(self, seconds: float, finish: str) -> None:
        while self.is_there and self.call.waiting_for != "recording" and "<Record" in self.call.document:
            self.call.silence()
        if not self.is_there or self.call.waiting_for != "recording":
            return
        self.watched.seeds += 1
        self.call.speak(speech(seconds, seed=self.watched.seeds))
        if finish == "hang up":
            self.hang_up()
        elif finish and self.is_there:
            self.call.press(finish)

    @precondition(lambda self: self.is_there)
    @rule()
    def go_on(self) -> None:
        self.skip()

    @precondition(lambda self: self.is_there and self.call.step == "return_reference")
    @rule(last=st.sampled_from(["", "0", "5"]))
    def key_a_reference(self, last: str) -> None:
        reference = self.watched.reference
        self.call.press(reference[:15] + last if last else reference)

    @precondition(lambda self: self.is_there)
    @rule()
    def hang_up(self) -> None:
        self.hung_up = True
        self.call.hang_up()

    @rule(mood=MOODS)
    def change_mood(self, mood: Misbehaviour) -> None:
        self.exchange.misbehaviour = mood

    @rule(newest_first=st.booleans())
    def late_callbacks_come(self, newest_first: bool) -> None:
        self.exchange.deliver_late_callbacks(newest_first=newest_first)

    @precondition(lambda self: self.is_there)
    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.exchange.advance(seconds)

    @precondition(lambda self: self.is_there)
    @rule(crossing=st.booleans(), key=st.sampled_from([*"12#9"]))
    def is_moved(self, crossing: bool, key: str) -> None:
        def move() -> None:
            self.act(lambda: self.call.redirect(f"{BASE}/call/now{OVERRIDES}", "POST"))

        if crossing:
            self.exchange.meanwhile(move)
            self.call.press(key)
        else:
            move()

    @precondition(lambda self: self.is_there)
    @rule(key=st.sampled_from([*"12#"]))
    def hang_up_while_an_answer_comes(self, key: str) -> None:
        self.hung_up = True
        self.exchange.meanwhile(self.call.hang_up)
        self.call.press(key)

    @precondition(lambda self: self.is_there)
    @rule(key=st.sampled_from(["", *"12#"]))
    def the_database_is_away(self, key: str) -> None:
        with outage(self.house.database):
            self.act(lambda: self.call.press(key) if key else self.call.silence())

    @rule()
    def the_worker_works(self) -> None:
        self.house.work()

    # ---- what is always true

    @invariant()
    def no_genuine_webhook_is_refused_and_no_notice_written(self) -> None:
        notices = self.exchange.notices[self.first_notice :]
        assert [(notice.code, notice.url, notice.reason) for notice in notices] == []
        sent = self.exchange.requests[self.first_request :]
        assert [(one.url, one.status) for one in sent if one.status is not None and one.status >= 300] == []

    @invariant()
    def nobody_stands_at_a_dead_end(self) -> None:
        call = self.call
        if not call.ended:
            assert call.waiting_for in ("key", "recording") or not call.listens_at_once
        elif not self.hung_up:
            assert call.status == "completed"
            assert "<Hangup" in call.document
            assert re.search(r"<(Say|Play)", call.document)

    # ---- what is true in the end

    def teardown(self) -> None:
        if not hasattr(self, "call"):
            return
        self.exchange.meanwhile(lambda: None)
        self.call.hang_up()
        self.exchange.deliver_late_callbacks()
        self.exchange.misbehaviour = Misbehaviour()
        self.no_genuine_webhook_is_refused_and_no_notice_written()
        self.check_answers()
        self.check_reply()
        self.check_names()
        spoken, taken_back = self.spoken_sounds(), self.clips_taken_back()
        self.settle()
        self.check_sounds(spoken, taken_back)
        self.watched.forget()

    def check_answers(self) -> None:
        """Every keyed answer that was acknowledged by the next document stands sealed in the database."""
        kept = {
            (said.question, value)
            for said in map(Answer.unpacked, self.watched.opened("answer"))
            for value in said.values
        }
        sent = self.exchange.requests[self.first_request :]
        assert {(step, value) for _, step, value in acknowledged(sent, self.watched.questionnaire)} <= kept

    def check_reply(self) -> None:
        """A message counts as heard only when it was played, and what is no status of a message is never written."""
        if not self.reply_id:
            return
        with self.house.database.read() as connection:
            state = connection.scalar(select(rows.c.state).where(rows.c.reply_id == self.reply_id))
        played = any(isinstance(heard, Played) and heard.sound == SAID for heard in self.call.heard)
        assert state == replies.WAITING or (played and state in (replies.HEARD, replies.ANSWERED))

    def recordings(self) -> dict[str, bytes]:
        return {sid: one.sound for sid, one in self.exchange.recordings.items() if one.call_sid == self.call.sid}

    def check_names(self) -> None:
        """Every recording has one row that names it, or none and stands at the exchange for the worker to find."""
        place = self.house.place
        with self.house.database.read() as connection:
            rows = connection.execute(select(intents).where(intents.c.recording_for_worker.is_not(None))).all()
        named = Counter(open_notice(place, row.recording_for_worker, row.intent_id).sid for row in rows)
        for sid in self.recordings():
            assert named[sid] <= 1
            assert named[sid] or self.exchange.recordings[sid].state in ("completed", "absent", "failed", "deleted")

    def spoken_sounds(self) -> list[str]:
        """Return the digests of recordings somebody spoke into that are not safe at the desk yet.

        A burst too short for a word is no speech: the rule for blank clips has tests of its own.
        """
        sounds_ = (sound for sound in self.recordings().values() if sound and is_loud(sound))
        return [digest(sound) for sound in sounds_ if not is_blank(sound)]

    def clips_taken_back(self) -> int:
        with self.house.database.read() as connection:
            refused = select(func.count()).select_from(intents).where(intents.c.state == "refused")
            return connection.scalar(refused) or 0

    def settle(self) -> None:
        left = 1
        for _ in range(MOST_ROUNDS):
            self.house.work()
            with self.house.database.read() as connection:
                left = connection.scalar(select(func.count()).select_from(calls)) or 0
                left += len(clips.arriving_reports(connection))
            if not left:
                break
            self.house.later(minutes=16)
        assert left == 0, "a call or a report is never settled"

    def check_sounds(self, spoken: list[str], taken_back: int) -> None:
        """No sound is lost that its caller did not take back, none is doubled, and nothing stands at the exchange."""
        kept = Counter(digest(Sound.unpacked(packed).wav) for packed in self.watched.opened("sound"))
        assert len(set(spoken) - set(kept)) <= taken_back
        assert set(kept.values()) <= {1}
        standing = {
            sid
            for sid in self.recordings()
            if self.exchange.recordings[sid].state not in ("deleted", "absent", "failed")
        }
        assert standing == set()
        assert self.call.sid in self.exchange.deleted_calls
        with self.house.database.read() as connection:
            assert connection.scalar(select(func.count()).select_from(intents)) == 0
            assert not connection.scalar(select(func.count()).where(reports.c.state == "arriving"))


def acknowledged(requests: Sequence[Sent], questionnaire: Questionnaire) -> set[tuple[str, str, str]]:
    """Return (call, question, value) of every keyed answer that was answered with the document of the next turn."""
    known = {question.id: question for question in questionnaire.questions}
    first: dict[tuple[str, str, int], str] = {}
    for sent in requests:
        asked = re.fullmatch(rf"{BASE}/call/(\w+)/(\d+)", sent.url)
        answered = re.search(r"/call/\w+/(\d+)#", sent.document)
        if asked and answered and int(answered[1]) == int(asked[2]) + 1:
            first.setdefault((sent.param("CallSid") or "", asked[1], int(asked[2])), sent.param("Digits") or "")
    expected = set()
    for (sid, step, _), keys in first.items():
        question = known.get(step)
        if question is not None and question.kind == "key" and keys in question.choices:
            expected.add((sid, step, question.choices[keys]))
        elif question is not None and question.kind == "digits" and keys.isdigit():
            expected.add((sid, step, keys[: question.length]))
    return expected


def digest(wav: bytes) -> str:
    return hashlib.sha256(wav).hexdigest()


def is_loud(wav: bytes) -> bool:
    pcm = sounds.read_wav(wav)
    return any(abs(int.from_bytes(pcm[at : at + 2], "little", signed=True)) > LOUD for at in range(0, len(pcm), 2))
