"""Admitting a colleague to the group's key: two people compare what that person reads to them, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.web.site import Ground, Signed, around
from storage import admissions as asked
from storage import people

DIFFERS = (
    "What you typed is not what stands here. Ask {alias} to read both groups again. If they differ once more, stop: "
    "somebody may have exchanged the key. Nobody was admitted"
)
ALARMED = " An alarm stands now, since this happened several times."
SAME_PERSON = "You approved of {alias} already: {another} compares as well"
FORGED = (
    "The first approval of {alias} does not hold: a key or the approval was changed since. Nobody was admitted. "
    "Tell whoever runs this application, then let two people compare again"
)
FASTER = "Somebody else did something here in this moment. Look again before you go on"


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


def admissions(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Show who waits to be admitted, and what is still to be compared."""
    return _page(ground, signed)


def approve(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Take one supervisor's word that the fingerprint is the person's own; the second one admits them."""
    by = _approver(ground, signed)
    if by is None:
        return _page(ground, signed, status=409)
    one = _found(ground, by, person_id)
    typed = (request.form.get("first", "")[:20], request.form.get("second", "")[:20])
    if one is None:
        flash("This person does not wait any more: they were admitted, left, or have another role now.")
        return redirect("/admissions", 303)
    if not asked.matches(by, one, typed):
        return _page(ground, signed, person_id, typed, _refused(ground, by, one), 422)
    try:
        with ground.database.write() as connection:
            admitted = asked.approve(connection, by, one)
    except asked.SamePerson:
        another = ground.site.says["another_admitter"]
        words = SAME_PERSON.replace("{another}", another[0].lower() + another[1:])
        return _page(ground, signed, person_id, typed, words, 409)
    except asked.SomebodyWasFaster:
        return _page(ground, signed, person_id, typed, FASTER, 409)
    except asked.ApprovalForged:
        with ground.database.write() as connection:
            asked.reject_forged(connection, by, one)
        return _page(ground, signed, person_id, typed, FORGED, 409)
    alias = one.person.alias
    flash(
        f"{alias} is admitted and can read {ground.site.says['opened']} from now on."
        if admitted
        else f"You approved of {alias}. {ground.site.says['another_admitter']} must compare as well, within 7 days."
    )
    return redirect("/admissions", 303)


def withdraw(ground: Ground, signed: Signed, person_id: str) -> ResponseReturnValue:
    """Take a first approval back."""
    by = _approver(ground, signed)
    one = _found(ground, by, person_id) if by else None
    if by is None or one is None:
        return _page(ground, signed, status=409)
    try:
        with ground.database.write() as connection:
            asked.withdraw(connection, by, one)
    except asked.SomebodyWasFaster:
        return _page(ground, signed, person_id, mistake=FASTER, status=409)
    flash(f"The approval of {one.person.alias} is withdrawn. Two people must compare again.")
    return redirect("/admissions", 303)


def _refused(ground: Ground, by: asked.Approver, one: asked.Waiting) -> str:
    with ground.database.write() as connection:
        alarmed = asked.refuse(connection, by, one)
    return DIFFERS + (ALARMED if alarmed else "")


def _approver(ground: Ground, signed: Signed) -> asked.Approver | None:
    """Return this supervisor with their keys; None while they were not admitted as one themselves."""
    try:
        keys = signed.group(ground)
    except people.NotAMember:
        return None
    with ground.database.read() as connection:
        able = asked.approvers(connection, keys, signed.house)
    may = keys.epoch == signed.audience(ground).epoch and signed.person_id in able
    return asked.Approver(signed.person_id, keys, ground.clock.now(), signed.house) if may else None


def _found(ground: Ground, by: asked.Approver, member: str) -> asked.Waiting | None:
    try:
        with ground.database.read() as connection:
            return asked.who_waits(connection, by.keys, member, by.now, by.house)
    except asked.NobodyWaits:
        return None


def _page(
    ground: Ground,
    signed: Signed,
    member: str = "",
    typed: tuple[str, str] = ("", ""),
    mistake: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    by = _approver(ground, signed)
    page = around(ground, signed, "admissions")
    if by is None:
        return render_template(
            "admissions.html", **page, admitted=False, shown=(), enough=True, alone=False, names={}
        ), status
    with ground.database.read() as connection:
        found = asked.waiting(connection, by.keys, by.now, by.house)
        able = asked.approvers(connection, by.keys, by.house)
        names = people.aliases(connection, by.house)
    enough, alone = len(able) >= asked.APPROVERS_NEEDED, by.house.one_may_admit and len(able) == 1
    shown = [_shown(by, one, typed, mistake if one.person.person_id == member else "") for one in found]
    more = {"shown": shown, "enough": enough or alone, "alone": alone, "names": names}
    return render_template("admissions.html", **page, admitted=True, **more), status


def _shown(by: asked.Approver, one: asked.Waiting, typed: tuple[str, str], mistake: str) -> Shown:
    is_mine = one.approver == by.person_id
    kept = typed if mistake else ("", "")
    return Shown(one, asked.asked_of(by, one), is_mine, kept, mistake.format(alias=one.person.alias))
