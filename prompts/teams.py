"""The specialist teams that may be given a release: out of the line's own file, with the keys that only they open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from prompts.mistakes import Mistake
from prompts.parts import Part, Text


class Team(Part):
    """One team of one force: how it and its people are spoken of, and what is sealed to it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")  # stands in releases and wraps: never change or reuse it
    name: Text
    force: Text
    units: tuple[Text, ...] = ()  # every name and abbreviation under which a report may speak of it
    people: tuple[Text, ...] = ()  # who belongs to it, or leads it: a report that names one never goes there
    answers_to: tuple[Text, ...] = ()  # ranks of its force that it answers to: it cannot look into their holders
    alternative: str = ""  # the id of the team that is proposed where this one may not be
    age: str = Field(pattern=r"^age1[02-9ac-hj-np-z]{58}$")  # opens packages, on a machine of the team's own
    group_key: str = Field(pattern=r"^[0-9a-f]{64}$")  # X25519: opens what is released to their application
    epoch: int = Field(default=1, ge=1, le=9999)  # of the group key
    # Told that something was released to it, never what; without one nobody is told
    email: str = Field(default="", pattern=r"^([^@\s,]+@[^@\s,]+)?$", max_length=200)
    # Of the epochs before, the newest first: what was released under one is still read, and nothing is sealed to it
    earlier_keys: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()


def mistakes_in_teams(teams: Sequence[Team]) -> Iterator[Mistake]:
    """Yield what only shows when teams are seen together: above all a key that would open a wall between two."""
    ids = [team.id for team in teams]
    for place, team in enumerate(teams):
        where = f"teams.{place}"
        before = teams[:place]
        if team.id in ids[:place]:
            yield Mistake(f"{where}.id", f"{team.id} stands there twice", "give each team an id of its own")
        if team.alternative and (team.alternative == team.id or team.alternative not in ids):
            yield Mistake(f"{where}.alternative", "it is no other team of this file", "write the id of another one")
        if len(team.earlier_keys) >= team.epoch:
            yield Mistake(f"{where}.earlier_keys", "there are more than epochs before this one", "mend the epoch")
        if team.group_key in team.earlier_keys or len(set(team.earlier_keys)) != len(team.earlier_keys):
            yield Mistake(
                f"{where}.earlier_keys", "a key stands twice", "write what `hotline assessment renew` printed"
            )
        if any(team.age == other.age or _keys(team) & _keys(other) for other in before):
            yield Mistake(where, "it shares a key with another team", "each team makes its own: ask both again")


def _keys(team: Team) -> set[str]:
    return {team.group_key, *team.earlier_keys}
