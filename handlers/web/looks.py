"""How the pages look to one browser: its scheme and whether keys are shortcuts, in a cookie that says nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, Request, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from handlers.web import sessions
from handlers.web.sessions import cookie_name, over_tls
from handlers.web.site import Ground, around

COOKIE = "looks"
KEPT_SECONDS = 365 * 86_400
THEMES = {"auto": "As this device does", "light": "Light", "dark": "Dark"}
SHORTCUTS = {"on": "On", "off": "Off"}
MAX_PATH_CHARACTERS = 400


@dataclass(frozen=True)
class Looks:
    """What this browser chose; the same few values for everybody, so that the cookie tells nobody from anybody."""

    theme: str = "auto"
    shortcuts: str = "on"


def looks_of(ground: Ground, asked: Request) -> Looks:
    """Return what a browser chose before; whatever is not ours counts as nothing."""
    theme, _, shortcuts = asked.cookies.get(cookie_name(ground, COOKIE), "").partition(".")
    return Looks(theme, shortcuts) if theme in THEMES and shortcuts in SHORTCUTS else Looks()


def local_path(path: str) -> str:
    """Return an address of the application itself, or its first page for anything that leads elsewhere."""
    is_ours = len(path) <= MAX_PATH_CHARACTERS and re.fullmatch(r"(?:/[\w-]+)+(?:\?[\w=&:.%+-]*)?", path, re.ASCII)
    return path if is_ours else "/"


def choose(ground: Ground) -> ResponseReturnValue:
    """Show the choice, or keep it in the browser and lead back."""
    if request.method == "GET":
        return _page(ground, local_path(request.args.get("back", "")))
    chosen = Looks(request.form.get("theme", ""), request.form.get("shortcuts", ""))
    back = local_path(request.form.get("back", ""))
    if chosen.theme not in THEMES or chosen.shortcuts not in SHORTCUTS:
        return _page(ground, back, mistake="Choose one of the colours, and whether keys are shortcuts"), 422
    response = make_response(redirect(back, 303))
    response.set_cookie(
        cookie_name(ground, COOKIE),
        f"{chosen.theme}.{chosen.shortcuts}",
        max_age=KEPT_SECONDS,
        secure=over_tls(ground),
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def teach_looks(app: Flask, ground: Ground) -> None:
    """Tell every page how this browser wants it, and where its choice leads back to."""

    @app.context_processor
    def looks() -> dict[str, object]:
        path = request.full_path.rstrip("?") if request.method == "GET" else ""
        return {"looks": looks_of(ground, request), "looks_back": local_path(path)}


def _page(ground: Ground, back: str, mistake: str = "") -> str:
    found = sessions.at_work(ground, request)
    shown = around(ground, ground.site.signed(found), "looks") if found else {"line": ground.line}
    return render_template("looks.html", **shown, back=back, themes=THEMES, choices=SHORTCUTS, mistake=mistake)
