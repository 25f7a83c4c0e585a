"""Coming in, staying, and going: one form, one answer for everything wrong, nothing kept afterwards."""

from __future__ import annotations

import pyotp
import pytest

from handlers.desk.sessions import COOKIE
from storage.sessions import IDLE_SECONDS, LONGEST_SECONDS
from tests.desk.staff import PASSWORD, House, browser_of


def test_a_person_signs_in_with_name_password_and_code(house: House) -> None:
    answer = browser_of(house).sign_in("Amina")
    assert answer.status_code == 303
    assert answer.location == "/reports"


def test_the_cookie_belongs_to_this_host_and_to_no_script(house: House) -> None:
    given = next(c for c in browser_of(house).sign_in("Ben").headers.getlist("Set-Cookie") if c.startswith(COOKIE))
    assert all(part in given for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Domain" not in given
    assert "Expires" not in given


@pytest.mark.parametrize("wrong", ["name", "password", "code"])
def test_whatever_is_wrong_the_answer_is_the_same(house: House, wrong: str) -> None:
    house.clock.forward(60)
    right = {"name": "Ben", "password": PASSWORD, "code": pyotp.TOTP(house.totp["Ben"]).at(house.clock.now())}
    bad = {"name": "Chris", "password": "some other four words", "code": "000000"}
    answer = browser_of(house).post("/sign-in", {**right, wrong: bad[wrong]})
    assert answer.status_code == 422
    assert "The name, the password or the code is not right. We never say which." in answer.text
    assert COOKIE not in str(answer.headers)


def test_an_empty_form_says_which_fields_and_why(house: House) -> None:
    answer = browser_of(house).post("/sign-in", {})
    assert answer.status_code == 422
    for words in ("Enter your name", "Enter your password", "Enter the code from your authenticator"):
        assert answer.text.count(words) == 2  # in the summary, and beside the field
    assert 'href="#password"' in answer.text


def test_a_wrong_password_is_never_sent_back(house: House) -> None:
    answer = browser_of(house).post("/sign-in", {"name": "Ben", "password": "my dog is called Rex", "code": "1"})
    assert "Rex" not in answer.text


def test_after_quarter_of_an_hour_without_a_deed_the_session_is_over(house: House) -> None:
    ben = browser_of(house, "Ben")
    assert ben.get("/reports").status_code == 200
    house.clock.forward(IDLE_SECONDS)
    answer = ben.get("/reports")
    assert (answer.status_code, answer.location) == (303, "/expired")


def test_what_the_page_asks_by_itself_keeps_nobody_signed_in(house: House) -> None:
    ben = browser_of(house, "Ben")
    answers = []
    for _ in range(4):
        house.clock.forward(IDLE_SECONDS // 4)
        answers.append(ben.get("/reports/listing").status_code)
    assert answers == [200, 200, 200, 401]


def test_staying_is_a_deed(house: House) -> None:
    ben = browser_of(house, "Ben")
    for _ in range(4):
        house.clock.forward(IDLE_SECONDS - 60)
        assert ben.post("/stay", seen="/reports").status_code == 204
    assert ben.get("/reports").status_code == 200


def test_after_ten_hours_even_the_busy_sign_in_again(house: House) -> None:
    ben = browser_of(house, "Ben")
    answers = []
    for _ in range(LONGEST_SECONDS // 600):
        house.clock.forward(600)
        answers.append(ben.get("/reports").location)
    assert answers[-2:] == [None, "/expired"]


def test_the_page_after_expiry_keeps_nothing(house: House) -> None:
    ben = browser_of(house, "Ben")
    house.clock.forward(IDLE_SECONDS)
    answer = ben.get("/expired")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert f"{COOKIE}=;" in str(answer.headers)
    assert "Ben" not in answer.text


def test_a_page_that_was_left_open_does_not_end_work_in_another_window(house: House) -> None:
    ben = browser_of(house, "Ben")
    assert "You are still signed in" in ben.get("/expired").text
    assert ben.get("/reports").status_code == 200


def test_signing_out_ends_the_session_even_for_a_copied_cookie(house: House) -> None:
    ben = browser_of(house, "Ben")
    cookie = ben.client.get_cookie(COOKIE, domain="desk.example")
    assert cookie is not None
    assert ben.post("/sign-out", seen="/reports").status_code == 200
    ben.client.set_cookie(COOKIE, cookie.value, domain="desk.example", secure=True)
    assert ben.get("/reports").status_code == 303


def test_a_made_up_cookie_is_a_stranger(house: House) -> None:
    chris = browser_of(house)
    for value in ("", "x", "A" * 64, "é", "A" * 3000):
        chris.client.set_cookie(COOKIE, value, domain="desk.example", secure=True)
        assert chris.get("/reports").status_code == 303
