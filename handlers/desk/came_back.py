"""What came back to a report: each release with what its team said of it, opened, and what its caller was told.

A seal does not say who made it: what teams say is checked as a stranger's, and what a colleague is said to have told a
caller counts as theirs only where the audit has it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection

from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import opened
from handlers.releasing.coming_back import DISPOSITIONS, REFUSALS, proposed_status
from storage import replies, said_back
from storage.asides import items_of, standing_deeds
from storage.clock import iso_week
from storage.contents import Outcome, Question, Refusal, Reply
from storage.jobs import raise_alarm
from storage.keys import Damaged
from storage.opening import GroupKey
from storage.replies import Sent
from storage.said_back import CameBack, Handed
from storage.sealing import SealedItem
from storage.team_answers import NEW, OUTCOME, QUESTION, REFUSAL, SEEN

MOST_CHARACTERS = 20_000  # of one field, whoever sealed it
LATEST_TIME = 2**33
REPLIED, UNREPLIED = "reply-sent", "reply-destroyed"
UNREADABLE = (
    "Something that a team or the desk said cannot be opened. Check the disk, the database and who can write to it."
)

Shape = TypeVar("Shape", Outcome, Question, Refusal, Reply)


@dataclass(frozen=True)
class Decided:
    """What a team decided."""

    item_id: str
    place: int
    is_new: bool
    outcome: Outcome


@dataclass(frozen=True)
class Asked:
    """What a team asks."""

    item_id: str
    state: str
    text: str
    refused: str  # why it was declined, in words; "" when it was not
    told: tuple[Told, ...]  # how it was put to the caller

    @property
    def is_open(self) -> bool:
        """Say whether it waits for somebody at the desk."""
        return self.state in (NEW, SEEN)


@dataclass(frozen=True)
class Told:
    """Words for the caller, and how far they are."""

    sent: Sent
    text: str
    language: str
    by: str  # a person_id; "" when the audit does not know who sent it


@dataclass(frozen=True)
class FromTeam:
    """One release in the hands of its team, with what the team said."""

    handed: Handed
    team: str  # its name
    decided: tuple[Decided, ...]  # the first first; a later one corrects it
    asked: tuple[Asked, ...]
    receipt_late: bool
    answer_late: bool


@dataclass(frozen=True)
class Back:
    """All that came back to a report, and all that its caller was told."""

    teams: tuple[FromTeam, ...]
    told: tuple[Told, ...]
    unreadable: int
    proposed: str  # what the caller would usually hear now; "" without a decision

    @property
    def is_empty(self) -> bool:
        """Say whether it was neither released nor answered."""
        return not (self.teams or self.told)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Return what nobody has marked as seen."""
        decided = (one.item_id for team in self.teams for one in team.decided if one.is_new)
        return (*decided, *(one.item_id for team in self.teams for one in team.asked if one.state == NEW))

    def question(self, item_id: str) -> Asked | None:
        """Return one question, when it is one of this report's."""
        return next((one for team in self.teams for one in team.asked if one.item_id == item_id), None)


def came_back(desk: Desk, signed: Signed, report_id: str) -> Back:
    """Open what came back to a report; the caller has audited that it is opened."""
    group, week = signed.group(desk), iso_week(desk.clock.now())
    with desk.database.read() as connection:
        handed, said = said_back.handed_of(connection, report_id), said_back.said_of(connection, report_id)
        told, unreadable = _told(connection, group, report_id)
    found = _Found.of(said, group, told)
    names = {team.id: team.name for team in desk.line.teams}
    teams = tuple(
        _from_team(one, names.get(one.team, "A team that is no longer in the line's file"), found, week)
        for one in handed
    )
    unreadable += found.unreadable
    if unreadable:
        with desk.database.write() as connection:
            raise_alarm(connection, "storage", UNREADABLE, now=desk.clock.now())
    last = [team.decided[-1].outcome.disposition for team in teams if team.decided]
    return Back(teams, told, unreadable, proposed_status(last))


def _from_team(handed: Handed, name: str, found: _Found, week: str) -> FromTeam:
    return FromTeam(
        handed,
        name,
        tuple(one for release, one in found.decided if release == handed.release_id),
        tuple(one for release, one in found.asked if release == handed.release_id),
        receipt_late=handed.state == "sent" and handed.acknowledge_by < week,
        answer_late=handed.state != "decided" and handed.feedback_by < week,
    )


# ---- opening --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What teams said, each with its release, as far as it opens."""

    decided: tuple[tuple[str, Decided], ...]
    asked: tuple[tuple[str, Asked], ...]
    unreadable: int

    @staticmethod
    def of(said: Sequence[tuple[CameBack, SealedItem]], group: GroupKey, told: Sequence[Told]) -> _Found:
        decided, asked, refused, unreadable = [], [], {}, 0
        for about, item in said:
            try:
                match about.kind:
                    case kind if kind == REFUSAL:
                        refusal = _open(item, group, Refusal)
                        refused[refusal.question] = REFUSALS.get(refusal.reason, "For a reason that is new here")
                    case kind if kind == OUTCOME:
                        outcome = _outcome(item, group)
                        decided.append(
                            (about.release_id, Decided(item.item_id, about.place, about.state == NEW, outcome))
                        )
                    case kind if kind == QUESTION:
                        asked.append((about, _open(item, group, Question).text))
            except Damaged:
                unreadable += 1
        questions = tuple((about.release_id, _asked(about, text, refused, told)) for about, text in asked)
        return _Found(tuple(decided), questions, unreadable)


def _asked(about: CameBack, text: str, refused: dict[str, str], told: Sequence[Told]) -> Asked:
    passed_on = tuple(one for one in told if one.sent.asked_in == about.item_id)
    return Asked(about.item_id, about.state, text, refused.get(about.item_id, ""), passed_on)


def _told(connection: Connection, group: GroupKey, report_id: str) -> tuple[tuple[Told, ...], int]:
    sent = replies.replies_of(connection, report_id)
    by = standing_deeds(connection, [one.item_id for one in sent], REPLIED, UNREPLIED)
    stored = {item.item_id: item for item in items_of(connection, [report_id], "reply")}
    told, unreadable = [], 0
    for one in sent:
        try:
            reply = _open(stored[one.item_id], group, Reply)
        except (Damaged, KeyError):
            unreadable += 1
            continue
        author = by.get(one.item_id, "")
        told.append(Told(one, reply.text, reply.language, author if author == reply.by else ""))
    return tuple(told), unreadable


def _outcome(item: SealedItem, group: GroupKey) -> Outcome:
    outcome = _open(item, group, Outcome)
    try:
        if outcome.disposition not in DISPOSITIONS or (outcome.due and date.fromisoformat(outcome.due).year > 9000):
            raise Damaged("a decision of no kind")
    except ValueError as error:
        raise Damaged("a date that is none") from error
    return outcome


def _open(item: SealedItem, group: GroupKey, shape: type[Shape]) -> Shape:
    try:
        content = shape.unpacked(opened(item, group))
        for name, value in vars(content).items():
            if name == "at":
                if not isinstance(value, int) or not 0 <= value < LATEST_TIME:
                    raise TypeError(name)
            elif not isinstance(value, str) or len(value) > MOST_CHARACTERS:
                raise TypeError(name)
        json.dumps(vars(content), ensure_ascii=False).encode()
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("what was sealed has another shape") from error
    return content
