"""Two reports of one matter made one: what one holds is sealed anew under the other, and its own row is closed.

Its reference stays its own: what is said to the caller of one is never given to who holds the reference of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.akin import BY_DEED, is_withdrawn
from handlers.desk.beside import KnownLink, index_report, links_of, reader_of
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.linking import CASE_CHARACTERS, forget_links, make_link
from handlers.desk.noting import keep_note
from handlers.desk.pieces import Bench, Whole, whole
from handlers.desk.reading import audited
from handlers.desk.recusal import close_alike
from handlers.desk.reviewing import moved_words, refused, whole_in_hand
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from storage import asides, intake, on_disk, parting, people, reviews
from storage.intake import ListedReport
from storage.opening import GroupKey
from storage.parting import MERGED

MAX_REASON = 500
NO_CASE = "No report that you can read has this case number"
ITSELF = "This is the case number of this very report"
NO_REASON = "Write why it is one report, in a sentence"
LONG_REASON = f"Shorten the reason to {MAX_REASON} characters or fewer"
NOT_CONFIRMED = "{} is not confirmed yet: confirm each clip of it first"
HELD = "{} is on legal hold: what is held stays as it is. Lift the hold, or link the two instead"
DOUBTFUL = "A part of {} cannot be opened, or nobody here vouches for it: link the two instead"
APART = (
    "{} holds what stays with its own caller: a reply, a way to reach them, or what was handed on. Link the two instead"
)
WITHDRAWN = "One of the two was withdrawn by its caller: it becomes part of nothing"
CHANGED = "One of the two changed while you looked. This is how they stand now: look once more."
NOT_WHOLE = "One of the two is held, or no longer confirmed, or something of it was released: link them instead."
MOVABLE = frozenset({"link", "block", "clean"})  # made anew, united, or made of the text that is another now


class ChangedMeanwhile(Exception):
    """One of the two is not made of what was shown; it helps to look again."""


class WithdrawnMeanwhile(Exception):
    """A caller took one of the two back, perhaps while the page stood there; trying again never helps."""


@dataclass(frozen=True)
class Pair:
    """The report that stays and the one that becomes part of it, opened."""

    stays: ListedReport
    ends: ListedReport
    stays_seen: str
    made_of: Whole  # what ends
    withdrawn: bool  # one of the two, by its caller


def merge(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask which report becomes part of this one and why; then show what that means."""
    found = whole_in_hand(desk, signed, report_id)
    if isinstance(found, str):
        return refused(desk, signed, report_id, found)
    typed = {name: tidy(request.form.get(name, "")) for name in ("case", "reason")}
    if request.method == "GET":
        return _page(desk, signed, found, {"case": request.args.get("case", "")[:CASE_CHARACTERS]}, {})
    other, mistakes = _mistakes(desk, signed, found, typed)
    if mistakes or other is None:
        return _page(desk, signed, found, typed, mistakes, 422)
    pair = _opened(desk, signed, found, other)
    if mistake := _unfit(pair):
        return _page(desk, signed, found, typed, {"case": mistake}, 409)
    return _sure(desk, signed, pair, typed["reason"])


def merge_sure(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Seal the content of the other anew under this one and close the other, all or nothing."""
    found = whole_in_hand(desk, signed, report_id)
    if isinstance(found, str):
        return refused(desk, signed, report_id, found)
    typed = {name: tidy(request.form.get(name, "")) for name in ("case", "reason")}
    other, mistakes = _mistakes(desk, signed, found, typed)
    if mistakes or other is None:
        return _page(desk, signed, found, typed, mistakes, 422)
    seen = request.form.get("seen", "")
    try:
        with desk.database.write() as connection:
            _make_one(Bench(desk, signed, connection), found, other, seen, typed["reason"])
    except ChangedMeanwhile:
        return _sure(desk, signed, _opened(desk, signed, found, other), typed["reason"], CHANGED)
    except WithdrawnMeanwhile:
        return _page(desk, signed, found, typed, {"case": WITHDRAWN}, 409)
    except reviews.ReviewMoved as moved:
        return _page(desk, signed, found, typed, {"case": moved_words(desk, signed, moved.found)}, 409)
    except (parting.NotWhole, reviews.NothingToReview):
        return _page(desk, signed, found, typed, {"case": NOT_WHOLE}, 409)
    on_disk.forget_on_disk(desk.database)
    flash(f"{other.case_number} is part of {found.case_number} now.")
    return redirect(f"/reports/{report_id}/review", 303)


# ---- the deed, inside one transaction -------------------------------------------------------------------------------


def _make_one(bench: Bench, stays: ListedReport, ends: ListedReport, seen: str, reason: str) -> None:
    here, there, connection = stays.report_id, ends.report_id, bench.connection
    group = bench.signed.group(bench.desk)
    beyond = _beyond(connection, bench, there, here)
    parting.lock_reports(connection, [here, there, *(one.link.other for one in beyond)])
    reviews.stay_in_hand(connection, here, bench.signed.person_id)
    for report_id in (here, there):
        parting.check_whole(connection, report_id)
    # The one that ends takes over what callers hear of the other: that it was withdrawn would be forgotten.
    if _is_any_withdrawn(connection, group, stays, ends):
        raise WithdrawnMeanwhile
    made_of = whole(connection, group, there)
    if seen != _both_seen(whole(connection, group, here).seen, made_of) or _stays_apart(made_of):
        raise ChangedMeanwhile
    # Neither entry names the other report: which belong together stands in seals alone.
    bench.audited("report-took-in", here)
    bench.audited("report-merged", there)
    _move_texts(bench, here, ends, made_of)
    for known in made_of.subjects:
        bench.copy_subject(here, known.subject)
    close_alike(bench.desk, bench.signed, connection, here, there)
    close_alike(bench.desk, bench.signed, connection, there, here)
    _move_links(bench, here, beyond)
    forget_links(bench.desk, bench.signed, connection, there, but=())
    keep_note(bench.desk, bench.signed, connection, here, f"{ends.case_number} became part of this report. {reason}")
    parting.end_merged(connection, there, here, bench.signed.person_id)
    make_link(bench.desk, bench.signed, connection, (here, there), MERGED, reason)
    index_report(connection, group, here)


def _move_texts(bench: Bench, here: str, ends: ListedReport, made_of: Whole) -> None:
    """Seal anew what was given; what a caller keyed keeps apart from what the other did."""
    own = ends.report_id
    received = [("received", one) for one in made_of.received.values()]
    keyed = [("answer", replace(one, part=one.part or own)) for one in made_of.answers.values()]
    spoken = [("transcript", one) for one in made_of.transcripts.values()]
    typed = [("written", replace(one, part=one.part or own)) for one in made_of.forms.values()]
    bench.copy_texts(here, [*received, *keyed, *spoken, *typed])
    names = people.aliases(bench.connection)
    for note in sorted(made_of.notes.values(), key=lambda one: one.at):
        words = f"Note of {ends.case_number} by {names.get(note.by, 'a former colleague')}: {note.text}"
        keep_note(bench.desk, bench.signed, bench.connection, here, words)


def _beyond(connection: Connection, bench: Bench, there: str, here: str) -> tuple[KnownLink, ...]:
    """Return the links of what ends that lead to a third report."""
    known, _ = links_of(connection, bench.signed.group(bench.desk), there)
    return tuple(one for one in known if not one.is_forged and one.link.other != here)


def _move_links(bench: Bench, here: str, beyond: tuple[KnownLink, ...]) -> None:
    known, _ = links_of(bench.connection, bench.signed.group(bench.desk), here)
    standing = {(one.link.other, one.link.relation) for one in known if not one.is_forged}
    for one in beyond:
        alike = (one.link.other, one.link.relation)
        stays = one.link.relation in BY_DEED or asides.lock_report(bench.connection, one.link.other)
        if alike not in standing and stays:
            both = (here, one.link.other)
            make_link(bench.desk, bench.signed, bench.connection, both, one.link.relation, one.link.reason)
            standing.add(alike)


# ---- what keeps two apart -------------------------------------------------------------------------------------------


def _unfit(pair: Pair) -> str:
    case = pair.ends.case_number
    if pair.ends.state != "confirmed":
        return NOT_CONFIRMED.format(case)
    if pair.ends.held:
        return HELD.format(case)
    if pair.withdrawn:
        return WITHDRAWN
    if pair.made_of.doubtful:
        return DOUBTFUL.format(case)
    return APART.format(case) if _stays_apart(pair.made_of) else ""


def _stays_apart(made_of: Whole) -> bool:
    return bool(made_of.doubtful or made_of.apart - MOVABLE)


def _is_any_withdrawn(connection: Connection, group: GroupKey, *both: ListedReport) -> bool:
    return any(is_withdrawn(connection, group, one.report_id) for one in both)


def _both_seen(stays_seen: str, made_of: Whole) -> str:
    return f"{stays_seen}.{made_of.seen}"


def _mistakes(
    desk: Desk, signed: Signed, found: ListedReport, typed: Mapping[str, str]
) -> tuple[ListedReport | None, dict[str, str]]:
    mistakes: dict[str, str] = {}
    case = typed["case"].upper().replace(" ", "")[:CASE_CHARACTERS]
    with desk.database.read() as connection:
        other = intake.report_by_case(connection, case, reader=reader_of(signed)) if case else None
    if other is None or other.state in ("not_a_report", "writing") or not other.has_address:
        mistakes["case"] = NO_CASE
    elif other.report_id == found.report_id:
        mistakes["case"] = ITSELF
    if not typed["reason"] or len(typed["reason"]) > MAX_REASON:
        mistakes["reason"] = LONG_REASON if typed["reason"] else NO_REASON
    return other, mistakes


# ---- pages ----------------------------------------------------------------------------------------------------------


def _opened(desk: Desk, signed: Signed, stays: ListedReport, ends: ListedReport) -> Pair:
    with desk.database.write() as connection:
        for one in (stays, ends):
            audited(desk, signed, connection, "report-opened", one.report_id)
    group = signed.group(desk)
    with desk.database.read() as connection:
        seen = whole(connection, group, stays.report_id).seen
        gone = _is_any_withdrawn(connection, group, stays, ends)
        return Pair(stays, ends, seen, whole(connection, group, ends.report_id), gone)


def _page(
    desk: Desk,
    signed: Signed,
    found: ListedReport,
    typed: Mapping[str, str],
    mistakes: Mapping[str, str],
    status: int = 200,
) -> ResponseReturnValue:
    page = frame(desk, signed, "review")
    return render_template("merge.html", **page, report=found, typed=typed, mistakes=mistakes), status


def _sure(desk: Desk, signed: Signed, pair: Pair, reason: str, said: str = "") -> ResponseReturnValue:
    made_of = pair.made_of
    numbers = {
        "answer": len({one.question for one in made_of.answers.values()}),
        "transcript": len(made_of.transcripts),
        "form": len(made_of.forms),
        "subject": len(made_of.subjects),
        "note": len(made_of.notes),
    }
    shown = {"pair": pair, "reason": reason, "numbers": numbers, "said": said}
    seen = _both_seen(pair.stays_seen, made_of)
    page = render_template(
        "merge_sure.html", **frame(desk, signed, "review"), **shown, seen=seen, has_draft="clean" in made_of.apart
    )
    return page, 409 if said else 200
