"""The call log as a file: asked for by one supervisor, allowed by another, fetched once by the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.csv_cells import line
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.words import (
    CALL_BANDS,
    CALL_LENGTHS,
    CALL_OUTCOMES,
    CALL_PATHS,
    CALL_STAGES,
    CALL_WAITS,
    language_words,
    week_words,
)
from storage import exports
from storage.call_log import LoggedCall
from storage.clock import iso_week
from storage.exports import Export, Selection
from storage.people import aliases

WEEK_SECONDS = 7 * 86_400
HEADINGS = ("Week", "Path", "Stage", "Outcome", "Language", "Hours", "Length", "Wait", "Answered")
NOT_KEPT = "Not kept"
FEW_WORDS = "Fewer than five alike"
OFFERED = {
    f"{narrowed}:{value}": said
    for narrowed, words in (("outcome", CALL_OUTCOMES), ("path", CALL_PATHS))
    for value, said in words.items()
}
NO_WEEKS = "Choose weeks that are over, the first before the last"
NO_SUCH_CALLS = "Choose one of the calls that are listed"
TOO_MANY = "That is more than 100,000 calls: choose fewer weeks"
NOT_TO_BE_DECIDED = "Nothing was changed: it is your own, it was decided already, or its hour is over"
NOT_TO_BE_FETCHED = "Nothing was handed out: it is not yours, not allowed, fetched already, or its hour is over"
CHANGED = "Nothing was handed out: those weeks hold other calls now than were asked for. Ask again"


def overview(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show what was asked for, and take a new asking."""
    if request.method == "GET":
        return _shown(desk, signed)
    selection = _selection(desk)
    if isinstance(selection, str):
        return _shown(desk, signed, selection, 422)
    try:
        asked = exports.new_export(signed.person_id, selection, desk.clock.now())
        export = exports.measured(desk.database, asked, _written)
    except exports.TooManyRows:
        return _shown(desk, signed, TOO_MANY, 422)
    with desk.database.write() as connection:
        exports.ask(connection, export)
        audited(desk, signed, connection, "calls-export-asked", export.export_id, export.told())
    flash("You asked for a file. Another supervisor can allow it within an hour.")
    return redirect("/calls/exports", 303)


def decide(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Allow exactly what was asked for, or refuse it."""
    found, allowed = _named(desk), request.form.get("decision") == "allow"
    now = desk.clock.now()
    if found is None or not found.may_be_decided(signed.person_id, now):
        return _shown(desk, signed, NOT_TO_BE_DECIDED, 409)
    if allowed and exports.measured(desk.database, found, _written) != found:
        return _shown(desk, signed, CHANGED, 409)
    try:
        with desk.database.write() as connection:
            exports.decide(connection, found, signed.person_id, allowed=allowed, now=now)
            action = exports.ALLOWED_ACTION if allowed else "calls-export-refused"
            audited(desk, signed, connection, action, found.export_id, found.told())
    except exports.NotToBeDecided:
        return _shown(desk, signed, NOT_TO_BE_DECIDED, 409)
    flash("You allowed the file. Who asked for it can fetch it once, within an hour." if allowed else "You refused it.")
    return redirect("/calls/exports", 303)


def fetch(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Hand the file out, once, to whoever asked for it: written down before the first byte leaves."""
    found, now = _named(desk), desk.clock.now()
    if found is None or not found.may_be_fetched(signed.person_id, now):
        return _shown(desk, signed, NOT_TO_BE_FETCHED, 409)
    if exports.measured(desk.database, found, _written) != found:
        return _shown(desk, signed, CHANGED, 409)
    try:
        with desk.database.write() as connection:
            exports.fetch(connection, found, signed.person_id, now=now)
            audited(desk, signed, connection, "calls-export-fetched", found.export_id, found.told())
    except exports.NotToBeFetched:
        return _shown(desk, signed, NOT_TO_BE_FETCHED, 409)
    except exports.ExportChanged:
        return _shown(desk, signed, CHANGED, 409)
    name = f"call-log-{found.selection.from_week}-to-{found.selection.to_week}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_sent(desk, found), 200, headers, mimetype="text/csv", content_type="text/csv; charset=utf-8")


def _sent(desk: Desk, export: Export) -> Iterator[bytes]:
    digest = exports.begun(export)
    yield line(HEADINGS)
    for some in exports.rows(desk.database, export.selection):
        written = _written(some)
        digest.update(written)
        yield written
    if digest.hexdigest() != export.digest:
        # A row came or went while it was sent: the browser must not take the file for a whole one.
        raise exports.ExportChanged


def _written(some: Iterable[LoggedCall]) -> bytes:
    return b"".join(line(_cells(call)) for call in some)


def _cells(call: LoggedCall) -> tuple[str, ...]:
    language = FEW_WORDS if call.language == exports.FEW else language_words(call.language) or "Not known"
    return (
        call.week,
        CALL_PATHS.get(call.path, "Not known"),
        CALL_STAGES.get(call.stage, "Not known"),
        CALL_OUTCOMES.get(call.outcome, "Not known"),
        language,
        CALL_BANDS.get(call.band, NOT_KEPT),
        CALL_LENGTHS.get(call.length, NOT_KEPT),
        CALL_WAITS.get(call.wait, NOT_KEPT),
        "Yes" if call.answered_by else "No",  # by whom stays inside: the file is no list of what each person did
    )


def _named(desk: Desk) -> Export | None:
    with desk.database.read() as connection:
        return exports.find(connection, request.form.get("export", ""))


def _selection(desk: Desk) -> Selection | str:
    """Return what was chosen, or what is wrong with it."""
    weeks, by = _weeks(desk), request.form.get("by", "")
    first, last = request.form.get("from", ""), request.form.get("to", "")
    if first not in weeks or last not in weeks or first > last:
        return NO_WEEKS
    if by and by not in OFFERED:
        return NO_SUCH_CALLS
    narrowed, _, value = by.partition(":")
    return Selection(first, last, narrowed, value)


def _weeks(desk: Desk) -> tuple[str, ...]:
    now = desk.clock.now()
    return tuple(iso_week(now - ago * WEEK_SECONDS) for ago in range(1, exports.MOST_WEEKS + 1))


def _shown(desk: Desk, signed: Signed, mistake: str = "", status: int = 200) -> ResponseReturnValue:
    with desk.database.read() as connection:
        listed = exports.alive(connection, desk.clock.now())
        names = aliases(connection)
    page = render_template(
        "exports.html",
        **frame(desk, signed, "calls"),
        listed=listed,
        names=names,
        weeks=_weeks(desk),
        offered=OFFERED,
        typed=request.form,
        mistake=mistake,
        at_field=mistake in (NO_WEEKS, NO_SUCH_CALLS, TOO_MANY),
    )
    return page, status


def selection_words(selection: Selection) -> str:
    """Return what was asked for as staff say it."""
    weeks = week_words(selection.from_week)
    if selection.to_week != selection.from_week:
        weeks += f" until {week_words(selection.to_week)[:1].lower()}{week_words(selection.to_week)[1:]}"
    of = OFFERED.get(f"{selection.narrowed}:{selection.value}", "")
    return f"{weeks}; {of.lower()}" if of else weeks
