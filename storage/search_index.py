"""The index that staff search by: keyed hashes of words, cut to 16 bits and padded with decoys.

What it tells whoever reads the database alone: how many reports have subjects, in steps of sixteen words, and which
reports may share one. A token is shared by chance as well, and a decoy is a token like any other, so that equal tokens
prove nothing; what is found by them is opened and compared before it is shown.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select

from storage.blocks import Reader, visible
from storage.desk_secrets import DeskSecret, check_current
from storage.keys import bound
from storage.models import items, reports, search_tokens

TOKEN_CHARACTERS = 4  # hexadecimal: 65,536 tokens
PADDED_TO = 16
MOST_CANDIDATES = 400  # opened for one search
MOST_COMPARED = 60  # opened for the hints on one report
MARK_CHARACTERS = 8


def write_tokens(connection: Connection, secret: DeskSecret, report_id: str, words: Collection[str]) -> None:
    """Put what a report is found by in the place of what it was found by; raises `SecretReplaced`.

    With no word nothing is left. Decoys are the same each time, so that two copies of the database do not tell them.
    """
    check_current(connection, secret)
    connection.execute(delete(search_tokens).where(search_tokens.c.report_id == report_id))
    if not words:
        return
    tokens = {_token(secret, "word", word) for word in words}
    wanted = len(tokens) + -len(tokens) % PADDED_TO
    number = 0
    while len(tokens) < wanted:
        tokens.add(_token(secret, "decoy", report_id, str(number)))
        number += 1
    connection.execute(insert(search_tokens), [{"token": one, "report_id": report_id} for one in sorted(tokens)])


def with_all(
    connection: Connection, secret: DeskSecret, words: Collection[str], *, reader: Reader, most: int = MOST_CANDIDATES
) -> tuple[str, ...]:
    """Return reports that may hold all of these words, newest first, those that the reader may see."""
    return _candidates(connection, secret, words, reader=reader, least=None, but="", most=most)


def with_any(
    connection: Connection, secret: DeskSecret, words: Collection[str], *, reader: Reader, but: str
) -> tuple[str, ...]:
    """Return reports beside one that may hold any of these words, newest first, that the reader may see."""
    return _candidates(connection, secret, words, reader=reader, least=1, but=but, most=MOST_COMPARED)


def _candidates(
    connection: Connection,
    secret: DeskSecret,
    words: Collection[str],
    *,
    reader: Reader,
    least: int | None,
    but: str,
    most: int,
) -> tuple[str, ...]:
    tokens = {_token(secret, "word", word) for word in words}
    if not tokens:
        return ()
    held = (
        select(search_tokens.c.report_id)
        .where(search_tokens.c.token.in_(tokens), search_tokens.c.report_id != but)
        .group_by(search_tokens.c.report_id)
        .having(func.count() >= (least or len(tokens)))
    )
    which = select(reports.c.report_id).where(reports.c.report_id.in_(held), visible(reader))
    newest = which.order_by(reports.c.week.desc(), reports.c.report_id.desc()).limit(most)
    return tuple(connection.scalars(newest))


def asked_mark(secret: DeskSecret, asked: str) -> str:
    """Return what the audit keeps of what was asked: equal for equal words, and nothing without the desk's key."""
    return hmac.digest(secret.key, bound("asked", asked), "sha256").hex()[:MARK_CHARACTERS]


def forget_tokens(connection: Connection) -> None:
    """Empty the index, before it is built under another key."""
    connection.execute(delete(search_tokens))


def reports_with_subjects(connection: Connection, after: str, size: int) -> tuple[str, ...]:
    """Return ids of reports that have subjects, in the order of their random ids, beginning behind one."""
    mine = select(items.c.report_id).where(items.c.kind == "subject", items.c.report_id > after)
    return tuple(connection.scalars(mine.distinct().order_by(items.c.report_id).limit(size)))


def count_with_subjects(connection: Connection) -> int:
    """Return how many reports have subjects."""
    mine = select(func.count(items.c.report_id.distinct())).where(items.c.kind == "subject")
    return connection.scalar(mine) or 0


def _token(secret: DeskSecret, *what: str) -> str:
    return hmac.digest(secret.key, bound(*what), "sha256").hex()[:TOKEN_CHARACTERS]
