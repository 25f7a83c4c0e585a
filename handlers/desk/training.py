"""What staff are trained for: supervisors keep it, everybody else who takes calls sees their own."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.words import language_words, month_words
from handlers.permissions import Action, may
from handlers.skills import LANGUAGE, Qualification, is_valid, language_skill
from storage import skills
from storage.clock import month_of, months_later
from storage.roles import READING_ROLES
from storage.skills import NO_END, Skill, Trained

MONTHS_OFFERED = 36
QUALIFICATION_WORDS: dict[str, str] = {
    Qualification.GENERAL: "General: takes calls",
    Qualification.SAFEGUARDING: "Safeguarding",
    Qualification.SEXUAL_OFFENCES: "Sexual offences",
    Qualification.CHILD: "Calls of children",
    Qualification.INTERPRETER: "Calls led with an interpreter",
}
MEANWHILE = "Nothing was changed: somebody else changed this meanwhile. What stands now is shown; choose again"
OWN = "Nobody changes their own training: ask another supervisor"
NOT_OFFERED = "Choose from what is offered: a language of the line, and a month that is to come"


def overview(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show everybody's training to supervisors, and their own to others."""
    sees_all = may(signed.role, Action.EDIT_TRAINING)
    with desk.database.read() as connection:
        staff = skills.trained(connection, READING_ROLES)
        ending = skills.ending(connection, desk.clock.now()) if sees_all else ()
    shown = tuple(one for one in staff if sees_all or one.person_id == signed.person_id)
    around = frame(desk, signed, "training")
    return render_template("training.html", **around, staff=shown, ending=ending, sees_all=sees_all, today=_today(desk))


def edit(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show what somebody is trained for, or keep what a supervisor changed."""
    person = _person(desk, request.values.get("person", ""))
    if person.person_id == signed.person_id:
        return _form(desk, signed, person, OWN, 409 if request.method == "POST" else 200)
    if request.method == "GET":
        return _form(desk, signed, person)
    chosen = _chosen(desk, person)
    if chosen is None:
        return _form(desk, signed, person, NOT_OFFERED, 422)
    try:
        with desk.database.write() as connection:
            skills.replace_skills(connection, person.person_id, seen=_seen(), new=chosen)
            audited(desk, signed, connection, "training-changed", person.person_id, _told(chosen))
    except skills.SkillsChanged:
        return _form(desk, signed, _person(desk, person.person_id), MEANWHILE, 409)
    flash(f"What {person.alias} is trained for is kept.")
    return redirect("/training", 303)


def _chosen(desk: Desk, person: Trained) -> frozenset[Skill] | None:
    """Return the skills that were chosen, or None where one is not offered."""
    spoken = frozenset(request.form.getlist("language"))
    held = {f"{one}": request.form.get(f"until-{one}", "") for one in Qualification}
    until = {skill.name: skill.until for skill in person.skills}
    months = frozenset(_months(desk))
    of_line = {language.code for language in desk.line.languages}
    if not spoken <= of_line | {name.removeprefix(LANGUAGE) for name in until}:
        return None
    if any(month and month not in months and month != until.get(name) for name, month in held.items()):
        return None
    qualifications = {Skill(name, month) for name, month in held.items() if month}
    return frozenset({Skill(language_skill(code)) for code in spoken} | qualifications)


def _seen() -> frozenset[Skill]:
    pairs = (pair.partition(" ") for pair in request.form.getlist("seen"))
    return frozenset(Skill(name, until) for name, _, until in pairs)


def _told(chosen: frozenset[Skill]) -> str:
    return ", ".join(f"{one.name} until {one.until}" if one.until else one.name for one in sorted(chosen)) or "nothing"


def _person(desk: Desk, person_id: str) -> Trained:
    with desk.database.read() as connection:
        staff = skills.trained(connection, READING_ROLES)
    found = next((one for one in staff if one.person_id == person_id), None)
    if found is None:
        abort(400)
    return found


def _months(desk: Desk) -> tuple[str, ...]:
    this = month_of(desk.clock.now())
    return tuple(months_later(this, number) for number in range(MONTHS_OFFERED + 1))


def _today(desk: Desk) -> datetime:
    return datetime.fromtimestamp(desk.clock.now(), ZoneInfo(desk.line.hours.zone))


def _form(desk: Desk, signed: Signed, person: Trained, mistake: str = "", status: int = 200) -> ResponseReturnValue:
    until = {skill.name: skill.until for skill in person.skills}
    typed = request.method == "POST" and mistake == NOT_OFFERED
    codes = dict.fromkeys([*(one.code for one in desk.line.languages), *_kept_languages(until)])
    page = render_template(
        "training_edit.html",
        **frame(desk, signed, "training"),
        person=person,
        languages=[(code, language_words(code)) for code in codes],
        spoken=request.form.getlist("language") if typed else _kept_languages(until),
        qualifications=list(QUALIFICATION_WORDS.items()),
        until={**until, **({f"{one}": request.form.get(f"until-{one}", "") for one in Qualification} if typed else {})},
        months=_months(desk),
        mistake=mistake,
        is_own=person.person_id == signed.person_id,
    )
    return page, status


def _kept_languages(until: dict[str, str]) -> list[str]:
    return [name.removeprefix(LANGUAGE) for name in until if name.startswith(LANGUAGE)]


def skill_words(skill: Skill) -> str:
    """Return a skill as staff say it: `Polish`, or `Safeguarding, until March 2027`."""
    if skill.name.startswith(LANGUAGE):
        return language_words(skill.name.removeprefix(LANGUAGE))
    named = QUALIFICATION_WORDS.get(skill.name, "A qualification that is not known here")
    return named if skill.until == NO_END else f"{named}, until {month_words(skill.until)}"


def has_ended(skill: Skill, today: datetime) -> bool:
    """Say whether a skill does not hold any more."""
    return not is_valid(skill, today.date())
