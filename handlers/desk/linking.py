"""Links between reports: made and taken away by people with a reason, never because of who may be calling."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk.akin import BY_DEED
from handlers.desk.beside import (
    LINKED,
    UNLINKED,
    KnownLink,
    link_name,
    links_of,
    reader_of,
    report_with_content,
    sealed,
)
from handlers.desk.beside_words import RELATION_WORDS, RELATIONS
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.reading import audited
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidy
from storage import asides, intake, on_disk, people
from storage.clips import add_items, forget_items
from storage.contents import Link
from storage.intake import ListedReport
from storage.opening import GroupKey

MAX_REASON = 500
NO_RELATION = "Choose how the two belong together"
NO_REASON = "Write what makes you think so, in a sentence"
LONG_REASON = f"Shorten the reason to {MAX_REASON} characters or fewer"
NO_CASE = "No report that you can read has this case number"
ITSELF = "This is the case number of this very report"
ALREADY = "They are linked in this way already"
CASE_CHARACTERS = 12


def add(desk: Desk, signed: Signed, report_id: str) -> ResponseReturnValue:
    """Ask which report belongs to this one, how and why; then seal the link under both."""
    found = report_with_content(desk, report_id)
    if request.method == "GET":
        return _page(desk, signed, found, {}, {})
    names = ("case", "relation", "reason")
    typed = {name: tidy(request.form.get(name, "")) for name in names}
    other, mistakes = _mistakes(desk, signed, found, typed)
    if mistakes or other is None:
        return _page(desk, signed, found, typed, mistakes, 422)
    if not _link(desk, signed, report_id, other.report_id, typed):
        return _page(desk, signed, found, typed, {"case": ALREADY}, 409)
    flash(f"{found.case_number} and {other.case_number} are linked. Both say so.")
    return redirect(f"/reports/{report_id}#links", 303)


def remove(desk: Desk, signed: Signed, report_id: str, item: str) -> ResponseReturnValue:
    """Ask whether a link is to go; when it is meant, destroy both its sides."""
    found = report_with_content(desk, report_id)
    known = _known(desk, signed, report_id, item)
    if known is None:
        flash("Somebody took this link away before you.")
        return redirect(f"/reports/{report_id}#links", 303)
    if known.link.relation in BY_DEED and not known.is_forged:
        flash("This link stays: it says where parts of the report stand.")
        return redirect(f"/reports/{report_id}#links", 303)
    if request.method == "GET":
        return _sure(desk, signed, found, known)
    with desk.database.write() as connection:
        group = signed.group(desk)
        forget_items(connection, [item, *_other_side(connection, group, known.link)])
        audited(desk, signed, connection, UNLINKED, known.link.link_id, f"report {report_id}")
    on_disk.forget_on_disk(desk.database)
    flash("The link is gone, on both sides.")
    return redirect(f"/reports/{report_id}#links", 303)


def forget_links(
    desk: Desk, signed: Signed, connection: Connection, report_id: str, *, but: Collection[str] = BY_DEED
) -> None:
    """Destroy the other side of each link of a report whose content is about to go, but of some relations."""
    group = signed.group(desk)
    known, _ = links_of(connection, group, report_id)
    for one in (one for one in known if one.link.relation not in but):
        if ends := _other_side(connection, group, one.link):
            forget_items(connection, ends)
            audited(desk, signed, connection, UNLINKED, one.link.link_id)


def make_link(
    desk: Desk, signed: Signed, connection: Connection, both: tuple[str, str], relation: str, reason: str
) -> None:
    """Seal a link under two reports, both locked by the caller; it is made on the first."""
    here, other = both
    made = Link("", secrets.token_hex(16), other, here, relation, reason, signed.person_id)
    mine = replace(made, link_id=link_name(made, here))
    add_items(connection, [sealed(desk, here, "link", mine), sealed(desk, other, "link", replace(mine, other=here))])
    # The other report is not named: in the audit, which is in the clear, that would tell that the two are linked.
    audited(desk, signed, connection, LINKED, mine.link_id, f"report {here}")


def _link(desk: Desk, signed: Signed, report_id: str, other: str, typed: dict[str, str]) -> bool:
    with desk.database.write() as connection:
        # In the order of their ids, so that two people who link the same two never wait for each other.
        if not all(asides.lock_report(connection, name) for name in sorted((report_id, other))):
            abort(404)
        group = signed.group(desk)
        known, _ = links_of(connection, group, report_id)
        alike = (other, typed["relation"])
        if any((one.link.other, one.link.relation) == alike and not one.is_forged for one in known):
            return False
        make_link(desk, signed, connection, (report_id, other), typed["relation"], typed["reason"])
    return True


def _mistakes(
    desk: Desk, signed: Signed, found: ListedReport, typed: dict[str, str]
) -> tuple[ListedReport | None, dict[str, str]]:
    mistakes: dict[str, str] = {}
    case = typed["case"].upper().replace(" ", "")[:CASE_CHARACTERS]
    with desk.database.read() as connection:
        other = intake.report_by_case(connection, case, reader=reader_of(signed)) if case else None
    if other is None or other.state == "not_a_report" or not other.has_address:
        mistakes["case"] = NO_CASE
    elif other.report_id == found.report_id:
        mistakes["case"] = ITSELF
    if typed["relation"] not in {one.name for one in RELATIONS}:
        mistakes["relation"] = NO_RELATION
    if not typed["reason"] or len(typed["reason"]) > MAX_REASON:
        mistakes["reason"] = LONG_REASON if typed["reason"] else NO_REASON
    return other, mistakes


def _other_side(connection: Connection, group: GroupKey, link: Link) -> list[str]:
    theirs, _ = links_of(connection, group, link.other)
    return [one.item_id for one in theirs if one.link.link_id == link.link_id]


def _known(desk: Desk, signed: Signed, report_id: str, item: str) -> KnownLink | None:
    with desk.database.write() as connection:
        audited(desk, signed, connection, "link-opened", item, f"report {report_id}")
    group = signed.group(desk)
    with desk.database.read() as connection:
        known, _ = links_of(connection, group, report_id)
        shown = {one.item_id: one for one in known}
        if item not in shown:
            return None
        others = intake.listed_reports(connection, [shown[item].link.other], reader=reader_of(signed))
    # One that leads to a report which is closed to them is not there for them.
    return shown[item] if shown[item].link.other in others else None


def _sure(desk: Desk, signed: Signed, found: ListedReport, known: KnownLink) -> ResponseReturnValue:
    with desk.database.read() as connection:
        other = intake.report(connection, known.link.other)
        names = people.aliases(connection)
    page = frame(desk, signed, "reports")
    words = {"known": known, "other": other, "names": names, "relations": RELATION_WORDS}
    return render_template("link_remove.html", **page, report=found, **words)


def _page(
    desk: Desk, signed: Signed, found: ListedReport, typed: dict[str, str], mistakes: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    page = frame(desk, signed, "reports")
    form = {"typed": typed, "mistakes": mistakes, "relations": RELATIONS}
    return render_template("link.html", **page, report=found, **form), status
