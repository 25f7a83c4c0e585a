"""The signposts: services that staff can name to a caller, by need, with words to say; nothing here is a link out."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from prompts.signposts import Need

NEEDS: dict[Need, str] = {
    Need.CRISIS: "May hurt themselves",
    Need.SEXUAL: "Sexual violence",
    Need.PARTNER: "Partner or family abuse",
    Need.CHILD: "A child",
    Need.VICTIM: "Victim of a crime",
    Need.HATE: "Hate",
    Need.COMPLAINT: "Complaint about the police",
    Need.CRIME: "Crime not about the police",
    Need.STAFF: "Works for the police",
    Need.LEGAL: "Legal advice",
}


def services(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the services for one need, or all; the address names a need out of our list and nothing that is typed."""
    need = next((need for need in Need if need.value == request.args.get("need", "")), None)
    shown = [one for one in desk.line.signposts if need is None or need in one.needs]
    offered = {one: words for one, words in NEEDS.items() if any(one in sign.needs for sign in desk.line.signposts)}
    around = frame(desk, signed, "signposts")
    return render_template("signposts.html", **around, shown=shown, need=need, offered=offered, needs=NEEDS)
