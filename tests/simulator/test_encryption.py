"""Recordings encrypted as Twilio encrypts them, told in both of its spellings."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ivr.simulator import sounds
from ivr.simulator.encryption import NotAnRsaKey, RecordingKey, encrypt
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.transport import WsgiTransport
from tests.simulator.service import BASE, LINE, Service, tone

SID = "CR" + "0" * 32


@pytest.fixture(scope="module")
def private() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def public_pem(private: RSAPrivateKey | X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def opened(sealed: bytes, cek: str, iv: str, private: RSAPrivateKey) -> bytes:
    key = private.decrypt(base64.b64decode(cek), OAEP(MGF1(SHA256()), SHA256(), None))
    return AESGCM(key).decrypt(base64.b64decode(iv), sealed, None)


@pytest.mark.parametrize(
    ("rest_names", "sid", "cek"),
    [(False, "public_key_sid", "encrypted_cek"), (True, "encryption_public_key_sid", "encryption_cek")],
)
def test_a_call_leaves_ciphertext_that_the_private_key_opens(
    private: RSAPrivateKey, rest_names: bool, sid: str, cek: str
) -> None:
    service = Service({"/call": '<Record action="/act" recordingStatusCallback="/ready"/>'})
    exchange = Exchange(
        service=WsgiTransport(service),
        numbers={LINE: NumberSettings(BASE + "/call")},
        recording_key=RecordingKey(SID, public_pem(private)),
        misbehaviour=Misbehaviour(rest_encryption_names=rest_names),
    )
    call = exchange.ring(LINE)
    call.speak(tone(1))
    call.press("#")
    ready = service.last("/ready").form
    details = json.loads(ready["EncryptionDetails"])
    sound = exchange.recordings[ready["RecordingSid"]].sound
    assert details["type"] == "rsa-aes"
    assert details[sid] == SID
    assert sounds.read_wav(opened(sound, details[cek], details["iv"], private)) == sounds.trimmed(
        sounds.read_wav(tone(1))
    )


def test_each_recording_has_a_key_and_an_iv_of_its_own(private: RSAPrivateKey) -> None:
    key = RecordingKey(SID, public_pem(private))
    first, second = encrypt(b"sound", key), encrypt(b"sound", key)
    assert first[0] != second[0]
    assert first[1].iv != second[1].iv
    assert len(first[0]) == len(b"sound") + 16
    assert len(base64.b64decode(first[1].iv)) == 12


def test_a_key_that_is_not_rsa_is_refused() -> None:
    with pytest.raises(NotAnRsaKey):
        encrypt(b"sound", RecordingKey(SID, public_pem(X25519PrivateKey.generate())))
