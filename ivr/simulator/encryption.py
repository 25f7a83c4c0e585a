"""Encrypts a recording as Twilio does for an account with Voice Recording Encryption."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class NotAnRsaKey(Exception):
    """The key given for recordings is not an RSA public key in PEM; another key helps."""


@dataclass(frozen=True)
class RecordingKey:
    """The public key an account chose for its recordings, and Twilio's name for it."""

    public_key_sid: str  # CR and 32 hexadecimal characters
    public_pem: bytes


@dataclass(frozen=True)
class Encryption:
    """How one recording was encrypted; both values are base64."""

    public_key_sid: str
    encrypted_cek: str
    iv: str

    def told_to_callback(self, *, rest_names: bool = False) -> str:
        """Return the callback's `EncryptionDetails`; `rest_names` gives the fields the names of the REST example."""
        return json.dumps({"type": "rsa-aes", **(self.told_by_rest() if rest_names else self._own_names())})

    def told_by_rest(self) -> dict[str, str]:
        """Return the fields as the REST resource names them."""
        return {
            "encryption_public_key_sid": self.public_key_sid,
            "encryption_cek": self.encrypted_cek,
            "iv": self.iv,
        }

    def _own_names(self) -> dict[str, str]:
        return {"public_key_sid": self.public_key_sid, "encrypted_cek": self.encrypted_cek, "iv": self.iv}


def encrypt(sound: bytes, key: RecordingKey) -> tuple[bytes, Encryption]:
    """Return AES-256-GCM ciphertext (its last 16 bytes are the tag) under a key wrapped with RSA-OAEP-SHA256.

    https://www.twilio.com/docs/voice/tutorials/voice-recording-encryption
    """
    public = load_pem_public_key(key.public_pem)
    if not isinstance(public, RSAPublicKey):
        raise NotAnRsaKey
    cek, iv = AESGCM.generate_key(256), os.urandom(12)
    wrapped = public.encrypt(cek, OAEP(MGF1(SHA256()), SHA256(), None))
    sealed = AESGCM(cek).encrypt(iv, sound, None)
    return sealed, Encryption(key.public_key_sid, base64.b64encode(wrapped).decode(), base64.b64encode(iv).decode())
