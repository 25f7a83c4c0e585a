"""How the pages look to one browser: its scheme and whether keys are shortcuts, in a cookie that says nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, Request, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk import sessions
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import over_tls

COOKIE = "__Host-looks"
COOKIE_WITHOUT_TLS = "looks"
KEPT_SECONDS = 365 * 86_400
THEMES = {"auto": "As this device does", "light": "Light", "dark": "Dark"}
SHORTCUTS = {"on": "On", "off": "Off"}
MAX_PATH_CHARACTERS = 400


@dataclass(frozen=True)
class Looks:
    """What this browser chose; the same few values for everybody, so that the cookie tells nobody from anybody."""

    theme: str = "auto"
    shortcuts: str = "on"


def looks_of(asked: Request, *, tls: bool) -> Looks:
    """Return what a browser chose before; whatever is not ours counts as nothing."""
    theme, _, shortcuts = asked.cookies.get(_name(tls=tls), "").partition(".")
    return Looks(theme, shortcuts) if theme in THEMES and shortcuts in SHORTCUTS else Looks()


def local_path(path: str) -> str:
    """Return an address of the desk itself, or its first page for anything that leads elsewhere."""
    is_ours = len(path) <= MAX_PATH_CHARACTERS and re.fullmatch(r"(?:/[\w-]+)+(?:\?[\w=&:.%+-]*)?", path, re.ASCII)
    return path if is_ours else "/"


def choose(desk: Desk) -> ResponseReturnValue:
    """Show the choice, or keep it in the browser and lead back."""
    if request.method == "GET":
        return _page(desk, local_path(request.args.get("back", "")))
    chosen = Looks(request.form.get("theme", ""), request.form.get("shortcuts", ""))
    back = local_path(request.form.get("back", ""))
    if chosen.theme not in THEMES or chosen.shortcuts not in SHORTCUTS:
        return _page(desk, back, mistake="Choose one of the colours, and whether keys are shortcuts"), 422
    response = make_response(redirect(back, 303))
    tls = over_tls(desk)
    response.set_cookie(
        _name(tls=tls),
        f"{chosen.theme}.{chosen.shortcuts}",
        max_age=KEPT_SECONDS,
        secure=tls,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def teach_looks(app: Flask, desk: Desk) -> None:
    """Tell every page how this browser wants it, and where its choice leads back to."""

    @app.context_processor
    def looks() -> dict[str, object]:
        path = request.full_path.rstrip("?") if request.method == "GET" else ""
        return {"looks": looks_of(request, tls=over_tls(desk)), "looks_back": local_path(path)}


def _page(desk: Desk, back: str, mistake: str = "") -> str:
    signed = sessions.current(desk, request)
    around = frame(desk, signed, "looks") if signed else {"line": desk.line}
    return render_template("looks.html", **around, back=back, themes=THEMES, choices=SHORTCUTS, mistake=mistake)


def _name(*, tls: bool) -> str:
    return COOKIE if tls else COOKIE_WITHOUT_TLS
