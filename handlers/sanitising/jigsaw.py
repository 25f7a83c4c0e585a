"""How easily what remains could be put together to one person: a score of 0 to 100 that says where it comes from.

It stops nothing and releases nothing. It is counted on what would leave, with what the caller said of the crowd.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from handlers.sanitising.hints import Hint
from handlers.sanitising.rules import Crowd, Kind, Rules

HIGHEST = 100
LOOK_AGAIN, DANGER = 25, 50  # from these scores on


class Level(StrEnum):
    """What a score calls for."""

    LOW = "low"
    LOOK_AGAIN = "look again"
    DANGER = "could point to one person"


@dataclass(frozen=True)
class Reason:
    """What adds to a score: its points, and the sentence that says so."""

    points: int
    words: str
    kind: Kind | None = None  # None: how many could know
    count: int = 0


@dataclass(frozen=True)
class Jigsaw:
    """A score with its reasons, the weightiest first. Their points add up to it, or to more than 100."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def level(self) -> Level:
        """Return what the score calls for."""
        if self.score >= DANGER:
            return Level.DANGER
        return Level.LOOK_AGAIN if self.score >= LOOK_AGAIN else Level.LOW


def jigsaw(remaining: Iterable[Hint], crowd: Crowd | None, rules: Rules) -> Jigsaw:
    """Return the score of a text by the hints that remain in it. One hint less never makes it higher."""
    counts = Counter(hint.kind for hint in remaining if hint.is_of_caller)
    reasons = [_of_kind(kind, count, rules) for kind, count in counts.items()]
    answered = rules.crowd[crowd or Crowd.UNSURE]
    # Where nothing is left that is exact or rare, few people do not make it a danger by themselves.
    if counts and answered.points:
        reasons.append(Reason(answered.points, answered.words))
    elif answered.points:
        reasons.append(Reason(answered.points // 2, f"{answered.words} Nothing else that is marked remains."))
    ordered = tuple(sorted(reasons, key=lambda reason: (-reason.points, reason.words)))
    return Jigsaw(min(HIGHEST, sum(reason.points for reason in ordered)), ordered)


def _of_kind(kind: Kind, count: int, rules: Rules) -> Reason:
    rule = rules.kinds[kind]
    points = min(rule.most, rule.points * count)
    times = "once" if count == 1 else f"{count} times"
    return Reason(points, f"{rule.title}, {times}. {rule.why}", kind, count)
