"""The form beside a call: begun or handed on when the call is accepted, gone when nothing was typed into it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk.filling import sealed_form
from handlers.desk.ground import Desk
from handlers.desk.reading import audited_at
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import open_form
from handlers.live import audit_time
from storage import claims, intake, writing
from storage.clock import iso_week
from storage.contents import Received, Written
from storage.keys import Damaged
from storage.live.conduct import Talk
from storage.sealing import SealedItem, seal_item

BEGUN, TAKEN_OVER, DROPPED = "live-form-begun", "live-form-taken-over", "live-form-dropped"
NOTHING_TYPED = "nothing-typed"


@dataclass(frozen=True)
class NewForm:
    """A form that is sealed already, and stands nowhere yet."""

    draft: writing.NewDraft
    sealed: tuple[SealedItem, ...]
    week: str


def new_form(desk: Desk, signed: Signed, language: str) -> NewForm:
    """Seal an empty form for a call; done before the store is locked."""
    report_id, now, first = secrets.token_hex(16), desk.clock.now(), secrets.token_hex(16)
    received = Received(now, language, writing.LIVE, "", desk.questionnaire.version)
    sealed = (
        seal_item(received.packed(), report_id=report_id, kind="received", audiences=(desk.keys.desk,)),
        sealed_form(desk, report_id, Written((), language, signed.person_id, now, first)),
    )
    draft = writing.NewDraft(report_id, desk.line.id, language, signed.person_id, writing.LIVE)
    return NewForm(draft, sealed, iso_week(now))


def form_for(desk: Desk, signed: Signed, connection: Connection, talk: Talk, new: NewForm) -> str:
    """Give somebody the form of a call as it stands, or begin the new one; return its report. Nothing in practice.

    A form that was finished meanwhile is a report, and one that is closed to them is not theirs to see: both stay.
    """
    if talk.practice:
        return ""
    if talk.report_id and take_over(desk, signed, connection, talk.report_id):
        return talk.report_id
    writing.begin(connection, new.draft, new.sealed, week=new.week)
    audited_at(audit_time(desk.clock.now()), signed, connection, BEGUN, new.draft.report_id)
    return new.draft.report_id


def take_over(desk: Desk, signed: Signed, connection: Connection, report_id: str) -> bool:
    """Give somebody the form of their call; False when it is finished, or closed to them. May run twice."""
    if claims.holder(connection, report_id, reader=signed.person_id).state == claims.NOT_THERE:
        return False
    try:
        before = writing.take_over(connection, report_id, signed.person_id)
    except writing.NotTheirs:
        return False
    if before != signed.person_id:
        now = audit_time(desk.clock.now())
        audited_at(now, signed, connection, TAKEN_OVER, report_id, f"from {before}")
    return True


def types_form(connection: Connection, signed: Signed, report_id: str) -> bool:
    """Say whether somebody types the form of a report at this moment."""
    found = writing.draft(connection, report_id) if report_id else None
    return found is not None and found.person == signed.person_id


def live_drafts(connection: Connection, signed: Signed) -> tuple[writing.Draft, ...]:
    """Return the forms that somebody began beside calls and has not finished."""
    return tuple(one for one in writing.drafts(connection, of=signed.person_id) if one.channel == writing.LIVE)


def drop_empty(desk: Desk, signed: Signed, drafts: tuple[writing.Draft, ...]) -> tuple[writing.Draft, ...]:
    """Let those forms go into which nothing was typed; return those that stay. Each is opened to know."""
    return tuple(
        one for one in drafts if not _dropped(desk, signed, one.report_id, _empty(desk, signed, one.report_id))
    )


def _dropped(desk: Desk, signed: Signed, report_id: str, known: str) -> bool:
    try:
        with desk.database.write() as connection:
            gone = known != "" and writing.forget_empty(connection, report_id, signed.person_id, known=known)
            if gone:
                audited_at(audit_time(desk.clock.now()), signed, connection, DROPPED, report_id, NOTHING_TYPED)
            return gone
    except writing.NotTheirs:
        return False


def _empty(desk: Desk, signed: Signed, report_id: str) -> str:
    """Return the item of a form into which nothing is typed, or "" where something is, or nobody can tell."""
    with desk.database.read() as connection:
        texts = intake.texts_of(connection, report_id)
    try:
        item = next(item for item in texts if item.kind == "form")
        given = open_form(item, signed.group(desk)).given
    except (Damaged, StopIteration):
        return ""
    return "" if any(one.values or one.text.strip() for one in given) else item.item_id
