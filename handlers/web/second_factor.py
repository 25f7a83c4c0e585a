"""The second half of showing who one is: a code typed, or a passkey that the browser answers with."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, session
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, ValidationError
from wtforms.validators import Length

from handlers.web.site import Ground
from storage.passkeys import CHALLENGE_BYTES, CHALLENGE_SECONDS, MOST_ANSWER_CHARACTERS, Answer, Place, request_options
from storage.second_factors import RECOVERY_CHARACTERS, recovery_letters

CODE = re.compile(r"\s*[0-9]{3}\s?[0-9]{3}\s*", re.ASCII)
NO_CODE = "Enter the code from your authenticator"
ODD_CODE = "Enter the 6 digits that your authenticator shows now, or the 16 characters of a recovery code"
SHOW, MAKE = "show", "make"  # what a challenge was given for


def _one_or_the_other(form: Any, field: StringField) -> None:
    typed = field.data or ""
    if form.passkey.data:
        return
    if not typed.strip():
        raise ValidationError(NO_CODE)
    if not CODE.fullmatch(typed) and len(recovery_letters(typed.strip())) != RECOVERY_CHARACTERS:
        raise ValidationError(ODD_CODE)


class FactorForm(FlaskForm):  # type: ignore[misc]
    """What only this person has."""

    code = StringField("Code from your authenticator", [_one_or_the_other])
    passkey = HiddenField(validators=[Length(max=MOST_ANSWER_CHARACTERS)])


def shown_in(ground: Ground, form: FactorForm) -> str | Answer:
    """Return what the person showed; a passkey's answer is worth nothing without the challenge in this browser."""
    if form.passkey.data:
        return Answer(str(form.passkey.data), challenge_given(ground, SHOW), place_of(ground))
    return "".join(str(form.code.data).split())


def ask(ground: Ground) -> ResponseReturnValue:
    """Give the browser a challenge for its passkey, the same for everybody: nobody learns who has one."""
    if not place_of(ground).takes_passkeys:
        abort(404)
    return options(request_options(place_of(ground), give_challenge(ground, SHOW)))


def options(text: str) -> Response:
    """Return what a browser is asked for as an answer."""
    return Response(text, content_type="application/json")


def place_of(ground: Ground) -> Place:
    """Return where passkeys of this application are good for anything."""
    base = urlsplit(ground.site.base)
    return Place(base.hostname or "", f"{base.scheme}://{base.netloc}")


def give_challenge(ground: Ground, purpose: str) -> bytes:
    """Make a challenge and bind it to this browser by our signed cookie."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    session["challenge"] = [purpose, base64.b64encode(challenge).decode(), ground.clock.now()]
    return challenge


def challenge_given(ground: Ground, purpose: str) -> bytes:
    """Return the challenge that this browser was given for this a short while ago, else one that nobody can answer."""
    given = session.pop("challenge", None)
    if given and given[0] == purpose and ground.clock.now() - given[2] < CHALLENGE_SECONDS:
        return base64.b64decode(given[1])
    return secrets.token_bytes(CHALLENGE_BYTES)
