"""Signatures are the ones Twilio publishes, and Twilio's own validator accepts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, get_signature_algorithm
from werkzeug.datastructures import MultiDict

from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.signing import SharedKey, body_digest, signature
from ivr.simulator.transport import WsgiTransport
from tests.simulator.service import BASE, LINE, Service, exchange_for

TOKEN = "12345"
PARAMS = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
)
def test_the_published_vectors_hold(url: str, expected: str) -> None:
    assert signature(url, PARAMS, TOKEN, "sha1") == expected


def test_a_field_sent_twice_counts_once_per_value() -> None:
    params = (("Sid", "CA123"), ("SidAccount", "AC123"), *(("Digits", digits) for digits in ("5678", "1234", "1234")))
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(url, params, TOKEN, "sha1") == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def test_a_body_that_is_no_form_is_named_by_its_digest() -> None:
    body = b'{"property": "value", "boolean": true}'
    assert body_digest(body) == "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    url = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=" + body_digest(body)
    assert signature(url, (), TOKEN, "sha1") == "a9nBmqA0ju/hNViExpshrM61xv4="


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8))
def test_twilios_own_validator_accepts_any_parameters(params: list[tuple[str, str]]) -> None:
    printable = [(name, value) for name, value in params if (name + value).isprintable()]
    signed = signature("https://line.example/call", printable, TOKEN, "sha1")
    assert RequestValidator(TOKEN).validate("https://line.example/call", MultiDict(printable), signed)


def test_every_webhook_of_a_call_is_signed_over_what_was_sent() -> None:
    exchange, service = exchange_for({"/call": '<Gather numDigits="1" action="/act?a=%C3%BC&amp;b=%28"/>'})
    exchange.ring(LINE).press("*")
    validator = RequestValidator(exchange.auth_token)
    assert len(service.asked) == 3
    for request in service.asked:
        url = BASE + request.environ["RAW_URI"]
        assert validator.validate(url, request.form, request.headers["X-Twilio-Signature"])


def test_a_shared_key_signs_with_sha256_and_says_so() -> None:
    service = Service()
    signer = SharedKey("webhooks_sharedkey_0123", "the-shared-secret")
    exchange = Exchange(service=WsgiTransport(service), numbers={LINE: NumberSettings(BASE + "/call")}, signer=signer)
    exchange.ring(LINE)
    headers = service.asked[0].headers
    settings = headers["X-Twilio-Webhooks-Signature-Settings"]
    assert settings == "key=webhooks_sharedkey_0123,algorithm=HMAC_SHA256"
    assert RequestValidator("the-shared-secret").validate(
        BASE + "/call",
        service.asked[0].form,
        headers["X-Twilio-Signature"],
        algorithm=get_signature_algorithm(settings),
    )


def test_a_get_is_signed_over_its_query() -> None:
    exchange, service = exchange_for({"/call": '<Redirect method="GET">/next?x=1</Redirect>'})
    exchange.ring(LINE)
    request = service.last("/next")
    assert request.args["From"] == "+447700900123"
    assert request.args["x"] == "1"
    url = BASE + request.environ["RAW_URI"]
    assert RequestValidator(exchange.auth_token).validate(url, {}, request.headers["X-Twilio-Signature"])


def test_a_wrong_signature_can_be_asked_for() -> None:
    exchange, service = exchange_for({})
    exchange.misbehaviour = Misbehaviour(wrong_signature=True)
    exchange.ring(LINE)
    request = service.asked[0]
    signed = request.headers["X-Twilio-Signature"]
    assert not RequestValidator(exchange.auth_token).validate(BASE + "/call", request.form, signed)
