"""The page for sanitising: both texts side by side, one deed at a time, each saved as a new version of the draft."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from flask import abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from handlers.desk.cleaning_bench import Bench, Source, bench_of, marks_in, raw_mark, source_of, target_at
from handlers.desk.cleaning_form import (
    Asked,
    Deed,
    NotOfThisPage,
    Posted,
    Remarks,
    choices_of,
    done,
    mistakes_in,
    needs,
    read_posted,
    with_choices,
    with_work,
    work_of,
)
from handlers.desk.cleaning_words import (
    LEVEL_WORDS,
    MEANWHILE,
    NEW_TEXT,
    NO_REVIEW,
    NOT_FOUND,
    NOT_REVIEWER,
    PLACES,
    STATE_WORDS,
    WHAT_WORDS,
    mistake_words,
)
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.releasing import classification
from handlers.releasing.drafting import missing, taken_in
from handlers.releasing.teams import routing
from handlers.sanitising.deeds import NothingChosen, places_of
from handlers.sanitising.edits import EditMistake
from handlers.sanitising.marks import next_waiting
from handlers.sanitising.reasons import EDIT_WORDS, KEEP_WORDS
from storage import drafts
from storage.contents import Clean
from storage.people import aliases

BY_SCRIPT = "X-Cleaning"  # `save`: the page saves by itself; `page`: it puts parts of the answer in place of its own
CHOICES = {
    "CATEGORIES": classification.CATEGORIES,
    "FLAGS": classification.FLAGS,
    "GROUNDS": classification.GROUNDS,
    "SOURCES": classification.SOURCES,
    "INFORMATION": classification.INFORMATION,
    "HANDLING": classification.HANDLING,
    "EDIT_WORDS": EDIT_WORDS,
    "KEEP_WORDS": KEEP_WORDS,
    "STATE_WORDS": STATE_WORDS,
    "WHAT_WORDS": WHAT_WORDS,
    "LEVEL_WORDS": LEVEL_WORDS,
}


@dataclass(frozen=True)
class Said:
    """What a page says about what was just tried."""

    mistake: str = ""
    places: tuple[tuple[int, int], ...] = ()  # where the words were found, when at several places
    is_conflict: bool = False


def clean(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show a report's raw text and its draft as it was saved last."""
    with desk.database.write() as connection:
        is_reviewed = drafts.standing(connection, report_id) is not None
        if is_reviewed:
            audited(desk, signed, connection, "draft-opened", report_id)
    source = source_of(desk, signed, report_id) if is_reviewed else None
    if source is None:
        flash(NO_REVIEW)
        return redirect(f"/reports/{report_id}", 303)
    number = request.args.get("mark", 0, type=int)
    return _page(desk, signed, source, bench_of(desk, source, number=number))


def save(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Do one deed and keep it with the choices as a new version, or say what is wrong and change nothing."""
    if request.method == "GET":
        return redirect(f"/reports/{report_id}/clean", 303)
    try:
        posted = read_posted(request.form)
    except NotOfThisPage:
        abort(400)
    source = source_of(desk, signed, report_id)
    if source is None:
        abort(404)
    if posted.asked.deed in (Deed.FIND, Deed.CHOOSE):
        return _found(desk, signed, source, posted)
    if is_by_itself() and not source.standing.is_open_to(signed.person_id):
        return jsonify(), 403
    if source.clean.save == posted.version.save:  # it arrived before, and its answer was lost
        return _kept(desk, signed, source, posted)
    if source.draft is not None and source.draft.save not in posted.version.was.split():
        return _conflict(desk, signed, source, posted, MEANWHILE)
    if source.draft is None and raw_mark(source.raw) != posted.version.raw:
        return _conflict(desk, signed, source, posted, NEW_TEXT)
    return _tried(desk, signed, source, posted)


def token(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Give the page a new form token after its person signed in again in another window."""
    del desk, signed, report_id  # the door has checked that they may
    return jsonify(token=generate_csrf())


def is_by_itself() -> bool:
    """Say whether the page saves by itself."""
    return request.headers.get(BY_SCRIPT) == "save"


# ---- one deed -----------------------------------------------------------------------------------------------------


def _tried(desk: Desk, signed: Signed, source: Source, posted: Posted) -> ResponseReturnValue:
    way = routing(tuple(source.subjects.values()), desk.line)
    mistakes = {
        **needs(posted.asked),
        **mistakes_in(posted.choices, [team.id for team in way.allowed]),
    }
    if mistakes:
        return _again(desk, signed, source, posted, Remarks(mistakes), Said(next(iter(mistakes.values()))))
    try:
        made = _made(source, signed, posted, desk.clock.now())
    except EditMistake as mistake:
        return _again(desk, signed, source, posted, Remarks(), Said(mistake_words(mistake)))
    except NothingChosen:
        return _again(desk, signed, source, posted, Remarks(), Said(NOT_FOUND))
    try:
        _keep(desk, signed, source, posted, made)
    except drafts.SavedMeanwhile:
        return _conflict(desk, signed, _anew(desk, signed, source), posted, MEANWHILE)
    except drafts.NotTheReviewer:
        return _lost(desk, signed, source, posted)
    standing = replace(source.standing, state="open", item_id=drafts.item_of(source.outside.report_id, made.save))
    return _kept(desk, signed, replace(source, draft=made, standing=standing), posted)


def _made(source: Source, signed: Signed, posted: Posted, now: int) -> Clean:
    """Return the draft after a deed; raises an `EditMistake` or `NothingChosen`."""
    before = taken_in(source.clean, source.raw).clean if posted.asked.deed is Deed.TAKE_IN else source.clean
    made = with_work(with_choices(before, posted.choices), done(work_of(before), posted.asked))
    return replace(made, by=signed.person_id, at=now, save=posted.version.save)


def _keep(desk: Desk, signed: Signed, source: Source, posted: Posted, made: Clean) -> None:
    with desk.database.write() as connection:
        drafts.save_draft(
            connection,
            source.outside.report_id,
            made,
            audiences=(desk.keys.desk,),
            was=posted.version.was,
            reader=signed.person_id,
            now=desk.clock.now(),
        )


def _anew(desk: Desk, signed: Signed, source: Source) -> Source:
    return source_of(desk, signed, source.outside.report_id) or source


def _kept(desk: Desk, signed: Signed, source: Source, posted: Posted) -> ResponseReturnValue:
    """Answer what was saved: to the page itself, or by leading to the place that waits next."""
    report_id = source.outside.report_id
    if is_by_itself():
        lacks = missing(source.clean, source.subjects, desk.line)
        return jsonify(missing=[(PLACES[lack], lack.value) for lack in lacks])
    if posted.asked.deed is Deed.PROPOSE:
        return redirect(f"/reports/{report_id}/propose", 303)
    if request.headers.get(BY_SCRIPT) == "page":
        return _page(desk, signed, source, bench_of(desk, source, after=posted.asked.number))
    if posted.asked.deed is Deed.SAVE:
        flash("Saved.")
        return redirect(f"/reports/{report_id}/clean", 303)
    after = next_waiting(marks_in(desk, source), posted.asked.number)
    return redirect(f"/reports/{report_id}/clean{f'?mark={after.number}' if after else ''}#decide", 303)


# ---- what is said -------------------------------------------------------------------------------------------------


def _found(desk: Desk, signed: Signed, source: Source, posted: Posted) -> ResponseReturnValue:
    """Show the place that begins with some words, or the places, when there are several."""
    asked = posted.asked
    if lacks := needs(asked):
        return _again(desk, signed, source, posted, Remarks(lacks), Said(next(iter(lacks.values()))))
    if asked.deed is Deed.CHOOSE:
        return _again(desk, signed, source, posted, Remarks(), Said(), 200)
    places = places_of(source.clean.raw, asked.first, asked.last)
    if not places:
        return _again(desk, signed, source, posted, Remarks({"first": NOT_FOUND}), Said(NOT_FOUND))
    start, end = places[0]
    here = replace(posted, asked=replace(asked, start=start, end=end, number=0))
    return _again(desk, signed, source, here, Remarks(), Said(places=places if len(places) > 1 else ()), 200)


def _again(
    desk: Desk, signed: Signed, source: Source, posted: Posted, remarks: Remarks, said: Said, status: int = 422
) -> ResponseReturnValue:
    """Show the page with everything that was typed still there."""
    if is_by_itself() and not said.is_conflict:
        return jsonify(mistakes=dict(remarks.mistakes)), status
    with desk.database.write() as connection:  # the page shows the whole report once more
        audited(desk, signed, connection, "draft-opened", source.outside.report_id)
    asked = posted.asked
    bench = bench_of(desk, source, number=asked.number, choices=posted.choices, remarks=remarks)
    if asked.start < asked.end <= len(bench.work.raw) and _is_of(source, posted):
        there = target_at(bench.work, bench.marks, asked.start, asked.end, put=asked.put, add=asked.add)
        mark = there.mark or next((one for one in bench.marks if one.number == asked.number), None)
        bench = replace(bench, target=replace(there, mark=mark))
    return _page(desk, signed, source, bench, asked, said, status)


def _conflict(desk: Desk, signed: Signed, source: Source, posted: Posted, words: str) -> ResponseReturnValue:
    """Show both versions: what was chosen here in the fields, what was saved elsewhere beside it."""
    if is_by_itself():
        return jsonify(), 409
    remarks = Remarks(theirs=choices_of(source.clean))
    return _again(desk, signed, source, posted, remarks, Said(words, is_conflict=True), 409)


def _lost(desk: Desk, signed: Signed, source: Source, posted: Posted) -> ResponseReturnValue:
    if is_by_itself():
        return jsonify(), 403
    return _again(desk, signed, _anew(desk, signed, source), posted, Remarks(), Said(NOT_REVIEWER), 403)


def _is_of(source: Source, posted: Posted) -> bool:
    return raw_mark(source.clean.raw) == posted.version.raw


def _page(
    desk: Desk,
    signed: Signed,
    source: Source,
    bench: Bench,
    asked: Asked | None = None,
    said: Said | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        names = aliases(connection)
    shown = render_template(
        "cleaning.html",
        **frame(desk, signed, "review"),
        **CHOICES,
        report=source.outside,
        bench=bench,
        asked=asked or Asked(Deed.SAVE),
        said=said or Said(),
        names=names,
        may_edit=source.standing.is_open_to(signed.person_id),
        was=source.draft.save if source.draft else drafts.NONE_YET,
        save=secrets.token_hex(16),
    )
    return shown, status
