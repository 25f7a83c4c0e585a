"""Every epoch of a team's key that the line's file pins: what was released under an earlier one is still read."""

from __future__ import annotations

from handlers.releasing.teams import audience_of
from prompts.line import Line
from prompts.teams import Team
from storage.keys import Audience
from storage.opening import GroupKey


def epochs_of(team: Team) -> tuple[Audience, ...]:
    """Return every epoch of a team's key that is pinned, the newest first: what was sealed before opens with those."""
    newest = audience_of(team)
    earlier = (
        Audience(newest.name, team.epoch - 1 - place, bytes.fromhex(key)) for place, key in enumerate(team.earlier_keys)
    )
    return (newest, *earlier)


def team_of(line: Line, team_id: str) -> Team | None:
    """Return a team of the line's file; None where the file does not name it, or not yet."""
    return next((team for team in line.teams if team.id == team_id), None)


def key_lines(key: GroupKey, earlier: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of the line's file that pin a team's key, with those of its epochs before."""
    lines = (f'group_key = "{key.public_key.hex()}"', f"epoch = {key.epoch}")
    named = ", ".join(f'"{one}"' for one in earlier)
    return (*lines, f"earlier_keys = [{named}]") if earlier else lines
