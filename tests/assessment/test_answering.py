"""A team records outcomes and asks questions on pages: sealed to the desk and to itself, and none is overwritten."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from handlers.releasing.teams import audience_of
from storage.contents import Outcome, Question, Refusal
from storage.handed import handed_one, sealed_items
from storage.opening import GroupKey, open_item
from storage.said_back import CameBack, decline
from storage.sealing import seal_item
from storage.team_answers import answers_of
from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, Browser, browser_of, group_of

TYPED = {
    "disposition": "investigate",
    "reference": "NP/26/114",
    "day": "1",
    "month": "2",
    "year": "2027",
    "words": "A unit looks into it.",
}


@pytest.fixture
def release(assessment_house: AssessmentHouse) -> str:
    """Hand a release to the northern team, whose assessor opens it."""
    handed = hand(assessment_house.database, assessment_house.teams.north).release
    assert browser_of(assessment_house, "Dev").get(f"/releases/{handed}").status_code == 200
    return handed


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(once|seen)"[^>]* value="([^"]*)"', page))


def send(who: Browser, address: str, typed: dict[str, str], kept: dict[str, str] | None = None) -> TestResponse:
    """Fill in the form as it stands now, or as it stood when `kept` was seen."""
    return who.post(address, {**(kept or hidden(who.get(address).text)), **typed}, seen=address)


def opened(house: AssessmentHouse, release: str, kind: str, group: GroupKey) -> list[bytes]:
    with house.database.read() as connection:
        items = sealed_items(connection, release, "north", (kind,))
    return [
        open_item(one.sealed, item_id=one.item_id, report_id=release, kind=kind, wraps_of_item=one.wraps, group=group)
        for one in items
    ]


def test_an_outcome_is_recorded_corrected_and_both_stand_in_the_history(
    assessment_house: AssessmentHouse, release: str
) -> None:
    house, dev, lena = assessment_house, browser_of(assessment_house, "Dev"), browser_of(assessment_house, "Lena")
    address = f"/releases/{release}/outcome"
    assert send(dev, address, TYPED).status_code == 303
    page = lena.get(address).text
    for words in ("Recorded last", "NP/26/114", "1 February 2027", "A unit looks into it.", "Dev"):
        assert words in page, words
    assert send(lena, address, {"disposition": "safeguard"}).status_code == 303
    history = dev.get(f"/releases/{release}").text.partition('id="history"')[2]
    assert history.index("We protect somebody first") < history.index("We investigate")
    with house.database.read() as connection:
        handed = handed_one(connection, release, "north")
    assert handed is not None
    assert (handed.state, handed.outcome) == ("decided", "safeguard")
    at = house.clock.now()
    first = Outcome("investigate", "NP/26/114", "2027-02-01", "A unit looks into it.", house.id_of("Dev"), at)
    for group in (house.keys.desk, group_of(house.teams.north)):
        assert Outcome.unpacked(opened(house, release, "outcome", group)[0]) == first
    assert [action for action, _ in house.audited()].count("outcome-sent") == 2


def test_a_form_sent_twice_counts_once_and_with_other_words_is_asked_about(
    assessment_house: AssessmentHouse, release: str
) -> None:
    dev, address = browser_of(assessment_house, "Dev"), f"/releases/{release}/outcome"
    kept = hidden(dev.get(address).text)
    for _ in range(2):
        assert send(dev, address, TYPED, kept).status_code == 303
    again = send(dev, address, {**TYPED, "words": "Other words."}, kept)
    assert again.status_code == 409
    assert "Other words." in again.text
    assert "was sent before" in again.text
    assert len(opened(assessment_house, release, "outcome", assessment_house.keys.desk)) == 1
    assert send(dev, address, {**TYPED, "words": "Other words."}, hidden(again.text)).status_code == 303


def test_of_two_who_decide_at_once_the_second_sees_the_first_and_loses_nothing(
    assessment_house: AssessmentHouse, release: str
) -> None:
    dev, lena = browser_of(assessment_house, "Dev"), browser_of(assessment_house, "Lena")
    address = f"/releases/{release}/outcome"
    seen_by_lena = hidden(lena.get(address).text)
    assert send(dev, address, TYPED).status_code == 303
    refused = send(lena, address, {"disposition": "outside_remit", "words": "It is the south's."}, seen_by_lena)
    assert refused.status_code == 409
    for words in ("A colleague recorded an outcome meanwhile", "NP/26/114", "It is the south&#39;s."):
        assert words in refused.text, words
    assert re.search(r'value="outside_remit"\s+aria-describedby="[^"]+"\s+checked>', refused.text), "it stays chosen"
    with assessment_house.database.read() as connection:
        handed = handed_one(connection, release, "north")
    assert handed is not None
    assert handed.outcome == "investigate"
    typed = {"disposition": "outside_remit", "words": "It is the south's."}
    assert send(lena, address, typed, hidden(refused.text)).status_code == 303


WRONG = [
    ({"disposition": ""}, "Choose what your team does with it"),
    ({"disposition": "nonsense"}, "Choose what your team does with it"),
    ({"day": "30"}, "Enter a day that there is"),
    ({"year": ""}, "Enter a day that there is"),
    ({"month": "x"}, "Enter a day that there is"),
    ({"reference": "x" * 101}, "Shorten it to 100 letters"),
    ({"words": "x" * 4001}, "Shorten it to 4000 letters"),
    ({"words": "a\u202eb"}, "There is a letter in it that cannot be seen"),
]


def test_a_mistake_is_told_beside_its_field_with_what_was_typed_and_keeps_nothing(
    assessment_house: AssessmentHouse, release: str
) -> None:
    dev, address = browser_of(assessment_house, "Dev"), f"/releases/{release}/outcome"
    kept = hidden(dev.get(address).text)
    for wrong, why in WRONG:
        answer = send(dev, address, {**TYPED, **wrong}, kept)
        assert (answer.status_code, why in answer.text) == (422, True), why
        assert "There is a problem" in answer.text
        assert "looks into it" in answer.text or "words" in wrong
    assert opened(assessment_house, release, "outcome", assessment_house.keys.desk) == []


def test_a_question_goes_to_the_desk_and_says_beforehand_what_it_must_not_ask(
    assessment_house: AssessmentHouse, release: str
) -> None:
    house, dev, address = assessment_house, browser_of(assessment_house, "Dev"), f"/releases/{release}/question"
    assert "Do not ask who the caller is" in dev.get(address).text
    for text, why in (
        (" \r\n ", "Write what your team would like to know"),
        ("x" * 2001, "Shorten it to 2000 letters"),
    ):
        answer = send(dev, address, {"text": text})
        assert (answer.status_code, why in answer.text) == (422, True)
    assert send(dev, address, {"text": "Was the locker\r\nnumbered?"}).status_code == 303
    (asked,) = opened(house, release, "question", house.keys.desk)
    assert Question.unpacked(asked) == Question("Was the locker\nnumbered?", house.id_of("Dev"), house.clock.now())
    assert "Was the locker" in dev.get(f"/releases/{release}").text
    assert "question-sent" in [action for action, _ in house.audited()]


def test_nobody_answers_what_the_team_has_not_opened(assessment_house: AssessmentHouse) -> None:
    unseen = hand(assessment_house.database, assessment_house.teams.north).release
    dev = browser_of(assessment_house, "Dev")
    for path in ("outcome", "question"):
        for answer in (dev.get(f"/releases/{unseen}/{path}"), dev.post(f"/releases/{unseen}/{path}", seen="/releases")):
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/releases/{unseen}")


def test_a_declined_question_says_why_in_the_lines_fixed_words(assessment_house: AssessmentHouse, release: str) -> None:
    house, dev = assessment_house, browser_of(assessment_house, "Dev")
    send(dev, f"/releases/{release}/question", {"text": "Where does your source work?"})
    with house.database.read() as connection:
        (asked,) = answers_of(connection, release)
    question = CameBack(asked.item_id, release, "", "", "north", asked.kind, asked.month, asked.state, asked.place)
    refusal = seal_item(
        Refusal(asked.item_id, "would_point").packed(),
        report_id=release,
        kind="refusal",
        audiences=[house.keys.public.desk, audience_of(house.teams.north.team)],
    )
    with house.database.write() as connection:
        decline(connection, question, refusal, month="2026-12")
    page = dev.get(f"/releases/{release}").text
    assert "Declined by the line. The question or its answer would point to whoever reported." in page
