"""Whatever a caller does and whatever goes wrong, the exchange keeps Twilio's promises."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ivr.simulator.misbehaviour import Misbehaviour
from tests.simulator.service import BASE, LINE, Page, exchange_for, tone

OVERRIDES = "#ct=2000&amp;rt=4000&amp;rc=2&amp;rp=all"
STORY = (
    f'<Gather numDigits="1" finishOnKey="" timeout="1" action="/menu{OVERRIDES}"><Say>Tell us.</Say></Gather>'
    f'<Record finishOnKey="#*09" timeout="5" maxLength="20" recordingStatusCallback="/ready{OVERRIDES}" action="/menu"'
    "/>"
    "<Redirect>/menu</Redirect>"
)
PAGES: dict[str, Page] = {
    "/call": f"<Say>Hello.</Say><Redirect>/menu{OVERRIDES}</Redirect>",
    "/menu": f'<Gather numDigits="1" action="/story{OVERRIDES}"><Say>Press.</Say></Gather><Redirect>/story</Redirect>',
    "/story": STORY,
}
ACTS = st.lists(
    st.one_of(
        st.sampled_from(["silence", "speak", "advance", "hang up", "late", "move"]),
        st.text("0123456789*#", min_size=1, max_size=4),
    ),
    max_size=15,
)
MOODS = st.builds(
    Misbehaviour,
    duplicate_webhooks=st.booleans(),
    retry_after_timeout=st.booleans(),
    late_recording_callbacks=st.booleans(),
    callbacks_before_action=st.booleans(),
    reordered=st.booleans(),
    empty_recording=st.booleans(),
    failed_connects=st.integers(0, 1),
    doubled_parameters=st.sampled_from([(), ("Digits",), ("CallSid", "From")]),
)


@settings(max_examples=60, deadline=None)
@given(ACTS, MOODS)
def test_a_walk_keeps_every_promise(acts: list[str], mood: Misbehaviour) -> None:
    exchange, service = exchange_for(PAGES)
    exchange.misbehaviour = mood
    call = exchange.ring(LINE)
    for act in acts:
        if call.ended:
            break
        match act:
            case "silence":
                call.silence()
            case "speak":
                if call.waiting_for == "recording":
                    call.speak(tone(1))
            case "advance":
                exchange.advance(3)
            case "hang up":
                call.hang_up()
            case "late":
                exchange.deliver_late_callbacks()
            case "move":
                call.redirect(BASE + "/menu", "POST")
            case keys:
                call.press(keys)
        assert call.waiting_for in ("key", "recording", "ended")
    call.hang_up()
    exchange.deliver_late_callbacks()

    events = {request.headers["I-Twilio-Idempotency-Token"]: request for request in service.asked}
    told = Counter(request.path for request in events.values())
    assert told["/ended"] == 1
    assert told["/ready"] == len(exchange.recordings)
    assert {recording.state for recording in exchange.recordings.values()} <= {"completed"}
    validator = RequestValidator(exchange.auth_token)
    for request in service.asked:
        url = BASE + request.environ["RAW_URI"]
        assert validator.validate(url, request.form, request.headers["X-Twilio-Signature"])
    times = Counter(request.headers["I-Twilio-Idempotency-Token"] for request in service.asked)
    assert max(times.values()) <= 4
