"""Canaries: words of an invented caller that no disk may hold, in every form in which they could have been written.

Forms shorter than six bytes are left out, since random bytes hold them by chance: of a short canary the hash is still
looked for, and a canary of which nothing remains is refused rather than never found.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, quote_plus

LEAST_BYTES = 6
HASHES = ("md5", "sha1", "sha256")
UNITED_KINGDOM = "44"

# How it is written (as a telephone number, as digits, as Twilio's SID, as words, or just so), and what is planted so.
SHAPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "number": ("number",),
        "digits": ("reference", "digits"),
        "sid": ("call_sid", "recording_sid"),
        "words": ("name", "city", "phrase", "control"),
        "just so": ("call_token",),
    }
)
KINDS: Mapping[str, str] = MappingProxyType({kind: shape for shape, kinds in SHAPES.items() for kind in kinds})


class CanaryUnfit(ValueError):
    """This canary could not be looked for; another text is needed. The message never holds the text."""


@dataclass(frozen=True)
class Canary:
    """One planted text; `kind` is one of `KINDS`. Its text is never shown."""

    kind: str
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CanaryUnfit(f"there is no kind {self.kind!r}: {', '.join(KINDS)}")
        if len(self.text.encode()) < LEAST_BYTES:
            raise CanaryUnfit(f"a {self.kind} of fewer than {LEAST_BYTES} bytes stands on any disk by chance")
        _check_shape(self)


def _check_shape(canary: Canary) -> None:
    shapes = {"number": r"\+[1-9][0-9]{6,14}", "digits": "[0-9*#]+", "sid": "[A-Z]{2}[0-9a-f]{32}"}
    shape = shapes.get(KINDS[canary.kind])
    if shape is not None and not re.fullmatch(shape, canary.text):
        raise CanaryUnfit(f"a {canary.kind} is not written like that")


def forms(canary: Canary) -> frozenset[bytes]:
    """Return every form of a canary, as bytes."""
    return frozenset(named_forms(canary))


def named_forms(canary: Canary) -> dict[bytes, str]:
    """Return every form of a canary with what it is called, which tells nothing of the text."""
    named: dict[bytes, str] = {}
    for form, raw in _all_forms(canary):
        if len(raw) >= LEAST_BYTES:
            named.setdefault(raw, form)
    return named


def _all_forms(canary: Canary) -> Iterator[tuple[str, bytes]]:
    texts = dict.fromkeys(_texts(canary))
    for text in texts:
        yield "text", text.encode()
    for text in texts:
        yield from _escaped(text)
        yield from _encoded(text)
        yield from _hashed(text)
    yield from _binary(canary)


# ---- how a person or a program would write it ---------------------------------------------------------------------


def _texts(canary: Canary) -> Iterator[str]:
    yield canary.text
    match KINDS[canary.kind]:
        case "number":
            yield from _written_numbers(canary.text)
        case "digits":
            yield from _grouped(canary.text)
        case "sid":
            bare = canary.text[2:]
            yield from (canary.text.upper(), canary.text.lower(), bare, bare.upper())
            yield "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
        case "words":
            for words in (canary.text, canary.text.lower(), canary.text.upper(), canary.text.title()):
                yield words
                yield from (words.replace(" ", joint) for joint in ("", "-", "_", "."))


def _written_numbers(number: str) -> Iterator[str]:
    digits = number[1:]
    yield from (digits, f"00{digits}", f"011{digits}")
    yield from _spelled(digits)
    if not digits.startswith(UNITED_KINGDOM):
        return
    subscriber = digits[len(UNITED_KINGDOM) :]
    yield from (subscriber, f"0{subscriber}")
    yield from _spelled(f"0{subscriber}")
    for joint in (" ", "-", "."):
        for sizes in ((4, 6), (4, 3, 3), (3, 3, 4), (2, 4, 4), (3, 7), (2, 8)):
            grouped = joint.join(_cut(subscriber, sizes))
            yield from (f"0{grouped}", f"+44{joint}{grouped}", f"+44 (0){grouped}", f"+44(0){grouped}")


def _grouped(digits: str) -> Iterator[str]:
    yield from _spelled(digits)
    for size in (2, 3, 4):
        groups = [digits[at : at + size] for at in range(0, len(digits), size)]
        yield from (joint.join(groups) for joint in (" ", "-", ", ", "."))


def _spelled(digits: str) -> Iterator[str]:
    yield from (joint.join(digits) for joint in (" ", ", ", "-", "w"))


def _cut(text: str, sizes: tuple[int, ...]) -> list[str]:
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return [part for part in (*parts, text) if part]


# ---- how a program would pass it on -------------------------------------------------------------------------------


def _escaped(text: str) -> Iterator[tuple[str, bytes]]:
    once = quote(text, safe="")
    yield from (("percent", quoted.encode()) for quoted in (once, quote_plus(text), _lower_escapes(once)))
    yield "percent twice", quote(once, safe="").encode()
    yield "json", json.dumps(text)[1:-1].encode()
    yield from (("html", escaped.encode()) for escaped in (html.escape(text), text.replace("+", "&#43;")))


def _lower_escapes(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _encoded(text: str) -> Iterator[tuple[str, bytes]]:
    raw = text.encode()
    yield from (("base64", form) for form in _base64(raw))
    yield from (("hex", raw.hex().encode()), ("hex", raw.hex().upper().encode()))
    yield from (("UTF-16 LE", text.encode("utf-16-le")), ("UTF-16 BE", text.encode("utf-16-be")))
    if not text.isascii():
        yield from (("Latin", text.encode(code)) for code in ("iso8859-1", "iso8859-2") if _fits(text, code))


def _fits(text: str, code: str) -> bool:
    try:
        text.encode(code)
    except UnicodeEncodeError:
        return False
    return True


def _base64(raw: bytes) -> Iterator[bytes]:
    # Within a longer text the letters depend on where it begins, modulo three; those at the ends on its neighbours.
    for before in range(3):
        from_letter = -(-before * 8 // 6)
        to_letter = (before + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + raw)[from_letter:to_letter]


def _hashed(text: str) -> Iterator[tuple[str, bytes]]:
    for name in HASHES:
        digest = hashlib.new(name, text.encode(), usedforsecurity=False)
        yield f"{name}, raw", digest.digest()
        yield from ((f"{name}, hex", form.encode()) for form in (digest.hexdigest(), digest.hexdigest().upper()))
        yield from ((f"{name}, base64", form) for form in set(_base64(digest.digest())))


# ---- how a machine would store it ---------------------------------------------------------------------------------


def _binary(canary: Canary) -> Iterator[tuple[str, bytes]]:
    match KINDS[canary.kind]:
        case "number":
            digits = canary.text[1:]
            national = [f"0{digits[len(UNITED_KINGDOM) :]}"] if digits.startswith(UNITED_KINGDOM) else []
            for one in (digits, *national, *(each[1:] for each in national)):
                yield from _as_number(one)
        case "digits" if canary.text.isdigit():
            yield from _as_number(canary.text)
        case "sid":
            raw = bytes.fromhex(canary.text[2:])
            yield "raw", raw
            yield from (("raw, base64", form) for form in _base64(raw))


def _as_number(digits: str) -> Iterator[tuple[str, bytes]]:
    value = int(digits)
    for size in (6, 8):  # SQLite keeps six bytes of a value of this size, PostgreSQL eight
        if value < 1 << (8 * size - 1) and value >= 1 << 24:
            yield f"integer, {size} bytes BE", value.to_bytes(size, "big")
            yield f"integer, {size} bytes LE", value.to_bytes(size, "little")
    yield "integer, decimal", str(value).encode()
    yield from (("BCD", form) for form in _bcd(digits))
    numeric = [int(group) for group in _from_the_right(str(value), 4)]  # PostgreSQL's NUMERIC: digits to base 10000
    yield "NUMERIC", b"".join(group.to_bytes(2, "little") for group in numeric)


def _bcd(digits: str) -> Iterator[bytes]:
    even = len(digits) % 2 == 0
    for padded in (digits,) if even else (f"0{digits}", f"{digits}f", f"{digits}0"):
        yield bytes.fromhex(padded)
        yield bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))  # as SS7 does


def _from_the_right(digits: str, size: int) -> list[str]:
    first = len(digits) % size
    return [
        part for part in (digits[:first], *(digits[at : at + size] for at in range(first, len(digits), size))) if part
    ]
