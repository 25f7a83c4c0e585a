"""What the door refuses, and what it sends along with every answer."""

from __future__ import annotations

import pytest

from tests.desk.staff import BASE, House, Story, browser_of, tell


@pytest.mark.parametrize("path", ["/sign-in", "/reports", "/nowhere", "/expired", "/static/desk.js"])
def test_every_answer_forbids_what_the_pages_do_not_need(house: House, path: str) -> None:
    headers = browser_of(house, "Ben").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert all(part in policy for part in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/sign-in", "/reports", "/reports/listing", "/nowhere", "/health"])
def test_no_page_is_kept_by_the_browser(house: House, path: str) -> None:
    assert browser_of(house, "Ben").get(path).headers["Cache-Control"] == "no-store"


def test_no_page_asks_another_host_or_carries_a_script_of_its_own(house: House) -> None:
    ben = browser_of(house, "Ben")
    told = tell(house)
    for path in ("/sign-in", "/reports", f"/reports/{told.report_id}", "/health", "/expired"):
        page = ben.get(path).text
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick" not in page


def test_a_form_without_its_token_changes_nothing(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 60))
    ben = browser_of(house, "Ben")
    answer = ben.bare_post(f"/reports/{told.report_id}/acknowledged", {})
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text
    assert "Acknowledge by" in ben.get("/reports").text


def test_another_person_s_token_is_refused(house: House) -> None:
    told = tell(house)
    ben, amina = browser_of(house, "Ben"), browser_of(house, "Amina")
    token = amina.get("/reports").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token
    answer = ben.bare_post(f"/reports/{told.report_id}/confirmed", {"csrf_token": token})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_elsewhere_is_refused_whatever_it_carries(house: House, headers: dict[str, str]) -> None:
    told = tell(house)
    ben = browser_of(house, "Ben")
    answer = ben.post(f"/reports/{told.report_id}/confirmed", {}, seen="/reports", headers=headers)
    assert answer.status_code == 403


def test_another_host_name_gets_nothing(house: House) -> None:
    answer = browser_of(house).client.get("/sign-in", base_url="https://evil.example")
    assert answer.status_code == 400
    assert "Sign in" not in answer.text


def test_too_much_is_refused_in_words(house: House) -> None:
    told = tell(house)
    ben = browser_of(house, "Ben")
    answer = ben.post(
        f"/reports/{told.report_id}/transcripts", {f"text-{told.clips[0]}": "a" * 600_000}, seen="/reports"
    )
    assert answer.status_code == 413
    assert "That was too much text" in answer.text


def test_what_breaks_inside_is_told_without_detail(house: House) -> None:
    told = tell(house)
    with house.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE wraps RENAME TO gone")
    answer = browser_of(house, "Ben").get(f"/reports/{told.report_id}")
    assert answer.status_code == 500
    assert "It is not your doing" in answer.text
    for leaked in ("Traceback", "Damaged", "items", told.clips[0]):
        assert leaked not in answer.text


def test_addresses_know_only_our_own_ids(house: House) -> None:
    ben = browser_of(house, "Ben")
    for path in ("/reports/1", "/reports/" + "G" * 32, "/reports/" + "a" * 31, "/reports/" + "a" * 32):
        assert ben.get(path).status_code == 404


def test_over_tls_the_form_s_cookie_is_bound_to_the_host_too(house: House) -> None:
    given = browser_of(house).get("/sign-in").headers.getlist("Set-Cookie")
    assert BASE.startswith("https")
    assert any(one.startswith("__Host-form=") and "Secure" in one and "HttpOnly" in one for one in given)
