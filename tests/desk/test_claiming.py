"""Claiming: one person works on a report, two never win, and nobody's words are lost when it goes to another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from storage import claims, intake, people
from storage.models import audit as audit_table
from storage.models import reports
from tests.desk.staff import Browser, House, Story, Told, audited, browser_of, holder_of, id_of, tell

FREE = Story(claimed="", clips=(("story", "words that nobody else may read"),))
DAY = 86_400


def claim(person: Browser, told: Told) -> int:
    return person.post(f"/reports/{told.report_id}/claimed", seen="/reports").status_code


def colleague(house: House, told: Told, name: str = "Ben") -> None:
    """Give a report to somebody behind everybody's back, as a supervisor would."""
    with house.database.write() as connection:
        connection.execute(
            update(reports).where(reports.c.report_id == told.report_id).values(claimed_by=id_of(house, name))
        )


def test_a_handler_claims_what_nobody_has_and_opens_it_with_one_button(house: House) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    page = amina.get("/reports").text
    assert f'action="/reports/{told.report_id}/claimed"' in page
    assert f'href="/reports/{told.report_id}"' not in page
    answer = amina.post(f"/reports/{told.report_id}/claimed", seen="/reports")
    assert answer.headers["Location"] == f"/reports/{told.report_id}"
    assert "words that nobody else may read" in amina.get(f"/reports/{told.report_id}").text
    assert audited(house)[-2:] == [("report-claimed", told.report_id), ("report-opened", told.report_id)]
    assert "You have it" in amina.get("/reports").text


@pytest.mark.parametrize("path", ["", "/clips/{clip}"])
def test_what_nobody_claimed_opens_to_no_handler_and_the_page_says_how_to_claim_it(house: House, path: str) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    answer = amina.get(f"/reports/{told.report_id}{path.format(clip=told.clips[0])}")
    assert answer.status_code == 403
    assert "Nobody has this report" in answer.text
    assert "Claim and open" in answer.text
    assert told.case_number not in answer.text
    assert not [action for action, _ in audited(house) if action in ("report-opened", "clip-played")]


def test_what_another_has_is_refused_by_name_with_what_to_do_and_nothing_of_the_report(house: House) -> None:
    told, amina = tell(house, Story(claimed="Ben", clips=FREE.clips)), browser_of(house, "Amina")
    assert "Ben has it" in amina.get("/reports").text
    for answer in (
        amina.get(f"/reports/{told.report_id}"),
        amina.post(f"/reports/{told.report_id}/confirmed", seen="/reports"),
        amina.post(f"/reports/{told.report_id}/alerted", seen="/reports"),
        amina.post(f"/reports/{told.report_id}/given-back", seen="/reports"),
    ):
        assert answer.status_code == 403
        assert "Ben has this report" in answer.text
        assert "ask a supervisor" in " ".join(answer.text.split())
        assert told.case_number not in answer.text
        assert "nobody else may read" not in answer.text
    assert holder_of(house, told) == id_of(house, "Ben")


def test_of_two_who_claim_at_once_exactly_one_wins_and_the_other_is_told_by_whom(house: House) -> None:
    told = tell(house, FREE)
    people_ids = [id_of(house, "Amina"), id_of(house, "Ben")] * 4

    def take(person_id: str) -> str:
        try:
            with house.database.write() as connection:
                return "won" if claims.claim(connection, told.report_id, person_id) else "had"
        except claims.ClaimedBefore as error:
            return f"told {error.by}"

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(take, people_ids))
    assert found.count("won") == 1
    winner = people_ids[found.index("won")]
    assert {said for who, said in zip(people_ids, found, strict=True) if who != winner} == {f"told {winner}"}


def test_whoever_comes_second_reads_who_was_first(house: House) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    colleague(house, told)
    answer = amina.post(f"/reports/{told.report_id}/claimed", seen="/reports")
    assert answer.status_code == 409
    assert "Ben claimed it before you" in answer.text
    assert ("report-claimed", told.report_id) not in audited(house)


def test_claiming_twice_is_claiming_once(house: House) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    assert [claim(amina, told), claim(amina, told)] == [303, 303]
    assert audited(house).count(("report-claimed", told.report_id)) == 1


@pytest.mark.parametrize("report_id", ["0" * 32, "f" * 32])
def test_a_report_that_is_not_there_is_nobody_s_to_claim(house: House, report_id: str) -> None:
    answer = browser_of(house, "Amina").post(f"/reports/{report_id}/claimed", seen="/reports")
    assert answer.status_code == 404


def test_what_is_being_destroyed_is_not_claimed_and_what_is_claimed_is_freed_when_destroyed(house: House) -> None:
    free, mine, amina = tell(house, FREE), tell(house), browser_of(house, "Amina")
    with house.database.write() as connection:
        for told in (free, mine):
            intake.dismiss(connection, told.report_id, "test")
    assert claim(amina, free) == 403
    assert "Nobody can open it" in amina.get(f"/reports/{mine.report_id}").text
    assert [holder_of(house, told) for told in (free, mine)] == ["", ""]


def test_giving_back_frees_it_and_changes_nothing_else(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here = f"/reports/{told.report_id}"
    assert amina.post(f"{here}/given-back", seen=here).headers["Location"] == "/reports?show=mine"
    assert holder_of(house, told) == ""
    assert amina.get(here).status_code == 403
    assert "he sells what the computer knows" in browser_of(house, "Ben").get(here).text
    assert ("report-given-back", told.report_id) in audited(house)


def test_words_that_were_typed_and_not_kept_are_asked_about_before_a_report_is_given_back(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    here, clip = f"/reports/{told.report_id}", told.clips[0]
    draft = {f"came-{clip}": "he sells what the computer knows", f"text-{clip}": "he sells what the computer knows"}
    typed = {**draft, f"text-{clip}": "half of it", "note": "ask Dev"}
    answer = amina.post(f"{here}/given-back", typed, seen=here)
    assert answer.status_code == 409
    assert "half of it" in answer.text
    assert "ask Dev" in answer.text
    assert holder_of(house, told) == id_of(house, "Amina")
    assert amina.post(f"{here}/given-back", draft, seen=here).status_code == 303, "the machine's own words are kept"
    colleague(house, told, "Amina")
    assert amina.post(f"{here}/given-back", {**typed, "sure": "yes"}, seen=here).status_code == 303


@pytest.mark.parametrize("path", ["transcripts", "notes", "alerted", "confirmed", "word"])
def test_whose_claim_was_taken_while_they_typed_has_their_words_still(house: House, path: str) -> None:
    told, amina = tell(house, Story(clips=FREE.clips)), browser_of(house, "Amina")
    here, clip = f"/reports/{told.report_id}", told.clips[0]
    amina.get(here)
    colleague(house, told)
    form = {"clip": clip, f"text-{clip}": "what Amina heard <b>", f"came-{clip}": "machine", "note": "and thought"}
    answer = amina.post(f"{here}/{path}", form, seen="/reports")
    assert answer.status_code == 409
    assert "what Amina heard &lt;b&gt;" in answer.text
    assert "and thought" in answer.text
    assert "Ben has this report" in answer.text
    assert "nobody else may read" not in answer.text
    deeds = [action for action, subject in audited(house) if subject in (told.report_id, clip)]
    assert deeds == ["report-opened"]


def test_a_claim_that_goes_between_the_door_and_the_write_changes_nothing(house: House) -> None:
    told = tell(house)
    with pytest.raises(claims.HeldOtherwise), house.database.write() as connection:
        claims.stay_claimed(connection, told.report_id, id_of(house, "Ben"))
    with house.database.write() as connection:
        claims.stay_claimed(connection, told.report_id, id_of(house, "Amina"))


def test_a_supervisor_opens_what_others_have_takes_it_over_and_gives_it_on(house: House) -> None:
    told, ben = tell(house), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}"
    assert "Take it over" in ben.get(here).text
    form = {"to": id_of(house, "Ben"), "was": id_of(house, "Amina")}
    assert ben.post(f"{here}/given", form, seen=here).status_code == 303
    assert holder_of(house, told) == id_of(house, "Ben")
    assert browser_of(house, "Amina").get(here).status_code == 403
    back = {"to": id_of(house, "Amina"), "was": id_of(house, "Ben")}
    assert ben.post(f"{here}/given", back, seen=here).status_code == 303
    assert holder_of(house, told) == id_of(house, "Amina")
    assert audited(house).count(("report-given", told.report_id)) == 2


def test_two_supervisors_who_give_it_at_once_overwrite_nothing(house: House) -> None:
    told, ben = tell(house, FREE), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}/given"
    colleague(house, told, "Amina")
    answer = ben.post(here, {"to": id_of(house, "Ben"), "was": ""}, seen=here)
    assert answer.status_code == 409
    assert "Look who has it now" in answer.text
    assert holder_of(house, told) == id_of(house, "Amina")


@pytest.mark.parametrize("name", ["", "Ada", "Otto", "Chris"])
def test_a_report_is_given_to_nobody_who_does_not_read(house: House, name: str) -> None:
    told, ben = tell(house), browser_of(house, "Ben")
    here = f"/reports/{told.report_id}/given"
    to = id_of(house, name) if name else ""
    answer = ben.post(here, {"to": to, "was": id_of(house, "Amina")}, seen=here)
    assert answer.status_code == 422
    assert answer.text.count("Choose who works on it") == 2
    assert holder_of(house, told) == id_of(house, "Amina")


def test_a_handler_gives_nothing_to_anybody_else(house: House) -> None:
    told, amina = tell(house), browser_of(house, "Amina")
    form = {"to": id_of(house, "Ben"), "was": id_of(house, "Amina")}
    assert amina.post(f"/reports/{told.report_id}/given", form, seen="/reports").status_code == 403
    assert "Take it over" not in amina.get(f"/reports/{told.report_id}").text


def test_whoever_leaves_frees_theirs(house: House) -> None:
    told, other = tell(house), tell(house, Story(claimed="Ben"))
    with house.database.write() as connection:
        people.leave(connection, "Amina", now=house.clock.now())
    assert holder_of(house, told) == ""
    assert holder_of(house, other) != ""


def test_an_urgent_report_that_nobody_has_says_so_on_top_and_anybody_claims_it_at_once(house: House) -> None:
    told = tell(house, Story(claimed="", urgent="yes", urgent_due=house.clock.now() + 600))
    amina = browser_of(house, "Amina")
    top = amina.get("/reports").text.partition("desk-waiting")[2].partition("</section>")[0]
    assert "Nobody has it" in top
    assert "Claim and open" in top
    assert claim(amina, told) == 303


def test_a_claim_on_which_nothing_was_done_for_ten_days_is_told_to_supervisors_by_its_week(house: House) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    claim(amina, told)
    amina.get(f"/reports/{told.report_id}")
    assert "Nothing done since" not in browser_of(house, "Ben").get("/reports").text
    house.clock.forward(10 * DAY)
    page = browser_of(house, "Ben").get("/reports").text
    assert "Nothing done since week " in page
    assert "Nothing done since" not in browser_of(house, "Amina").get("/reports").text
    browser_of(house, "Ben").get(f"/reports/{told.report_id}")
    assert "Nothing done since" in browser_of(house, "Ben").get("/reports").text, "another's look is not their work"
    browser_of(house, "Amina").get(f"/reports/{told.report_id}")
    assert "Nothing done since" not in browser_of(house, "Ben").get("/reports").text


def test_whoever_was_given_a_report_has_ten_days_as_well(house: House) -> None:
    told, ben = tell(house, FREE), browser_of(house, "Ben")
    form = {"to": id_of(house, "Amina"), "was": ""}
    ben.post(f"/reports/{told.report_id}/given", form, seen=f"/reports/{told.report_id}/given")
    house.clock.forward(10 * DAY - 60)
    assert "Nothing done since" not in browser_of(house, "Ben").get("/reports").text
    house.clock.forward(60)
    assert "Nothing done since" in browser_of(house, "Ben").get("/reports").text


def test_a_claim_leaves_no_time_but_the_audit_s(house: House) -> None:
    told, amina = tell(house, FREE), browser_of(house, "Amina")
    claim(amina, told)
    with house.database.read() as connection:
        row = connection.execute(reports.select().where(reports.c.report_id == told.report_id)).one()
        at = connection.scalar(audit_table.select().with_only_columns(audit_table.c.at).limit(1))
    assert at is not None
    assert not [value for value in row if isinstance(value, int) and value > 1_000_000]
