"""Signing in to the assessment application, and what a session of the desk is worth there: nothing."""

from __future__ import annotations

from tests.assessment.staff import AssessmentHouse, browser_of


def test_dev_signs_in_with_password_and_code_and_out_again(assessment_house: AssessmentHouse) -> None:
    dev = browser_of(assessment_house)
    answer = dev.sign_in("Dev")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/releases")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-assessment=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
    page = dev.get("/releases").text
    assert "Northshire Police north" in page
    assert "Dev, assessor" in page
    assert dev.post("/sign-out", seen="/releases").status_code == 200
    assert dev.get("/releases").headers["Location"] == "/sign-in"
    assert [action for action, _ in assessment_house.audited()] == ["signed-in", "signed-out"]


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(assessment_house: AssessmentHouse) -> None:
    answer = browser_of(assessment_house).sign_in("Dev", "not the heron ladder at all")
    assert answer.status_code == 422
    assert "We never say which" in answer.text


def test_own_account_asks_who_it_is_and_shows_the_fingerprint(assessment_house: AssessmentHouse) -> None:
    dev = browser_of(assessment_house, "Dev")
    assert "fingerprint" in dev.get("/account").text
    assessment_house.clock.forward(11 * 60)
    assert dev.get("/account/password").headers["Location"].startswith("/prove")
    assert dev.prove(next="/account/password").headers["Location"] == "/account/password"
    assert dev.get("/account/password").status_code == 200
