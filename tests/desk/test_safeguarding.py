"""The safeguarding lane at the desk: minutes on the clock, whom to ring, and what was handed over by word of mouth."""

from __future__ import annotations

import re

from sqlalchemy import select, update

from storage import escalations
from storage.clips import add_items
from storage.contents import HandedOver
from storage.models import escalations as rows
from storage.models import items, reports
from storage.reviews import wait_for_review
from storage.sealing import seal_item
from tests.desk.staff import House, Story, audited, browser_of, person_id, tell

GIVEN = {
    "way": "handed_over",
    "to": "Control room, Borough of Example",
    "who": "Inspector Hale, 4471",
    "reference": "LOG 88",
    "said": "A woman at the named address may be hurt tonight by the officer named",
}


def urgent(house: House, *, due: int = 900, claimed: str = "") -> str:
    told = tell(house, Story(urgent="yes", urgent_due=house.clock.now() + due, claimed=claimed))
    return told.report_id


def words_of(page: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", page).split())


def state(house: House, report_id: str) -> tuple[str, str]:
    with house.database.read() as connection:
        found = escalations.standing(connection, [report_id])[report_id]
    return found.state, found.taken_by


def due(house: House, report_id: str) -> int | None:
    with house.database.read() as connection:
        return connection.scalar(select(reports.c.urgent_due).where(reports.c.report_id == report_id))


def test_the_minutes_stand_on_the_list_the_report_and_the_board(house: House) -> None:
    report_id = urgent(house, due=7 * 60 + 70)
    ben = browser_of(house, "Ben")
    for path in ("/reports", f"/reports/{report_id}", f"/reports/{report_id}/handover"):
        assert "7 min left" in ben.get(path).text, path
    assert "7 min" in ben.get("/board").text
    house.clock.forward(20 * 60)
    ben.be("Ben")
    assert "12 min late" in ben.get(f"/reports/{report_id}").text


def test_the_report_says_whom_to_ring_and_in_which_order(house: House) -> None:
    report_id = urgent(house, claimed="Amina")
    page = " ".join(browser_of(house, "Amina").get(f"/reports/{report_id}").text.split())
    assert "<strong>ring 999 now</strong>" in page
    assert page.index("Duty supervisor") < page.index("020 7946 0171") < page.index("020 7946 0173")
    assert "duty@example.org" not in page
    calm = tell(house, Story(claimed="Amina"))
    assert "020 7946 0171" not in browser_of(house, "Amina").get(f"/reports/{calm.report_id}").text


def test_acknowledging_is_taking_it_up(house: House) -> None:
    report_id = urgent(house)
    ben = browser_of(house, "Ben")
    ben.post(f"/reports/{report_id}/acknowledged", {}, seen=f"/reports/{report_id}")
    assert state(house, report_id) == ("taken", person_id(house, "Ben"))
    page = ben.get(f"/reports/{report_id}").text
    assert "Taken up by Ben, and not handed over yet." in page
    assert (
        "Somebody acknowledged it before you"
        in ben.post(f"/reports/{report_id}/acknowledged", {}, seen=f"/reports/{report_id}", follow_redirects=True).text
    )


def test_a_handover_is_sealed_audited_and_ends_the_telling(house: House) -> None:
    report_id = urgent(house, claimed="Amina")
    amina, here = browser_of(house, "Amina"), f"/reports/{report_id}/handover"
    assert amina.post(here, GIVEN, seen=here).status_code == 303
    assert state(house, report_id) == ("handed_over", person_id(house, "Amina"))
    assert due(house, report_id) is None
    page = words_of(amina.get(here).text)
    assert "Control room, Borough of Example, taken by Inspector Hale, 4471, reference LOG 88" in page
    assert GIVEN["said"] in page
    with house.database.read() as connection:
        item = connection.execute(select(items).where(items.c.kind == "handover")).one()
    assert b"Hale" not in item.sealed
    assert ("handed-over", report_id) in audited(house)
    assert "Handed over by word of mouth by Amina." in words_of(amina.get(f"/reports/{report_id}").text)
    assert "Hale" not in amina.get(f"/reports/{report_id}").text


def test_what_is_missing_is_said_and_what_was_typed_stays(house: House) -> None:
    report_id = urgent(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{report_id}/handover"
    answer = ben.post(here, {"to": "Control room", "said": "x" * 4001}, seen=here)
    assert answer.status_code == 422
    assert "Say whether you handed it over" in answer.text
    assert "must be 4000 characters or fewer" in answer.text
    assert 'value="Control room"' in answer.text
    again = ben.post(here, {"way": "handed_over"}, seen=here)
    assert all(
        words in again.text for words in ("Enter whom you rang", "Enter who took it", "Write what you told them")
    )
    assert due(house, report_id) is not None


def test_that_nobody_is_in_danger_needs_a_reason_and_no_name(house: House) -> None:
    report_id = urgent(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{report_id}/handover"
    assert "Write how you know" in ben.post(here, {"way": "stood_down"}, seen=here).text
    assert ben.post(here, {"way": "stood_down", "said": "He keyed it by mistake"}, seen=here).status_code == 303
    assert state(house, report_id) == ("stood_down", person_id(house, "Ben"))
    assert ("stood-down", report_id) in audited(house)


def test_nothing_is_kept_of_a_report_that_was_dismissed_meanwhile(house: House) -> None:
    report_id = urgent(house)
    ben, here = browser_of(house, "Ben"), f"/reports/{report_id}/handover"
    token = ben.get(here)
    assert token.status_code == 200
    with house.database.write() as connection:
        connection.execute(update(reports).values(state="not_a_report", urgent_due=None))
    assert ben.post(here, GIVEN, seen="/reports").status_code == 404
    with house.database.read() as connection:
        assert connection.execute(select(rows)).all() == []


def test_a_record_that_nobody_here_wrote_is_shown_as_forged(house: House) -> None:
    report_id = urgent(house)
    forged = HandedOver("Nobody", "Nobody", "", "all is well", person_id(house, "Amina"), house.clock.now())
    item = seal_item(forged.packed(), report_id=report_id, kind="handover", audiences=(house.desk.keys.desk,))
    with house.database.write() as connection:
        add_items(connection, [item])
    assert "treat as forged" in browser_of(house, "Ben").get(f"/reports/{report_id}/handover").text


def test_who_does_not_have_the_report_writes_no_handover(house: House) -> None:
    report_id = urgent(house, claimed="Ben")
    amina = browser_of(house, "Amina")
    assert amina.get(f"/reports/{report_id}/handover").status_code == 403
    assert amina.post(f"/reports/{report_id}/handover", GIVEN, seen="/reports").status_code in (403, 409)
    assert due(house, report_id) is not None


def test_the_minutes_stand_in_the_review_queue_until_somebody_takes_it_up(house: House) -> None:
    report_id = urgent(house, due=7 * 60 + 70)
    with house.database.write() as connection:
        wait_for_review(connection, report_id, week="2026-W47", urgent=True)
    ben = browser_of(house, "Ben")
    assert "7 min left" in ben.get("/review").text
    ben.post(f"/reports/{report_id}/acknowledged", {}, seen=f"/reports/{report_id}")
    assert "min left" not in ben.get("/review").text
