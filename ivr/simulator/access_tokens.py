"""Access tokens of softphones, checked as Twilio checks them: signed by the API key, alive, allowed to ring out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jwt

IDENTITY = re.compile(r"[A-Za-z0-9_]{1,121}")
MAX_SECONDS = 24 * 3600


class BadToken(Exception):
    """The token lets nobody in: forged, expired, another account's, or without the grant; a fresh one may help."""


@dataclass(frozen=True)
class Granted:
    """What a token allows."""

    identity: str
    application: str
    incoming: bool


def granted(token: str, *, account_sid: str, api_key: str, api_secret: str) -> Granted:
    """Return what a token allows (Twilio, "Access Tokens"); raises `BadToken`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, api_secret, algorithms=["HS256"], options={"require": ["exp", "iss"]}
        )
        header = jwt.get_unverified_header(token)
        grants = claims["grants"]
        voice = grants["voice"]
        identity, application = str(grants["identity"]), str(voice["outgoing"]["application_sid"])
        seconds = claims["exp"] - claims.get("nbf", claims.get("iat", claims["exp"]))
    except (jwt.InvalidTokenError, KeyError, TypeError, AttributeError) as error:
        raise BadToken(type(error).__name__) from None
    if header.get("cty") != "twilio-fpa;v=1" or claims["iss"] != api_key or claims.get("sub") != account_sid:
        raise BadToken("not a token of this account")
    if not IDENTITY.fullmatch(identity) or seconds > MAX_SECONDS:
        raise BadToken("an identity or a life that is not allowed")
    incoming = voice.get("incoming")
    return Granted(identity, application, isinstance(incoming, dict) and incoming.get("allow") is True)
