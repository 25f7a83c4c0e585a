"""A minimal release for safeguarding: a few sentences that protect somebody, ready to propose within minutes.

It is a draft like every other, so that exact bytes are approved by a second person; the full release follows it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.cleaning_bench import Source, raw_mark, source_of, told_in
from handlers.desk.cleaning_form import LONGEST_LINE, NAME
from handlers.desk.cleaning_words import NO_REVIEW
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.lane import lane
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.tidying import TURNING, tidy
from handlers.releasing import classification
from handlers.releasing.teams import routing
from handlers.sanitising.edits import LONGEST_PUT
from handlers.sanitising.hints import Hint, hints_in
from handlers.sanitising.reasons import EditReason
from handlers.sanitising.rules import Kind, own_rules
from storage import drafts
from storage.contents import Changed, Clean

FULL, SAFEGUARDING = "full", "safeguarding"
CONDITIONS = (
    "To protect the person at risk, and for nothing else before the full release. Do nothing that shows that there was "
    "a report."
)
# When and where the danger is must be exact: these are not asked about.
NEEDED = frozenset((Kind.DATE, Kind.TIME, Kind.ADDRESS, Kind.POSTCODE, Kind.PLATE, Kind.SUBJECT))
NO_TEXT = "Write what the team must know now"
TEXT_TOO_LONG = f"Shorten it to {LONGEST_PUT:,} letters or fewer: the full release says the rest"
WHERE_TOO_LONG = f"Shorten it to {LONGEST_LINE} letters or fewer"
NO_CATEGORY = "Choose what it is about"
NO_TEAM = "Choose the team"
NOT_YOURS = "The report is not with you for review. Take it in the review queue first; what you typed stands here."
MEANWHILE = "Another version was saved meanwhile. Nothing of yours was kept: look at it, then send yours again."
OTHERS_WORK = "A clean text was begun already: release that, as far as it is done, or finish it."
SHORTENED = "Saved. Read exactly what will leave, then propose it."
BEGUN = "The full text stands here again. What was released for safeguarding is kept as it left."


@dataclass(frozen=True)
class Form:
    """The short form as it was typed."""

    typed: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] | None = None  # None: all of them
    mistakes: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""
    marks: tuple[Hint, ...] = ()  # of the typed text: asked about before it is kept

    @property
    def mark(self) -> str:
        """Return what tells this text from another, so that a yes counts for it alone."""
        return raw_mark(self.typed.get("text", ""))


def minimal(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show the short form; keep it as the draft and lead to the proposal, or begin the full release after it."""
    source = source_of(desk, signed, report_id)
    if source is None:
        flash(NO_REVIEW)
        return redirect(f"/reports/{report_id}", 303)
    if request.method == "GET":
        return _page(desk, signed, source, Form())
    deed = request.form.get("deed", "")
    if deed == "short":
        return _short(desk, signed, source)
    if source.draft is None or deed not in ("as-it-is", "full"):
        abort(400)
    made = in_full(source.draft) if deed == "full" else replace(source.draft, purpose=SAFEGUARDING)
    return _kept(desk, signed, source, made, Form())


def is_short(clean: Clean) -> bool:
    """Say whether a draft is a short form's: other words stand in the place of the whole text."""
    return any(one.start == 0 and one.end == len(clean.raw) and one.put for one in clean.edits)


def in_full(clean: Clean) -> Clean:
    """Return the draft of the full release: the raw text again where a short one stood, with all that was chosen."""
    edits = () if is_short(clean) else clean.edits
    conditions = "" if clean.conditions == CONDITIONS else clean.conditions
    handling = "" if clean.conditions == CONDITIONS else clean.handling
    return replace(clean, purpose=FULL, edits=edits, conditions=conditions, handling=handling)


def _short(desk: Desk, signed: Signed, source: Source) -> ResponseReturnValue:
    form = _typed(desk, source)
    if form.mistakes:
        return _page(desk, signed, source, form, 422)
    if source.draft is not None and not is_short(source.draft) and source.draft.edits:
        return _page(desk, signed, source, replace(form, conflict=OTHERS_WORK), 409)
    if not source.raw:
        abort(400)  # nothing arrived that could be released
    if form.marks and request.form.get("sure", "") != form.mark:
        return _page(desk, signed, source, form)
    whole = Changed(0, len(source.raw), form.typed["text"], EditReason.CLARITY)
    made = replace(
        Clean(source.raw),
        edits=(whole,),
        where=form.typed["where"],
        categories=(form.typed["category"],),
        source=classification.Source.UNTESTED,
        information=classification.Information.UNKNOWN,  # anything else would tell how near the caller was
        handling=classification.Handling.CONDITIONS,
        conditions=CONDITIONS,
        subjects=form.subjects or (),
        team=form.typed["team"],
        purpose=SAFEGUARDING,
    )
    return _kept(desk, signed, source, made, form)


def _kept(desk: Desk, signed: Signed, source: Source, made: Clean, form: Form) -> ResponseReturnValue:
    report_id, now = source.outside.report_id, desk.clock.now()
    save = request.form.get("save", "")
    if not NAME.fullmatch(save):
        abort(400)
    made = replace(made, by=signed.person_id, at=now, save=save)
    was = request.form.get("was", "")
    if source.draft is not None and source.draft.save not in (was, save):
        return _page(desk, signed, source, replace(form, conflict=MEANWHILE), 409)
    try:
        with desk.database.write() as connection:
            to = (desk.keys.desk,)
            drafts.save_draft(connection, report_id, made, audiences=to, was=was, reader=signed.person_id, now=now)
    except drafts.SavedMeanwhile:
        return _page(desk, signed, source, replace(form, conflict=MEANWHILE), 409)
    except drafts.NotTheReviewer:
        return _page(desk, signed, source, replace(form, conflict=NOT_YOURS), 409)
    flash(SHORTENED if made.purpose == SAFEGUARDING else BEGUN)
    return redirect(f"/reports/{report_id}/{'propose' if made.purpose == SAFEGUARDING else 'clean'}", 303)


def _typed(desk: Desk, source: Source) -> Form:
    typed = {name: tidy(request.form.get(name, "")) for name in ("where", "category", "team")}
    typed["text"] = request.form.get("text", "").replace("\r\n", "\n").strip().translate(TURNING)
    allowed = {team.id for team in routing(tuple(source.subjects.values()), desk.line).allowed}
    subjects = tuple(one for one in request.form.getlist("subjects") if one in source.subjects)
    mistakes = {}
    if not typed["text"] or len(typed["text"]) > LONGEST_PUT:
        mistakes["text"] = TEXT_TOO_LONG if typed["text"] else NO_TEXT
    if len(typed["where"]) > LONGEST_LINE:
        mistakes["where"] = WHERE_TOO_LONG
    if typed["category"] not in list(classification.Category):
        mistakes["category"] = NO_CATEGORY
    if typed["team"] not in allowed:
        mistakes["team"] = NO_TEAM
    marks = hints_in(typed["text"][:LONGEST_PUT], told_in(source.record), own_rules())
    return Form(typed, subjects, mistakes, marks=tuple(one for one in marks if one.kind not in NEEDED))


def _page(desk: Desk, signed: Signed, source: Source, form: Form, status: int = 200) -> ResponseReturnValue:
    report_id = source.outside.report_id
    with desk.database.write() as connection:  # the page shows what the report says
        audited(desk, signed, connection, "draft-opened", report_id)
        shown_lane = lane(desk, connection, report_id)
    way = routing(tuple(source.subjects.values()), desk.line)
    typed = dict(form.typed) if form.typed else _before(source, tuple(team.id for team in way.allowed))
    page = render_template(
        "minimal.html",
        **frame(desk, signed, "review"),
        report=source.outside,
        source=source,
        form=form,
        typed=typed,
        lane=shown_lane,
        chosen=source.subjects if form.subjects is None else form.subjects,
        routing=way,
        CATEGORIES=classification.CATEGORIES,
        is_mine=source.standing.is_open_to(signed.person_id),
        is_short=source.draft is None or is_short(source.draft) or not source.draft.edits,
        was=source.draft.save if source.draft else "",
        save=secrets.token_hex(16),
    )
    return page, status


def _before(source: Source, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return what stands in the form at first: a short draft as it was kept, or the one team there may be."""
    clean = source.clean
    text = clean.edits[0].put if is_short(clean) else ""
    team = clean.team or (allowed[0] if len(allowed) == 1 else "")
    return {"text": text, "where": clean.where, "category": next(iter(clean.categories), ""), "team": team}
