"""What was handed over by word of mouth of an urgent report: recorded with whom, sealed, and told to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.beside import report_with_content
from handlers.desk.beside_words import Field
from handlers.desk.claiming import stay_yours
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.lane import lane
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.tidying import TURNING, tidied, too_long
from handlers.desk.unsealing import opened
from handlers.permissions import Action
from storage import escalations
from storage.contents import HandedOver
from storage.escalations import HANDED_OVER, RECORDED, STOOD_DOWN
from storage.keys import Damaged
from storage.people import aliases
from storage.sealing import seal_item

FIELDS = (
    Field("to", "Whom did you ring?", "The control room, desk or team: never the caller", 200),
    Field("who", "Who took it there?", "Name, and rank or collar number, as they gave it", 200),
    Field("reference", "Their reference", "Of their log or incident. Leave it empty if they gave none", 80),
)
SAID = Field("said", "What did you tell them?", longest=4000)
WAYS = {HANDED_OVER: "I handed it over by word of mouth", STOOD_DOWN: "Nobody had to be told: nobody is in danger"}
NEEDED = {
    "to": "Enter whom you rang",
    "who": "Enter who took it, so that somebody can be asked later what became of it",
    "said": "Write what you told them, so that nobody has to guess it later",
}
WHY = "Write how you know that nobody is in danger"
NO_WAY = "Say whether you handed it over"
CONTENT_GONE = (
    "Somebody marked this as not a report while you were writing. Nothing was kept; what you typed stands here."
)
DONE = {HANDED_OVER: "The handover is kept. Nobody else is told.", STOOD_DOWN: "It is kept that nobody is in danger."}


@dataclass(frozen=True)
class Told:
    """One record as it is shown."""

    record: HandedOver
    by: str  # an alias
    is_forged: bool = False  # nobody here wrote it


@dataclass(frozen=True)
class Form:
    """The form as it was typed, and what is to be said about it."""

    way: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""


def hand_over(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Show what was handed over by word of mouth, and keep another record, which ends the telling of others."""
    if request.method == "GET":
        return _page(desk, signed, report_id, Form())
    form = _typed()
    if form.mistakes:
        return _page(desk, signed, report_id, form, 422)
    now = desk.clock.now()
    record = HandedOver(**form.typed, by=signed.person_id, at=now)
    item = seal_item(record.packed(), report_id=report_id, kind="handover", audiences=(desk.keys.desk,))
    try:
        with desk.database.write() as connection:
            stay_yours(signed, connection, Action.HAND_OVER, report_id)
            escalations.end(connection, item, signed.person_id, state=form.way)
            audited(desk, signed, connection, RECORDED[form.way], report_id, item.item_id)
    except escalations.NothingToHandOver:
        return _page(desk, signed, report_id, Form(form.way, form.typed, conflict=CONTENT_GONE), 409)
    flash(DONE[form.way])
    return redirect(f"/reports/{report_id}", 303)


def _typed() -> Form:
    way = request.form.get("way", "")
    typed = tidied(request.form, FIELDS)
    typed["said"] = request.form.get("said", "").strip().translate(TURNING)
    mistakes = {} if way in WAYS else {"way": NO_WAY}
    mistakes |= too_long(typed, (*FIELDS, SAID))
    needed = NEEDED if way == HANDED_OVER else {"said": WHY} if way == STOOD_DOWN else {}
    mistakes |= {name: words for name, words in needed.items() if not typed[name]}
    return Form(way if way in WAYS else "", typed, mistakes)


def _page(desk: Desk, signed: Signed, report_id: str, form: Form, status: int = 200) -> ResponseReturnValue:
    found = report_with_content(desk, report_id)
    with desk.database.write() as connection:
        audited(desk, signed, connection, "handover-opened", report_id)
    told = _records(desk, signed, report_id)
    with desk.database.read() as connection:
        shown = lane(desk, connection, report_id)
    around = frame(desk, signed, "reports")
    more = {"form": form, "lane": shown, "told": told, "fields": FIELDS, "said": SAID, "ways_on": WAYS}
    return render_template("handover.html", **around, report=found, **more), status


def _records(desk: Desk, signed: Signed, report_id: str) -> tuple[Told, ...]:
    group = signed.group(desk)
    with desk.database.read() as connection:
        stored = escalations.records_of(connection, report_id)
        wrote, names = escalations.recorded_by(connection, report_id), aliases(connection)
    found = []
    for item in stored:
        try:
            record = HandedOver.unpacked(opened(item, group))
        except (Damaged, ValueError, TypeError):
            continue  # the report's own page tells of what cannot be opened
        by = names.get(record.by, "a former colleague")
        found.append(Told(record, by, is_forged=wrote.get(item.item_id) != record.by))
    return tuple(sorted(found, key=lambda one: -one.record.at))
