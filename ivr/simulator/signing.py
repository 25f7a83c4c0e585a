"""How Twilio signs what it sends: over the address and the sorted parameters, with a token or a shared key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AuthToken:
    """The account's token: HMAC-SHA1, the header every Twilio library knows."""

    secret: str = field(repr=False)

    def headers(self, url: str, params: Pairs) -> dict[str, str]:
        return {"X-Twilio-Signature": signature(url, params, self.secret, "sha1")}


@dataclass(frozen=True)
class SharedKey:
    """A shared key for webhooks only: HMAC-SHA256, and a second header that says so."""

    key_id: str
    secret: str = field(repr=False)

    def headers(self, url: str, params: Pairs) -> dict[str, str]:
        return {
            "X-Twilio-Signature": signature(url, params, self.secret, "sha256"),
            "X-Twilio-Webhooks-Signature-Settings": f"key={self.key_id},algorithm=HMAC_SHA256",
        }


Signer = AuthToken | SharedKey


def signature(url: str, params: Iterable[tuple[str, str]], secret: str, digest: str) -> str:
    """Return the base64 signature of a request (https://www.twilio.com/docs/usage/security).

    `url` is the address exactly as sent, with its query and without its fragment; `params` are the posted fields.
    A field posted twice with one value counts once.
    """
    text = url + "".join(name + value for name, value in sorted(set(params)))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), digest).digest()).decode()


def body_digest(body: bytes) -> str:
    """Return what Twilio puts in `bodySHA256` when it posts something that is not a form."""
    return hashlib.sha256(body).hexdigest()
