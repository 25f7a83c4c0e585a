"""What is the same for many is made once: the last few answers of this process, by what they were made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

MOST_KEPT = 16


@dataclass(frozen=True)
class Recent:
    """A few answers, the longest unasked forgotten first."""

    _kept: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, mark: str, make: Callable[[], str]) -> str:
        """Return the answer that was made of this, making it where it is not kept: at times twice, by two at once."""
        with self._lock:
            found = self._kept.get(mark)
            if found is not None:
                self._kept.move_to_end(mark)
                return found
        made = make()
        with self._lock:
            self._kept[mark] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made
