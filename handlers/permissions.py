"""Who may do what: one table of roles and actions, and the rule that reads it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is."""

    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What a page or button does."""

    SIGN_IN = "sign in"  # also signing out, the cleared page and the look of the pages: open to strangers
    STAY = "stay signed in"
    LIST_REPORTS = "list reports"
    READ_REPORT = "read a report"
    PLAY_CLIP = "play a clip"
    CONFIRM = "confirm a transcript"
    ACKNOWLEDGE = "acknowledge an urgent report"
    DISMISS = "say that it is not a report"
    HOLD = "hold a report, or lift the hold"
    SEE_CALL_LOG = "see the call log"
    SEE_HEALTH = "see health and alarms"
    SEE_AUDIT = "see the audit"


_EVERYONE = frozenset({Action.SIGN_IN, Action.STAY})
_DESK = _EVERYONE | {Action.LIST_REPORTS, Action.READ_REPORT, Action.PLAY_CLIP, Action.CONFIRM}

# An administrator and an auditor have no action that opens a report; nor do they hold the desk's key.
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.HANDLER: _DESK,
    Role.SUPERVISOR: _DESK | {Action.ACKNOWLEDGE, Action.DISMISS, Action.HOLD, Action.SEE_CALL_LOG, Action.SEE_HEALTH},
    Role.ADMINISTRATOR: _EVERYONE | {Action.SEE_HEALTH},
    Role.AUDITOR: _EVERYONE | {Action.SEE_AUDIT},
}
STRANGER: frozenset[Action] = frozenset({Action.SIGN_IN})


def may(role: Role | None, action: Action) -> bool:
    """Tell whether a role may do this; no role is a stranger."""
    return action in (STRANGER if role is None else ALLOWED[role])
