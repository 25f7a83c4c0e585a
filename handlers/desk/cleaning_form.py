"""What the page for sanitising sends: one deed on the text, and the choices about the release, read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from handlers.desk.tidying import TURNING
from handlers.releasing.classification import Category, Flag, Ground, Handling, Information, Source
from handlers.releasing.drafting import edits_of
from handlers.sanitising.blurring import KeptExact
from handlers.sanitising.deeds import (
    Work,
    with_addition,
    with_blur,
    with_cut,
    with_kept,
    with_replacement,
    without,
    without_last,
)
from handlers.sanitising.edits import LONGEST_PUT
from handlers.sanitising.reasons import EditReason, KeepReason
from storage.contents import Changed, Clean, Kept
from storage.drafts import NONE_YET

LONGEST_LINE, LONGEST_CONDITIONS = 300, 2_000
LONGEST_WAS = 4_000  # a hundred versions that a page may not know the fate of: a long time without network
PLACE = re.compile(r"(\d{1,8})-(\d{1,8})")
NAME = re.compile(r"[0-9a-f]{32}")


class NotOfThisPage(Exception):
    """A field holds what no page of ours sends; trying again never helps."""


class Deed(StrEnum):
    """What one button does."""

    SAVE = "save"  # the choices alone
    PROPOSE = "propose"  # saved first, then shown as it would leave
    CUT = "cut"
    REPLACE = "replace"
    BLUR = "blur"
    ADD = "add"
    KEEP = "keep"
    REMOVE = "remove"
    UNDO = "undo"
    TAKE_IN = "take-in"
    FIND = "find"  # changes nothing: shows the place
    CHOOSE = "choose"  # one of several places that were found


@dataclass(frozen=True)
class Version:
    """Which saved versions a page may replace, what its save is called, and which raw text its places count."""

    was: str  # names with spaces between, `NONE_YET` among them where nothing was saved
    save: str
    raw: str  # the raw text's mark


@dataclass(frozen=True)
class Asked:
    """One deed with all it needs."""

    deed: Deed
    start: int = 0
    end: int = 0
    number: int = 0  # of the mark it was made at; 0 for a place that somebody chose
    put: str = ""
    add: str = ""
    reason: str = ""
    keep: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Choices:
    """What is chosen about a release beside its text; fields as those of a draft."""

    categories: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    source: str = ""
    information: str = ""
    handling: str = ""
    conditions: str = ""
    subjects: tuple[str, ...] = ()
    when: str = ""
    where: str = ""
    team: str = ""


@dataclass(frozen=True)
class Posted:
    """Everything that a page sent."""

    version: Version
    asked: Asked
    choices: Choices


@dataclass(frozen=True)
class Remarks:
    """What is said about a form beside what stands in it."""

    mistakes: Mapping[str, str] = field(default_factory=dict)  # by the id of the field
    theirs: Choices | None = None  # another version that was saved meanwhile


def read_posted(form: MultiDict[str, str]) -> Posted:
    """Read a form; raises `NotOfThisPage`."""
    return Posted(_version(form), _asked(form), _choices(form))


def mistakes_in(choices: Choices, allowed: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with the typed choices, by field. What is only missing yet is no mistake."""
    found = {
        name: f"Shorten it to {LONGEST_LINE} letters or fewer"
        for name in ("when", "where")
        if len(getattr(choices, name)) > LONGEST_LINE
    }
    if len(choices.conditions) > LONGEST_CONDITIONS:
        found["conditions"] = f"Shorten the conditions to {LONGEST_CONDITIONS:,} letters or fewer"
    if choices.team and choices.team not in allowed:
        found["team"] = "This team may not be given the report any more: choose another"
    return found


def choices_of(clean: Clean) -> Choices:
    """Return what is chosen in a draft."""
    return Choices(**{name: getattr(clean, name) for name in Choices.__dataclass_fields__})


def with_choices(clean: Clean, choices: Choices) -> Clean:
    """Return a draft with these choices."""
    return replace(clean, **vars(choices))


def work_of(clean: Clean) -> Work:
    """Return a draft's text with what was decided about it; raises `ValueError` for a reason that is none."""
    kept = tuple(KeptExact(one.start, one.end, KeepReason(one.reason)) for one in clean.kept)
    return Work(clean.raw, edits_of(clean), kept)


def with_work(clean: Clean, work: Work) -> Clean:
    """Return a draft with what was decided about its text."""
    edits = tuple(Changed(one.start, one.end, one.put, one.reason.value) for one in work.edits)
    kept = tuple(Kept(one.start, one.end, one.reason.value) for one in work.kept)
    return replace(clean, raw=work.raw, edits=edits, kept=kept)


def done(work: Work, asked: Asked) -> Work:
    """Return the work after a deed; raises an `EditMistake` or `NothingChosen`."""
    match asked.deed:
        case Deed.CUT:
            return with_cut(work, asked.start, asked.end, EditReason(asked.reason))
        case Deed.REPLACE:
            return with_replacement(work, asked.start, asked.end, asked.put, EditReason(asked.reason))
        case Deed.BLUR:
            return with_blur(work, asked.start, asked.end, asked.put, EditReason(asked.reason))
        case Deed.ADD:
            return with_addition(work, asked.end, asked.add)
        case Deed.KEEP:
            return with_kept(work, asked.start, asked.end, KeepReason(asked.keep))
        case Deed.REMOVE:
            return without(work, asked.start, asked.end)
        case Deed.UNDO:
            return without_last(work)
        case _:
            return work


def needs(asked: Asked) -> dict[str, str]:
    """Return what a deed lacks, by field."""
    is_of_place = asked.deed in (Deed.CUT, Deed.REPLACE, Deed.BLUR, Deed.KEEP)
    if is_of_place and asked.start >= asked.end:
        return {"first": "Choose a mark, or find the words first"}
    if asked.deed is Deed.REPLACE and not asked.put:
        return {"put": "Write what is put in its place, or cut it"}
    if asked.deed is Deed.ADD and not asked.add:
        return {"add": "Write the words to add"}
    if asked.deed is Deed.KEEP and not asked.keep:
        return {"keep": "Choose why it stays as it is"}
    if max(len(asked.put), len(asked.add)) > LONGEST_PUT:
        return {"add" if asked.deed is Deed.ADD else "put": f"Shorten it to {LONGEST_PUT:,} letters or fewer"}
    if asked.deed is Deed.FIND and not asked.first:
        return {"first": "Write the words that the place begins with"}
    return {}


# ---- machinery ----------------------------------------------------------------------------------------------------


def _version(form: MultiDict[str, str]) -> Version:
    was, save, raw = form.get("was", ""), form.get("save", ""), form.get("raw", "")
    are_names = all(NAME.fullmatch(one) or one == NONE_YET for one in was.split())
    if not NAME.fullmatch(save) or not are_names or len(was) > LONGEST_WAS:
        raise NotOfThisPage
    return Version(" ".join(was.split()), save, raw)


def _asked(form: MultiDict[str, str]) -> Asked:
    words = {name: _typed(form.get(name, "")) for name in ("put", "add", "first", "last")}
    start, end, number = (_number(form.get(name, "0")) for name in ("start", "end", "number"))
    reason, keep = form.get("reason", ""), form.get("keep", "")
    deed = _deed(form)
    if deed in (Deed.REMOVE, Deed.CHOOSE):
        start, end = _place(form.get("remove" if deed is Deed.REMOVE else "at", ""))
    if deed is Deed.BLUR:
        words["put"] = _typed(form.get("blur", ""))
    if form.get("deed") == "enter" and words["put"] and start < end:
        deed = Deed.REPLACE  # the key Enter, without a script: whoever typed other words means them
    if (reason and reason not in set(EditReason)) or (keep and keep not in set(KeepReason)):
        raise NotOfThisPage
    return Asked(deed, start, end, number, reason=reason or EditReason.RARE, keep=keep, **words)


def _deed(form: MultiDict[str, str]) -> Deed:
    for field_name, deed in (("remove", Deed.REMOVE), ("blur", Deed.BLUR), ("at", Deed.CHOOSE)):
        if field_name in form:
            return deed
    named = form.get("deed", "save")
    if named == "enter":
        return Deed.SAVE
    if named not in set(Deed):
        raise NotOfThisPage
    return Deed(named)


def _place(text: str) -> tuple[int, int]:
    found = PLACE.fullmatch(text)
    if found is None:
        raise NotOfThisPage
    return int(found[1]), int(found[2])


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,8}", text):
        raise NotOfThisPage
    return int(text)


def _typed(text: str) -> str:
    return text.translate(TURNING).replace("\r\n", "\n").replace("\r", "\n").strip()


def _choices(form: MultiDict[str, str]) -> Choices:
    team = form.get("team", "")
    if not re.fullmatch(r"([a-z][a-z0-9-]{0,29})?", team):
        raise NotOfThisPage
    return Choices(
        categories=_known(form.getlist("categories"), Category),
        flags=_known(form.getlist("flags"), Flag),
        grounds=_known(form.getlist("grounds"), Ground),
        source=_one(form, "source", Source),
        information=_one(form, "information", Information),
        handling=_one(form, "handling", Handling),
        conditions=_typed(form.get("conditions", "")),
        subjects=_known(form.getlist("subjects"), None),
        when=_line(form, "when"),
        where=_line(form, "where"),
        team=team,
    )


def _one(form: MultiDict[str, str], name: str, codes: type[StrEnum]) -> str:
    return next(iter(_known([form.get(name, "")], codes)), "")


def _line(form: MultiDict[str, str], name: str) -> str:
    return " ".join(_typed(form.get(name, "")).split())


def _known(values: Sequence[str], codes: type[StrEnum] | None) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(value for value in values if value))
    if any(not NAME.fullmatch(one) if codes is None else one not in set(codes) for one in given):
        raise NotOfThisPage
    return given
