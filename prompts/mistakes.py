"""One mistake in a file that people edit, told so that they can mend it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError


@dataclass(frozen=True)
class Mistake:
    """What is wrong where in a file, and how to mend it."""

    field: str
    what: str
    mend: str


class FileMistakes(Exception):
    """A file of names, questions or wording cannot be used; trying again helps only after it was mended."""

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        self.path = path
        self.mistakes = tuple(mistakes)
        super().__init__(self.told())

    def told(self) -> str:
        """Return all mistakes as an administrator reads them."""
        lines = [f"{self.path.name} cannot be used: {len(self.mistakes)} mistake(s) must be mended."]
        lines += [f"  {mistake.field}: {mistake.what}\n      {mistake.mend}" for mistake in self.mistakes]
        return "\n".join(lines)


def read_toml(path: Path, refused: type[FileMistakes]) -> dict[str, object]:
    """Return what a TOML file holds, or raise `refused`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise refused(
            path, [Mistake("file", "it is not there or cannot be read", "check its name and owner")]
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise refused(path, [Mistake("file", f"it is no TOML: {error}", "mend the line that is named")]) from None


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """Return what pydantic found, every finding with the place it is at."""
    return [
        Mistake(
            ".".join(map(str, found["loc"])) or "file", found["msg"].removeprefix("Value error, "), _mend(found["type"])
        )
        for found in error.errors(include_input=False, include_url=False)
    ]


def _mend(kind: str) -> str:
    match kind:
        case "missing":
            return "add it; lines/example.toml and the files that ship show how"
        case "extra_forbidden":
            return "take it out, or mend its name: nothing reads it"
        case _:
            return "mend the value"
