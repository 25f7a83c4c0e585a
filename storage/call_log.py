"""The call log: one coarse row for each call that is over and forgotten, and pages of them for supervisors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, and_, delete, insert, select, tuple_

from storage.clips import TOO_LITTLE as DISMISSED_AS
from storage.clock import iso_week
from storage.figures import ENGAGED, IN_SCOPE, RANG
from storage.intake import UNREADABLE, PageKey
from storage.jobs import count_up
from storage.live.queue import HUNG_UP
from storage.live.rooms import TALK_ROLE
from storage.live_calls import UNSEEN_SECONDS
from storage.models import call_log, calls, intents, reports, seats, talks
from storage.traces import (
    NO_REPORT,
    NOT_SAID,
    QUEUE,
    REPORT,
    UNHEARD,
    Trace,
    band_of,
    length_band,
    outcome_of,
    wait_band,
)

ANSWERED, GONE = "waited.answered.", "waited.gone."  # how the names of counts begin that a band of waits follows
REPORTING = ("voice", "keys", "added")  # ways on which a caller began to say something about the police
CHOSE_SOMETHING = (*REPORTING, "person", "information", "returned")
ALIKE = 5  # a row says its hours and length only when so many of its week are alike in everything else


@dataclass(frozen=True)
class FinishedCall:
    """What is read of a call for the log before its row goes."""

    trace: Trace
    started_at: int
    seconds: int
    waited: int | None = None  # seconds, for a person; None when they asked for nobody
    answered_by: str = ""  # a person_id, "" for nobody


@dataclass(frozen=True)
class LoggedCall:
    """One row of the log."""

    log_id: str  # random
    week: str
    band: str  # empty where too few calls are alike
    language: str
    path: str
    stage: str
    length: str  # empty where `band` is
    outcome: str
    wait: str  # for a person; empty where `band` is
    answered_by: str  # a person_id, "" for nobody


@dataclass(frozen=True)
class Wanted:
    """Which rows a page shows: of one week or all, and by one of the columns that have an index."""

    week: str = ""
    column: str = ""  # one of OFFERED
    value: str = ""


@dataclass(frozen=True)
class LogPage:
    """One page, newest week first, and the key of the next page where there is one."""

    rows: tuple[LoggedCall, ...]
    following: PageKey | None


OFFERED = ("language", "path", "outcome", "stage", "wait")
_COLUMNS = [call_log.c[name] for name in LoggedCall.__dataclass_fields__]


# ---- writing, in the transaction that forgets the call ---------------------------------------------------------------


def take(connection: Connection, call_key: str) -> FinishedCall | None:
    """Return what the log needs of a call, held until the transaction ends; None when somebody has forgotten it."""
    told = [calls.c[name] for name in (*Trace.__dataclass_fields__, "started_at", "seen_at", "ended_at")]
    row = connection.execute(select(*told).where(calls.c.call_key == call_key).with_for_update()).first()
    if row is None:
        return None
    said = Trace(row.language, row.stage, row.path, row.outcome).checked()
    outcome = outcome_of(said.outcome, _clips(connection, call_key), stands=_stands(connection, call_key))
    ended = row.ended_at or row.seen_at
    if ended - row.seen_at >= UNSEEN_SECONDS:  # nobody told its end: the time at which we asked says nothing
        ended = row.seen_at
    talk = _talk(connection, call_key, ended)
    if talk is None:
        trace = Trace(said.language, said.stage, said.path, outcome)
        return FinishedCall(trace, row.started_at, max(0, ended - row.started_at))
    stage = QUEUE if talk.hung_up_waiting else said.stage
    trace = Trace(said.language, stage, said.path, REPORT if talk.has_report else outcome)
    return FinishedCall(trace, row.started_at, max(0, ended - row.started_at), talk.waited, talk.answered_by)


def keep(connection: Connection, call: FinishedCall, zone: tzinfo) -> None:
    """Write a forgotten call's row: with hours and length only where that ties it to no report."""
    week = iso_week(call.started_at)
    row = {"log_id": uuid4().hex, "week": week, **vars(call.trace), "answered_by": call.answered_by}
    # The week is counted as a report's is: else one that differs would tell the hour around midnight of a Sunday.
    wait = wait_band(call.waited)
    exact = {"band": band_of(call.started_at, zone), "length": length_band(call.seconds), "wait": wait}
    vague = dict.fromkeys(exact, NOT_SAID)
    said = _may_be_said(connection, row, call.trace)
    connection.execute(insert(call_log).values(**row, **(exact if said else vague)))
    for step in _steps(call.trace):
        count_up(connection, step, week=week)
    if call.waited is not None:
        count_up(connection, f"{ANSWERED if call.answered_by else GONE}{wait}", week=week)


def expire(connection: Connection, *, before_week: str) -> int:
    """Delete rows of weeks before one."""
    return connection.execute(delete(call_log).where(call_log.c.week < before_week)).rowcount


def _may_be_said(connection: Connection, row: dict[str, str], trace: Trace) -> bool:
    if trace.path == UNHEARD:
        return False  # when it was is not known
    if trace.outcome == NO_REPORT:
        return True  # no report is there that it could be tied to
    # Who answered stands on the report too: one call that they answered is no group with four that others answered.
    alike = [call_log.c[name] == row[name] for name in ("week", "answered_by", *vars(trace))]
    found = connection.execute(select(call_log.c.log_id).where(*alike).limit(ALIKE - 1)).all()
    return len(found) == ALIKE - 1


def _steps(trace: Trace) -> tuple[str, ...]:
    """Return how far a call came in the funnel: it rang, its caller chose something, and it was about the police."""
    if trace.path == UNHEARD:
        return ()
    engaged, in_scope = trace.path in CHOSE_SOMETHING, trace.path in REPORTING or trace.outcome != NO_REPORT
    return (RANG, *((ENGAGED,) if engaged or in_scope else ()), *((IN_SCOPE,) if in_scope else ()))


def _clips(connection: Connection, call_key: str) -> frozenset[str]:
    counted = and_(intents.c.call_key == call_key, intents.c.state != "refused")
    return frozenset(connection.scalars(select(intents.c.state).where(counted)))


@dataclass(frozen=True)
class _Talk:
    waited: int
    answered_by: str
    hung_up_waiting: bool
    has_report: bool


def _talk(connection: Connection, call_key: str, ended: int) -> _Talk | None:
    told = [talks.c[name] for name in ("talk_id", "since", "met_at", "gone_at", "ending", "person_id", "report_id")]
    row = connection.execute(select(*told).where(talks.c.call_key == call_key, ~talks.c.practice)).first()
    if row is None:
        return None
    met = row.met_at is not None
    # Who was answered, lost their handler and went, and then asked again, has waited since.
    until = row.met_at if met and row.met_at >= row.since else row.gone_at or ended
    report = select(reports.c.report_id).where(reports.c.report_id == row.report_id)
    return _Talk(
        max(0, until - row.since),
        (row.person_id or _who_talked(connection, row.talk_id)) if met else "",
        row.ending == HUNG_UP and not (met and row.person_id),  # also while waiting again, for a handler who was lost
        met and row.report_id != "" and connection.execute(report).first() is not None,
    )


def _who_talked(connection: Connection, talk_id: str) -> str:
    sat = (seats.c.talk_id == talk_id, seats.c.role == TALK_ROLE, seats.c.call_key != "")
    return connection.scalar(select(seats.c.person_id).where(*sat).order_by(seats.c.since.desc()).limit(1)) or ""


def _stands(connection: Connection, call_key: str) -> bool:
    of_call = select(intents.c.report_id).where(intents.c.call_key == call_key, intents.c.report_id.is_not(None))
    gone = and_(reports.c.state == "not_a_report", reports.c.reason == DISMISSED_AS)
    there = select(reports.c.report_id).where(reports.c.report_id.in_(of_call), ~gone)
    return connection.execute(there.limit(1)).first() is not None


# ---- reading ------------------------------------------------------------------------------------------------------


def page(connection: Connection, wanted: Wanted, after: PageKey | None, size: int) -> LogPage:
    """Return one page, newest week first, beginning below a key; it costs the same at any depth."""
    found = [LoggedCall(*map(_text, row)) for row in connection.execute(page_query(wanted, after, size + 1))]
    shown = tuple(found[:size])
    return LogPage(shown, PageKey(shown[-1].week, shown[-1].log_id) if len(found) > size else None)


def page_query(wanted: Wanted, after: PageKey | None, most: int) -> Select[Any]:
    """Return the query of a page; an index answers it in the order of the page, whichever filter is chosen."""
    rows = select(*_COLUMNS).order_by(call_log.c.week.desc(), call_log.c.log_id.desc()).limit(most)
    if wanted.column in OFFERED:
        rows = rows.where(call_log.c[wanted.column] == wanted.value)
    if wanted.week:
        rows = rows.where(call_log.c.week == wanted.week)
    if after is not None:
        rows = rows.where(tuple_(call_log.c.week, call_log.c.log_id) < (after.week, after.row_id))
    return rows


def _text(value: object) -> str:
    return value if isinstance(value, str) else UNREADABLE  # SQLite holds a writer to no type
