"""A minimal release for safeguarding: a few sentences within minutes, and the full release still due."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from handlers.releasing.drafting import clean_text
from storage import drafts, models
from storage.clock import TurnedClock
from storage.contents import Clean
from storage.database import Database
from tests.desk.cleaning import TOLD, bench_for, hidden, house_with_teams, to_review
from tests.desk.staff import Browser, Hired, House, Keys, Story, Told, browser_of

SENTENCES = "A woman at the address of the officer may be hurt tonight. There is a gun in the house."
CHOSEN = {
    "deed": "short",
    "text": SENTENCES,
    "where": "the officer's home",
    "category": "authority",
    "team": "standards",
}


@pytest.fixture
def house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with house_with_teams(keys, hired, database, clock, tmp_path) as opened:
        yield opened


def draft(house: House, told: Told) -> Clean:
    with house.database.read() as connection:
        found = drafts.last_draft(connection, told.report_id, house.keys.desk)
    assert found is not None
    return found


def send(ben: Browser, told: Told, **fields: str) -> TestResponse:
    here = f"/reports/{told.report_id}/minimal"
    page = ben.get(here).text
    form = {name: hidden(page, name) for name in ("csrf_token", "was", "save")}
    return ben.bare_post(here, {**form, **CHOSEN, **fields})


def urgent(house: House, **more: str) -> Told:
    return to_review(
        house, Story(TOLD.answers, TOLD.clips, state="new", urgent="yes", urgent_due=house.clock.now() + 600), **more
    )


def test_a_few_sentences_are_ready_to_be_proposed_at_once_before_the_report_is_confirmed(house: House) -> None:
    told, ben = urgent(house), browser_of(house, "Ben")
    answer = send(ben, told)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{told.report_id}/propose")
    kept = draft(house, told)
    assert (kept.purpose, kept.source, kept.information, kept.handling) == ("safeguarding", "2", "D", "C")
    page = ben.get(f"/reports/{told.report_id}/propose").text
    assert "There is a gun in the house." in page
    assert clean_text(kept) == SENTENCES
    proposed = ben.bare_post(
        f"/reports/{told.report_id}/propose", {name: hidden(page, name) for name in ("csrf_token", "release", "digest")}
    )
    assert proposed.status_code == 303
    with house.database.read() as connection:
        assert (
            connection.scalar(models.releases.select().with_only_columns(models.releases.c.purpose)) == "safeguarding"
        )


def test_what_is_missing_is_said_and_nothing_is_kept(house: House) -> None:
    told, ben = urgent(house), browser_of(house, "Ben")
    answer = send(ben, told, text="", category="", team="nobody", where="x" * 301)
    assert answer.status_code == 422
    for words in (
        "Write what the team must know now",
        "Choose what it is about",
        "Choose the team",
        "Shorten it to 300",
    ):
        assert words in answer.text
    assert "Shorten it to 2,000" in send(ben, told, text="x" * 2001).text
    with house.database.read() as connection:
        assert drafts.last_draft(connection, told.report_id, house.keys.desk) is None


def test_words_that_could_lead_to_the_caller_are_asked_about_and_a_yes_counts_for_them_alone(house: House) -> None:
    told, ben = urgent(house), browser_of(house, "Ben")
    words = "My husband has a gun. I rang from 020 7946 0199."
    asked = send(ben, told, text=words)
    assert asked.status_code == 200
    assert "Could these words lead to the caller?" in asked.text
    sure = hidden(asked.text, "sure")
    assert send(ben, told, text=f"{words} I saw it.", sure=sure).status_code == 200
    assert send(ben, told, text=words, sure=sure).status_code == 303


def test_afterwards_the_full_release_begins_from_the_raw_text_again(house: House) -> None:
    told, ben = urgent(house), browser_of(house, "Ben")
    send(ben, told)
    answer = send(ben, told, deed="full")
    assert answer.headers["Location"] == f"/reports/{told.report_id}/clean"
    kept = draft(house, told)
    assert (kept.purpose, kept.edits, kept.handling, kept.categories) == ("full", (), "", ("authority",))
    assert "My husband, the sergeant" in bench_for(house, told).clean


def test_a_text_that_was_begun_is_never_lost_to_a_short_one(house: House) -> None:
    told = urgent(house)
    bench = bench_for(house, told)
    bench.do("cut", "My husband, ")
    ben = browser_of(house, "Ben")
    assert "A clean text was begun already" in ben.get(f"/reports/{told.report_id}/minimal").text
    assert send(ben, told).status_code == 409
    assert send(ben, told, deed="as-it-is").status_code == 303
    kept = draft(house, told)
    assert (kept.purpose, [one.reason for one in kept.edits]) == ("safeguarding", ["relation"])
    assert send(ben, told, deed="full").status_code == 303
    assert draft(house, told).edits == kept.edits


def test_who_does_not_review_it_or_knows_an_older_version_keeps_nothing(house: House) -> None:
    told = urgent(house)
    ben = browser_of(house, "Ben")
    assert send(ben, told, was="0" * 32).status_code == 409
    send(ben, told)
    first = draft(house, told)
    assert send(ben, told, text="Another text altogether.", was="0" * 32).status_code == 409
    with house.database.write() as connection:
        connection.execute(update(models.reviews).values(reviewer="", state="waiting"))
    answer = send(ben, told, text="Another text altogether.")
    assert answer.status_code == 409
    assert "Take it in the review queue first" in answer.text
    assert "Another text altogether." in answer.text
    with house.database.write() as connection:
        connection.execute(update(models.reviews).values(state="open"))
    assert draft(house, told) == first


def test_what_is_not_waiting_for_review_leads_back_to_the_report(house: House) -> None:
    told = urgent(house)
    with house.database.write() as connection:
        connection.execute(models.reviews.delete())
    answer = browser_of(house, "Ben").get(f"/reports/{told.report_id}/minimal")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{told.report_id}")
