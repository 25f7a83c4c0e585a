"""What comes back from teams: the list of it, what is due, and a report's own page of answers."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.akin import tell_alike
from handlers.desk.answer_words import (
    BACK_WORDS,
    CHOSEN_BY_HAND,
    DUE_EMPTY,
    DUE_WORDS,
    KIND_WORDS,
    LISTS,
    SAID_WORDS,
    STATUS_WORDS,
    TOLD_STATES,
)
from handlers.desk.beside import report_with_content
from handlers.desk.came_back import Back, came_back
from handlers.desk.claiming import stay_yours
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited, opened_record
from handlers.desk.sessions import Signed
from handlers.permissions import Action, Scope, scope
from handlers.releasing.coming_back import ACTED, REFUSALS
from handlers.releasing.teams import audience_of
from storage import deadlines, replies, said_back
from storage.clock import iso_week, month_of
from storage.contents import Refusal
from storage.deadlines import Deadline
from storage.figures import ACTED as ACTED_STEP
from storage.figures import OUTCOME as OUTCOMES
from storage.intake import PageKey
from storage.jobs import count_up
from storage.people import aliases
from storage.sealing import seal_item
from storage.team_answers import REFUSAL

ROWS_ON_A_PAGE = 25
OPENED, SEEN, STATUS, DECLINED = "answers-opened", "answers-seen", "status-set", "question-declined"
NO_STATUS = "Choose what the caller hears"
NO_REASON = "Choose why the question is not put to the caller"
STATUS_MOVED = "Somebody else changed what the caller hears while you chose. See what it is now, and choose again."
SETTLED = "Somebody else put this question to the caller, or declined it, while you chose. See how it stands now."
TEAM_GONE = "This team is no longer in the line's file, so nothing can be sealed to it. Tell whoever runs the line."


def answers(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """List what teams said, the new first: a handler sees what belongs to their own reports."""
    wanted = request.args.get("show", "")
    listed = wanted if wanted in LISTS else "new"
    after = PageKey.read(request.args.get("after", ""))
    with desk.database.read() as connection:
        page = said_back.back_page(
            connection, listed, reader=signed.person_id, own=_own(signed), after=after, size=ROWS_ON_A_PAGE
        )
        standing = deadlines.standing(connection, iso_week(desk.clock.now()))
    around = frame(desk, signed, "answers")
    shown = {"listed": listed, "lists": LISTS, "first": after is None, "standing": standing, "said": SAID_WORDS}
    return render_template("answers.html", **around, page=page, teams=_team_names(desk), own=_own(signed), **shown)


def due(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """List what is due this week or late, the longest overdue first."""
    wanted = request.args.get("show", "")
    which = Deadline(wanted) if wanted in list(Deadline) else Deadline.RECEIPT
    after, week = PageKey.read(request.args.get("after", "")), iso_week(desk.clock.now())
    with desk.database.read() as connection:
        page = deadlines.due_page(
            connection, which, week, reader=signed.person_id, own=_own(signed), after=after, size=ROWS_ON_A_PAGE
        )
        standing = deadlines.standing(connection, week)
    around = frame(desk, signed, "answers")
    shown = {"which": which, "week": week, "first": after is None, "standing": standing, "lists": LISTS}
    return render_template(
        "due.html", **around, **shown, page=page, due_words=DUE_WORDS, empty=DUE_EMPTY[which], teams=_team_names(desk)
    )


def of_report(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show what came back to a report, and what its caller hears."""
    return shown(desk, signed, report_id)


def shown(
    desk: Desk, signed: Signed, report_id: str, mistakes: Mapping[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    """Write down who opens what came back, then open and show it."""
    found = report_with_content(desk, report_id)
    with desk.database.write() as connection:
        audited(desk, signed, connection, OPENED, report_id)
    back, replied = came_back(desk, signed, report_id), opened_record(desk, signed, report_id).replies
    with desk.database.read() as connection:
        names, hears = aliases(connection), replies.status_of(connection, report_id)
        has_mailbox = replies.has_mailbox(connection, report_id)
    page = render_template(
        "report_answers.html",
        **frame(desk, signed, "answers"),
        back_words=BACK_WORDS,
        STATUS_WORDS=STATUS_WORDS,
        TOLD_STATES=TOLD_STATES,
        KIND_WORDS=KIND_WORDS,
        report=found,
        back=back,
        replied=replied,
        names=names,
        hears=hears,
        has_mailbox=has_mailbox,
        statuses=CHOSEN_BY_HAND,
        refusals=REFUSALS,
        mistakes=mistakes or {},
    )
    return page, status


def set_status(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Choose what the caller hears, and note that what came back was seen."""
    chosen, was = request.form.get("status", ""), request.form.get("was", "")
    if chosen not in CHOSEN_BY_HAND:
        return shown(desk, signed, report_id, {"status": NO_STATUS}, 422)
    report_with_content(desk, report_id)
    back = came_back(desk, signed, report_id)
    on_page = frozenset(request.form.get("unseen", "").split())
    with desk.database.write() as connection:
        stay_yours(signed, connection, Action.ANSWER_CALLER, report_id)
        if replies.status_of(connection, report_id, lock=True) != was:
            moved = True
        else:
            moved = False
            _see(desk, signed, connection, report_id, back, on_page)
            if chosen != was:
                replies.set_status(connection, report_id, chosen)
                tell_alike(connection, signed.group(desk), report_id, chosen)
                audited(desk, signed, connection, STATUS, report_id, chosen)
    if moved:
        return shown(desk, signed, report_id, {"status": STATUS_MOVED}, 409)
    flash(f"A caller who rings back hears: {STATUS_WORDS[chosen]}.")
    return redirect(f"/reports/{report_id}/answers", 303)


def decline(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Tell a team that its question is not put to the caller, and why: one of a few fixed reasons."""
    reason, item_id = request.form.get("reason", ""), request.form.get("question", "")
    with desk.database.read() as connection:
        said = next((one for one, _ in said_back.said_of(connection, report_id) if one.item_id == item_id), None)
    if said is None or said.kind != "question":
        abort(400)
    if reason not in REFUSALS:
        return shown(desk, signed, report_id, {f"reason-{item_id}": NO_REASON}, 422)
    team = next((one for one in desk.line.teams if one.id == said.team), None)
    if team is None:
        return shown(desk, signed, report_id, {f"reason-{item_id}": TEAM_GONE}, 409)
    sealed = seal_item(
        Refusal(item_id, reason).packed(),
        report_id=said.release_id,
        kind=REFUSAL,
        audiences=(desk.keys.desk, audience_of(team)),
    )
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.ANSWER_CALLER, report_id)
            said_back.decline(connection, said, sealed, month=month_of(desk.clock.now()))
            audited(desk, signed, connection, DECLINED, report_id, f"{item_id} {reason}")
    except said_back.SettledBefore:
        return shown(desk, signed, report_id, {f"reason-{item_id}": SETTLED}, 409)
    flash("The question is declined. Its team sees why.")
    return redirect(f"/reports/{report_id}/answers", 303)


def _see(
    desk: Desk, signed: Signed, connection: Connection, report_id: str, back: Back, on_page: frozenset[str]
) -> None:
    """Note as seen what stood on the page that was answered, and count each decision once, when it is first seen."""
    fresh = said_back.see(connection, report_id, on_page.intersection(back.unseen))
    week = iso_week(desk.clock.now())
    for team in back.teams:
        acted = any(one.outcome.disposition in ACTED and not one.is_new for one in team.decided)
        for one in (one for one in team.decided if one.item_id in fresh):
            count_up(connection, f"{OUTCOMES}{one.outcome.disposition}", week=week)
            if one.outcome.disposition in ACTED and not acted:
                acted = True
                count_up(connection, ACTED_STEP, week=week)
    for item_id in fresh:
        audited(desk, signed, connection, SEEN, report_id, item_id)


def _own(signed: Signed) -> bool:
    return scope(signed.role, Action.ANSWER_CALLER) is Scope.OWN


def _team_names(desk: Desk) -> dict[str, str]:
    return {team.id: team.name for team in desk.line.teams}
