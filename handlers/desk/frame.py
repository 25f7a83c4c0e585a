"""What stands around every signed-in page: the line, the person, their ways, standing alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.permissions import Action, Role, may
from storage.jobs import standing_alarms
from storage.reviews import waiting_for
from storage.switches import all_switches

if TYPE_CHECKING:
    from handlers.desk.ground import Desk
    from handlers.desk.sessions import Signed

WAYS = (
    ("reports", "Reports", "/reports", Action.LIST_REPORTS),
    ("review", "Review", "/review", Action.REVIEW),
    ("live", "Live calls", "/live", Action.TAKE_CALLS),
    ("writing", "Being written", "/writing", Action.BEGIN_WRITING),
    ("answers", "Answers", "/answers", Action.LIST_ANSWERS),
    ("search", "Search", "/search", Action.SEARCH),
    ("signposts", "Signposts", "/signposts", Action.SEE_SIGNPOSTS),
    ("board", "Board", "/board", Action.SEE_BOARD),
    ("audit", "Audit", "/audit", Action.SEE_AUDIT),
    ("erasures", "Erasures", "/erasures", Action.SEE_ERASURES),
)
# What is looked after now and then: behind one word where there is other work, so that a shift's own ways stay few.
LOOKED_AFTER = (
    ("calls", "Call log", "/calls", Action.SEE_CALL_LOG),
    ("figures", "Figures", "/figures", Action.SEE_FIGURES),
    ("health", "Health", "/health", Action.SEE_HEALTH),
    ("switches", "Switches", "/switches", Action.SET_SWITCHES),
    ("training", "Training", "/training", Action.SEE_TRAINING),
    ("practice", "Practice", "/practice", Action.PRACTISE),
    ("admissions", "Admissions", "/admissions", Action.ADMIT),
    ("people", "People", "/people", Action.SEE_PEOPLE),
    ("conflicts", "Conflicts", "/conflicts", Action.SEE_INTERESTS),
    ("retention", "Retention", "/retention", Action.SEE_RETENTION),
)
MOST_WAYS = 6
Way = tuple[str, str, str]


def ways_of(role: Role) -> tuple[list[Way], list[Way]]:
    """Return the main ways of a role, and those behind "Running the line": none where all together are few."""
    main, looked_after = (
        [(name, words, address) for name, words, address, action in ways if may(role, action)]
        for ways in (WAYS, LOOKED_AFTER)
    )
    few = len(main) + len(looked_after) <= MOST_WAYS
    return (main + looked_after, []) if few else (main, looked_after)


def frame(desk: Desk, signed: Signed, here: str) -> dict[str, object]:
    """Return what the layout shows for this person on the page named `here`."""
    ways, more = ways_of(signed.role)
    alarms: dict[str, str] = {}
    waits: dict[str, int] = {}  # how much waits for them on one of their ways
    now = desk.clock.now()
    with desk.database.read() as connection:
        switched = all_switches(connection, now=now)  # everybody sees them: a call is answered or not
        if may(signed.role, Action.SEE_HEALTH):
            alarms = standing_alarms(connection)
        if may(signed.role, Action.REVIEW):
            waits["review"] = waiting_for(connection, signed.person_id)
    return {
        "line": desk.line,
        "signed": signed,
        "ways": ways,
        "more": more,
        "here": here,
        "alarms": alarms,
        "waits": waits,
        "switched": switched,
        "now": now,
        "may_listen_in": may(signed.role, Action.LISTEN_IN),
        "may_change": may(signed.role, Action.CHANGE_PEOPLE),
        "may_admit": may(signed.role, Action.ADMIT),
        "may_acknowledge": may(signed.role, Action.ACKNOWLEDGE),
        "may_see_releases": may(signed.role, Action.SEE_RELEASES),
        "may_dismiss": may(signed.role, Action.DISMISS),
        "may_switch": may(signed.role, Action.SET_SWITCHES),
        "may_hold": may(signed.role, Action.HOLD),
        "may_see_way": may(signed.role, Action.REVIEW),
        "may_give": may(signed.role, Action.GIVE_ON),
        "may_answer": may(signed.role, Action.ANSWER_CALLER),
        "may_take_over": may(signed.role, Action.TAKE_OVER),
    }
