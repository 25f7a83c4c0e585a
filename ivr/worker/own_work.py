"""The worker's own mark on the clips that it sealed: no other process can make one.

Rows of `intents` can be written by the public door. Only a mark that the worker's private key makes lets the worker
believe that a stored item is its own, before it deletes that item to fetch it again.
"""

from __future__ import annotations

import hashlib
import hmac

from storage.clips import Intent
from storage.keys import bound
from storage.opening import GroupKey
from storage.sealing import SealedItem

HASH_BYTES = 32


def marked_hash(key: GroupKey, intent: Intent, item: SealedItem) -> bytes:
    """Return the SHA-256 of a sealed item, followed by the worker's mark on it for this intent and its call."""
    digest = hashlib.sha256(item.sealed).digest()
    return digest + _mark(key, intent, item.report_id, item.item_id, digest)


def own_hash(key: GroupKey, intent: Intent) -> bytes | None:
    """Return the SHA-256 of what the worker itself sealed for an intent; None when the row was written by another."""
    if intent.report_id is None or intent.item_id is None or intent.item_hash is None:
        return None
    digest, mark = intent.item_hash[:HASH_BYTES], intent.item_hash[HASH_BYTES:]
    genuine = hmac.compare_digest(mark, _mark(key, intent, intent.report_id, intent.item_id, digest))
    return digest if genuine else None


def _mark(key: GroupKey, intent: Intent, report_id: str, item_id: str, digest: bytes) -> bytes:
    own = hmac.digest(key.private, b"hotline: the worker's own work", "sha256")
    to = bound("clip", intent.intent_id, intent.call_key, report_id, item_id, digest)
    return hmac.digest(own, to, "sha256")
