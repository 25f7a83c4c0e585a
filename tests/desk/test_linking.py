"""Links between reports: by people, with a reason, on both; sealed, so that no table says which belong together."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from storage import models
from storage.contents import Link
from tests.desk.beside import close_to, entries, forge, hers, link, link_ids, recuse, rows
from tests.desk.staff import House, Told, browser_of, id_of


def page_of(house: House, told: Told, name: str = "Amina") -> str:
    return " ".join(browser_of(house, name).get(f"/reports/{told.report_id}").text.split())


def test_a_link_is_shown_on_both_with_its_reason_and_who_made_it(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    assert link(amina, told, other).status_code == 303
    for here, there in ((told, other), (other, told)):
        page = page_of(house, here)
        assert there.case_number in page
        assert "The same incident." in page
        assert "both tell of the raid" in page
        assert "Linked by Amina" in page


def test_neither_the_tables_nor_the_audit_name_both_sides(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    link(amina, told, other)
    with house.database.read() as connection:
        everything = [
            repr(row) for table in models.metadata.sorted_tables for row in connection.execute(table.select())
        ]
    assert not [row for row in everything if told.report_id in row and other.report_id in row]
    (entry,) = entries(house, "reports-linked")
    assert entry.detail == f"report {told.report_id}"
    assert not [item for item in rows(house, models.items) if item.item_id == entry.subject]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"case": ""}, "No report that you can read has this case number"),
        ({"case": "ZZZ-0000"}, "No report that you can read has this case number"),
        ({"relation": "same_caller"}, "Choose how the two belong together"),
        ({"reason": " "}, "Write what makes you think so"),
        ({"reason": "x" * 501}, "Shorten the reason to 500 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_linked(house: House, changed: dict[str, str], words: str) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    answer = link(amina, told, other, **changed)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert not rows(house, models.items, kind="link")


def test_a_report_is_not_linked_to_itself_nor_twice_alike(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    assert "this very report" in link(amina, told, told).text
    assert link(amina, told, other).status_code == 303
    assert link(amina, told, other).status_code == 409
    assert link(amina, told, other, relation="same_subject").status_code == 303
    assert len(rows(house, models.items, kind="link")) == 4


def test_a_case_number_is_read_as_people_type_it(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    assert link(amina, told, other, case=f" {other.case_number.lower()} ").status_code == 303


def test_a_link_is_taken_away_from_both_after_a_question_and_once(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    link(amina, told, other)
    (item,) = link_ids(amina, other)
    path = f"/reports/{other.report_id}/links/{item}/remove"
    assert told.case_number in amina.get(path).text
    assert len(rows(house, models.items, kind="link")) == 2
    for _ in range(2):
        assert amina.post(path, {}, seen="/reports").status_code == 303
    assert not rows(house, models.items, kind="link")
    assert len(entries(house, "link-removed")) == 1


def test_a_link_that_nobody_made_shows_as_forged(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    third = hers(house)
    link(amina, told, other)
    (entry,) = entries(house, "reports-linked")
    made_up = Link(entry.subject, "0" * 32, third.report_id, told.report_id, "same_incident", "lies", entry.person)
    forge(house, told, "link", made_up)
    page = page_of(house, told)
    assert page.count("Not linked by anybody here: treat as forged") == 1
    assert page.count("Linked by Amina") == 1


def test_a_link_to_a_report_that_is_closed_to_them_is_not_there_for_them(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    link(amina, told, other)
    (item,) = link_ids(amina, told)
    recuse(amina, other)
    page = page_of(house, told)
    assert other.case_number not in page
    assert "both tell of the raid" not in page
    path = f"/reports/{told.report_id}/links/{item}/remove"
    assert amina.get(path).status_code == 303
    amina.post(path, {}, seen="/reports")
    assert len(rows(house, models.items, kind="link")) == 2


def test_a_closed_report_cannot_be_linked_and_is_told_like_none(house: House) -> None:
    told, other, ben = hers(house), hers(house), browser_of(house, "Ben")
    close_to(ben, other, "Amina")
    answer = link(browser_of(house, "Amina"), told, other)
    assert answer.status_code == 422
    assert "No report that you can read has this case number" in answer.text


def test_when_one_is_no_report_the_other_keeps_nothing_of_the_link(house: House) -> None:
    told, other, ben = hers(house), hers(house), browser_of(house, "Ben")
    link(ben, told, other)
    sure = f"/reports/{other.report_id}/not-a-report"
    ben.post(f"{sure}/sure", {"reason": "test"}, seen=sure)
    assert not rows(house, models.items, kind="link")


def test_when_one_expires_the_other_lets_go_of_its_side_at_the_next_opening(house: House) -> None:
    told, other, ben = hers(house), hers(house), browser_of(house, "Ben")
    link(ben, told, other)
    with house.database.write() as connection:
        connection.execute(delete(models.reports).where(models.reports.c.report_id == other.report_id))
    assert len(rows(house, models.items, kind="link")) == 1
    assert "both tell of the raid" not in page_of(house, told)
    assert not rows(house, models.items, kind="link")
    assert len(entries(house, "link-ended")) == 1


def test_nothing_is_linked_by_itself(house: House) -> None:
    told, other = hers(house), hers(house)
    assert id_of(house, "Amina")
    assert other.case_number not in page_of(house, told)
