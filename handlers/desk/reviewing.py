"""The review queue and who works on what in it: taken, given back, taken over, stopped and taken up again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.claiming import SOMEBODY
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.noting import keep_note
from handlers.desk.reading import audited
from handlers.desk.review_words import REVIEW_FILTERS, REVIEW_STATES, TO_DO
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from storage import intake, notes, people, reviews
from storage.clock import iso_week
from storage.intake import ListedReport
from storage.reviews import Review, ReviewKey, Wanted

REVIEWS_ON_A_PAGE = 25
MAX_REASON = 500
LONG_REASON = f"Shorten the reason to {MAX_REASON} characters or fewer"
WHY_TAKEN = "Write why you take it over, in a sentence: your colleague reads it"
WHY_STOPPED = "Write what would point at the caller however it is told, in a sentence"


def queue(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show one page of the queue: the urgent first, then what has waited longest."""
    name = request.args.get("show", TO_DO)
    name = name if name in REVIEW_FILTERS else TO_DO
    chosen = REVIEW_FILTERS[name]
    teams = {team.id: team.name for team in desk.line.teams}
    team = request.args.get("team", "")
    team = team if team in teams else ""
    wanted = Wanted(chosen.states, team, signed.person_id if chosen.only_mine else "")
    after = ReviewKey.read(request.args.get("after", ""))
    with desk.database.read() as connection:
        page = reviews.review_page(connection, wanted, after, REVIEWS_ON_A_PAGE, reader=signed.person_id)
        names = people.aliases(connection)
    shown = {"page": page, "names": names, "teams": teams, "team": team, "show": name, "chosen": chosen}
    return render_template(
        "review.html", **frame(desk, signed, "review"), **shown, filters=REVIEW_FILTERS, first=after is None
    )


def one(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show how one report stands on its way to a team, and what may be done; nothing of it is opened here."""
    return _page(desk, signed, report_id)


def claim(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Take a report to sanitise that nobody has, and go to its text."""
    try:
        with desk.database.write() as connection:
            if reviews.claim(connection, report_id, signed.person_id):
                audited(desk, signed, connection, "review-claimed", report_id)
    except reviews.ReviewMoved as moved:
        return _moved(desk, signed, moved.found)
    except reviews.NothingToReview:
        return _page(desk, signed, report_id, status=409)
    return redirect(f"/reports/{report_id}/clean", 303)


def give_back(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Free a review; what was drafted stays for whoever takes it next."""
    with desk.database.write() as connection:
        given = reviews.give_back(connection, report_id, signed.person_id)
        if given:
            audited(desk, signed, connection, "review-given-back", report_id)
    if not given:
        return _page(desk, signed, report_id, status=409, said="You do not have it any more. This is how it stands.")
    flash("You gave it back. What was drafted is still there.")
    return redirect("/review", 303)


def take_over(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask why, then take a review from the colleague who has it; the reason is a note on the report."""
    found = _review(desk, report_id)
    if found is None:
        return _page(desk, signed, report_id, status=409)
    was = request.form.get("was", found.reviewer)
    if request.method == "GET":
        if not found.is_in_hand or found.reviewer == signed.person_id:
            return _moved(desk, signed, found)
        return _ask(desk, signed, found, "take_over", was=was)
    reason = tidy(request.form.get("reason", ""))
    if mistake := _mistake(reason, WHY_TAKEN):
        return _ask(desk, signed, found, "take_over", mistake, reason, 422, was=was)
    try:
        with desk.database.write() as connection:
            reviews.take_over(connection, report_id, signed.person_id, was=was)
            _noted(desk, signed, connection, "review-taken-over", report_id, f"Taken over for review: {reason}", was)
    except reviews.ReviewMoved as moved:
        return _moved(desk, signed, moved.found, reason)
    except (reviews.NotAReviewer, notes.NothingToNote):
        abort(404)
    flash("You have it now. Your reason stands in the notes of the report.")
    return redirect(f"/reports/{report_id}/clean", 303)


def stop(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask why a report cannot be sanitised, then stop its way; its content stays, and it can be taken up again."""
    found = _review(desk, report_id)
    if found is None:
        return _page(desk, signed, report_id, status=409)
    if request.method == "GET":
        if not found.is_in_hand or found.reviewer != signed.person_id:
            return _moved(desk, signed, found)
        return _ask(desk, signed, found, "stop")
    reason = tidy(request.form.get("reason", ""))
    if mistake := _mistake(reason, WHY_STOPPED):
        return _ask(desk, signed, found, "stop", mistake, reason, 422)
    try:
        with desk.database.write() as connection:
            reviews.stop(connection, report_id, signed.person_id, week=iso_week(desk.clock.now()))
            _noted(desk, signed, connection, "review-stopped", report_id, f"Cannot be sanitised: {reason}")
    except reviews.ReviewMoved as moved:
        return _moved(desk, signed, moved.found, reason)
    except notes.NothingToNote:
        abort(404)
    flash("It is stopped, and counted as one that cannot be sanitised. Its content stays as long as any other's.")
    return redirect("/review", 303)


def resume(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Let a report wait again that could not be sanitised: its caller may have added what helps."""
    try:
        with desk.database.write() as connection:
            reviews.resume(connection, report_id, week=iso_week(desk.clock.now()))
            audited(desk, signed, connection, "review-resumed", report_id)
    except reviews.ReviewMoved as moved:
        return _moved(desk, signed, moved.found)
    except reviews.NothingToReview:
        return _page(desk, signed, report_id, status=409)
    flash("It waits for review again.")
    return redirect(f"/reports/{report_id}/review", 303)


def moved_words(desk: Desk, signed: Signed, found: Review) -> str:
    """Say who has a review by now and how it stands, to somebody who thought otherwise."""
    with desk.database.read() as connection:
        name = people.aliases(connection).get(found.reviewer, SOMEBODY)
    named = "you have it" if found.reviewer == signed.person_id else f"{name} has it"
    who = named if found.reviewer else "nobody has it"
    state = REVIEW_STATES.get(found.state, found.state).lower()
    how = "" if found.state in (reviews.WAITING, reviews.OPEN) else f", and it stands as “{state}”"
    return f"Nothing was changed: {who} by now{how}."


def whole_in_hand(desk: Desk, signed: Signed, report_id: str) -> ListedReport | str:
    """Return a report that this person may split or merge with another, or say why not."""
    with desk.database.read() as connection:
        try:
            found = intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
        review = reviews.state_of(connection, report_id)
    if review is None or not review.is_in_hand or review.reviewer != signed.person_id:
        return "Take it for review first: only who has it splits it, or adds another report to it."
    if found.state != "confirmed":
        return "Confirm each clip first: what is not written down yet cannot be given to one report or another."
    return "It is on legal hold: what is held stays as it is. Lift the hold first." if found.held else found


def refused(desk: Desk, signed: Signed, report_id: str, why: str) -> ResponseReturnValue:
    """Say why a report is not split or merged."""
    page = frame(desk, signed, "review")
    return render_template("review_refused.html", **page, report_id=report_id, why=why), 409


def _moved(desk: Desk, signed: Signed, found: Review, kept: str = "") -> ResponseReturnValue:
    return _page(desk, signed, found.report_id, status=409, said=moved_words(desk, signed, found), kept=kept)


def _page(
    desk: Desk, signed: Signed, report_id: str, *, status: int = 200, said: str = "", kept: str = ""
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        try:
            report = intake.report(connection, report_id)
        except intake.ReportNotThere:
            abort(404)
        review = reviews.state_of(connection, report_id)
        release_id = reviews.proposal_id(connection, report_id)
        names = people.aliases(connection)
    teams = {team.id: team.name for team in desk.line.teams}
    shown = {"report": report, "review": review, "release_id": release_id, "names": names, "teams": teams}
    page = render_template("review_one.html", **frame(desk, signed, "review"), **shown, said=said, kept=kept)
    return page, status


def _review(desk: Desk, report_id: str) -> Review | None:
    with desk.database.read() as connection:
        return reviews.state_of(connection, report_id)


def _ask(
    desk: Desk,
    signed: Signed,
    found: Review,
    what: str,
    mistake: str = "",
    typed: str = "",
    status: int = 200,
    was: str = "",
) -> ResponseReturnValue:
    with desk.database.read() as connection:
        report = intake.report(connection, found.report_id)
        name = people.aliases(connection).get(was, "A former colleague")
    mistakes = {"reason": mistake} if mistake else {}
    shown = {"report": report, "what": what, "mistakes": mistakes, "typed": {"reason": typed}, "was": was, "name": name}
    return render_template("review_reason.html", **frame(desk, signed, "review"), **shown), status


def _mistake(reason: str, missing: str) -> str:
    return missing if not reason else LONG_REASON if len(reason) > MAX_REASON else ""


def _noted(
    desk: Desk, signed: Signed, connection: Connection, action: str, report_id: str, words: str, was: str = ""
) -> None:
    note = keep_note(desk, signed, connection, report_id, words)
    audited(desk, signed, connection, action, report_id, f"note {note}{f', from {was}' if was else ''}")
