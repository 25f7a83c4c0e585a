"""The worker's own mark on the clips that it sealed: no other process can make one.

Rows of `intents` can be written by the public door. Only a mark that the worker's private key makes lets the worker
believe that a stored item is its own, before it deletes that item to fetch it again.
"""

from __future__ import annotations

import hashlib
import hmac

from storage.clips import Intent
from storage.opening import GroupKey

HASH_BYTES = 32


def marked_hash(key: GroupKey, intent_id: str, item_id: str, sealed: bytes) -> bytes:
    """Return the SHA-256 of a sealed item, followed by the worker's mark on it for this intent."""
    digest = hashlib.sha256(sealed).digest()
    return digest + _mark(key, intent_id, item_id, digest)


def own_hash(key: GroupKey, intent: Intent) -> bytes | None:
    """Return the SHA-256 of what the worker itself sealed for an intent; None when the row was written by another."""
    if intent.item_id is None or intent.item_hash is None:
        return None
    digest, mark = intent.item_hash[:HASH_BYTES], intent.item_hash[HASH_BYTES:]
    genuine = hmac.compare_digest(mark, _mark(key, intent.intent_id, intent.item_id, digest))
    return digest if genuine else None


def _mark(key: GroupKey, intent_id: str, item_id: str, digest: bytes) -> bytes:
    own = hmac.digest(key.private, b"hotline: the worker's own work", "sha256")
    return hmac.digest(own, f"{intent_id}:{item_id}:".encode() + digest, "sha256")
