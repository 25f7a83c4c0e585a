"""The queue as a caller's webhooks see it: join it, wait, say that it is urgent, leave it. Few statements each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from storage.clock import iso_week, month_of
from storage.database import insert_into
from storage.jobs import TALK, add_message, count_up
from storage.models import shifts, skills, talks
from storage.prepared import Prepared

WAITING, OFFERED, JOINING, TALKING, ASIDE, OVER = "waiting", "offered", "joining", "talking", "aside", "over"
QUEUED = (WAITING, OFFERED)
TAKEN = (OFFERED, JOINING, TALKING, ASIDE)
LEFT, HUNG_UP, NOBODY_CAME = "left", "hung_up", "nobody_came"  # endings that the door knows of
PATIENCE_SECONDS = 600  # as in handlers/routing.py: who waited so long is served like an urgent caller
GONE_SECONDS = 20  # a page that was not heard of for so long is gone


@dataclass(frozen=True)
class Wish:
    """A caller who wants to speak with a person."""

    talk_id: str  # 32 random hexadecimal characters, as the room
    call_key: str
    room: str
    language: str
    urgent: bool = False
    needs: str = ""  # qualifications, divided by commas
    begun_report: str = ""  # what they left before in this call, by keys or voice


@dataclass(frozen=True)
class View:
    """How a talk stands, as its caller's next round needs to know it."""

    talk_id: str
    state: str
    ending: str
    asked: str
    room: str
    report_id: str
    first: bool
    urgent: bool
    ahead: int  # callers of the same language who are served before; 0 for one who does not wait


# ---- the statements ------------------------------------------------------------------------------------------------

_NEW = ("talk_id", "call_key", "room", "language", "urgent", "needs", "begun_report", "since", "state")


def _joining(dialect: str) -> object:
    made = insert_into(dialect, talks)
    fresh = {name: made.excluded[name] for name in ("language", "urgent", "needs", "begun_report", "since", "state")}
    again = {"person_id": "", "offered_at": None, "gone_at": None, "refused_by": "", "ending": "", "first": False}
    # Who left the queue and comes back begins at its end. One who still waits stays where they are, and a talk that was
    # brought to its end stays there.
    left = or_(talks.c.met_at.is_(None), _is(talks.c.ending, LEFT, NOBODY_CAME))
    return made.on_conflict_do_update(
        index_elements=["call_key"],
        set_={**fresh, **again},
        where=and_(talks.c.state == OVER, left),
    ).returning(talks.c.met_at)


_JOIN = Prepared(_joining, *_NEW)  # type: ignore[arg-type]
_OF_CALL = or_(talks.c.call_key == bindparam("one_key"), talks.c.call_key == bindparam("other_key"))
_OTHERS = talks.alias("others")


def _is(column: ColumnElement[str], *values: str) -> ColumnElement[bool]:
    # Not IN: a prepared statement has as many marks as it was compiled with.
    return or_(*(column == value for value in values))


def _rank(table: object) -> ColumnElement[int]:
    columns = table.c  # type: ignore[attr-defined]
    soon = or_(columns.first, columns.urgent, columns.since <= bindparam("patient_since"))
    return case((soon, 0), else_=1)


_BEFORE = or_(
    _rank(_OTHERS) < _rank(talks),
    and_(
        _rank(_OTHERS) == _rank(talks),
        or_(
            _OTHERS.c.since < talks.c.since,
            and_(_OTHERS.c.since == talks.c.since, _OTHERS.c.talk_id < talks.c.talk_id),
        ),
    ),
)
_AHEAD = (
    select(func.count())
    .select_from(_OTHERS)
    .where(_OTHERS.c.state == WAITING, _OTHERS.c.language == talks.c.language, talks.c.state == WAITING, _BEFORE)
    .scalar_subquery()
)
_SEEN = ("talk_id", "state", "ending", "asked", "room", "report_id", "first", "urgent")
_VIEW = Prepared(lambda _: select(*(talks.c[name] for name in _SEEN), _AHEAD).where(_OF_CALL))
_URGE = Prepared(lambda _: update(talks).where(_OF_CALL, _is(talks.c.state, *QUEUED)).values(urgent=True))
_GONE = Prepared(
    lambda _: (
        update(talks)
        .where(_OF_CALL, talks.c.state != OVER)
        .values(
            state=OVER,
            ending=case((talks.c.ending == "", bindparam("why")), else_=talks.c.ending),
            gone_at=bindparam("at"),
        )
        .returning(talks.c.talk_id, talks.c.ending, talks.c.met_at)
    )
)
_TRAINED = skills.alias("trained")
_LASTS: BindParameter[str] = bindparam("month")
_ON_DUTY = Prepared(
    lambda _: (
        select(literal(1))
        .select_from(
            shifts.join(skills, skills.c.person_id == shifts.c.person_id).join(
                _TRAINED, _TRAINED.c.person_id == shifts.c.person_id
            )
        )
        .where(
            _is(shifts.c.state, "available", "on_call", "wrap_up"),
            shifts.c.seen_at > bindparam("seen_since"),
            and_(_TRAINED.c.skill == "general", _TRAINED.c.until >= _LASTS),
            or_(
                skills.c.skill == bindparam("spoken"),
                and_(skills.c.skill == "interpreter", skills.c.until >= _LASTS),
            ),
        )
        .limit(1)
    )
)


# ---- what a call does with them ------------------------------------------------------------------------------------


def join(connection: Connection, wish: Wish, *, now: int) -> None:
    """Let a caller wait for a person. May run twice; one who waits or talks already is left where they are."""
    row = _JOIN.run(connection, {**vars(wish), "since": now, "state": WAITING}).fetchone()
    if row is not None and row[0] is None:  # who was answered once in this call is counted as that, and not again
        count_up(connection, "queue.joined", week=iso_week(now))


def view(connection: Connection, call_keys: Sequence[str], *, now: int) -> View | None:
    """Return how a caller's talk stands, or None when they never asked for a person."""
    row = _VIEW.run(connection, {**_keys(call_keys), "patient_since": now - PATIENCE_SECONDS}).fetchone()
    if row is None:
        return None
    talk_id, state, ending, asked, room, report_id, first, urgent, ahead = row
    return View(talk_id, state, ending, asked, room, report_id, bool(first), bool(urgent), ahead)


def urge(connection: Connection, call_key: str) -> None:
    """Note that a waiting caller said that somebody may be hurt soon."""
    _URGE.run(connection, _keys((call_key,)))


def leave(connection: Connection, call_key: str, why: str, *, now: int) -> None:
    """Let a caller who is in no conference wait no longer, also when somebody has just said yes: the worker tells them.

    May run twice. `why`: LEFT, HUNG_UP or NOBODY_CAME.
    """
    _end(connection, (call_key,), why, now)


def caller_gone(connection: Connection, call_keys: Sequence[str], *, now: int) -> bool:
    """End the talk of a call that is over; False when there is none, or it was ended before."""
    return _end(connection, call_keys, HUNG_UP, now)


def say_over(connection: Connection, call_key: str, *, now: int) -> None:
    """Note that a caller hears closing words; whoever still sits there is told. May run twice."""
    _end(connection, (call_key,), NOBODY_CAME, now)


def is_handler_on_duty(connection: Connection, language: str, *, now: int) -> bool:
    """Say whether somebody works now who could be offered a call in a language, now or after their present one.

    As in handlers/skills.py: who is trained until the end of this month (here of UTC), and speaks the language or works
    with interpreters. A caller who waits for nobody would wait in vain.
    """
    asked = {"spoken": f"language:{language}", "seen_since": now - GONE_SECONDS, "month": month_of(now)}
    return _ON_DUTY.run(connection, asked).fetchone() is not None


def _end(connection: Connection, call_keys: Sequence[str], why: str, now: int) -> bool:
    row = _GONE.run(connection, {**_keys(call_keys), "why": why, "at": now}).fetchone()
    if row is None:
        return False
    talk_id, ending, met_at = row
    if met_at is None:  # who was answered is counted as that; and a handler may end what they have not begun
        told = ending if ending in (LEFT, HUNG_UP) else NOBODY_CAME
        count_up(connection, f"queue.{told}", week=iso_week(now))
    add_message(connection, TALK, talk_id, now=now)
    return True


def _keys(call_keys: Sequence[str]) -> dict[str, object]:
    return {"one_key": call_keys[0], "other_key": call_keys[-1]}
