"""Offers: the worker makes one at a time for each caller, the desk says yes or no, and time says no as well."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import is_there
from storage.jobs import TALK, add_message
from storage.live.closed import carry_on, closed_to, open_to
from storage.live.queue import GONE_SECONDS, JOINING, NOBODY_CAME, OFFERED, OVER, TAKEN, WAITING
from storage.live.rooms import ASKED, INVITED, JOINED, TALK_ROLE
from storage.models import seats, shifts, skills, talks
from storage.sealing import token_hash
from storage.skills import Skill

OFFER_SECONDS = 20
ASK_SECONDS = 30  # a colleague who was asked into a call and says nothing has said no
AT_ONCE = 0  # when an order is due


class TooLate(Exception):
    """The caller has gone, or was offered to somebody else by now; there will be others."""


@dataclass(frozen=True)
class WaitingTalk:
    """A caller who waits for an offer to be made."""

    talk_id: str
    language: str
    needs: frozenset[str]
    urgent: bool
    first: bool
    since: int
    refused_by: frozenset[str]
    offered_at: int | None  # when they were offered last
    closed_to: frozenset[str] = frozenset()  # who may not see what they report: never offered to them


@dataclass(frozen=True)
class Ready:
    """A handler who could take a call now."""

    person_id: str
    since: int  # idle since then, seconds since the epoch
    skills: tuple[Skill, ...]


# ---- the worker ----------------------------------------------------------------------------------------------------


def waiting(connection: Connection) -> tuple[WaitingTalk, ...]:
    """Return everybody who waits, in no order."""
    asked = [talks.c[name] for name in WaitingTalk.__dataclass_fields__ if name != "closed_to"]
    waits = and_(talks.c.state == WAITING, ~talks.c.practice)
    rows = connection.execute(select(*asked).where(waits)).all()
    closed, nobody = closed_to(connection, waits), frozenset[str]()
    return tuple(
        WaitingTalk(
            *(talk_id, language, _parts(needs), urgent, first, since, _parts(refused_by), offered_at),
            closed_to=closed.get(talk_id, nobody),
        )
        for talk_id, language, needs, urgent, first, since, refused_by, offered_at in rows
    )


def ready(connection: Connection, *, now: int) -> tuple[Ready, ...]:
    """Return the handlers who are available, were heard of lately, and are with no caller."""
    busy = is_there(talks.c.person_id == shifts.c.person_id, talks.c.state.in_(TAKEN))
    sits = seats.c.state.in_((INVITED, JOINED))
    is_asked = and_(seats.c.state == ASKED, seats.c.since > now - ASK_SECONDS)
    invited = is_there(seats.c.person_id == shifts.c.person_id, or_(sits, is_asked))
    free = and_(_is_available(now), ~busy, ~invited)
    return _with_skills(connection, free)


def at_work(connection: Connection, *, now: int) -> tuple[Ready, ...]:
    """Return everybody who works now, also those who are with a caller: who could answer sooner or later."""
    working = shifts.c.state.in_(("available", "on_call", "wrap_up"))
    return _with_skills(connection, and_(working, shifts.c.seen_at > now - GONE_SECONDS))


def waive(connection: Connection, talk_ids: Collection[str]) -> None:
    """Let whoever is there be asked for these waiting callers: nobody at work has the training they would need."""
    waits = (talks.c.talk_id.in_(talk_ids), talks.c.state == WAITING)
    connection.execute(update(talks).where(*waits).values(needs=""))


def _with_skills(connection: Connection, which: ColumnElement[bool]) -> tuple[Ready, ...]:
    rows = connection.execute(select(shifts.c.person_id, shifts.c.since).where(which))
    since: dict[str, int] = {row.person_id: row.since for row in rows}
    held: dict[str, list[Skill]] = {person_id: [] for person_id in since}
    for row in connection.execute(select(skills).where(skills.c.person_id.in_(list(since)))):
        held[row.person_id].append(Skill(row.skill, row.until))
    return tuple(Ready(person_id, since[person_id], tuple(sorted(held[person_id]))) for person_id in since)


def offer(connection: Connection, talk_id: str, person_id: str, *, now: int) -> bool:
    """Offer a waiting caller to a handler; False when the caller is gone, or closed to them, or the handler taken."""
    here = is_there(shifts.c.person_id == person_id, _is_available(now))  # also now, not only when they were read
    waits = (talks.c.talk_id == talk_id, talks.c.state == WAITING, here, open_to(person_id))
    offered = update(talks).where(*waits).values(state=OFFERED, person_id=person_id, offered_at=now)
    try:
        with connection.begin_nested():
            return connection.execute(offered).rowcount == 1
    except IntegrityError:  # the index that lets nobody be with two callers
        return False


def expire(connection: Connection, *, now: int) -> int:
    """Take back offers that nobody answered in `OFFER_SECONDS`, and those of people who went; return how many.

    Who did not answer is away.
    """
    found = select(talks.c.talk_id, talks.c.person_id).where(_is_unanswered(now))
    given_back = 0
    for talk_id, person_id in connection.execute(found).all():
        if give_back(connection, talk_id, person_id):
            given_back += 1
            gone = (shifts.c.person_id == person_id, shifts.c.state == "available")
            connection.execute(update(shifts).where(*gone).values(state="away", since=now))
    return given_back


def is_any_unanswered(connection: Connection, *, now: int) -> bool:
    """Say whether `expire` would do anything: without a write transaction."""
    return connection.execute(select(literal(1)).where(is_there(_is_unanswered(now)))).first() is not None


def _is_unanswered(now: int) -> ColumnElement[bool]:
    # Not only who is available: a lost caller is offered to whoever asks for them, in the middle of their wrap-up.
    works = and_(shifts.c.state.not_in(("away", "break")), shifts.c.seen_at > now - GONE_SECONDS)
    here = is_there(shifts.c.person_id == talks.c.person_id, works)
    return and_(talks.c.state == OFFERED, or_(talks.c.offered_at <= now - OFFER_SECONDS, ~here))


def _is_available(now: int) -> ColumnElement[bool]:
    return and_(shifts.c.state == "available", shifts.c.seen_at > now - GONE_SECONDS)


# ---- the desk ------------------------------------------------------------------------------------------------------


def accept(connection: Connection, talk_id: str, person_id: str, *, token: str, report_id: str, now: int) -> None:
    """Let a handler take the call they were offered, with a seat for who holds `token`; raises `TooLate`.

    Also when what the caller reports was closed to them since it was offered. `report_id`: the form that they type
    beside the call.
    """
    mine = (talks.c.talk_id == talk_id, talks.c.state == OFFERED, talks.c.person_id == person_id)
    # A form that was finished meanwhile is a report: to whom it is closed, the next form of its caller is closed too.
    carry_on(connection, talk_id, report_id)
    taken = update(talks).where(*mine, open_to(person_id)).values(state=JOINING, report_id=report_id)
    if connection.execute(taken).rowcount != 1:
        raise TooLate
    add_seat(connection, talk_id, person_id, TALK_ROLE, token=token, now=now)
    on_call = update(shifts).where(shifts.c.person_id == person_id).values(state="on_call", since=now)
    connection.execute(on_call)


def decline(connection: Connection, talk_id: str, person_id: str) -> None:
    """Give an offer back; the caller keeps their place. Raises `TooLate`."""
    if not give_back(connection, talk_id, person_id):
        raise TooLate


def add_seat(connection: Connection, talk_id: str, person_id: str, role: str, *, token: str, now: int) -> None:
    """Let one more leg into a talk's conference: the one that brings the token."""
    row = {"seat_id": token_hash(token), "talk_id": talk_id, "person_id": person_id, "role": role}
    connection.execute(insert(seats), {**row, "state": INVITED, "since": now})
    add_message(connection, TALK, talk_id, now=now)


def give_back(connection: Connection, talk_id: str, person_id: str) -> bool:
    """Take an offer back; False when it stands no more. The caller keeps their place."""
    mine = (talks.c.talk_id == talk_id, talks.c.state == OFFERED, talks.c.person_id == person_id)
    refused = case((talks.c.refused_by == "", person_id), else_=talks.c.refused_by + "," + person_id)
    # A practice caller waits for nobody else: it is over, and whoever plays them is told.
    state = case((talks.c.practice, OVER), else_=WAITING)
    ending = case((talks.c.practice, NOBODY_CAME), else_=talks.c.ending)
    values = {"state": state, "person_id": "", "refused_by": refused, "ending": ending}
    given_back = connection.execute(update(talks).where(*mine).values(**values)).rowcount == 1
    if given_back and connection.scalar(select(talks.c.practice).where(talks.c.talk_id == talk_id)):
        add_message(connection, TALK, talk_id, now=AT_ONCE)
    return given_back


def _parts(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part)


def joined(parts: Collection[str]) -> str:
    """Return qualifications or people as the column holds them."""
    return ",".join(sorted(parts))
