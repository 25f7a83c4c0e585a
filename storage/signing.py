"""Signatures over what leaves: Ed25519 (RFC 8032), in the forms that public tools read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from storage.keys import Damaged, KeyFileUnfit, Secret

SIGNATURE_BYTES = 64
RELEASE_KEY_FILE = "release-signing.pem"  # the public half, beside the public keys
LONGEST_PEM_BYTES = 4096


class NotSignedByThisKey(Damaged):
    """Nobody signed these bytes with this key; trying again does not help."""


def sign(message: bytes, private: Secret) -> bytes:
    """Return the signature of a message, 64 bytes; the same for the same message and key."""
    return Ed25519PrivateKey.from_private_bytes(bytes(private)).sign(message)


def check_signature(message: bytes, signature: bytes, public: bytes) -> None:
    """Raise `NotSignedByThisKey` unless the holder of this key signed exactly this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise NotSignedByThisKey("the signature is not of this signing key over these bytes") from error


def verifying_half(private: Secret) -> bytes:
    """Return the public key that belongs to a signing key, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(bytes(private)).public_key().public_bytes_raw()


def verifying_pem(public: bytes) -> bytes:
    """Return a public key as PEM, as `openssl pkeyutl -verify -pubin` reads it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def verifying_fingerprint(public: bytes) -> str:
    """Return what the line reads to a team: SHA-256 of the key's DER, as 16 groups of four hexadecimal characters.

    A team sees the same with `openssl pkey -pubin -in KEY -outform DER | sha256sum`.
    """
    key = Ed25519PublicKey.from_public_bytes(public)
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return "-".join(digest[at : at + 4] for at in range(0, 64, 4))


def read_verifying_key(path: Path) -> bytes:
    """Read a public key that `verifying_pem` wrote; raises `KeyFileUnfit`."""
    try:
        with path.open("rb") as opened:
            pem = opened.read(LONGEST_PEM_BYTES)
    except OSError as error:
        raise KeyFileUnfit(f"{path}: the signing key's public half is missing, or cannot be read") from error
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise KeyFileUnfit(f"{path}: no public key in PEM, as the line gave it to you") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileUnfit(f"{path}: a public key, but none of Ed25519: take the one that the line gave you")
    return key.public_bytes_raw()
