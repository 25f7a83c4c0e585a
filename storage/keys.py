"""The secrets of every process: read from files with strict permissions, derived from secrets, never printed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from storage.clock import Clock, SystemClock

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
PREVIOUS_LIVE_KEY_SECONDS = 24 * 3600
RECORDING_KEY_BITS = 3072
RECOVERY_MEMBER = "recovery"  # a member of every group, offline


class Damaged(Exception):
    """Something sealed does not open: another key, another place, or changed bytes; trying again does not help."""


class UnknownVersion(Damaged):
    """Something sealed begins with a version this release does not know; only a newer release may help."""


class KeyFileUnfit(Exception):
    """A key file is missing, malformed or readable by others; the operator must mend it."""


class Secret(bytes):
    """Secret bytes that show only a fingerprint when printed by mistake."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Secret({hashlib.sha256(b'shown' + bytes(self)).hexdigest()[:8]})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


@dataclass(frozen=True)
class Audience:
    """Those who may open what is sealed to this key: a group in one epoch."""

    name: str
    epoch: int
    public_key: bytes


# ---- secret files -------------------------------------------------------------------------------------------------


def read_secret_file(path: Path) -> Secret:
    """Return what a secret file holds; raises `KeyFileUnfit` when it is missing or anyone but its owner may read it."""
    try:
        with path.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise KeyFileUnfit(f"{path}: others may read or change it; do `chmod 600` on it")
            return Secret(opened.read())
    except OSError as error:
        raise KeyFileUnfit(f"{path}: missing, or not readable by this process") from error


def write_secret_file(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads; raises `FileExistsError` rather than lose a key."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def read_pepper(path: Path) -> Secret:
    """Read the 32 random bytes without which neither a password nor a reference can be tried offline."""
    pepper = read_secret_file(path)
    if len(pepper) != KEY_BYTES:
        raise KeyFileUnfit(f"{path}: not the {KEY_BYTES} bytes that `hotline keys init` wrote")
    return pepper


# ---- making and deriving ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ArgonCost:
    """How hard one guess is made. No setting reaches this: only a reviewed change of the code weakens it."""

    memory_kib: int
    passes: int
    lanes: int


ARGON_COST = ArgonCost(memory_kib=64 * 1024, passes=3, lanes=1)


def stretched(text: str, *, salt: bytes, pepper: Secret, cost: ArgonCost = ARGON_COST) -> Secret:
    """Return Argon2id of a short secret (RFC 9106), 32 bytes. Takes 150 to 300 ms and 64 MiB."""
    argon = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
        secret=bytes(pepper),
    )
    return Secret(argon.derive(text.encode()))


def derived(secret: bytes, purpose: str, length: int = KEY_BYTES) -> Secret:
    """Return a key for one purpose from a strong secret (HKDF-SHA256, RFC 5869)."""
    return Secret(HKDF(SHA256(), length, None, f"hotline {purpose} 1".encode()).derive(secret))


def new_private_key() -> Secret:
    """Return a fresh X25519 private key, 32 bytes."""
    return Secret(X25519PrivateKey.generate().private_bytes_raw())


def public_half(private: bytes) -> bytes:
    """Return the public key that belongs to an X25519 private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def new_recording_key() -> tuple[Secret, bytes]:
    """Return an RSA key pair for Twilio's recording encryption, as PEM: private (PKCS 8) and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RECORDING_KEY_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Secret(private), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def bound(*fields: str | bytes) -> bytes:
    """Return fields joined so that no two different lists give the same bytes: each carries its length."""
    parts = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def person_fingerprint(person_id: str, public_key: bytes) -> str:
    """Return what two people compare before one is admitted: eight groups of four hexadecimal characters.

    On the screen of the person themselves it must come from their own private key, never from the database: whoever
    exchanged the row would otherwise be seen on both screens.
    """
    digest = hashlib.sha256(bound("hotline person fingerprint 1", person_id, public_key)).hexdigest()
    return "-".join(digest[at : at + 4] for at in range(0, 32, 4))


def lock(plaintext: bytes, key: bytes, context: bytes) -> bytes:
    """Encrypt under a key we hold, bound to its place: version byte, nonce, AES-256-GCM."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, VERSION + context)


def unlock(locked: bytes, key: bytes, context: bytes) -> Secret:
    """Decrypt what `lock` made; raises `Damaged` when key, place or bytes differ."""
    if locked[:1] != VERSION:
        raise UnknownVersion("a sealed thing begins with an unknown version")
    nonce, body = locked[1 : 1 + NONCE_BYTES], locked[1 + NONCE_BYTES :]
    try:
        return Secret(AESGCM(key).decrypt(nonce, body, VERSION + context))
    except (InvalidTag, ValueError) as error:
        raise Damaged("a sealed thing does not open here") from error


# ---- the live key -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _LiveSecret:
    """One live key with what is derived from it: a secret each for names, rows and recordings asked for."""

    whole: Secret
    naming: Secret
    sealing: Secret
    binding: Secret


@dataclass(frozen=True)
class _LiveFile:
    """What the file held when it was last looked at; the newest first."""

    mark: tuple[int, int, int] | None
    rotated_at: int
    secrets: tuple[_LiveSecret, ...]


class LiveKey:
    """The key of calls that are under way. It follows the file when the key is rotated; the previous works for 24 h."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._looked_at = clock.now()
        self._held = _read_live_file(path)

    def call_key(self, sid: str) -> str:
        """Return the keyed hash of a SID, 32 hexadecimal characters: useless without this key."""
        return _keyed_hash(self._secrets()[0], sid)

    def call_keys(self, sid: str) -> tuple[str, ...]:
        """Return every keyed hash under which a row may stand: by the current key, then by the previous."""
        return tuple(_keyed_hash(secret, sid) for secret in self._secrets())

    def intent_key(self, sid: str, call_key: str) -> bytes:
        """Return the key that a call's intents are bound with, the same until it ends, whatever is rotated.

        `call_key` is the one under which the call's row stands: it tells which live key the call began under.
        """
        secrets = self._secrets()
        began = next((secret for secret in secrets if _keyed_hash(secret, sid) == call_key), secrets[0])
        return hmac.digest(began.binding, sid.encode(), "sha256")

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a row of a live call, bound to the row it belongs to."""
        return lock(plaintext, self._secrets()[0].sealing, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a row of a live call; raises `Damaged`."""
        *newer, oldest = self._secrets()
        for secret in newer:
            try:
                return bytes(unlock(sealed, secret.sealing, context))
            except Damaged:
                continue
        return bytes(unlock(sealed, oldest.sealing, context))

    def _secrets(self) -> tuple[_LiveSecret, ...]:
        now = self._clock.now()
        if now != self._looked_at:  # at most one look a second: this stands in every webhook's way
            self._looked_at = now
            if _mark(self._path) not in (self._held.mark, None):
                self._held = _read_live_file(self._path)
        held = self._held
        return held.secrets if now - held.rotated_at < PREVIOUS_LIVE_KEY_SECONDS else held.secrets[:1]


def read_live_key(path: Path, clock: Clock | None = None) -> LiveKey:
    """Read `live.key`; raises `KeyFileUnfit`. On the machine's own clock unless another is given."""
    return LiveKey(path, clock or SystemClock())


def rotate_live_key(path: Path, now: int) -> None:
    """Make a new live key and keep the one before for 24 h; makes the file when there is none, as after a reboot."""
    raw = {"version": 1, "rotated_at": now, "current": _text(os.urandom(KEY_BYTES))}
    if path.exists():
        raw["previous"] = _text(_read_live_file(path).secrets[0].whole)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_secret_file(fresh, json.dumps(raw).encode())
    fresh.replace(path)


def _read_live_file(path: Path) -> _LiveFile:
    mark = _mark(path)
    content = read_secret_file(path)
    try:
        raw = json.loads(bytes(content))
        texts = [raw["current"], *([raw["previous"]] if "previous" in raw else [])]
        secrets = tuple(_live_secret(_exactly_32(base64.b64decode(text, validate=True))) for text in texts)
        return _LiveFile(mark, int(raw["rotated_at"]), secrets)
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileUnfit(f"{path}: not a live key; `hotline keys rotate-live` makes one") from error


def _live_secret(whole: Secret) -> _LiveSecret:
    return _LiveSecret(whole, derived(whole, "call key"), derived(whole, "live rows"), derived(whole, "intents"))


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _keyed_hash(secret: _LiveSecret, sid: str) -> str:
    return hmac.digest(secret.naming, sid.encode(), "sha256").hex()[:32]


def _exactly_32(raw: bytes) -> Secret:
    if len(raw) != KEY_BYTES:
        raise ValueError("a key has the wrong length")
    return Secret(raw)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
