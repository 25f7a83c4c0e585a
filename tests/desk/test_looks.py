"""The choice of colours and shortcuts: kept in a cookie that says nothing else, open to everybody at the door."""

from __future__ import annotations

import pytest

from handlers.web.looks import local_path
from tests.desk.staff import House, Story, browser_of, tell

CHOICE = {"theme": "dark", "shortcuts": "off", "back": "/reports?show=urgent"}


def test_a_choice_is_kept_shown_by_every_page_and_leads_back(house: House) -> None:
    amina = browser_of(house, "Amina")
    assert 'data-theme="auto"' in amina.get("/reports").text
    answer = amina.post("/looks", CHOICE, seen="/looks?back=/reports")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/reports?show=urgent"
    page = amina.get("/reports").text
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert 'data-theme="dark"' in amina.get("/nowhere").text


def test_the_cookie_says_the_choice_alone_and_is_for_no_script_and_no_other_site(house: House) -> None:
    for name in ("Amina", "Ben", None):
        given = browser_of(house, name).post("/looks", CHOICE, seen="/looks").headers.getlist("Set-Cookie")
        said = [one for one in given if one.startswith("__Host-looks=")]
        assert [one.split("; ")[0] for one in said] == ["__Host-looks=dark.off"]
        parts = {part.partition("=")[0] for part in said[0].split("; ")}
        assert {"Secure", "HttpOnly", "SameSite", "Path", "Max-Age"} <= parts
        assert "SameSite=Strict" in said[0]


@pytest.mark.parametrize("sent", [{}, {"theme": "pink"}, {"theme": "dark"}, {"theme": "dark", "shortcuts": "maybe"}])
def test_another_choice_is_refused_and_changes_nothing(house: House, sent: dict[str, str]) -> None:
    chris = browser_of(house)
    answer = chris.post("/looks", sent, seen="/looks")
    assert answer.status_code == 422
    assert "Choose one of the colours" in answer.text
    assert "looks=" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("value", ["", "dark", "dark.off.x", "<b>.on", "pink.on", "dark.off" * 500])
def test_a_cookie_that_is_not_ours_counts_as_none(house: House, value: str) -> None:
    chris = browser_of(house)
    chris.client.set_cookie("__Host-looks", value, domain="desk.example", secure=True)
    page = chris.get("/sign-in").text
    assert 'data-theme="auto"' in page
    assert 'data-shortcuts="on"' in page


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a/../b", "/a//b", "", "a",
     "/reports\r\nX: y", "/" + "a" * 500, "/reports?next=//evil.example", "/reports#x"],
)  # fmt: skip
def test_the_way_back_never_leads_out(path: str) -> None:
    assert local_path(path) == "/"


def test_the_way_back_is_the_page_one_came_from(house: House) -> None:
    told = tell(house, Story())
    amina = browser_of(house, "Amina")
    assert f'back=/reports/{told.report_id}"' in amina.get(f"/reports/{told.report_id}").text
    assert 'name="back" value="/reports?show=urgent"' in amina.get("/looks?back=/reports?show%3Durgent").text
    assert local_path("/calls?by=path:crowded&after=x.y") == "/calls?by=path:crowded&after=x.y"


def test_nothing_of_a_choice_is_written_down(house: House) -> None:
    amina = browser_of(house, "Amina")
    with house.database.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM audit").scalar()
    amina.post("/looks", CHOICE, seen="/looks")
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM audit").scalar() == before
