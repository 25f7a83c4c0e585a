"""Rows that hold what no part of ours writes, such as text that is no UTF-8: shown as damaged, closing no page."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import insert, select

from storage.jobs import standing_alarms
from storage.models import items, reports
from tests.desk.staff import House, Told, browser_of, tell

BROKEN = "CAST(x'ff61' AS TEXT)"
AN_ANSWER = "(SELECT min(item_id) FROM items WHERE report_id = %(r)s AND kind = 'answer')"
KEPT = "he sells what the computer knows"
# What only SQLite takes: a server refuses such a text and such a type.
IN_AN_ITEM = {
    "sealed": f"UPDATE items SET sealed = {BROKEN} WHERE item_id = {AN_ANSWER}",
    "sealed as text": f"UPDATE items SET sealed = 'words' WHERE item_id = {AN_ANSWER}",
    "key": f"UPDATE wraps SET wrapped = {BROKEN} WHERE item_id = {AN_ANSWER}",
    "key as text": f"UPDATE wraps SET wrapped = 'key' WHERE item_id = {AN_ANSWER}",
    "epoch": f"UPDATE wraps SET epoch = 'first' WHERE item_id = {AN_ANSWER}",
    "audience": f"UPDATE wraps SET audience = {BROKEN} WHERE audience = 'desk' AND item_id = {AN_ANSWER}",
    "kind": f"UPDATE items SET kind = {BROKEN} WHERE item_id = {AN_ANSWER}",
    "kind as bytes": f"UPDATE items SET kind = x'ff' WHERE item_id = {AN_ANSWER}",
    "id": f"UPDATE items SET item_id = {BROKEN} WHERE item_id = {AN_ANSWER}",
    "id as bytes": f"UPDATE items SET item_id = x'ff' WHERE item_id = {AN_ANSWER}",
    "sound's id": "INSERT INTO items VALUES (x'ff', %(r)s, 'sound', NULL, x'00')",
    "sound's broken id": f"INSERT INTO items VALUES ({BROKEN}, %(r)s, 'sound', NULL, x'00')",
}
IN_THE_ROW = {
    **{name: f"UPDATE reports SET {name} = {BROKEN}" for name in ("language", "channel", "reason", "urgent", "week")},
    **{f"{name} as bytes": f"UPDATE reports SET {name} = x'ff'" for name in ("language", "channel", "urgent", "week")},
    "case number": f"UPDATE reports SET case_number = {BROKEN} WHERE report_id = %(r)s",
    "case number as bytes": "UPDATE reports SET case_number = x'ff' WHERE report_id = %(r)s",
    "due": "UPDATE reports SET urgent = 'yes', urgent_due = 'soon'",
    "due as bytes": "UPDATE reports SET urgent = 'yes', urgent_due = x'ff'",
    "partial": "UPDATE reports SET partial = 'much', added_to = x'ff', week = x'ff'",
}
ON_BOTH = {
    "state": "UPDATE reports SET state = 'lost'",
    "sound's name": "INSERT INTO items VALUES ('../..', %(r)s, 'sound', NULL, '')",
}


def change(house: House, statement: str, told: Told) -> None:
    with house.database.write() as connection:
        connection.exec_driver_sql(statement % {"r": f"'{told.report_id}'"})


def page_of(house: House, address: str) -> str:
    answer = browser_of(house, "Ben").get(address)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def alarms(house: House) -> dict[str, str]:
    with house.database.read() as connection:
        return standing_alarms(connection)


@pytest.mark.parametrize("statement", IN_AN_ITEM.values(), ids=IN_AN_ITEM)
def test_a_damaged_item_is_counted_and_the_rest_is_read(house: House, statement: str) -> None:
    if not house.database.is_sqlite:
        return
    told = tell(house)
    change(house, statement, told)
    page = page_of(house, f"/reports/{told.report_id}")
    assert "1 part of this report cannot be opened" in page
    assert KEPT in page
    assert "storage" in alarms(house)


@pytest.mark.parametrize("statement", IN_THE_ROW.values(), ids=IN_THE_ROW)
def test_a_damaged_row_is_told_on_the_page_and_in_the_list(house: House, statement: str) -> None:
    if not house.database.is_sqlite:
        return
    told = tell(house)
    change(house, statement, told)
    page = page_of(house, f"/reports/{told.report_id}")
    assert "The row of this report is damaged" in page
    assert KEPT in page
    assert "storage" in alarms(house)
    assert "Damaged" in page_of(house, "/reports?show=read")


def test_a_state_that_nobody_knows_is_told(house: House) -> None:
    told = tell(house)
    change(house, ON_BOTH["state"], told)
    assert "The row of this report is damaged" in page_of(house, f"/reports/{told.report_id}")


def test_a_sound_that_no_address_can_name_is_counted(house: House) -> None:
    told = tell(house)
    change(house, ON_BOTH["sound's name"], told)
    page = page_of(house, f"/reports/{told.report_id}")
    assert "1 part of this report cannot be opened" in page
    assert page.count("<audio") == 1


def test_reports_whose_ids_are_none_of_ours_are_listed_and_hide_no_other(house: House) -> None:
    for number in range(26):
        with house.database.write() as connection:
            connection.execute(insert(reports), row_of(f"z{number}", f"Z{number}"))
    told = tell(house)
    first = page_of(house, "/reports")
    assert "Z25 cannot be opened" in first
    following = html.unescape(re.findall(r'href="(/reports\?[^"]*after=[^"]*)"', first)[0])
    assert told.case_number in page_of(house, following)


def test_rounds_alarms_and_entries_of_another_kind_close_no_page(house: House) -> None:
    times = ("'x'", "x'ff'", str(2**60)) if house.database.is_sqlite else (str(2**60),)
    for number, at in enumerate(times):
        with house.database.write() as connection:
            connection.exec_driver_sql(f"INSERT INTO beats VALUES ('alarm:storage{number}', {at}, '')")
            connection.exec_driver_sql(f"INSERT INTO beats VALUES ('worker{number}', {at}, '')")
            connection.exec_driver_sql(f"INSERT INTO audit VALUES (-{number + 1}, {at}, '', 'a', 's', '', '', '')")
    if house.database.is_sqlite:
        with house.database.write() as connection:
            connection.exec_driver_sql("INSERT INTO beats VALUES (CAST('alarm:x' AS BLOB), 1, x'ff')")
            connection.exec_driver_sql("INSERT INTO audit VALUES ('x', 1, x'ff', x'ff', x'ff', x'ff', '', '')")
    assert page_of(house, "/health").count("Since a time that cannot be read") == len(times)
    assert browser_of(house, "Otto").get("/audit").status_code == 200


def test_dismissing_takes_what_has_a_damaged_id_too(house: House) -> None:
    told = tell(house)
    damaged = IN_AN_ITEM["id"] if house.database.is_sqlite else ON_BOTH["sound's name"]
    change(house, damaged, told)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    assert ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen=f"{here}/not-a-report").status_code == 303
    with house.database.read() as connection:
        assert connection.scalars(select(items.c.kind).where(items.c.report_id == told.report_id)).all() == []


def row_of(report_id: str, case_number: str) -> dict[str, object]:
    told = {"line": "example", "week": "2026-W48", "state": "new", "language": "en", "channel": "keys"}
    return {"report_id": report_id, "case_number": case_number, **told}
