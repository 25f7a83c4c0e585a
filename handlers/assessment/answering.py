"""What a team says on a page: an outcome, which a later one corrects, and a question, which a handler rewrites."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from wtforms import Field, HiddenField, StringField, TextAreaField

from handlers.assessment import saying
from handlers.assessment.answer_words import DISPOSITIONS
from handlers.assessment.api.shapes import (
    LONGEST_QUESTION,
    LONGEST_REFERENCE,
    LONGEST_WORDS,
    NewOutcome,
    NewQuestion,
)
from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from handlers.assessment.speaking import handed_or_404, means_of, speaker_of
from handlers.assessment.unsealing import Told, told
from handlers.web.fields import tell
from storage import contents, team_answers
from storage.handed import SENT, Handed
from storage.people import aliases

NOTHING_CHOSEN = "Choose what your team does with it"
BAD_DAY = "Enter a day that there is, such as 31 3 2027, or leave all three empty"
NOTHING_ASKED = "Write what your team would like to know"
UNSEEN_LETTER = "There is a letter in it that cannot be seen: type that place anew"
MEANWHILE = "A colleague recorded an outcome meanwhile: it stands below. Send yours only if it still corrects it"
SENT_BEFORE = "This page was sent before, with other words; those are kept. Send it again only if it corrects them"
TOO_MUCH = "So much was said of this release that nothing more is kept: ring the line"
TOO_LONG = "Shorten it to {} letters"
Shape = TypeVar("Shape", bound=BaseModel)


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    """What the team decided."""

    disposition = StringField("What does your team do with it?")
    reference = StringField("Your own reference (if you have one)")
    day = StringField("Day")
    month = StringField("Month")
    year = StringField("Year")
    words = TextAreaField("For the line (if there is something to say)")
    once = HiddenField()
    seen = HiddenField()


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """What the team would like to know."""

    text = TextAreaField("Your question")
    once = HiddenField()


def outcome(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Ask what the team decided, then keep it."""
    handed, form = _received(ground, signed, release_id), OutcomeForm()
    last = _last_outcome(ground, signed, release_id)
    if request.method == "GET":
        _begin(form, last)
        return _outcome_form(ground, signed, handed, form, last)
    given = _read(form, NewOutcome, _outcome_of(form), _OUTCOME_WORDS)
    if given is None:
        return _outcome_form(ground, signed, handed, form, last, 422)
    kept = contents.Outcome(given.disposition.value, given.reference, given.due or "", given.words)
    means, speaker, seen = means_of(ground), speaker_of(ground, signed), _number(form.seen.data)

    def send() -> None:
        saying.give_outcome(means, speaker, release_id, kept, sent_as=str(form.once.data), seen=seen)

    if why := _sent(send):
        _begin(form, last)
        tell(form.disposition, why)
        return _outcome_form(ground, signed, handed, form, last, 409)
    flash("The outcome is recorded, and the line can read it.")
    return redirect(f"/releases/{release_id}", 303)


def question(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Ask what the team would like to know, then keep it."""
    handed, form = _received(ground, signed, release_id), QuestionForm()
    if request.method == "GET":
        form.once.data = secrets.token_hex(16)
        return _question_form(ground, signed, handed, form)
    given = _read(form, NewQuestion, {"text": _typed(form.text)}, _QUESTION_WORDS)
    if given is None:
        return _question_form(ground, signed, handed, form, 422)
    means, speaker, sent_as = means_of(ground), speaker_of(ground, signed), str(form.once.data)
    if why := _sent(lambda: saying.ask_question(means, speaker, release_id, given.text, sent_as=sent_as)):
        form.once.data = secrets.token_hex(16)
        tell(form.text, why)
        return _question_form(ground, signed, handed, form, 409)
    flash("The question is with the line. A handler rewrites it before a caller may hear it.")
    return redirect(f"/releases/{release_id}", 303)


# ---- reading what was typed ---------------------------------------------------------------------------------------

_Words = dict[tuple[str, str], tuple[str, str]]
# By field and kind of mistake of the shape: beside which field of the form it is told, and how.
_OUTCOME_WORDS: _Words = {
    ("disposition", ""): ("disposition", NOTHING_CHOSEN),
    ("due", ""): ("day", BAD_DAY),
    ("reference", "string_too_long"): ("reference", TOO_LONG.format(LONGEST_REFERENCE)),
    ("reference", ""): ("reference", UNSEEN_LETTER),
    ("words", "string_too_long"): ("words", TOO_LONG.format(LONGEST_WORDS)),
    ("words", ""): ("words", UNSEEN_LETTER),
}
_QUESTION_WORDS: _Words = {
    ("text", "string_too_long"): ("text", TOO_LONG.format(LONGEST_QUESTION)),
    ("text", "string_too_short"): ("text", NOTHING_ASKED),
    ("text", ""): ("text", UNSEEN_LETTER),
}


def _read(form: FlaskForm, shape: type[Shape], typed: dict[str, Any], words: _Words) -> Shape | None:
    """Read what was typed by the shape that the API has too; tell each mistake beside its field."""
    form.validate()
    try:
        return shape.model_validate(typed, strict=False)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            name = str(one["loc"][0])
            field, why = words.get((name, one["type"])) or words[name, ""]
            tell(form[field], why)
        return None


def _outcome_of(form: OutcomeForm) -> dict[str, Any]:
    day = [str(field.data or "").strip() for field in (form.year, form.month, form.day)]
    due = "-".join(part.zfill(2) for part in day) if any(day) else None
    return {
        "disposition": form.disposition.data or "",
        "reference": _typed(form.reference),
        "due": due,
        "words": _typed(form.words),
    }


def _typed(field: Field) -> str:
    return str(field.data or "").replace("\r\n", "\n").strip()  # browsers send lines with both


def _number(text: object) -> int:
    return int(str(text)) if str(text or "").isdecimal() and len(str(text)) < 6 else 0


# ---- keeping it ---------------------------------------------------------------------------------------------------


def _sent(send: Callable[[], object]) -> str:
    """Send it; return why it was not kept, or nothing."""
    try:
        send()
    except team_answers.SaidMeanwhile:
        return MEANWHILE
    except team_answers.OtherWordsBefore:
        return SENT_BEFORE
    except team_answers.TooMuchSaid:
        return TOO_MUCH
    return ""


def _received(ground: Assessment, signed: Signed, release_id: str) -> Handed:
    """Return a release that the team has opened: nobody answers what nobody has read."""
    handed = handed_or_404(ground, signed, release_id)
    if handed.state == SENT:
        abort(redirect(f"/releases/{release_id}", 303))
    return handed


def _last_outcome(ground: Assessment, signed: Signed, release_id: str) -> Told | None:
    with ground.handed.read() as connection:
        said = told(connection, release_id, signed.team, signed.group(ground))
    return next((one for one in reversed(said) if one.is_outcome), None)


def _begin(form: OutcomeForm, last: Told | None) -> None:
    """Name what the form was looked at with, and what it is sent as: sent twice, it counts once."""
    form.once.data, form.seen.data = secrets.token_hex(16), str(last.said.place if last else 0)


def _outcome_form(
    ground: Assessment, signed: Signed, handed: Handed, form: OutcomeForm, last: Told | None, status: int = 200
) -> ResponseReturnValue:
    with ground.database.read() as connection:
        names = aliases(connection, signed.house)
    page = frame(ground, signed, "releases")
    told_words = {"dispositions": DISPOSITIONS, "last": last, "names": names}
    return render_template("outcome.html", **page, **told_words, handed=handed, form=form), status


def _question_form(
    ground: Assessment, signed: Signed, handed: Handed, form: QuestionForm, status: int = 200
) -> ResponseReturnValue:
    return render_template("question.html", **frame(ground, signed, "releases"), handed=handed, form=form), status
