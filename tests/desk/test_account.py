"""One's own account: new credentials end every other session, and what was stolen before opens nothing after."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import func, select, update

from handlers.desk.sessions import COOKIE
from storage import models
from storage.keys import lock, person_fingerprint
from storage.opening import unwrap_with_password
from storage.sealing import person_context
from storage.second_factors import ALPHABET, RECOVERY_CODES, recovery_letters
from storage.sessions import IDLE_SECONDS, WRONG_PROOFS
from storage.signing_in import wait_seconds
from tests.desk.staff import PASSWORD, Browser, House, audited, browser_of
from tests.desk.test_passkeys import HOST, person_id

NEW = "marble otter quiver lantern"


def cookie_of(person: Browser) -> str:
    cookie = person.client.get_cookie(COOKIE, domain=HOST)
    assert cookie is not None
    return cookie.value


def bring(house: House, cookie: str) -> Browser:
    thief = browser_of(house)
    thief.client.set_cookie(COOKIE, cookie, domain=HOST, secure=True)
    return thief


def new_codes(person: Browser, left: str = "0") -> list[str]:
    answer = person.post("/account/recovery", {"left": left}, seen="/account/recovery")
    assert answer.status_code == 200
    return re.findall(r"<li>([0-9A-Z-]{19})</li>", answer.text)


def new_password(person: Browser, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> tuple[int, str]:
    fields = {"old": old, "new": new, "again": new if again is None else again}
    answer = person.post("/account/password", fields, seen="/account/password")
    return answer.status_code, answer.text


def new_authenticator(person: Browser, code: str | None = None) -> tuple[int, str]:
    page = person.get("/account/authenticator").text
    secret = re.sub(r"\s", "", re.findall(r'desk-own__print">([A-Z2-7 ]+)<', page)[0])
    locked = re.findall(r'name="locked"[^>]*value="([^"]+)"', page)[0]
    typed = pyotp.TOTP(secret).at(person.house.clock.now()) if code is None else code
    fields = {"locked": locked, "code": typed}
    return person.post("/account/authenticator", fields, seen="/account").status_code, secret


# ---- recovery codes -----------------------------------------------------------------------------------------------


def test_ten_codes_of_eighty_bits_are_shown_once(house: House) -> None:
    ben = browser_of(house, "Ben")
    codes = new_codes(ben)
    assert len(set(codes)) == RECOVERY_CODES
    assert all(len(recovery_letters(code)) * 5 == 80 for code in codes)
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    for page in ("/account", "/account/recovery"):
        assert not [code for code in codes if code in ben.get(page).text]


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
def test_a_code_lets_in_once_however_it_is_typed(house: House, typed: object) -> None:
    code = new_codes(browser_of(house, "Ben"))[3]
    shown = typed(code)  # type: ignore[operator]
    ben = browser_of(house)
    assert ben.sign_in("Ben", code=shown).status_code == 303
    assert "You used a recovery code. You have 9 left" in ben.get("/reports").text
    assert browser_of(house).sign_in("Ben", code=shown).status_code == 422
    assert ("recovery-code-used", person_id(house, "Ben")) in audited(house)


def test_letters_that_look_like_digits_are_read_as_them() -> None:
    assert recovery_letters("oil0-OIL1") == "01100111"
    assert recovery_letters("U") == ""


def test_a_code_never_takes_the_place_of_the_password(house: House) -> None:
    code = new_codes(browser_of(house, "Ben"))[0]
    assert browser_of(house).sign_in("Ben", password=code, code=code).status_code == 422
    assert browser_of(house).sign_in("Amina", code=code).status_code == 422, "nor does it go with another person"
    assert browser_of(house).sign_in("Ben", code=code).status_code == 303


def test_one_code_in_three_browsers_at_once_lets_one_in(house: House) -> None:
    code = new_codes(browser_of(house, "Ben"))[0]
    browsers = [browser_of(house) for _ in range(3)]
    tokens = [
        one.get("/sign-in").text.partition('name="csrf_token"')[2].split('value="')[1].split('"')[0] for one in browsers
    ]

    def send(pair: tuple[Browser, str]) -> int:
        fields = {"csrf_token": pair[1], "name": "Ben", "password": PASSWORD, "code": code}
        return pair[0].bare_post("/sign-in", fields).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(send, zip(browsers, tokens, strict=True))) == [303, 422, 422]


def test_new_codes_end_the_old_ones_and_a_form_sent_twice_makes_none(house: House) -> None:
    ben = browser_of(house, "Ben")
    old = new_codes(ben)[0]
    again = ben.post("/account/recovery", {"left": "0"}, seen="/account/recovery")
    assert (again.status_code, again.location) == (303, "/account/recovery")
    new_codes(ben, left="10")
    assert browser_of(house).sign_in("Ben", code=old).status_code == 422


def test_who_has_few_codes_is_told_on_their_page(house: House) -> None:
    ben = browser_of(house, "Ben")
    assert "You have no recovery codes." in ben.get("/account").text
    codes = new_codes(ben)
    assert "recovery code" in ben.get("/account").text
    assert "10 left" in ben.get("/account").text
    for code in codes[:7]:
        ben = browser_of(house)
        ben.sign_in("Ben", code=code)
    assert "You have 3 recovery codes left." in ben.get("/account").text


def test_the_database_holds_no_code_and_nothing_that_tests_one(house: House) -> None:
    code = new_codes(browser_of(house, "Ben"))[0]
    with house.database.read() as connection:
        stored = [bytes(row.locked) for row in connection.execute(select(models.second_factors))]
    assert len(stored) == RECOVERY_CODES
    assert not [one for one in stored if recovery_letters(code).encode() in one]
    assert len({len(one) for one in stored}) == 1


# ---- password -----------------------------------------------------------------------------------------------------


def test_a_new_password_lets_in_and_the_old_one_does_not(house: House) -> None:
    ben, other = browser_of(house, "Ben"), browser_of(house, "Ben")
    copied = cookie_of(ben)
    assert new_password(ben)[0] == 303
    assert [one.get("/reports").location for one in (ben, other, bring(house, copied))] == [
        None,
        "/expired",
        "/expired",
    ]
    assert audited(house)[-1] == ("person.password", person_id(house, "Ben"))
    assert browser_of(house).sign_in("Ben").status_code == 422
    assert browser_of(house).sign_in("Ben", password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old": "some other four words"}, "This is not your old password. Nothing was changed"),
        ({"new": "short"}, "use 15 to 128 characters"),
        ({"new": PASSWORD}, "it is the old one"),
        ({"again": "marble otter quiver lanterns"}, "Enter the same new password twice"),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_words(house: House, fields: dict[str, str], said: str) -> None:
    status, page = new_password(browser_of(house, "Ben"), **fields)
    assert (status, said in page) == (422, True)
    assert NEW not in page
    assert browser_of(house).sign_in("Ben").status_code == 303


def test_whoever_sits_at_an_open_screen_does_not_find_the_password_out(house: House) -> None:
    ben = browser_of(house, "Ben")
    answers = [new_password(ben, old="some other four words") for _ in range(WRONG_PROOFS)]
    assert [status for status, _ in answers] == [422] * (WRONG_PROOFS - 1) + [200]
    assert ben.get("/reports").location == "/sign-in"


# ---- authenticator ------------------------------------------------------------------------------------------------


def test_a_new_authenticator_counts_once_a_code_of_it_was_typed(house: House) -> None:
    ben, other = browser_of(house, "Ben"), browser_of(house, "Ben")
    copied = cookie_of(ben)
    assert new_authenticator(ben, "000000")[0] == 422
    status, secret = new_authenticator(ben)
    assert status == 303
    assert [one.get("/reports").location for one in (ben, other, bring(house, copied))] == [
        None,
        "/expired",
        "/expired",
    ]
    assert audited(house)[-1] == ("authenticator-renewed", person_id(house, "Ben"))
    assert browser_of(house).sign_in("Ben").status_code == 422
    spent = pyotp.TOTP(secret).at(house.clock.now() - 30)
    assert browser_of(house).sign_in("Ben", code=spent).status_code == 422, "the code that proved it is used up"
    house.clock.forward(60)
    assert browser_of(house).sign_in("Ben", code=pyotp.TOTP(secret).at(house.clock.now() + 30)).status_code == 303


def test_a_secret_that_somebody_else_made_is_not_taken(house: House) -> None:
    ben = browser_of(house, "Ben")
    secret = pyotp.random_base32()
    planted = lock(secret.encode(), bytes(32), person_context(person_id(house, "Ben"), "new authenticator")).hex()
    fields = {"locked": planted, "code": pyotp.TOTP(secret).at(house.clock.now())}
    answer = ben.post("/account/authenticator", fields, seen="/account")
    assert answer.status_code == 422
    assert "The picture was too old" in answer.text


def test_the_picture_is_drawn_without_a_style_that_our_policy_refuses(house: House) -> None:
    page = browser_of(house, "Ben").get("/account/authenticator").text
    assert "<svg" in page
    assert " style=" not in page


def test_whoever_writes_the_database_and_knows_the_password_plants_no_second_factor(house: House) -> None:
    with house.database.write() as connection:  # Amina's own authenticator, put into Ben's row
        amina = connection.execute(
            select(models.people.c.totp_sealed).where(models.people.c.alias == "Amina")
        ).scalar_one()
        connection.execute(update(models.people).where(models.people.c.alias == "Ben").values(totp_sealed=amina))
    house.clock.forward(60)
    code = pyotp.TOTP(house.totp["Amina"]).at(house.clock.now() + 30)
    answer = browser_of(house).sign_in("Ben", code=code)
    assert answer.status_code == 422
    assert COOKIE not in str(answer.headers)


# ---- where one is signed in ---------------------------------------------------------------------------------------


def test_the_page_says_where_one_is_signed_in_and_ends_the_others(house: House) -> None:
    other, ben = browser_of(house, "Ben"), browser_of(house, "Ben")
    assert "Another browser" in ben.get("/account").text
    assert ben.post("/account/elsewhere", {}, seen="/account").status_code == 303
    page = ben.get("/account").text
    assert "You are signed in nowhere else now" in page
    assert "Another browser" not in page
    assert other.get("/reports").location == "/expired"
    assert ("sessions-ended", person_id(house, "Ben")) in audited(house)


def test_the_fingerprint_is_that_of_the_key_in_hand_and_not_of_the_row(house: House) -> None:
    with house.database.read() as connection:
        row = connection.execute(select(models.people).where(models.people.c.alias == "Ben")).one()
    ben = browser_of(house, "Ben")
    with house.database.write() as connection:
        connection.execute(update(models.people).where(models.people.c.alias == "Ben").values(public_key=bytes(32)))
    assert person_fingerprint(row.person_id, row.public_key) in ben.get("/account").text


def test_each_change_is_asked_for_proof(house: House) -> None:
    ben = browser_of(house, "Ben")
    house.clock.forward(601)
    for path in ("password", "authenticator", "passkey", "recovery", "remove"):
        assert ben.get(f"/account/{path}").location.startswith("/prove?next=/account/")
    assert ben.get("/account").status_code == 200


# ---- stolen, fixed and swapped sessions ---------------------------------------------------------------------------


def test_a_cookie_stolen_before_is_worth_nothing_after_signing_out_or_a_quarter_of_an_hour(house: House) -> None:
    ben = browser_of(house, "Ben")
    copied = cookie_of(ben)
    ben.post("/sign-out", seen="/reports")
    assert bring(house, copied).get("/reports").location == "/expired"
    idle = cookie_of(browser_of(house, "Ben"))
    house.clock.forward(IDLE_SECONDS)
    assert bring(house, idle).get("/reports").location == "/expired"


def test_a_cookie_set_before_signing_in_never_survives_it(house: House) -> None:
    chris = cookie_of(browser_of(house, "Amina"))
    ben = bring(house, chris)
    ben.client.delete_cookie(COOKIE, domain=HOST)
    ben.client.set_cookie(COOKIE, "A" * 64, domain=HOST, secure=True)
    assert ben.sign_in("Ben").status_code == 303
    assert cookie_of(ben) not in (chris, "A" * 64)
    assert "Ben, supervisor" in ben.get("/reports").text


def test_parts_of_two_cookies_are_no_session(house: House) -> None:
    one, other = cookie_of(browser_of(house, "Ben")), cookie_of(browser_of(house, "Amina"))
    for cut in (21, 22, 24, 32, 40):  # 16 bytes of id, 32 of key
        assert bring(house, one[:cut] + other[cut:]).get("/reports").location == "/expired"


def test_a_session_row_given_to_another_person_opens_nothing(house: House) -> None:
    ben = browser_of(house, "Ben")
    with house.desk.sessions.write() as store:
        store.execute(update(models.sessions).values(person_id=person_id(house, "Amina")))
    assert ben.get("/reports").location == "/expired"


def test_one_code_in_two_browsers_at_once_lets_one_in(house: House) -> None:
    house.clock.forward(60)
    code = pyotp.TOTP(house.totp["Ben"]).at(house.clock.now())
    browsers = [browser_of(house) for _ in range(2)]
    tokens = [
        one.get("/sign-in").text.partition('name="csrf_token"')[2].split('value="')[1].split('"')[0] for one in browsers
    ]

    def send(pair: tuple[Browser, str]) -> int:
        fields = {"csrf_token": pair[1], "name": "Ben", "password": PASSWORD, "code": code}
        return pair[0].bare_post("/sign-in", fields).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, zip(browsers, tokens, strict=True))) == [303, 422]


def test_whatever_others_try_ben_comes_in_after_five_minutes_at_most(house: House) -> None:
    ben = person_id(house, "Ben")
    with house.database.write() as connection:
        mine = models.people.c.person_id == ben
        late = {"failures": 10**6, "next_try_at": house.clock.now() + wait_seconds(10**6)}
        connection.execute(update(models.people).where(mine).values(late))
    house.clock.forward(300)
    assert browser_of(house).sign_in("Ben").status_code == 303


def test_a_strange_name_is_counted_and_derived_like_a_known_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[str] = []

    def watched(wrapped: bytes, password: str, **more: object) -> object:
        derived.append(password)
        return unwrap_with_password(wrapped, password, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("storage.people.unwrap_with_password", watched)
    for name in ("Ben", "Nobody"):
        answer = browser_of(house).post(
            "/sign-in", {"name": name, "password": "some other four words", "code": "000000"}
        )
        assert answer.status_code == 422
    assert len(derived) == 2
    with house.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(models.second_factors)).scalar_one() == 0
