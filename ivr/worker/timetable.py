"""Everything the worker does, as one table."""

from __future__ import annotations

from ivr.worker import (
    alerts,
    audit_head,
    calls,
    deadlines,
    on_call,
    orders,
    recordings,
    replies,
    retention,
    routing_calls,
    softphone_passes,
    strays,
    talks,
    tending,
    waits,
)
from ivr.worker.rounds import Lane, RoundJob, RowJob, TimedJob
from ivr.worker.workplace import Workplace
from storage import jobs

BEAT_SECONDS = 10


def beat(place: Workplace) -> None:
    """Show that the worker lives. May run twice."""
    with place.database.write() as connection:
        jobs.beat(connection, "worker", now=place.clock.now())


MESSAGES = RowJob("send", lambda _: jobs.messages_queue(), alerts.send, lease_seconds=60, longest_pause=60)
ORDERS = RowJob("order", lambda _: jobs.orders_queue(), orders.carry_out, lease_seconds=20, longest_pause=4)
CLIPS = RowJob("collect", lambda _: jobs.clips_queue(), recordings.collect, lease_seconds=180, longest_pause=300)
CALLS = RowJob("close", calls.calls_queue, calls.close, lease_seconds=180, longest_pause=600)
REPLIES = RowJob("reply", lambda _: jobs.replies_queue(), replies.speak, lease_seconds=120, longest_pause=600)
NOTES = RowJob("note", lambda _: jobs.additions_queue(), replies.take_note, lease_seconds=20, longest_pause=60)
UPKEEP: Lane = (
    TimedJob("beat", BEAT_SECONDS, beat),
    TimedJob("settle", 5, calls.settle_arriving),
    TimedJob("watch", 30, alerts.watch),
    TimedJob("deadlines", 3600, deadlines.watch),
    TimedJob("waits", 5, waits.watch),
    TimedJob("on_call", 5, on_call.escalate),
    TimedJob("strays", 300, strays.take_in),
    TimedJob("expire", 3600, retention.expire),
    TimedJob("reports", 3600, retention.expire_reports),
    TimedJob("untangle", 3600, retention.untangle),
    TimedJob("head", 3600, audit_head.hand_out),
    TimedJob("once", 60, retention.expire_once_audio),
    TimedJob("journal", 30, retention.forget_on_disk),
)
# A recording that the carrier is slow with costs its own caller the hearing; others wait for theirs five seconds only.
MORE_ORDERS: tuple[Lane, ...] = ((ORDERS,),) * 2
# Talks have lanes of their own, and several: a request to the carrier that hangs delays nobody but its own caller.
TALKS = RowJob("talk", lambda _: jobs.wishes_queue(), talks.arrange, lease_seconds=10, longest_pause=2)
TALKING: tuple[Lane, ...] = ((TALKS,),) * 4
PASSES = RowJob("admit", lambda _: jobs.passes_queue(), softphone_passes.admit, lease_seconds=10, longest_pause=4)
ROUTING: Lane = (
    RoundJob("route", routing_calls.route),
    TimedJob("tend", 2, tending.tend),
    TimedJob("look", 30, tending.look),
)
LIVE: tuple[Lane, ...] = (ROUTING, (PASSES,), *TALKING)
LANES: tuple[Lane, ...] = ((MESSAGES,), (ORDERS,), (CLIPS,), (CALLS,), (NOTES, REPLIES), *MORE_ORDERS, *LIVE, UPKEEP)
