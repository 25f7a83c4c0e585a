"""The doctor asks the carrier how the softphones' App is set, and says nothing of what it could not learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.diagnosis import softphones
from ivr.facts import Facts, SoftphoneApp, Verdict
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from ivr.softphone_app import app_of
from tests.simulator.service import BASE, exchange_for

APPLICATION = "AP" + "7" * 32


@dataclass(frozen=True)
class Carrier:
    """A carrier that answers, and settings that lead to it."""

    exchange: Exchange
    settings: dict[str, str]


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[Carrier]:
    exchange, _ = exchange_for({})
    exchange.applications = {APPLICATION: NumberSettings(BASE + "/softphone#rc=2", status_callback=BASE + "/ended")}
    secret = tmp_path / "api-secret"
    secret.write_text(exchange.api_secret + "\n", encoding="ascii")
    with Served(RestApi(exchange)) as served:
        yield Carrier(
            exchange,
            {
                "PUBLIC_BASE": BASE,
                "TWILIO_ACCOUNT_SID": exchange.account_sid,
                "TWILIO_API_KEY": exchange.api_key,
                "TWILIO_API_SECRET_FILE": str(secret),
                "TWILIO_API_BASE": served.address,
                "TWILIO_APP_SID": APPLICATION,
            },
        )


def judged(settings: dict[str, str]) -> Verdict:
    return softphones(Facts(settings=settings, softphone_app=app_of(settings))).verdict


def test_an_app_that_names_our_own_addresses_is_sound(carrier: Carrier) -> None:
    assert judged(carrier.settings) is Verdict.SOUND


def test_an_app_that_rings_somebody_else_leaks(carrier: Carrier) -> None:
    carrier.exchange.applications = {APPLICATION: NumberSettings("https://else.example/softphone")}
    assert judged(carrier.settings) is Verdict.LEAKS


def test_an_app_that_is_not_there_is_told(carrier: Carrier) -> None:
    carrier.exchange.applications = {}
    assert app_of(carrier.settings) == SoftphoneApp(is_there=False)


@pytest.mark.parametrize(
    "changed",
    [
        {"TWILIO_API_SECRET_FILE": "/nowhere"},
        {"TWILIO_API_KEY": "SK" + "0" * 32},
        {"TWILIO_APP_SID": "../Calls"},
        {"TWILIO_API_BASE": "file:///etc"},
        {"TWILIO_API_BASE": "http://127.0.0.1:9"},
    ],
)
def test_what_the_carrier_does_not_tell_is_never_taken_for_sound(carrier: Carrier, changed: dict[str, str]) -> None:
    assert app_of({**carrier.settings, **changed}) is None
    assert judged({**carrier.settings, **changed}) is Verdict.UNKNOWN
