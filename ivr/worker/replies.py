"""Speaks what the desk answers a caller, seals the sound to the key of their reference, and forgets the words."""

from __future__ import annotations

from ivr.worker.identifiers import open_words
from ivr.worker.workplace import Workplace, log
from storage import clips, jobs, replies
from storage.jobs import Lease, Order
from storage.replies import Making
from storage.reports import ALERTING, note_urgency
from storage.sealing import seal_reply

TWO_KEYS = "reply_keys"  # an alarm


def speak(place: Workplace, lease: Lease) -> None:
    """Make the sound of one reply. May run twice; what fails is tried again, and `watch` tells when that lasts."""
    with place.database.read() as connection:
        order = jobs.read_order(connection, lease)
        making = replies.reply_to_make(connection, order.subject) if order else None
    sealed = _sound(place, order, making) if order is not None and making is not None else None
    with place.database.write() as connection:
        if making is not None and sealed is None:
            replies.give_up(connection, making.reply_id)
        elif making is not None and sealed is not None:
            replies.keep_sound(connection, making.reply_id, sealed)
        jobs.drop_message(connection, lease)  # with the same commit: the words are nowhere once the sound is kept
    log.info("a reply is ready" if sealed is not None else "a reply has nobody to hear it")


def _sound(place: Workplace, order: Order, making: Making) -> bytes | None:
    """Return a reply's sealed sound; None when no reference can hear it."""
    if len(making.reply_keys) > 1:
        # The door opens one mailbox a report: whoever opened a second would hear what is meant for the first.
        place.alarm(TWO_KEYS, "A second reference stands beside a report's own: its replies are not made.")
    if len(making.reply_keys) != 1:
        return None
    reply = open_words(place, order.sealed, making.reply_id)
    sound = place.speaker.speak(reply.text, reply.language)
    return seal_reply(
        sound,
        reply_key=making.reply_keys[0],
        reply_id=making.reply_id,
        report_id=making.report_id,
        kind=making.kind,
    )


def take_note(place: Workplace, lease: Lease) -> None:
    """Let the desk know of an addition by keys, or that a caller withdrew. May run twice.

    The public door writes neither itself: it changes a report only while that arrives.
    """
    now = place.clock.now()
    with place.database.write() as connection:
        message = jobs.read_message(connection, lease)
        if message is not None and message.kind == jobs.WITHDRAWN:
            replies.note_withdrawn(connection, message.subject, now=now)
        elif message is not None:
            report_id, _, urgent = message.subject.partition(":")
            clips.note_addition(connection, report_id)
            if urgent in ALERTING:
                note_urgency(connection, report_id, urgent, now=now)
        jobs.drop_message(connection, lease)
