"""The page of a call: what is heard and said, the script, and the form beside it."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed


def call(desk: Desk, signed: Signed, talk: str) -> ResponseReturnValue:
    """Show a call to whoever has it."""
    del desk, signed, talk
    return redirect("/live", 303)
