"""The REST API, asked by Twilio's own client over HTTP with only the host rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.exchange import Exchange
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from tests.simulator.service import BASE, LINE, Page, Service, exchange_for, tone

PAGES: dict[str, Page] = {
    "/call": '<Record action="/act" recordingStatusCallback="/ready"/><Redirect>/act</Redirect>',
    "/act": '<Gather timeout="60"/>',
    "/now": "<Say>Moved.</Say><Gather/>",
}


class RewritingClient(TwilioHttpClient):
    """Sends what Twilio's client asks for to the loopback instead."""

    def __init__(self, address: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.address = address

    def request(self, method: str, uri: str, *args: Any, **more: Any) -> TwilioResponse:  # type: ignore[override]
        return super().request(method, uri.replace("https://api.twilio.com", self.address), *args, **more)


class Office:
    """An exchange with its API served, and Twilio's client for it."""

    def __init__(self, exchange: Exchange, service: Service, address: str, api: RestApi) -> None:
        self.exchange, self.service, self.address, self.api = exchange, service, address, api
        self.client = Client(
            exchange.api_key, exchange.api_secret, exchange.account_sid, http_client=RewritingClient(address)
        )

    def finished_call(self, recordings: int = 1) -> SimulatedCall:
        call = self.exchange.ring(LINE)
        if recordings:
            call.speak(tone(2))
            call.press("#")
        call.hang_up()
        return call

    def media(self, sid: str, ending: str = ".wav", **more: Any) -> requests.Response:
        address = f"{self.address}/2010-04-01/Accounts/{self.exchange.account_sid}/Recordings/{sid}{ending}"
        return requests.get(address, auth=(self.exchange.api_key, self.exchange.api_secret), timeout=5, **more)


@pytest.fixture
def office() -> Iterator[Office]:
    exchange, service = exchange_for(PAGES)
    api = RestApi(exchange)
    with Served(api) as served:
        yield Office(exchange, service, served.address, api)


def refused(error: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int]:
    return error.value.status, error.value.code or 0


def test_a_call_is_shown_with_its_number_until_it_is_deleted(office: Office) -> None:
    call = office.finished_call()
    shown = office.client.calls(call.sid).fetch()
    assert str(shown.status) == "completed"
    assert shown._from == "+447700900123"
    assert shown.duration == str(call.seconds)
    office.exchange.advance(60)
    assert office.client.calls(call.sid).delete()
    with pytest.raises(TwilioRestException) as error:
        office.client.calls(call.sid).fetch()
    assert refused(error) == (404, 20404)


def test_a_call_cannot_be_deleted_before_a_minute_has_passed(office: Office) -> None:
    live = office.exchange.ring(LINE)
    for call in (live, office.finished_call()):
        with pytest.raises(TwilioRestException) as error:
            office.client.calls(call.sid).delete()
        assert error.value.code == 20009


def test_the_time_of_refused_deletes_can_be_set(office: Office) -> None:
    office.exchange.misbehaviour = Misbehaviour(delete_refused_seconds=0)
    assert office.client.calls(office.finished_call().sid).delete()


def test_calls_are_listed_by_parent_status_and_page(office: Office) -> None:
    sids = {office.finished_call(0).sid for _ in range(7)}
    live = office.exchange.ring(LINE)
    assert {call.sid for call in office.client.calls.stream(status="completed", page_size=2)} == sids
    assert len(office.client.calls.list()) == 8
    assert office.client.calls.list(parent_call_sid=live.sid) == []
    first = office.client.calls.page(page_size=3)
    second = first.next_page()
    assert len(list(first)) == 3
    assert second is not None
    assert len(list(second)) == 3


def test_a_recording_is_listed_fetched_and_deleted(office: Office) -> None:
    call = office.finished_call()
    (listed,) = office.client.calls(call.sid).recordings.list()
    assert listed.duration == "2"
    assert office.media(listed.sid or "").content == office.exchange.recordings[listed.sid or ""].sound
    assert office.media(listed.sid or "", ending="").ok
    assert office.client.recordings(listed.sid or "").delete()
    assert office.media(listed.sid or "").status_code == 404
    assert office.client.calls(call.sid).recordings.list() == []
    assert office.client.recordings.list(call_sid=call.sid) == []
    (kept,) = office.client.recordings.list(call_sid=call.sid, include_soft_deleted=True)
    assert (kept.sid, str(kept.status)) == (listed.sid, "deleted")


def test_deleting_twice_says_that_it_is_gone(office: Office) -> None:
    office.finished_call()
    (recording,) = office.client.recordings.list()
    office.client.recordings(recording.sid or "").delete()
    with pytest.raises(TwilioRestException) as error:
        office.client.recordings(recording.sid or "").delete()
    assert refused(error) == (404, 20404)


def test_a_recording_that_is_not_ready_has_no_sound_and_cannot_be_deleted(office: Office) -> None:
    office.exchange.misbehaviour = Misbehaviour(late_recording_callbacks=True)
    office.finished_call()
    (recording,) = office.client.recordings.list()
    assert str(recording.status) == "processing"
    assert office.media(recording.sid or "").status_code == 404
    with pytest.raises(TwilioRestException) as error:
        office.client.recordings(recording.sid or "").delete()
    assert error.value.code == 20009
    office.exchange.deliver_late_callbacks()
    assert office.media(recording.sid or "").ok


def test_one_channel_is_all_there_is(office: Office) -> None:
    office.finished_call()
    (recording,) = office.client.recordings.list()
    assert office.media(recording.sid or "", params={"RequestedChannels": "2"}).status_code == 400


def test_a_live_call_is_moved(office: Office) -> None:
    call = office.exchange.ring(LINE)
    office.client.calls(call.sid).update(url=BASE + "/now#rc=2&rp=all", method="POST")
    assert call.words == "Moved."
    assert office.service.last("/now").form["CallStatus"] == "in-progress"


def test_a_live_call_is_ended(office: Office) -> None:
    call = office.exchange.ring(LINE)
    updated = office.client.calls(call.sid).update(status="completed")
    assert str(updated.status) == "completed"
    assert office.service.paths[-1] == "/ended"


@pytest.mark.parametrize("change", [{"url": BASE + "/now"}, {"status": "completed"}])
def test_a_finished_call_cannot_be_changed(office: Office, change: dict[str, str]) -> None:
    call = office.finished_call()
    with pytest.raises(TwilioRestException) as error:
        office.client.calls(call.sid).update(**change)
    assert refused(error) == (400, 21220)


def test_an_address_that_is_none_is_refused(office: Office) -> None:
    call = office.exchange.ring(LINE)
    with pytest.raises(TwilioRestException) as error:
        office.client.calls(call.sid).update(url="/now")
    assert refused(error) == (400, 21205)


@pytest.mark.parametrize("who", [None, ("SK" + "5" * 32, "guess"), ("stranger", "a-secret-of-the-simulators-own-key")])
def test_a_stranger_is_told_to_authenticate(office: Office, who: tuple[str, str] | None) -> None:
    address = f"{office.address}/2010-04-01/Accounts/{office.exchange.account_sid}/Calls.json"
    answer = requests.get(address, auth=who, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["code"] == 20003


def test_the_auth_token_is_a_full_credential(office: Office) -> None:
    address = f"{office.address}/2010-04-01/Accounts/{office.exchange.account_sid}/Calls.json"
    answer = requests.get(address, auth=(office.exchange.account_sid, office.exchange.auth_token), timeout=5)
    assert answer.json()["calls"] == []


def test_another_account_and_other_paths_are_not_found(office: Office) -> None:
    auth = (office.exchange.api_key, office.exchange.api_secret)
    for path in ("/2010-04-01/Accounts/AC00/Calls.json", "/2010-04-01/Nothing.json"):
        answer = requests.get(office.address + path, auth=auth, timeout=5)
        assert answer.json()["code"] == 20404
        assert answer.json()["status"] == 404


def test_too_many_requests_are_refused_for_a_while(office: Office) -> None:
    call = office.exchange.ring(LINE)
    office.exchange.misbehaviour = Misbehaviour(rest_429=2, rest_500=1)
    codes = []
    for _ in range(3):
        with pytest.raises(TwilioRestException) as error:
            office.client.calls(call.sid).fetch()
        codes.append(refused(error))
    assert codes == [(429, 20429), (429, 20429), (500, 20500)]
    assert office.client.calls(call.sid).fetch().sid == call.sid


def test_what_was_asked_is_kept_under_twilios_own_address(office: Office) -> None:
    office.client.calls.list(status="completed", page_size=5)
    asked = office.api.asked[-1]
    assert asked.method == "GET"
    assert asked.url.startswith(f"https://api.twilio.com/2010-04-01/Accounts/{office.exchange.account_sid}/Calls.json?")
    assert asked.status == 200
