"""Not a report: a reason first, a second question, then the content goes and a number goes up."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from handlers.desk.words import REASONS
from storage.models import counts, intents, items, reports, wraps
from tests.desk.staff import House, Story, audited, browser_of, tell


def test_a_reason_is_required_and_said_so_at_the_field(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    answer = ben.post(here, {}, seen=here)
    assert answer.status_code == 422
    assert answer.text.count("Choose why it is not a report") == 2
    assert all(f'id="reason-{reason.name}"' in answer.text for reason in REASONS)


def test_choosing_destroys_nothing_before_it_is_meant(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    answer = ben.post(here, {"reason": "silent"}, seen=here)
    assert "Nobody can bring it back" in answer.text
    with house.database.read() as connection:
        assert connection.scalars(select(items.c.item_id).where(items.c.report_id == told.report_id)).all()


def test_when_it_is_meant_the_content_goes_and_is_counted_by_week_and_reason(house: House) -> None:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + 60))
    other = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    assert ben.post(f"{here}/sure", {"reason": "silent"}, seen=here).status_code == 303
    with house.database.read() as connection:
        kept = connection.execute(select(reports).where(reports.c.report_id == told.report_id)).one()
        left = set(connection.scalars(select(items.c.report_id)))
        keys = set(connection.scalars(select(wraps.c.item_id))) - set(connection.scalars(select(items.c.item_id)))
        counted = connection.execute(select(counts.c.week, counts.c.name, counts.c.number)).all()
    assert (kept.state, kept.reason, kept.urgent_due) == ("not_a_report", "silent", None)
    assert left == {other.report_id}
    assert keys == set()
    assert [tuple(row) for row in counted] == [(kept.week, "not_a_report.silent", 1)]
    assert ("not-a-report", told.report_id) in audited(house)


@pytest.mark.parametrize("reason", ["", "because", "silent'--"])
def test_a_reason_that_is_none_of_ours_destroys_nothing(house: House, reason: str) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    assert ben.post(f"{here}/sure", {"reason": reason}, seen=here).status_code == 400


def test_a_report_whose_recordings_are_still_on_their_way_waits(house: House) -> None:
    told = tell(house)
    row = {"intent_id": "a" * 32, "call_key": "b" * 32, "report_id": told.report_id, "question": "story", "place": 0}
    with house.database.write() as connection:
        connection.execute(insert(intents), row | {"language": "en", "state": "known", "asked_at": 1})
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    answer = ben.post(f"{here}/sure", {"reason": "test"}, seen=here)
    assert answer.status_code == 409
    assert "It is still arriving" in answer.text


def test_pressing_twice_counts_once(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}/not-a-report"
    for _ in range(2):
        ben.post(f"{here}/sure", {"reason": "test"}, seen="/reports")
    with house.database.read() as connection:
        assert connection.scalars(select(counts.c.number)).all() == [1]


def test_what_is_gone_is_said_to_be_gone(house: House) -> None:
    told = tell(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{told.report_id}"
    ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen=here)
    assert "Its content is destroyed" in ben.get(here).text
    assert ben.get(f"{here}/not-a-report").status_code == 404
