"""A number may belong to a language: a call there begins in it, and so does what is said while the database is away."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from ivr import commands
from ivr.simulator.lines import NumberSettings, new_sid
from ivr.simulator.signing import signature
from ivr.simulator.transport import Request, WsgiTransport
from prompts.wording import read_wording
from tests.house import ACCOUNT, BASE, LINE, House
from tests.ivr.by_hand import HandMadeCall
from tests.ivr.outage import outage


def said(house: House, language: str, prompt: str) -> str:
    return read_wording(house.door.hotline.line).say(language, prompt)


def test_a_call_on_the_polish_number_begins_in_polish_and_offers_english(house: House) -> None:
    document = HandMadeCall(house).ask("/call/in/pl", CallStatus="ringing")
    assert said(house, "pl", "greeting") in document
    assert said(house, "en", "language_offer") in document
    assert said(house, "pl", "language_offer") not in document


def test_the_language_of_the_number_stays_for_the_call(house: House) -> None:
    call = HandMadeCall(house)
    call.document = call.ask("/call/in/pl", CallStatus="ringing")
    call.hear()
    assert said(house, "pl", "safety") in call.document
    assert call.ask("/call/in/pl") == call.document
    assert call.ask("/call/now") == call.document
    assert call.ask("/call/in/en") == call.document


def test_one_key_leads_from_the_polish_number_to_an_english_greeting(house: House) -> None:
    call = HandMadeCall(house)
    call.document = call.ask("/call/in/pl", CallStatus="ringing")
    call.press("1")
    assert said(house, "en", "greeting") in call.document


@pytest.mark.parametrize("code", ["xx", "so", "en", "..", "EN", "p" * 100, "%C5%82"])
def test_a_number_of_no_language_of_the_line_begins_in_its_own(house: House, code: str) -> None:
    document = HandMadeCall(house).ask(f"/call/in/{code}", CallStatus="ringing")
    assert said(house, "en", "greeting") in document
    assert said(house, "pl", "greeting") not in document


def test_an_address_of_a_language_that_twilio_did_not_sign_is_refused(house: House) -> None:
    answer = WsgiTransport(house.door).send(Request("POST", f"{BASE}/call/in/pl", {}, b""))
    assert (answer.status, answer.body) == (403, b"")


def test_a_signature_for_one_language_does_not_open_another(house: House) -> None:
    pairs = (("AccountSid", ACCOUNT), ("CallSid", new_sid("CA")))
    signed = signature(f"{BASE}/call/in/pl", pairs, house.exchange.auth_token, "sha1")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
    asked = {
        code: Request("POST", f"{BASE}/call/in/{code}", headers, urlencode(pairs).encode()) for code in ("pl", "en")
    }
    transport = WsgiTransport(house.door)
    assert {code: transport.send(request).status for code, request in asked.items()} == {"pl": 200, "en": 403}


def test_while_the_database_is_away_the_polish_number_speaks_polish_to_the_end(house: House) -> None:
    call = HandMadeCall(house)
    with outage(house.database):
        document = call.ask("/call/in/pl", CallStatus="ringing")
    assert said(house, "pl", "apology") in document
    assert "/static/consent/0/in/pl" in document
    recording = call.ask("/static/consent/0/in/pl", Digits="1")
    assert said(house, "pl", "static_recording") in recording
    assert said(house, "pl", "static_done") in call.ask("/static/done/1/in/pl")
    assert "/call/in/pl" in call.ask("/static/done/1/in/pl")
    assert said(house, "en", "apology") in call.ask("/static/ask/0/in/xx")


def test_a_whole_call_rings_through_the_number_of_a_language(house: House) -> None:
    number = "+448081570193"
    assert isinstance(house.exchange.numbers, dict)
    house.exchange.numbers[number] = NumberSettings(f"{BASE}/call/in/pl", status_callback=f"{BASE}/ended")
    call = house.exchange.ring(number)
    call.silence()
    assert said(house, "pl", "greeting") in call.words
    assert said(house, "pl", "safety") in call.words
    assert said(house, "en", "greeting") in house.exchange.ring(LINE).words


def fallback_of(tmp_path: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    settings = tmp_path / "config.env"
    line = Path(__file__).parents[2] / "prompts/lines/example.toml"
    settings.write_text(f"DEMO=1\nLINE_FILE={line}\nPUBLIC_BASE={BASE}\n", encoding="utf-8")
    assert commands.fallback([*words, "--settings", str(settings)]) == 0
    return capsys.readouterr().out


def test_each_number_has_fallback_documents_in_its_language(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = fallback_of(tmp_path, "recording", "--language", "pl", capsys=capsys)
    assert said(house, "pl", "static_recording") in recording
    assert f"{BASE}/call/in/pl" in recording
    document = fallback_of(
        tmp_path,
        "fallback",
        "--recording-document",
        "https://handler.example.org/EH",
        "--language",
        "pl",
        capsys=capsys,
    )
    assert said(house, "pl", "apology") in document
    own = fallback_of(tmp_path, "recording", capsys=capsys)
    assert said(house, "en", "static_recording") in own
    assert f"{BASE}/call/now" in own


def test_fallback_documents_in_a_language_that_the_line_does_not_speak_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        fallback_of(tmp_path, "recording", "--language", "cy", capsys=capsys)
    assert "the line does not speak cy" in capsys.readouterr().err
