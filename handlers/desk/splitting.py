"""One report made two, where its caller told of two things: which part goes where, and nothing of it lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.akin import SPLIT, akin
from handlers.desk.beside import REMOVED, index_report
from handlers.desk.beside_words import subject_line
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.linking import make_link
from handlers.desk.noting import keep_note
from handlers.desk.pieces import Bench, Whole, part_of, whole
from handlers.desk.reading import audited
from handlers.desk.recusal import close_alike
from handlers.desk.reviewing import moved_words, refused, whole_in_hand
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from handlers.desk.unsealing import Text
from handlers.desk.words import answer_words, categories_of, question_words
from storage import on_disk, parting, reviews
from storage.contents import Written
from storage.intake import ListedReport
from storage.opening import GroupKey
from storage.parting import Part

# What helps to protect the caller, or says how urgent it is, both must have: nobody chooses it away.
ALWAYS_BOTH = frozenset({"urgent", "crowd", "leave_out", "how_known", "they_know", "questions_back"})
MAX_REASON = 500
NO_REASON = "Write why it is two reports, in a sentence"
LONG_REASON = f"Shorten the reason to {MAX_REASON} characters or fewer"
NOTHING_GOES = "Choose at least one answer that goes to the new report"
NOTHING_STAYS = "Leave at least one answer here: else it would not be two"
NOT_WHOLE = "It is on legal hold, or no longer confirmed: it cannot be taken apart now."
CHANGED = "Something was added or taken away while you chose. Your choices stand here: look at them once more."


class Goes(StrEnum):
    """Where a part of a report is to stand."""

    STAYS = "stays"
    GOES = "goes"
    BOTH = "both"


@dataclass(frozen=True)
class Piece:
    """One part of a report that is chosen as one."""

    name: str  # of its field
    heading: str
    words: tuple[str, ...]
    is_subject: bool = False
    fixed: bool = False  # always in both


class ChangedMeanwhile(Exception):
    """The report is not made of what was shown; it helps to choose again."""


def split(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask what goes to a second report; then take the two apart, all or nothing."""
    found = whole_in_hand(desk, signed, report_id)
    if isinstance(found, str):
        return refused(desk, signed, report_id, found)
    made_of = _opened(desk, signed, report_id)
    pieces = pieces_of(desk, made_of)
    if request.method == "GET":
        return _page(desk, signed, found, made_of, pieces, {}, {})
    chosen = {piece.name: _choice(piece, request.form.get(piece.name, "")) for piece in pieces}
    reason = tidy(request.form.get("reason", ""))
    typed = {**{name: goes.value for name, goes in chosen.items()}, "reason": reason}
    if request.form.get("seen", "") != made_of.seen:
        return _page(desk, signed, found, made_of, pieces, typed, {"pieces": CHANGED}, 409)
    if mistakes := _mistakes(pieces, chosen, reason):
        return _page(desk, signed, found, made_of, pieces, typed, mistakes, 422)
    try:
        with desk.database.write() as connection:
            part = _take_apart(Bench(desk, signed, connection), found, made_of.seen, chosen, reason)
    except ChangedMeanwhile:
        return split_again(desk, signed, report_id, found, typed)
    except reviews.ReviewMoved as moved:
        return _page(
            desk, signed, found, made_of, pieces, typed, {"pieces": moved_words(desk, signed, moved.found)}, 409
        )
    except parting.NotWhole:
        return _page(desk, signed, found, made_of, pieces, typed, {"pieces": NOT_WHOLE}, 409)
    on_disk.forget_on_disk(desk.database)
    flash(f"{found.case_number} is two reports now: the other is {part.case_number}. Each goes its own way to a team.")
    return redirect(f"/reports/{report_id}/review", 303)


def split_again(
    desk: Desk, signed: Signed, report_id: str, found: ListedReport, typed: Mapping[str, str]
) -> ResponseReturnValue:
    """Show the form with what was chosen, on the report as it is now."""
    made_of = _opened(desk, signed, report_id)
    return _page(desk, signed, found, made_of, pieces_of(desk, made_of), typed, {"pieces": CHANGED}, 409)


def pieces_of(desk: Desk, made_of: Whole) -> tuple[Piece, ...]:
    """Return what can be chosen, in the order of the report's page; subjects last."""
    categories = categories_of(desk.line)
    found: list[tuple[str, Piece]] = []
    for part, question in dict.fromkeys((one.part, one.question) for one in made_of.answers.values()):
        mine = [one.values for one in made_of.answers.values() if (one.part, one.question) == (part, question)]
        words = dict.fromkeys(word for values in mine for word in answer_words(question, values, categories))
        found.append((question, _piece(f"k-{part}-{question}", question, tuple(words) or ("Skipped",))))
    for item_id, said in sorted(made_of.transcripts.items(), key=lambda one: (one[1].at, one[1].place, one[0])):
        found.append((said.question, _piece(f"t-{item_id}", said.question, (said.text,))))
    for item_id, form in made_of.forms.items():
        for given in form.given:
            typed = ((given.text,) if given.text else ()) + answer_words(given.question, given.values, categories)
            found.append((given.question, _piece(f"w-{item_id}-{given.question}", given.question, typed)))
    order = {question.id: place for place, question in enumerate(desk.questionnaire.questions)}
    in_order = sorted(found, key=lambda one: (order.get(one[0], len(order)), one[0]))  # within one, as it was said
    subjects = (
        Piece(f"s-{known.item_id}", "Who or what it is about", (subject_line(known.subject),), is_subject=True)
        for known in made_of.subjects
    )
    return (*(piece for _, piece in in_order), *subjects)


def _piece(name: str, question: str, words: tuple[str, ...]) -> Piece:
    return Piece(name, question_words(question), words, fixed=question in ALWAYS_BOTH)


def _choice(piece: Piece, value: str) -> Goes:
    if piece.fixed:
        return Goes.BOTH
    return Goes(value) if value in list(Goes) else Goes.STAYS


def _mistakes(pieces: tuple[Piece, ...], chosen: Mapping[str, Goes], reason: str) -> dict[str, str]:
    mistakes = {}
    told = [chosen[piece.name] for piece in pieces if not piece.fixed and not piece.is_subject]
    if not any(goes is not Goes.STAYS for goes in told):
        mistakes["pieces"] = NOTHING_GOES
    elif not any(goes is not Goes.GOES for goes in told):
        mistakes["pieces"] = NOTHING_STAYS
    if not reason or len(reason) > MAX_REASON:
        mistakes["reason"] = LONG_REASON if reason else NO_REASON
    return mistakes


# ---- the deed, inside one transaction -------------------------------------------------------------------------------


def _take_apart(bench: Bench, found: ListedReport, seen: str, chosen: Mapping[str, Goes], reason: str) -> Part:
    here, group, connection = found.report_id, bench.signed.group(bench.desk), bench.connection
    # What was split or merged before: whoever withdraws by the reference of any of them finds this part as well, also
    # when what stands between them is gone by then.
    before = sorted(akin(connection, group, here) - {here})
    parting.lock_reports(connection, [here, *before])
    review = reviews.stay_in_hand(connection, here, bench.signed.person_id)
    parting.check_whole(connection, here)
    made_of = whole(connection, group, here)
    if made_of.seen != seen:
        raise ChangedMeanwhile
    part = parting.begin_part(connection, found, bench.signed.person_id, week=review.week)
    # Neither entry names the other report: which belong together stands in seals alone.
    bench.audited("report-split", here)
    bench.audited("report-begun-by-split", part.report_id)
    _share_texts(bench, part.report_id, made_of, chosen)
    _share_forms(bench, here, part.report_id, made_of.forms, chosen)
    _share_subjects(bench, here, part.report_id, made_of, chosen)
    for report_id in (here, part.report_id):
        index_report(connection, group, report_id)
    close_alike(bench.desk, bench.signed, connection, part.report_id, here)
    for one in (here, *parting.still_there(connection, before)):
        make_link(bench.desk, bench.signed, connection, (one, part.report_id), SPLIT, reason)
    words = f"Split: a part of it is {part.case_number} now. {reason}"
    keep_note(bench.desk, bench.signed, connection, here, words)
    keep_note(bench.desk, bench.signed, connection, part.report_id, f"Split from {found.case_number}. {reason}")
    if parting.forget_draft(connection, here):
        bench.audited("draft-forgotten", here)
    return part


def _share_texts(bench: Bench, part: str, made_of: Whole, chosen: Mapping[str, Goes]) -> None:
    begun: list[tuple[str, Text]] = [("received", one) for one in made_of.received.values()]
    told: list[tuple[str, str, Text, Goes]] = [
        *((name, "answer", one, chosen[f"k-{one.part}-{one.question}"]) for name, one in made_of.answers.items()),
        *((name, "transcript", one, chosen[f"t-{name}"]) for name, one in made_of.transcripts.items()),
    ]
    shared = [(kind, one) for _, kind, one, goes in told if goes is not Goes.STAYS]
    bench.copy_texts(part, [*begun, *shared])
    bench.destroy([name for name, _, _, goes in told if goes is Goes.GOES])


def _share_forms(bench: Bench, here: str, part: str, forms: Mapping[str, Written], chosen: Mapping[str, Goes]) -> None:
    for item_id, form in forms.items():
        goes = {one.question: chosen[f"w-{item_id}-{one.question}"] for one in form.given}
        theirs = part_of(form, (name for name, where in goes.items() if where is not Goes.STAYS))
        left = part_of(form, (name for name, where in goes.items() if where is not Goes.GOES))
        if theirs.given:
            bench.copy_texts(part, [("written", theirs)])
        if left.given != form.given:
            bench.copy_texts(here, [("written", left)] if left.given else [])
            bench.destroy([item_id])


def _share_subjects(bench: Bench, here: str, part: str, made_of: Whole, chosen: Mapping[str, Goes]) -> None:
    for known in made_of.subjects:
        goes = chosen[f"s-{known.item_id}"]
        if goes is not Goes.STAYS:
            bench.copy_subject(part, known.subject)
        if goes is Goes.GOES:
            bench.destroy([known.item_id])
            bench.audited(REMOVED, known.item_id, f"report {here}")


# ---- pages ----------------------------------------------------------------------------------------------------------


def _opened(desk: Desk, signed: Signed, report_id: str) -> Whole:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "report-opened", report_id)
    group: GroupKey = signed.group(desk)
    with desk.database.read() as connection:
        return whole(connection, group, report_id)


def _page(
    desk: Desk,
    signed: Signed,
    found: ListedReport,
    made_of: Whole,
    pieces: tuple[Piece, ...],
    typed: Mapping[str, str],
    mistakes: Mapping[str, str],
    status: int = 200,
) -> ResponseReturnValue:
    page = frame(desk, signed, "review")
    shown = {"report": found, "pieces": pieces, "seen": made_of.seen, "doubtful": made_of.doubtful}
    has_draft = "clean" in made_of.apart
    return render_template("split.html", **page, **shown, has_draft=has_draft, typed=typed, mistakes=mistakes), status
