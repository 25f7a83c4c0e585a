"""The forms of a canary: each was made here by other means than the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse

import pytest

from ivr.canary import LEAST_BYTES, Canary, CanaryUnfit, forms, named_forms
from tests.anonymity.planted import ALL, CALL_SID, CALL_TOKEN, DIGITS, NAME, NUMBER, PHRASE, REFERENCE


@pytest.mark.parametrize(
    "written",
    [
        "+447700900738", "447700900738", "00447700900738", "07700900738", "7700900738",
        "07700 900738", "07700 900 738", "07700-900-738", "07700.900.738", "+44 7700 900738", "+44 7700 900 738",
        "+44 (0)7700 900738", "+44-7700-900-738", "0 7 7 0 0 9 0 0 7 3 8", "4, 4, 7, 7, 0, 0, 9, 0, 0, 7, 3, 8",
    ],
)  # fmt: skip
def test_a_number_is_sought_however_a_person_writes_it(written: str) -> None:
    assert written.encode() in forms(NUMBER)


@pytest.mark.parametrize("written", ["+447700900738", "07700900738", "07700 900738", "+44 7700 900738"])
def test_every_way_of_writing_is_sought_in_every_encoding(written: str) -> None:
    known = forms(NUMBER)
    raw = written.encode()
    assert urllib.parse.quote(written, safe="").encode() in known
    assert urllib.parse.quote_plus(written).encode() in known
    assert urllib.parse.quote(urllib.parse.quote(written, safe=""), safe="").encode() in known
    assert raw.hex().encode() in known
    assert raw.hex().upper().encode() in known
    assert written.encode("utf-16-le") in known
    assert written.encode("utf-16-be") in known
    for algorithm in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        digest = algorithm(raw).digest()
        assert digest in known
        assert digest.hex().encode() in known
        assert digest.hex().upper().encode() in known
        assert any(form in known for form in _trimmed(base64.b64encode(digest)))


def _trimmed(encoded: bytes) -> list[bytes]:
    """Return a base64 text without padding, and without its last letter, which depends on what follows."""
    bare = encoded.rstrip(b"=")
    return [bare, bare[:-1]]


@pytest.mark.parametrize("canary", ALL, ids=lambda canary: canary.kind)
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", '{"callSid":"x","from":"'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_recognised_wherever_the_canary_begins_in_a_longer_text(
    canary: Canary, before: str, encode: object
) -> None:
    assert callable(encode)
    whole: bytes = encode(f'{before}{canary.text}","to":"else"'.encode())
    base64_forms = [form for form, name in named_forms(canary).items() if name == "base64"]
    assert any(form in whole for form in base64_forms)


def test_a_number_is_sought_as_databases_and_exchanges_store_it() -> None:
    known = forms(NUMBER)
    value = 447700900738
    assert value.to_bytes(8, "big") in known
    assert value.to_bytes(8, "little") in known
    assert value.to_bytes(6, "big") in known  # SQLite
    assert bytes.fromhex("447700900738") in known  # BCD
    assert bytes.fromhex("447700097083") in known  # BCD with its halves exchanged, as SS7 writes it
    assert bytes.fromhex("07700900738f") in known
    assert b"\x7d\x11\x5a\x00\xe2\x02" in known  # PostgreSQL's NUMERIC: 4477, 90, 738


def test_a_reference_is_sought_in_groups_and_as_an_integer() -> None:
    known = forms(REFERENCE)
    assert b"4071 5926 3849 0172" in known
    assert b"4071-5926-3849-0172" in known
    assert b"4, 0, 7, 1, 5, 9, 2, 6, 3, 8, 4, 9, 0, 1, 7, 2" in known
    assert (4071592638490172).to_bytes(8, "little") in known
    assert bytes.fromhex("4071592638490172") in known


def test_keyed_digits_are_sought_as_one_integer() -> None:
    assert (60419753).to_bytes(8, "little") in forms(DIGITS)
    assert bytes.fromhex("60419753") not in forms(DIGITS)  # four bytes stand on any disk by chance


def test_a_sid_is_sought_bare_raw_and_as_a_uuid() -> None:
    known = forms(CALL_SID)
    assert CALL_SID.text[2:].encode() in known
    assert CALL_SID.text.upper().encode() in known
    assert bytes.fromhex(CALL_SID.text[2:]) in known
    assert b"7c1e5b90-d3f8-4a62-a9d0-e1b27f3c6a58" in known


def test_words_are_sought_in_every_case_and_joint() -> None:
    known = forms(NAME)
    for written in ("Wilhelmina Quirke", "WILHELMINA QUIRKE", "wilhelmina-quirke", "wilhelmina_quirke", "%20QUIRKE"):
        assert any(written.encode() in form for form in known), written


def test_words_beyond_ascii_are_sought_as_json_and_latin_write_them() -> None:
    known = forms(Canary("city", "Śródmieście"))
    assert json.dumps("Śródmieście")[1:-1].encode() in known
    assert "Śródmieście".encode("iso8859-2") in known
    assert "Śródmieście".encode("utf-16-le") in known


def test_no_form_is_so_short_that_chance_writes_it() -> None:
    assert LEAST_BYTES == 6
    assert [form for canary in ALL for form in forms(canary) if len(form) < 6] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("digits", "1234"), ("city", "Rome"), ("number", "07700900738"), ("number", "anonymous"), ("call_sid", "CA12"),
        ("reference", "4071-5926-3849-0172"), ("passport", "123456789"), ("phrase", ""),
    ],
)  # fmt: skip
def test_a_canary_that_could_not_be_found_is_refused_without_its_text(kind: str, text: str) -> None:
    with pytest.raises(CanaryUnfit) as refused:
        Canary(kind, text)
    assert text == "" or text not in str(refused.value)


def test_a_canary_and_the_names_of_its_forms_tell_nothing_of_its_text() -> None:
    for canary in ALL:
        assert canary.text not in repr(canary)
        assert [name for name in named_forms(canary).values() if any(part in name for part in _parts(canary))] == []


def _parts(canary: Canary) -> list[str]:
    return [canary.text[at : at + 4] for at in range(len(canary.text) - 3)]


def test_a_token_and_a_phrase_have_their_forms() -> None:
    assert urllib.parse.quote(CALL_TOKEN.text, safe="").encode() in forms(CALL_TOKEN)
    assert PHRASE.text.title().encode() in forms(PHRASE)
