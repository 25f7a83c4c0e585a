"""Opening what is stored: each item alone, since whoever can write a row must not close a whole report with it.

A seal does not say who made it, so that what stands inside is checked as a stranger's: its shape, its types, its times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, get_type_hints

from handlers.web.times import LATEST_TIME
from storage.clips import draft_id
from storage.contents import Answer, Note, Received, Sound, Transcript, Written
from storage.keys import Damaged
from storage.opening import GroupKey, open_item
from storage.sealing import SealedItem
from storage.writing import item_of, seal_of

Text = Received | Answer | Transcript | Note | Written
KINDS: dict[str, type[Text]] = {
    "received": Received,
    "answer": Answer,
    "draft": Transcript,
    "transcript": Transcript,
    "note": Note,
    "form": Written,
    "written": Written,
}

TYPES: dict[str, type | tuple[type, ...]] = {"int": int, "str": str, "float": (int, float), "bytes": bytes}

Shape = TypeVar("Shape", bound=Text | Sound)


@dataclass(frozen=True)
class Opened:
    """All that could be opened of a report, each in its own shape, and how much could not."""

    received: tuple[Received, ...] = ()
    answers: tuple[Answer, ...] = ()
    drafts: tuple[Transcript, ...] = ()
    transcripts: tuple[Transcript, ...] = ()  # those that the audit knows to be confirmed
    forged: tuple[Transcript, ...] = ()  # said to be confirmed, but nobody here did it
    unreadable: int = 0
    notes: tuple[tuple[str, Note], ...] = ()  # with their items' ids; the audit says which are genuine
    written: tuple[Written, ...] = ()  # those whose writer and seal are the audit's
    forged_forms: tuple[Written, ...] = ()

    def without_draft(self, sounds: Iterable[str]) -> tuple[str, ...]:
        """Return the clips that no machine wrote down: only their own seal says what they answer."""
        return tuple(sorted(frozenset(sounds) - {draft.sound for draft in self.drafts}))


def open_texts(
    stored: Iterable[SealedItem],
    group: GroupKey,
    confirmed: Mapping[str, str],
    seals: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Opened:
    """Open every text that opens.

    `confirmed` tells from the audit which transcript was confirmed by whom; `seals` who wrote which finished form, and
    the fingerprint of its seal. A form that is still being written is opened by its own page alone.
    """
    found: list[tuple[SealedItem, Text]] = []
    unreadable = 0
    for item in stored:
        try:
            found.append((item, open_text(item, group)))
        except Damaged:
            unreadable += 1
    words = [(item.kind, item.item_id, text) for item, text in found if isinstance(text, Transcript)]
    forms = [(item, text) for item, text in found if isinstance(text, Written) and item.kind == "written"]
    is_true = {item.item_id: seals.get(item.item_id) == (text.by, seal_of(item)) for item, text in forms}
    told = [(item_id, text) for kind, item_id, text in words if kind == "transcript"]
    return Opened(
        tuple(text for _, text in found if isinstance(text, Received)),
        tuple(text for _, text in found if isinstance(text, Answer)),
        tuple(text for kind, _, text in words if kind == "draft"),
        tuple(text for item_id, text in told if confirmed.get(item_id) == text.by),
        tuple(text for item_id, text in told if confirmed.get(item_id) != text.by),
        unreadable,
        tuple((item.item_id, text) for item, text in found if isinstance(text, Note)),
        tuple(text for item, text in forms if is_true[item.item_id]),
        tuple(text for item, text in forms if not is_true[item.item_id]),
    )


def open_form(item: SealedItem, group: GroupKey) -> Written:
    """Open a form that is being written; raises `Damaged` also when another version was put in its place."""
    form = open_text(item, group)
    if not isinstance(form, Written) or item_of(item.report_id, form.save) != item.item_id:
        raise Damaged("it is not the form that was saved under this id")
    return form


def open_sound(item: SealedItem, group: GroupKey) -> Sound:
    """Open one clip; raises `Damaged` also when what was sealed is no clip."""
    try:
        return _checked(Sound.unpacked(opened(item, group)))
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged("what was sealed is no clip") from error


def opened(item: SealedItem, group: GroupKey) -> bytes:
    """Open one item with the desk's key; raises `Damaged`."""
    return open_item(
        item.sealed,
        item_id=item.item_id,
        report_id=item.report_id,
        kind=item.kind,
        wraps_of_item=item.wraps,
        group=group,
    )


def open_text(item: SealedItem, group: GroupKey) -> Text:
    """Open one text in the shape of its kind; raises `Damaged`."""
    shape = KINDS.get(item.kind)
    if shape is None:
        raise Damaged("an item of a kind that the desk does not know")
    try:
        packed = opened(item, group)
        packed.decode()
        text = _checked(shape.unpacked(packed))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("what was sealed has another shape") from error
    if isinstance(text, Transcript):
        _check_clip(item, text)
    return text


def _check_clip(item: SealedItem, text: Transcript) -> None:
    if not re.fullmatch(r"[0-9a-f]{32}", text.sound):
        raise Damaged("it names no clip")
    if item.kind == "draft" and item.item_id != draft_id(text.sound):
        raise Damaged("a draft that belongs to another clip")


def _checked(text: Shape) -> Shape:
    for name, wanted in get_type_hints(type(text)).items():
        value = getattr(text, name)
        values = value if isinstance(value, tuple) else (value,)
        if name == "given":
            continue  # looks at itself
        if not all(isinstance(one, TYPES.get(wanted.__name__, str)) for one in values):
            raise TypeError(name)
        if isinstance(value, int) and not 0 <= value < LATEST_TIME:
            raise ValueError(name)
    json.dumps(
        [value for value in vars(text).values() if not isinstance(value, bytes)], ensure_ascii=False, default=vars
    ).encode()
    return text
