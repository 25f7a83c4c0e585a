"""What the desk answers a caller: spoken by the worker, sealed to their reference, and the words forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import delete, func, select, update

from ivr.worker import replies as job
from ivr.worker.alerts import REPLIES, REPLY_SECONDS
from ivr.worker.speech import NoVoice
from ivr.worker.workplace import Workplace
from storage import clips, intake, replies, reports, statuses
from storage import jobs as queue
from storage.contents import Reply
from storage.jobs import standing_alarms
from storage.keys import Damaged, Secret
from storage.models import jobs, mailboxes
from storage.models import replies as rows
from storage.models import reports as report_rows
from storage.references import ReferenceKeys, new_reference, reference_keys
from storage.sealing import open_reply, seal_item
from tests.worker.conftest import Working
from tests.worker.fakes import audience, babble

PEPPER = Secret(b"p" * 32)
WORDS = "The officers at Fernhollow asked which car it was"
WEEK = "2026-W48"


@dataclass
class Mouth:
    """Says the same sound whatever it is given, and notes what that was."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    dumb: bool = False

    def speak(self, text: str, language: str) -> bytes:
        self.asked.append((text, language))
        if self.dumb:
            raise NoVoice("nobody here speaks that")
        return babble()


@dataclass
class Speaking(Working):
    """A line whose worker speaks with a mouth of ours."""

    mouth: Mouth = field(default_factory=Mouth)

    def place(self) -> Workplace:
        return replace(super().place(), speaker=self.mouth)


@pytest.fixture
def line(line: Working) -> Speaking:
    return Speaking(line.database, line.clock)


def told(line: Working, report_id: str) -> ReferenceKeys:
    """Give a report's caller a reference."""
    keys = reference_keys(new_reference(), PEPPER)
    with line.database.write() as connection:
        reports.open_mailbox(connection, keys.lookup_id, report_id, keys.reply_public, week=WEEK)
        reports.note_reference_heard(connection, report_id)
    return keys


def send(line: Working, report_id: str, words: str = WORDS, *, kind: str = replies.MESSAGE) -> str:
    reply = Reply(words, "en", "b" * 32)
    item = seal_item(reply.packed(), report_id=report_id, kind="reply", audiences=(audience(line.desk),))
    with line.database.write() as connection:
        return replies.send_reply(
            connection,
            report_id,
            kind=kind,
            reply=reply,
            item=item,
            worker=audience(line.worker),
            week=WEEK,
            now=line.clock.now(),
        )


def state(line: Working, reply_id: str) -> str | None:
    with line.database.read() as connection:
        return connection.scalar(select(rows.c.state).where(rows.c.reply_id == reply_id))


def sound(line: Working, report_id: str, reply_id: str, keys: ReferenceKeys) -> bytes:
    with line.database.read() as connection:
        found = replies.sealed_reply(connection, report_id, reply_id)
    assert found is not None
    kind, sealed = found
    return open_reply(sealed, private=keys.reply_private, reply_id=reply_id, report_id=report_id, kind=kind)


def orders_left(line: Working, kind: str = queue.REPLY) -> int:
    with line.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(jobs).where(jobs.c.kind == kind)) or 0


def test_words_of_the_desk_become_sound_that_only_their_reference_opens(line: Speaking) -> None:
    report_id, other = line.report(state="new"), line.report(state="new")
    keys, stranger = told(line, report_id), told(line, other)
    reply_id = send(line, report_id)
    assert state(line, reply_id) == replies.MAKING
    line.work()
    assert line.mouth.asked == [(WORDS, "en")]
    assert state(line, reply_id) == replies.WAITING
    assert sound(line, report_id, reply_id, keys) == babble()
    with pytest.raises(Damaged):
        sound(line, report_id, reply_id, stranger)


def test_the_words_stand_nowhere_but_in_the_desks_own_copy_once_they_are_spoken(line: Speaking) -> None:
    report_id = line.report(state="new")
    told(line, report_id)
    reply_id = send(line, report_id)
    with line.database.read() as connection:
        ordered = connection.execute(select(jobs)).all()
    assert WORDS not in repr(ordered)
    line.work()
    assert orders_left(line) == 0
    with line.database.read() as connection:
        (sent,) = replies.replies_of(connection, report_id)
    assert (sent.reply_id, sent.place) == (reply_id, 1)
    assert Reply.unpacked(line.opened("reply")[0]).text == WORDS


def test_how_long_a_reply_is_shows_neither_while_it_waits_for_the_worker_nor_for_its_caller(line: Speaking) -> None:
    report_id = line.report(state="new")
    told(line, report_id)
    sizes = []
    for words in ("Yes", WORDS * 3):
        send(line, report_id, words)
        with line.database.read() as connection:
            ordered = connection.scalars(select(jobs.c.sealed).where(jobs.c.kind == queue.REPLY)).one()
        line.work()
        with line.database.read() as connection:
            kept = connection.scalars(select(rows.c.sealed).order_by(rows.c.place.desc())).first()
        sizes.append((len(ordered), len(kept or b"")))
    assert sizes[0] == sizes[1]


def test_a_reply_moved_to_another_report_or_kind_does_not_open(line: Speaking) -> None:
    report_id, other = line.report(state="new"), line.report(state="new")
    keys = told(line, report_id)
    reply_id = send(line, report_id)
    line.work()
    for changed in ({"report_id": other}, {"kind": replies.QUESTION}):
        with line.database.write() as connection:
            connection.execute(update(rows).values(**changed))
        with pytest.raises(Damaged):
            sound(line, changed.get("report_id", report_id), reply_id, keys)
        with line.database.write() as connection:
            connection.execute(update(rows).values(report_id=report_id, kind=replies.MESSAGE))


def test_a_reply_that_cannot_be_spoken_is_tried_again_and_told_to_an_operator(line: Speaking) -> None:
    report_id = line.report(state="new")
    keys = told(line, report_id)
    line.mouth.dumb = True
    reply_id = send(line, report_id)
    line.work_for(REPLY_SECONDS + 60, step=60)
    assert (state(line, reply_id), orders_left(line)) == (replies.MAKING, 1)
    with line.database.read() as connection:
        assert WORDS not in repr(standing_alarms(connection))
        assert REPLIES in standing_alarms(connection)
    line.mouth.dumb = False
    line.work_for(660, step=60)
    assert sound(line, report_id, reply_id, keys) == babble()
    with line.database.read() as connection:
        assert REPLIES not in standing_alarms(connection)


@pytest.mark.parametrize("why", ["withdrawn", "expired"])
def test_a_reply_that_no_reference_can_hear_any_more_is_shown_as_such_and_not_spoken(line: Speaking, why: str) -> None:
    report_id = line.report(state="new")
    told(line, report_id)
    reply_id = send(line, report_id)
    with line.database.write() as connection:
        if why == "withdrawn":
            replies.close_mailbox(connection, report_id)
        else:
            connection.execute(delete(mailboxes))
    line.work()
    assert (state(line, reply_id), orders_left(line)) == (replies.UNREACHABLE, 0)
    assert line.mouth.asked == []


def test_a_second_reference_beside_a_reports_own_hears_nothing_and_rings_an_alarm(line: Speaking) -> None:
    report_id = line.report(state="new")
    told(line, report_id)
    told(line, report_id)  # as whoever took over the public door would do it
    reply_id = send(line, report_id)
    line.work()
    assert state(line, reply_id) == replies.UNREACHABLE
    with line.database.read() as connection:
        assert job.TWO_KEYS in standing_alarms(connection)


def test_two_workers_who_speak_the_same_reply_leave_one(line: Speaking) -> None:
    report_id = line.report(state="new")
    keys = told(line, report_id)
    reply_id = send(line, report_id)
    place = line.place()
    with line.database.write() as connection:
        lease = queue.take(connection, queue.replies_queue(), now=line.clock.now(), seconds=120)
    assert lease is not None
    job.speak(place, lease)
    with line.database.write() as connection:
        replies.note_heard(connection, reply_id)
    job.speak(place, lease)  # a twin that was slow
    assert state(line, reply_id) == replies.HEARD
    assert sound(line, report_id, reply_id, keys) == babble()


def test_replies_stand_in_the_order_in_which_they_were_sent(line: Speaking) -> None:
    report_id = line.report(state="new")
    told(line, report_id)
    sent = [send(line, report_id) for _ in range(6)]
    line.work()
    with line.database.read() as connection:
        assert [reply.reply_id for reply in replies.replies_of(connection, report_id)] == sent
        assert [letter.reply_id for letter in replies.mailbox_of(connection, report_id).letters] == sent


def test_an_addition_by_keys_shows_at_the_desk_and_alerts_when_it_is_urgent(line: Speaking) -> None:
    calm, urgent = line.report(state="confirmed", urgent="no"), line.report(state="confirmed", urgent="no")
    with line.database.write() as connection:
        queue.add_message(connection, queue.ADDED, calm, now=line.clock.now())
        queue.add_message(connection, queue.ADDED, f"{urgent}:yes", now=line.clock.now())
    line.work()
    with line.database.read() as connection:
        found = {
            row.report_id: (row.state, row.added_to, row.urgent)
            for row in connection.execute(select(report_rows)).all()
        }
    assert found == {calm: ("new", True, "no"), urgent: ("new", True, "yes")}
    assert len(line.post.sent) == 1
    assert orders_left(line, queue.ADDED) == 0


def test_who_withdraws_is_told_to_the_desk_once_and_nothing_is_destroyed(line: Speaking) -> None:
    report_id = line.report(state="confirmed")
    for _ in range(2):
        with line.database.write() as connection:
            queue.add_message(connection, queue.WITHDRAWN, report_id, now=line.clock.now())
    line.work()
    with line.database.write() as connection:
        assert replies.is_withdrawn(connection, report_id)
        replies.set_status(connection, report_id, statuses.PASSED_ON)
        assert replies.is_withdrawn(connection, report_id)
        assert connection.scalar(select(report_rows.c.state)) == "confirmed"
    assert len(line.post.sent) == 1


def test_no_caller_is_told_a_status_that_is_none(line: Speaking) -> None:
    report_id = line.report(state="new")
    with line.database.write() as connection, pytest.raises(replies.NoSuchStatus):
        replies.set_status(connection, report_id, "investigate")
    with line.database.write() as connection:
        replies.set_status(connection, report_id, statuses.ASSESSING)
        assert replies.mailbox_of(connection, report_id).status == statuses.ASSESSING


@pytest.mark.parametrize(("reason", "told"), [("rudeness", statuses.OUTSIDE_REMIT), ("silent", statuses.CLOSED)])
def test_what_the_desk_does_with_a_report_is_what_its_caller_hears(line: Speaking, reason: str, told: str) -> None:
    report_id = line.report(state="new")

    def hears() -> str:
        with line.database.read() as connection:
            return replies.mailbox_of(connection, report_id).status

    with line.database.write() as connection:
        assert intake.confirm_when_done(connection, report_id, now=line.clock.now())
    assert hears() == statuses.ASSESSING
    with line.database.write() as connection:
        intake.dismiss(connection, report_id, reason)
    assert hears() == told
    with line.database.write() as connection:
        clips.note_addition(connection, report_id)  # they ring back, and it is read again
        intake.confirm_when_done(connection, report_id, now=line.clock.now())
    assert hears() == statuses.ASSESSING
    with line.database.write() as connection:
        replies.set_status(connection, report_id, statuses.PASSED_ON)
        connection.execute(update(report_rows).values(state="new", released="2026-W48"))
        intake.confirm_when_done(connection, report_id, now=line.clock.now())
    assert hears() == statuses.PASSED_ON
