"""Mistakes of files that people edit, told in one list with mistakes of settings."""

from __future__ import annotations

from prompts.mistakes import FileMistakes
from storage.mistakes import Mistake


def as_mistakes(found: FileMistakes) -> list[Mistake]:
    """Return what is wrong in a file, each with the file's name and the place in it."""
    return [Mistake(f"{found.path.name}: {one.field}", one.what, one.mend) for one in found.mistakes]
