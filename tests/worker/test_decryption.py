"""Twilio's recording encryption: both spellings, the right key, and no opening of what was changed."""

from __future__ import annotations

import base64
import json
import os
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from ivr.worker.decryption import NotDecrypted, RecordingKeys, decrypted, read_recording_keys
from storage.contents import Sound
from storage.jobs import standing_alarms
from storage.keys import KeyFileUnfit, write_secret_file
from storage.models import counts
from tests.worker.conftest import Working
from tests.worker.fakes import babble

SID, OTHER_SID = "CR" + "1" * 32, "CR" + "2" * 32


@cache
def rsa(name: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def encrypted(sound: bytes, sid: str = SID, *, rest_spelling: bool = False) -> tuple[bytes, str]:
    """Encrypt as Twilio's guide describes it."""
    cek, nonce = os.urandom(32), os.urandom(12)
    wrapped = rsa(sid).public_key().encrypt(cek, OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None))
    names = ("encryption_public_key_sid", "encryption_cek") if rest_spelling else ("public_key_sid", "encrypted_cek")
    values = (sid, base64.b64encode(wrapped).decode())
    details = {"type": "rsa-aes", **dict(zip(names, values, strict=True)), "iv": base64.b64encode(nonce).decode()}
    return AESGCM(cek).encrypt(nonce, sound, None), json.dumps(details)


KEYS = RecordingKeys({SID: rsa(SID)})


@pytest.mark.parametrize("rest_spelling", [False, True])
def test_both_spellings_of_the_details_open(rest_spelling: bool) -> None:
    sealed, details = encrypted(b"sound", rest_spelling=rest_spelling)
    assert decrypted(sealed, details, KEYS) == b"sound"


def test_a_key_whose_sid_nobody_wrote_down_is_tried() -> None:
    sealed, details = encrypted(b"sound")
    assert decrypted(sealed, details, RecordingKeys({"recording.pem": rsa(SID)})) == b"sound"


def test_the_key_is_chosen_by_its_sid() -> None:
    sealed, details = encrypted(b"sound", OTHER_SID)
    with pytest.raises(NotDecrypted):
        decrypted(sealed, details, KEYS)
    assert decrypted(sealed, details, RecordingKeys({SID: rsa(SID), OTHER_SID: rsa(OTHER_SID)})) == b"sound"


def test_a_changed_or_shortened_recording_does_not_open() -> None:
    sealed, details = encrypted(b"sound")
    for wrong in (bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1], sealed[:8], b""):
        with pytest.raises(NotDecrypted):
            decrypted(wrong, details, KEYS)


@pytest.mark.parametrize("details", ["", "null", "[]", "{}", '{"public_key_sid": "x", "encrypted_cek": 1, "iv": "?"}'])
def test_details_that_cannot_be_read_are_an_error(details: str) -> None:
    with pytest.raises(NotDecrypted):
        decrypted(b"x" * 40, details, KEYS)


def test_keys_are_read_from_their_folder_by_name(tmp_path: Path) -> None:
    pem = rsa(SID).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret_file(tmp_path / f"recording-{SID}.pem", pem)
    write_secret_file(tmp_path / "recording.pem", pem)
    (tmp_path / "recording-public.pem").write_bytes(b"the other half")
    keys = read_recording_keys(tmp_path)
    assert set(keys.by_sid) == {SID, "recording.pem"}
    assert "PRIVATE" not in repr(keys)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recording.pem").write_bytes(b"whatever")
    (tmp_path / "recording.pem").chmod(0o644)
    with pytest.raises(KeyFileUnfit, match="others may read"):
        read_recording_keys(tmp_path)


def test_an_encrypted_answer_reaches_the_desk(line: Working) -> None:
    line.recording_keys, line.encryption_required = KEYS, True
    sid, call_key = line.ring()
    sealed, details = encrypted(babble())
    recording = line.carrier.record(sid, sealed, started=line.clock.now())
    line.name(line.ask(call_key, line.report()), recording, sid, encryption=details)
    line.work()
    assert [Sound.unpacked(packed).wav for packed in line.opened("sound")] == [babble()]
    with line.database.read() as connection:
        assert standing_alarms(connection) == {}


def test_details_that_only_the_list_tells_are_used(line: Working) -> None:
    line.recording_keys, line.encryption_required = KEYS, True
    sid, call_key = line.ring()
    sealed, details = encrypted(babble(), rest_spelling=True)
    recording = line.carrier.record(sid, sealed, started=line.clock.now(), encryption=details)
    line.name(line.ask(call_key, line.report()), recording, sid)
    line.work()
    assert len(line.opened("sound")) == 1


def test_an_unencrypted_answer_is_kept_all_the_same_and_an_alarm_stands(line: Working) -> None:
    line.encryption_required = True
    sid, call_key = line.ring()
    line.name(line.ask(call_key, line.report()), line.carrier.record(sid, babble(), started=line.clock.now()), sid)
    line.work()
    assert len(line.opened("sound")) == 1
    with line.database.read() as connection:
        assert "unencrypted" in standing_alarms(connection)


def test_an_answer_that_does_not_open_stays_at_the_carrier_until_the_key_is_there(line: Working) -> None:
    sid, call_key = line.ring()
    sealed, details = encrypted(babble())
    recording = line.carrier.record(sid, sealed, started=line.clock.now())
    line.name(line.ask(call_key, line.report()), recording, sid, encryption=details)
    line.work_for(300)
    assert recording in line.carrier.recordings
    with line.database.read() as connection:
        assert "decryption" in standing_alarms(connection)
        assert connection.execute(select(counts)).all() == []
    line.recording_keys = KEYS
    line.work_for(600)
    assert len(line.opened("sound")) == 1
    assert line.carrier.recordings == {}
