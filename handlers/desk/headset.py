"""The page on which staff try their headset before they take calls; what it hears never leaves the browser."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed


def check(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the page; all that it does is done by its script."""
    takes_calls = desk.settings.softphone != "off"
    return render_template("headset.html", **frame(desk, signed, "headset"), takes_calls=takes_calls)
