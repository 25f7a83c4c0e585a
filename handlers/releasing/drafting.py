"""Makes of a report a raw text to sanitise, and of a draft the exact release, or the list of what is still missing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from pydantic import ValidationError

from handlers.releasing.classification import Category, Flag, Ground, Handling, Information, Source
from handlers.releasing.content import (
    LONGEST_TEXT,
    MOST_SUBJECTS,
    UNSEEN,
    About,
    Grade,
    Purpose,
    Release,
    in_order,
    recipient_of,
    written,
)
from handlers.releasing.teams import routing
from handlers.sanitising.edits import Edit, EditMistake, applied
from handlers.sanitising.reasons import EditReason
from prompts.line import Line
from prompts.teams import Team
from storage.contents import Changed, Clean, Kept, Subject
from storage.statuses import ANSWERS

# How the caller knows becomes a letter; who could know and what to leave out help to sanitise; the last two are for us.
NOT_TOLD = frozenset({"how_known", "crowd", "leave_out", "they_know", "questions_back"})
MANY_LINES = 2000  # from there on, lines that stand everywhere are not compared: it would take minutes
ADDITION = ("add_", ANSWERS)  # of the questions that a caller is asked who comes back


class Lack(StrEnum):
    """What a draft still needs before it can be proposed, in the words that the page says it with."""

    TEXT = "Nothing is left of the text"
    LONG = f"The text is longer than {LONGEST_TEXT:,} letters: cut what the team does not need"
    LETTERS = "The text holds a letter that cannot be seen: replace that place with words typed anew"
    EDITS = "An edit does not fit the text: remove it, and make it again"
    CATEGORY = "Choose at least one category"
    GROUNDS = "Choose the grounds of the discrimination"
    NO_FLAG = "Grounds are chosen: choose the flag “Discrimination” too, or take them away"
    SOURCE = "Choose a grade for the source"
    INFORMATION = "Choose a grade for the information"
    HANDLING = "Choose who may be told"
    CONDITIONS = "Write the conditions of sharing"
    NO_CONDITIONS = "Conditions are written: choose “Sharing under conditions”, or take them away"
    SUBJECT_GONE = "A subject that was to leave was corrected or removed: choose again which leave"
    SUBJECTS = f"More than {MOST_SUBJECTS} subjects leave: choose fewer"
    TEAM = "Choose the team"
    TEAM_REFUSED = "The team that is chosen may not be given this report: choose another"
    FORM = "Something that was typed cannot leave as it is: a line is too long, or holds a letter that cannot be seen"


class Unready(Exception):
    """A draft lacks what a release needs; it helps to add what `missing` names."""

    def __init__(self, missing: Sequence[str]) -> None:
        """Keep what is missing, in words that hold nothing of the report."""
        super().__init__(f"{len(missing)} things are missing")
        self.missing = tuple(missing)


@dataclass(frozen=True)
class Said:
    """What was said, keyed or typed to one question, in the order of the report's page."""

    question: str  # its id
    heading: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class TakenIn:
    """A draft on a report's newer text, and the edits whose place changed: each must be looked at and made again."""

    clean: Clean
    lost: tuple[Changed, ...]
    lost_kept: tuple[Kept, ...] = ()


# ---- the raw text ---------------------------------------------------------------------------------------------------


def raw_text(said: Iterable[Said]) -> str:
    """Return a report's text as it is sanitised, the same each time; what was added later comes last.

    Letters that nobody sees are not in it: with them, a number passes every rule, and two texts look the same.
    """
    told = [one for one in said if one.question not in NOT_TOLD]
    in_turn = sorted(told, key=lambda one: one.question.startswith(ADDITION))
    parts = (_part(one.heading, words) for one in in_turn for words in ("\n".join(filter(None, one.words)),) if words)
    return written("\n\n".join(parts))


def _part(heading: str, words: str) -> str:
    return f"{_seen(heading)}\n{_seen(words)}"


def _seen(text: str) -> str:
    kept = (" " if letter == "\t" else letter for letter in written(text))
    return "".join(one for one in kept if one == "\n" or unicodedata.category(one) not in UNSEEN)


def taken_in(clean: Clean, raw: str) -> TakenIn:
    """Return a draft on the report's newer text: an edit goes with its lines, and is lost where those changed."""
    if clean.raw == raw:
        return TakenIn(clean, ())
    runs = _same_runs(clean.raw, raw)
    edits = [(one, _moved(one.start, one.end, runs)) for one in clean.edits]
    kept = [(one, _moved(one.start, one.end, runs)) for one in clean.kept]
    return TakenIn(
        replace(
            clean,
            raw=raw,
            edits=tuple(replace(one, start=one.start + by, end=one.end + by) for one, by in edits if by is not None),
            kept=tuple(replace(one, start=one.start + by, end=one.end + by) for one, by in kept if by is not None),
        ),
        tuple(one for one, by in edits if by is None),
        tuple(one for one, by in kept if by is None),
    )


Run = tuple[int, int, int]  # where it starts in the old text, where it ends, and how far it moved


def _same_runs(old: str, new: str) -> tuple[Run, ...]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    # The last line has no end of line: it is still the same when something follows it.
    before[-1:], after[-1:] = _ended(before[-1:]), _ended(after[-1:])
    from_here, to_here = _places(before), _places(after)
    matched = SequenceMatcher(None, before, after, autojunk=len(before) > MANY_LINES).get_matching_blocks()
    return tuple(
        # An end of line that one of the texts has only here is in no run: an edit that takes it away is lost, and told.
        (from_here[one.a], min(from_here[one.a + one.size], len(old), len(new) - by), by)
        for one in matched
        if one.size
        for by in (to_here[one.b] - from_here[one.a],)
    )


def _ended(line: list[str]) -> list[str]:
    return [one if one.endswith("\n") else f"{one}\n" for one in line]


def _places(lines: Sequence[str]) -> list[int]:
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line))
    return places


def _moved(start: int, end: int, runs: Iterable[Run]) -> int | None:
    return next((by for first, last, by in runs if first <= start and end <= last), None)


# ---- the release ----------------------------------------------------------------------------------------------------


def edits_of(clean: Clean) -> tuple[Edit, ...]:
    """Return a draft's edits as the rules know them; raises `ValueError` for a reason that is none."""
    return tuple(Edit(one.start, one.end, one.put, EditReason(one.reason)) for one in clean.edits)


def clean_text(clean: Clean) -> str:
    """Return the text that would leave; raises an `EditMistake`."""
    return written(applied(clean.raw, edits_of(clean)))


def leaving(clean: Clean, confirmed: Mapping[str, Subject]) -> tuple[Subject, ...]:
    """Return the subjects that leave, out of a report's confirmed ones by their items' ids."""
    return tuple(confirmed[one] for one in clean.subjects if one in confirmed)


def missing(clean: Clean, confirmed: Mapping[str, Subject], line: Line) -> tuple[Lack, ...]:
    """Return everything that keeps a draft from being proposed, in the order of the page; empty when it is ready.

    `confirmed` are all of the report's confirmed subjects: where it may go is asked about them, also those that stay.
    """
    found = [*_lacks_of_text(clean), *_lacks_of_choices(clean), *_lacks_of_way(clean, confirmed, line)]
    if not found:
        team = next(team for team in line.teams if team.id == clean.team)
        try:
            _built(
                clean, release_id="0" * 32, subjects=leaving(clean, confirmed), line=line, team=team, month="2000-01"
            )
        except ValidationError:
            found.append(Lack.FORM)
    return tuple(found)


def release_of(
    clean: Clean, *, release_id: str, subjects: Sequence[Subject], line: Line, team: Team, month: str
) -> Release:
    """Return the release that a draft makes; the same draft, team and month make the same bytes. Raises `Unready`.

    `subjects` are those that leave (`leaving`); `month` is that of the release: 2026-11.
    """
    found = (*_lacks_of_text(clean), *_lacks_of_choices(clean))
    if found:
        raise Unready(found)
    try:
        return _built(clean, release_id=release_id, subjects=subjects, line=line, team=team, month=month)
    except ValidationError:
        raise Unready((Lack.FORM,)) from None


def _built(
    clean: Clean, *, release_id: str, subjects: Sequence[Subject], line: Line, team: Team, month: str
) -> Release:
    grade = Grade(
        source=Source(clean.source),
        information=Information(clean.information),
        handling=Handling(clean.handling),
        conditions=written(clean.conditions),
    )
    return Release(
        release=release_id,
        line=line.name,
        to=recipient_of(team),
        purpose=Purpose(clean.purpose),
        month=month,
        categories=in_order([Category(one) for one in clean.categories]),
        flags=in_order([Flag(one) for one in clean.flags]),
        grounds=in_order([Ground(one) for one in clean.grounds]),
        grade=grade,
        subjects=tuple(About.of(one) for one in subjects),
        when=written(clean.when),
        where=written(clean.where),
        text=clean_text(clean),
    )


def _lacks_of_text(clean: Clean) -> Iterable[Lack]:
    try:
        text = clean_text(clean)
    except (EditMistake, ValueError):
        yield Lack.EDITS
        return
    if not text:
        yield Lack.TEXT
    if len(text) > LONGEST_TEXT:
        yield Lack.LONG
    if any(unicodedata.category(letter) in UNSEEN for letter in text if letter != "\n"):
        yield Lack.LETTERS


def _lacks_of_choices(clean: Clean) -> Iterable[Lack]:
    if not clean.categories:
        yield Lack.CATEGORY
    is_flagged = Flag.DISCRIMINATION in clean.flags
    if is_flagged and not clean.grounds:
        yield Lack.GROUNDS
    if clean.grounds and not is_flagged:
        yield Lack.NO_FLAG
    if not clean.source:
        yield Lack.SOURCE
    if not clean.information:
        yield Lack.INFORMATION
    if not clean.handling:
        yield Lack.HANDLING
    has_conditions = bool(written(clean.conditions))
    if clean.handling == Handling.CONDITIONS and not has_conditions:
        yield Lack.CONDITIONS
    if clean.handling == Handling.PERMITTED and has_conditions:
        yield Lack.NO_CONDITIONS


def _lacks_of_way(clean: Clean, confirmed: Mapping[str, Subject], line: Line) -> Iterable[Lack]:
    if any(one not in confirmed for one in clean.subjects):
        yield Lack.SUBJECT_GONE
    if len(clean.subjects) > MOST_SUBJECTS:
        yield Lack.SUBJECTS
    if not clean.team:
        yield Lack.TEAM
    elif not routing(tuple(confirmed.values()), line).allows(clean.team):
        yield Lack.TEAM_REFUSED
