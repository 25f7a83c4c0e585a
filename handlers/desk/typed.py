"""What somebody typed into a report's page and was not kept yet: every answer carries it, so that none is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Typed:
    """The words of one form."""

    clips: Mapping[str, str] = field(default_factory=dict)  # by clip
    note: str = ""
    changed: frozenset[str] = frozenset()  # clips whose words are not those that the page came with

    @property
    def new_words(self) -> tuple[str, ...]:
        """Return what was typed and differs from what the page came with."""
        found = (*(self.clips[clip] for clip in self.clips if clip in self.changed), self.note)
        return tuple(words for words in found if words.strip())


def typed_in(form: Mapping[str, str]) -> Typed:
    """Read the words out of a report's form; lines end as we keep them."""
    clips = {name[5:]: _lines(words) for name, words in form.items() if re.fullmatch(r"text-[0-9a-f]{32}", name)}
    came = {name[5:]: _lines(words) for name, words in form.items() if re.fullmatch(r"came-[0-9a-f]{32}", name)}
    changed = frozenset(clip for clip, words in clips.items() if words.split() != came.get(clip, "").split())
    return Typed(clips, _lines(form.get("note", "")), changed)


def _lines(words: str) -> str:
    return "\n".join(words.split("\r\n"))
