"""What a page may reach on which somebody speaks, and that no other page may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.desk.app import PAGES, app_on
from handlers.desk.door import KEEPING_TIME
from handlers.desk.hearing import permissions_for, policy_for
from handlers.web.guarding import CLOSED_POLICY
from storage.settings import DeskSettings
from tests.desk.staff import Browser, House, browser_of

EXCHANGE = {"softphone": "exchange", "softphone_address": "ws://127.0.0.1:8480"}
KINDS = {"off": {}, "exchange": EXCHANGE, "twilio": {"softphone": "twilio"}}
EDGE = {"softphone": "twilio", "twilio_edge": "dublin"}


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def without_workers(policy: str) -> tuple[str, str]:
    """Return a policy in two: what may start a worker, and the rest."""
    rest, _, workers = policy.partition("; worker-src ")
    return rest, workers


def changed(house: House, **settings: str) -> DeskSettings:
    return replace(house.settings, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "reached"),
    [
        ({}, []),
        (EXCHANGE, ["ws://127.0.0.1:8480"]),
        ({"softphone": "twilio"}, ["wss://voice-js.roaming.twilio.com"]),
        (EDGE, ["wss://voice-js.dublin.twilio.com"]),
    ],
)
def test_one_host_is_opened_for_the_kind_that_is_configured(
    house: House, settings: dict[str, str], reached: list[str]
) -> None:
    opened, closed = directives(policy_for(changed(house, **settings))), directives(CLOSED_POLICY)
    assert opened["connect-src"] == ["'self'", *reached]
    media = [*closed["media-src"], "mediastream:"] if settings else closed["media-src"]
    assert opened["media-src"] == media
    assert opened["script-src"] == ["'self'"]
    others = set(closed) - {"connect-src", "media-src"}
    assert {name: opened[name] for name in others} == {name: closed[name] for name in others}


def test_only_pages_on_which_somebody_speaks_may_use_the_microphone(house: House) -> None:
    exchange = changed(house, **EXCHANGE)
    assert "microphone=(self)" in permissions_for(exchange, speaks=True)
    assert "microphone=()" in permissions_for(exchange, speaks=False)
    assert "microphone=()" in permissions_for(house.settings, speaks=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_other_page_stays_closed(house: House, kind: str) -> None:
    app = app_on(replace(house.desk, settings=changed(house, **KINDS[kind])))
    ben = Browser(house, app.test_client())
    ben.be("Ben")  # who may open every page on which somebody speaks
    for page in PAGES:
        if "GET" not in page.methods or "<" in page.rule:
            continue
        headers = ben.get(page.rule).headers
        opened = page.speaks and kind != "off"
        policy, workers = without_workers(headers["Content-Security-Policy"])
        assert (policy != CLOSED_POLICY) == opened, page.rule
        assert workers == ("'self'" if page.rule.startswith(KEEPING_TIME) else "'none'"), page.rule
        assert ("microphone=(self)" in headers["Permissions-Policy"]) == opened, page.rule


def test_a_stranger_and_who_may_not_get_the_closed_policy_of_the_same_page(house: House) -> None:
    app = app_on(replace(house.desk, settings=changed(house, **EXCHANGE)))
    chris, ada = Browser(house, app.test_client()), Browser(house, app.test_client())
    ada.be("Ada")
    for browser, status in ((chris, 303), (ada, 403)):
        answer = browser.get("/live/sound")
        assert answer.status_code == status
        assert without_workers(answer.headers["Content-Security-Policy"])[0] == CLOSED_POLICY


def test_a_desk_that_takes_no_calls_says_so_and_asks_for_no_microphone(house: House) -> None:
    page = browser_of(house, "Amina").get("/live/sound").text
    assert "takes no live calls yet" in page
    assert "headset.js" not in page
