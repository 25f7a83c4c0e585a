"""What stands around every signed-in page: the team, the person, their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.assessment.permissions import Action, may
from handlers.team_keys import team_of

if TYPE_CHECKING:
    from handlers.assessment.ground import Assessment
    from handlers.assessment.sessions import Signed

WAYS = (
    ("releases", "Releases", "/releases", Action.SEE_RELEASES),
    ("people", "People", "/people", Action.SEE_PEOPLE),
    ("admissions", "Admissions", "/admissions", Action.ADMIT),
    ("tokens", "Tokens", "/tokens", Action.GIVE_TOKENS),
    ("audit", "Audit", "/audit", Action.SEE_AUDIT),
)


def frame(ground: Assessment, signed: Signed, here: str) -> dict[str, object]:
    """Return what the layout shows for this person on the page named `here`."""
    team = team_of(ground.line, signed.team)
    return {
        "line": ground.line,
        "signed": signed,
        "team": team,
        "ways": [(name, words, address) for name, words, address, action in WAYS if may(signed.role, action)],
        "here": here,
        "now": ground.clock.now(),
        "may_change": may(signed.role, Action.CHANGE_PEOPLE),
        "may_admit": may(signed.role, Action.ADMIT),
    }
