"""What staff add to a report: sealed notes, an alert of the supervisors, and the wish for a word after a hard one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.claiming import stay_yours
from handlers.desk.ground import Desk
from handlers.desk.reading import Attempt, audited, show
from handlers.desk.sessions import Signed
from handlers.desk.tidying import TURNING
from handlers.desk.typed import Typed, typed_in
from handlers.desk.words import time_words
from handlers.permissions import Action
from storage import notes, timeline, welfare
from storage.contents import Note
from storage.sealing import SealedItem, seal_item

MAX_NOTE_CHARACTERS = 20_000
NOTHING_WRITTEN = "Write the note first: what you did, saw or want the next person to know"
NOTE_TOO_LONG = f"Shorten the note to {MAX_NOTE_CHARACTERS:,} characters or fewer"
CONTENT_GONE = (
    "Somebody marked this as not a report while you were writing. It takes no note any more; yours stands here."
)
ALERTED_NOW = "Supervisors are alerted. If nobody answers within minutes, ring the one on duty."
WORD = "Thank you for saying so. Supervisors see that you would like a word, and not which report it was."


def add_note(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Seal one note to the desk, with its author inside, and show it in the timeline."""
    typed = typed_in(request.form)
    if mistake := _mistake(typed.note):
        return _again(desk, signed, report_id, typed, mistake, 422)
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.ADD_NOTE, report_id)
            keep_note(desk, signed, connection, report_id, typed.note)
    except notes.NothingToNote:
        return _again(desk, signed, report_id, typed, CONTENT_GONE, 409)
    flash("Your note is kept.")
    return show(desk, signed, report_id, Attempt(typed.clips))


def alert(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Alert the supervisors about a report, once until one acknowledges; a note that was typed says why."""
    typed = typed_in(request.form)
    if typed.note.strip() and (mistake := _mistake(typed.note)):
        return _again(desk, signed, report_id, typed, mistake, 422)
    now = desk.clock.now()
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.ALERT, report_id)
            before = notes.raise_alert(connection, report_id, now=now)
            if before is None:
                audited(desk, signed, connection, timeline.ALERTED, report_id)
            if typed.note.strip():
                keep_note(desk, signed, connection, report_id, typed.note)
    except notes.NothingToNote:
        return _again(desk, signed, report_id, typed, CONTENT_GONE, 409)
    flash(ALERTED_NOW if before is None else _alerted_already(desk, before))
    return show(desk, signed, report_id, Attempt(typed.clips))


def keep_note(desk: Desk, signed: Signed, connection: Connection, report_id: str, words: str) -> str:
    """Seal a note and say so in the audit; return its item. Raises `NothingToNote`."""
    sealed = _sealed(desk, signed, report_id, words.strip().translate(TURNING))
    notes.add_note(connection, sealed)
    audited(desk, signed, connection, timeline.NOTED, report_id, sealed.item_id)
    return sealed.item_id


def ask_for_word(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Let supervisors know that this person would like a word; which report it was is written down nowhere."""
    typed = typed_in(request.form)
    with desk.database.write() as connection:
        welfare.ask(connection, signed.person_id)
    flash(WORD)
    return show(desk, signed, report_id, Attempt(typed.clips, note=typed.note))


def _mistake(note: str) -> str:
    if not note.strip():
        return NOTHING_WRITTEN
    return NOTE_TOO_LONG if len(note.strip()) > MAX_NOTE_CHARACTERS else ""


def _sealed(desk: Desk, signed: Signed, report_id: str, words: str) -> SealedItem:
    note = Note(words, signed.person_id, desk.clock.now())
    return seal_item(note.packed(), report_id=report_id, kind="note", audiences=(desk.keys.desk,))


def _again(desk: Desk, signed: Signed, report_id: str, typed: Typed, mistake: str, status: int) -> ResponseReturnValue:
    attempt = Attempt(typed.clips, note=typed.note, note_mistake=mistake)
    return show(desk, signed, report_id, attempt, status)


def _alerted_already(desk: Desk, at: int) -> str:
    when = time_words(at, ZoneInfo(desk.line.hours.zone))
    return f"Alerted already at {when}; nobody acknowledged yet. Ring the supervisor on duty."
