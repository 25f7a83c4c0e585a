"""Opening with private keys: imported by the desk, the worker and commands, never by the public door."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys import (
    ARGON_COST,
    KEY_BYTES,
    VERSION,
    ArgonCost,
    Audience,
    Damaged,
    KeyFileUnfit,
    Secret,
    UnknownVersion,
    bound,
    derived,
    lock,
    public_half,
    read_secret_file,
    stretched,
    unlock,
)
from storage.sealing import (
    CHUNK_BYTES,
    LAST,
    MORE,
    SUITE,
    TEXT_KINDS,
    Wrap,
    chunk_nonce,
    item_context,
    member_context,
    person_context,
    seal_to,
    stream_context,
    unpadded,
    worker_context,
    wrap_context,
)

WRAPPED_KEY_BYTES = 80
TAG_BYTES = 16

__all__ = ["Damaged", "GroupKey", "NoWrapForGroup", "open_for_worker", "open_item", "read_worker_key"]


class NoWrapForGroup(Damaged):
    """The item was never sealed to this group in this epoch, or its wrap is gone; trying again does not help."""


@dataclass(frozen=True)
class GroupKey:
    """The private key of an audience in one epoch."""

    name: str
    epoch: int
    private: Secret

    @property
    def public_key(self) -> bytes:
        """Return the public half."""
        return public_half(self.private)

    @property
    def audience(self) -> Audience:
        """Return what is sealed to for this key."""
        return Audience(self.name, self.epoch, self.public_key)

    @property
    def every(self) -> tuple[GroupKey, ...]:
        """Return each epoch's key that is held, the newest first: here this one."""
        return (self,)


@dataclass(frozen=True)
class KeyRing(GroupKey):
    """The newest key of a group that somebody holds, with those of earlier epochs: wherever one opens, a ring does."""

    earlier: tuple[GroupKey, ...] = ()

    @property
    def every(self) -> tuple[GroupKey, ...]:
        """Return each epoch's key that is held, the newest first."""
        return (GroupKey(self.name, self.epoch, self.private), *self.earlier)


def ring(keys: Sequence[GroupKey]) -> KeyRing:
    """Return a ring of at least one key, whatever their order."""
    newest, *earlier = sorted(keys, key=lambda one: one.epoch, reverse=True)
    return KeyRing(newest.name, newest.epoch, newest.private, tuple(earlier))


def open_item(
    sealed: bytes, *, item_id: str, report_id: str, kind: str, wraps_of_item: Sequence[Wrap], group: GroupKey
) -> bytes:
    """Open one item that stands where it was sealed to stand; raises `Damaged`."""
    key = _item_key(item_id, report_id, kind, wraps_of_item, group)
    body = bytes(unlock(sealed, _of_key_length(key), item_context(item_id, report_id, kind)))
    return unpadded(body) if kind in TEXT_KINDS else body


def _item_key(item_id: str, report_id: str, kind: str, wraps_of_item: Sequence[Wrap], group: GroupKey) -> Secret:
    wraps = {(wrap.audience, wrap.epoch): wrap.wrapped for wrap in wraps_of_item}
    fitting = [(key, wraps[key.name, key.epoch]) for key in group.every if (key.name, key.epoch) in wraps]
    damaged: Damaged = NoWrapForGroup("the item has no wrap for this group")
    for key, wrapped in fitting:
        try:
            return open_sealed(wrapped, key.private, wrap_context(item_id, report_id, kind, key.name, key.epoch))
        except Damaged as error:  # a wrap that was planted for the newest epoch must not hide the one before
            damaged = error
    raise damaged


def open_for_worker(sealed: bytes, *, purpose: str, key: GroupKey) -> bytes:
    """Open an identifier that was sealed to the worker for this purpose; raises `Damaged`."""
    if sealed[:1] != VERSION:
        raise UnknownVersion("sealed to the worker with an unknown version")
    return bytes(open_sealed(sealed[1:], key.private, worker_context(purpose, key.name, key.epoch)))


def open_sealed(sealed: bytes, private: Secret, context: bytes) -> Secret:
    """Open HPKE with a private key; raises `Damaged` when key, context or bytes differ."""
    try:
        return Secret(SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=context))
    except (InvalidTag, ValueError) as error:
        raise Damaged("a sealed thing does not open here") from error


# ---- private keys in files ----------------------------------------------------------------------------------------


def read_worker_key(path: Path) -> GroupKey:
    """Read the worker's private key; raises `KeyFileUnfit`."""
    return _group_key(path, _read_json(path, read_secret_file(path)), "worker")


def read_recovery_key(paths: Sequence[Path]) -> GroupKey:
    """Read the offline recovery key from one file, or from its two halves; raises `KeyFileUnfit` with the reason."""
    raws = [_read_json(path, read_secret_file(path)) for path in paths]
    shares = [_group_key(path, raw, "recovery") for path, raw in zip(paths, raws, strict=True)]
    halves = sorted(raw.get("half", "") for raw in raws)
    if halves == [""]:
        return shares[0]
    if len(raws) == 1:
        raise KeyFileUnfit(f"{paths[0]}: one half alone says nothing; name the other half too")
    if halves != ["1", "2"]:
        raise KeyFileUnfit(_why_no_pair(paths, halves))
    if raws[0].get("pair") != raws[1].get("pair") or shares[0].epoch != shares[1].epoch:
        raise KeyFileUnfit(f"{paths[0]} and {paths[1]} are halves of two different keys: they were not made together")
    first, second = (share.private for share in shares)
    whole = Secret(bytes(one ^ other for one, other in zip(first, second, strict=True)))
    return GroupKey("recovery", shares[0].epoch, whole)


def check_recovery_key(recovery: GroupKey, pinned: Audience) -> None:
    """Say why this is not the line's recovery key; raises `KeyFileUnfit`. `pinned`: as the public keys name it."""
    if recovery.epoch != pinned.epoch:
        raise KeyFileUnfit(f"this recovery key is of epoch {recovery.epoch}; the line's is of epoch {pinned.epoch}")
    if recovery.public_key != pinned.public_key:
        raise KeyFileUnfit("this is the recovery key of another line, or a half of it was changed")


def _why_no_pair(paths: Sequence[Path], halves: Sequence[str]) -> str:
    named = " and ".join(map(str, paths))
    if len(paths) != 2:
        return f"{named}: the recovery key is one whole file, or two halves"
    if "" in halves:
        return f"{named}: one of them is the whole key; name that one alone"
    return f"{named} are both half {halves[0]}: the other half is with somebody else"


def packed_private_key(group: GroupKey, *, half: str = "", pair: str = "") -> bytes:
    """Return the content of a private key's file; a half carries its number and the name of its pair."""
    raw = {"version": "1", "name": group.name, "epoch": str(group.epoch), "half": half, "pair": pair}
    return json.dumps({**raw, "private_key": base64.b64encode(group.private).decode()}, indent=2).encode() + b"\n"


def _group_key(path: Path, raw: dict[str, str], name: str) -> GroupKey:
    try:
        private = base64.b64decode(raw["private_key"], validate=True)
        if raw["name"] != name or raw["version"] != "1" or len(private) != KEY_BYTES:
            raise KeyFileUnfit(f"{path}: not the private key of {name}")
        return GroupKey(name, int(raw["epoch"]), Secret(private))
    except (KeyError, ValueError) as error:
        raise KeyFileUnfit(f"{path}: not a private key that `hotline keys init` wrote") from error


def _read_json(path: Path, content: Secret) -> dict[str, str]:
    try:
        raw = json.loads(bytes(content))
    except ValueError as error:
        raise KeyFileUnfit(f"{path}: not a private key that `hotline keys init` wrote") from error
    return {str(name): str(value) for name, value in raw.items()} if isinstance(raw, dict) else {}


# ---- keys in the hands of people ----------------------------------------------------------------------------------


def wrap_group_key(group: GroupKey, *, member: str, public_key: bytes) -> bytes:
    """Wrap a group's private key for one member; the row of another member or epoch does not fit."""
    return VERSION + seal_to(public_key, group.private, member_context(member, group.name, group.epoch))


def unwrap_group_key(wrapped: bytes, *, member: str, name: str, epoch: int, private: Secret) -> GroupKey:
    """Unwrap a group's private key with a member's own; raises `Damaged`."""
    if wrapped[:1] != VERSION:
        raise UnknownVersion("a membership with an unknown version")
    key = open_sealed(wrapped[1:], private, member_context(member, name, epoch))
    return GroupKey(name, epoch, _of_key_length(key))


def wrap_with_password(
    private: Secret, password: str, *, person_id: str, salt: bytes, pepper: Secret, cost: ArgonCost = ARGON_COST
) -> bytes:
    """Wrap a person's private key under their password. Takes 150 to 300 ms."""
    return lock(private, _password_key(password, salt, pepper, cost), bound("person key", person_id))


def unwrap_with_password(
    wrapped: bytes, password: str, *, person_id: str, salt: bytes, pepper: Secret, cost: ArgonCost = ARGON_COST
) -> Secret:
    """Unwrap a person's private key; raises `Damaged` for a wrong password: this is the check, there is no other."""
    return unlock(wrapped, _password_key(password, salt, pepper, cost), bound("person key", person_id))


def lock_as_person(plaintext: bytes, *, person_id: str, purpose: str, private: Secret) -> bytes:
    """Lock something that only this person makes and opens: whoever holds their public key alone can do neither."""
    return lock(plaintext, derived(private, "second factors"), person_context(person_id, purpose))


def open_as_person(locked: bytes, *, person_id: str, purpose: str, private: Secret) -> Secret:
    """Open what this person locked for this purpose; raises `Damaged`."""
    return unlock(locked, derived(private, "second factors"), person_context(person_id, purpose))


def _password_key(password: str, salt: bytes, pepper: Secret, cost: ArgonCost) -> Secret:
    return derived(stretched(password, salt=salt, pepper=pepper, cost=cost), "password")


def _of_key_length(key: Secret) -> Secret:
    if len(key) != KEY_BYTES:
        raise Damaged("a wrapped key has the wrong length")
    return key


# ---- a long stream, for backups -----------------------------------------------------------------------------------


def open_stream(read: Callable[[int], bytes], *, purpose: str, group: GroupKey) -> Iterator[bytes]:
    """Open what `seal_stream` sealed, chunk by chunk; raises `Damaged` at the first chunk that does not belong."""
    head = read(1 + WRAPPED_KEY_BYTES)
    if head[:1] != VERSION:
        raise UnknownVersion("a stream with an unknown version")
    key = open_sealed(head[1:], group.private, stream_context(purpose, group.name, group.epoch))
    cipher, index, end = AESGCM(_of_key_length(key)), 0, MORE
    while end != LAST:
        length, end = int.from_bytes(read(4), "big"), read(1)
        if not TAG_BYTES <= length <= CHUNK_BYTES + TAG_BYTES:
            raise Damaged("a chunk is missing or has an impossible length")
        try:
            yield cipher.decrypt(chunk_nonce(index, end), read(length), None)
        except (InvalidTag, ValueError) as error:
            raise Damaged("a chunk does not belong here") from error
        index += 1
    if read(1):
        raise Damaged("something was added behind the end")
