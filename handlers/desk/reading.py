"""One report: audited first, then opened, read, listened to, acknowledged."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Response, abort, flash, redirect, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.about import about
from handlers.desk.answer_words import BACK_WORDS
from handlers.desk.came_back import came_back
from handlers.desk.doubts import Doubt
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.lane import lane
from handlers.desk.record import ALERTING, Record, assemble
from handlers.desk.sessions import Signed
from handlers.desk.told import alert_of, told
from handlers.desk.unsealing import open_sound, open_texts
from handlers.desk.words import categories_of
from storage import audit, escalations, intake, timeline, writing
from storage.contents import Sound
from storage.holds import holds_of
from storage.jobs import raise_alarm
from storage.keys import Damaged
from storage.people import aliases

UNREADABLE = "A part of a report cannot be opened at the desk. Check the disk, the database and who can write to it."
ROW_DAMAGED = "The row of a report is damaged. Check the disk, the database and who can write to it."
LIST_DIFFERS = "A report says that it is urgent and the list does not. Check who can write to the database."


@dataclass(frozen=True)
class Attempt:
    """What a person typed and what was wrong with it, to show again on the same page."""

    typed: Mapping[str, str]  # by clip
    clip: str = ""
    mistake: str = ""
    conflict: str = ""
    doubts: tuple[Doubt, ...] = ()  # asked before what was typed is confirmed
    note: str = ""
    note_mistake: str = ""


def report(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show one report, or who is still writing it."""
    with desk.database.read() as connection:
        draft = writing.draft(connection, report_id)
    if draft is not None:
        return _being_written(desk, signed, draft)
    return show(desk, signed, report_id, Attempt({}))


def _being_written(desk: Desk, signed: Signed, draft: writing.Draft) -> ResponseReturnValue:
    if draft.person == signed.person_id:
        return redirect(f"/reports/{draft.report_id}/form", 303)
    with desk.database.read() as connection:
        outside, names = intake.report(connection, draft.report_id), aliases(connection)
    page = frame(desk, signed, "reports")
    return render_template("being_written.html", **page, report=outside, draft=draft, names=names)


def show(desk: Desk, signed: Signed, report_id: str, attempt: Attempt, status: int = 200) -> ResponseReturnValue:
    """Write down who opens the report, then open and show it."""
    with desk.database.write() as connection:
        found = _found(connection, report_id)
        if found.state != "not_a_report":
            intake.mark_read(connection, report_id)
        audited(desk, signed, connection, "report-opened", report_id)
    record = opened_record(desk, signed, report_id)
    with desk.database.read() as connection:
        outside = intake.report(connection, report_id)
        deeds = timeline.deeds_on(connection, report_id)
        names = aliases(connection)
        hold = holds_of(connection, [report_id]).get(report_id)
        safe = lane(desk, connection, report_id)
    list_differs = record.says_urgent and outside.urgent not in ALERTING
    if list_differs:
        _alarm(desk, LIST_DIFFERS)
    if outside.damaged:
        _alarm(desk, ROW_DAMAGED)
    page = render_template(
        "report.html",
        **frame(desk, signed, "reports"),
        report=outside,
        record=record,
        attempt=attempt,
        names=names,
        hold=hold,
        lane=safe,
        list_differs=list_differs,
        about=about(desk, signed, report_id),
        back=came_back(desk, signed, report_id) if outside.state != "not_a_report" else None,
        back_words=BACK_WORDS,
        alert=alert_of(deeds, outside.urgent_due),
        events=told(deeds, record.notes, gone=outside.state == "not_a_report"),
        is_mine=outside.claimed_by == signed.person_id,
    )
    return page, status


def sound(desk: Desk, signed: Signed, report_id: str, clip: str) -> ResponseReturnValue:
    """Send one clip's sound, opened in memory for this answer alone."""
    with desk.database.write() as connection:
        stored = intake.sound(connection, report_id, clip)
        if stored is None:
            abort(404)
        audited(desk, signed, connection, "clip-played", clip, f"report {report_id}")
    try:
        wav = open_sound(stored, signed.group(desk)).wav
    except Damaged:
        _alarm(desk, UNREADABLE)
        abort(422)
    response: Response = send_file(io.BytesIO(wav), mimetype="audio/wav", conditional=True, etag=False)
    return response


def sound_opens(desk: Desk, signed: Signed, report_id: str, clip: str) -> bool:
    """Say whether a clip's sound can be opened, without giving it to anybody."""
    with desk.database.read() as connection:
        stored = intake.sound(connection, report_id, clip)
    try:
        return stored is not None and bool(open_sound(stored, signed.group(desk)).wav)
    except Damaged:
        return False


def acknowledge(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Say that somebody is on it: the due time goes."""
    with desk.database.write() as connection:
        _found(connection, report_id)
        told = escalations.take_up(connection, report_id, signed.person_id, now=desk.clock.now())
        if told is not None:
            detail = f"{told} of those on call were told" if told else ""
            audited(desk, signed, connection, "urgent-acknowledged", report_id, detail)
    flash("You acknowledged the urgent report." if told is not None else "Somebody acknowledged it before you.")
    return redirect(f"/reports/{report_id}", 303)


def opened_record(desk: Desk, signed: Signed, report_id: str) -> Record:
    """Open what a report holds and can be opened, with an alarm when a part cannot; the caller has audited it."""
    group = signed.group(desk)
    with desk.database.read() as connection:
        stored = intake.texts_of(connection, report_id)
        named = intake.sound_ids(connection, report_id)
        sounds = frozenset(name for name in named if re.fullmatch(intake.OUR_ID, name))
        words = [item.item_id for item in stored if item.kind == "transcript"]
        forms = [item.item_id for item in stored if item.kind == "written"]
        seals = writing.seals_of_written(connection, forms)
        texts = open_texts(stored, group, intake.confirmed_by(connection, words), seals)
        bare: list[tuple[str, Sound]] = []
        unreadable = texts.unreadable + len(named - sounds)  # what no address can name cannot be played
        for clip in texts.without_draft(sounds):
            try:
                if (item := intake.sound(connection, report_id, clip)) is not None:
                    bare.append((clip, open_sound(item, group)))
            except Damaged:
                unreadable += 1
    if unreadable:
        _alarm(desk, UNREADABLE)
    order = [question.id for question in desk.questionnaire.questions]
    return assemble(replace(texts, unreadable=unreadable), sounds, bare, order, categories_of(desk.line))


def audited(desk: Desk, signed: Signed, connection: Connection, action: str, subject: str, detail: str = "") -> None:
    """Write into the audit what this person does, in the same transaction as the deed."""
    audited_at(desk.clock.now(), signed, connection, action, subject, detail)


def audited_at(at: int, signed: Signed, connection: Connection, action: str, subject: str, detail: str = "") -> None:
    """Write into the audit what this person does, under a time that may be coarser than the clock's."""
    audit.record(connection, at=at, person=signed.person_id, action=action, subject=subject, detail=detail)


def _alarm(desk: Desk, note: str) -> None:
    with desk.database.write() as connection:
        raise_alarm(connection, "storage", note, now=desk.clock.now())


def _found(connection: Connection, report_id: str) -> intake.ListedReport:
    try:
        return intake.report(connection, report_id)
    except intake.ReportNotThere:
        abort(404)
