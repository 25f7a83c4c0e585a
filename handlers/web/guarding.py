"""What every request passes and every answer carries, whichever application it is of; and how a mistake is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from handlers.web.site import Ground

MAX_BODY_BYTES = 512 * 1024


def policy(media: str = "", reached: str = "") -> str:
    """Return a content security policy that lets a page reach nothing but its own host, and what is named beside."""
    # blob: lets the player play the sound that it fetched once, instead of asking for it again at every seek.
    return (
        f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self' blob:{media}; "
        f"font-src 'self'; connect-src 'self'{reached}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


CLOSED_POLICY = policy()
NOTHING_USED = "camera=(), geolocation=(), microphone=()"


def protect(app: Flask, ground: Ground, policies: Callable[[], tuple[str, str]]) -> None:
    """Check where each request comes from, and send each answer with what keeps it from others.

    `policies`: what this answer's page may reach, and what of the device it may use.
    """
    base = urlsplit(ground.site.base)
    origin = f"{base.scheme}://{base.netloc}"
    app.config["TRUSTED_HOSTS"] = [base.hostname]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES

    @app.before_request
    def refuse_other_origins() -> None:
        sent = request.headers.get("Origin")
        elsewhere = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if request.method not in ("GET", "HEAD", "OPTIONS") and ((sent and sent != origin) or elsewhere):
            abort(403)

    @app.after_request
    def seal_answer(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"], headers["Permissions-Policy"] = policies()
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"  # Flask-WTF asks for the referrer under https
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
        if base.scheme == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def tell_mistakes(app: Flask, ground: Ground, mistakes: Mapping[str, tuple[str, str]]) -> None:
    """Answer every failure with a page in words that gives nothing away; `mistakes`: title and words by status."""
    name = ground.site.name
    otherwise = (
        "Something went wrong",
        f"It is not your doing. Try again; if it goes on, tell whoever runs the {name} what you were doing and when.",
    )
    log = logging.getLogger(f"hotline.{name}")

    def told(status: int, which: str) -> ResponseReturnValue:
        plain = ("This request cannot be answered", otherwise[1]) if status < 500 else otherwise
        title, words = mistakes.get(which, plain)
        return render_template("mistake.html", title=title, words=words), status

    @app.errorhandler(CSRFError)
    def form_too_old(_: CSRFError) -> ResponseReturnValue:
        return told(400, "form")

    @app.errorhandler(SecurityError)
    def other_host(_: SecurityError) -> ResponseReturnValue:
        # Under a host name that is not ours no address can be built, so no page of ours either.
        said = f"This address is not the {name}'s.\n"
        return make_response(said, 400, {"Content-Type": "text/plain; charset=utf-8"})

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error.get_response()
        return told(error.code or 500, str(error.code))

    @app.errorhandler(Exception)
    def broke(error: Exception) -> ResponseReturnValue:
        # The kind alone: a message or a traceback could carry what somebody said.
        log.error("%s-page-failed", name, extra={"kind": type(error).__name__})
        return told(500, "500")
