"""The page of live calls: who is available, what is offered, who takes it, and who is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from storage import models, writing
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, offers, shifts
from tests.desk.callers import (
    hang_up,
    lose,
    offer,
    open_live_house,
    ring,
    ring_and_offer,
    sit_down,
    token_of_seat,
    work,
)
from tests.desk.staff import Hired, House, Keys, audited, browser_of, id_of

BAND = 6 * 3600


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


def shift_state(house: House, name: str) -> str:
    with house.database.read() as connection:
        found = shifts.shift_of(connection, id_of(house, name))
    return found.state if found else ""


def talk_of(house: House, talk: str) -> conduct.Talk:
    with house.database.read() as connection:
        found = conduct.talk(connection, talk)
    assert found is not None
    return found


def reports(house: House) -> list[tuple[str, str, str]]:
    columns = models.reports.c
    with house.database.read() as connection:
        found = connection.execute(select(columns.report_id, columns.state, columns.claimed_by)).all()
    return [(row.report_id, row.state, row.claimed_by) for row in found]


def skill_ends(house: House, name: str) -> None:
    with house.database.write() as connection:
        connection.execute(delete(models.skills).where(models.skills.c.person_id == id_of(house, name)))


# ---- the shift -----------------------------------------------------------------------------------------------------


def test_whoever_comes_in_says_first_that_their_headset_works(live_house: House) -> None:
    amina = browser_of(live_house, "Amina")
    page = amina.get("/live").text
    assert "Away" in page
    assert 'href="/live/sound"' in page
    refused = amina.post("/live/shift", {"state": "available"}, seen="/live")
    assert (refused.status_code, shift_state(live_house, "Amina")) == (422, "")
    assert "Check your headset first" in refused.text
    assert amina.post("/live/shift", {"state": "available", "checked": "yes"}, seen="/live").status_code == 303
    assert shift_state(live_house, "Amina") == shifts.AVAILABLE
    amina.post("/live/shift", {"state": "break"}, seen="/live")
    assert amina.post("/live/shift", {"state": "available"}, seen="/live").status_code == 303


def test_a_state_that_nobody_offers_changes_nothing(live_house: House) -> None:
    work(live_house, "Amina")
    amina = browser_of(live_house, "Amina")
    for state in ("on_call", "wrap_up", "", "asleep"):
        assert amina.post("/live/shift", {"state": state}, seen="/live").status_code == 422
    assert shift_state(live_house, "Amina") == shifts.AVAILABLE


def test_without_a_softphone_the_desk_says_what_is_missing_and_nobody_is_available(house: House) -> None:
    amina = browser_of(house, "Amina")
    assert "no softphone is set up" in amina.get("/live").text
    refused = amina.post("/live/shift", {"state": "available", "checked": "yes"}, seen="/live")
    assert refused.status_code == 409
    assert "SOFTPHONE" in refused.text
    assert shift_state(house, "Amina") == ""


def test_who_speaks_no_language_here_is_told_so_and_is_not_available(live_house: House) -> None:
    skill_ends(live_house, "Amina")
    refused = browser_of(live_house, "Amina").post(
        "/live/shift", {"state": "available", "checked": "yes"}, seen="/live"
    )
    assert refused.status_code == 409
    assert "No language is written down for you" in refused.text
    assert shift_state(live_house, "Amina") == ""


def test_a_page_that_asks_is_heard_of_at_most_every_five_seconds(live_house: House) -> None:
    work(live_house, "Amina")
    amina, clock = browser_of(live_house, "Amina"), live_house.clock
    seen = []
    for _ in range(4):
        clock.forward(3)
        assert amina.get("/live/state").status_code == 200
        with live_house.database.read() as connection:
            found = shifts.shift_of(connection, id_of(live_house, "Amina"))
        assert found is not None
        seen.append(clock.now() - found.seen_at)
    assert seen == [0, 3, 0, 3]


def test_to_ask_how_things_stand_keeps_nobody_signed_in(live_house: House) -> None:
    amina = browser_of(live_house, "Amina")
    answers = []
    for _ in range(16):
        live_house.clock.forward(60)
        answers.append(amina.get("/live/state").status_code)
    assert (answers[0], answers[-1]) == (200, 401)


def test_nobody_leaves_a_call_by_choosing_another_state(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    amina = browser_of(live_house, "Amina")
    amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    refused = amina.post("/live/shift", {"state": "break"}, seen="/live")
    assert (refused.status_code, shift_state(live_house, "Amina")) == (409, shifts.ON_CALL)
    assert "End it first" in refused.text


# ---- the offer -----------------------------------------------------------------------------------------------------


def test_an_offer_appears_with_what_is_needed_to_say_yes(live_house: House) -> None:
    amina = browser_of(live_house, "Amina")
    assert amina.get("/live/state").get_json()["offer"] is None
    talk = ring_and_offer(live_house, waits=170, urgent=True, needs="child,general")
    live_house.clock.forward(4)
    told = amina.get("/live/state").get_json()["offer"]
    assert (told["talk"], told["left"], told["urgent"]) == (talk, 16, True)
    page = amina.get("/live").text
    for words in ("Somebody may be hurt soon", "about 3 minutes", "English", "A child, or about a child"):
        assert words in told["html"]
        assert words in page
    assert browser_of(live_house, "Ben").get("/live/state").get_json()["offer"] is None


def test_to_accept_begins_a_form_seats_the_handler_and_is_audited_in_six_hours(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    amina = browser_of(live_house, "Amina")
    answer = amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    assert (answer.status_code, answer.location) == (303, f"/live/call/{talk}")
    found = talk_of(live_house, talk)
    assert (found.state, shift_state(live_house, "Amina")) == ("joining", shifts.ON_CALL)
    assert reports(live_house) == [(found.report_id, "writing", id_of(live_house, "Amina"))]
    with live_house.database.read() as connection:
        draft = writing.draft(connection, found.report_id)
        entries = connection.execute(select(models.audit).order_by(models.audit.c.sequence)).all()[-2:]
    assert draft is not None
    assert draft.channel == writing.LIVE
    assert [(one.action, one.subject) for one in entries] == [
        ("live-form-begun", found.report_id),
        ("call-accepted", talk),
    ]
    assert {one.at % BAND for one in entries} == {0}
    assert all(one.at <= live_house.clock.now() < one.at + BAND for one in entries)


def test_an_offer_that_is_over_is_not_taken_and_begins_no_form(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    amina, ben = browser_of(live_house, "Amina"), browser_of(live_house, "Ben")
    live_house.clock.forward(offers.OFFER_SECONDS)
    with live_house.database.write() as connection:
        offers.expire(connection, now=live_house.clock.now())
    work(live_house, "Ben")
    offer(live_house, talk, "Ben")
    for deed in ("accepted", "declined", "taken-up"):
        answer = amina.post(f"/live/call/{talk}/{deed}", {"reason": "busy"}, seen="/live")
        assert answer.status_code == (303 if deed == "declined" else 409), deed
        assert "hung up, left the queue" in amina.get("/live").text + answer.text
    assert (reports(live_house), talk_of(live_house, talk).person_id) == ([], id_of(live_house, "Ben"))
    assert ben.post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 303


def test_of_two_tabs_that_accept_one_gets_the_call_and_one_form_is_begun(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    one, other = browser_of(live_house, "Amina"), browser_of(live_house, "Amina")
    assert one.post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 303
    assert other.post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 409
    assert len(reports(live_house)) == 1
    assert re.search('data-seat="[0-9a-f]{32}"', one.get(f"/live/call/{talk}").text)
    assert 'data-seat=""' in one.get(f"/live/call/{talk}").text  # loaded again: one seat, one leg
    assert 'data-seat=""' in other.get(f"/live/call/{talk}").text


def test_who_is_not_trained_for_a_call_does_not_get_it(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    skill_ends(live_house, "Amina")
    answer = browser_of(live_house, "Amina").post(f"/live/call/{talk}/accepted", {}, seen="/live")
    assert answer.status_code == 409
    assert "You are not trained for this call" in answer.text
    assert (reports(live_house), talk_of(live_house, talk).state) == ([], "offered")


def test_whose_training_for_calls_ended_meanwhile_takes_none_but_may_practise(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    general = (models.skills.c.person_id == id_of(live_house, "Amina"), models.skills.c.skill == "general")
    with live_house.database.write() as connection:
        connection.execute(update(models.skills).where(*general).values(until="2020-01"))
    amina = browser_of(live_house, "Amina")
    refused = amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    assert (refused.status_code, talk_of(live_house, talk).state) == (409, "offered")
    assert "You are not trained for this call" in refused.text
    with live_house.database.write() as connection:
        connection.execute(update(models.talks).values(practice=True))
    assert amina.post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 303


@pytest.mark.parametrize(
    ("reason", "after"),
    [("busy", "wrap_up"), ("not_trained", "available"), ("break", "break"), ("technical", "away")],
)
def test_to_decline_keeps_the_caller_s_place_and_leads_where_the_reason_says(
    live_house: House, reason: str, after: str
) -> None:
    talk = ring_and_offer(live_house, waits=60)
    amina = browser_of(live_house, "Amina")
    assert amina.post(f"/live/call/{talk}/declined", {"reason": reason}, seen="/live").status_code == 303
    found = talk_of(live_house, talk)
    assert (found.state, found.person_id, shift_state(live_house, "Amina")) == ("waiting", "", after)
    with live_house.database.read() as connection:
        assert offers.waiting(connection)[0].since == found.since
        detail = connection.scalar(select(models.audit.c.detail).where(models.audit.c.action == "call-declined"))
    assert detail == reason


def test_an_offer_is_not_given_back_without_a_reason(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    amina = browser_of(live_house, "Amina")
    for reason in ("", "no mood"):
        refused = amina.post(f"/live/call/{talk}/declined", {"reason": reason}, seen="/live")
        assert refused.status_code == 422
        assert "Choose why" in refused.text
    assert talk_of(live_house, talk).state == "offered"


# ---- a line that broke ---------------------------------------------------------------------------------------------


def taken(house: House, name: str = "Amina") -> str:
    """Let somebody take a call, with a softphone that sits."""
    talk = ring_and_offer(house, name)
    browser = browser_of(house, name)
    browser.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    sit_down(house, token_of_seat(browser.get(f"/live/call/{talk}").text))
    return talk


def test_who_lost_the_line_takes_the_call_up_again_with_the_form_as_it_stands(live_house: House) -> None:
    talk = taken(live_house)
    report_id = talk_of(live_house, talk).report_id
    lose(live_house)
    amina = browser_of(live_house, "Amina")
    assert amina.get(f"/live/state?talk={talk}").get_json()["call"]["stage"] == "lost"
    page = amina.get(f"/live/call/{talk}").text
    assert "Take the call up again" in page
    assert amina.post(f"/live/call/{talk}/taken-up", {}, seen="/live").status_code == 303
    found = talk_of(live_house, talk)
    assert (found.state, found.report_id) == ("joining", report_id)
    assert len(reports(live_house)) == 1
    assert ("call-taken-up-again", talk) in audited(live_house)


def test_a_colleague_who_takes_it_has_the_form_and_the_first_is_told(live_house: House) -> None:
    talk = taken(live_house)
    report_id = talk_of(live_house, talk).report_id
    lose(live_house)
    work(live_house, "Ben")
    offer(live_house, talk, "Ben")
    assert browser_of(live_house, "Ben").post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 303
    assert reports(live_house) == [(report_id, "writing", id_of(live_house, "Ben"))]
    amina = browser_of(live_house, "Amina")
    assert amina.get(f"/live/state?talk={talk}").get_json()["call"]["stage"] == "elsewhere"
    assert amina.get(f"/live/call/{talk}").location == "/live"
    assert amina.post(f"/live/call/{talk}/taken-up", {}, seen="/live").status_code == 409
    assert ("live-form-taken-over", report_id) in audited(live_house)


def test_a_form_that_was_finished_meanwhile_stays_a_report_and_a_new_one_begins(live_house: House) -> None:
    talk = taken(live_house)
    first = talk_of(live_house, talk).report_id
    lose(live_house)
    with live_house.database.write() as connection:
        connection.execute(
            models.reports.update().where(models.reports.c.report_id == first).values(state="new", claimed_by="")
        )
    amina = browser_of(live_house, "Ben")
    work(live_house, "Ben")
    offer(live_house, talk, "Ben")
    amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    second = talk_of(live_house, talk).report_id
    assert second not in ("", first)
    assert {one: state for one, state, _ in reports(live_house)} == {first: "new", second: "writing"}


def test_to_whom_a_finished_form_is_closed_the_next_form_of_its_caller_is_closed_too(live_house: House) -> None:
    talk = taken(live_house)
    first = talk_of(live_house, talk).report_id
    lose(live_house)
    close_to(live_house, "Ben", first)
    with live_house.database.write() as connection:
        of_first = models.reports.update().where(models.reports.c.report_id == first)
        connection.execute(of_first.values(state="new", claimed_by=""))
    amina = browser_of(live_house, "Amina")
    for _ in range(2):
        assert amina.post(f"/live/call/{talk}/taken-up", {}, seen="/live").status_code == 303
        with live_house.database.write() as connection:
            connection.execute(update(models.talks).values(state="waiting", person_id="", first=True))
    second = talk_of(live_house, talk).report_id
    assert second not in ("", first)
    with live_house.database.read() as connection:
        rows = connection.execute(select(models.blocks).where(models.blocks.c.report_id == second)).all()
        waiting = offers.waiting(connection)
    ben = id_of(live_house, "Ben")
    assert [(row.person_id, row.item_id, row.unseen) for row in rows] == [(ben, "", True)]
    assert [one.closed_to for one in waiting] == [{ben}]
    assert browser_of(live_house, "Ben").get(f"/reports/{second}").status_code == 404


def close_to(house: House, name: str, report_id: str) -> None:
    with house.database.write() as connection:
        row = {"person_id": id_of(house, name), "report_id": report_id, "item_id": "", "unseen": False}
        connection.execute(insert(models.blocks), row)


def test_a_caller_whose_report_was_closed_to_a_colleague_meanwhile_is_not_given_to_them(live_house: House) -> None:
    talk = taken(live_house)
    first = talk_of(live_house, talk).report_id
    lose(live_house)
    work(live_house, "Ben")
    offer(live_house, talk, "Ben")
    close_to(live_house, "Ben", first)
    assert browser_of(live_house, "Ben").post(f"/live/call/{talk}/accepted", {}, seen="/live").status_code == 409
    found = talk_of(live_house, talk)
    assert (found.state, found.report_id) == ("offered", first)
    assert reports(live_house) == [(first, "writing", id_of(live_house, "Amina"))]


@pytest.mark.parametrize("column", ["report_id", "begun_report"])
def test_nobody_takes_up_again_a_caller_whose_report_was_closed_to_them(live_house: House, column: str) -> None:
    talk = taken(live_house)
    first = talk_of(live_house, talk).report_id
    lose(live_house)
    with live_house.database.write() as connection:
        connection.execute(update(models.talks).values(report_id="", begun_report=""))
        connection.execute(update(models.talks).values({column: first}))
    close_to(live_house, "Amina", first)
    amina = browser_of(live_house, "Amina")
    assert amina.post(f"/live/call/{talk}/taken-up", {}, seen="/live").status_code == 409
    assert (talk_of(live_house, talk).state, len(reports(live_house))) == ("waiting", 1)


def test_nobody_takes_up_what_is_not_lost_or_not_in_their_language(live_house: House) -> None:
    amina = browser_of(live_house, "Amina")
    waiting = ring(live_house)
    assert amina.post(f"/live/call/{waiting}/taken-up", {}, seen="/live").status_code == 409
    assert amina.post(f"/live/call/{'0' * 32}/taken-up", {}, seen="/live").status_code == 409
    welsh = ring(live_house, "dai", language="cy")
    with live_house.database.write() as connection:
        connection.execute(models.talks.update().where(models.talks.c.talk_id == welsh).values(first=True))
    refused = amina.post(f"/live/call/{welsh}/taken-up", {}, seen="/live")
    assert refused.status_code == 409
    assert "not trained" in refused.text
    assert reports(live_house) == []


def test_who_has_a_call_takes_up_no_second(live_house: House) -> None:
    lost = taken(live_house)
    lose(live_house)
    with live_house.database.write() as connection:  # as the worker frees who has lost a call
        connection.execute(update(models.shifts).values(state="available"))
    other = ring_and_offer(live_house, call_key="bob")
    amina = browser_of(live_house, "Amina")
    assert amina.post(f"/live/call/{other}/accepted", {}, seen="/live").status_code == 303
    assert amina.post(f"/live/call/{lost}/taken-up", {}, seen="/live").status_code == 409
    assert talk_of(live_house, lost).state == "waiting"


# ---- after a call --------------------------------------------------------------------------------------------------


def test_a_form_into_which_nothing_was_typed_goes_without_a_trace_and_the_audit_says_why(live_house: House) -> None:
    talk = taken(live_house)
    report_id = talk_of(live_house, talk).report_id
    hang_up(live_house)
    amina = browser_of(live_house, "Amina")
    assert "Writing up" in amina.get("/live").text
    amina.post("/live/shift", {"state": "available"}, seen="/live")
    assert reports(live_house) == []
    with live_house.database.read() as connection:
        left = [connection.execute(select(table)).all() for table in (models.items, models.wraps)]
        why = connection.execute(select(models.audit).where(models.audit.c.action == "live-form-dropped")).one()
    assert left == [[], []]
    assert (why.subject, why.detail) == (report_id, "nothing-typed")


def test_a_form_with_words_in_it_stays_and_its_writer_is_told(live_house: House) -> None:
    talk = taken(live_house)
    amina = browser_of(live_house, "Amina")
    type_into(amina, talk, "he sells what the computer knows")
    hang_up(live_house)
    amina.post("/live/shift", {"state": "available"}, seen="/live")
    page = amina.get("/live").text
    assert "is not finished" in page
    assert f"/reports/{talk_of(live_house, talk).report_id}/form" in page


@pytest.mark.parametrize("kept", ["reference_heard", "urgent"])
def test_an_empty_form_stays_when_its_caller_has_a_reference_or_a_supervisor_was_alerted(
    live_house: House, kept: str
) -> None:
    talk = taken(live_house)
    deed, form = ("aside", {"asked": "reference"}) if kept == "reference_heard" else ("alerted", {})
    amina = browser_of(live_house, "Amina")
    assert amina.post(f"/live/call/{talk}/{deed}", form, seen=f"/live/call/{talk}").status_code == 303
    hang_up(live_house)
    amina.post("/live/shift", {"state": "available"}, seen="/live")
    assert [state for _, state, _ in reports(live_house)] == ["writing"]


def test_a_finished_form_is_a_report_of_a_live_call_audited_in_six_hours(live_house: House) -> None:
    talk = taken(live_house)
    amina = browser_of(live_house, "Amina")
    report_id = talk_of(live_house, talk).report_id
    page = amina.get(f"/live/call/{talk}").text
    answer = amina.post(
        f"/reports/{report_id}/form/finished",
        {**versions(page), "q-urgent": "no", "q-allegation": "favours", "q-story": "he sells it"},
        seen=f"/live/call/{talk}",
    )
    assert (answer.status_code, answer.location) == (303, "/live")
    assert reports(live_house) == [(report_id, "new", "")]
    with live_house.database.read() as connection:
        of_form = select(models.audit.c.at).where(models.audit.c.action.in_(("report-written", "writing-opened")))
        assert {at % BAND for at in connection.scalars(of_form)} == {0}
    assert "live call" in browser_of(live_house, "Ben").get("/reports").text


def test_a_word_is_asked_for_without_saying_after_which_call(live_house: House) -> None:
    talk = taken(live_house)
    hang_up(live_house)
    amina = browser_of(live_house, "Amina")
    before = audited(live_house)
    assert amina.post("/live/word", {}, seen="/live").status_code == 303
    assert "You would like a word" in amina.get("/live").text
    assert audited(live_house) == before
    assert talk not in str(before[-1])
    assert "Amina would like a word" in browser_of(live_house, "Ben").get("/reports").text


def type_into(browser: object, talk: str, story: str) -> None:
    """Save the form of a call as its page does."""
    page = browser.get(f"/live/call/{talk}").text  # type: ignore[attr-defined]
    address = re.search(r'data-autosave="([^"]+)"', page)
    assert address is not None
    answer = browser.post(address[1], {**versions(page), "q-story": story}, seen=f"/live/call/{talk}")  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text


def versions(page: str) -> dict[str, str]:
    """Return which version of its form a page knows, and how its next is called."""
    found = {name: re.search(f'name="{name}"\\s+value="([^"]+)"', page) for name in ("replaces", "save")}
    return {name: match[1] for name, match in found.items() if match}
