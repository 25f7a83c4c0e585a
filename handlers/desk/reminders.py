"""What supervisors are reminded of in time: answers, holds to look at, training that ends, reports that will go."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.desk.answer_words import DUE_WORDS
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.training import skill_words
from handlers.desk.waiting import is_admitted
from handlers.desk.words import month_words
from handlers.permissions import Action, may
from storage import said_back
from storage.clock import iso_week, month_of
from storage.deadlines import standing
from storage.exports import alive
from storage.going import goes_soon
from storage.holds import reviews_due
from storage.skills import ending
from storage.team_answers import NEW


@dataclass(frozen=True)
class Reminder:
    """One thing to look at, and where."""

    words: str
    address: str


def reminders(desk: Desk, signed: Signed) -> tuple[Reminder, ...]:
    """Return what this person is to be reminded of; nothing but for supervisors, who can act on it."""
    # Health is open to who was never admitted, and these name reports.
    if not may(signed.role, Action.SEE_RETENTION) or not is_admitted(desk, signed):
        return ()
    now = desk.clock.now()
    with desk.database.read() as connection:
        asked = any(one.may_be_decided(signed.person_id, now) for one in alive(connection, now))
        holds = reviews_due(connection, month_of(now), reader=signed.person_id)
        trained = ending(connection, now)
        going = goes_soon(connection, desk.settings.keeping, now=now, reader=signed.person_id)
        new = said_back.back_page(connection, NEW, reader=signed.person_id, own=False, after=None, size=1).rows
        late = standing(connection, iso_week(now)).late
    found = [Reminder("A colleague asks for the call log as a file", "/calls/exports")] if asked else []
    if new:
        found.append(Reminder("A team has decided something, or asks something", "/answers"))
    found += [Reminder(f"{DUE_WORDS[which]}: late", f"/answers/due?show={which}") for which in late]
    found += [
        Reminder(f"{one.case_number} is held: look at it again since {month_words(one.review)}", _lift(one.report_id))
        for one in holds
    ]
    found += [Reminder(f"Training of {one.alias}: {skill_words(one.skill)}", "/training") for one in trained]
    if going:
        found.append(Reminder("Reports will be deleted within four weeks", "/retention"))
    return tuple(found)


def _lift(report_id: str) -> str:
    return f"/reports/{report_id}/hold/lift"
