"""The public keys of a line: read from a file that each process pins by its fingerprint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storage.keys import KEY_BYTES, Audience, KeyFileUnfit

AUDIENCES = ("desk", "worker", "recovery")


class FingerprintMismatch(Exception):
    """The public keys are not those that were pinned; sealing to them could hand answers to a stranger."""


@dataclass(frozen=True)
class PublicKeys:
    """Everything that can be sealed to."""

    desk: Audience  # of the current epoch: nothing is sealed to another
    worker: Audience
    recovery: Audience
    earlier: tuple[Audience, ...] = ()  # the desk's epochs under which wraps may still stand; the newest first

    @property
    def desk_epochs(self) -> tuple[Audience, ...]:
        """Return every pinned epoch of the desk, the newest first."""
        return (self.desk, *self.earlier)

    def next_epoch(self, public_key: bytes) -> PublicKeys:
        """Return these keys with a new one for the desk, and those so far as earlier ones."""
        return replace(self, desk=Audience(self.desk.name, self.desk.epoch + 1, public_key), earlier=self.desk_epochs)

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the keys' canonical JSON, as 16 groups of four hexadecimal characters."""
        digest = hashlib.sha256(json.dumps(self._plain(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        return "-".join(digest[at : at + 4] for at in range(0, 64, 4))

    def packed(self) -> str:
        """Return the keys as the text of `public.json`."""
        return json.dumps({**self._plain(), "fingerprint": self.fingerprint}, indent=2) + "\n"

    def _plain(self) -> dict[str, Any]:
        plain = {"audiences": {one.name: _plain(one) for one in (self.desk, self.worker, self.recovery)}}
        if not self.earlier:
            return {"version": 1, **plain}  # as long as there is one epoch, older releases read it too
        return {"version": 2, **plain, "earlier": [_plain(one) for one in self.earlier]}


def read_public_keys(path: Path, pinned_fingerprint: str) -> PublicKeys:
    """Read `public.json`; raises `FingerprintMismatch` unless it holds exactly the keys that were pinned.

    A new epoch leaves the file before it beside. A process that still pins that one reads it there, so that one which
    starts again in the middle of the change goes on as before: the pin decides, not the name of the file.
    """
    keys = unpinned_public_keys(path)
    if _is_pinned(keys, pinned_fingerprint):
        return keys
    for beside in sorted(path.parent.glob(f"{path.stem}-*{path.suffix}")):
        try:
            before = unpinned_public_keys(beside)
        except KeyFileUnfit:
            continue
        if _is_pinned(before, pinned_fingerprint):
            return before
    raise FingerprintMismatch(f"{path.name} has the fingerprint {keys.fingerprint}, which is not the pinned one")


def name_before(path: Path, epoch: int) -> Path:
    """Return where the public keys of an earlier epoch stay, beside the current ones."""
    return path.with_name(f"{path.stem}-{epoch}{path.suffix}")


def unpinned_public_keys(path: Path) -> PublicKeys:
    """Read `public.json` without a pin: only to show its fingerprint to a person who compares it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] not in (1, 2):
            raise KeyFileUnfit(f"{path}: written by a newer release")
        earlier = tuple(_audience("desk", one) for one in (raw["earlier"] if raw["version"] == 2 else ()))
        desk, worker, recovery = (_audience(name, raw["audiences"][name]) for name in AUDIENCES)
        keys = PublicKeys(desk, worker, recovery, earlier)
        epochs = [one.epoch for one in keys.desk_epochs]
        if epochs != sorted(set(epochs), reverse=True):
            raise KeyFileUnfit(f"{path}: an epoch stands twice, or an older one is named as the current one")
        return keys
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyFileUnfit(f"{path}: missing or not written by `hotline keys init`") from error


def _is_pinned(keys: PublicKeys, pinned_fingerprint: str) -> bool:
    pinned = "".join(pinned_fingerprint.split()).replace("-", "").lower()
    return hmac.compare_digest(keys.fingerprint.replace("-", "").encode(), pinned.encode())


def _plain(one: Audience) -> dict[str, Any]:
    return {"epoch": one.epoch, "public_key": base64.b64encode(one.public_key).decode()}


def _audience(name: str, raw: Mapping[str, Any]) -> Audience:
    public_key = base64.b64decode(raw["public_key"], validate=True)
    if len(public_key) != KEY_BYTES:
        raise ValueError("a key has the wrong length")
    return Audience(name, int(raw["epoch"]), public_key)
