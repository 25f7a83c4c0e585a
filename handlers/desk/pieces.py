"""What a confirmed report is made of, opened item by item, to be sealed anew under another report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from handlers.desk.beside import CONFIRMED, KnownSubject, subjects_of
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.unsealing import Text, open_text
from storage import intake, parting, writing
from storage.clips import add_items, forget_items
from storage.contents import Answer, Given, Note, Received, Subject, Transcript, Written
from storage.copies import COPIED, Copy, told
from storage.keys import Damaged
from storage.opening import GroupKey
from storage.sealing import SealedItem, seal_item
from storage.timeline import note_authors

Shape = TypeVar("Shape", Received, Answer, Transcript, Written, Note)


@dataclass(frozen=True)
class Whole:
    """A report's parts by item, those alone that somebody here vouches for; and what is not among them."""

    received: Mapping[str, Received]
    answers: Mapping[str, Answer]
    transcripts: Mapping[str, Transcript]
    forms: Mapping[str, Written]
    notes: Mapping[str, Note]
    subjects: tuple[KnownSubject, ...]
    doubtful: int  # parts that do not open, or that nobody here vouches for
    apart: frozenset[str]  # kinds of items that are none of these
    seen: str  # changes with each item that comes or goes, drafts of a clean text aside


def whole(connection: Connection, group: GroupKey, report_id: str) -> Whole:
    """Open a report's parts; the caller has audited that it is opened."""
    kinds = parting.kinds_in(connection, report_id)
    stored = {item.item_id: item for item in intake.texts_of(connection, report_id)}
    opened, unreadable = _opened(stored.values(), group)
    subjects, more = subjects_of(connection, group, [report_id])
    known = _vouched(connection, report_id, opened, stored)
    genuine = tuple(one for one in subjects.get(report_id, ()) if not one.is_forged)
    forged = len(opened) - len(known) + len(subjects.get(report_id, ())) - len(genuine)
    return Whole(
        _of_shape(known, Received),
        _of_shape(known, Answer),
        _of_shape(known, Transcript),
        _of_shape(known, Written),
        _of_shape(known, Note),
        genuine,
        unreadable + more + forged,
        frozenset(kinds.values()) - {"received", "answer", "transcript", "written", "note", "subject"},
        _seen(item_id for item_id, kind in kinds.items() if kind != "clean"),
    )


@dataclass(frozen=True)
class Bench:
    """Where parts are sealed anew: whose desk, by whom, and the transaction that all of it is one with."""

    desk: Desk
    signed: Signed
    connection: Connection

    def audited(self, action: str, subject: str, detail: str = "") -> None:
        """Write into the audit what is done."""
        audited(self.desk, self.signed, self.connection, action, subject, detail)

    def copy_texts(self, to: str, texts: Sequence[tuple[str, Text]]) -> None:
        """Keep texts, each with its kind, under another report; the audit says whose words they are."""
        sealed = [(text, self._sealed(to, kind, text)) for kind, text in texts]
        if sealed:
            add_items(self.connection, [item for _, item in sealed])
        for text, item in sealed:
            if isinstance(text, Transcript | Written):
                self.audited(COPIED, item.item_id, told(Copy(text.by, writing.seal_of(item))))

    def copy_subject(self, to: str, subject: Subject) -> None:
        """Confirm a subject for another report: whoever splits or merges says that it belongs there."""
        item = self._sealed(to, "subject", replace(subject, by=self.signed.person_id))
        add_items(self.connection, [item])
        self.audited(CONFIRMED, item.item_id, f"report {to}")

    def destroy(self, item_ids: Sequence[str]) -> None:
        """Destroy what stands elsewhere by now."""
        if item_ids:
            forget_items(self.connection, item_ids)

    def _sealed(self, report_id: str, kind: str, content: Text | Subject) -> SealedItem:
        return seal_item(content.packed(), report_id=report_id, kind=kind, audiences=(self.desk.keys.desk,))


def part_of(form: Written, questions: Iterable[str]) -> Written:
    """Return a form with its answers to some questions alone."""
    wanted = frozenset(questions)
    given: tuple[Given, ...] = tuple(one for one in form.given if one.question in wanted)
    return replace(form, given=given, unasked=tuple(one for one in form.unasked if one in wanted))


def _opened(stored: Iterable[SealedItem], group: GroupKey) -> tuple[dict[str, Text], int]:
    found: dict[str, Text] = {}
    unreadable = 0
    for item in stored:
        try:
            found[item.item_id] = open_text(item, group)
        except Damaged:
            unreadable += 1
    return found, unreadable


def _vouched(
    connection: Connection, report_id: str, opened: Mapping[str, Text], stored: Mapping[str, SealedItem]
) -> dict[str, Text]:
    """Leave out what nobody here confirmed, typed or noted: sealed anew, a forgery would pass for genuine."""
    of_kind = {kind: [one for one in opened if stored[one].kind == kind] for kind in ("transcript", "written")}
    confirmed = intake.confirmed_by(connection, of_kind["transcript"])
    seals = writing.seals_of_written(connection, of_kind["written"])
    authors = note_authors(connection, [report_id])

    def is_known(item_id: str, text: Text) -> bool:
        match text:
            case Note():
                return authors.get(item_id) == text.by
            case Transcript():
                return stored[item_id].kind == "transcript" and confirmed.get(item_id) == text.by
            case Written():
                return seals.get(item_id) == (text.by, writing.seal_of(stored[item_id]))
            case _:
                return True

    return {item_id: text for item_id, text in opened.items() if is_known(item_id, text)}


def _of_shape(known: Mapping[str, Text], shape: type[Shape]) -> dict[str, Shape]:
    return {item_id: text for item_id, text in known.items() if isinstance(text, shape)}


def _seen(item_ids: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(sorted(item_ids)).encode()).hexdigest()[:16]
