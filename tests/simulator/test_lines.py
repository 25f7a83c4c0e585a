"""What Twilio tells about a caller: every place where a number, a name or a town can leak from."""

from __future__ import annotations

import base64
import json
from urllib.parse import unquote

import pytest
from werkzeug.datastructures import ImmutableMultiDict

from ivr.simulator.exchange import NoSuchLine
from ivr.simulator.lines import WITHHELD_FORMS, Caller, NumberSettings
from tests.simulator.service import BASE, LINE, exchange_for


def told(caller: Caller, settings: NumberSettings | None = None) -> ImmutableMultiDict[str, str]:
    exchange, service = exchange_for({}, settings)
    exchange.ring(LINE, caller)
    return service.asked[0].form


def payload(token: str) -> dict[str, str]:
    jwt = json.loads(unquote(token))["parentCallInfoToken"].split(".")[1]
    found: dict[str, str] = json.loads(base64.urlsafe_b64decode(jwt + "=" * (-len(jwt) % 4)))
    return found


def test_the_documented_parameters_are_all_there() -> None:
    form = told(Caller())
    expected = {"CallSid", "AccountSid", "From", "To", "CallStatus", "ApiVersion", "Direction", "Caller", "Called"}
    places = {
        f"{side}{part}" for side in ("From", "To", "Caller", "Called") for part in ("City", "State", "Zip", "Country")
    }
    assert set(form) == expected | places | {"CallToken", "StirVerstat"}
    assert form["Direction"] == "inbound"
    assert form["ApiVersion"] == "2010-04-01"


def test_the_callers_number_stands_in_three_places() -> None:
    form = told(Caller(number="+447700900456"))
    assert form["From"] == form["Caller"] == "+447700900456"
    assert payload(form["CallToken"])["from"] == "+447700900456"


def test_a_name_comes_only_where_the_lookup_is_bought() -> None:
    looked_up = NumberSettings(BASE + "/call", caller_id_lookup=True)
    assert told(Caller(name="DOE JOHN"), looked_up)["CallerName"] == "DOE JOHN"
    assert "CallerName" not in told(Caller(name="DOE JOHN"))


def test_forwarding_and_sip_headers_come_along_when_there_are_any() -> None:
    form = told(Caller(forwarded_from="+441632960001", sip_headers=(("SipHeader_P-Asserted-Identity", "tel:1"),)))
    assert form["ForwardedFrom"] == "+441632960001"
    assert form["SipHeader_P-Asserted-Identity"] == "tel:1"


@pytest.mark.parametrize("shape", WITHHELD_FORMS)
def test_a_withheld_number_comes_in_many_forms_and_with_a_country_that_is_not_theirs(shape: str) -> None:
    caller = Caller(number="+447700900456", name="DOE JOHN", city="LEEDS").withholding(shape)
    form = told(caller, NumberSettings(BASE + "/call", caller_id_lookup=True))
    assert form["From"] == shape
    assert form["CallerCountry"] == "TH"
    assert payload(form["CallToken"])["from"] == "Anonymous"
    assert not {"+447700900456", "DOE JOHN", "LEEDS"} & set(form.values())


def test_a_number_nobody_has_cannot_be_rung() -> None:
    exchange, _ = exchange_for({})
    with pytest.raises(NoSuchLine):
        exchange.ring("+448081570193")
