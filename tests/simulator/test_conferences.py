"""Conferences of the exchange: who hears whom, when it ends, what is told, and what the REST API changes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import jwt
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from werkzeug.wrappers import Response

from ivr.simulator.access_tokens import BadToken, granted
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.exchange import Exchange
from ivr.simulator.frames import FRAME_SAMPLES, QUIET
from ivr.simulator.lines import NumberSettings, softphone
from ivr.simulator.moments import Played
from ivr.simulator.outside_calls import OutsideCall
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from tests.simulator.service import BASE, LINE, Page, Service, exchange_for, tone
from tests.simulator.test_rest import Office

APPLICATION = "AP" + "7" * 32
EVENTS = 'statusCallback="/room" statusCallbackEvent="start end join leave mute hold modify"'
PAGES: dict[str, Page] = {
    "/call": f'<Dial action="/after"><Conference endConferenceOnExit="true" {EVENTS}>r4nd0m</Conference></Dial>',
    "/desk": '<Dial action="/after"><Conference beep="false">r4nd0m</Conference></Dial>',
    "/after": "<Say>Thank you.</Say><Gather/>",
}
LOUD = (1000).to_bytes(2, "little", signed=True) * FRAME_SAMPLES


def room() -> tuple[Exchange, Service, SimulatedCall, SimulatedCall]:
    exchange, service = exchange_for(PAGES)
    exchange.applications = {APPLICATION: NumberSettings(BASE + "/desk", status_callback=BASE + "/ended")}
    caller = exchange.ring(LINE)
    return exchange, service, caller, handler_joins(exchange)


def handler_joins(exchange: Exchange, name: str = "amina") -> SimulatedCall:
    return exchange.ring(APPLICATION, softphone(name, APPLICATION, (("offer", "t0ken"),)))


def told(service: Service) -> list[str]:
    return [request.form["StatusCallbackEvent"] for request in service.asked if request.path == "/room"]


def hears(exchange: Exchange, listener: SimulatedCall, speaker: SimulatedCall) -> bool:
    for _ in range(30):  # what was said before is heard first
        exchange.conferences.take(listener.sid)
    for _ in range(5):
        exchange.conferences.say(speaker.sid, LOUD)
    return any(exchange.conferences.take(listener.sid) != QUIET for _ in range(5))


def test_a_caller_and_a_handler_hear_each_other() -> None:
    exchange, _, caller, handler = room()
    assert (caller.waiting_for, handler.waiting_for) == ("conference", "conference")
    assert hears(exchange, handler, caller)
    assert hears(exchange, caller, handler)
    assert not hears(exchange, caller, caller)


def test_no_webhook_of_a_softphone_carries_a_number() -> None:
    _, service, _, _ = room()
    form = service.last("/desk").form
    assert form["From"] == "client:amina"
    assert form["offer"] == "t0ken"
    assert not [value for value in form.values() if value.startswith("+")]


def test_what_happens_is_told_to_the_first_participants_address() -> None:
    _, service, caller, handler = room()
    handler.hang_up()
    caller.hang_up()
    joined = ["conference-start", "participant-join", "participant-join"]
    assert told(service) == [*joined, "participant-leave", "participant-leave", "conference-end"]
    assert all("From" not in request.form for request in service.asked if request.path == "/room")


def test_the_room_ends_for_all_when_the_caller_leaves() -> None:
    exchange, _, caller, handler = room()
    caller.hang_up()
    exchange.tick()
    assert handler.words == "Thank you."


def test_the_caller_stays_when_the_handler_leaves() -> None:
    exchange, _, caller, handler = room()
    handler.hang_up()
    exchange.tick()
    assert caller.waiting_for == "conference"


def test_a_moved_caller_has_left_the_room() -> None:
    exchange, _, caller, handler = room()
    caller.redirect(BASE + "/after", "POST")
    assert caller.words == "Thank you."
    exchange.tick()
    assert handler.waiting_for == "key"


def test_whoever_comes_before_the_first_who_starts_it_waits() -> None:
    exchange, _ = exchange_for({"/call": '<Dial><Conference startConferenceOnEnter="false">r</Conference></Dial>'})
    early, late = exchange.ring(LINE), exchange.ring(LINE)
    assert not hears(exchange, early, late)


@pytest.fixture
def office() -> Iterator[Office]:
    exchange, service, *_ = room()
    api = RestApi(exchange)
    with Served(api) as served:
        yield Office(exchange, service, served.address, api)


def test_holding_muting_and_coaching_decide_who_hears_whom(office: Office) -> None:
    exchange = office.exchange
    caller, handler = exchange.calls.values()
    boss = handler_joins(exchange, "ben")
    [conference] = office.client.conferences.list(friendly_name="r4nd0m", status="in-progress")
    people = office.client.conferences(str(conference.sid)).participants
    assert {one.call_sid for one in people.list()} == {caller.sid, handler.sid, boss.sid}
    people(boss.sid).update(coaching=True, call_sid_to_coach=handler.sid)
    assert hears(exchange, handler, boss)
    assert hears(exchange, boss, caller)
    assert not hears(exchange, caller, boss)
    people(boss.sid).update(muted=True)
    assert not hears(exchange, handler, boss)
    people(boss.sid).update(muted=False, coaching=False)
    assert hears(exchange, caller, boss)
    people(caller.sid).update(hold=True, hold_url=BASE + "/music")
    assert not hears(exchange, caller, handler)
    assert not hears(exchange, handler, caller)
    people(caller.sid).update(hold=False)
    assert hears(exchange, handler, caller)


def test_whoever_is_held_hears_what_the_document_plays(office: Office) -> None:
    exchange, service = office.exchange, office.service
    service.pages |= {
        "/music": '<Play loop="0">/loop.wav</Play>',
        "/loop.wav": Response(tone(1), mimetype="audio/wav"),
    }
    caller, _ = exchange.calls.values()
    [conference] = office.client.conferences.list(status="in-progress")
    person = office.client.conferences(str(conference.sid)).participants(caller.sid)
    person.update(hold=True, hold_url=BASE + "/music", hold_method="POST")
    assert service.last("/music").method == "POST"
    assert isinstance(caller.heard[-1], Played)
    person.update(hold=False)
    assert caller.waiting_for == "conference"


def test_a_participant_is_removed_and_a_room_ended_by_request(office: Office) -> None:
    exchange = office.exchange
    _, handler = exchange.calls.values()
    [conference] = office.client.conferences.list(status="in-progress")
    assert office.client.conferences(str(conference.sid)).participants(handler.sid).delete()
    exchange.tick()
    assert handler.waiting_for == "key"
    office.client.conferences(str(conference.sid)).update(status="completed")
    exchange.tick()
    assert office.client.conferences.list(status="in-progress") == []
    with pytest.raises(TwilioRestException) as refused:
        office.client.conferences(str(conference.sid)).participants(handler.sid).update(muted=True)
    assert refused.value.status == 404


def test_a_participant_who_is_to_come_back_leaves_without_ending_the_room(office: Office) -> None:
    exchange = office.exchange
    caller, handler = exchange.calls.values()
    [conference] = office.client.conferences.list(status="in-progress")
    people = office.client.conferences(str(conference.sid)).participants
    assert people(caller.sid).fetch().end_conference_on_exit is True
    people(caller.sid).update(end_conference_on_exit=False)
    caller.redirect(BASE + "/after", "POST")
    exchange.tick()
    assert handler.waiting_for == "conference"


INTERPRETER = "+442079460155"


def test_a_telephone_outside_rings_until_it_is_answered_and_is_then_in_the_room(office: Office) -> None:
    exchange = office.exchange
    caller, handler = exchange.calls.values()
    [conference] = office.client.conferences.list(status="in-progress")
    people = office.client.conferences(str(conference.sid)).participants
    made = people.create(LINE, INTERPRETER, label="a-seat", timeout=30, beep="false", end_conference_on_exit=False)
    assert (str(made.status), made.label) == ("ringing", "a-seat")
    statuses = {one.call_sid: str(one.status) for one in people.list()}
    assert statuses == {caller.sid: "connected", handler.sid: "connected", made.call_sid: "ringing"}
    rung = exchange.calls[str(made.call_sid)]
    assert isinstance(rung, OutsideCall)
    shown = office.client.calls(rung.sid).fetch()
    assert (shown.direction, shown.to, shown._from, str(shown.status)) == ("outbound-api", INTERPRETER, LINE, "ringing")
    rung.answer()
    assert hears(exchange, rung, caller)
    assert hears(exchange, handler, rung)
    rung.hang_up()
    assert caller.waiting_for == "conference"


def test_a_telephone_that_nobody_answers_stops_ringing(office: Office) -> None:
    exchange = office.exchange
    [conference] = office.client.conferences.list(status="in-progress")
    made = office.client.conferences(str(conference.sid)).participants.create(LINE, INTERPRETER, timeout=30)
    exchange.advance(31)
    assert exchange.calls[str(made.call_sid)].status == "no-answer"


@pytest.mark.parametrize(
    ("own", "label", "code"), [("+442079460999", "other", 21212), (LINE, "a-seat", 16025)], ids=["number", "label"]
)
def test_a_telephone_is_not_rung_from_anothers_number_nor_twice_under_one_label(
    office: Office, own: str, label: str, code: int
) -> None:
    [conference] = office.client.conferences.list(status="in-progress")
    people = office.client.conferences(str(conference.sid)).participants
    people.create(LINE, INTERPRETER, label="a-seat")
    with pytest.raises(TwilioRestException) as refused:
        people.create(own, INTERPRETER, label=label)
    assert refused.value.code == code


def test_an_application_is_described(office: Office) -> None:
    shown = office.client.applications(APPLICATION).fetch()
    assert (shown.voice_url, shown.voice_method, shown.status_callback) == (BASE + "/desk", "POST", BASE + "/ended")
    assert [one.sid for one in office.client.applications.list()] == [APPLICATION]
    with pytest.raises(TwilioRestException) as refused:
        office.client.applications("AP" + "0" * 32).fetch()
    assert refused.value.status == 404


def token(exchange: Exchange, **changed: object) -> str:
    made = AccessToken(exchange.account_sid, exchange.api_key, exchange.api_secret, identity="amina", ttl=600)
    made.add_grant(VoiceGrant(outgoing_application_sid=APPLICATION, incoming_allow=False))
    return str(made.to_jwt())


def test_a_token_made_by_twilios_own_library_is_understood() -> None:
    exchange = room()[0]
    keys = {"account_sid": exchange.account_sid, "api_key": exchange.api_key, "api_secret": exchange.api_secret}
    found = granted(token(exchange), **keys)
    assert (found.identity, found.application, found.incoming) == ("amina", APPLICATION, False)
    for changed in ("account_sid", "api_key", "api_secret"):
        with pytest.raises(BadToken):
            granted(token(exchange), **{**keys, changed: "another of them, long enough for a key of HS256"})


def test_a_token_that_has_expired_or_grants_nothing_is_refused() -> None:
    exchange = room()[0]
    keys = {"account_sid": exchange.account_sid, "api_key": exchange.api_key, "api_secret": exchange.api_secret}
    now = int(time.time())
    voice = {"outgoing": {"application_sid": APPLICATION}}
    good = {"iss": exchange.api_key, "sub": exchange.account_sid, "exp": now + 60, "nbf": now}
    for claims in (
        {**good, "exp": now - 1, "grants": {"identity": "amina", "voice": voice}},
        {**good, "exp": now + 90_000, "grants": {"identity": "amina", "voice": voice}},
        {**good, "grants": {"identity": "amina"}},
        {**good, "grants": {"identity": "no spaces", "voice": voice}},
    ):
        bad = jwt.encode(claims, exchange.api_secret, "HS256", headers={"cty": "twilio-fpa;v=1"})
        with pytest.raises(BadToken):
            granted(bad, **keys)
