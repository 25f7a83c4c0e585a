"""Tokens for a team's own system: a lead makes one, sees it once, and lets it go."""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from handlers.assessment import saying
from handlers.assessment.api.document import PREFIX
from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.sessions import Signed
from handlers.assessment.speaking import means_of, speaker_of
from handlers.web.fields import tell
from storage.api_tokens import (
    LONGEST_LABEL,
    MOST_TOKENS,
    ApiToken,
    TooManyTokens,
    keep_token,
    new_token,
    revoke,
    tokens_of,
)
from storage.clock import month_of, months_later
from storage.people import aliases, is_name

LASTS_MONTHS = (1, 3, 6, 12)
BAD_LABEL = f"Enter what the token is for, in at most {LONGEST_LABEL} characters"
NO_MONTHS = "Choose how long it is good for"
FULL = f"Your team has {MOST_TOKENS} tokens, which is the most: revoke one first"
GONE = "That token was revoked already."


class TokenForm(FlaskForm):  # type: ignore[misc]
    """What a token is for, and how long."""

    label = StringField("What is it for?")
    months = StringField("How long is it good for?")


def tokens(ground: Assessment, signed: Signed) -> ResponseReturnValue:
    """Show the team's tokens, and make one."""
    form = TokenForm()
    if request.method == "GET":
        return _page(ground, signed, form)
    label, months = str(form.label.data or "").strip(), str(form.months.data or "")
    form.validate()
    tell(form.label, "" if is_name(label) and len(label) <= LONGEST_LABEL else BAD_LABEL)
    tell(form.months, "" if months in map(str, LASTS_MONTHS) else NO_MONTHS)
    if form.errors:
        return _page(ground, signed, form, 422)
    until = months_later(month_of(ground.clock.now()), int(months))
    token, kept = new_token(), ApiToken(secrets.token_hex(16), signed.team, label, signed.person_id, until)
    # Audited first: it is kept in another database, and what is not audited must not happen.
    saying.note(means_of(ground), speaker_of(ground, signed), "token-made", kept.token_id, until)
    try:
        with ground.handed.write() as connection:
            keep_token(connection, token, kept)
    except TooManyTokens:
        tell(form.label, FULL)
        return _page(ground, signed, form, 409)
    return render_template("token_made.html", **frame(ground, signed, "tokens"), token=token, kept=kept)


def revoke_token(ground: Assessment, signed: Signed, token_id: str) -> ResponseReturnValue:
    """Let a token go: from now on it opens nothing."""
    saying.note(means_of(ground), speaker_of(ground, signed), "token-revoked", token_id)
    with ground.handed.write() as connection:
        gone = revoke(connection, token_id, signed.team)
    flash(f"The token for {gone.label} is revoked: from now on it is refused." if gone else GONE)
    return redirect("/tokens", 303)


def _page(ground: Assessment, signed: Signed, form: TokenForm, status: int = 200) -> ResponseReturnValue:
    with ground.handed.read() as connection:
        found = tokens_of(connection, signed.team)
    with ground.database.read() as connection:
        names = aliases(connection, signed.house)
    month = month_of(ground.clock.now())
    page = frame(ground, signed, "tokens")
    offered = [(number, months_later(month, number)) for number in LASTS_MONTHS]
    shown = {"tokens": found, "names": names, "month": month, "offered": offered, "most": MOST_TOKENS, "api": PREFIX}
    return render_template("tokens.html", **page, **shown, form=form), status
