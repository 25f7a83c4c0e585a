"""A security key made of paper: what a browser and its authenticator answer, and what a forger would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey, at the origin whose browser asks it."""

    origin: str
    rp_id: str
    verifies: bool = True  # asks for a finger or a PIN
    counter: int = 0
    user: bytes = b""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict[str, Any]) -> str:
        """Answer what a page asks to make a passkey."""
        self.user = _bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + encode_cbor(cose)
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self._said(ATTESTED) + held})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": _text(client), "attestationObject": _text(attested)})

    def show(self, options: dict[str, Any], *, user: bytes | None = None) -> str:
        """Answer what a page asks to be shown a passkey."""
        self.counter += 1
        said, client = self._said(0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(said + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": said, "signature": signature}
        given = {name: _text(part) for name, part in parts.items()}
        return self._answer({**given, "userHandle": _text(self.user if user is None else user)})

    def _said(self, more: int) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        named = _text(self.credential)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
