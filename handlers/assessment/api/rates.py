"""How often a token may ask: a bucket that fills again by itself, so that nobody is ever locked out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

MOST_BUCKETS = 1000
STRANGERS = ""  # all who show no valid token share one bucket, and take nothing from those who do


@dataclass(frozen=True)
class Rate:
    """So many at once, and then one in so many seconds."""

    at_once: int
    seconds_each: int


TOKENS = Rate(at_once=60, seconds_each=2)
STRANGER = Rate(at_once=60, seconds_each=1)


@dataclass
class Rates:
    """The buckets of one process."""

    tokens: Rate = TOKENS
    strangers: Rate = STRANGER
    _full_at: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, who: str, now: int) -> int:
        """Take one for a token's id, or for a stranger; return 0, or how many seconds to wait when there is none."""
        rate = self.tokens if who else self.strangers
        with self._lock:
            # A bucket is the second at which it is full again: what is taken puts that off.
            full_at = min(max(self._full_at.get(who, now), now), now + rate.at_once * rate.seconds_each)
            over = full_at + rate.seconds_each - now - rate.at_once * rate.seconds_each
            if over > 0:
                return over
            self._full_at[who] = full_at + rate.seconds_each
            self._full_at.move_to_end(who)
            while len(self._full_at) > MOST_BUCKETS:
                self._full_at.popitem(last=False)
            return 0
