"""Looks at the played report as a supervisor does: through the desk's own pages, signed in."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from threading import Event

import pyotp
import requests

from ivr.demo.house import Staff
from storage.clock import Clock

SECONDS = 20
CODE_SECONDS = 30  # how long an authenticator shows a code (RFC 6238)
UNSEEN = ("script", "style", "svg", "nav", "template", "head")
BREAKS = ("p", "div", "dt", "dd", "li", "h1", "h2", "h3", "tr", "section", "header", "textarea", "label", "legend", "a")


class TourFailed(Exception):
    """The desk did not show what a supervisor must find there."""


def code_now(staff: Staff, clock: Clock) -> str:
    """Return the code that a person's authenticator shows now."""
    return pyotp.TOTP(staff.totp_secret).at(clock.now())


def read_newest_report(desk: str, staff: Staff, clock: Clock) -> str:
    """Sign in, open the report on top of the list, sign out; return what its page says."""
    with requests.Session() as browser:
        first_page = _sign_in(browser, desk, staff, clock)
        if 'name="code"' in first_page:  # a demo a moment ago used this code up: each works once
            Event().wait(CODE_SECONDS - clock.now() % CODE_SECONDS + 1)
            first_page = _sign_in(browser, desk, staff, clock)
        found = re.search(r'href="(/reports/[0-9a-f]{32})"', first_page)
        if found is None:
            raise TourFailed("signed in as a supervisor, but no report stands in the list")
        page = browser.get(desk + found[1], timeout=SECONDS).text
        token = _field(page, "csrf_token")
        browser.post(
            f"{desk}/sign-out", data={"csrf_token": token}, headers={"Referer": desk + found[1]}, timeout=SECONDS
        )
    return _words(page)


def _sign_in(browser: requests.Session, desk: str, staff: Staff, clock: Clock) -> str:
    """Sign in and return the page that follows: the list, or the form again."""
    form = browser.get(f"{desk}/sign-in", timeout=SECONDS).text
    told = {
        "csrf_token": _field(form, "csrf_token"),
        "name": staff.name,
        "password": staff.password,
        "code": code_now(staff, clock),
    }
    return browser.post(f"{desk}/sign-in", data=told, headers={"Referer": f"{desk}/sign-in"}, timeout=SECONDS).text


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    if found is None:
        raise TourFailed("the desk's page has no form")
    return found[1]


def _words(page: str) -> str:
    reader = _Reader()
    reader.feed(page)
    rows = (" ".join(row.split()) for row in "".join(reader.said).splitlines())
    return "\n".join(row for row in rows if row)


class _Reader(HTMLParser):
    """Keeps the words inside `<main>`."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._in_main = False
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._in_main = self._in_main or tag == "main"
        self._unseen += tag in UNSEEN
        if tag in BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._in_main = self._in_main and tag != "main"
        self._unseen -= tag in UNSEEN
        if tag in BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_main and not self._unseen:
            self.said.append(data)
