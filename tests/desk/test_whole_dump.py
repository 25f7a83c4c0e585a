"""One dump of everything that lies on a desk's machine, with no password and no cookie: nothing of it opens.

Stronger than a look at each table: every byte string of every row and every file of 32 bytes or more that could be a
key is tried as one, on every sealed thing that is stored, each in its own place.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import select

from storage.database import open_session_store
from storage.keys import Damaged, Secret, bound, derived, unlock
from storage.models import items, memberships, metadata, people, session_metadata, wraps
from storage.opening import GroupKey, open_as_person, open_sealed, unwrap_group_key
from storage.sealing import item_context, wrap_context
from tests.desk.staff import House, Story, browser_of, tell

PURPOSES = ("password", "live rows", "call key", "intents", "token", "admissions")
WORDS = "he sells what the computer knows"


def test_everything_stored_together_opens_nothing_without_a_password_or_a_cookie(house: House) -> None:
    told = tell(house, Story(clips=(("story", WORDS),)))
    amina = browser_of(house, "Amina")  # at work while the machine is taken: her session's row is in the dump too
    assert WORDS in amina.get(f"/reports/{told.report_id}").text
    dump = dumped(house)
    found = frozenset(candidates(dump, house.keys.folder))
    assert len(found) > 50
    assert opened_with(dump, found) == []


def test_the_same_search_opens_everything_once_it_is_given_one_private_key(house: House) -> None:
    tell(house, Story(clips=(("story", WORDS),)))
    browser_of(house, "Amina")
    opened = opened_with(dumped(house), frozenset([bytes(house.keys.desk.private)]))
    assert {"wrap", "item"} <= {kind for kind, _ in opened}
    assert any(WORDS.encode() in content for _, content in opened)


def dumped(house: House) -> dict[str, list[dict[str, Any]]]:
    """Return every row of both stores."""
    rows: dict[str, list[dict[str, Any]]] = {}
    sessions = open_session_store(house.settings.sessions_url)
    for store, tables in ((house.database, metadata), (sessions, session_metadata)):
        with store.read() as connection:
            for table in tables.sorted_tables:
                rows[table.name] = [dict(row._mapping) for row in connection.execute(select(table))]
    sessions.close()
    return rows


def candidates(dump: dict[str, list[dict[str, Any]]], folder: Path) -> Iterator[bytes]:
    """Yield every 32 bytes that a thief would try as a key: of rows, of files in raw, base64 and hexadecimal."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and "recovery" not in path.parts]
    values = [value for rows in dump.values() for row in rows for value in row.values()]
    raws = [value if isinstance(value, bytes) else str(value).encode() for value in values if value is not None]
    for raw in chain(contents, raws):
        for plain in (raw, *decoded(raw)):
            if len(plain) >= 32:
                keys = {plain[:32], plain[-32:], plain[1:33]}
                yield from keys
                yield from (bytes(derived(key, purpose)) for key in keys for purpose in PURPOSES)


def decoded(raw: bytes) -> Iterator[bytes]:
    for text in re.findall(rb"[A-Za-z0-9+/_-]{43,44}=?", raw):
        yield base64.b64decode(text.replace(b"-", b"+").replace(b"_", b"/") + b"==")
    for text in re.findall(rb"[0-9a-f]{64}", raw):
        yield bytes.fromhex(text.decode())


def opened_with(dump: dict[str, list[dict[str, Any]]], keys: frozenset[bytes]) -> list[tuple[str, bytes]]:
    """Try every key on everything; a key that comes to light is tried too, as a thief would go on."""
    opened: list[tuple[str, bytes]] = []
    waiting, tried = list(keys), set(keys)
    while waiting:
        key = waiting.pop()
        new = list(openings(dump, Secret(key)))
        opened += new
        for _, content in new:
            if len(content) == 32 and content not in tried:
                tried.add(content)
                waiting.append(content)
    return opened


def openings(dump: dict[str, list[dict[str, Any]]], key: Secret) -> Iterator[tuple[str, bytes]]:
    place = {row["item_id"]: row for row in dump[items.name]}
    for row in dump[people.name]:
        yield from tried("person", lambda r=row: unlock(r["wrapped_key"], key, person_place(r)))
        yield from tried("totp", lambda r=row: totp(r, key))
    for row in dump[memberships.name]:
        yield from tried("membership", lambda r=row: membership(r, key).private)
    for row in dump["sessions"]:
        for person in dump[people.name]:
            yield from tried("session", lambda r=row, p=person: unlock(r["private_key"], key, session_place(r, p)))
    for row in dump[wraps.name]:
        item = place[row["item_id"]]
        at = (item["item_id"], item["report_id"], item["kind"], row["audience"], row["epoch"])
        yield from tried("wrap", lambda r=row, a=at: open_sealed(r["wrapped"], key, wrap_context(*a)))
    for item in dump[items.name]:
        where = (item["item_id"], item["report_id"], item["kind"])
        yield from tried("item", lambda i=item, a=where: unlock(i["sealed"], key, item_context(*a)))


def person_place(row: dict[str, Any]) -> bytes:
    return bound("person key", row["person_id"])


def session_place(row: dict[str, Any], person: dict[str, Any]) -> bytes:
    return bound("session", row["sid_hash"], row["person_id"], person["salt"])


def membership(row: dict[str, Any], key: Secret) -> GroupKey:
    place = {"member": row["member"], "name": row["audience"], "epoch": row["epoch"]}
    return unwrap_group_key(row["wrapped"], **place, private=key)


def totp(row: dict[str, Any], key: Secret) -> bytes:
    return bytes(open_as_person(row["totp_sealed"], person_id=row["person_id"], purpose="totp", private=key))


def tried(kind: str, attempt: Any) -> Iterator[tuple[str, bytes]]:
    try:
        yield kind, bytes(attempt())
    except (Damaged, ValueError):
        return
