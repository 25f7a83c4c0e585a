"""Which recording answers which question, when the carrier's list is all there is: a pure rule.

A recording that a callback named needs no rule. The others are matched by when they began: a question's recording
begins after its row was written and before the next question's. Whatever matches nothing is adopted as a report without
a reference, unless it began while a refused question stood: that one is deleted. A clip that its caller took back takes
one recording with it, and none when that is gone: what they say later in the call is theirs to keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

TAKEN_BACK = "taken back"  # the state of a question whose clip its caller deleted, as long as its recording exists
GONE = "gone"  # and once that was deleted
SKEW_SECONDS = 3  # the carrier's clock and ours need not agree, and both count whole seconds


@dataclass(frozen=True)
class Asked:
    """A recording that was asked for."""

    intent_id: str
    asked_at: int
    place: int
    state: str
    sid: str = ""  # of the recording a callback named


@dataclass(frozen=True)
class Found:
    """A recording in the carrier's list."""

    sid: str
    started: int | None


@dataclass(frozen=True)
class Matches:
    """What the carrier's list says about a call's questions."""

    named: dict[str, str]  # intent_id -> SID, of questions nobody had named a recording for
    adopted: tuple[str, ...]  # SIDs that answer no question
    refused: tuple[str, ...]  # SIDs that answer no question but began while a refused one stood
    empty: tuple[str, ...]  # intent_ids that have no recording


def match(asked: Sequence[Asked], found: Sequence[Found]) -> Matches:
    """Match the recordings of a finished call to its questions. Every recording and open question ends in one place."""
    in_order = sorted(asked, key=lambda intent: (intent.asked_at, intent.place))
    named = {intent.sid for intent in asked if intent.sid}
    open_questions = [
        intent for intent in in_order if not intent.sid and intent.state in ("asked", "refused", TAKEN_BACK)
    ]
    unnamed = {recording.sid: recording for recording in found if recording.sid not in named}
    recordings = sorted(unnamed.values(), key=lambda recording: (recording.started is None, recording.started or 0))
    pairs = _pairs(tuple(recordings), tuple(open_questions), _ends(in_order))
    left = [recording for recording in recordings if recording.sid not in pairs.values()]
    refused = tuple(recording.sid for recording in left if _stood_refused(recording, in_order, pairs))
    return Matches(
        named=pairs,
        adopted=tuple(recording.sid for recording in left if recording.sid not in refused),
        refused=refused,
        empty=tuple(
            intent.intent_id for intent in open_questions if intent.intent_id not in pairs and intent.state == "asked"
        ),
    )


def _ends(in_order: Sequence[Asked]) -> dict[str, int | None]:
    """Return until when each question stood: the next one's beginning."""
    ends: dict[str, int | None] = {intent.intent_id: None for intent in in_order}
    ends.update((before.intent_id, after.asked_at) for before, after in pairwise(in_order))
    return ends


def _fits(recording: Found, intent: Asked, end: int | None) -> bool:
    if recording.started is None:
        return True
    begun = recording.started >= intent.asked_at - SKEW_SECONDS
    return begun and (end is None or recording.started <= end + SKEW_SECONDS)


def _pairs(recordings: tuple[Found, ...], questions: tuple[Asked, ...], ends: dict[str, int | None]) -> dict[str, str]:
    """Pair in order, crossing nothing: as many as fit, and of those the ones that began soonest after the question."""

    @cache
    def best(first: int, question: int) -> tuple[int, int, tuple[tuple[str, str], ...]]:
        if first == len(recordings) or question == len(questions):
            return (0, 0, ())
        options = [best(first + 1, question), best(first, question + 1)]
        recording, intent = recordings[first], questions[question]
        if _fits(recording, intent, ends[intent.intent_id]):
            count, cost, chosen = best(first + 1, question + 1)
            gap = abs(recording.started - intent.asked_at) if recording.started is not None else 0
            options.append((count + 1, cost - gap, ((intent.intent_id, recording.sid), *chosen)))
        return max(options, key=lambda option: option[:2])

    return dict(best(0, 0)[2])


def _stood_refused(recording: Found, in_order: Sequence[Asked], pairs: Mapping[str, str]) -> bool:
    """Say whether the last question before the recording was refused, or has a clip that is still to be deleted."""
    if recording.started is None:
        return False
    before = [intent for intent in in_order if intent.asked_at <= recording.started]
    if not before:
        return False
    last = before[-1]
    return last.state == "refused" or (last.state == TAKEN_BACK and not last.sid and last.intent_id not in pairs)
