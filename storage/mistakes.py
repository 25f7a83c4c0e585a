"""What keeps a command from starting, told to an operator: which setting or file, why, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Mistake:
    """A setting, or a file that one names, that cannot be used: which, why, and how to mend it."""

    setting: str
    why: str
    mend: str


@dataclass(frozen=True)
class Look(Generic[S]):
    """One look at what settings name: made only where the settings it rests on can be used themselves."""

    rests_on: tuple[str, ...]
    find: Callable[[S], Iterable[Mistake]]


class SettingsMistakes(Exception):
    """The settings cannot be used; trying again helps only after they were mended."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} settings cannot be used")
        self.mistakes = list(mistakes)

    def told(self) -> str:
        """Return all mistakes as an operator reads them."""
        lines = [f"Not started: {len(self.mistakes)} mistake(s) must be mended."]
        lines += [f"  {m.setting}: {m.why}\n      {m.mend}" for m in self.mistakes]
        return "\n".join(lines)
