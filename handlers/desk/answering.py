"""Words for a caller: written by a person, looked through for what they give away, and sent to be heard or told."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from functools import cache

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.answer_words import KIND_WORDS
from handlers.desk.answers import OPENED, SETTLED
from handlers.desk.beside import genuine, report_with_content, subjects_of
from handlers.desk.came_back import REPLIED, Asked, came_back
from handlers.desk.claiming import stay_yours
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited, opened_record
from handlers.desk.record import Record
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from handlers.permissions import Action
from handlers.sanitising.replying import Mark, marks_in
from handlers.sanitising.rules import Rules, read_rules
from storage import replies, said_back
from storage.asides import lock_report
from storage.clock import iso_week
from storage.contents import Reply
from storage.intake import ListedReport
from storage.sealing import seal_item
from storage.team_answers import ANSWERED

MOST_CHARACTERS = 600  # about a minute of slow speech: longer than anybody can keep in mind
LETTERS_A_SECOND = 13  # as the synthetic voice speaks
NOTHING_WRITTEN = "Write what the caller is to hear"
TOO_LONG = f"Shorten it to {MOST_CHARACTERS} characters or fewer: a caller hears it once, on a telephone"
NO_KIND = "Choose what it is"
NO_LANGUAGE = "Choose a language that the line speaks"
TOO_LATE = "The caller has withdrawn the report: nothing is sent to them any more."
HELD_NOTE = "reply-told"


class WithdrawnMeanwhile(Exception):
    """The caller took the report back; nothing is sent to them any more."""


@dataclass(frozen=True)
class Draft:
    """What was typed so far, and what is to be said about it."""

    text: str = ""
    kind: str = replies.QUESTION
    language: str = "en"
    save: str = ""  # random: sent twice, it is kept once
    looked: str = ""  # a digest of the words whose marks were shown
    marks: tuple[Mark, ...] | None = None  # None: nobody looked yet
    mistakes: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return what is the same for the same words in the same language."""
        return hashlib.sha256(f"{self.language} {self.text}".encode()).hexdigest()[:16]

    @property
    def seconds(self) -> int:
        """Return about how long it takes to say."""
        return max(1, round(len(self.text) / LETTERS_A_SECOND))


def reply(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show where words for a caller are written; look through what was typed; send it."""
    found = report_with_content(desk, report_id)
    asked = _asked(desk, signed, report_id)
    if request.method == "GET":
        kind = replies.QUESTION if asked else replies.MESSAGE
        draft = Draft(kind=kind, language=_first_language(desk, found), save=secrets.token_hex(16))
        return _page(desk, signed, found, asked, draft)
    draft = _typed(desk)
    if draft.mistakes:
        return _page(desk, signed, found, asked, draft, 422)
    draft = replace(draft, marks=_marks(desk, signed, report_id, draft))
    if request.form.get("do") != "send" or (draft.marks and draft.looked != draft.digest):
        return _page(desk, signed, found, asked, draft)
    return _send(desk, signed, found, asked, draft)


def told(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Note that this person told the caller what was kept for them."""
    with desk.database.write() as connection:
        stay_yours(signed, connection, Action.ANSWER_CALLER, report_id)
        noted = said_back.note_told(connection, report_id, request.form.get("reply", ""))
        if noted:
            audited(desk, signed, connection, HELD_NOTE, report_id, request.form["reply"])
    flash("It is noted that the caller was told." if noted else "Somebody noted it before you.")
    return redirect(f"/reports/{report_id}/answers#told", 303)


# ---- sending --------------------------------------------------------------------------------------------------------


def _send(desk: Desk, signed: Signed, found: ListedReport, asked: Asked | None, draft: Draft) -> ResponseReturnValue:
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.ANSWER_CALLER, found.report_id)
            if not lock_report(connection, found.report_id):
                abort(404)
            if replies.is_withdrawn(connection, found.report_id):
                raise WithdrawnMeanwhile
            to_be_heard = replies.has_mailbox(connection, found.report_id)
            _keep(desk, signed, connection, found.report_id, asked, draft, to_be_heard=to_be_heard)
    except said_back.SettledBefore:
        return _page(desk, signed, found, asked, replace(draft, mistakes={"text": SETTLED}), 409)
    except WithdrawnMeanwhile:
        return _page(desk, signed, found, asked, replace(draft, mistakes={"text": TOO_LATE}), 409)
    flash(
        "It is being made into sound. Whoever rings back with the reference will hear it."
        if to_be_heard
        else "It is kept. Tell the caller, and note it here."
    )
    return redirect(f"/reports/{found.report_id}/answers", 303)


def _keep(
    desk: Desk,
    signed: Signed,
    connection: Connection,
    report_id: str,
    asked: Asked | None,
    draft: Draft,
    *,
    to_be_heard: bool,
) -> None:
    item_id = hashlib.sha256(f"reply {report_id} {draft.save}".encode()).hexdigest()[:32]
    if any(one.item_id == item_id for one in replies.replies_of(connection, report_id)):
        return  # the button was pressed twice
    words = Reply(draft.text, draft.language, signed.person_id)
    item = seal_item(words.packed(), report_id=report_id, kind="reply", audiences=(desk.keys.desk,), item_id=item_id)
    asked_in, now = asked.item_id if asked else "", desk.clock.now()
    if asked is not None:
        said_back.settle_question(connection, _question(connection, report_id, asked_in), ANSWERED)
    if to_be_heard:
        replies.send_reply(
            connection,
            report_id,
            kind=draft.kind,
            reply=words,
            item=item,
            worker=desk.keys.worker,
            asked_in=asked_in,
            week=iso_week(now),
            now=now,
        )
    else:
        said_back.keep_to_tell(connection, report_id, kind=draft.kind, item=item, asked_in=asked_in, week=iso_week(now))
    audited(desk, signed, connection, REPLIED, item_id, f"report {report_id}")


def _question(connection: Connection, report_id: str, item_id: str) -> said_back.CameBack:
    return next(one for one, _ in said_back.said_of(connection, report_id) if one.item_id == item_id)


# ---- reading --------------------------------------------------------------------------------------------------------


def _asked(desk: Desk, signed: Signed, report_id: str) -> Asked | None:
    item_id = request.values.get("question", "")
    if not item_id:
        return None
    with desk.database.write() as connection:
        audited(desk, signed, connection, OPENED, report_id)
    asked = came_back(desk, signed, report_id).question(item_id)
    if asked is None:
        abort(404)
    return asked


def _typed(desk: Desk) -> Draft:
    text = tidy(request.form.get("text", ""))
    draft = Draft(
        text,
        request.form.get("kind", ""),
        request.form.get("language", ""),
        request.form.get("save", "")[:32] or secrets.token_hex(16),
        request.form.get("looked", ""),
    )
    mistakes = {}
    if not text:
        mistakes["text"] = NOTHING_WRITTEN
    elif len(text) > MOST_CHARACTERS:
        mistakes["text"] = TOO_LONG
    if draft.kind not in KIND_WORDS:
        mistakes["kind"] = NO_KIND
    if draft.language not in _languages(desk):
        mistakes["language"] = NO_LANGUAGE
    return replace(draft, mistakes=mistakes)


def _marks(desk: Desk, signed: Signed, report_id: str, draft: Draft) -> tuple[Mark, ...]:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "reply-checking", report_id)
    record = opened_record(desk, signed, report_id)
    with desk.database.read() as connection:
        known, _ = subjects_of(connection, signed.group(desk), [report_id])
    subjects = genuine(known.get(report_id, ()))
    return marks_in(draft.text, subjects, left_out(record), _rules(), english=draft.language == "en")


def left_out(record: Record) -> str:
    """Return what the caller asked to leave out, in their words or a machine's."""
    told = [one for one in record.answered if one.question == "leave_out"]
    said = (clip.transcript.text if clip.transcript else clip.draft for one in told for clip in one.clips)
    return " ".join((*said, *(typed.text for one in told for typed in one.typed)))


@cache
def _rules() -> Rules:
    return read_rules()


def _languages(desk: Desk) -> tuple[str, ...]:
    return tuple(language.code for language in desk.line.languages)


def _first_language(desk: Desk, found: ListedReport) -> str:
    codes = _languages(desk)
    return found.language if found.language in codes else codes[0]


def _page(
    desk: Desk, signed: Signed, found: ListedReport, asked: Asked | None, draft: Draft, status: int = 200
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        has_mailbox = replies.has_mailbox(connection, found.report_id)
        withdrawn = replies.is_withdrawn(connection, found.report_id)
    page = render_template(
        "reply.html",
        **frame(desk, signed, "answers"),
        report=found,
        asked=asked,
        draft=draft,
        kinds=KIND_WORDS,
        languages=_languages(desk),
        most=MOST_CHARACTERS,
        has_mailbox=has_mailbox,
        withdrawn=withdrawn,
        wants_none=_wants_no_questions(desk, signed, found.report_id) if asked else False,
    )
    return page, status


def _wants_no_questions(desk: Desk, signed: Signed, report_id: str) -> bool:
    answered = (one for one in opened_record(desk, signed, report_id).answered if one.question == "questions_back")
    return any("No" in one.keyed for one in answered)
