"""What the wall lets in of conferences and softphones: the token, and who comes or goes. Nothing of who they are."""

from __future__ import annotations

import pytest

from ivr.app import line_flow
from ivr.edge import ALLOWED
from prompts.line import read_line
from tests.house import EXAMPLE_LINE
from tests.ivr.signed import ACCOUNT, CALL, CALL_PARAMETERS, NUMBER, Wall, request

OFFER = "0123456789abcdef" * 2
# As the exchange and Twilio's pages have them (TwiML <Conference>, "statusCallback").
ROOM = (
    ("AccountSid", ACCOUNT),
    ("CallSid", CALL),
    ("CallSidEndingConference", CALL),
    ("Coaching", "false"),
    ("ConferenceSid", "CF" + "1" * 32),
    ("EndConferenceOnExit", "true"),
    ("FriendlyName", "a" * 32),
    ("From", NUMBER),
    ("Hold", "false"),
    ("Muted", "false"),
    ("ParticipantCallStatus", "completed"),
    ("ParticipantLabel", NUMBER),
    ("ReasonConferenceEnded", "last-participant-left"),
    ("ReasonParticipantLeft", "participant_hung_up"),
    ("SequenceNumber", "3"),
    ("StartConferenceOnEnter", "true"),
    ("StatusCallbackEvent", "participant-leave"),
    ("Timestamp", "Thu, 26 Nov 2026 12:00:00 +0000"),
)
SOFTPHONE = (
    ("AccountSid", ACCOUNT),
    ("ApplicationSid", "AP" + "7" * 32),
    ("CallSid", CALL),
    ("CallStatus", "ringing"),
    ("Caller", "client:4a5b"),
    ("From", "client:4a5b"),
    ("To", ""),
    ("offer", OFFER),
    ("more", NUMBER),
)


def test_of_a_conference_only_the_leg_and_what_it_did_get_through() -> None:
    form = Wall().form(request(ROOM, "/room"))
    assert form == {"CallSid": CALL, "StatusCallbackEvent": "participant-leave"}


def test_of_a_softphone_only_its_leg_and_its_token_get_through() -> None:
    form = Wall().form(request(SOFTPHONE, "/softphone"))
    assert form == {"CallSid": CALL, "CallStatus": "ringing", "offer": OFFER}


@pytest.mark.parametrize("offer", ["", OFFER[:-1], OFFER + "0", OFFER.upper(), NUMBER, "client:4a5b", f"{OFFER}\n"])
def test_what_is_no_token_is_dropped(offer: str) -> None:
    form = Wall().form(request((*SOFTPHONE[:-2], ("offer", offer)), "/softphone"))
    assert form is not None
    assert "offer" not in form


@pytest.mark.parametrize("event", ["", "conference-start", "participant-", NUMBER, "participant-" + "x" * 40])
def test_what_is_no_event_of_a_participant_is_dropped(event: str) -> None:
    pairs = [(name, value) for name, value in ROOM if name != "StatusCallbackEvent"]
    form = Wall().form(request([*pairs, ("StatusCallbackEvent", event)], "/room"))
    assert form == {"CallSid": CALL}


@pytest.mark.parametrize("name", ["offers", "offe", "StatusCallback", "StatusCallbackEvents", "CallSidEnding"])
def test_a_name_that_could_be_a_shifted_one_is_forged(name: str) -> None:
    assert Wall().form(request((*SOFTPHONE, (name, "x")), "/softphone")) is None


@pytest.mark.parametrize("path", ["/room", "/softphone", "/softphone/over"])
def test_what_is_not_signed_is_refused(path: str) -> None:
    wall = Wall()
    assert wall.form(request(SOFTPHONE, path, signed="bm90IGEgc2lnbmF0dXJl")) is None
    assert wall.refusal.times == 1


def test_what_is_the_same_for_all_is_answered_unsigned_and_nothing_of_the_request_passes() -> None:
    wall = Wall()
    assert wall.form(request(CALL_PARAMETERS, "/hold", signed="")) == {}
    assert wall.form(request((), "/prompts/hold.wav", method="GET", signed="")) == {}
    assert NUMBER not in repr(wall.probe.seen)
    assert wall.form(request(CALL_PARAMETERS, "/hold/more", signed="")) is None
    assert wall.form(request((), "/hold", method="GET", signed="")) is None


def test_no_step_is_named_as_a_parameter_is() -> None:
    # A parameter's name in an address is taken for one that was shifted over the border.
    steps = line_flow(read_line(EXAMPLE_LINE)).steps
    assert [step for step in steps for name in ALLOWED if name in step] == []
