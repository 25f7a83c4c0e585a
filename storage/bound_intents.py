"""The id of a recording that was asked for: bound to its report and question, so that no other fits it.

Rows of `intents` lie open to whoever can write to the database. The door makes each id from what stands in the row,
with a key of this one call that it seals to the worker when the call begins; the worker checks it before a clip is
sealed into a report. It costs no statement, no column and no seal in a webhook: three keyed hashes.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Protocol, Self

from storage.keys import Damaged, bound

NONCE_CHARACTERS = 8  # so that the same question asked twice in one place gets two ids
MARK_CHARACTERS = 24  # 96 bits: nobody finds another key under which another report gets the same


class Asked(Protocol):
    """What an intent's id is bound to."""

    @property
    def call_key(self) -> str: ...
    @property
    def report_id(self) -> str | None: ...
    @property
    def question(self) -> str: ...
    @property
    def place(self) -> int: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class CallForWorker:
    """What the door seals to the worker when a call begins."""

    sid: str
    intent_key: bytes  # empty where no recording was asked for, as in a call that only the carrier knew: nothing fits

    def packed(self) -> bytes:
        """Return it as bytes to seal."""
        return json.dumps({"sid": self.sid, "intents": self.intent_key.hex()}).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Read what was sealed; raises `Damaged`."""
        try:
            raw = json.loads(packed)
            return cls(str(raw["sid"]), bytes.fromhex(raw["intents"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged("what was sealed is no call") from error


def bound_intent_id(intent_key: bytes, asked: Asked) -> str:
    """Return a new id, 32 hexadecimal characters, for a recording that is about to be asked for."""
    nonce = secrets.token_hex(NONCE_CHARACTERS // 2)
    return nonce + _mark(intent_key, nonce, asked)


def fits(intent_key: bytes, intent_id: str, asked: Asked) -> bool:
    """Say whether a row is what the door asked for when it made this id."""
    nonce, mark = intent_id[:NONCE_CHARACTERS], intent_id[NONCE_CHARACTERS:]
    return bool(intent_key) and hmac.compare_digest(mark.encode(), _mark(intent_key, nonce, asked).encode())


def _mark(intent_key: bytes, nonce: str, asked: Asked) -> str:
    to = bound("intent", nonce, asked.call_key, asked.report_id or "", asked.question, str(asked.place), asked.language)
    return hmac.digest(intent_key, to, "sha256").hex()[:MARK_CHARACTERS]
