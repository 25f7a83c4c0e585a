"""A word after a hard report: a name for supervisors, and nothing that leads to the report, a number or a record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import models, people
from tests.desk.staff import House, Story, audited, browser_of, id_of, tell


def rows(house: House) -> list[tuple[str, ...]]:
    with house.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(models.welfare))]


def ask(house: House) -> str:
    """Let Amina press the button; return her id."""
    told, amina = tell(house), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    assert amina.post(f"{here}/word", seen=here).status_code == 200
    return id_of(house, "Amina")


def test_supervisors_see_who_would_like_a_word_and_not_about_which_report(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    answer = amina.post(f"{here}/word", {"note": "half a note"}, seen=here)
    assert "not which report it was" in answer.text
    assert "half a note</textarea>" in answer.text
    page = browser_of(house, "Ben").get("/reports?show=confirmed").text
    assert "Amina would like a word" in page
    assert told.report_id not in page
    assert told.case_number not in page


def test_nothing_is_kept_but_a_name(house: House) -> None:
    amina = ask(house)
    assert rows(house) == [(amina, "")]
    assert [column.name for column in models.welfare.columns] == ["person_id", "seen_by"]
    assert not [action for action, _ in audited(house) if "word" in action or "welfare" in action]
    with house.database.read() as connection:
        assert connection.execute(select(models.counts).where(models.counts.c.name.like("%w%r%d%"))).all() == []


def test_whoever_asks_twice_is_not_counted_twice(house: House) -> None:
    ask(house)
    ask(house)
    assert len(rows(house)) == 1


def test_a_supervisor_talks_and_then_nothing_of_it_is_left(house: House) -> None:
    amina, ben = ask(house), browser_of(house, "Ben")
    assert ben.post(f"/words/{amina}/seen", seen="/reports").status_code == 303
    assert "You talk to them." in ben.get("/reports").text
    assert "Ben has seen it" in " ".join(browser_of(house, "Amina").get("/reports").text.split())
    assert ben.post(f"/words/{amina}/done", seen="/reports").status_code == 303
    assert rows(house) == []
    assert "would like a word" not in browser_of(house, "Amina").get("/reports").text


def test_of_two_supervisors_one_talks(house: House) -> None:
    amina, ben = ask(house), browser_of(house, "Ben")
    with house.database.write() as connection:
        connection.execute(models.welfare.update().values(seen_by="c" * 32))
    ben.post(f"/words/{amina}/seen", seen="/reports")
    assert rows(house) == [(amina, "c" * 32)]


@pytest.mark.parametrize("path", ["seen", "done"])
def test_no_handler_sees_or_ends_another_s_wish_and_nobody_their_own(house: House, path: str) -> None:
    amina, ben = ask(house), browser_of(house, "Ben")
    assert browser_of(house, "Amina").post(f"/words/{amina}/{path}", seen="/reports").status_code == 403
    told = tell(house, Story(claimed="Ben"))
    ben.post(f"/reports/{told.report_id}/word", seen=f"/reports/{told.report_id}")
    assert ben.post(f"/words/{id_of(house, 'Ben')}/{path}", seen="/reports").status_code == 403
    assert len(rows(house)) == 2
    page = browser_of(house, "Amina").get("/reports").text
    assert "You would like a word" in page
    assert "Ben would like" not in page


def test_it_goes_with_whoever_leaves(house: House) -> None:
    ask(house)
    with house.database.write() as connection:
        people.leave(connection, "Amina", now=house.clock.now())
    assert rows(house) == []
