"""The list of reports, by week, with what waits for somebody at the top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reminders import reminders
from handlers.desk.sessions import Signed
from handlers.permissions import Action, Scope, may, scope
from storage import claims, timeline
from storage.clock import iso_week
from storage.holds import holds_of
from storage.intake import Listed, ListedReport, PageKey, ReportPage, report_page, waiting_urgent
from storage.people import aliases
from storage.welfare import word_of, words_wanted

REPORTS_ON_A_PAGE = 25
# Within a week: what may hurt somebody soon, then what nobody has read, then the rest.
_URGENCY_ORDER = {"yes": 0, "unsure": 1}
_STATE_ORDER = {"new": 0, "arriving": 1, "read": 2, "confirmed": 3, "released": 4, "not_a_report": 5}


@dataclass(frozen=True)
class WeekGroup:
    """The reports of one ISO week on this page."""

    week: str
    reports: tuple[ListedReport, ...]


def reports(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show one page of the list."""
    with desk.database.read() as connection:
        words = words_wanted(connection) if may(signed.role, Action.TALK) else ()
        own = word_of(connection, signed.person_id)
    listing = _listing(desk, signed)
    told = reminders(desk, signed) if listing["first"] else ()
    around = frame(desk, signed, "reports")
    return render_template("reports.html", **around, **listing, words_wanted=words, own_word=own, reminders=told)


def fragment(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Return the list alone, for a page that keeps itself fresh."""
    acknowledges = may(signed.role, Action.ACKNOWLEDGE)
    listing = _listing(desk, signed)
    return render_template(
        "_listing.html", now=desk.clock.now(), signed=signed, may_acknowledge=acknowledges, **listing
    )


def by_week(listed: Iterable[ListedReport]) -> tuple[WeekGroup, ...]:
    """Group reports by week, the urgent and the unread first."""
    grouped = groupby(listed, key=lambda report: report.week)
    return tuple(WeekGroup(week, tuple(sorted(reports, key=_order))) for week, reports in grouped)


def _listing(desk: Desk, signed: Signed) -> dict[str, object]:
    wanted = request.args.get("show", "")
    listed = Listed(wanted) if wanted in list(Listed) else Listed.OPEN
    reads_any = scope(signed.role, Action.READ_REPORT) is Scope.ANY
    after = PageKey.read(request.args.get("after", ""))
    with desk.database.read() as connection:
        page: ReportPage = report_page(connection, listed, after, REPORTS_ON_A_PAGE, reader=signed.person_id)
        waiting = waiting_urgent(connection, reader=signed.person_id)
        shown = (*page.reports, *waiting)
        acted = timeline.acknowledged_by(connection, [one.report_id for one in shown if one.is_acknowledged])
        held = {one.report_id: one.claimed_by for one in shown if one.claimed_by} if reads_any else {}
        stale = claims.stale_since(connection, held, now=desk.clock.now())
        names = aliases(connection)
        holds = holds_of(connection, [one.report_id for one in page.reports] if listed is Listed.HELD else [])
    on_top = waiting if after is None and listed in (Listed.OPEN, Listed.URGENT) else ()
    return {
        "listed": listed,
        "weeks": by_week(report for report in page.reports if report not in on_top),
        "following": page.following,
        "first": after is None,
        "waiting": on_top,
        "holds": holds,
        "names": names,
        "reads_any": reads_any,
        "stale": {report_id: iso_week(at) for report_id, at in stale.items()},
        "acted": acted,
    }


def _order(report: ListedReport) -> tuple[int, int, str]:
    return _URGENCY_ORDER.get(report.urgent, 2), _STATE_ORDER.get(report.state, 5), report.case_number
