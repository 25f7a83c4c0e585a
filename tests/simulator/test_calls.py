"""A call obeys its documents: order of verbs, next addresses, the end."""

from __future__ import annotations

import pytest
from werkzeug.wrappers import Request, Response

from ivr.simulator.lines import NumberSettings
from ivr.simulator.moments import CallIsOver, EndlessDocuments, Played, Spoken
from tests.simulator.service import BASE, LINE, exchange_for, tone


def test_a_call_hears_sentences_in_order_and_ends_with_the_document() -> None:
    exchange, service = exchange_for({"/call": '<Say language="en-GB" voice="Polly.Amy">One.</Say><Say>Two.</Say>'})
    call = exchange.ring(LINE)
    assert call.heard == [Spoken("One.", "en-GB", "Polly.Amy"), Spoken("Two.", "en-US", "man")]
    assert call.ended
    assert call.waiting_for == "ended"
    assert service.paths == ["/call", "/ended"]
    assert exchange.notices == []


def test_the_first_request_says_ringing_and_later_ones_in_progress() -> None:
    exchange, service = exchange_for({"/call": "<Redirect>/next</Redirect>", "/next": "<Hangup/>"})
    exchange.ring(LINE)
    assert [request.form["CallStatus"] for request in service.asked] == ["ringing", "in-progress", "completed"]


def test_relative_addresses_are_resolved_against_the_document() -> None:
    exchange, service = exchange_for(
        {"/call": "<Redirect>deep/er?x=1</Redirect>", "/deep/er": "<Redirect>b</Redirect>"}
    )
    exchange.ring(LINE)
    assert service.paths == ["/call", "/deep/er", "/deep/b", "/ended"]
    assert exchange.requests[1].url == BASE + "/deep/er?x=1"


def test_overrides_behind_the_hash_never_reach_the_service() -> None:
    exchange, service = exchange_for({"/call": "<Redirect>/next#ct=2000&amp;rc=2&amp;rp=all</Redirect>"})
    exchange.ring(LINE)
    assert service.paths == ["/call", "/next", "/ended"]
    assert all("#" not in sent.url for sent in exchange.requests)


def test_an_empty_redirect_asks_the_present_document_again() -> None:
    turns: list[str] = []

    def page(_: Request) -> str:
        turns.append("")
        return "<Redirect/>" if len(turns) < 3 else "<Hangup/>"

    exchange, service = exchange_for({"/call": page})
    exchange.ring(LINE)
    assert service.paths == ["/call", "/call", "/call", "/ended"]


def test_a_played_sound_is_fetched_unsigned_and_heard_as_bytes() -> None:
    sound = tone(1)
    exchange, service = exchange_for(
        {"/call": "<Play>/sounds/a.wav</Play>", "/sounds/a.wav": Response(sound, mimetype="audio/wav")}
    )
    call = exchange.ring(LINE)
    assert call.heard == [Played(BASE + "/sounds/a.wav", sound, "audio/wav")]
    fetch = service.last("/sounds/a.wav")
    assert fetch.method == "GET"
    assert "X-Twilio-Signature" not in fetch.headers
    assert not fetch.query_string


def test_a_sound_that_is_missing_is_noticed_and_the_call_goes_on() -> None:
    exchange, _ = exchange_for(
        {"/call": "<Play>/gone.wav</Play><Say>On.</Say>", "/gone.wav": Response("no", status=404)}
    )
    call = exchange.ring(LINE)
    assert call.words == "On."
    assert [notice.code for notice in exchange.notices] == [11200]


def test_a_sound_that_is_a_page_is_noticed() -> None:
    exchange, _ = exchange_for({"/call": "<Play>/page</Play>", "/page": Response("<p>", mimetype="text/html")})
    call = exchange.ring(LINE)
    assert call.heard == []
    assert [notice.code for notice in exchange.notices] == [12300]


def test_a_rejected_call_is_never_answered() -> None:
    exchange, service = exchange_for({"/call": '<Reject reason="busy"/>'})
    call = exchange.ring(LINE)
    assert call.status == "busy"
    assert [request.form["CallStatus"] for request in service.asked] == ["ringing", "busy"]


def test_plain_text_that_is_no_document_is_read_aloud() -> None:
    exchange, _ = exchange_for({"/call": Response("Hello there.", mimetype="text/plain")})
    assert exchange.ring(LINE).words == "Hello there."


def test_a_sound_as_an_answer_is_played_and_ends_the_call() -> None:
    exchange, _ = exchange_for({"/call": Response(tone(1), mimetype="audio/x-wav")})
    call = exchange.ring(LINE)
    assert [type(item) for item in call.heard] == [Played]
    assert call.ended


def test_the_end_is_told_once_with_its_length_and_time() -> None:
    exchange, service = exchange_for({"/call": '<Pause length="7"/><Gather><Pause length="1"/></Gather>'})
    call = exchange.ring(LINE)
    call.hang_up()
    call.hang_up()
    ended = service.last("/ended").form
    assert service.paths.count("/ended") == 1
    assert ended["CallDuration"] == "7"
    assert ended["CallbackSource"] == "call-progress-events"
    assert ended["SequenceNumber"] == "0"
    assert ended["Timestamp"].endswith("+0000")


def test_nobody_can_press_a_key_after_the_end() -> None:
    exchange, _ = exchange_for({})
    call = exchange.ring(LINE)
    with pytest.raises(CallIsOver):
        call.press("1")


def test_documents_that_never_let_the_caller_act_are_an_error() -> None:
    exchange, _ = exchange_for({"/call": "<Redirect>/call</Redirect>"})
    with pytest.raises(EndlessDocuments):
        exchange.ring(LINE)


def test_a_caller_who_does_not_listen_at_once_may_hang_up_within_a_sentence() -> None:
    exchange, service = exchange_for({"/call": "<Say>Wait for it.</Say><Redirect>/next</Redirect>"})
    call = exchange.ring(LINE, listens_at_once=False)
    assert call.waiting_for == "nothing"
    call.hang_up()
    assert service.paths == ["/call", "/ended"]


def test_a_sentence_ends_when_its_time_is_over() -> None:
    exchange, service = exchange_for({"/call": "<Say>Wait for it.</Say><Redirect>/next</Redirect>"})
    exchange.ring(LINE, listens_at_once=False)
    exchange.advance(1)
    assert service.paths == ["/call", "/next", "/ended"]


def test_the_step_is_read_from_the_next_address() -> None:
    exchange, _ = exchange_for({"/call": '<Gather action="/call/main_menu/7"/><Redirect>/call/main_menu/7</Redirect>'})
    assert exchange.ring(LINE).step == "main_menu"


def test_a_move_that_crosses_an_answer_wins_over_it() -> None:
    exchange, service = exchange_for(
        {"/call": '<Gather numDigits="1" action="/late"/>', "/late": "<Say>Late.</Say>", "/now": "<Gather/>"}
    )
    call = exchange.ring(LINE)
    exchange.meanwhile(lambda: call.redirect(BASE + "/now", "POST"))
    call.press("1")
    assert service.paths == ["/call", "/late", "/now"]
    assert call.words == ""
    assert call.waiting_for == "key"


def test_a_number_without_a_status_callback_tells_nothing_at_the_end() -> None:
    exchange, service = exchange_for({}, NumberSettings(BASE + "/call"))
    exchange.ring(LINE)
    assert service.paths == ["/call"]
