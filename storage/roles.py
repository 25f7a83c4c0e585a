"""What people may be in each application: who reads, who admits others, and who looks after people."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("handler", "supervisor", "administrator", "auditor")
READING_ROLES = ("handler", "supervisor")
TEAM_ROLES = ("lead", "assessor")


@dataclass(frozen=True)
class House:
    """Which people belong together: the desk's, or one team's in the assessment application."""

    roles: tuple[str, ...]
    reading: tuple[str, ...]  # they wait until others admit them
    admitting: tuple[str, ...]
    looking_after: str  # who invites, changes roles and lets go
    team: str = ""  # "" is the desk
    one_may_admit: bool = False  # while they are the only one who could


DESK = House(ROLES, READING_ROLES, ("supervisor",), "administrator")


def team_house(team: str) -> House:
    """Return the people of one team: all read, all admit, and while there is one alone, that one admits the second."""
    return House(TEAM_ROLES, TEAM_ROLES, TEAM_ROLES, "lead", team, one_may_admit=True)
