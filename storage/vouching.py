"""Marks under a group's key: that a member's key was compared for a role, and that a first person approved of it.

Whoever can write into the database holds no group key, and so can make neither mark, nor move one to another person,
key, epoch or time. A member could: the two people are kept apart by the desk and by the audit, not by these marks.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import combinations

from storage.keys import bound, derived
from storage.opening import GroupKey

GROUPS = 8  # of a person's fingerprint
_PAIRS = tuple(combinations(range(GROUPS), 2))


@dataclass(frozen=True)
class Approval:
    """What one of two people said: that this person's key is theirs."""

    approval_id: str
    approver: str
    member: str
    public_key: bytes
    role: str
    approved_at: int  # seconds since the epoch


def vouched(group: GroupKey, member: str, public_key: bytes, role: str) -> bytes:
    """Return the mark that stands beside a membership."""
    return _mark(group, "vouched", member, public_key, role)


def is_vouched(mark: bytes, group: GroupKey, member: str, public_key: bytes, role: str) -> bool:
    """Tell whether this member was admitted with this public key and in this role in this epoch."""
    return hmac.compare_digest(mark, vouched(group, member, public_key, role))


def approved(group: GroupKey, approval: Approval) -> bytes:
    """Return the mark of a first approval."""
    named = (approval.approval_id, approval.approver, approval.member)
    return _mark(group, "approved", *named, approval.public_key, approval.role, str(approval.approved_at))


def is_approved(mark: bytes, group: GroupKey, approval: Approval) -> bool:
    """Tell whether this approval was given by a member of the group in this epoch, for exactly this key."""
    return hmac.compare_digest(mark, approved(group, approval))


def asked_places(group: GroupKey, approver: str, member: str, public_key: bytes) -> tuple[int, int]:
    """Return which two groups of a fingerprint are asked of one approver, counted from nought.

    Nobody can choose or foresee them without the group's key; loading the page again asks the same, and so shows no
    group that was hidden before.
    """
    chosen = int.from_bytes(_mark(group, "asked", approver, member, public_key)[:8], "big")
    return _PAIRS[chosen % len(_PAIRS)]


def _mark(group: GroupKey, purpose: str, *fields: str | bytes) -> bytes:
    key = derived(group.private, "admissions")
    return hmac.digest(key, bound(purpose, group.name, str(group.epoch), *fields), "sha256")
