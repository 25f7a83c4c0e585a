"""Access tokens of softphones: asked for by a page, made by the worker, opened only by the page that asked.

The API key that signs them could do much more at the carrier, so only the worker holds it. A page draws a random token
and asks for a pass under its hash, with the token sealed to the worker; the worker seals the pass with that token.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select, update

from storage.jobs import ADMIT, order
from storage.keys import Audience
from storage.models import passes
from storage.sealing import seal_for_worker, token_hash

WAIT_SECONDS = 60  # a page that has not fetched its pass by then asks anew


def sealed_order(token: str, worker: Audience) -> bytes:
    """Return a page's token, sealed to the worker: nobody else can open what is sealed with it."""
    asked = json.dumps({"token": token}).encode()
    return seal_for_worker(asked, purpose=f"admit:{token_hash(token)}", worker=worker)


def ask(connection: Connection, token: str, order_for_worker: bytes, *, now: int) -> None:
    """Ask for a pass; `order_for_worker` is what `sealed_order` returns for the same token."""
    connection.execute(insert(passes), {"pass_id": token_hash(token), "expires_at": now + WAIT_SECONDS})
    order(connection, ADMIT, token_hash(token), order_for_worker, now=now)


def fill(connection: Connection, pass_id: str, sealed: bytes) -> None:
    """Put a pass where the page that asked finds it; nothing when it has waited too long. May run twice."""
    connection.execute(update(passes).where(passes.c.pass_id == pass_id).values(sealed=sealed))


def take(connection: Connection, token: str, *, now: int) -> bytes | None:
    """Return a sealed pass and forget it, or None while it is not there."""
    mine = (passes.c.pass_id == token_hash(token), passes.c.sealed.is_not(None), passes.c.expires_at > now)
    sealed: bytes | None = connection.scalar(select(passes.c.sealed).where(*mine))
    if sealed is not None:
        connection.execute(delete(passes).where(passes.c.pass_id == token_hash(token)))
    return sealed


def forget_old(connection: Connection, *, now: int) -> int:
    """Forget passes that nobody fetched; return how many."""
    return connection.execute(delete(passes).where(passes.c.expires_at <= now)).rowcount
