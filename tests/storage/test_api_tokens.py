"""A team's token is shown once, kept as a hash, good until its last month is over, and gone when it is revoked."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select

from storage.api_tokens import (
    MOST_TOKENS,
    ApiToken,
    TooManyTokens,
    keep_token,
    known_token,
    new_token,
    revoke,
    tokens_of,
)
from storage.clock import TurnedClock, month_of, months_later
from storage.models import api_tokens
from tests.storage.conftest import Sides


def made(sides: Sides, until: str, team: str = "north") -> tuple[str, ApiToken]:
    token, kept = new_token(), ApiToken(secrets.token_hex(16), team, "case system", "amina", until)
    with sides.teams.write() as connection:
        keep_token(connection, token, kept)
    return token, kept


def test_a_token_names_its_team_until_its_last_month_is_over(sides: Sides, clock: TurnedClock) -> None:
    token, kept = made(sides, months_later(month_of(clock.now()), 1))
    with sides.teams.read() as connection:
        assert known_token(connection, token, now=clock.now()) == kept
        clock.forward(31 * 86_400)
        assert known_token(connection, token, now=clock.now()) == kept
        clock.forward(31 * 86_400)
        assert known_token(connection, token, now=clock.now()) is None


@pytest.mark.parametrize("shown", ["", "hotline_", "hotline_" + "A" * 43, "x" * 10_000, "é" * 51, "\x00"])
def test_what_is_no_token_is_nobodys(sides: Sides, clock: TurnedClock, shown: str) -> None:
    made(sides, "2030-01")
    with sides.teams.read() as connection:
        assert known_token(connection, shown, now=clock.now()) is None


def test_the_token_itself_stands_nowhere(sides: Sides) -> None:
    token, _ = made(sides, "2030-01")
    with sides.teams.read() as connection:
        (row,) = connection.execute(select(api_tokens))
    assert token not in str(row)
    assert len(token) == len("hotline_") + 43  # 256 bits


def test_a_revoked_token_is_none_and_another_teams_cannot_be_revoked(sides: Sides, clock: TurnedClock) -> None:
    token, kept = made(sides, "2030-01")
    with sides.teams.write() as connection:
        assert revoke(connection, kept.token_id, "south") is None
        assert known_token(connection, token, now=clock.now()) == kept
        assert tokens_of(connection, "south") == ()
        assert tokens_of(connection, "north") == (kept,)
        assert revoke(connection, kept.token_id, "north") == kept
        assert known_token(connection, token, now=clock.now()) is None
        assert revoke(connection, kept.token_id, "north") is None


def test_a_team_has_a_handful_of_tokens(sides: Sides) -> None:
    for _ in range(MOST_TOKENS):
        made(sides, "2030-01")
    with pytest.raises(TooManyTokens):
        made(sides, "2030-01")
    made(sides, "2030-01", team="south")
