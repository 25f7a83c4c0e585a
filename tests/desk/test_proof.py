"""Showing again who one is: only for a while, only oneself, and never with half a deed behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update

from handlers.desk import app as desk_app
from handlers.desk.door import Page
from handlers.desk.ground import Desk
from handlers.desk.sessions import COOKIE, Signed
from handlers.permissions import Action
from storage import models
from storage.clock import TurnedClock
from storage.database import Database
from storage.sessions import IDLE_SECONDS, LONGEST_SECONDS, PROOF_SECONDS, WRONG_PROOFS
from storage.signing_in import wait_seconds
from tests.desk.staff import BASE, Browser, Hired, House, Keys, audited, browser_of, open_house

DONE: list[str] = []


def precious(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Do what only the person themself may."""
    DONE.append(signed.alias)
    return "done"


PRECIOUS = (
    Page("/precious", "precious", Action.STAY, precious, ("GET", "POST"), proof=True),
    Page("/precious/sure", "precious-sure", Action.STAY, precious, ("POST",), proof=True),
    Page("/precious/fresh", "precious-fresh", Action.STAY, precious, quiet=True, proof=True),
)


@pytest.fixture
def house(
    keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """Give a desk with pages that ask for proof."""
    monkeypatch.setattr(desk_app, "PAGES", (*desk_app.PAGES, *PRECIOUS))
    DONE.clear()
    with open_house(keys, hired, database, clock, tmp_path, BASE) as opened:
        yield opened


def cookie_of(person: Browser) -> str:
    cookie = person.client.get_cookie(COOKIE, domain="desk.example")
    assert cookie is not None
    return cookie.value


def bring(house: House, cookie: str) -> Browser:
    thief = browser_of(house)
    thief.client.set_cookie(COOKIE, cookie, domain="desk.example", secure=True)
    return thief


def later(house: House) -> Browser:
    ben = browser_of(house, "Ben")
    house.clock.forward(PROOF_SECONDS)
    return ben


def test_who_has_just_signed_in_is_not_asked_again(house: House) -> None:
    ben = browser_of(house, "Ben")
    house.clock.forward(PROOF_SECONDS - 1)
    assert ben.get("/precious").text == "done"


def test_after_ten_minutes_the_page_asks_and_leads_back_to_where_the_person_was(house: House) -> None:
    ben = later(house)
    asked = ben.get("/precious?week=2026-W48")
    assert (asked.status_code, asked.location) == (303, "/prove?next=/precious?week%3D2026-W48")
    page = ben.get(asked.location)
    assert "Show that it is you" in page.text
    assert 'value="/precious?week=2026-W48"' in page.text
    answer = ben.prove(next="/precious?week=2026-W48")
    assert (answer.status_code, answer.location) == (303, "/precious?week=2026-W48")
    assert ben.get("/precious").text == "done"
    assert ("proof-given", ben_id(house)) in audited(house)


def test_a_form_sent_without_proof_does_nothing_and_is_shown_again_in_words(house: House) -> None:
    ben = later(house)
    sent = ben.post("/precious/sure", {"name": "half"}, seen="/prove", headers={"Referer": f"{BASE}/precious?x=1"})
    assert (sent.status_code, sent.location) == (303, "/prove?next=/precious?x%3D1&lost=1")
    assert DONE == []
    asked = ben.get(sent.location)
    assert "nothing was changed" in asked.text
    assert "half" not in asked.text
    back = ben.prove(next="/precious?x=1", lost="1")
    assert back.location == "/precious?x=1"
    assert DONE == []
    assert "fill in the form again" in ben.get("/reports").text


def test_what_a_page_asks_by_itself_is_refused_without_a_page(house: House) -> None:
    assert later(house).get("/precious/fresh").status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/nowhere",
        "/sign-out",
        "javascript:1",
        "/\nx",
        "",
    ],
)
def test_no_link_leads_from_the_proof_to_somewhere_else(house: House, elsewhere: str) -> None:
    ben = later(house)
    assert ben.prove(next=elsewhere).location == "/"


def test_the_proof_of_one_session_is_none_of_another(house: House) -> None:
    first = later(house)
    second = browser_of(house, "Ben")
    assert second.get("/precious").text == "done"
    assert first.get("/precious").status_code == 303


def test_a_cookie_that_was_copied_before_the_proof_is_worth_nothing_after_it(house: House) -> None:
    ben = later(house)
    copied = cookie_of(ben)
    assert bring(house, copied).get("/reports").status_code == 200
    ben.prove()
    assert bring(house, copied).get("/reports").location == "/expired"
    assert ben.get("/reports").status_code == 200


def test_a_proof_makes_no_session_last_longer(house: House) -> None:
    ben = browser_of(house, "Ben")
    for _ in range(LONGEST_SECONDS // 600 - 1):
        house.clock.forward(600)
        assert ben.get("/reports").status_code == 200
    assert ben.prove(next="/reports").location == "/reports"
    house.clock.forward(600)
    assert ben.get("/reports").location == "/expired"


def test_a_proof_does_not_outlive_fifteen_idle_minutes(house: House) -> None:
    ben = later(house)
    ben.prove()
    house.clock.forward(IDLE_SECONDS)
    assert ben.get("/precious").location == "/expired"


@pytest.mark.parametrize("wrong", [{"password": "some other four words"}, {"code": "000000"}])
def test_half_a_proof_is_none_and_is_written_down(house: House, wrong: dict[str, str]) -> None:
    ben = later(house)
    answer = ben.prove(**wrong)
    assert answer.status_code == 422
    assert "The password or the code is not right. We never say which." in answer.text
    assert "4 more wrong tries end this session" in answer.text
    assert ben.get("/precious").status_code == 303
    assert ("proof-refused", ben_id(house)) in audited(house)


def test_a_few_wrong_proofs_end_the_session_and_the_next_sign_in_waits(house: House) -> None:
    ben = later(house)
    answers = [ben.prove(password="some other four words") for _ in range(WRONG_PROOFS)]
    assert [answer.status_code for answer in answers] == [422] * (WRONG_PROOFS - 1) + [200]
    assert "wrong too often" in answers[-1].text
    assert ben.get("/reports").location == "/sign-in"
    assert audited(house)[-1] == ("session-ended", ben_id(house))
    with house.database.write() as connection:
        connection.execute(update(models.people).values(next_try_at=house.clock.now() + 31))
    assert browser_of(house).sign_in("Ben").status_code == 422
    house.clock.forward(wait_seconds(WRONG_PROOFS))
    assert browser_of(house).sign_in("Ben").status_code == 303


def test_wrong_tries_at_the_door_do_not_hold_up_whoever_is_inside(house: House) -> None:
    ben = later(house)
    with house.database.write() as connection:
        connection.execute(update(models.people).values(failures=400, next_try_at=house.clock.now() + 300))
    assert ben.prove().status_code == 303


def test_a_code_seen_over_the_shoulder_at_the_door_proves_nothing(house: House) -> None:
    ben = browser_of(house)
    assert ben.sign_in("Ben").status_code == 303
    used = pyotp.TOTP(house.totp["Ben"]).at(house.clock.now())
    house.clock.forward(-30)
    assert ben.prove(code=used).status_code == 422


def test_nobody_who_writes_the_store_of_sessions_makes_a_proof_younger(house: House) -> None:
    ben = later(house)
    with house.desk.sessions.write() as store:
        store.execute(update(models.sessions).values(started_at=house.clock.now(), seen_at=house.clock.now()))
    assert ben.get("/precious").status_code == 303
    with house.desk.sessions.write() as store:
        sealed = store.execute(select(models.sessions.c.private_key)).scalar_one()
        store.execute(update(models.sessions).values(private_key=sealed[:-1] + bytes([sealed[-1] ^ 1])))
    assert ben.get("/precious").location == "/expired"


def test_the_proof_of_another_person_is_none(house: House) -> None:
    ben = later(house)
    house.clock.forward(30)
    amina = pyotp.TOTP(house.totp["Amina"]).at(house.clock.now())
    assert ben.prove(code=amina).status_code == 422


def ben_id(house: House) -> str:
    with house.database.read() as connection:
        found = connection.execute(select(models.people.c.person_id).where(models.people.c.alias == "Ben"))
        return str(found.scalar_one())
