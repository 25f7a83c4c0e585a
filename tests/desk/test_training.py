"""What staff are trained for: kept by supervisors, never by oneself, told before it ends, in the audit."""

from __future__ import annotations

import pytest

from handlers.desk.training import QUALIFICATION_WORDS
from handlers.skills import Qualification
from storage import audit, people
from storage.roles import READING_ROLES
from storage.skills import Skill, replace_skills, trained
from tests.desk.staff import House, browser_of

HERE = "/training/edit"


def id_of(house: House, name: str) -> str:
    with house.database.read() as connection:
        return next(one for one, alias in people.aliases(connection).items() if alias == name)


def of(house: House, name: str) -> set[Skill]:
    with house.database.read() as connection:
        return {skill for one in trained(connection, READING_ROLES) if one.alias == name for skill in one.skills}


def give(house: House, name: str, *skills: Skill) -> None:
    with house.database.write() as connection:
        replace_skills(connection, id_of(house, name), seen=of(house, name), new=skills)


def seen_page(house: House, name: str) -> str:
    return f"{HERE}?person={id_of(house, name)}"


def test_every_qualification_has_words() -> None:
    assert set(QUALIFICATION_WORDS) == set(Qualification)


def test_a_supervisor_keeps_what_somebody_is_trained_for_and_the_audit_has_it(house: House) -> None:
    ben, form = browser_of(house, "Ben"), {"person": id_of(house, "Amina"), "until-general": "2027-03"}
    page = ben.get(seen_page(house, "Amina")).text
    assert all(f'value="{code}"' in page for code in ("en", "pl"))
    assert ben.post(HERE, {**form, "language": "pl"}, seen=seen_page(house, "Amina")).status_code == 303
    assert of(house, "Amina") == {Skill("language:pl"), Skill("general", "2027-03")}
    said = ben.get("/training").text
    assert "General: takes calls, until March 2027" in said
    assert "Polish" in said
    with house.database.read() as connection:
        entry = next(e for e in audit.page(connection, below=None, size=9).entries if e.action == "training-changed")
    assert (entry.subject, entry.detail) == (id_of(house, "Amina"), "general until 2027-03, language:pl")


def test_a_handler_sees_their_own_and_nobody_else_s(house: House) -> None:
    give(house, "Amina", Skill("language:pl"))
    give(house, "Ben", Skill("language:so"))
    page = browser_of(house, "Amina").get("/training").text
    assert "Polish" in page
    assert "Somali" not in page
    assert "edit" not in page


def test_nobody_changes_their_own(house: House) -> None:
    ben = browser_of(house, "Ben")
    form = {"person": id_of(house, "Ben"), "language": "pl"}
    assert ben.post(HERE, form, seen="/reports").status_code == 409
    assert of(house, "Ben") == set()
    assert "Another supervisor keeps yours" in ben.get(seen_page(house, "Ben")).text


@pytest.mark.parametrize("name", ["Amina", "Ada", "Otto", None])
def test_nobody_but_a_supervisor_changes_anybody_s(house: House, name: str | None) -> None:
    person = browser_of(house, name)
    seen = {"Amina": "/reports", "Ada": "/health", "Otto": "/audit", None: "/sign-in"}[name]
    form = {"person": id_of(house, "Amina"), "language": "pl"}
    assert person.post(HERE, form, seen=seen).status_code == (403 if name else 303)
    assert of(house, "Amina") == set()


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(house: House) -> None:
    ben, here = browser_of(house, "Ben"), seen_page(house, "Amina")
    form = {"person": id_of(house, "Amina"), "language": "en"}
    give(house, "Amina", Skill("language:pl"))
    answer = ben.post(HERE, form, seen=here)
    assert answer.status_code == 409
    assert "somebody else changed this meanwhile" in answer.text
    assert of(house, "Amina") == {Skill("language:pl")}
    assert ben.post(HERE, {**form, "seen": "language:pl "}, seen=here).status_code == 303
    assert of(house, "Amina") == {Skill("language:en")}


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"until-general": "2019-01"}, {"until-child": "soon"}, {"until-child": "2099-01"}]
)
def test_what_is_not_offered_is_told_and_changes_nothing(house: House, wrong: dict[str, str]) -> None:
    ben, here = browser_of(house, "Ben"), seen_page(house, "Amina")
    answer = ben.post(HERE, {"person": id_of(house, "Amina"), **wrong}, seen=here)
    assert answer.status_code == 422
    assert "Choose from what is offered" in answer.text
    assert of(house, "Amina") == set()


def test_what_has_ended_stays_on_the_form_so_that_the_rest_can_be_changed(house: House) -> None:
    give(house, "Amina", Skill("safeguarding", "2026-01"))
    ben, here = browser_of(house, "Ben"), seen_page(house, "Amina")
    assert "Until January 2026" in ben.get(here).text
    form = {"person": id_of(house, "Amina"), "seen": "safeguarding 2026-01", "until-safeguarding": "2026-01"}
    assert ben.post(HERE, {**form, "language": "pl"}, seen=here).status_code == 303
    assert of(house, "Amina") == {Skill("safeguarding", "2026-01"), Skill("language:pl")}


def test_supervisors_are_told_four_weeks_before_and_not_five(house: House) -> None:
    give(house, "Amina", Skill("child", "2027-01"), Skill("language:pl"))  # to 31 January; now is 18 November
    for days, told in ((40, False), (45, False), (46, True), (90, True)):
        house.clock.seconds = 1_795_000_000 + days * 86_400
        ben = browser_of(house, "Ben")
        assert ("Training of Amina: Calls of children, until January 2027" in ben.get("/health").text) is told
        assert ("Ends within four weeks, or has ended" in ben.get("/training").text) is told


def test_who_left_is_trained_for_nothing(house: House) -> None:
    give(house, "Amina", Skill("language:pl"))
    with house.database.write() as connection:
        people.leave(connection, "Amina", now=house.clock.now())
    page = browser_of(house, "Ben").get("/training").text
    assert "Amina" not in page
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT skill FROM skills").all() == []
