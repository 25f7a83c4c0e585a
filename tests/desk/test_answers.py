"""What comes back from teams: listed, opened with the desk's key, counted once, and told as a person chose."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from storage.clock import iso_week
from storage.contents import Refusal
from storage.models import counts, handovers, reports, team_items
from storage.opening import GroupKey, open_item
from storage.said_back import said_of
from storage.team_answers import NEW, SEEN
from tests.desk.staff import Browser, House, Story, audited, browser_of
from tests.desk.teams_say import NORTH, PLAIN, Handed, handed, with_team

FOR_AMINA = PLAIN
FOR_NOBODY = Story(state="confirmed", clips=(), claimed="")


@pytest.fixture
def desk(house: House) -> House:
    return with_team(house)


def hears(house: House, one: Handed) -> str:
    with house.database.read() as connection:
        return str(connection.scalar(select(reports.c.status).where(reports.c.report_id == one.told.report_id)))


def counted(house: House) -> dict[str, int]:
    with house.database.read() as connection:
        rows = connection.execute(select(counts.c.name, counts.c.number)).all()
    return {row.name: row.number for row in rows if row.name.startswith(("outcome.", "funnel."))}


def choose(person: Browser, one: Handed, status: str, **more: str) -> int:
    page = person.get(one.here).text
    was, unseen = (re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("was", "unseen"))
    assert was
    assert unseen
    form = {"status": status, "was": was[1], "unseen": unseen[1], **more}
    return person.post(f"{one.here}/status", form, seen=one.here).status_code


# ---- reading --------------------------------------------------------------------------------------------------------


def test_what_a_team_decided_stands_with_its_reference_and_date_on_the_report_and_is_audited(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    one.decides("investigate", reference="OP-4471/26", due="2026-12-31", words="we begin <b>now</b>")
    for here in (f"/reports/{one.told.report_id}", one.here):
        page = amina.get(here).text
        assert "OP-4471/26" in page
        assert "31 December 2026" in page
        assert "we begin &lt;b&gt;now&lt;/b&gt;" in page
        assert "Investigates" in page
    assert ("answers-opened", one.told.report_id) in audited(desk)
    assert not any("OP-4471" in subject for _, subject in audited(desk))


def test_the_new_stand_in_the_list_until_they_were_seen(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    decided, asked = one.decides(), one.asks()
    page = ben.get("/answers").text
    assert page.count(one.told.case_number) == 2
    assert (">Decision<" in page, ">Question<" in page) == (True, True)
    assert "A team has decided something, or asks something" in ben.get("/reports").text
    assert choose(ben, one, "passed_on") == 303
    assert (one.state_of(decided), one.state_of(asked)) == (SEEN, SEEN)
    assert one.told.case_number not in ben.get("/answers").text
    assert one.told.case_number in ben.get("/answers?show=seen").text
    assert [subject for action, subject in audited(desk) if action == "answers-seen"] == [one.told.report_id] * 2


def test_a_handler_sees_what_belongs_to_their_own_reports_alone(desk: House) -> None:
    mine, other = handed(desk, FOR_AMINA), handed(desk, FOR_NOBODY)
    mine.decides(), other.decides()
    amina, ben = browser_of(desk, "Amina"), browser_of(desk, "Ben")
    page = amina.get("/answers").text
    assert mine.told.case_number in page
    assert other.told.case_number not in page
    assert other.told.case_number in ben.get("/answers").text
    for path in ("answers", "reply"):
        assert amina.get(f"/reports/{other.told.report_id}/{path}").status_code == 403


def test_neither_administrator_nor_auditor_sees_what_came_back(desk: House) -> None:
    one = handed(desk)
    one.decides(words="for the desk")
    for person in (browser_of(desk, "Ada"), browser_of(desk, "Otto")):
        for path in ("/answers", "/answers/due", one.here, f"/reports/{one.told.report_id}/reply"):
            answer = person.get(path)
            assert answer.status_code == 403
            assert one.told.case_number not in answer.text


def test_what_is_closed_to_somebody_stands_in_no_list_of_theirs(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    one.decides()
    here = f"/reports/{one.told.report_id}/recuse"
    browser_of(desk, "Ben").post(here, {"reason": "I know him", "sure": "yes"}, seen=here)
    assert one.told.case_number not in ben.get("/answers").text
    assert ben.get(one.here).status_code == 404


def test_a_swapped_or_misshapen_answer_is_told_as_one_that_cannot_be_opened(desk: House) -> None:
    one, other, ben = handed(desk), handed(desk), browser_of(desk, "Ben")
    first, second = one.decides(words="of the first"), other.decides(words="of the second")
    with desk.database.write() as connection:
        sealed = connection.scalar(select(team_items.c.sealed).where(team_items.c.item_id == second))
        connection.execute(update(team_items).where(team_items.c.item_id == first).values(sealed=sealed))
    page = ben.get(one.here).text
    assert "cannot be opened" in page
    assert "of the second" not in page


# ---- what the caller hears ------------------------------------------------------------------------------------------


def test_what_the_caller_hears_is_proposed_by_the_decision_and_chosen_by_a_person(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    usual = (("record", "closed"), ("outside_remit", "outside_remit"), ("investigate", "passed_on"))
    for disposition, proposed in usual:
        before = hears(desk, one)
        one.decides(disposition)
        page = amina.get(one.here).text
        (found,) = re.findall(r'for="(status[^"]*)">[^<]*\(proposed\)', page)
        assert re.search(rf'id="{found}"\s+name="status"\s+type="radio"\s+value="{proposed}"', page)
        assert hears(desk, one) == before, "nothing changes by itself"
        assert choose(amina, one, proposed) == 303
        assert hears(desk, one) == proposed


def test_two_who_choose_at_once_do_not_overwrite_each_other(desk: House) -> None:
    one, ben, amina = handed(desk), browser_of(desk, "Ben"), browser_of(desk, "Amina")
    decided = one.decides()
    assert choose(amina, one, "assessing") == 303
    assert choose(ben, one, "closed", was="passed_on", unseen=decided) == 409
    assert hears(desk, one) == "assessing"
    assert choose(ben, one, "everything") == 422
    assert hears(desk, one) == "assessing"


def test_what_came_after_the_page_was_loaded_stays_new(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    first = one.decides("record")
    ben.get(one.here)
    second = one.decides("investigate")
    assert choose(ben, one, "closed", unseen=first) == 303
    assert (one.state_of(first), one.state_of(second)) == (SEEN, NEW)


def test_a_decision_is_counted_in_the_week_in_which_it_is_seen_and_a_deed_once_for_each_release(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    one.decides("record")
    assert counted(desk) == {}
    choose(ben, one, "closed")
    one.decides("investigate")
    choose(ben, one, "passed_on")
    one.decides("safeguard")
    choose(ben, one, "passed_on")
    choose(ben, one, "passed_on")
    assert counted(desk) == {"outcome.record": 1, "outcome.investigate": 1, "outcome.safeguard": 1, "funnel.acted": 1}
    with desk.database.read() as connection:
        weeks = set(connection.scalars(select(counts.c.week)))
    assert weeks == {iso_week(desk.clock.now())}


def test_what_a_caller_withdrew_is_no_longer_chosen(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    with desk.database.write() as connection:
        connection.execute(update(reports).values(status="withdrawn"))
    page = ben.get(one.here).text
    assert "has withdrawn the report" in page
    assert 'name="status"' not in page


# ---- declining ------------------------------------------------------------------------------------------------------


def test_a_declined_question_tells_its_team_one_of_the_fixed_reasons_under_its_own_key(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    asked = one.asks()
    form = {"question": asked, "reason": "would_point"}
    assert amina.post(f"{one.here}/declined", form, seen=one.here).status_code == 303
    assert one.state_of(asked) == "declined"
    with desk.database.read() as connection:
        (item,) = [item for about, item in said_of(connection, one.told.report_id) if about.kind == "refusal"]
    assert {wrap.audience for wrap in item.wraps} == {"desk", "team:north"}
    packed = open_item(
        item.sealed,
        item_id=item.item_id,
        report_id=one.release_id,
        kind="refusal",
        wraps_of_item=item.wraps,
        group=GroupKey("team:north", NORTH.team.epoch, NORTH.group),
    )
    assert Refusal.unpacked(packed) == Refusal(asked, "would_point")
    assert "The question or its answer would point to whoever reported" in amina.get(one.here).text
    assert ("question-declined", one.told.report_id) in audited(desk)
    assert one.told.case_number in browser_of(desk, "Ben").get("/answers?show=declined").text


def test_a_question_is_settled_once_and_for_a_reason(desk: House) -> None:
    one, other, amina = handed(desk), handed(desk), browser_of(desk, "Amina")
    asked, elsewhere = one.asks(), other.asks()

    def decline(question: str, reason: str) -> int:
        return amina.post(f"{one.here}/declined", {"question": question, "reason": reason}, seen=one.here).status_code

    assert decline(asked, "because I say so") == 422
    assert decline(elsewhere, "known") == 400
    assert one.state_of(asked) == other.state_of(elsewhere) == NEW
    assert decline(asked, "known") == 303
    assert decline(asked, "unclear") == 409


# ---- what is due ----------------------------------------------------------------------------------------------------


def test_what_is_late_says_so_where_it_is_due_and_on_the_report(desk: House) -> None:
    late = handed(desk, receipt="2026-W40", answer="2026-W41")
    ben = browser_of(desk, "Ben")
    page = ben.get("/answers/due").text
    assert late.told.case_number in page
    assert ">Late<" in page
    assert "Receipt by the team: late" in " ".join(re.sub("<[^>]*>", " ", page).split())
    assert late.told.case_number in ben.get("/answers/due?show=answer").text
    assert "Not opened in time: ring the team" in ben.get(f"/reports/{late.told.report_id}").text
    reminded = ben.get("/reports").text
    assert "Receipt by the team: late" in reminded
    assert "/answers/due?show=answer" in reminded
    with desk.database.write() as connection:
        connection.execute(update(handovers).values(state="decided"))
    for show in ("receipt", "answer"):
        assert late.told.case_number not in ben.get(f"/answers/due?show={show}").text


def test_empty_lists_say_what_would_stand_there(desk: House) -> None:
    ben = browser_of(desk, "Ben")
    for show in ("receipt", "answer", "first_word", "nonsense"):
        assert "desk-empty" in ben.get(f"/answers/due?show={show}").text
    for show in ("new", "seen", "answered", "declined", "nonsense"):
        assert "desk-empty" in ben.get(f"/answers?show={show}").text
