"""What stands around every signed-in page: the line, the person, their ways, standing alarms."""

from __future__ import annotations

from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.permissions import Action, may
from storage.jobs import standing_alarms
from storage.switches import all_switches

WAYS = (
    ("reports", "Reports", "/reports", Action.LIST_REPORTS),
    ("writing", "Being written", "/writing", Action.BEGIN_WRITING),
    ("search", "Search", "/search", Action.SEARCH),
    ("conflicts", "Conflicts", "/conflicts", Action.SEE_INTERESTS),
    ("calls", "Call log", "/calls", Action.SEE_CALL_LOG),
    ("admissions", "Admissions", "/admissions", Action.ADMIT),
    ("training", "Training", "/training", Action.SEE_TRAINING),
    ("retention", "Retention", "/retention", Action.SEE_RETENTION),
    ("switches", "Switches", "/switches", Action.SET_SWITCHES),
    ("figures", "Figures", "/figures", Action.SEE_FIGURES),
    ("signposts", "Signposts", "/signposts", Action.SEE_SIGNPOSTS),
    ("health", "Health", "/health", Action.SEE_HEALTH),
    ("audit", "Audit", "/audit", Action.SEE_AUDIT),
    ("erasures", "Erasures", "/erasures", Action.SEE_ERASURES),
    ("people", "People", "/people", Action.SEE_PEOPLE),
)


def frame(desk: Desk, signed: Signed, here: str) -> dict[str, object]:
    """Return what the layout shows for this person on the page named `here`."""
    ways = [(name, words, address) for name, words, address, action in WAYS if may(signed.role, action)]
    alarms: dict[str, str] = {}
    now = desk.clock.now()
    with desk.database.read() as connection:
        switched = all_switches(connection, now=now)  # everybody sees them: a call is answered or not
        if may(signed.role, Action.SEE_HEALTH):
            alarms = standing_alarms(connection)
    return {
        "line": desk.line,
        "signed": signed,
        "ways": ways,
        "here": here,
        "alarms": alarms,
        "switched": switched,
        "now": now,
        "may_acknowledge": may(signed.role, Action.ACKNOWLEDGE),
        "may_dismiss": may(signed.role, Action.DISMISS),
        "may_switch": may(signed.role, Action.SET_SWITCHES),
        "may_hold": may(signed.role, Action.HOLD),
        "may_give": may(signed.role, Action.GIVE_ON),
        "may_take_over": may(signed.role, Action.TAKE_OVER),
    }
