"""What a team's own system shows instead of a person: 256 random bits, of which only the hash is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from storage.clock import month_of
from storage.models import api_tokens
from storage.sealing import token_hash

PREFIX = "hotline_"  # by which people, and programs that look for lost secrets, know what they found
TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
MOST_TOKENS = 10  # of one team
LONGEST_LABEL = 80
MOST_MONTHS = 12


class TooManyTokens(Exception):
    """The team has as many tokens as it may; revoking one helps."""


@dataclass(frozen=True)
class ApiToken:
    """One token, without what makes it one."""

    token_id: str
    team: str
    label: str
    made_by: str  # a person_id of the team
    until: str  # its last month: 2027-03


def new_token() -> str:
    """Return a token, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def keep_token(connection: Connection, token: str, kept: ApiToken) -> None:
    """Keep a token that was just made; raises `TooManyTokens`. Needs a write transaction."""
    if (connection.scalar(select(func.count()).where(api_tokens.c.team == kept.team)) or 0) >= MOST_TOKENS:
        raise TooManyTokens
    connection.execute(insert(api_tokens), {"token_hash": token_hash(token), **vars(kept)})


def known_token(connection: Connection, token: str, *, now: int) -> ApiToken | None:
    """Return the token that somebody shows, or None where it is none, was revoked, or its last month is over."""
    if not TOKEN.fullmatch(token):
        return None
    row = connection.execute(_tokens().where(api_tokens.c.token_hash == token_hash(token))).one_or_none()
    return _token(row) if row is not None and month_of(now) <= row.until else None


def tokens_of(connection: Connection, team: str) -> tuple[ApiToken, ...]:
    """Return a team's tokens, also those whose last month is over, by their labels."""
    query = _tokens().where(api_tokens.c.team == team).order_by(api_tokens.c.label, api_tokens.c.token_id)
    return tuple(map(_token, connection.execute(query)))


def revoke(connection: Connection, token_id: str, team: str) -> ApiToken | None:
    """Let a token of this team go; return it, or None where there is none any more."""
    this = (api_tokens.c.token_id == token_id) & (api_tokens.c.team == team)
    row = connection.execute(_tokens().where(this)).one_or_none()
    connection.execute(delete(api_tokens).where(this))
    return _token(row) if row else None


def _tokens() -> Any:
    return select(*(api_tokens.c[name] for name in ApiToken.__dataclass_fields__))


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(*(row._mapping[name] for name in ApiToken.__dataclass_fields__))
