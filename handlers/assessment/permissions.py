"""Who may do what in a team: one table of actions and roles. There is no action that reaches another team."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in their team."""

    LEAD = "lead"
    ASSESSOR = "assessor"


class Action(StrEnum):
    """What a page or button does."""

    SIGN_IN = "sign in"  # also signing out, the cleared page and the look of the pages: open to strangers
    STAY = "stay signed in"
    OWN_ACCOUNT = "look after their own account"  # also showing again who one is
    SEE_RELEASES = "list and open what was released to the team"
    ANSWER = "record an outcome, or ask a question"
    FETCH_PACKAGE = "fetch a release as a package for the team's own machine"
    ADMIT = "admit somebody to the team's key"
    SEE_PEOPLE = "see who belongs to the team"
    CHANGE_PEOPLE = "invite people, give them an alias or role, let them go"
    RENEW_KEY = "make a new key for the team"
    SEE_AUDIT = "see what the team's people did"
    GIVE_TOKENS = "let the team's own system answer"


# Deny by default: what stands not here, nobody may.
TABLE: dict[Action, frozenset[Role]] = {
    Action.SIGN_IN: frozenset(Role),
    Action.STAY: frozenset(Role),
    Action.OWN_ACCOUNT: frozenset(Role),
    Action.SEE_RELEASES: frozenset(Role),
    Action.ANSWER: frozenset(Role),
    Action.FETCH_PACKAGE: frozenset(Role),
    Action.ADMIT: frozenset(Role),
    Action.SEE_PEOPLE: frozenset(Role),
    Action.CHANGE_PEOPLE: frozenset({Role.LEAD}),
    Action.RENEW_KEY: frozenset({Role.LEAD}),
    Action.SEE_AUDIT: frozenset({Role.LEAD}),
    Action.GIVE_TOKENS: frozenset({Role.LEAD}),
}
STRANGER: frozenset[Action] = frozenset({Action.SIGN_IN})
# Everything else needs the team's key: whoever writes the database can give a role or a team, but no key.
WITHOUT_KEY: frozenset[Action] = frozenset({Action.SIGN_IN, Action.STAY, Action.OWN_ACCOUNT})


def may(role: Role | None, action: Action) -> bool:
    """Tell whether a role may ever do this; no role is a stranger."""
    return action in STRANGER if role is None else role in TABLE.get(action, frozenset())


def needs_key(action: Action) -> bool:
    """Tell whether only those may do this who were admitted to their team's key."""
    return action not in WITHOUT_KEY
