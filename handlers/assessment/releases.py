"""The first page after signing in: what was released to the team."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed


def releases(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Show the list."""
    return render_template("releases.html", **frame(ground, signed, "releases"))
