"""Sealing to public keys: what is sealed to an audience can be opened by it only, and nowhere in this file.

What a caller alone holds, a token or a reference, opens here: the public door has no key of its own to open anything.

HPKE (RFC 9180) in base mode proves nothing about who sealed: whoever holds a public key can add, none can read.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from storage.keys import (
    KEY_BYTES,
    VERSION,
    Audience,
    Damaged,
    UnknownVersion,
    bound,
    derived,
    lock,
    unlock,
)

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SUITE_NAME = "hotline-seal-1"
TEXT_KINDS = frozenset(
    {"received", "answer", "draft", "transcript", "note", "form", "written", "subject", "link", "block"}
    | {"clean", "release", "outcome", "question", "refusal", "reply", "handover", "contact"}
)
SOUND_KINDS = frozenset({"sound"})
PAD_BYTES = 512
REPLY_PAD_BYTES = 128 * 1024  # eight seconds of telephone sound: how long a reply is would tell much of its words
MIN_TOKEN_CHARACTERS = 32
CHUNK_BYTES = 256 * 1024
LAST, MORE = b"\x01", b"\x00"


@dataclass(frozen=True)
class Wrap:
    """The key of one item, wrapped for one audience in one epoch."""

    audience: str
    epoch: int
    wrapped: bytes


@dataclass(frozen=True)
class SealedItem:
    """One item as it is stored, with a wrap for each audience."""

    item_id: str
    report_id: str
    kind: str
    sealed: bytes
    wraps: tuple[Wrap, ...]


def seal_item(
    plaintext: bytes, *, report_id: str, kind: str, audiences: Sequence[Audience], item_id: str | None = None
) -> SealedItem:
    """Seal one item under a key of its own; text is padded, so that its size tells only multiples of 512 bytes.

    Swapping it to another item, report or kind makes it unreadable. Raises `ValueError` for an unknown kind or nobody
    to seal to: both are mistakes of the program, and nothing is written in clear instead.
    """
    if kind not in TEXT_KINDS | SOUND_KINDS or not audiences:
        raise ValueError("an item needs a known kind and somebody who may open it")
    named = item_id or secrets.token_hex(16)
    key = os.urandom(KEY_BYTES)
    body = padded(plaintext) if kind in TEXT_KINDS else plaintext
    sealed = lock(body, key, item_context(named, report_id, kind))
    wraps = tuple(
        Wrap(to.name, to.epoch, seal_to(to.public_key, key, wrap_context(named, report_id, kind, to.name, to.epoch)))
        for to in audiences
    )
    return SealedItem(named, report_id, kind, sealed, wraps)


def seal_for_worker(plaintext: bytes, *, purpose: str, worker: Audience) -> bytes:
    """Seal an identifier that only the worker needs; it opens for the same purpose only."""
    return VERSION + seal_to(worker.public_key, plaintext, worker_context(purpose, worker.name, worker.epoch))


def seal_with_token(plaintext: bytes, token: str) -> bytes:
    """Seal for whoever holds a random token; nothing stored opens it. Raises `ValueError` for a short token."""
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise ValueError("a token this short could be guessed")
    return lock(plaintext, derived(token.encode(), "token"), bound(SUITE_NAME, "token", token_hash(token)))


def open_with_token(sealed: bytes, token: str) -> bytes:
    """Open what was sealed with this token; raises `Damaged`."""
    return bytes(unlock(sealed, derived(token.encode(), "token"), bound(SUITE_NAME, "token", token_hash(token))))


def token_hash(token: str) -> str:
    """Return the name under which a token's row stands, 64 hexadecimal characters."""
    return hashlib.sha256(bound(SUITE_NAME, "token name", token)).hexdigest()


# ---- a reply, for who holds a reference ----------------------------------------------------------------------------


def seal_reply(sound: bytes, *, reply_key: bytes, reply_id: str, report_id: str, kind: str) -> bytes:
    """Seal a reply's sound to the key that only its report's reference gives; its size tells steps of 8 s."""
    body = len(sound).to_bytes(4, "big") + sound
    body += bytes(-len(body) % REPLY_PAD_BYTES)
    return VERSION + seal_to(reply_key, body, reply_context(reply_id, report_id, kind))


def open_reply(sealed: bytes, *, private: bytes, reply_id: str, report_id: str, kind: str) -> bytes:
    """Open a reply's sound with the key that its reference gave; raises `Damaged`."""
    if sealed[:1] != VERSION:
        raise UnknownVersion("a reply with an unknown version")
    try:
        key = X25519PrivateKey.from_private_bytes(private)
        body = SUITE.decrypt(sealed[1:], key, info=reply_context(reply_id, report_id, kind))
    except (InvalidTag, ValueError) as error:
        raise Damaged("a reply does not open with this reference") from error
    length = int.from_bytes(body[:4], "big")
    if length > len(body) - 4:
        raise Damaged("a reply is shorter than it says")
    return bytes(body[4 : 4 + length])


def reply_context(reply_id: str, report_id: str, kind: str) -> bytes:
    """Return what a reply's sound is bound to: moved to another reply or report, it is unreadable."""
    return bound(SUITE_NAME, "reply", reply_id, report_id, kind)


# ---- what a seal is bound to; opening reads the same rules ---------------------------------------------------------


def seal_to(public_key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Return HPKE of a plaintext, bound to its context; 48 bytes longer."""
    return SUITE.encrypt(plaintext, _public_key(public_key), info=context)


@lru_cache(maxsize=64)
def _public_key(raw: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(raw)  # read once: a sixth of what a seal costs


def item_context(item_id: str, report_id: str, kind: str) -> bytes:
    """Return what an item's content is bound to."""
    return bound(SUITE_NAME, "item", item_id, report_id, kind)


def wrap_context(item_id: str, report_id: str, kind: str, audience: str, epoch: int) -> bytes:
    """Return what an item's wrapped key is bound to."""
    return bound(SUITE_NAME, "wrap", item_id, report_id, kind, audience, str(epoch))


def worker_context(purpose: str, audience: str, epoch: int) -> bytes:
    """Return what an identifier for the worker is bound to."""
    return bound(SUITE_NAME, "worker", purpose, audience, str(epoch))


def member_context(member: str, audience: str, epoch: int) -> bytes:
    """Return what a group's key is bound to in the hands of one member."""
    return bound(SUITE_NAME, "member", member, audience, str(epoch))


def person_context(person_id: str, purpose: str) -> bytes:
    """Return what something sealed to one person is bound to."""
    return bound(SUITE_NAME, "person", person_id, purpose)


def stream_context(purpose: str, audience: str, epoch: int) -> bytes:
    """Return what a long stream is bound to."""
    return bound(SUITE_NAME, "stream", purpose, audience, str(epoch))


def padded(text: bytes) -> bytes:
    """Return the text with at least one byte of padding to a multiple of 512 (ISO/IEC 7816-4)."""
    return text + b"\x80" + bytes(-(len(text) + 1) % PAD_BYTES)


def unpadded(text: bytes) -> bytes:
    """Return the text that `padded` padded; raises `Damaged`."""
    shorn = text.rstrip(b"\x00")
    if len(text) % PAD_BYTES or shorn[-1:] != b"\x80" or len(text) - len(shorn) >= PAD_BYTES:
        raise Damaged("the padding is not ours")
    return shorn[:-1]


# ---- a long stream, for backups -----------------------------------------------------------------------------------


def seal_stream(blocks: Iterable[bytes], *, purpose: str, audience: Audience) -> Iterator[bytes]:
    """Seal a stream of any length in chunks that cannot be dropped, doubled, reordered or cut short unseen.

    The first piece is a version byte and the wrapped key, each later one a chunk with its length in front (STREAM of
    Hoang, Reyhanitabar, Rogaway and Vizar, 2015, as age uses it): the nonce counts and says whether a chunk is last.
    """
    key = os.urandom(KEY_BYTES)
    cipher = AESGCM(key)
    yield VERSION + seal_to(audience.public_key, key, stream_context(purpose, audience.name, audience.epoch))
    index, held = 0, bytearray()
    for block in blocks:
        held += block
        while len(held) > CHUNK_BYTES:
            yield _chunk(cipher, index, MORE, bytes(held[:CHUNK_BYTES]))
            del held[:CHUNK_BYTES]
            index += 1
    yield _chunk(cipher, index, LAST, bytes(held))


def chunk_nonce(index: int, end: bytes) -> bytes:
    """Return the nonce of one chunk: its number and whether it is the last. The key is used for one stream only."""
    return index.to_bytes(11, "big") + end


def _chunk(cipher: AESGCM, index: int, end: bytes, plaintext: bytes) -> bytes:
    sealed = cipher.encrypt(chunk_nonce(index, end), plaintext, None)
    return len(sealed).to_bytes(4, "big") + end + sealed
