"""Only what Twilio signed comes in, and of that only what is on the list; a refusal says nothing."""

from __future__ import annotations

import io
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.alarm_bell import AlarmBell
from ivr.edge import ALLOWED, FORM, MAX_BODY_BYTES, MAX_FIELDS, SETTINGS_HEADER, Forged, Signatures
from ivr.simulator.signing import signature
from storage.clock import TurnedClock
from storage.database import Database
from storage.jobs import standing_alarms
from storage.models import jobs
from tests.ivr.signed import (
    ACCOUNT,
    BASE,
    CALL,
    CALL_PARAMETERS,
    NUMBER,
    OLD_TOKEN,
    SHARED_KEY_ID,
    SHARED_SECRET,
    SIGNATURES,
    TOKEN,
    Wall,
    request,
)

# Twilio's own vectors: tests/unit/test_request_validator.py of twilio-python.
VECTOR = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
)
VECTOR_TARGET = "/myapp.php?foo=1&bar=2"


def vector_keys(base: str) -> Signatures:
    return Signatures(base, ACCOUNT, ("12345",), ())


def changed(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return (*((n, v) for n, v in CALL_PARAMETERS if n != name), (name, value))


# ---- signatures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "signed"),
    [
        ("https://mycompany.com", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
)
def test_twilios_published_signatures_are_right(base: str, signed: str) -> None:
    vector_keys(base).check(VECTOR_TARGET, VECTOR, signed, "")


@pytest.mark.parametrize(
    ("base", "signed"),
    [
        ("https://mycompany.com", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com:443", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_a_default_port_may_be_signed_or_left_out(base: str, signed: str) -> None:
    vector_keys(base).check(VECTOR_TARGET, VECTOR, signed, "")


def test_another_port_is_another_address() -> None:
    with pytest.raises(Forged):
        vector_keys("http://mycompany.com").check(VECTOR_TARGET, VECTOR, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", "")


def test_a_value_that_is_sent_twice_is_signed_once() -> None:
    pairs = (("Sid", "CA123"), ("SidAccount", "AC123"), *(("Digits", digits) for digits in ("5678", "1234", "1234")))
    vector_keys("https://mycompany.com").check(VECTOR_TARGET, pairs, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", "")


@pytest.mark.parametrize("target", ["/call", "/call/main%5Fmenu/3", "/call/%C3%BC%2C%28%22%7E%3A%2F%5B%27/1", "/call?"])
def test_the_address_is_signed_as_it_stood_on_the_wire(target: str) -> None:
    assert Wall().form(request(target=target)) is not None
    assert (
        Wall().form(request(target=target, signed=signature(BASE + "/call/x", CALL_PARAMETERS, TOKEN, "sha1"))) is None
    )


def test_the_address_may_stand_in_either_variable_of_the_servers_or_in_the_path_alone() -> None:
    environ = request(target="/call/a%62/1")
    environ["REQUEST_URI"] = environ.pop("RAW_URI")
    assert Wall().form(environ) is not None
    plain = request(target="/call/main_menu/1")
    del plain["RAW_URI"]
    assert Wall().form(plain) is not None


@pytest.mark.parametrize("raw", ["call", "", "http://line.example.org/call", "*", "/" + "a" * 400])
def test_an_address_that_is_no_path_is_refused(raw: str) -> None:
    signed = signature(BASE + raw, CALL_PARAMETERS, TOKEN, "sha1")
    assert Wall().form(request(signed=signed, RAW_URI=raw or "x")) is None


def test_two_tokens_count_during_a_rotation_and_no_third() -> None:
    for token, known in ((TOKEN, True), (OLD_TOKEN, True), ("the-token-of-nobody", False)):
        signed = signature(BASE + "/call", CALL_PARAMETERS, token, "sha1")
        assert (Wall().form(request(signed=signed)) is not None) is known


def shared(settings: str, secret: str = SHARED_SECRET, digest: str = "sha256") -> dict[str, Any]:
    signed = signature(BASE + "/call", CALL_PARAMETERS, secret, digest)
    return request(signed=signed) | {SETTINGS_HEADER: settings}


def test_a_shared_key_signs_with_sha256() -> None:
    assert Wall().form(shared(f"key={SHARED_KEY_ID},algorithm=HMAC_SHA256")) is not None
    assert Wall().form(shared(f" key={SHARED_KEY_ID} , algorithm=HMAC_SHA256")) is not None


@pytest.mark.parametrize(
    "settings",
    [
        "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256",
        "algorithm=HMAC_SHA256",
        f"key={SHARED_KEY_ID},algorithm=HMAC_SHA1",
        f"key={SHARED_KEY_ID},algorithm=none",
        f"key={SHARED_KEY_ID}",
        ",,,=",
        "\x00",
    ],
)
def test_settings_that_name_another_key_or_way_are_refused(settings: str) -> None:
    assert Wall().form(shared(settings)) is None


def test_the_auth_token_does_not_pass_for_a_shared_key_nor_the_other_way_round() -> None:
    assert Wall().form(shared(f"key={SHARED_KEY_ID},algorithm=HMAC_SHA256", secret=TOKEN)) is None
    assert Wall().form(request(signed=signature(BASE + "/call", CALL_PARAMETERS, SHARED_SECRET, "sha1"))) is None


@pytest.mark.parametrize("signed", ["", "=", "no base64 at all", "\xff\xfe", "QUJD", "A" * 100_000, "QUJD\n"])
def test_a_garbled_signature_is_refused(signed: str) -> None:
    assert Wall().form(request(signed=signed)) is None


def test_a_missing_signature_is_refused() -> None:
    environ = request()
    del environ["HTTP_X_TWILIO_SIGNATURE"]
    assert Wall().form(environ) is None


def test_any_change_of_a_signed_request_is_refused() -> None:
    signed = signature(BASE + "/call", CALL_PARAMETERS, TOKEN, "sha1")
    assert Wall().form(request(changed("CallSid", "CA" + "2" * 32), signed=signed)) is None
    assert Wall().form(request((*CALL_PARAMETERS, ("Digits", "1")), signed=signed)) is None
    assert Wall().form(request(CALL_PARAMETERS[:-1], signed=signed)) is None
    assert Wall().form(request(target="/call/now", signed=signed)) is None


# ---- what passes --------------------------------------------------------------------------------------------------


def test_nothing_but_the_allow_list_reaches_the_application() -> None:
    wall = Wall()
    form = wall.form(request((*CALL_PARAMETERS, ("Digits", "1"), ("NewParameter", NUMBER))))
    assert form == {"CallSid": CALL, "CallStatus": "in-progress", "Digits": "1"}
    (environ,) = wall.probe.seen
    known = {"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"}
    assert {name for name in environ if not name.startswith("wsgi.")} == known | {FORM, "HTTP_HOST"}
    assert environ["HTTP_HOST"] == "hotline"
    assert environ["wsgi.input"].read() == environ["wsgi.input"].readline() == b""
    for trace in (NUMBER, "7700900", "203.0.113", "LONDON", "SMITH", "SW1A", ACCOUNT, "Twilio", "cookie"):
        assert trace.lower() not in repr(environ).lower()


@given(st.dictionaries(st.sampled_from([*ALLOWED]), st.text(max_size=60), min_size=1))
def test_an_allowed_field_with_an_odd_value_is_dropped_and_the_rest_is_heard(odd: dict[str, str]) -> None:
    pairs = [*((n, v) for n, v in CALL_PARAMETERS if n not in odd), *odd.items()]
    wall = Wall()
    form = wall.form(request(pairs))
    fit = {name: value for name, value in odd.items() if ALLOWED[name].fullmatch(value)}
    if "CallSid" in odd and "CallSid" not in fit:
        assert form is None
    else:
        assert form is not None
        assert {name: value for name, value in form.items() if name in odd} == fit


@pytest.mark.parametrize("digits", ["١٢", "1²", "1\n", "+1", "hangup1", "1" * 41])
def test_digits_are_ascii_keys_and_nothing_else(digits: str) -> None:
    form = Wall().form(request((*CALL_PARAMETERS, ("Digits", digits))))
    assert form is not None
    assert "Digits" not in form


def test_fetches_of_sound_and_health_need_no_signature_and_carry_nothing() -> None:
    for target in ("/health", "/audio/" + "a" * 32, "/prompts/en/main_menu.silence.wav"):
        wall = Wall()
        environ = request(target=target + "?number=" + NUMBER, method="GET", signed="", body=b"From=" + NUMBER.encode())
        assert wall.form(environ) == {}
        assert NUMBER not in repr(wall.probe.seen[0])


@pytest.mark.parametrize(
    "target",
    ["/", "/call", "/ended", "/audio/", "/audio/../call", "/audio/" + "A" * 32, "/prompts/en/../../x.wav", "/health/"],
)
def test_no_other_fetch_passes_without_a_signature(target: str) -> None:
    assert Wall().form(request(target=target, method="GET", signed="", body=b"")) is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "post", ""])
def test_a_signed_request_that_is_no_post_is_refused(method: str) -> None:
    assert Wall().form(request(method=method)) is None


def test_a_post_to_an_unsigned_address_needs_its_signature() -> None:
    assert Wall().form(request(target="/health", signed="")) is None


# ---- what is refused though it is signed --------------------------------------------------------------------------


def test_a_query_is_refused_so_that_no_number_is_ever_asked_for_in_an_address() -> None:
    assert Wall().form(request(target="/call?From=%2B447700900123")) is None


def test_another_account_is_refused_though_its_signature_is_right() -> None:
    assert Wall().form(request(changed("AccountSid", "AC" + "6" * 32))) is None
    assert Wall().form(request((*CALL_PARAMETERS, ("AccountSid", "AC" + "6" * 32)))) is None


def test_the_account_cannot_be_shifted_away_over_a_border() -> None:
    other = "AC" + "6" * 32
    rest = [pair for pair in CALL_PARAMETERS if pair[0] != "AccountSid"]
    assert Wall().form(request(rest)) is None
    assert Wall().form(request([("AccountSid" + other, ""), *rest])) is None
    assert Wall().form(request(rest, "/recording/adoptAccountSid" + other)) is None


def test_a_call_without_its_name_is_refused() -> None:
    assert Wall().form(request([pair for pair in CALL_PARAMETERS if pair[0] != "CallSid"])) is None
    assert Wall().form(request(changed("CallSid", "CA1"))) is None


def test_a_parameter_that_stands_twice_counts_when_both_say_the_same() -> None:
    form = Wall().form(request((*CALL_PARAMETERS, ("Digits", "1"), ("Digits", "1"), ("CallSid", CALL))))
    assert form is not None
    assert form["Digits"] == "1"


@pytest.mark.parametrize("values", [("1", "2"), ("2", "1", "1"), ("1", "x"), ("x", "1")])
def test_a_parameter_that_says_two_things_says_nothing(values: tuple[str, ...]) -> None:
    form = Wall().form(request((*CALL_PARAMETERS, *(("Digits", value) for value in values))))
    assert form is not None
    assert "Digits" not in form


@pytest.mark.parametrize("other", ["CA" + "2" * 32, "x"])
@pytest.mark.parametrize("first", [True, False])
def test_two_names_of_a_call_are_refused(other: str, first: bool) -> None:
    pairs = [("CallSid", other), *CALL_PARAMETERS] if first else [*CALL_PARAMETERS, ("CallSid", other)]
    assert Wall().form(request(pairs)) is None


@given(st.data())
def test_borders_that_are_shifted_within_a_signed_text_give_no_field_a_new_value(data: st.DataObject) -> None:
    extra = data.draw(
        st.sampled_from(
            [
                (("Digits", "12"),),
                (("Digits", "1234567890123456"), ("FinishedOnKey", "#")),
                (("RecordingSid", "RE" + "3" * 32), ("RecordingDuration", "12"), ("RecordingStatus", "completed")),
            ]
        )
    )
    pairs = sorted((*CALL_PARAMETERS, *extra))
    whole = Wall().form(request(pairs))
    assert whole is not None
    shifted = list(pairs)
    for _ in range(data.draw(st.integers(1, 3))):
        shifted = shift(shifted, data)
    environ = request(shifted, signed=signature(BASE + "/call", pairs, TOKEN, "sha1"))
    form = Wall().form(environ)
    if form is not None:
        assert form["CallSid"] == CALL
        assert form.items() <= whole.items()


def shift(pairs: list[tuple[str, str]], data: st.DataObject) -> list[tuple[str, str]]:
    """Cut one pair elsewhere, or make two of one or one of two; the signed text stays as it is."""
    at = data.draw(st.integers(0, len(pairs) - 1))
    text = "".join(pairs[at])
    if at + 1 < len(pairs) and data.draw(st.booleans()):
        text += "".join(pairs[at + 1])
        rest = pairs[at + 2 :]
    else:
        rest = pairs[at + 1 :]
    cut = data.draw(st.integers(1, max(1, len(text) - 1)))
    if len(text) > 3 and data.draw(st.booleans()):
        end = data.draw(st.integers(2, len(text) - 2))
        again = data.draw(st.integers(end + 1, len(text)))
        return [
            *pairs[:at],
            (text[: min(cut, end - 1)], text[min(cut, end - 1) : end]),
            (text[end:again], text[again:]),
            *rest,
        ]
    return [*pairs[:at], (text[:cut], text[cut:]), *rest]


@pytest.mark.parametrize(
    "name", ["Digits1", "Digit", "CallSidC", "D", "CallStatusin", "RecordingSi", "", "1Digits", "a b"]
)
def test_a_name_that_begins_like_an_allowed_one_is_a_shift_and_is_refused(name: str) -> None:
    assert Wall().form(request((*CALL_PARAMETERS, (name, "2")))) is None


def body_of(size: int) -> list[tuple[str, str]]:
    pairs = [*CALL_PARAMETERS, ("Filling", "")]
    return [*CALL_PARAMETERS, ("Filling", "x" * (size - len(urlencode(pairs))))]


def test_a_body_of_64_kilobytes_is_read_and_one_byte_more_is_refused() -> None:
    assert Wall().form(request(body_of(MAX_BODY_BYTES))) is not None
    wall = Wall()
    environ = request(body_of(MAX_BODY_BYTES + 1))
    assert wall.form(environ) is None
    assert environ["wsgi.input"].tell() == 0, "what is too large is not even read"


def test_200_fields_are_read_and_one_more_is_refused() -> None:
    filling = [(f"Field{number}", "") for number in range(MAX_FIELDS - len(CALL_PARAMETERS))]
    assert Wall().form(request([*CALL_PARAMETERS, *filling])) is not None
    assert Wall().form(request([*CALL_PARAMETERS, *filling, ("OneMore", "")])) is None


@pytest.mark.parametrize("length", ["", "0", "-1", "+5", "1e3", "0x10", "٣", "1 ", "9" * 19, "9" * 5000, "99999"])
def test_an_odd_length_is_refused(length: str) -> None:
    assert Wall().form(request(CONTENT_LENGTH=length)) is None


def test_a_body_without_a_length_is_refused_whatever_it_says() -> None:
    environ = request(HTTP_TRANSFER_ENCODING="chunked")
    del environ["CONTENT_LENGTH"]
    assert Wall().form(environ) is None


def test_a_length_that_promises_less_cuts_the_body_off_and_the_signature_with_it() -> None:
    environ = request()
    assert Wall().form(environ | {"CONTENT_LENGTH": str(int(environ["CONTENT_LENGTH"]) - 5)}) is None


@pytest.mark.parametrize(
    "body",
    [b'{"CallSid": "CA"}', b"no form", b"\xff\xfe=1", b"CallSid=%FF%FE", b"=&=", b"&&&", b"a=1;b=2&c", b"\x00=\x00"],
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert Wall().form(request((), body=body)) is None


def test_an_input_that_breaks_off_is_refused() -> None:
    environ = request()
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read()[:20])
    assert Wall().form(environ) is None


@given(st.binary(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_whatever_comes_unsigned_is_refused_and_breaks_nothing(body: bytes, signed: str, settings: str) -> None:
    wall = Wall()
    answered = wall.send(request((), body=body, signed=signed) | {SETTINGS_HEADER: settings})
    assert (answered.status, answered.body, wall.probe.seen) == ("403 Forbidden", b"", [])


def test_a_refusal_is_empty_and_says_nothing() -> None:
    wall = Wall()
    answered = wall.send(request(signed="QUJD"))
    assert answered.status == "403 Forbidden"
    assert answered.body == b""
    assert answered.headers == {"Content-Type": "text/plain", "Content-Length": "0"}
    assert wall.refusal.times == 1


def test_a_signature_is_never_right_under_another_base() -> None:
    for base in ("https://other.example.org", BASE + "/x", "http://line.example.org"):
        signed = signature(base + "/call", CALL_PARAMETERS, TOKEN, "sha1")
        with pytest.raises(Forged):
            SIGNATURES.check("/call", CALL_PARAMETERS, signed, "")


# ---- the alarm ----------------------------------------------------------------------------------------------------


def ring_and_wait(bell: AlarmBell) -> None:
    bell.ring()
    for thread in threading.enumerate():
        if thread.name == "alarm-bell":
            thread.join()


def beats_written(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(jobs.select()).all())


def test_a_forged_request_rings_an_alarm(database: Database, clock: TurnedClock) -> None:
    ring_and_wait(AlarmBell(database, clock))
    with database.read() as connection:
        assert set(standing_alarms(connection)) == {"signatures"}


def test_a_flood_of_forged_requests_writes_once_a_minute(
    database: Database, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    bell = AlarmBell(database, clock)
    for _ in range(200):
        ring_and_wait(bell)
    assert caplog.messages == ["request-refused"]
    clock.forward(59)
    ring_and_wait(bell)
    assert len(caplog.messages) == 1
    clock.forward(1)
    ring_and_wait(bell)
    assert len(caplog.messages) == 2
    assert beats_written(database) == 1, "an alarm that stands is told once"
