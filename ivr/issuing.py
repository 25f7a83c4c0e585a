"""The reference that a caller is told: of what they report themselves, or of what a handler writes down for them."""

from __future__ import annotations

from ivr.asks import StartWork, World
from ivr.memory import Memory

ISSUE = "issue"  # the name of the work that makes the mailbox of the caller's own report


def issue(memory: Memory) -> StartWork:
    """Return the work that makes the reference's mailbox. May be begun twice."""
    return StartWork(_name(memory), "issue", memory.reference_to_tell, memory.report_to_tell)


def is_issued(memory: Memory, world: World) -> str:
    """Say whether the reference can be told."""
    return "yes" if world.finding(_name(memory)) is not None else "no"


def _name(memory: Memory) -> str:
    # A call may meet two forms, when its first handler was lost: each has a mailbox of its own.
    return f"{ISSUE}_{memory.talk_report}" if memory.aside else ISSUE
