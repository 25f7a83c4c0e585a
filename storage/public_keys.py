"""The public keys of a line: read from a file that each process pins by its fingerprint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.keys import KEY_BYTES, Audience, KeyFileUnfit

AUDIENCES = ("desk", "worker", "recovery")


class FingerprintMismatch(Exception):
    """The public keys are not those that were pinned; sealing to them could hand answers to a stranger."""


@dataclass(frozen=True)
class PublicKeys:
    """Everything that can be sealed to."""

    desk: Audience
    worker: Audience
    recovery: Audience

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the keys' canonical JSON, as 16 groups of four hexadecimal characters."""
        digest = hashlib.sha256(json.dumps(self._plain(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        return "-".join(digest[at : at + 4] for at in range(0, 64, 4))

    def packed(self) -> str:
        """Return the keys as the text of `public.json`."""
        return json.dumps({**self._plain(), "fingerprint": self.fingerprint}, indent=2) + "\n"

    def _plain(self) -> dict[str, Any]:
        audiences = {
            one.name: {"epoch": one.epoch, "public_key": base64.b64encode(one.public_key).decode()}
            for one in (self.desk, self.worker, self.recovery)
        }
        return {"version": 1, "audiences": audiences}


def read_public_keys(path: Path, pinned_fingerprint: str) -> PublicKeys:
    """Read `public.json`; raises `FingerprintMismatch` unless it holds exactly the keys that were pinned."""
    keys = unpinned_public_keys(path)
    pinned = "".join(pinned_fingerprint.split()).replace("-", "").lower()
    if not hmac.compare_digest(keys.fingerprint.replace("-", "").encode(), pinned.encode()):
        raise FingerprintMismatch(f"{path.name} has the fingerprint {keys.fingerprint}, which is not the pinned one")
    return keys


def unpinned_public_keys(path: Path) -> PublicKeys:
    """Read `public.json` without a pin: only to show its fingerprint to a person who compares it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != 1:
            raise KeyFileUnfit(f"{path}: written by a newer release")
        return PublicKeys(*(_audience(name, raw["audiences"][name]) for name in AUDIENCES))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyFileUnfit(f"{path}: missing or not written by `hotline keys init`") from error


def _audience(name: str, raw: Mapping[str, Any]) -> Audience:
    public_key = base64.b64decode(raw["public_key"], validate=True)
    if len(public_key) != KEY_BYTES:
        raise ValueError("a key has the wrong length")
    return Audience(name, int(raw["epoch"]), public_key)
