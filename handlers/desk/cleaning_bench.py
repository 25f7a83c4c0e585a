"""One report on the bench: its raw text, its draft, and all that helps to judge both, opened for one page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import abort

from handlers.desk.beside import report_with_content, subjects_of, tell_unreadable
from handlers.desk.cleaning_form import Choices, Remarks, choices_of, work_of
from handlers.desk.cleaning_words import PLACES, UNREADABLE
from handlers.desk.ground import Desk
from handlers.desk.reading import opened_record
from handlers.desk.record import Answered, Record
from handlers.desk.sessions import Signed
from handlers.releasing.classification import Suggestion, suggested_information
from handlers.releasing.drafting import ADDITION, Said, TakenIn, clean_text, missing, raw_text, taken_in
from handlers.releasing.teams import Routing, routing
from handlers.sanitising.deeds import Work
from handlers.sanitising.edits import EditMistake
from handlers.sanitising.hints import Told, hints_in
from handlers.sanitising.jigsaw import Jigsaw, jigsaw
from handlers.sanitising.marks import MOST_LETTERS, Mark, State, marks_of, next_waiting, of_caller
from handlers.sanitising.reasons import EditReason
from handlers.sanitising.rules import Crowd, own_rules
from handlers.sanitising.side_by_side import Listed, Row, listed, rows_of
from storage import drafts
from storage.contents import Clean, Subject
from storage.intake import ListedReport
from storage.jobs import raise_alarm
from storage.keys import Damaged

ADDED = "Added later"
AROUND = 70  # letters before and behind a place, so that it can be judged where it stands


@dataclass(frozen=True)
class Source:
    """What a draft is made from, opened: the report as it is now, and the draft as it was saved last."""

    outside: ListedReport
    record: Record
    standing: drafts.Standing
    raw: str  # as the report says it now
    draft: Clean | None
    subjects: Mapping[str, Subject]  # confirmed, by their items' ids

    @property
    def clean(self) -> Clean:
        """Return the draft, or a new one that starts from the raw text."""
        return self.draft or Clean(self.raw)

    @property
    def is_newer(self) -> bool:
        """Say whether the report says something else than when the draft was begun."""
        return self.draft is not None and says_else(self.record, self.draft)


@dataclass(frozen=True)
class Target:
    """The place that is decided now, with what stands around it."""

    start: int
    end: int
    before: str
    words: str
    after: str
    reason: EditReason
    mark: Mark | None = None
    put: str = ""
    add: str = ""


@dataclass(frozen=True)
class News:
    """What came in since a draft was begun."""

    added: tuple[str, ...]  # lines
    gone: tuple[str, ...]
    taken_in: TakenIn


@dataclass(frozen=True)
class Bench:
    """Everything that the page shows."""

    source: Source
    work: Work
    choices: Choices
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    edits: tuple[Listed, ...]
    text: str  # as it would leave
    meter: Jigsaw
    told: Told
    crowd_words: str
    suggestion: Suggestion
    routing: Routing
    lacks: tuple[tuple[str, str], ...]  # the id of the place, and the words
    news: News | None
    target: Target | None
    remarks: Remarks

    @property
    def walked(self) -> tuple[Mark, ...]:
        """Return the marks that are walked."""
        return of_caller(self.marks)

    @property
    def looked_at(self) -> int:
        """Return at how many of them somebody decided something."""
        return sum(one.state is not State.WAITS for one in self.walked)

    @property
    def is_long(self) -> bool:
        """Say whether the text is longer than what is looked through for marks."""
        return len(self.work.raw) > MOST_LETTERS

    @property
    def raw_mark(self) -> str:
        """Return what tells this raw text from another."""
        return raw_mark(self.work.raw)


def raw_mark(raw: str) -> str:
    """Return what tells one raw text from another, on a page that shows it anyway."""
    return hashlib.sha256(raw.encode()).hexdigest()[:32]


def source_of(desk: Desk, signed: Signed, report_id: str) -> Source | None:
    """Open a report and its draft, or return None when it is on no way to a team; the caller audits it."""
    outside = report_with_content(desk, report_id)
    with desk.database.read() as connection:
        standing = drafts.standing(connection, report_id)
    if standing is None:
        return None
    group = signed.group(desk)
    record = opened_record(desk, signed, report_id)
    try:
        with desk.database.read() as connection:
            draft = drafts.last_draft(connection, report_id, group)
            known, unreadable = subjects_of(connection, group, [report_id])
            standing = drafts.standing(connection, report_id) or standing
    except Damaged:
        with desk.database.write() as connection:
            raise_alarm(connection, "storage", UNREADABLE, now=desk.clock.now())
        abort(422)
    tell_unreadable(desk, unreadable)
    subjects = {one.item_id: one.subject for one in known.get(report_id, ()) if not one.is_forged}
    return Source(outside, record, standing, raw_text(said_in(record)), draft, subjects)


def bench_of(
    desk: Desk,
    source: Source,
    *,
    number: int = 0,
    after: int | None = None,
    choices: Choices | None = None,
    remarks: Remarks | None = None,
    target: Target | None = None,
) -> Bench:
    """Put a report on the bench, with one mark to decide: `number`, or else the first that waits `after` another.

    `choices` are those that somebody typed.
    """
    clean, rules = source.clean, own_rules()
    work, told = work_of(clean), told_in(source.record)
    marks = marks_in(desk, source)
    if after is not None and (waiting := next_waiting(marks, after)) is not None:
        number = waiting.number
    confirmed = tuple(source.subjects.values())
    text = _text(clean)
    return Bench(
        source,
        work,
        choices or choices_of(clean),
        rows_of(work, marks),
        marks,
        listed(work),
        text,
        jigsaw(hints_in(text[:MOST_LETTERS], told, rules), told.crowd, rules),
        told,
        _words(source.record, "crowd"),
        suggested_information(_value(source.record, "how_known"), told.crowd or ""),
        routing(confirmed, desk.line),
        tuple((PLACES[lack], lack.value) for lack in missing(clean, source.subjects, desk.line)),
        news_of(source),
        target or _target_of(work, marks, number),
        remarks or Remarks(),
    )


def marks_in(desk: Desk, source: Source) -> tuple[Mark, ...]:
    """Return the marks of a draft's raw text."""
    told, received = told_in(source.record), received_on(desk, source.record)
    return marks_of(work_of(source.clean), told, own_rules(), received)


def target_at(work: Work, marks: tuple[Mark, ...], start: int, end: int, **more: str) -> Target:
    """Return a place of the raw text with what stands around it."""
    mark = next((one for one in marks if (one.hint.start, one.hint.end) == (start, end)), None)
    return Target(
        start,
        end,
        *around(work.raw, start, end),
        mark.reason if mark else EditReason.RARE,
        mark,
        **more,
    )


def around(raw: str, start: int, end: int) -> tuple[str, str, str]:
    """Return what stands before a place, its words, and what stands behind: whole words, with dots where more is."""
    before, after = raw[max(0, start - AROUND) : start], raw[end : end + AROUND]
    if start > AROUND:
        before = f"… {before.partition(' ')[2] or before}"
    if end + AROUND < len(raw):
        after = f"{after.rpartition(' ')[0] or after} …"
    return before, raw[start:end], after


def said_in(record: Record) -> tuple[Said, ...]:
    """Return what a report says, as the raw text is made from it."""
    return tuple(Said(one.question, _heading(one), _said(one)) for one in record.answered)


def says_else(record: Record, draft: Clean) -> bool:
    """Say whether a report says something else by now than what a draft was made from.

    What does not open any more is missing from it, and is no reason to make the draft anew; what is new is one, so that
    whoever harms one item hides nothing that the caller added.
    """
    now = raw_text(said_in(record))
    if record.unreadable:
        return not set(now.split("\n")) <= set(draft.raw.split("\n"))
    return now != draft.raw


def told_in(record: Record) -> Told:
    """Return what the caller told that never leaves, and helps to see what must not."""
    crowd = _value(record, "crowd")
    return Told(Crowd(crowd) if crowd in set(Crowd) else None, _words(record, "leave_out"))


def received_on(desk: Desk, record: Record) -> date | None:
    """Return the day of receipt at the line's place, by which "yesterday" is reckoned."""
    if record.received is None:
        return None
    return datetime.fromtimestamp(record.received.at, ZoneInfo(desk.line.hours.zone)).date()


def news_of(source: Source) -> News | None:
    """Return what came in since the draft was begun, or None when nothing did."""
    if not source.is_newer:
        return None
    before, after = source.clean.raw.split("\n"), source.raw.split("\n")
    added = tuple(line for line in after if line and line not in set(before))
    gone = tuple(line for line in before if line and line not in set(after))
    return News(added, gone, taken_in(source.clean, source.raw))


def _target_of(work: Work, marks: tuple[Mark, ...], number: int) -> Target | None:
    chosen = next((one for one in marks if one.number == number), None) or next_waiting(marks)
    return None if chosen is None else replace(target_at(work, marks, chosen.hint.start, chosen.hint.end), mark=chosen)


def _heading(one: Answered) -> str:
    return ADDED if one.question.startswith(ADDITION) else one.heading


def _said(one: Answered) -> tuple[str, ...]:
    clips = (clip.transcript.text if clip.transcript else clip.draft for clip in one.clips)
    return (", ".join(one.keyed), *clips, *(typed.text for typed in one.typed))


def _value(record: Record, question: str) -> str:
    return next((one.values[0] for one in record.answered if one.question == question and one.values), "")


def _words(record: Record, question: str) -> str:
    return " ".join(word for one in record.answered if one.question == question for word in _said(one) if word)


def _text(clean: Clean) -> str:
    try:
        return clean_text(clean)
    except EditMistake:
        return ""
