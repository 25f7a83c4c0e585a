"""Sound for one listener, behind an address that is a random token: sealed so that only the token opens it.

What stands in TwiML stays in Twilio's call events, so that nothing secret is ever said by `<Say>`. The token stands in
no table in clear: the call's state holds it under the live key, an order to the worker holds it sealed to the worker.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.models import once_audio
from storage.prepared import Prepared
from storage.sealing import seal_with_token, token_hash

SOUND_SECONDS = 120  # an address lives that long
SOUND_FETCHES = 5  # proxies of the carrier fetch more than once
_DIGITS, _WAV = b"digits:", b"wav:"

_THE_SOUND = once_audio.c.token_hash == bindparam("named")
_OFFER = Prepared(lambda _: insert(once_audio), "token_hash", "sealed", "expires_at", "fetches_left")
_HAS = Prepared(lambda _: select(once_audio.c.token_hash).where(_THE_SOUND))
_COUNT = Prepared(
    lambda _: (
        update(once_audio)
        .where(_THE_SOUND, once_audio.c.expires_at > bindparam("now"), once_audio.c.fetches_left > 0)
        .values(fetches_left=once_audio.c.fetches_left - 1)
    )
)
_LEFT = Prepared(lambda _: select(once_audio.c.fetches_left).where(_THE_SOUND))
_SEALED = Prepared(lambda _: select(once_audio.c.sealed).where(_THE_SOUND))


@dataclass(frozen=True)
class DigitsToSay:
    """A reference that the door says from its spoken digits."""

    digits: str
    language: str


def sealed_digits(said: DigitsToSay, token: str) -> bytes:
    """Seal a reference for the address of its sound."""
    return seal_with_token(_DIGITS + f"{said.language}:{said.digits}".encode(), token)


def sealed_wav(wav: bytes, token: str) -> bytes:
    """Seal a clip for the address at which its caller hears it."""
    return seal_with_token(_WAV + wav, token)


def unpacked(opened: bytes) -> DigitsToSay | bytes:
    """Return what an opened sound is: digits to be said, or a WAV file."""
    if opened.startswith(_WAV):
        return opened.removeprefix(_WAV)
    language, _, digits = opened.removeprefix(_DIGITS).decode().partition(":")
    return DigitsToSay(digits, language)


def offer(connection: Connection, token: str, sealed: bytes, *, now: int) -> None:
    """Put a sealed sound behind its address for `SOUND_SECONDS` and `SOUND_FETCHES`."""
    row = {"token_hash": token_hash(token), "sealed": sealed, "expires_at": now + SOUND_SECONDS}
    _OFFER.run(connection, {**row, "fetches_left": SOUND_FETCHES})


def is_there(connection: Connection, token: str) -> bool:
    """Say whether there is a sound at an address at all."""
    return _HAS.run(connection, {"named": token_hash(token)}).fetchone() is not None


def was_fetched(connection: Connection, token: str) -> bool:
    """Say whether a sound was fetched at least once; one that is gone by now was there for `SOUND_SECONDS`."""
    row = _LEFT.run(connection, {"named": token_hash(token)}).fetchone()
    return row is None or int(row[0]) < SOUND_FETCHES


def take(connection: Connection, token: str, *, now: int) -> bytes | None:
    """Return a sound that may be heard once more, and count that; None when it is used up, too old or unknown."""
    named = {"named": token_hash(token)}
    if _COUNT.run(connection, {**named, "now": now}).rowcount != 1:
        return None
    row = _SEALED.run(connection, named).fetchone()
    return bytes(row[0]) if row else None
