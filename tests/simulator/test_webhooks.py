"""What goes wrong on the way: retries, overrides, redirects, the fallback, duplicates, doubled parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from ivr.simulator.fetching import APOLOGY
from ivr.simulator.lines import NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.overrides import Overrides, split
from tests.simulator.service import BASE, LINE, Page, Service, exchange_for

ALL = "#ct=2000&rt=4000&rc=2&rp=all"


def settings(overrides: str = "", **more: str) -> NumberSettings:
    return NumberSettings(BASE + "/call" + overrides, **more)  # type: ignore[arg-type]


def failing(times: int, page: str, status: int = 500) -> Page:
    left = [times]

    def answer(_: Request) -> Response | str:
        left[0] -= 1
        return Response("sorry", status=status) if left[0] >= 0 else page

    return answer


def tokens(service: Service) -> list[str]:
    return [request.headers["I-Twilio-Idempotency-Token"] for request in service.asked]


def test_an_error_is_retried_where_the_address_asks_for_it() -> None:
    exchange, service = exchange_for({"/call": failing(2, "<Say>Hello.</Say>")}, settings(ALL))
    call = exchange.ring(LINE)
    assert call.words == "Hello."
    assert len(set(tokens(service))) == 1
    assert service.paths == ["/call"] * 3
    assert exchange.notices == []


def test_an_error_is_not_retried_by_itself() -> None:
    exchange, service = exchange_for({"/call": failing(1, "<Say>Hello.</Say>")})
    call = exchange.ring(LINE)
    assert service.paths == ["/call", "/ended"]
    assert call.words == APOLOGY
    assert call.ended


def test_a_failed_connect_is_retried_once_by_itself() -> None:
    exchange, _ = exchange_for({"/call": "<Say>Hello.</Say>"})
    exchange.misbehaviour = Misbehaviour(failed_connects=1)
    assert exchange.ring(LINE).words == "Hello."


def test_more_failed_connects_than_retries_are_the_end() -> None:
    exchange, service = exchange_for({"/call": "<Say>Hello.</Say>"}, settings())
    exchange.misbehaviour = Misbehaviour(failed_connects=2)
    assert exchange.ring(LINE).words == APOLOGY
    assert service.asked == []
    assert [notice.code for notice in exchange.notices] == [11205]


def test_a_lost_answer_is_asked_for_again_with_the_same_token() -> None:
    exchange, service = exchange_for({"/call": "<Say>Hello.</Say>"}, settings(ALL))
    exchange.misbehaviour = Misbehaviour(retry_after_timeout=True)
    call = exchange.ring(LINE)
    assert call.words == "Hello."
    assert service.paths == ["/call", "/call"]
    assert len(set(tokens(service))) == 1
    assert [sent.lost for sent in exchange.requests] == [True, False]


def test_a_lost_answer_without_a_retry_is_a_failure() -> None:
    exchange, _ = exchange_for({"/call": "<Say>Hello.</Say>"}, settings())
    exchange.misbehaviour = Misbehaviour(retry_after_timeout=True)
    assert exchange.ring(LINE).words == APOLOGY


def test_an_answer_slower_than_the_address_allows_is_lost() -> None:
    exchange, service = exchange_for({"/call": "<Say>Hello.</Say>"}, settings(ALL))
    exchange.misbehaviour = Misbehaviour(slow_answers=4.5)
    call = exchange.ring(LINE)
    assert call.words == APOLOGY
    assert service.paths == ["/call"] * 3
    assert call.seconds >= 12


def test_fifteen_seconds_are_all_there_is() -> None:
    exchange, service = exchange_for({"/call": "<Say>Hello.</Say>"}, settings("#rc=5&rp=all&rt=8000"))
    exchange.misbehaviour = Misbehaviour(slow_answers=8.5)
    exchange.ring(LINE)
    assert service.paths == ["/call"] * 2


def test_a_duplicate_comes_with_the_same_token_and_its_answer_is_not_obeyed() -> None:
    exchange, service = exchange_for({"/call": "<Redirect>/next</Redirect>"}, settings())
    exchange.misbehaviour = Misbehaviour(duplicate_webhooks=True)
    exchange.ring(LINE)
    assert service.paths == ["/call", "/call", "/next", "/next"]
    assert len(set(tokens(service))) == 2


def test_only_the_addresses_named_are_misused() -> None:
    exchange, service = exchange_for({"/call": "<Redirect>/next</Redirect>"}, settings())
    exchange.misbehaviour = Misbehaviour(duplicate_webhooks=True, where="/next")
    exchange.ring(LINE)
    assert service.paths == ["/call", "/next", "/next"]


def test_parameters_can_come_twice_or_be_odd() -> None:
    exchange, service = exchange_for({}, settings())
    exchange.misbehaviour = Misbehaviour(doubled_parameters=("CallSid",), odd_parameters=(("From", "x"), ("New", "y")))
    call = exchange.ring(LINE)
    form = service.asked[0].form
    assert form.getlist("CallSid") == [call.sid, call.sid]
    assert form.getlist("From") == ["x"]
    assert form["New"] == "y"


def test_after_a_redirect_the_digits_are_gone() -> None:
    pages: dict[str, Page] = {
        "/call": '<Gather numDigits="1" action="/act"/>',
        "/act": Response("", status=302, headers={"Location": "/moved"}),
        "/moved": "<Say>Moved.</Say>",
    }
    exchange, service = exchange_for(pages)
    call = exchange.ring(LINE)
    call.press("1")
    assert call.words == "Moved."
    moved = service.last("/moved")
    assert moved.method == "GET"
    assert moved.args["CallSid"] == call.sid
    assert "Digits" not in moved.values


def test_redirects_that_never_end_have_a_number() -> None:
    exchange, service = exchange_for({"/call": Response("", status=302, headers={"Location": "/call"})}, settings())
    exchange.ring(LINE)
    assert len(service.asked) == 11
    assert [notice.code for notice in exchange.notices] == [11215]


def test_the_fallback_address_is_told_what_failed() -> None:
    exchange, service = exchange_for(
        {"/call": Response("no", status=404), "/fallback": "<Say>Sorry.</Say>"},
        settings(voice_fallback_url=BASE + "/fallback"),
    )
    assert exchange.ring(LINE).words == "Sorry."
    form = service.last("/fallback").form
    assert form["ErrorCode"] == "11200"
    assert form["ErrorUrl"] == BASE + "/call"
    assert form["From"] == "+447700900123"


def test_the_fallback_document_needs_no_service_and_leads_back() -> None:
    pages: dict[str, Page] = {"/call": Response("", status=503), "/call/now": "<Say>Here again.</Say>"}
    document = f"<Response><Say>Ring 999.</Say><Redirect>{BASE}/call/now</Redirect></Response>"
    exchange, _ = exchange_for(pages, settings(fallback_document=document))
    assert exchange.ring(LINE).words == "Ring 999.\nHere again."


def test_a_broken_document_within_a_call_goes_to_the_fallback() -> None:
    exchange, _ = exchange_for(
        {"/call": '<Gather numDigits="1" action="/act"/>', "/act": Response("<Respons", mimetype="text/xml")},
        settings(fallback_document="<Response><Say>Sorry.</Say></Response>"),
    )
    call = exchange.ring(LINE)
    call.press("1")
    assert call.words == "Sorry."
    assert [notice.code for notice in exchange.notices] == [12100]


def test_a_fallback_that_fails_too_leaves_twilios_apology() -> None:
    exchange, _ = exchange_for({"/call": Response("", status=500)}, settings(voice_fallback_url=BASE + "/call"))
    call = exchange.ring(LINE)
    assert call.words == APOLOGY
    assert len(exchange.notices) == 2


def test_a_notice_holds_the_callers_number() -> None:
    exchange, _ = exchange_for({"/call": Response("", status=403)})
    exchange.ring(LINE)
    assert ("From", "+447700900123") in exchange.notices[0].params


def test_a_schema_warning_is_a_notice_and_the_call_goes_on() -> None:
    exchange, _ = exchange_for({"/call": "<Sing/><Say>On.</Say>"})
    assert exchange.ring(LINE).words == "On."
    assert [notice.code for notice in exchange.notices] == [12200]


def test_an_exception_in_the_service_is_a_500_to_twilio() -> None:
    def page(_: Request) -> str:
        raise RuntimeError("the kettle is on fire")

    exchange, _ = exchange_for({"/call": page}, settings())
    exchange.ring(LINE)
    assert exchange.requests[0].status == 500
    assert "the kettle is on fire" in exchange.notices[0].reason


@pytest.mark.parametrize(
    ("body", "codes"), [("", []), ("<Response/>", []), ("<h1>Thanks", [12200]), ("x" * 70_000, [11750])]
)
def test_a_page_in_answer_to_a_callback_is_noticed(body: str, codes: list[int]) -> None:
    exchange, _ = exchange_for({"/ended": Response(body, mimetype="text/html")})
    exchange.ring(LINE)
    assert [notice.code for notice in exchange.notices] == codes


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("#ct=2000&rt=4000&rc=2&rp=all", Overrides(2000, 4000, 15_000, 2, frozenset({"4xx", "5xx", "ct", "rt"}))),
        ("#rp=5xx,ct", Overrides(policies=frozenset({"5xx", "ct"}))),
        ("#ct=99&rt=16000&rc=6&rp=sometimes", Overrides()),
        ("#rc=0", Overrides(retries=0)),
    ],
)
def test_overrides_are_read_within_twilios_limits(fragment: str, expected: Overrides) -> None:
    assert split("https://line.example/call" + fragment) == ("https://line.example/call", expected)


@given(st.text())
def test_no_fragment_can_break_the_reading_of_overrides(fragment: str) -> None:
    _, overrides = split("https://line.example/call#" + fragment)
    assert 0 <= overrides.retries <= 5
    assert overrides.policies
