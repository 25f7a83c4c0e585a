"""Recordings that Twilio encrypted for us: choose the key, open, refuse what was changed.

Source: Twilio's guide "Encrypted voice recordings": a key for each recording (CEK), wrapped by RSAES-OAEP with SHA-256;
the file by AES-256-GCM with a nonce of 12 bytes and the tag in its last 16 bytes; everything in base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from storage.keys import read_secret_file

CEK_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16


class NotDecrypted(Exception):
    """A recording does not open; the carrier's copy stays until somebody mends the keys."""


@dataclass(frozen=True)
class RecordingKeys:
    """The private keys for recordings by the SID of their public half; `` for one whose SID is not known yet."""

    by_sid: Mapping[str, RSAPrivateKey]

    def __repr__(self) -> str:
        return f"RecordingKeys({len(self.by_sid)} keys)"

    def for_sid(self, sid: str) -> tuple[RSAPrivateKey, ...]:
        """Return the keys to try: the one of that SID, else those whose SID nobody wrote down."""
        if sid in self.by_sid:
            return (self.by_sid[sid],)
        return tuple(key for named, key in self.by_sid.items() if not named.startswith("CR"))


def read_recording_keys(folder: Path) -> RecordingKeys:
    """Read every `recording*.pem` of a folder; a name such as `recording-CR0123....pem` says the public key's SID."""
    keys: dict[str, RSAPrivateKey] = {}
    for path in sorted(folder.glob("recording*.pem")):
        if "public" in path.name:
            continue  # the half that Twilio was given
        if path.stem.endswith("-public"):  # the half that was uploaded lies beside it
            continue
        key = load_pem_private_key(bytes(read_secret_file(path)), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise NotDecrypted(f"{path.name} is not an RSA key")
        named = re.search(r"CR[0-9a-f]{32}", path.name)
        keys[named[0] if named else path.name] = key
    return RecordingKeys(keys)


def decrypted(sealed: bytes, details: str, keys: RecordingKeys) -> bytes:
    """Open a recording as its EncryptionDetails say; raises `NotDecrypted`."""
    sid, wrapped_cek, nonce = _details(details)
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
        raise NotDecrypted("the nonce or the recording has the wrong length")
    for key in keys.for_sid(sid):
        try:
            cek = key.decrypt(wrapped_cek, OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None))
        except ValueError:
            continue
        if len(cek) != CEK_BYTES:
            continue
        try:
            return AESGCM(cek).decrypt(nonce, sealed, None)
        except InvalidTag:
            raise NotDecrypted("the recording was changed or cut short") from None
    raise NotDecrypted("no private key here opens this recording")


def _details(raw: str) -> tuple[str, bytes, bytes]:
    # The callback and the REST resource spell the same fields differently.
    try:
        fields = json.loads(raw)
        sid = fields.get("public_key_sid") or fields["encryption_public_key_sid"]
        cek = fields.get("encrypted_cek") or fields["encryption_cek"]
        return str(sid), base64.b64decode(cek, validate=True), base64.b64decode(fields["iv"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise NotDecrypted("the details of the encryption cannot be read") from None
