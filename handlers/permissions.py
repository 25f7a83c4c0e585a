"""Who may do what, on which reports: one table of actions and roles, and the two rules that read it."""

from __future__ import annotations

from dataclasses import dataclass
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
    OWN_ACCOUNT = "look after their own account"  # also showing again who one is
    LIST_REPORTS = "list reports"
    READ_REPORT = "read a report"
    PLAY_CLIP = "play a clip"
    CONFIRM = "confirm a transcript"
    CLAIM = "claim a report"
    GIVE_BACK = "give a report back"
    GIVE_ON = "give a report to somebody"
    ADD_NOTE = "add a note"
    ALERT = "alert a supervisor"
    ASK_FOR_WORD = "ask for a word"
    ACKNOWLEDGE = "acknowledge an urgent report"
    DISMISS = "say that it is not a report"
    HOLD = "hold a report, or lift the hold"
    BEGIN_WRITING = "write a report that came by another way, and see who writes what"
    WRITE = "go on with a form, finish or discard it"
    SAVE_WRITING = "save a form"  # checked again with its row locked, so that a refusal can give back what was typed
    TAKE_OVER = "go on with somebody else's form"
    NAME_SUBJECTS = "say who and what a report is about"
    LINK = "link two reports, or take the link away"
    SEARCH = "search"  # finds what they may read
    BUILD_INDEX = "build the index of the search anew"
    RECUSE = "say that they know somebody in a report"
    BLOCK = "close a report to a colleague, or open it again"
    SEE_INTERESTS = "see and write down whom colleagues are connected to"
    SEE_CALL_LOG = "see the call log"
    ADMIT = "admit somebody to the desk's key"
    EXPORT_CALLS = "ask for, allow or fetch the call log as a file"
    SET_SWITCHES = "set or end the switches of the line"
    SEE_TRAINING = "see their own training, or everybody's"
    EDIT_TRAINING = "change what others are trained for"
    SEE_RETENTION = "see which reports will be deleted"
    SEE_ERASURES = "see what was deleted"
    SEE_FIGURES = "see the figures"
    SEE_SIGNPOSTS = "see the signposts"
    TALK = "talk to who would like a word"
    SEE_HEALTH = "see health and alarms"
    SEE_AUDIT = "see the audit"
    SEE_PEOPLE = "see who may sign in, and who waits"
    CHANGE_PEOPLE = "invite people, give them an alias or role, let them go"
    CHECK_HEADSET = "try their headset"
    TAKE_CALLS = "take calls, and type beside them"
    LISTEN_IN = "see live calls, and listen to, whisper in or join them"
    PRACTISE = "play a practice caller to a handler"
    SEE_BOARD = "see the board"
    HAND_OVER = "write down to whom an urgent report was handed by word of mouth"
    KEEP_CONTACT = "keep contact details that were offered, or destroy them"
    OPEN_CONTACT = "open contact details"
    SANITISE = "make a clean text of a report"
    PROPOSE = "propose to release a report, or withdraw that"
    APPROVE = "release what a colleague proposed, or send it back"
    SEE_RELEASES = "see what was released of a report"
    REVIEW = "review reports on their way to a team, split and merge them"
    LIST_ANSWERS = "see what came back from teams, and what is due"
    ANSWER_CALLER = "see what teams say of a report, and choose what its caller hears"


class Scope(StrEnum):
    """On which reports a role may do it."""

    NO = "no"
    ANY = "any"
    OWN = "their own"  # claimed or written by them


NO, ANY, OWN = Scope

# Deny by default: what stands not here, nobody may. An administrator and an auditor have no action that opens a report;
# nor do they hold the desk's key.
TABLE: dict[Action, tuple[Scope, Scope, Scope, Scope]] = {
    # action              handler  supervisor  administrator  auditor
    Action.SIGN_IN:      (ANY,     ANY,        ANY,           ANY),
    Action.STAY:         (ANY,     ANY,        ANY,           ANY),
    Action.OWN_ACCOUNT:  (ANY,     ANY,        ANY,           ANY),
    Action.LIST_REPORTS: (ANY,     ANY,        NO,            NO),
    Action.READ_REPORT:  (OWN,     ANY,        NO,            NO),
    Action.PLAY_CLIP:    (OWN,     ANY,        NO,            NO),
    Action.CONFIRM:      (OWN,     ANY,        NO,            NO),
    Action.CLAIM:        (ANY,     ANY,        NO,            NO),
    Action.GIVE_BACK:    (OWN,     OWN,        NO,            NO),
    Action.GIVE_ON:      (NO,      ANY,        NO,            NO),
    Action.ADD_NOTE:     (OWN,     ANY,        NO,            NO),
    Action.ALERT:        (OWN,     ANY,        NO,            NO),
    Action.ASK_FOR_WORD: (OWN,     ANY,        NO,            NO),
    Action.ACKNOWLEDGE:  (NO,      ANY,        NO,            NO),
    Action.DISMISS:      (NO,      ANY,        NO,            NO),
    Action.HOLD:         (NO,      ANY,        NO,            NO),
    Action.BEGIN_WRITING: (ANY,    ANY,        NO,            NO),
    Action.WRITE:        (OWN,     OWN,        NO,            NO),
    Action.SAVE_WRITING: (ANY,     ANY,        NO,            NO),
    Action.TAKE_OVER:    (NO,      ANY,        NO,            NO),
    Action.NAME_SUBJECTS: (OWN,    ANY,        NO,            NO),
    Action.LINK:         (OWN,     ANY,        NO,            NO),
    Action.SEARCH:       (ANY,     ANY,        NO,            NO),
    Action.BUILD_INDEX:  (NO,      ANY,        NO,            NO),
    Action.RECUSE:       (OWN,     ANY,        NO,            NO),
    Action.BLOCK:        (NO,      ANY,        NO,            NO),
    Action.SEE_INTERESTS: (NO,     ANY,        NO,            NO),
    Action.SEE_CALL_LOG: (NO,      ANY,        NO,            NO),
    Action.ADMIT:        (NO,      ANY,        NO,            NO),
    Action.EXPORT_CALLS: (NO,      ANY,        NO,            NO),
    Action.SET_SWITCHES: (NO,      ANY,        NO,            NO),
    Action.SEE_TRAINING: (ANY,     ANY,        NO,            NO),
    Action.EDIT_TRAINING: (NO,     ANY,        NO,            NO),
    Action.SEE_RETENTION: (NO,     ANY,        NO,            NO),
    Action.SEE_ERASURES: (NO,      NO,         NO,            ANY),
    Action.SEE_FIGURES:  (NO,      ANY,        NO,            NO),
    Action.SEE_SIGNPOSTS: (ANY,    ANY,        NO,            NO),
    Action.TALK:         (NO,      ANY,        NO,            NO),
    Action.SEE_HEALTH:   (NO,      ANY,        ANY,           NO),
    Action.SEE_AUDIT:    (NO,      NO,         NO,            ANY),
    Action.SEE_PEOPLE:   (NO,      ANY,        ANY,           NO),
    Action.CHANGE_PEOPLE: (NO,     NO,         ANY,           NO),
    Action.CHECK_HEADSET: (ANY,    ANY,        NO,            NO),
    Action.TAKE_CALLS:   (ANY,     ANY,        NO,            NO),
    Action.LISTEN_IN:    (NO,      ANY,        NO,            NO),
    Action.PRACTISE:     (NO,      ANY,        NO,            NO),
    Action.SEE_BOARD:    (ANY,     ANY,        NO,            NO),
    Action.HAND_OVER:    (OWN,     ANY,        NO,            NO),
    Action.KEEP_CONTACT: (OWN,     ANY,        NO,            NO),
    Action.OPEN_CONTACT: (NO,      ANY,        NO,            NO),
    Action.SANITISE:     (NO,      ANY,        NO,            NO),
    Action.PROPOSE:      (NO,      ANY,        NO,            NO),
    Action.APPROVE:      (NO,      ANY,        NO,            NO),
    Action.SEE_RELEASES: (NO,      ANY,        NO,            NO),
    Action.REVIEW:       (NO,      ANY,        NO,            NO),
    Action.LIST_ANSWERS: (ANY,     ANY,        NO,            NO),
    Action.ANSWER_CALLER: (OWN,    ANY,        NO,            NO),
}  # fmt: skip
# What nobody does to a report that somebody else is still typing.
NOT_WHILE_WRITTEN = frozenset({Action.ADD_NOTE, Action.ALERT, Action.NAME_SUBJECTS, Action.LINK})
STRANGER: frozenset[Action] = frozenset({Action.SIGN_IN})


@dataclass(frozen=True)
class Standing:
    """How somebody stands to one report."""

    is_own: bool  # claimed or written by them
    is_blocked: bool = False  # closed to them, or not there: the two are answered alike
    is_being_written: bool = False  # nobody adds to what somebody else is still typing


def scope(role: Role, action: Action) -> Scope:
    """Return on which reports a role may do this."""
    return TABLE[action][list(Role).index(role)] if action in TABLE else NO


def may(role: Role | None, action: Action) -> bool:
    """Tell whether a role may ever do this; no role is a stranger."""
    return action in STRANGER if role is None else scope(role, action) is not NO


def needs_key(action: Action) -> bool:
    """Tell whether only those may do this who were admitted to the desk's key: whatever readers alone may do.

    A role is given by one administrator, so it must not be enough to destroy a report, or to see that there is one.
    """
    _, _, *others = TABLE[action]
    return all(one is NO for one in others)


def may_on(role: Role, action: Action, standing: Standing) -> bool:
    """Tell whether somebody of this role may do this on the report they stand to like this."""
    if standing.is_blocked:  # wins over every scope
        return False
    if standing.is_being_written and not standing.is_own and action in NOT_WHILE_WRITTEN:
        return False
    match scope(role, action):
        case Scope.ANY:
            return True
        case Scope.OWN:
            return standing.is_own
        case _:
            return False
