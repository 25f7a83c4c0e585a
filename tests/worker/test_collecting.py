"""A recorded answer reaches the desk sealed, and only then leaves the carrier."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from ivr.worker.transcriber import TranscriberFailed
from storage.contents import Sound, Transcript
from storage.jobs import standing_alarms
from storage.models import counts, intents, items, reports
from tests.worker.conftest import Working
from tests.worker.fakes import babble, silence


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


def counted(line: Working, name: str) -> int:
    with line.database.read() as connection:
        return connection.scalar(select(counts.c.number).where(counts.c.name == name)) or 0


@pytest.fixture
def clip(line: Working) -> tuple[str, str, str, str]:
    """Give one recorded answer of a living call: report, intent, recording and call."""
    sid, call_key = line.ring()
    report_id = line.report()
    intent_id = line.ask(call_key, report_id, question="who", place=3)
    recording = line.carrier.record(sid, babble(), started=line.clock.now())
    line.name(intent_id, recording, sid)
    return report_id, intent_id, recording, sid


def test_a_clip_is_sealed_with_its_draft_and_deleted_at_the_carrier(line: Working, clip: tuple[str, ...]) -> None:
    report_id, intent_id, _, _ = clip
    line.work()
    (packed,) = line.opened("sound", report_id)
    (draft,) = line.opened("draft", report_id)
    sound = Sound.unpacked(packed)
    assert (sound.question, sound.place, sound.language, sound.wav) == ("who", 3, "en", babble())
    assert sound.seconds == pytest.approx(2.0)
    assert (Transcript.unpacked(draft).text, Transcript.unpacked(draft).by) == ("he takes money", "fake")
    assert line.state(intent_id) == "kept"
    assert line.carrier.recordings == {}


def test_a_second_round_does_nothing_again(line: Working, clip: tuple[str, ...]) -> None:
    line.work()
    line.carrier.asked.clear()
    line.work()
    assert set(line.carrier.asked) <= {"calls"}  # the look for calls that only the carrier knows
    assert len(line.opened("sound")) == 1


def test_a_blank_clip_is_deleted_counted_and_not_stored(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    line.name(intent_id, line.carrier.record(sid, silence(), started=line.clock.now()), sid)
    line.work()
    assert line.state(intent_id) == "blank"
    assert line.carrier.recordings == {}
    assert line.opened("sound") == []
    assert counted(line, "clips.blank") == 1


def test_a_refused_clip_is_deleted_and_never_stored(line: Working, clip: tuple[str, ...]) -> None:
    _, intent_id, _, _ = clip
    with line.database.write() as connection:
        connection.execute(update(intents).values(state="refused"))
    line.work()
    assert line.state(intent_id) == "refused"
    assert line.carrier.recordings == {}
    assert line.opened("sound") == []


def test_what_is_kept_stays_whatever_a_row_says_of_it_later(line: Working, clip: tuple[str, ...]) -> None:
    """The public door may write these columns; whoever takes it over must not reach what is stored."""
    line.work()
    with line.database.write() as connection:
        connection.execute(update(intents).values(state="refused"))
    line.work()
    assert (len(line.opened("sound")), len(line.opened("draft"))) == (1, 1)


@pytest.mark.parametrize("state", ["refused", "sealed"])
@pytest.mark.parametrize("item_hash", [None, b"x" * 32, "stored"])
def test_a_row_that_the_worker_did_not_write_deletes_no_stored_clip(
    line: Working, clip: tuple[str, ...], state: str, item_hash: bytes | str | None
) -> None:
    report_id = clip[0]
    line.work()
    sid, call_key = line.ring()
    forged = line.ask(call_key, report_id)
    line.name(forged, "RE" + "0" * 32, sid)
    with line.database.write() as connection:
        item_id, genuine = connection.execute(
            select(intents.c.item_id, intents.c.item_hash).where(intents.c.state == "kept")
        ).one()
        told = genuine[:32] + b"0" * 32 if item_hash == "stored" else item_hash
        values = {"state": state, "item_id": item_id, "item_hash": told}
        connection.execute(update(intents).where(intents.c.intent_id == forged).values(**values))
    line.work_for(120)
    assert (len(line.opened("sound")), len(line.opened("draft"))) == (1, 1)


def test_a_mark_copied_to_another_row_deletes_no_stored_clip(line: Working, clip: tuple[str, ...]) -> None:
    report_id = clip[0]
    line.work()
    sid, call_key = line.ring()
    forged = line.ask(call_key, report_id)
    line.name(forged, "RE" + "0" * 32, sid)
    with line.database.write() as connection:
        kept = connection.execute(select(intents).where(intents.c.state == "kept")).one()
        values = {"state": "sealed", "item_id": kept.item_id, "item_hash": b"y" * 32 + kept.item_hash[32:]}
        connection.execute(update(intents).where(intents.c.intent_id == forged).values(**values))
    line.work_for(120)
    assert len(line.opened("sound")) == 1


def test_a_recording_named_twice_is_kept_once(line: Working, clip: tuple[str, ...]) -> None:
    report_id, intent_id, recording, sid = clip
    with line.database.read() as connection:
        call_key = connection.scalar(select(intents.c.call_key)) or ""
    sibling = line.ask(call_key, report_id, question="who", place=3)
    line.name(sibling, recording, sid)
    unasked = line.ask(call_key, None)
    line.name(unasked, recording, sid)
    line.work()
    assert len(line.opened("sound")) == 1
    assert sorted(filter(None, map(line.state, (intent_id, sibling, unasked)))) == ["kept"]


def test_a_late_recording_of_a_refused_clip_is_not_taken_for_a_new_one(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report()
    line.ask(call_key, report_id, place=2, state="refused", accepted=False)
    sibling = line.ask(call_key, report_id, place=2)
    line.name(sibling, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert line.opened("sound") == []
    assert line.carrier.recordings == {}


def test_an_unasked_recording_becomes_a_report_of_its_own(line: Working) -> None:
    sid, call_key = line.ring()
    for _ in range(2):
        line.name(line.ask(call_key, None), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    with line.database.read() as connection:
        (report,) = connection.execute(select(reports)).all()
    assert (report.state, report.channel, report.line, report.partial) == ("arriving", "voice", "example", True)
    assert len(line.opened("sound", report.report_id)) == 2
    assert len(line.opened("received", report.report_id)) == 1


def test_an_unasked_recording_that_was_collected_before_is_dropped(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, None)
    line.name(intent_id, "RE" + "0" * 32, sid)
    line.work_for(300)
    assert line.state(intent_id) is None
    assert line.opened("sound") == []


def test_a_recording_that_is_not_ready_is_waited_for(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    recording = line.carrier.record(sid, babble(), started=line.clock.now(), status="processing")
    line.name(intent_id, recording, sid)
    line.work_for(300)
    assert line.state(intent_id) == "known"
    call, listed, sound = line.carrier.recordings[recording]
    line.carrier.recordings[recording] = (call, type(listed)(recording, "completed", listed.started, 2.0, ""), sound)
    line.work_for(60)
    assert line.state(intent_id) == "kept"


def test_a_failed_recording_is_an_alarm_and_an_empty_answer(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    recording = line.carrier.record(sid, b"", started=line.clock.now(), status="failed")
    line.name(intent_id, recording, sid)
    line.work_for(300)
    assert line.state(intent_id) == "empty"
    assert "recording_failed" in alarms(line)


def test_a_name_that_is_no_sid_never_reaches_an_address(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report())
    line.name(intent_id, "../../Accounts", sid)
    line.work()
    assert line.state(intent_id) == "asked"
    assert set(line.carrier.asked) <= {"calls"}


def test_one_recording_that_fails_does_not_hold_up_the_others(line: Working, clip: tuple[str, ...]) -> None:
    _, intent_id, recording, sid = clip
    line.carrier.broken.add(recording)
    with line.database.read() as connection:
        call_key = connection.scalar(select(intents.c.call_key)) or ""
    second = line.ask(call_key, line.report(), place=9)
    line.name(second, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert (line.state(intent_id), line.state(second)) == ("known", "kept")
    line.carrier.broken.clear()
    line.work_for(600)
    assert line.state(intent_id) == "kept"


def test_a_transcriber_that_breaks_costs_the_draft_and_not_the_clip(line: Working, clip: tuple[str, ...]) -> None:
    line.transcriber.failure = TranscriberFailed("it crashed")
    line.work()
    assert len(line.opened("sound")) == 1
    assert line.opened("draft") == []
    assert "transcriber" in alarms(line)


def test_a_language_that_the_engine_does_not_know_gets_no_draft(line: Working) -> None:
    sid, call_key = line.ring()
    intent_id = line.ask(call_key, line.report(), language="pl")
    line.name(intent_id, line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert (len(line.opened("sound")), line.opened("draft")) == (1, [])


def test_a_stored_clip_that_changed_is_fetched_again(line: Working, clip: tuple[str, ...]) -> None:
    report_id, intent_id, _, _ = clip
    kept_there = dict(line.carrier.recordings)
    line.work()
    line.carrier.recordings.update(kept_there)
    with line.database.write() as connection:  # as after a crash before the comparison, on a failing disk
        connection.execute(update(intents).values(state="sealed"))
        connection.execute(update(items).where(items.c.kind == "sound").values(sealed=b"rotten"))
    line.work()
    (packed,) = line.opened("sound", report_id)
    assert Sound.unpacked(packed).wav == babble()
    assert line.state(intent_id) == "kept"
    assert "storage" in alarms(line)


def test_a_clip_for_a_report_that_staff_had_finished_brings_it_back(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report(state="confirmed")
    line.name(line.ask(call_key, report_id), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    with line.database.read() as connection:
        report = connection.execute(select(reports)).one()
    assert (report.state, report.added_to) == ("new", True)


def test_a_clip_for_a_report_being_read_leaves_its_state(line: Working) -> None:
    sid, call_key = line.ring()
    report_id = line.report(state="read")
    line.name(line.ask(call_key, report_id), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    with line.database.read() as connection:
        report = connection.execute(select(reports)).one()
    assert (report.state, report.added_to) == ("read", True)
