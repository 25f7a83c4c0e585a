"""A reply is heard by who holds its reference and by nobody else, as sound that stands in no document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.ears import DigitEars
from ivr.simulator.moments import Played
from ivr.simulator.script import ScriptedCaller
from ivr.worker.speech import OwnVoice, Speaker
from storage import replies, reports
from storage.clock import iso_week
from storage.contents import Reply, Sound
from storage.key_making import desk_key_by_recovery
from storage.models import items, wraps
from storage.models import replies as rows
from storage.opening import open_item
from storage.references import new_reference, reference_keys
from storage.reports import NewReport
from storage.sealing import Wrap, seal_item
from tests.house import House, say, speech
from tests.ivr.by_hand import HandMadeCall, address_of, answers_of, spoken
from tests.ivr.mail import SAID, Parrot

WORDS = "Did the blue van ever stand in Quenby Yard at night"


@dataclass
class Case:
    """A report with the reference that its caller keeps."""

    house: House
    report_id: str
    reference: str

    def send(self, kind: str = replies.MESSAGE, words: str = WORDS, *, speaker: Speaker | None = None) -> str:
        """Do what the desk does, and let the worker speak."""
        house, reply, now = self.house, Reply(words, "en", "b" * 32), self.house.clock.now()
        keys = house.public_keys
        item = seal_item(reply.packed(), report_id=self.report_id, kind="reply", audiences=(keys.desk,))
        with house.database.write() as connection:
            sent = replies.send_reply(
                connection,
                self.report_id,
                kind=kind,
                reply=reply,
                item=item,
                worker=keys.worker,
                week=iso_week(now),
                now=now,
            )
        house.place = replace(house.place, speaker=speaker or Parrot())
        house.work()
        return sent

    def state(self, reply_id: str) -> str | None:
        with self.house.database.read() as connection:
            return connection.scalar(select(rows.c.state).where(rows.c.reply_id == reply_id))

    def rings_back(self, reference: str = "") -> SimulatedCall:
        """Ring, and key a reference (their own) until it is looked up."""
        call = self.house.ring()
        for _ in range(30):
            if call.ended or call.step in ("return_known", "return_messages"):
                break
            if call.step == "return_reference" and spoken(self.house, "return_unknown") in call.words:
                break
            keys = {"main_menu": "3", "return_reference": reference or self.reference}.get(call.step)
            call.press(keys) if keys else call.silence()
        return call

    def hears_next(self, call: SimulatedCall) -> None:
        """Choose to hear the next message, to its end."""
        call.press("1")
        while call.step in ("letter_wait", "letter_playing"):
            call.silence()


@pytest.fixture
def new_case(house: House) -> Callable[[], Case]:
    def make() -> Case:
        hotline = house.door.hotline
        report_id, reference = hotline.live.call_key(new_reference()), new_reference()
        keys = reference_keys(reference, hotline.slow.pepper)
        with house.database.write() as connection:
            reports.begin(connection, NewReport(report_id, "example", "en", "voice"), week="2026-W40")
            connection.execute(text("UPDATE reports SET state = 'confirmed' WHERE state = 'arriving'"))
            reports.open_mailbox(connection, keys.lookup_id, report_id, keys.reply_public, week="2026-W48")
            reports.note_reference_heard(connection, report_id)
        return Case(house, report_id, reference)

    return make


@pytest.fixture
def case(new_case: Callable[[], Case]) -> Case:
    return new_case()


def played(call: SimulatedCall) -> list[bytes]:
    return [item.sound for item in call.heard if isinstance(item, Played) and item.sound == SAID]


def test_the_right_reference_hears_the_very_sound_and_no_other_reference_does(new_case: Callable[[], Case]) -> None:
    case, other = new_case(), new_case()
    reply_id = case.send()
    stranger = other.rings_back()
    assert stranger.step == "return_known"
    assert spoken(case.house, "replies_none") in stranger.words
    stranger.hang_up()
    nobody = case.rings_back(new_reference())
    assert spoken(case.house, "return_unknown") in nobody.words
    nobody.hang_up()
    call = case.rings_back()
    assert call.step == "return_messages"
    assert spoken(case.house, "status_received") in call.words
    assert spoken(case.house, "replies_one") in call.words
    case.hears_next(call)
    assert call.step == "letter_menu"
    assert played(call) == [SAID]
    assert case.state(reply_id) == replies.HEARD
    assert not played(stranger)
    assert not played(nobody)


SCRIPT = """
> rings
< hears greeting
> waits
< hears main_menu
> presses 3
< hears return_reference
> presses the reference
< hears "has been received"
< hears "one new message"
< hears return_messages
> presses 1
< hears letter_playing
> waits
< hears letter_yes_no
> presses *
< hears letter_playing
> waits
< hears letter_yes_no
> presses 2
< hears "That was the last message"
> presses 3
< ends
"""


def test_a_script_of_a_caller_who_rings_back_hears_real_speech_twice_and_answers(case: Case) -> None:
    reply_id = case.send(replies.YES_NO, speaker=OwnVoice())
    call = case.house.ring()
    caller = ScriptedCaller(call, lambda words, language: SAID, DigitEars(case.house.settings.digits_dir))
    caller.reference = case.reference
    caller.follow(SCRIPT)
    heard = [item.sound for item in call.heard if isinstance(item, Played)]
    assert heard == [OwnVoice().speak(WORDS, "en")] * 2
    assert case.state(reply_id) == replies.ANSWERED


def test_who_hangs_up_while_a_message_plays_has_not_heard_it(case: Case) -> None:
    reply_id = case.send()
    call = case.rings_back()
    call.press("1")
    while call.step == "letter_wait":
        call.silence()
    assert call.step == "letter_playing"
    call.hang_up()
    assert case.state(reply_id) == replies.WAITING
    again = case.rings_back()
    assert spoken(case.house, "replies_one") in again.words
    again.hang_up()


def test_no_word_of_a_reply_is_in_a_document_or_anywhere_in_clear(case: Case) -> None:
    case.send()
    call = case.rings_back()
    case.hears_next(call)
    assert "Quenby" not in call.words
    assert "Quenby" not in repr(case.house.exchange.requests)
    with case.house.database.read() as connection:
        for table in ("replies", "jobs", "once_audio", "calls", "items"):
            stored = [
                bytes(value)
                for row in connection.execute(text(f"SELECT * FROM {table}"))
                for value in row
                if isinstance(value, bytes | memoryview)
            ]
            assert not any(b"Quenby" in value or SAID[4000:4060] in value for value in stored), table
    call.hang_up()


def test_a_yes_by_key_comes_to_the_desk_as_an_answer_to_that_question(case: Case) -> None:
    reply_id = case.send(replies.YES_NO)
    call = case.rings_back()
    case.hears_next(call)
    assert call.step == "letter_yes_no"
    call.press("1")
    assert case.state(reply_id) == replies.ANSWERED
    call.hang_up()
    case.house.work()
    (said,) = answers_of(case.house, case.report_id)
    assert (said.question, said.values) == (f"reply:{reply_id}", ("yes",))
    assert _report(case) == ("new", True)


def test_a_spoken_answer_comes_to_the_desk_as_an_answer_to_that_question(case: Case) -> None:
    reply_id = case.send(replies.QUESTION)
    call = case.rings_back()
    case.hears_next(call)
    call.press("1")
    call.press("1")
    say(call, speech(1.5, seed=77))
    call.hang_up()  # before anything was said about it: what was said counts
    for _ in range(3):
        case.house.work()
        case.house.later(minutes=11)
    (sound,) = _sounds(case)
    assert sound.question == f"reply:{reply_id}"
    assert case.state(reply_id) == replies.ANSWERED
    assert _report(case) == ("new", True)


def test_an_addition_by_keys_comes_to_the_desk(case: Case) -> None:
    call = case.rings_back()
    call.press("1")
    call.press("2")
    assert call.step == "urgent"
    call.press("1")
    call.hang_up()
    case.house.work()
    assert [(said.question, said.values) for said in answers_of(case.house, case.report_id)] == [("urgent", ("yes",))]
    assert _report(case) == ("new", True)


def test_who_withdrew_is_answered_like_somebody_who_keyed_anything(case: Case) -> None:
    call = case.rings_back()
    for key in ("2", "1", "3"):
        call.press(key)
    assert call.ended
    assert spoken(case.house, "withdrawn") in call.words
    again, unknown = case.rings_back(), case.rings_back(new_reference())
    assert again.words == unknown.words
    for one in (again, unknown):
        one.hang_up()
    case.house.work()
    with case.house.database.read() as connection:
        assert replies.is_withdrawn(connection, case.report_id)
        assert not replies.has_mailbox(connection, case.report_id)
    assert _report(case) == ("confirmed", False)  # nothing is undone by a key alone


def by_hand(case: Case) -> HandMadeCall:
    """Ring by hand, up to the message that plays."""
    call = HandMadeCall(case.house).ring()
    for _ in range(12):
        if call.step == "letter_playing":
            return call
        keys = {"main_menu": "3", "return_reference": case.reference, "return_messages": "1"}.get(call.step)
        call.press(keys) if keys else call.hear()
        slow = case.house.door.hotline.slow
        while slow._running:
            pass
    raise AssertionError(f"no message was played; the call stands at {call.step}")


def test_a_webhook_sent_twice_or_late_tells_no_address_of_a_message_and_counts_once(case: Case) -> None:
    reply_id = case.send()
    call = by_hand(case)
    address, document = call.address, call.document
    (token,) = re.findall(r"/audio/([0-9a-f]{32})", document)
    waiting = address.replace("letter_playing", "letter_wait")
    late = call.ask(re.sub(r"\d+$", str(call.turn - 1), waiting))  # the one before, again
    assert "/audio/" not in late
    assert case.state(reply_id) == replies.WAITING
    assert case.house.door.hotline.find_sound(token) is not None
    first, twice = call.ask(address), call.ask(address)
    assert case.state(reply_id) == replies.HEARD
    assert address_of(first) == address_of(twice)
    assert "/audio/" not in first + twice
    call.post("/ended", CallStatus="completed")
    assert case.state(reply_id) == replies.HEARD


def test_a_message_whose_sound_the_carrier_did_not_fetch_still_waits(case: Case) -> None:
    reply_id = case.send()
    call = by_hand(case)
    call.hear()
    assert case.state(reply_id) == replies.WAITING
    assert spoken(case.house, "apology_short") in call.document
    call.post("/ended", CallStatus="completed")


def test_a_message_that_was_exchanged_in_the_database_is_not_played(case: Case) -> None:
    reply_id = case.send()
    with case.house.database.write() as connection:
        connection.execute(text("UPDATE replies SET sealed = :junk").bindparams(junk=b"\x01" + bytes(300)))
    call = case.rings_back()
    case.hears_next(call)
    assert spoken(case.house, "apology_short") in call.words
    assert not played(call)
    assert case.state(reply_id) == replies.WAITING
    call.hang_up()


def _report(case: Case) -> tuple[str, bool]:
    with case.house.database.read() as connection:
        of_report = text("SELECT state, added_to FROM reports WHERE report_id = :id").bindparams(id=case.report_id)
        row = connection.execute(of_report).one()
    return str(row.state), bool(row.added_to)


def _sounds(case: Case) -> list[Sound]:
    house = case.house
    desk = desk_key_by_recovery(Path(house.environment["KEYS_DIR"]), house.recovery, house.public_keys.desk)
    with house.database.read() as connection:
        of_report = select(items).where(items.c.report_id == case.report_id, items.c.kind == "sound")
        found = connection.execute(of_report).all()
        keys = connection.execute(select(wraps)).all()
    return [
        Sound.unpacked(
            open_item(
                row.sealed,
                item_id=row.item_id,
                report_id=case.report_id,
                kind="sound",
                wraps_of_item=[
                    Wrap(key.audience, key.epoch, key.wrapped) for key in keys if key.item_id == row.item_id
                ],
                group=desk,
            )
        )
        for row in found
    ]
