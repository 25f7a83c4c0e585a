"""The tables: they hold, they do not act.

No table has a number that counts up, a time of creation, or a column that could take a caller's identity. Exact times
stand only in rows that die with the call (`calls`, `intents`, `talks`, `seats`, `once_audio`, `jobs`) or live for a
moment (`shifts`, `passes`), in the urgent due time until it is acknowledged, in `escalations` until the handover, and
in what staff did (`audit`, `sessions`, `switches`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)


class Bytes(LargeBinary):
    """A column of bytes that can be read whatever a writer put there: SQLite keeps text in it just as well."""

    def result_processor(self, _dialect: Any, _coltype: Any) -> Callable[[Any], Any]:
        """Return what makes bytes of what a row holds; nothing sealed opens from text, and nothing breaks on it."""
        return _as_bytes


def _as_bytes(value: Any) -> Any:
    return value if value is None or isinstance(value, bytes) else str(value).encode()


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# An ordered rowid would tell which report came first: `WITHOUT ROWID` keeps rows in the order of their random ids.
UNORDERED: dict[str, Any] = {"sqlite_with_rowid": False}

# ---- while a call lives -------------------------------------------------------------------------------------------

calls = Table(
    "calls",
    metadata,
    Column("call_key", String(32), primary_key=True),  # keyed hash of the CallSid; useless without the live key
    Column("turn", Integer, nullable=False),  # the turn the next genuine webhook carries
    Column("state", Bytes, nullable=False),  # position and answers needed for branching, under the live key
    Column("slow", Bytes),  # what slow work found (a reference's mailbox), under the live key
    # In the clear, coarse, for the call log: see storage/traces.py
    Column("language", String(8), nullable=False, default=""),
    Column("stage", String(12), nullable=False, default=""),  # how far it came, by which path, and what it left
    Column("path", String(12), nullable=False, default="none"),
    Column("outcome", String(12), nullable=False, default="none"),
    Column("leg", String(8), nullable=False, default=""),  # "" a caller | staff: a softphone's own, never counted
    Column("sid_for_worker", Bytes, nullable=False),  # the real CallSid, sealed to the worker
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    **UNORDERED,
)
Index("ix_calls_lease_until", calls.c.lease_until)

intents = Table(
    "intents",  # one row for each recording that was asked for, committed before the caller hears the tone
    metadata,
    Column("intent_id", String(32), primary_key=True),
    Column("call_key", String(32), nullable=False),
    Column("report_id", String(32)),
    Column("question", String(40), nullable=False),
    Column("place", Integer, nullable=False),  # the order within the call, to match recordings nobody told us about
    Column("language", String(8), nullable=False),
    # asked | known (its recording is named) | kept (sealed and verified) | empty | blank | refused (tombstone: delete)
    Column("state", String(12), nullable=False),
    Column("recording_key", String(32)),  # keyed hash of the RecordingSid: a second is never taken for the first
    Column("recording_for_worker", Bytes),  # RecordingSid and key details, sealed to the worker
    Column("accepted", Boolean, nullable=False, default=False),  # its caller went on from it: now it counts
    Column("item_id", String(32)),
    Column("item_hash", Bytes),  # SHA-256 of the sealed sound, and the worker's mark on both
    Column("asked_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    **UNORDERED,
)
Index("ix_intents_call_key", intents.c.call_key)
Index("ix_intents_lease_until", intents.c.lease_until)

once_audio = Table(
    "once_audio",  # sound for one listener: opened by the token in its address, which stands nowhere here
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("sealed", Bytes, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("fetches_left", Integer, nullable=False),
    **UNORDERED,
)

talks = Table(
    "talks",  # a caller who wants a person, from the queue to the goodbye; see storage/live/queue.py
    metadata,
    Column("talk_id", String(32), primary_key=True),  # random
    Column("call_key", String(32), nullable=False, unique=True),
    Column("practice", Boolean, nullable=False, default=False),  # a colleague plays the caller: no call, no report
    Column("language", String(8), nullable=False),
    Column("needs", String(80), nullable=False, default=""),  # qualifications, divided by commas
    Column("urgent", Boolean, nullable=False, default=False),
    Column("first", Boolean, nullable=False, default=False),  # their handler was lost: the head of the queue
    Column("since", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),  # waiting | offered | joining | talking | aside | over
    Column("person_id", String(32), nullable=False, default=""),  # who is offered it, or answers
    Column("offered_at", BigInteger),
    Column("met_at", BigInteger),  # when caller and handler first heard each other
    Column("gone_at", BigInteger),  # when a caller whom nobody had met left the queue
    Column("refused_by", Text, nullable=False, default=""),  # person_ids, divided by commas
    Column("room", String(32), nullable=False),  # the conference's name: random
    Column("report_id", String(32), nullable=False, default=""),  # the form that is typed beside it
    Column("begun_report", String(32), nullable=False, default=""),  # what the caller had left before, by keys or voice
    Column("held", Boolean, nullable=False, default=False),
    Column("asked", String(20), nullable=False, default=""),  # aside: reference, or a question answered by a key
    Column("answer", String(8), nullable=False, default=""),  # yes | no | none
    Column("ending", String(12), nullable=False, default=""),  # why it is over, or is to end
    Column("out_since", BigInteger, default=0),  # since when the caller is out of the room; NULL while they are in it
    Column("moved_for", String(24), nullable=False, default=""),  # for which wish the worker last moved the caller
    Column("moved_at", BigInteger),
    **UNORDERED,
)
_IS_TAKEN = text("state IN ('offered', 'joining', 'talking', 'aside') AND person_id <> ''")
Index("ix_talks_state", talks.c.state, talks.c.language, talks.c.since)
# Nobody is with two callers: the database says so, whoever forgets it.
Index("uq_talks_person_id", talks.c.person_id, unique=True, sqlite_where=_IS_TAKEN, postgresql_where=_IS_TAKEN)

seats = Table(
    "seats",  # a place in the conference of a talk, for one leg; who holds its token may sit down
    metadata,
    Column("seat_id", String(64), primary_key=True),  # SHA-256 of the offer's token, which stands nowhere here
    Column("talk_id", String(32), ForeignKey("talks.talk_id", ondelete="CASCADE"), nullable=False),
    Column("person_id", String(40), nullable=False),  # or the id of an interpreter
    Column("role", String(12), nullable=False),  # talk | consult | listen | whisper | join | caller | interpreter
    Column("state", String(8), nullable=False),  # asked | invited | joined | leaving | left
    Column("since", BigInteger, nullable=False),
    Column("call_key", String(32), nullable=False, default=""),  # of their leg, once it has rung
    **UNORDERED,
)
Index("ix_seats_talk_id", seats.c.talk_id)
Index("ix_seats_person_id", seats.c.person_id)
Index("ix_seats_call_key", seats.c.call_key)

shifts = Table(
    "shifts",  # what each handler does now; what they did before is nowhere
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("state", String(12), nullable=False),  # available | on_call | wrap_up | break | away
    Column("since", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),  # when their page was last heard of
    **UNORDERED,
)

passes = Table(
    "passes",  # tokens of softphones, made by the worker for the page that asked: see storage/live/passes.py
    metadata,
    Column("pass_id", String(64), primary_key=True),
    Column("sealed", Bytes),
    Column("expires_at", BigInteger, nullable=False),
    **UNORDERED,
)

jobs = Table(
    "jobs",  # what must still happen outside the call; a row goes when its work is done
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),  # one of storage/jobs.py
    Column("subject", String(64), nullable=False),
    Column("sealed", Bytes),  # of an order: what only the worker needs to know
    Column("due_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    **UNORDERED,
)
Index("ix_jobs_kind_due_at", jobs.c.kind, jobs.c.due_at)

# ---- what is kept -------------------------------------------------------------------------------------------------

reports = Table(
    "reports",
    metadata,
    Column("report_id", String(32), primary_key=True),
    Column("case_number", String(12), nullable=False, unique=True),  # random; staff say it aloud; no caller hears it
    Column("line", String(40), nullable=False),
    Column("week", String(8), nullable=False),
    # writing (staff type it) | arriving (call alive or clips outstanding) | new | read | confirmed | not_a_report |
    # released (in full, to a team)
    Column("state", String(16), nullable=False),
    Column("urgent", String(8), nullable=False, default=""),  # "" | yes | unsure | no
    Column("urgent_due", BigInteger),  # plain until acknowledged
    Column("partial", Boolean, nullable=False, default=True),
    Column("substance", Boolean, nullable=False, default=False),  # urgent or an allegation keyed: never only counted
    Column(
        "reference_heard", Boolean, nullable=False, default=False
    ),  # then its mailbox stays, however little it holds
    Column("added_to", Boolean, nullable=False, default=False),  # a caller rang back and added something
    Column("language", String(8), nullable=False),
    Column("channel", String(12), nullable=False),  # voice | keys | staff
    Column("reason", String(32), nullable=False, default=""),  # why it is not a report
    Column("held", String(16), nullable=False, default=""),  # "" | why it is on legal hold: then it never expires
    Column("claimed_by", String(32), nullable=False, default=""),  # "" | the person_id of who works on it, or wrote it
    Column("status", String(16), nullable=False, default="received"),  # what its caller hears; see storage/replies.py
    Column(
        "released", String(8), nullable=False, default=""
    ),  # the week of its full release: what was raw goes after it
    **UNORDERED,
)
Index("ix_reports_week", reports.c.week, reports.c.report_id)
Index("ix_reports_state", reports.c.state, reports.c.week, reports.c.report_id)
Index("ix_reports_released", reports.c.state, reports.c.released, reports.c.report_id)
Index("ix_reports_urgent", reports.c.urgent, reports.c.week, reports.c.report_id)
Index("ix_reports_urgent_due", reports.c.urgent_due)
Index("ix_reports_claimed_by", reports.c.claimed_by, reports.c.state, reports.c.week, reports.c.report_id)
_IS_HELD = text("held <> ''")
Index("ix_reports_held", reports.c.week, reports.c.report_id, sqlite_where=_IS_HELD, postgresql_where=_IS_HELD)
_NO_WORD_YET = text(
    "status = 'received' AND reference_heard AND state NOT IN ('writing', 'arriving', 'not_a_report', 'released')"
)
Index(
    "ix_reports_no_word",
    reports.c.week,
    reports.c.report_id,
    sqlite_where=_NO_WORD_YET,
    postgresql_where=_NO_WORD_YET,
)

holds = Table(
    "holds",  # beside a held report: who holds it, since when, and when somebody looks whether it is still needed
    metadata,
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), primary_key=True),
    Column("held_by", String(32), nullable=False),  # a person_id
    Column("since", String(7), nullable=False),  # months: 2026-11
    Column("review", String(7), nullable=False),
    **UNORDERED,
)
Index("ix_holds_review", holds.c.review, holds.c.report_id)

items = Table(
    "items",
    metadata,
    Column("item_id", String(32), primary_key=True),
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),  # as in storage/sealing.py
    Column("week", String(8)),  # of a sound: its deadline counts from here, also when it was added to an old report
    Column("sealed", Bytes, nullable=False),
    **UNORDERED,
)
Index("ix_items_report_id", items.c.report_id)

wraps = Table(
    "wraps",  # the key of one item, wrapped for one audience; dumped apart from the items
    metadata,
    Column("item_id", String(32), primary_key=True),
    Column("audience", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("wrapped", Bytes, nullable=False),
    **UNORDERED,
)

Index("ix_wraps_epoch", wraps.c.audience, wraps.c.epoch, wraps.c.item_id)  # what a new epoch must still wrap again

mailboxes = Table(
    "mailboxes",  # what a reference opens; the reference itself is nowhere
    metadata,
    Column("lookup_id", String(32), primary_key=True),
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), nullable=False),
    Column("reply_key", Bytes, nullable=False),  # public half
    Column("week", String(8), nullable=False),  # of the last contact; it expires 12 months after
    Column("state", String(12), nullable=False, default="open"),  # open | withdrawn
    **UNORDERED,
)
Index("ix_mailboxes_report_id", mailboxes.c.report_id)

search_tokens = Table(
    "search_tokens",  # what staff search reports by: keyed hashes, cut short, padded with decoys; never a word
    metadata,
    Column("token", String(4), primary_key=True),
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), primary_key=True),
    **UNORDERED,
)
Index("ix_search_tokens_report_id", search_tokens.c.report_id)

blocks = Table(
    "blocks",  # who may not see a report, whatever their role; why is sealed in an item of that report
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), primary_key=True),
    Column("item_id", String(32), nullable=False),
    Column("unseen", Boolean, nullable=False, default=False),  # the desk closed it by itself; no supervisor looked yet
    **UNORDERED,
)
Index("ix_blocks_report_id", blocks.c.report_id)

counts = Table(
    "counts",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("number", Integer, nullable=False, default=0),
    **UNORDERED,
)

call_log = Table(
    "call_log",  # one row for each call that is over and forgotten: nothing in it leads to a report, a time or a caller
    metadata,
    Column("log_id", String(32), primary_key=True),  # random
    Column("week", String(8), nullable=False),
    Column("band", String(12), nullable=False),  # six hours of local time; empty where it might tie it to a report
    Column("language", String(8), nullable=False),
    Column("path", String(12), nullable=False),
    Column("stage", String(12), nullable=False),
    Column("length", String(12), nullable=False),  # a band; empty where `band` is
    Column("outcome", String(12), nullable=False),
    Column("wait", String(12), nullable=False),  # for a person: a band; empty where `band` is
    Column("answered_by", String(32), nullable=False),  # a person_id, "" for nobody: no page counts by it
    **UNORDERED,
)
Index("ix_call_log_week", call_log.c.week, call_log.c.log_id)
Index("ix_call_log_language", call_log.c.language, call_log.c.week, call_log.c.log_id)
Index("ix_call_log_path", call_log.c.path, call_log.c.week, call_log.c.log_id)
Index("ix_call_log_outcome", call_log.c.outcome, call_log.c.week, call_log.c.log_id)
Index("ix_call_log_stage", call_log.c.stage, call_log.c.week, call_log.c.log_id)
Index("ix_call_log_wait", call_log.c.wait, call_log.c.week, call_log.c.log_id)

exports = Table(
    "exports",  # the call log as a file, asked for by one supervisor and allowed by another; a row lives for a day
    metadata,
    Column("export_id", String(32), primary_key=True),
    Column("asked_by", String(32), nullable=False),  # a person_id
    Column("asked_at", BigInteger, nullable=False),
    Column("from_week", String(8), nullable=False),
    Column("to_week", String(8), nullable=False),
    Column("narrowed", String(12), nullable=False),  # "" | path | outcome
    Column("value", String(12), nullable=False),
    Column("number", Integer, nullable=False),  # of rows, and the digest of the very bytes that would be handed out
    Column("digest", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # asked | allowed | refused | fetched
    Column("decided_by", String(32), nullable=False, default=""),
    Column("decided_at", BigInteger, nullable=False, default=0),
    **UNORDERED,
)
Index("ix_exports_asked_at", exports.c.asked_at)

beats = Table(
    "beats",  # when a process last did its round, and alarms that stand
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("note", String(200), nullable=False, default=""),
    **UNORDERED,
)

switches = Table(
    "switches",  # what staff switched on for the whole line, until when: see storage/switches.py
    metadata,
    Column("name", String(12), primary_key=True),  # closed | surge | outage
    Column("until", BigInteger, nullable=False),
    Column("set_by", String(80), nullable=False),  # a sign-in name
    Column("set_at", BigInteger, nullable=False),
    **UNORDERED,
)

# ---- on the way to a team, at the desk ------------------------------------------------------------------------------

reviews = Table(
    "reviews",  # one row for each report on its way to a team: who sanitises it, and which version was saved last
    metadata,
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(12), nullable=False),  # waiting | open | proposed | returned | released | stopped
    Column("reviewer", String(32), nullable=False, default=""),  # a person_id, or "" for nobody
    Column("week", String(8), nullable=False),  # since when it waits
    Column("item_id", String(32), nullable=False, default=""),  # the draft saved last: an item of kind `clean`
    Column("team", String(30), nullable=False, default=""),  # whom it is meant for, once that was chosen
    Column("second", Boolean, nullable=False, default=False),  # a safeguarding release went before: a full one is due
    Column("urgent", Boolean, nullable=False, default=False),  # it goes before all others
    **UNORDERED,
)
_REVIEWS_ORDER = (reviews.c.state, reviews.c.urgent, reviews.c.week, reviews.c.report_id)
Index("ix_reviews_state", *_REVIEWS_ORDER)
Index("ix_reviews_team", reviews.c.team, *_REVIEWS_ORDER)
Index("ix_reviews_reviewer", reviews.c.reviewer, *_REVIEWS_ORDER)

releases = Table(
    "releases",  # exact bytes that somebody proposed to release, sealed for the desk in an item of kind `release`
    metadata,
    Column("release_id", String(32), primary_key=True),  # random: it leads nobody outside the desk to a report
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), nullable=False),
    Column("team", String(30), nullable=False),
    Column("purpose", String(12), nullable=False),  # full | safeguarding
    Column("digest", String(64), nullable=False),  # SHA-256 of the exact bytes: what four eyes approve
    Column("item_id", String(32), nullable=False),
    Column("author", String(32), nullable=False),  # a person_id
    Column("author_key", String(64), nullable=False),  # their public key, in hexadecimal: nobody approves by the same
    Column("state", String(12), nullable=False),  # proposed | returned | void | released
    Column("approver", String(32), nullable=False, default=""),
    Column("week", String(8), nullable=False),  # proposed in, then released in
    **UNORDERED,
)
_IS_PROPOSED = text("state = 'proposed'")
Index("ix_releases_report_id", releases.c.report_id)
Index("ix_releases_state", releases.c.state, releases.c.week, releases.c.release_id)
Index(
    "uq_releases_report_id",
    releases.c.report_id,
    unique=True,
    sqlite_where=_IS_PROPOSED,
    postgresql_where=_IS_PROPOSED,
)

# ---- handed to a team: the assessment application reads these alone, and nothing in them names a report -------------

handovers = Table(
    "handovers",
    metadata,
    Column("release_id", String(32), primary_key=True),
    Column("team", String(30), nullable=False),
    Column("purpose", String(12), nullable=False),  # full | safeguarding
    Column("month", String(7), nullable=False),  # of the release: 2026-11
    Column("state", String(12), nullable=False),  # sent | received | decided
    Column("outcome", String(16), nullable=False, default=""),  # investigate | safeguard | record | outside_remit
    Column("acknowledge_by", String(8), nullable=False),  # weeks: receipt is due, and then an answer for the caller
    Column("feedback_by", String(8), nullable=False),
    Column("signature", Bytes, nullable=False, default=b""),  # of the line's signing key, over the exact bytes
    **UNORDERED,
)
Index("ix_handovers_team", handovers.c.team, handovers.c.state, handovers.c.month, handovers.c.release_id)
_IS_SENT, _IS_UNDECIDED = text("state = 'sent'"), text("state <> 'decided'")
Index(
    "ix_handovers_receipt",
    handovers.c.acknowledge_by,
    handovers.c.release_id,
    sqlite_where=_IS_SENT,
    postgresql_where=_IS_SENT,
)
Index(
    "ix_handovers_answer",
    handovers.c.feedback_by,
    handovers.c.release_id,
    sqlite_where=_IS_UNDECIDED,
    postgresql_where=_IS_UNDECIDED,
)
Index("ix_handovers_month", handovers.c.team, handovers.c.month, handovers.c.release_id)

team_items = Table(
    "team_items",  # what was released, and what the team says: each sealed under its release's id
    metadata,
    Column("item_id", String(32), primary_key=True),
    Column("release_id", String(32), ForeignKey("handovers.release_id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),  # release, refusal (to the team) | outcome, question (of it)
    Column("month", String(7), nullable=False),
    # Keyed hashes: of what makes it the same when sent twice, and of what was said then
    Column("once", String(64), nullable=False),
    Column("said", String(64), nullable=False, default=""),
    Column("place", Integer, nullable=False, default=0),  # among what a team says of this release: 1, 2, 3
    Column("state", String(12), nullable=False),  # of what the team says: new | seen | answered | declined
    Column("sealed", Bytes, nullable=False),
    **UNORDERED,
)
Index("ix_team_items_release_id", team_items.c.release_id)
Index("ix_team_items_state", team_items.c.kind, team_items.c.state, team_items.c.month, team_items.c.item_id)
Index("uq_team_items_once", team_items.c.once, unique=True)

team_wraps = Table(
    "team_wraps",
    metadata,
    Column("item_id", String(32), primary_key=True),  # bound to no row, as in `wraps`: a restored keyring comes first
    Column("audience", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("wrapped", Bytes, nullable=False),
    **UNORDERED,
)

packages = Table(
    "packages",  # the same release as one file for the team's own machine: sealed with age, opened nowhere here
    metadata,
    Column("release_id", String(32), ForeignKey("handovers.release_id", ondelete="CASCADE"), primary_key=True),
    Column("package", Bytes, nullable=False),
    **UNORDERED,
)

api_tokens = Table(
    "api_tokens",  # what a team's own system shows; the token itself stands nowhere
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("token_id", String(32), nullable=False, unique=True),
    Column("team", String(30), nullable=False),
    Column("label", String(80), nullable=False),
    Column("made_by", String(32), nullable=False),  # a person_id of the team
    Column("until", String(7), nullable=False),  # its last month
    **UNORDERED,
)
Index("ix_api_tokens_team", api_tokens.c.team, api_tokens.c.token_id)

# ---- back to the caller ---------------------------------------------------------------------------------------------

replies = Table(
    "replies",  # what waits for who holds a reference: sound or fixed words, sealed to the key that only it gives
    metadata,
    Column("reply_id", String(32), primary_key=True),
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),  # message | question | yes_no (a question that a key answers)
    Column("place", Integer, nullable=False),  # the order in which they were sent to this report, from 1
    Column("week", String(8), nullable=False),
    Column("state", String(12), nullable=False),  # making | waiting | heard | answered | unreachable
    Column("item_id", String(32), nullable=False, default=""),  # the desk's copy of the words, of kind `reply`
    Column("asked_in", String(32), nullable=False, default=""),  # the team's question it passes on: an item of theirs
    Column("sealed", Bytes),  # the sound, under the reply key; none while the worker makes it
    **UNORDERED,
)
Index("ix_replies_report_id", replies.c.report_id)

# ---- safeguarding: minutes, not days --------------------------------------------------------------------------------

escalations = Table(
    "escalations",  # who is told next of an urgent report that nobody took up; a row goes when it is handed over
    metadata,
    Column("report_id", String(32), ForeignKey("reports.report_id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, nullable=False),  # how many of the chain were told
    Column("next_at", BigInteger, nullable=False),
    Column("taken_by", String(32), nullable=False, default=""),
    Column("state", String(12), nullable=False),  # ringing | taken | handed_over
    **UNORDERED,
)
Index("ix_escalations_next_at", escalations.c.next_at)

# ---- people and keys ----------------------------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("sign_in_name", String(80), nullable=False, unique=True),
    Column("alias", String(80), nullable=False),
    # handler | supervisor | administrator | auditor; in the assessment application's own database: assessor | lead
    Column("role", String(16), nullable=False),
    Column("team", String(30), nullable=False, default=""),  # "" at the desk
    Column("salt", Bytes, nullable=False),
    Column("public_key", Bytes, nullable=False),
    Column("wrapped_key", Bytes, nullable=False),  # private key under the password; unwrapping is the check
    Column("totp_sealed", Bytes, nullable=False),  # locked under a key from the person's own; empty: none
    Column("totp_last_step", BigInteger, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("next_try_at", BigInteger, nullable=False, default=0),
    Column("state", String(12), nullable=False, default="active"),
    Column("changes", Integer, nullable=False, default=0),  # of role or credential; sessions end with each
    Column(
        "left_in_epoch", Integer, nullable=False, default=0
    ),  # the newest desk key they held when they ceased to read
    **UNORDERED,
)

invitations = Table(
    "invitations",  # who may choose a password until then; a row goes when it is accepted, withdrawn or given anew
    metadata,
    Column("invitation_id", String(32), primary_key=True),
    Column("person_id", String(32), nullable=False, unique=True),  # theirs already, or the one they will have
    Column("sign_in_name", String(80), nullable=False, unique=True),
    Column("alias", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("team", String(30), nullable=False, default=""),
    Column("code_hash", String(64), nullable=False, unique=True),  # SHA-256; the 128 bits themselves stand nowhere
    Column("expires_at", BigInteger, nullable=False),
    **UNORDERED,
)

second_factors = Table(
    "second_factors",  # passkeys and recovery codes, each locked under a key from their person's own
    metadata,
    Column("factor_id", String(32), primary_key=True),
    Column("person_id", String(32), nullable=False),
    Column("kind", String(12), nullable=False),  # passkey | recovery
    Column("locked", Bytes, nullable=False),
    Column("counter", BigInteger, nullable=False, default=0),  # of a passkey, as it last signed
    **UNORDERED,
)
Index("ix_second_factors_person_id", second_factors.c.person_id)

memberships = Table(
    "memberships",  # a group's private key, wrapped for one member; the offline recovery key is a member of all
    metadata,
    Column("member", String(40), primary_key=True),  # a person_id, or "recovery"
    Column("audience", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("wrapped", Bytes, nullable=False),
    # A mark under the group's key over the member and their public key: a new epoch is wrapped for no other
    Column("vouched", Bytes, nullable=False),
    **UNORDERED,
)

admissions = Table(
    "admissions",  # the first of two people has compared a fingerprint; the row goes with the second, or after 7 days
    metadata,
    Column("member", String(32), primary_key=True),
    Column("audience", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("approval_id", String(32), nullable=False),  # random; the audit names it
    Column("approver", String(32), nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    Column("mark", Bytes, nullable=False),  # under the group's key, over all of the above and the public key
    **UNORDERED,
)

skills = Table(
    "skills",  # what a member of staff may be offered: languages they speak, qualifications they hold until a month
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("skill", String(40), primary_key=True),  # language:pl | safeguarding | ...; see handlers/skills.py
    Column("until", String(7), nullable=False, default=""),  # 2027-03: its last month; "" has no end
    **UNORDERED,
)
Index("ix_skills_until", skills.c.until)
desk_secrets = Table(
    "desk_secrets",  # a random key of the desk's own, locked under what only holders of its group key derive
    metadata,
    Column("name", String(12), primary_key=True),  # search | interests | marks
    Column("epoch", Integer, primary_key=True),
    Column("secret_id", String(32), nullable=False),
    Column("locked", Bytes, nullable=False),
    Column("ready", Boolean, nullable=False, default=True),  # of the search key: every report stands in the index
    **UNORDERED,
)

interests = Table(
    "interests",  # whom and what a member of staff is connected to, as a supervisor wrote it down, locked
    metadata,
    Column("interest_id", String(32), primary_key=True),
    Column("person_id", String(32), nullable=False),
    Column("locked", Bytes, nullable=False),
    **UNORDERED,
)

audit = Table(
    "audit",  # append-only; each entry holds the hash of the one before
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("person", String(32), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
# Who confirmed this transcript, who played this clip; and one for each of the auditor's filters, in the page's order.
Index("ix_audit_subject", audit.c.subject, audit.c.sequence)
Index("ix_audit_person", audit.c.person, audit.c.sequence)
Index("ix_audit_action", audit.c.action, audit.c.sequence)

welfare = Table(
    "welfare",  # who would like a word with a supervisor: no report, no reason, no time; a row goes when it is done
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("seen_by", String(32), nullable=False, default=""),  # "" | the supervisor who talks to them
    **UNORDERED,
)

# ---- sessions: a file of their own on SQLite (on tmpfs), an UNLOGGED table on PostgreSQL ----------------------------

session_metadata = MetaData(naming_convention=NAMING)

sessions = Table(
    "sessions",
    session_metadata,
    Column("sid_hash", String(64), primary_key=True),
    Column("person_id", String(32), nullable=False),
    Column("private_key", Bytes, nullable=False),  # and the time of the proof, under a key that only the cookie holds
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("proofs_left", Integer, nullable=False),
    **UNORDERED,
)

spent_challenges = Table(
    "spent_challenges",  # that passkeys have answered: an answer is taken once
    session_metadata,
    Column("challenge_hash", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    **UNORDERED,
)
