"""Two people release exact words to a team: what each sees, what leaves, and that it opens for that team alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from handlers.releasing import package
from handlers.releasing.content import digest, signed_form, unpacked
from storage import handed, models
from storage.clips import forget_items
from storage.clock import TurnedClock
from storage.database import Database
from storage.jobs import standing_alarms
from storage.opening import GroupKey, open_item
from storage.sealing import Wrap
from storage.signing import check_signature, read_verifying_key
from storage.signing_key import PUBLIC_FILE
from tests.desk.releases import (
    LEFT,
    Stage,
    address,
    approve,
    give_back,
    propose,
    stage_on,
    supervisors,
)
from tests.desk.staff import Hired, Keys, Story, tell

__all__ = ["supervisors"]


@pytest.fixture
def stage(keys: Keys, supervisors: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(keys, supervisors, database, clock, tmp_path) as opened:
        yield opened


def test_the_very_words_that_one_proposed_and_another_released_reach_the_team(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    carla = stage.browser("Carla")
    page = " ".join(carla.get(address(proposal)).text.split())
    squad = stage.squad()
    tail = squad.team.age[-12:]
    for shown in ("Ben proposes this", "His sergeant knows.", proposal.digest, squad.team.name):
        assert shown in page
    assert "".join(f"<span>{tail[at : at + 4]}</span> " for at in (0, 4, 8)).strip() in page
    assert "<del>I am his neighbour. </del>" in page  # the raw text, one click away
    assert approve(carla, proposal).status_code == 303
    assert stage.state(told) == "released"

    with stage.house.database.read() as connection:
        item = connection.execute(select(models.team_items)).one()
        wraps = [Wrap(row.audience, row.epoch, row.wrapped) for row in connection.execute(select(models.team_wraps))]
        packed = connection.scalars(select(models.packages.c.package)).one()
        handover = connection.execute(select(models.handovers)).one()
        notice = connection.execute(select(models.jobs.c.kind, models.jobs.c.subject)).all()
    group = GroupKey("team:standards", 1, squad.group)
    named = {"item_id": item.item_id, "report_id": proposal.release_id, "kind": "release"}
    opened = open_item(item.sealed, **named, wraps_of_item=wraps, group=group)
    assert digest(opened) == proposal.digest
    assert unpacked(opened).text == LEFT
    assert "neighbour" not in opened.decode()
    assert {wrap.audience for wrap in wraps} == {"team:standards"}
    public = read_verifying_key(stage.house.keys.folder / PUBLIC_FILE)
    release, files = package.opened(packed, identity=squad.identity, public=public)
    assert files.report == opened
    assert files.document.startswith(b"%PDF")
    assert release.to.team == "standards"
    assert (handover.state, handover.month, handover.purpose) == ("sent", release.month, "full")
    assert (handover.acknowledge_by, handover.feedback_by) == ("2026-W48", "2027-W07")
    check_signature(signed_form(opened), handover.signature, public)  # a page of the team tells it from a made-up one
    assert ("notice", "standards") in notice
    assert not any(told.report_id in repr(row) for row in stage.handed())
    with stage.house.database.read() as connection:
        rows = [tuple(row) for table in models.metadata.sorted_tables for row in connection.execute(select(table))]
    assert not [row for row in rows if "sergeant" in repr(row) or "Tom Wren" in repr(row)]  # no word outside a seal
    said = dict(stage.said(told))
    assert said["report-released"] == said["release-proposed"] == proposal.told()


def test_what_was_released_stays_to_be_read_with_where_it_stands(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    approve(stage.browser("Carla"), proposal)
    dora = stage.browser("Dora")
    page = dora.get(f"/reports/{told.report_id}/release").text
    assert "Proposed by Ben, released by Carla" in " ".join(page.split()).replace(" ,", ",")
    assert "Not opened by the team yet" in page
    with stage.house.database.write() as connection:
        connection.execute(models.handovers.update().values(state="decided", outcome="investigate"))
    page = " ".join(dora.get(f"/reports/{told.report_id}/release").text.split())
    assert "The team has decided: they investigate" in page
    again = dora.get(address(proposal, "")[:-1]).text
    assert "His sergeant knows." in again
    assert "Carla" in again


def test_the_team_s_first_look_is_the_receipt_that_the_desk_shows(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    approve(stage.browser("Carla"), proposal)
    with stage.house.database.write() as connection:
        assert not handed.receive(connection, proposal.release_id, "counter-corruption")  # another team's is none
        (item,) = handed.release_items(connection, proposal.release_id, "standards")
        assert handed.receive(connection, proposal.release_id, "standards")
    assert item.item_id
    page = " ".join(stage.browser("Ben").get(f"/reports/{told.report_id}/release").text.split())
    assert "The team has it" in page


def test_nothing_is_proposed_but_what_was_seen(stage: Stage) -> None:
    told, ben = stage.ready(), stage.browser("Ben")
    page = ben.get(f"/reports/{told.report_id}/propose").text
    assert "His sergeant knows." in page
    answer = propose(ben, told, digest="0" * 64)
    assert answer.status_code == 409
    assert "The draft was changed since this page was shown" in answer.text
    assert stage.said(told)[-1][0] == "release-previewed"


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"categories": ()}, "Choose at least one category"),
        ({"information": ""}, "Choose a grade for the information"),
        ({"team": ""}, "Choose the team"),
        ({"subjects": ("0" * 32,)}, "A subject that was to leave was corrected or removed"),
    ],
    ids=["category", "grade", "team", "subject"],
)
def test_what_lacks_something_is_told_and_not_proposed(stage: Stage, changed: dict[str, Any], lack: str) -> None:
    told = stage.ready(**changed)
    answer = stage.browser("Ben").get(f"/reports/{told.report_id}/propose")
    assert lack in answer.text
    assert "Propose exactly this" not in answer.text


def test_only_who_reviews_a_confirmed_report_and_saved_its_draft_proposes_it(stage: Stage) -> None:
    told = stage.ready()
    assert "It is not" not in stage.browser("Ben").get(f"/reports/{told.report_id}/propose").text
    page = stage.browser("Carla").get(f"/reports/{told.report_id}/propose").text
    assert "not with you for review" in page
    assert "A colleague saved the draft last" in page
    fresh = stage.ready(state="new")
    assert "Confirm the report first" in stage.browser("Ben").get(f"/reports/{fresh.report_id}/propose").text
    bare = tell(stage.house, Story(state="confirmed"))
    assert "No clean text is saved yet" in stage.browser("Ben").get(f"/reports/{bare.report_id}/propose").text


def test_a_release_for_safeguarding_goes_before_the_full_one(stage: Stage) -> None:
    told = stage.ready(state="new", purpose="safeguarding")
    assert approve(stage.browser("Carla"), stage.proposed(told)).status_code == 303
    assert stage.state(told) == "new"
    with stage.house.database.read() as connection:
        review = connection.execute(select(models.reviews.c.state, models.reviews.c.second)).one()
    assert tuple(review) == ("open", True)
    with stage.house.database.write() as connection:
        connection.execute(models.reports.update().values(state="confirmed"))
    stage.save(told, purpose="full")
    assert approve(stage.browser("Carla"), stage.proposed(told)).status_code == 303
    assert stage.state(told) == "released"
    assert len([row for row in stage.handed() if hasattr(row, "acknowledge_by")]) == 2


def test_it_goes_back_with_a_reason_that_stays_sealed_and_can_be_proposed_again(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    empty = give_back(carla, proposal, "  ")
    assert empty.status_code == 422
    assert "Write what must be changed" in empty.text
    assert give_back(carla, proposal, "the sergeant is named twice").status_code == 303
    assert stage.state(told, proposal) == "returned"
    assert "the sergeant is named twice" in stage.browser("Ben").get(f"/reports/{told.report_id}").text
    assert not any("sergeant" in detail for _, detail in stage.said(told))
    again = stage.proposed(told)
    assert again.release_id != proposal.release_id
    assert approve(carla, again).status_code == 303


def test_its_author_withdraws_it_and_nobody_releases_it_then(stage: Stage) -> None:
    told = stage.ready()
    proposal, ben = stage.proposed(told), stage.browser("Ben")
    seen = f"/reports/{told.report_id}/release"
    assert ben.post(address(proposal, "withdrawn"), seen=seen).status_code == 303
    assert stage.state(told, proposal) == "void"
    assert approve(stage.browser("Carla"), proposal).status_code == 409
    assert stage.state(told) == "confirmed"


def test_what_never_left_is_told_to_be_gone_once_the_raw_text_is_and_raises_no_alarm(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    give_back(carla, proposal)
    with stage.house.database.write() as connection:
        forget_items(connection, [proposal.item_id])
    page = carla.get(address(proposal, "").rstrip("/")).text
    assert "its words are destroyed" in page
    assert LEFT not in page
    with stage.house.database.read() as connection:
        assert "storage" not in standing_alarms(connection)


def test_approving_asks_again_who_it_is(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    assert carla.get(address(proposal)).status_code == 200
    stage.house.clock.forward(11 * 60)
    answer = carla.get(address(proposal))
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/prove")
    assert approve(carla, proposal).headers["Location"].startswith("/prove")
    assert stage.state(told) == "confirmed"


def test_without_a_signing_key_the_page_tells_the_operators_command(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    with stage.house.database.write() as connection:
        connection.execute(models.desk_secrets.delete())
    page = carla.get(address(proposal)).text
    assert "hotline keys signing" in page
    assert "Release exactly this" not in page
    answer = approve(carla, proposal)
    assert answer.status_code == 409
    assert "hotline keys signing" in answer.text
    assert stage.handed() == []
    assert stage.state(told, proposal) == "proposed"


@pytest.mark.parametrize("here", [True, False], ids=["Carla is signed in", "nobody is"])
def test_those_on_call_are_asked_only_where_no_second_person_is_signed_in(stage: Stage, here: bool) -> None:
    if here:
        stage.browser("Carla")
    stage.proposed(stage.ready())
    with stage.house.database.read() as connection:
        asked = connection.execute(select(models.jobs.c.kind, models.jobs.c.subject)).all()
    assert [tuple(row) for row in asked if row.kind == "second"] == ([] if here else [("second", "")])


def test_nobody_is_told_that_somebody_may_release_what_nobody_may(stage: Stage) -> None:
    told = stage.ready()
    with stage.house.database.write() as connection:
        others = connection.scalars(select(models.people.c.person_id).where(models.people.c.alias != "Ben"))
        rows = [{"person_id": one, "report_id": told.report_id, "item_id": "", "unseen": False} for one in others.all()]
        connection.execute(insert(models.blocks), rows)
    assert "Nobody else may release it" in stage.browser("Ben").get(f"/reports/{told.report_id}/propose").text
