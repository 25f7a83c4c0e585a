"""Which teams a report may go to: never to the unit or the person that it names, nor to who answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.tokens import folded, is_named, name_words, unit_words
from prompts.line import Line
from prompts.mistakes import Mistake
from prompts.teams import Team
from storage.age_files import is_recipient
from storage.contents import Subject
from storage.keys import Audience

NAMES_UNIT = "The report is about this unit, or about somebody in it."
NAMES_PERSON = "The report names somebody who belongs to this team or leads it."
ANSWERS_TO = "The report names somebody whom this team answers to."


@dataclass(frozen=True)
class Refused:
    """A team that the report may not go to, and why."""

    team: Team
    why: str


@dataclass(frozen=True)
class Routing:
    """Where a report may go. A person chooses among `allowed`, and nobody can choose another."""

    allowed: tuple[Team, ...]
    refused: tuple[Refused, ...]
    proposed: Team | None
    why: str

    def allows(self, team_id: str) -> bool:
        """Say whether a report may go to a team."""
        return any(team.id == team_id for team in self.allowed)


def routing(subjects: Sequence[Subject], line: Line) -> Routing:
    """Return which of the line's teams may be given a report about these subjects. Errs towards refusing.

    To be asked again when a release is signed, on the subjects as they stand then: a subject may be added meanwhile.
    """
    refused = tuple(Refused(team, why) for team in line.teams if (why := _why_not(subjects, team, line)))
    closed = {one.team.id for one in refused}
    allowed = tuple(team for team in line.teams if team.id not in closed)
    proposed, why = _proposed(subjects, allowed, line)
    return Routing(allowed, refused, proposed, why)


def audience_of(team: Team) -> Audience:
    """Return whom to seal to, so that this team alone reads a release in its application."""
    return Audience(f"team:{team.id}", team.epoch, bytes.fromhex(team.group_key))


def mistakes_in_keys(line: Line) -> list[Mistake]:
    """Return which teams have a public key of age with a mistyped letter: what is sealed to it, nobody opens."""
    return [
        Mistake(f"teams.{place}.age", "it is no public key of age: a letter is wrong", "ask the team for it again")
        for place, team in enumerate(line.teams)
        if not is_recipient(team.age)
    ]


# ---- why not ------------------------------------------------------------------------------------------------------


def _why_not(subjects: Sequence[Subject], team: Team, line: Line) -> str:
    ours = [subject for subject in subjects if _may_be_of(subject, team.force, line)]
    if any(_is_of_unit(subject, team) for subject in ours):
        return NAMES_UNIT
    if any(_is_of_team(subject, team) for subject in subjects):  # people move between forces: compared in all of them
        return NAMES_PERSON
    return ANSWERS_TO if any(_is_above(subject, team) for subject in ours) else ""


def _may_be_of(subject: Subject, force: str, line: Line) -> bool:
    # "the Met" is none of the names that we know, and may still be this force: what is not known is every force.
    known = [*line.forces, *(team.force for team in line.teams)]
    is_known = not subject.force or any(_is_one_force(subject.force, one) for one in known)
    return _is_of(subject, force, line) if is_known else True


def _is_of(subject: Subject, force: str, line: Line) -> bool:
    # No force means the line's own; where it has several, any of them may be meant.
    named = [subject.force] if subject.force else list(line.forces)
    return any(_is_one_force(one, force) for one in named)


def _is_one_force(one: str, other: str) -> bool:
    mine, theirs = set(unit_words(one)), set(unit_words(other))
    return mine <= theirs or theirs <= mine


def _is_of_unit(subject: Subject, team: Team) -> bool:
    named = (subject.unit, subject.team, subject.name if subject.what == "unit" else "")
    own = [_telling(name, team.force) for name in (team.name, *team.units)]
    spoken = [_telling(name, team.force) for name in named]
    return any(mine and theirs and (mine <= theirs or theirs <= mine) for mine in own for theirs in spoken)


def _telling(name: str, force: str) -> set[str]:
    """Return the words of a unit's name that are not its force's: every unit of a force shares those."""
    return set(unit_words(name)) - set(folded(force).split()) if name else set()


def _is_of_team(subject: Subject, team: Team) -> bool:
    if subject.what != "officer" or not subject.name:
        return False
    said = name_words(subject.name)
    return any(is_named(said, name_words(one)) or is_named(name_words(one), said) for one in team.people)


def _is_above(subject: Subject, team: Team) -> bool:
    rank = f" {folded(subject.rank)} "
    return subject.what == "officer" and any(f" {folded(one)} " in rank for one in team.answers_to)


# ---- which one ----------------------------------------------------------------------------------------------------


def _proposed(subjects: Sequence[Subject], allowed: Sequence[Team], line: Line) -> tuple[Team | None, str]:
    natural = [team for team in line.teams if any(_is_of(subject, team.force, line) for subject in subjects)]
    if not subjects:
        natural = [team for team in line.teams if any(_is_one_force(force, team.force) for force in line.forces)]
    if not natural:
        return None, "No team is of the force that the report names."
    if natural[0] in allowed:
        return natural[0], f"It is the team of {natural[0].force}."
    others = {team.id: team for team in allowed}
    for refused in (team for team in natural if team not in allowed):
        if refused.alternative in others:
            return others[refused.alternative], f"It stands in for {refused.name}, which the report may not go to."
    return None, "The team that it would go to is refused, and no alternative is left: a supervisor must decide."
