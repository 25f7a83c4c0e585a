"""Passkeys: they take the place of the six digits, and an answer that was not given for this moment is refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from handlers.desk.sessions import COOKIE
from storage import models
from storage.passkeys import CHALLENGE_SECONDS, Place
from tests.desk.device import Device
from tests.desk.staff import BASE, PASSWORD, Browser, House, audited, browser_of

HOST = "desk.example"


def asked(person: Browser, address: str = "/sign-in/passkey", seen: str = "/sign-in") -> dict[str, Any]:
    answer = person.post(address, {}, seen=seen)
    assert answer.status_code == 200
    options: dict[str, Any] = json.loads(answer.text)
    return options


def enrol(person: Browser, device: Device, name: str = "blue key") -> TestResponse:
    made = device.make(asked(person, "/account/passkey/options", "/account/passkey"))
    return person.post("/account/passkey", {"name": name, "passkey": made}, seen="/account/passkey")


def device_of(house: House, name: str = "Ben") -> Device:
    device, person = Device(BASE, HOST), browser_of(house, name)
    assert enrol(person, device).status_code == 303
    return device


def come_in(person: Browser, answer: str, name: str = "Ben", password: str = PASSWORD) -> TestResponse:
    return person.post("/sign-in", {"name": name, "password": password, "passkey": answer})


def test_a_passkey_takes_the_place_of_the_six_digits(house: House) -> None:
    device = device_of(house)
    ben = browser_of(house)
    answer = come_in(ben, device.show(asked(ben)))
    assert (answer.status_code, answer.location) == (303, "/reports")
    assert ben.get("/reports").status_code == 200
    assert ("signed-in", person_id(house, "Ben")) in audited(house)


def test_it_is_found_without_a_name_and_asked_for_alike_whoever_asks(house: House) -> None:
    device_of(house)
    options = asked(browser_of(house))
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert (options["rpId"], set(options)) == (
        HOST,
        {"challenge", "timeout", "rpId", "allowCredentials", "userVerification"},
    )


def test_a_new_one_stands_on_the_device_itself_and_wants_the_person_verified(house: House) -> None:
    options = asked(browser_of(house, "Ben"), "/account/passkey/options", "/account/passkey")
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["attestation"] == "none"


def test_the_password_is_needed_all_the_same(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    assert come_in(ben, device.show(asked(ben)), password="some other four words").status_code == 422


def test_an_answer_is_taken_once(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    options = asked(ben)
    cookie = ben.client.get_cookie("__Host-form", domain=HOST)
    assert cookie is not None
    shown = device.show(options)
    token_before = cookie.value
    assert come_in(ben, shown).status_code == 303
    again = browser_of(house)  # with the very cookie that held the challenge
    again.client.set_cookie("__Host-form", token_before, domain=HOST, secure=True)
    assert come_in(again, shown).status_code == 422


def test_an_answer_is_good_in_the_browser_that_was_asked_only(house: House) -> None:
    device, ben, chris = device_of(house), browser_of(house), browser_of(house)
    shown = device.show(asked(ben))
    assert come_in(chris, shown).status_code == 422
    asked(chris)
    assert come_in(chris, shown).status_code == 422


def test_two_browsers_with_one_answer_are_one(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    shown = device.show(asked(ben))
    form = ben.client.get_cookie("__Host-form", domain=HOST)
    assert form is not None
    browsers = [browser_of(house) for _ in range(3)]
    tokens = []
    for one in browsers:
        one.client.set_cookie("__Host-form", form.value, domain=HOST, secure=True)
        page = one.get("/sign-in").text
        tokens.append(page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0])

    def send(pair: tuple[Browser, str]) -> int:
        fields = {"csrf_token": pair[1], "name": "Ben", "password": PASSWORD, "passkey": shown}
        return pair[0].bare_post("/sign-in", fields).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(send, zip(browsers, tokens, strict=True))) == [303, 422, 422]


def test_an_answer_comes_too_late_after_five_minutes(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    shown = device.show(asked(ben))
    house.clock.forward(CHALLENGE_SECONDS)
    assert come_in(ben, shown).status_code == 422


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "https://desk.example.evil"},
        {"origin": "http://desk.example"},
        {"rp_id": "evil.example"},
        {"verifies": False},
        {"credential": b"another passkey id 1"},
    ],
)
def test_an_answer_given_elsewhere_or_without_the_person_is_refused(house: House, forged: dict[str, Any]) -> None:
    device, ben = device_of(house), browser_of(house)
    assert come_in(ben, replace(device, **forged).show(asked(ben))).status_code == 422
    assert come_in(ben, device.show(asked(ben))).status_code == 303


def test_another_person_s_passkey_does_not_go_with_my_password(house: House) -> None:
    amina, chris = device_of(house, "Amina"), browser_of(house)
    assert come_in(chris, amina.show(asked(chris)), name="Ben").status_code == 422
    ben = device_of(house)
    assert come_in(chris, ben.show(asked(chris), user=amina.user), name="Ben").status_code == 422


def test_one_key_may_not_sign_for_another(house: House) -> None:
    device, chris = device_of(house), browser_of(house)
    forger = Device(BASE, HOST, credential=device.credential, user=device.user)
    assert come_in(chris, forger.show(asked(chris))).status_code == 422


def test_a_counter_that_did_not_rise_is_refused_and_told_to_the_auditor(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    copy = replace(device)
    for _ in range(2):
        browser = browser_of(house)
        assert come_in(browser, device.show(asked(browser))).status_code == 303
    assert come_in(ben, copy.show(asked(ben))).status_code == 422
    with house.database.read() as connection:
        factor = connection.execute(select(models.second_factors.c.factor_id)).scalar_one()
    assert ("passkey-may-be-copied", factor) in audited(house)


def test_a_passkey_that_does_not_count_is_taken_each_time(house: House) -> None:
    device = device_of(house)
    for _ in range(2):
        device.counter = -1
        ben = browser_of(house)
        assert come_in(ben, device.show(asked(ben))).status_code == 303


@pytest.mark.parametrize(
    "odd", ["{}", "[]", "null", "x", '{"id": 1}', '{"id":"a","rawId":"a","response":{},"type":"x"}']
)
def test_nonsense_for_an_answer_is_refused_as_any_other(house: House, odd: str) -> None:
    device_of(house)
    ben = browser_of(house)
    asked(ben)
    answer = come_in(ben, odd)
    assert answer.status_code == 422
    assert "We never say which" in answer.text


def test_a_row_that_a_writer_of_the_database_plants_lets_nobody_in(house: House) -> None:
    chris = device_of(house, "Amina")
    with house.database.write() as connection:  # her row under his name, then his public key known and all
        connection.execute(update(models.second_factors).values(person_id=person_id(house, "Ben")))
    ben = browser_of(house)
    assert come_in(ben, chris.show(asked(ben), user=bytes.fromhex(person_id(house, "Ben")))).status_code == 422


def test_a_passkey_proves_again_who_one_is(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    come_in(ben, device.show(asked(ben)))
    house.clock.forward(601)
    assert ben.get("/account/password").status_code == 303
    shown = device.show(asked(ben, seen="/prove"))
    answer = ben.post("/prove", {"password": PASSWORD, "passkey": shown, "next": "/account/password"}, seen="/prove")
    assert (answer.status_code, answer.location) == (303, "/account/password")
    assert ben.get("/account/password").status_code == 200


def test_what_was_asked_at_the_door_makes_no_passkey(house: House) -> None:
    ben, device = browser_of(house, "Ben"), Device(BASE, HOST)
    options = asked(ben, "/account/passkey/options", "/account/passkey")
    at_door = asked(ben, seen="/account")
    made = device.make({**options, "challenge": at_door["challenge"]})
    answer = ben.post("/account/passkey", {"name": "x", "passkey": made}, seen="/account/passkey")
    assert answer.status_code == 422
    assert "The passkey was not made" in answer.text


@pytest.mark.parametrize("forged", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"verifies": False}])
def test_a_passkey_made_elsewhere_is_not_kept(house: House, forged: dict[str, Any]) -> None:
    ben = browser_of(house, "Ben")
    assert enrol(ben, replace(Device(BASE, HOST), **forged)).status_code == 422


def test_a_new_passkey_ends_the_other_sessions_and_a_copied_cookie(house: House) -> None:
    other, ben = browser_of(house, "Ben"), browser_of(house, "Ben")
    cookie = ben.client.get_cookie(COOKIE, domain=HOST)
    assert cookie is not None
    enrol(ben, Device(BASE, HOST))
    thief = browser_of(house)
    thief.client.set_cookie(COOKIE, cookie.value, domain=HOST, secure=True)
    assert [one.get("/reports").location for one in (ben, other, thief)] == [None, "/expired", "/expired"]


def test_it_is_listed_by_name_and_month_and_can_be_removed_but_never_the_last(house: House) -> None:
    device, ben = device_of(house), browser_of(house)
    come_in(ben, device.show(asked(ben)))
    page = ben.get("/account").text
    assert "blue key" in page
    assert "Passkey, added in November 2026" in page
    removed = ben.post("/account/remove", {"factor": "authenticator"}, seen="/account")
    assert removed.status_code == 303
    with house.database.read() as connection:
        factor = connection.execute(select(models.second_factors.c.factor_id)).scalar_one()
    ben.post("/account/remove", {"factor": factor}, seen="/account")
    page = ben.get("/account").text
    assert "This is the only second factor that you have" in page
    assert "blue key" in page
    again = browser_of(house)
    assert come_in(again, device.show(asked(again))).status_code == 303
    assert browser_of(house).sign_in("Ben").status_code == 422, "the authenticator was removed"


def test_a_removed_passkey_lets_nobody_in(house: House) -> None:
    device, ben = device_of(house), browser_of(house, "Ben")
    with house.database.read() as connection:
        factor = connection.execute(select(models.second_factors.c.factor_id)).scalar_one()
    assert "Remove the passkey" in ben.get(f"/account/remove?factor={factor}").text
    ben.post("/account/remove", {"factor": factor}, seen="/account")
    assert audited(house)[-1] == ("second-factor-removed", person_id(house, "Ben"))
    chris = browser_of(house)
    assert come_in(chris, device.show(asked(chris))).status_code == 422


def test_a_desk_at_a_bare_address_offers_no_passkey() -> None:
    assert not Place("127.0.0.1", "http://127.0.0.1:1").takes_passkeys
    assert not Place("::1", "http://[::1]:1").takes_passkeys
    assert Place("localhost", "http://localhost:1").takes_passkeys


def person_id(house: House, name: str) -> str:
    with house.database.read() as connection:
        found = connection.execute(select(models.people.c.person_id).where(models.people.c.alias == name))
        return str(found.scalar_one())
