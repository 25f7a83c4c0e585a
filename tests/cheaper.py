"""What tests do cheaper than production, where what it costs is not what they show.

Argon2id at its least cost instead of a fifth of a second and 64 MiB, three RSA keys in turn instead of a new one each
time, and the addresses of the desk's pages compiled once. Only in this process: a process that a test starts stretches
at the full price, so a test that shares passwords or references with one asks for `full_price`. That production
stretches at the full price is shown in tests/storage/test_keys.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from werkzeug.routing import Rule

from storage import key_making, keys
from storage.keys import Secret, new_recording_key

LEAST_MEMORY_KIB = 8  # for one lane: RFC 9106, section 3.1
RSA_KEYS = 3


def spend_less() -> None:
    """Make this process cheaper from now on."""
    vars(keys)["Argon2id"] = _least
    vars(key_making)["new_recording_key"] = _next_recording_key
    _compile_addresses_once()


@contextmanager
def full_price() -> Iterator[None]:
    """Stretch as production does meanwhile."""
    vars(keys)["Argon2id"] = Argon2id
    try:
        yield
    finally:
        vars(keys)["Argon2id"] = _least


def _least(*, salt: bytes, length: int, secret: bytes, **_costs: int) -> Argon2id:
    return Argon2id(salt=salt, length=length, iterations=1, lanes=1, memory_cost=LEAST_MEMORY_KIB, secret=secret)


_made = count()


def _next_recording_key() -> tuple[Secret, bytes]:
    return _recording_key(next(_made) % RSA_KEYS)


@cache
def _recording_key(number: int) -> tuple[Secret, bytes]:
    return new_recording_key()


def _compile_addresses_once() -> None:
    """Keep what Werkzeug compiles for an address: anew for each application it was a tenth of the desk's tests."""
    compile_anew: Callable[..., Any] = Rule._compile_builder
    known: dict[tuple[object, ...], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_anew(rule, append_unknown)
        key = (*rule._trace, append_unknown)
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compile_once  # type: ignore[assignment,method-assign]
