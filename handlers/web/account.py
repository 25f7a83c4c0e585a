"""One's own account: what one signs in with, and where one is signed in."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.web import sessions
from handlers.web.second_factor import place_of
from handlers.web.site import Ground, Signed, around, audited
from storage import second_factors, signing_in
from storage.second_factors import AUTHENTICATOR, FEW_CODES
from storage.sessions import end_others, own_sessions

LAST = "This is the only second factor that you have. Add another one first."
GONE = "You do not have it any more."


def show(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Show what one has, and ways to change it."""
    person, private = signed.person_id, signed.open_session.private_key
    with ground.database.read() as connection:
        held = second_factors.passkeys_of(connection, person, private)
        left = second_factors.recovery_left(connection, person)
        has_authenticator = second_factors.has_authenticator(connection, person)
    return render_template(
        "account.html",
        **around(ground, signed, "account"),
        passkeys=held,
        has_authenticator=has_authenticator,
        codes_left=left,
        few=left <= FEW_CODES,
        signed_in=own_sessions(ground.sessions, sessions.cookie_value(ground, request), ground.clock.now()),
        place=place_of(ground),
        fingerprint=signed.open_session.fingerprint,
    )


def end_elsewhere(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """End this person's other sessions. It asks for no proof: whoever fears a thief is in a hurry."""
    with ground.database.write() as connection:
        audited(ground, signed, connection, "sessions-ended", signed.person_id)
    ended = end_others(ground.sessions, sessions.cookie_value(ground, request), ground.clock.now())
    flash("You are signed in nowhere else now." if ended else "You were signed in nowhere else.")
    return redirect("/account", 303)


def remove(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Ask whether a second factor is to go; when it is meant, take it away."""
    factor = request.values.get("factor", "")
    with ground.database.read() as connection:
        held = second_factors.passkeys_of(connection, signed.person_id, signed.open_session.private_key)
    names = {one.factor_id: f"the passkey “{one.passkey.name}”" for one in held} | {AUTHENTICATOR: "your authenticator"}
    if factor not in names:
        flash(GONE)
        return redirect("/account", 303)
    if request.method == "GET":
        return render_template(
            "account_remove.html", **around(ground, signed, "account"), factor=factor, what=names[factor]
        )
    try:
        return change(
            ground,
            signed,
            lambda connection: second_factors.remove_factor(connection, signed.person_id, factor),
            audit_as="second-factor-removed",
            detail=AUTHENTICATOR if factor == AUTHENTICATOR else f"passkey {factor}",
            told=f"{names[factor][0].upper()}{names[factor][1:]} opens nothing here any more.",
        )
    except second_factors.LastFactor:
        flash(LAST)
    except second_factors.NotHeld:
        flash(GONE)
    return redirect("/account", 303)


def recovery(ground: Ground, signed: Signed) -> ResponseReturnValue:
    """Tell what recovery codes are; when they are wanted, make them and show them this once."""
    page = around(ground, signed, "account")
    with ground.database.read() as connection:
        left = second_factors.recovery_left(connection, signed.person_id)
    if request.method == "GET":
        return render_template("account_recovery.html", **page, left=left)
    if request.form.get("left") != str(left):  # sent twice, or from two windows: what was printed must stay right
        flash("Codes were made a moment ago, or one was used. Look again before you make new ones.")
        return redirect("/account/recovery", 303)
    with ground.database.write() as connection:
        private = signed.open_session.private_key
        codes = second_factors.new_recovery_codes(connection, signed.person_id, private)
        audited(ground, signed, connection, "recovery-codes-made", signed.person_id)
    return stay(ground, signed, render_template("account_codes.html", **page, codes=codes))


def change(
    ground: Ground,
    signed: Signed,
    deed: Callable[[Connection], object],
    *,
    audit_as: str,
    told: str,
    detail: str = "",
) -> ResponseReturnValue:
    """Change a credential, write it down, end this person's other sessions and lead back to their page."""
    with ground.database.write() as connection:
        deed(connection)
        audited(ground, signed, connection, audit_as, signed.person_id, detail)
    flash(f"{told} Wherever else you were signed in, you are not any more.")
    return stay(ground, signed, redirect("/account", 303))


def stay(ground: Ground, signed: Signed, answer: object) -> ResponseReturnValue:
    """Give an answer with the cookie that replaces the one of before the change."""
    response = make_response(answer)
    cookie_value = signing_in.keep_session(
        ground.database,
        ground.sessions,
        cookie_value=sessions.cookie_value(ground, request),
        open_session=signed.open_session,
        clock=ground.clock,
    )
    sessions.give_cookie(ground, response, cookie_value)
    return response
