"""Joiners: an administrator invites, the invited person chooses a password and proves a second factor, once."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from handlers.desk.app import app_on
from handlers.web.site import SIGN_INS_AT_ONCE, SIGN_INS_WAITING
from handlers.web.welcome import WRONG_CODE
from storage import models, people
from storage.invitations import LIFE_SECONDS
from storage.keys import person_fingerprint
from tests.desk.staff import Browser, House, audited, browser_of, person_id, token_of

PASSWORD = "walnut thunder pelican socket"
REFUSED = "This invitation cannot be used"
EVE = {"name": "eve.h", "alias": "Eve", "role": "handler"}


@dataclass
class Joining:
    """An invited person in front of the page on which they choose."""

    browser: Browser
    page: str

    @property
    def secret(self) -> str:
        return found(r'id="totp-secret">([A-Z2-7 ]+)<', self.page).replace(" ", "")

    def form(self, **more: str) -> dict[str, str]:
        """Return what this page sends, with a right password and code unless told otherwise."""
        now = self.browser.house.clock.now()
        return {
            "csrf_token": token_of(self.page),
            "invitation": found(r'name="invitation"[^>]* value="([^"]+)"', self.page),
            "drawing": found(r'name="drawing"[^>]* value="([^"]+)"', self.page),
            "password": PASSWORD,
            "again": PASSWORD,
            "digits": pyotp.TOTP(self.secret).at(now),
            **more,
        }

    def finish(self, **more: str) -> tuple[int, str]:
        answer = self.browser.bare_post("/invited/accepted", self.form(**more))
        if answer.status_code == 422 and REFUSED not in answer.text:
            self.page = answer.text
        return answer.status_code, answer.text


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page[:3000]
    return match[1]


def invited(house: House, who: dict[str, str] = EVE) -> str:
    """Let Ada invite somebody and return the code."""
    return code_on(browser_of(house, "Ada").post("/people/invite", who, seen="/people/invite").text)


def code_on(page: str) -> str:
    return found(r'id="invitation-code">([a-z2-7-]+)<', page)


def opened(house: House, code: str) -> Joining:
    browser = browser_of(house)
    answer = browser.post("/invited", {"code": code}, seen="/invited")
    assert answer.status_code == 200
    return Joining(browser, answer.text)


def test_an_invited_person_joins_signs_in_and_waits_for_admission(house: House) -> None:
    joining = opened(house, invited(house))
    assert "eve.h" in joining.page
    status, page = joining.finish()
    assert status == 200
    whose = person_id(house, "eve.h")
    with house.database.read() as connection:
        row = connection.execute(select(models.people).where(models.people.c.person_id == whose)).one()
        assert connection.execute(select(models.invitations)).first() is None
    assert (row.alias, row.role) == ("Eve", "handler")
    words = person_fingerprint(whose, row.public_key)
    assert fingerprint_on(page) == words
    house.totp["eve.h"] = joining.secret
    eve = browser_of(house)
    assert eve.sign_in("eve.h", PASSWORD).location == "/reports"
    answer = eve.get("/reports")
    assert answer.status_code == 403
    assert "You are not admitted yet" in answer.text
    assert fingerprint_on(answer.text) == words
    assert [entry for entry in audited(house) if entry[0].startswith("person.")] == [
        ("person.invited", whose),
        ("person.joined", whose),
    ]


def fingerprint_on(page: str) -> str:
    return "-".join(re.findall(r"<span>([0-9a-f]{4})</span>", page))


def test_the_fingerprint_shown_is_that_of_the_key_which_the_password_opened(house: House) -> None:
    joining = opened(house, invited(house))
    _, page = joining.finish()
    house.totp["eve.h"] = joining.secret
    eve = browser_of(house)
    eve.sign_in("eve.h", PASSWORD)
    with house.database.write() as connection:  # somebody put another key in the place of hers
        connection.execute(models.people.update().values(public_key=bytes(32)))
    assert fingerprint_on(eve.get("/reports").text) == fingerprint_on(page)


def test_a_fingerprint_belongs_to_one_person_and_one_key() -> None:
    words = person_fingerprint("a" * 32, b"k" * 32)
    assert re.fullmatch(r"([0-9a-f]{4}-){7}[0-9a-f]{4}", words)
    assert words == person_fingerprint("a" * 32, b"k" * 32)
    assert words not in (person_fingerprint("b" * 32, b"k" * 32), person_fingerprint("a" * 32, b"l" * 32))


def test_the_code_is_128_bits_behind_the_number_sign_and_stored_only_as_a_hash(house: House) -> None:
    page = browser_of(house, "Ada").post("/people/invite", EVE, seen="/people/invite").text
    code = code_on(page)
    assert f"https://desk.example/invited#{code}" in page
    plain = code.replace("-", "")
    assert re.fullmatch("[a-z2-7]{26}", plain)
    with house.database.read() as connection:
        row = str(connection.execute(select(models.invitations)).one())
    assert plain not in row
    assert code not in row
    assert code not in browser_of(house, "Ben").get("/people").text


@pytest.mark.parametrize("shape", ["https://desk.example/invited#{}", " {} ", "{upper}", "{bare}"])
def test_a_code_may_be_pasted_with_its_link_or_typed_as_it_comes(house: House, shape: str) -> None:
    code = invited(house)
    typed = shape.format(code, upper=code.upper(), bare=code.replace("-", ""))
    assert "Welcome, Eve" in opened(house, typed).page


def test_unknown_used_lapsed_withdrawn_and_superseded_are_answered_alike(house: House) -> None:
    pages = {"unknown": refusal(house, "abcd-" * 6 + "ab"), "short": refusal(house, "abcd")}
    used = invited(house)
    assert opened(house, used).finish()[0] == 200
    pages["used"] = refusal(house, used)
    ada = browser_of(house, "Ada")
    old = code_on(ada.post("/people/invite", {**EVE, "name": "f", "alias": "F"}, seen="/people/invite").text)
    address = found(r'action="(/people/invitations/[0-9a-f]{32})/anew"', ada.get("/people").text)
    new = code_on(ada.post(f"{address}/anew", {}, seen="/people").text)
    pages["superseded"] = refusal(house, old)
    address = found(r'action="(/people/invitations/[0-9a-f]{32})/withdrawn"', ada.get("/people").text)
    assert "Welcome, F" in opened(house, new).page
    assert ada.post(f"{address}/withdrawn", {}, seen="/people").status_code == 303
    pages["withdrawn"] = refusal(house, new)
    lapsed = code_on(ada.post("/people/invite", {**EVE, "name": "g", "alias": "G"}, seen="/people/invite").text)
    house.clock.forward(LIFE_SECONDS)
    pages["lapsed"] = refusal(house, lapsed)
    assert len(set(pages.values())) == 1, pages.keys()
    assert "Lapsed" in browser_of(house, "Ada").get("/people").text


def refusal(house: House, code: str) -> str:
    answer = browser_of(house).post("/invited", {"code": code}, seen="/invited")
    assert answer.status_code == 422
    assert REFUSED in answer.text
    return re.sub(r'value="[^"]*"', "", answer.text)


def test_a_page_left_open_until_the_invitation_lapsed_makes_nobody(house: House) -> None:
    joining = opened(house, invited(house))
    house.clock.forward(LIFE_SECONDS)
    status, page = joining.finish()
    assert (status, REFUSED in page) == (422, True)
    assert names(house) == {"Ada", "Amina", "Ben", "Otto"}


def names(house: House) -> set[str]:
    with house.database.read() as connection:
        return {one.name for one in people.list_people(connection)}


def test_who_stops_on_the_way_leaves_nothing_and_may_begin_again(house: House) -> None:
    code = invited(house)
    first = opened(house, code)
    assert names(house) == {"Ada", "Amina", "Ben", "Otto"}
    second = opened(house, code)
    assert first.secret != second.secret, "whoever opened the link before knows nothing of this second factor"
    assert first.finish(digits=pyotp.TOTP(second.secret).at(house.clock.now()))[0] == 422
    assert second.finish()[0] == 200


def test_a_mistake_is_told_beside_its_field_and_the_drawing_stays(house: House) -> None:
    joining = opened(house, invited(house))
    before = joining.secret
    for wrong, words in (
        ({"digits": "000000"}, WRONG_CODE),
        ({"digits": "12"}, "Enter the 6 digits"),
        ({"again": "another four words here"}, "The two passwords are not the same"),
        ({"password": "short", "again": "short"}, "use 15 to 128 characters"),
        ({"password": "", "again": ""}, "Choose a password"),
        ({"password": "ilovemydaughteremily", "again": "ilovemydaughteremily"}, "passwords that many people use"),
    ):
        status, page = joining.finish(**wrong)
        assert status == 422, wrong
        assert words in page, wrong
        sent_back = re.findall(r'type="password"[^>]* value="([^"]*)"', page)
        assert sent_back == ["", ""], "a password is never sent back"
        assert joining.secret == before
    assert names(house) == {"Ada", "Amina", "Ben", "Otto"}
    assert joining.finish()[0] == 200


def test_a_password_of_the_operator_s_list_is_refused_at_the_desk(house: House, tmp_path: Path) -> None:
    listed = tmp_path / "stolen.txt"
    listed.write_text(f"123456\n{PASSWORD}\n", encoding="utf-8")
    code = invited(house)
    house.app = app_on(replace(house.desk, settings=replace(house.settings, password_list=listed)))
    joining = opened(house, code)
    status, page = joining.finish()
    assert (status, "stolen elsewhere" in page) == (422, True)
    assert joining.finish(password="heron ladder quartz violin", again="heron ladder quartz violin")[0] == 200


def test_the_code_that_proved_the_second_factor_signs_nobody_in(house: House) -> None:
    joining = opened(house, invited(house))
    spent = joining.form()["digits"]
    assert joining.finish(digits=spent)[0] == 200
    form = {"name": "eve.h", "password": PASSWORD, "code": spent}
    assert browser_of(house).post("/sign-in", form).status_code == 422


@pytest.mark.parametrize("drawing", ["", "x" * 32, "a" * 31])
def test_a_drawing_that_is_not_of_our_making_makes_nobody(house: House, drawing: str) -> None:
    joining = opened(house, invited(house))
    assert joining.finish(drawing=drawing)[0] == 400
    assert names(house) == {"Ada", "Amina", "Ben", "Otto"}


def test_of_two_browsers_at_once_exactly_one_wins(house: House) -> None:
    code = invited(house)
    two = [opened(house, code) for _ in range(2)]
    forms = [one.form() for one in two]
    answers: list[int] = []

    def send(joining: Joining, form: dict[str, str]) -> None:
        answers.append(joining.browser.bare_post("/invited/accepted", form).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(two, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 422]
    assert [action for action, _ in audited(house)].count("person.joined") == 1


def test_a_rush_of_those_who_join_is_told_to_wait_and_loses_nothing(house: House) -> None:
    joining = opened(house, invited(house))
    gate, inside = threading.Event(), threading.Semaphore(0)

    def check() -> None:
        inside.release()
        gate.wait()

    crowd = [threading.Thread(target=house.desk.sign_ins.run, args=(check,)) for _ in range(SIGN_INS_WAITING)]
    for thread in crowd:
        thread.start()
    for _ in range(SIGN_INS_AT_ONCE):
        inside.acquire()
    places = house.desk.sign_ins._places
    while places.acquire(blocking=False):  # the others are still on their way into the queue
        places.release()
    try:
        answer = joining.browser.bare_post("/invited/accepted", joining.form())
        assert answer.status_code == 503
        assert "Your drawing is still good" in answer.text
    finally:
        gate.set()
        for thread in crowd:
            thread.join()
    assert joining.finish()[0] == 200


def test_somebody_else_who_was_signed_in_at_this_browser_is_not_any_more(house: House) -> None:
    ada = browser_of(house, "Ada")
    code = code_on(ada.post("/people/invite", EVE, seen="/people/invite").text)
    joining = Joining(ada, ada.post("/invited", {"code": code}, seen="/invited").text)
    assert joining.finish()[0] == 200
    assert ada.get("/people").status_code == 303


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Enter a sign-in name"),
        ({"name": "e\u202ev"}, "Enter a sign-in name"),
        ({"alias": "x" * 81}, "Enter an alias"),
        ({"role": "root"}, "Choose a role"),
        ({"name": "BEN"}, "Somebody signs in by that name"),
        ({"alias": "amina"}, "A colleague is called so already"),
    ],
)
def test_an_invitation_that_cannot_be_is_told_and_what_was_typed_stays(
    house: House, wrong: dict[str, str], words: str
) -> None:
    answer = browser_of(house, "Ada").post("/people/invite", {**EVE, **wrong}, seen="/people/invite")
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert 'value="eve.h"' in answer.text or "name" in wrong
    with house.database.read() as connection:
        assert connection.execute(select(models.invitations)).first() is None


def test_a_name_is_promised_once(house: House) -> None:
    invited(house)
    again = browser_of(house, "Ada").post("/people/invite", {**EVE, "alias": "Eva"}, seen="/people/invite")
    assert "was invited to" in again.text


@pytest.mark.parametrize("name", ["Amina", "Ben", "Otto"])
def test_nobody_but_an_administrator_invites(house: House, name: str) -> None:
    someone = browser_of(house, name)
    here = {"Amina": "/reports", "Ben": "/people", "Otto": "/audit"}[name]
    assert someone.post("/people/invite", EVE, seen=here).status_code == 403
    assert someone.get("/people/invite").status_code == 403
    with house.database.read() as connection:
        assert connection.execute(select(models.invitations)).first() is None


def test_an_administrator_who_was_let_go_meanwhile_invites_nobody(house: House) -> None:
    ada = browser_of(house, "Ada")
    token = token_of(ada.get("/people/invite").text)
    with house.database.write() as connection:
        people.leave(connection, "Ada", now=house.clock.now())
    assert ada.bare_post("/people/invite", {"csrf_token": token, **EVE}).status_code == 303  # to the door
    with house.database.read() as connection:
        assert connection.execute(select(models.invitations)).first() is None
