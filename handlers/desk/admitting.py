"""Admitting a colleague to the desk's key: two supervisors compare what that person reads to them, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from storage import admissions as asked
from storage import people

DIFFERS = (
    "What you typed is not what stands here. Ask {alias} to read both groups again. If they differ once more, stop: "
    "somebody may have exchanged the key. Nobody was admitted"
)
ALARMED = " An alarm stands now, since this happened several times."
SAME_PERSON = "You approved of {alias} already: another supervisor compares as well"
FORGED = (
    "The first approval of {alias} does not hold: a key or the approval was changed since. Nobody was admitted. "
    "Tell whoever runs the desk, then let two supervisors compare again"
)
FASTER = "Another supervisor did something here in this moment. Look again before you go on"


@dataclass(frozen=True)
class Shown:
    """One person who waits, as one supervisor sees them: two groups are hidden, which they must hear."""

    waiting: asked.Waiting
    places: tuple[int, int]
    is_mine: bool  # this supervisor approved first
    typed: tuple[str, str] = ("", "")
    mistake: str = ""

    @property
    def groups(self) -> list[str]:
        """Return the fingerprint's groups, the asked ones empty."""
        return ["" if place in self.places else group for place, group in enumerate(self.waiting.groups)]


def admissions(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show who waits to be admitted, and what is still to be compared."""
    return _page(desk, signed)


def approve(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Take one supervisor's word that the fingerprint is the person's own; the second one admits them."""
    by = _approver(desk, signed)
    if by is None:
        return _page(desk, signed, status=409)
    one = _found(desk, by, person_id)
    typed = (request.form.get("first", "")[:20], request.form.get("second", "")[:20])
    if one is None:
        flash("This person does not wait any more: they were admitted, left, or have another role now.")
        return redirect("/admissions", 303)
    if not asked.matches(by, one, typed):
        return _page(desk, signed, person_id, typed, _refused(desk, by, one), 422)
    try:
        with desk.database.write() as connection:
            admitted = asked.approve(connection, by, one)
    except asked.SamePerson:
        return _page(desk, signed, person_id, typed, SAME_PERSON, 409)
    except asked.SomebodyWasFaster:
        return _page(desk, signed, person_id, typed, FASTER, 409)
    except asked.ApprovalForged:
        with desk.database.write() as connection:
            asked.reject_forged(connection, by, one)
        return _page(desk, signed, person_id, typed, FORGED, 409)
    alias = one.person.alias
    flash(
        f"{alias} is admitted and can read reports from now on."
        if admitted
        else f"You approved of {alias}. Another supervisor must compare as well, within 7 days."
    )
    return redirect("/admissions", 303)


def withdraw(desk: Desk, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Take a first approval back."""
    by = _approver(desk, signed)
    one = _found(desk, by, person_id) if by else None
    if by is None or one is None:
        return _page(desk, signed, status=409)
    try:
        with desk.database.write() as connection:
            asked.withdraw(connection, by, one)
    except asked.SomebodyWasFaster:
        return _page(desk, signed, person_id, mistake=FASTER, status=409)
    flash(f"The approval of {one.person.alias} is withdrawn. Two supervisors must compare again.")
    return redirect("/admissions", 303)


def _refused(desk: Desk, by: asked.Approver, one: asked.Waiting) -> str:
    with desk.database.write() as connection:
        alarmed = asked.refuse(connection, by, one)
    return DIFFERS + (ALARMED if alarmed else "")


def _approver(desk: Desk, signed: Signed) -> asked.Approver | None:
    """Return this supervisor with their keys; None while they were not admitted as one themselves."""
    try:
        keys = signed.group(desk)
    except people.NotAMember:
        return None
    with desk.database.read() as connection:
        able = asked.approvers(connection, keys)
    may = keys.epoch == desk.keys.desk.epoch and signed.person_id in able
    return asked.Approver(signed.person_id, keys, desk.clock.now()) if may else None


def _found(desk: Desk, by: asked.Approver, member: str) -> asked.Waiting | None:
    try:
        with desk.database.read() as connection:
            return asked.who_waits(connection, by.keys, member, by.now)
    except asked.NobodyWaits:
        return None


def _page(
    desk: Desk,
    signed: Signed,
    member: str = "",
    typed: tuple[str, str] = ("", ""),
    mistake: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    by = _approver(desk, signed)
    around = frame(desk, signed, "admissions")
    if by is None:
        return render_template("admissions.html", **around, admitted=False, shown=(), enough=True, names={}), status
    with desk.database.read() as connection:
        found = asked.waiting(connection, by.keys, by.now)
        enough = len(asked.approvers(connection, by.keys)) >= asked.APPROVERS_NEEDED
        names = people.aliases(connection)
    shown = [_shown(by, one, typed, mistake if one.person.person_id == member else "") for one in found]
    return render_template("admissions.html", **around, admitted=True, shown=shown, enough=enough, names=names), status


def _shown(by: asked.Approver, one: asked.Waiting, typed: tuple[str, str], mistake: str) -> Shown:
    is_mine = one.approver == by.person_id
    kept = typed if mistake else ("", "")
    return Shown(one, asked.asked_of(by, one), is_mine, kept, mistake.format(alias=one.person.alias))
