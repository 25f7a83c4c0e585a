"""What will be deleted, for supervisors who may still hold it; and what was deleted, in numbers, for auditors."""

from __future__ import annotations

from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import REASON_WORDS
from storage import retention
from storage.going import Timer, going_page
from storage.intake import PageKey

REPORTS_ON_A_PAGE = 50
WEEKS_ON_A_PAGE = 26
MOST_WEEK_CHARACTERS = 8
TIMERS: dict[str, str] = {
    Timer.CONFIRMED: "Confirmed",
    Timer.RAW: "Raw text of released",
    Timer.RELEASED: "Released",
}
ERASED_WORDS: dict[str, str] = {
    "expired.confirmed": "Confirmed reports, by their time",
    "expired.released": "What was left of released reports, by their time",
    "expired.raw": "Raw text of released reports, by its time",
    "expired.handed": "What teams decided, by its time",
    "expired.not_a_report": "Rows of what was no report, by their time",
    "expired.sound": "Clips whose sound nobody confirmed in time",
    "expired.references": "References, a year after they were last used",
    "expired.calls": "Rows of the call log, by their time",
}


def going(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show reports of which something will be deleted within four weeks."""
    keeping, after = desk.settings.keeping, PageKey.read(request.args.get("after", ""))
    wanted = request.args.get("show", "")
    timer = Timer(wanted) if wanted in list(Timer) else Timer.CONFIRMED
    now, reader = desk.clock.now(), signed.person_id
    with desk.database.read() as connection:
        page = going_page(connection, keeping, after, REPORTS_ON_A_PAGE, now=now, reader=reader, timer=timer)
    weeks = [(week, tuple(found)) for week, found in groupby(page.reports, key=lambda report: report.goes_in)]
    around = frame(desk, signed, "retention")
    return render_template(
        "retention.html",
        **around,
        weeks=weeks,
        following=page.following,
        first=after is None,
        keeping=keeping,
        timer=timer,
        timers=TIMERS,
    )


def erasures(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show how much of what kind was deleted: numbers alone, no content and no id."""
    before = request.args.get("before", "")[:MOST_WEEK_CHARACTERS]
    with desk.database.read() as connection:
        found, following = retention.erased(connection, before, WEEKS_ON_A_PAGE)
    weeks = [(week, tuple(kinds)) for week, kinds in groupby(found, key=lambda one: one.week)]
    around = frame(desk, signed, "erasures")
    return render_template("erasures.html", **around, weeks=weeks, following=following, first=not before)


def erased_words(name: str) -> str:
    """Return what was deleted as staff say it; a kind that is new here is never shown by its name."""
    reason = name.removeprefix("not_a_report.")
    if reason != name:
        return f"Content of what was no report: {REASON_WORDS.get(reason, 'too little was said').lower()}"
    return ERASED_WORDS.get(name, "Something else, by its time")
