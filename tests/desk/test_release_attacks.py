"""What must not leave does not: own work, stale pages, swapped rows, exchanged keys: each refused and audited."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from handlers.releasing.content import digest, unpacked
from storage import models, releases
from storage.clock import TurnedClock
from storage.contents import Subject
from storage.database import Database
from storage.jobs import standing_alarms
from storage.keys import new_private_key, public_half
from storage.opening import open_item
from storage.releases import Proposal
from storage.replies import is_withdrawn
from storage.sealing import SealedItem, seal_item
from storage.signing_key import make_signing_key
from tests.desk.beside import add_subject, close_to
from tests.desk.cleaning import add_clip
from tests.desk.releases import Stage, address, approve, give_back, stage_on, supervisors
from tests.desk.staff import Hired, Keys, Told, id_of

__all__ = ["supervisors"]


@pytest.fixture
def stage(keys: Keys, supervisors: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(keys, supervisors, database, clock, tmp_path) as opened:
        yield opened


def refused(stage: Stage, told: Told, proposal: Proposal, why: str, *, status: int = 409, name: str = "Carla") -> str:
    """See that somebody's approval is refused, written down, and that nothing left; return the page."""
    before = stage.state(told)
    answer = approve(stage.browser(name), proposal)
    assert answer.status_code == status
    assert stage.refusals(told)[-1:] == [why]
    assert stage.state(told) == before
    assert stage.handed() == []
    return " ".join(answer.text.split())


def alarm_stands(stage: Stage) -> bool:
    with stage.house.database.read() as connection:
        return "storage" in standing_alarms(connection)


def item_of(stage: Stage, proposal: Proposal) -> SealedItem:
    with stage.house.database.read() as connection:
        item = releases.bytes_of(connection, proposal)
    assert item is not None
    return item


def plain(stage: Stage, proposal: Proposal) -> bytes:
    item = item_of(stage, proposal)
    named = {"item_id": item.item_id, "report_id": item.report_id, "kind": item.kind}
    return open_item(item.sealed, **named, wraps_of_item=item.wraps, group=stage.house.keys.desk)


def swap(stage: Stage, proposal: Proposal, packed: bytes) -> None:
    """Seal other bytes under the same id, as whoever writes the database can."""
    desk = [stage.house.keys.public.desk]
    item = seal_item(packed, report_id=proposal.report_id, kind="release", audiences=desk, item_id=proposal.item_id)
    with stage.house.database.write() as connection:
        mine = models.wraps.c.item_id == proposal.item_id
        connection.execute(
            update(models.items).where(models.items.c.item_id == proposal.item_id).values(sealed=item.sealed)
        )
        connection.execute(update(models.wraps).where(mine).values(wrapped=item.wraps[0].wrapped))


def change_row(stage: Stage, table: Any, **values: Any) -> None:
    with stage.house.database.write() as connection:
        connection.execute(update(table).values(values))


def test_nobody_releases_or_sends_back_their_own_work(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    ben = stage.browser("Ben")
    page = ben.get(address(proposal)).text
    assert "You proposed this" in page
    assert "Release exactly this" not in page
    refused(stage, told, proposal, "own-work", name="Ben")
    assert give_back(ben, proposal, "mine").status_code == 409
    assert stage.state(told, proposal) == "proposed"


def test_a_page_that_was_shown_before_the_last_edit_releases_nothing(stage: Stage) -> None:
    told = stage.ready()
    first, carla = stage.proposed(told), stage.browser("Carla")
    stage.save(told, where="the north")
    second = stage.proposed(told)
    assert approve(carla, first).status_code == 409
    assert approve(carla, second, first.digest).status_code == 409  # an old hash on the new address
    assert approve(carla, second, digest(b"anything")).status_code == 409
    assert stage.refusals(told) == ["changed"] * 3
    assert stage.state(told, first) == "void"
    assert approve(carla, second).status_code == 303


def test_an_edit_in_between_makes_it_void(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    stage.save(told, handling="C", conditions="Ask first")
    page = refused(stage, told, proposal, "changed")
    assert "Look at it as it is now" in page
    assert stage.state(told, proposal) == "void"


def test_bytes_that_were_swapped_are_shown_as_damaged_and_raise_an_alarm(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    release = unpacked(plain(stage, proposal))
    other = release.model_copy(update={"text": "Something else."}).packed()
    swap(stage, proposal, other)
    answer = stage.browser("Carla").get(address(proposal))
    assert answer.status_code == 409
    assert "It is damaged" in answer.text
    assert "Release exactly this" not in answer.text
    assert "Something else" not in answer.text
    refused(stage, told, proposal, "damaged")
    assert alarm_stands(stage)
    change_row(stage, models.releases, digest=digest(other))  # and the digest with them
    changed = stage.standing(told)
    refused(stage, told, changed, "not-vouched-for")


def test_the_bytes_of_another_report_in_its_place_do_not_open(stage: Stage) -> None:
    told, other = stage.ready(), stage.ready()
    proposal, strange = stage.proposed(told), stage.proposed(other)
    item = item_of(stage, strange)
    with stage.house.database.write() as connection:
        here = models.items.c.item_id == proposal.item_id
        connection.execute(update(models.items).where(here).values(sealed=item.sealed))
    refused(stage, told, proposal, "damaged")
    change_row(stage, models.releases, item_id=strange.item_id)
    refused(stage, told, stage.standing(told), "damaged")


def test_the_digest_of_another_release_releases_neither(stage: Stage) -> None:
    told, other = stage.ready(), stage.ready()
    proposal, strange, carla = stage.proposed(told), stage.proposed(other), stage.browser("Carla")
    assert approve(carla, proposal, strange.digest).status_code == 409
    crossed = replace(strange, report_id=told.report_id)
    assert approve(carla, crossed).status_code == 404  # one report's address, another's release
    assert stage.handed() == []


def test_what_nobody_here_proposed_is_told_as_forged(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    change_row(stage, models.releases, author=id_of(stage.house, "Dora"))  # so that Ben himself could approve it
    page = refused(stage, told, stage.standing(told), "not-vouched-for", name="Ben")
    assert "treat it as forged" in page
    assert alarm_stands(stage)
    assert stage.state(told, proposal) == "proposed"


@pytest.mark.parametrize("end", ["returned", "withdrawn", "released"])
def test_what_ended_is_not_brought_back_by_changing_its_row(stage: Stage, end: str) -> None:
    told = stage.ready(state="new", purpose="safeguarding")
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    seen = f"/reports/{told.report_id}/release"
    if end == "released":
        assert approve(carla, proposal).status_code == 303
    else:
        assert carla.post(address(proposal, end), {"reason": "it names her"}, seen=seen).status_code == 303
    handed = stage.handed()
    change_row(stage, models.releases, state="proposed", approver="", week=proposal.week)
    change_row(stage, models.reviews, state="proposed")
    assert stage.standing(told) == proposal
    answer = approve(stage.browser("Dora"), proposal)
    assert answer.status_code == 409
    assert stage.refusals(told) == ["not-vouched-for"]
    assert stage.handed() == handed


def test_a_draft_that_was_put_in_its_place_is_damaged(stage: Stage) -> None:
    told, other = stage.ready(), stage.ready(where="elsewhere")
    proposal = stage.proposed(told)
    with stage.house.database.write() as connection:
        theirs = select(models.reviews.c.item_id).where(models.reviews.c.report_id == other.report_id)
        mine = update(models.reviews).where(models.reviews.c.report_id == told.report_id)
        connection.execute(mine.values(item_id=connection.scalar(theirs)))
    refused(stage, told, proposal, "damaged")


def test_a_public_key_that_was_replaced_in_the_database_releases_nothing(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    with stage.house.database.write() as connection:
        hers = models.people.c.alias == "Carla"
        strange = public_half(new_private_key())
        connection.execute(update(models.people).where(hers).values(public_key=strange))
    assert approve(carla, proposal).status_code == 409
    assert stage.refusals(told) == ["key-replaced"]
    assert stage.handed() == []
    assert alarm_stands(stage)


def test_a_key_of_the_team_that_changed_makes_it_void(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    north, south = (one.team for one in stage.squads)
    fresh = north.model_copy(update={"group_key": public_half(new_private_key()).hex(), "epoch": 2})
    stage.house.settings.line_file.write_text("nothing", encoding="utf-8")
    refused(stage, told, proposal, "line-file-changed")  # the file is another, the desk not started anew
    stage.restart_with(fresh, south)
    refused(stage, told, proposal, "team-changed")
    assert stage.state(told, proposal) == "void"
    stage.save(told)
    assert approve(stage.browser("Carla"), stage.proposed(told)).status_code == 303
    with stage.house.database.read() as connection:
        assert connection.scalar(select(models.team_wraps.c.epoch)) == 2


def test_a_team_that_the_report_may_not_go_to_any_more_gets_nothing(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    north, south = (one.team for one in stage.squads)
    stage.restart_with(north.model_copy(update={"people": ("Tom Wren",)}), south)  # he has joined them
    refused(stage, told, proposal, "not-to-this-team")
    assert stage.state(told, proposal) == "void"


def test_a_subject_that_is_named_since_makes_it_void(stage: Stage) -> None:
    told, other = stage.ready(), stage.ready()
    proposal, ben = stage.proposed(told), stage.browser("Ben")
    assert add_subject(ben, told, name="Inspector Hale", force="Northshire Police").status_code == 303
    assert stage.state(told, proposal) == "void"
    assert ("release-voided", "subjects changed") in stage.said(told)
    behind = stage.proposed(other)
    stage.confirm(other, Subject("officer", name="Hale", force="Northshire Police"))  # had no page voided it
    refused(stage, other, behind, "not-to-this-team")


def test_to_whom_the_report_is_closed_it_is_not_there_and_what_was_proposed_is_void(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    assert close_to(stage.browser("Ben"), told, "Carla").status_code == 303
    assert carla.get(address(proposal)).status_code == 404
    assert approve_unseen(stage, proposal) == 404
    assert stage.state(told, proposal) == "void"
    stage.save(told)
    again = stage.proposed(told)
    assert approve(stage.browser("Dora"), again).status_code == 303


def approve_unseen(stage: Stage, proposal: Proposal) -> int:
    form = {"digest": proposal.digest}
    return stage.browser("Carla").post(address(proposal), form, seen="/reports").status_code


def test_something_new_from_the_caller_makes_it_void(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    change_row(stage, models.reports, state="new", added_to=True)
    refused(stage, told, proposal, "report-changed")
    assert stage.state(told, proposal) == "void"


def test_what_was_added_and_confirmed_since_is_not_left_out(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    add_clip(stage.house, told, "do not say which sergeant", "leave_out")
    add_clip(stage.house, told, "his sergeant takes half of it")
    refused(stage, told, proposal, "report-changed")
    assert stage.state(told, proposal) == "void"
    page = stage.browser("Ben").get(f"/reports/{told.report_id}/propose").text
    assert "take in what is new" in page
    assert "Propose exactly this" not in page


def test_whoever_harms_one_item_hides_nothing_that_was_added_since(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    broken = {"item_id": "c" * 32, "report_id": told.report_id, "kind": "answer", "sealed": b"x"}
    with stage.house.database.write() as connection:
        connection.execute(models.items.insert(), broken)
    assert stage.browser("Carla").get(address(proposal)).status_code == 200, "by itself it keeps nothing back"
    add_clip(stage.house, told, "it was another sergeant")
    refused(stage, told, proposal, "report-changed")
    page = stage.browser("Ben").get(f"/reports/{told.report_id}/clean").text
    assert "it was another sergeant" in page


def test_what_protects_somebody_does_not_wait_for_what_was_added_but_says_so(stage: Stage) -> None:
    told = stage.ready(state="new", purpose="safeguarding")
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    add_clip(stage.house, told, "his sergeant takes half of it")
    assert "The report says more by now" in carla.get(address(proposal)).text
    assert approve(carla, proposal).status_code == 303


def test_what_its_caller_withdrew_is_proposed_and_released_by_nobody_but_to_protect_somebody(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    change_row(stage, models.reports, status="withdrawn")
    refused(stage, told, proposal, "withdrawn-by-caller")
    assert stage.state(told, proposal) == "void"
    stage.save(told, purpose="safeguarding")
    assert approve(stage.browser("Carla"), stage.proposed(told)).status_code == 303
    with stage.house.database.read() as connection:
        assert is_withdrawn(connection, told.report_id)


def test_what_names_a_month_that_is_long_over_is_void(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    stage.house.clock.forward(70 * 86_400)
    refused(stage, told, proposal, "too-old")
    assert stage.state(told, proposal) == "void"


def test_another_signing_key_than_the_teams_know_signs_nothing(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    with stage.house.database.write() as connection:
        make_signing_key(connection, stage.house.keys.desk)
    refused(stage, told, proposal, "signing-key-exchanged")
    assert stage.state(told, proposal) == "proposed"


def test_sent_again_it_is_released_once(stage: Stage) -> None:
    told = stage.ready()
    proposal, carla = stage.proposed(told), stage.browser("Carla")
    assert approve(carla, proposal).status_code == 303
    handed = stage.handed()
    assert approve(carla, proposal).status_code == 409
    assert approve(stage.browser("Dora"), proposal).status_code == 409
    assert give_back(carla, proposal).status_code == 409
    assert stage.handed() == handed
    assert [action for action, _ in stage.said(told)].count("report-released") == 1


def test_when_one_part_of_a_release_fails_nothing_of_it_happened(stage: Stage) -> None:
    told = stage.ready()
    proposal = stage.proposed(told)
    with stage.house.database.write() as connection:  # the team has one of this id already
        row = {"release_id": proposal.release_id, "team": "x", "purpose": "full", "month": "2026-11", "state": "sent"}
        connection.execute(insert(models.handovers), {**row, "acknowledge_by": "", "feedback_by": ""})
    before = stage.handed()
    assert approve(stage.browser("Carla"), proposal).status_code == 500
    assert stage.handed() == before
    assert stage.state(told, proposal) == "proposed"
    assert "report-released" not in dict(stage.said(told))


def test_of_an_edit_and_an_approval_at_once_exactly_one_wins(stage: Stage) -> None:
    carla = stage.browser("Carla")
    for number in range(3):
        told = stage.ready()
        proposal = stage.proposed(told)
        status: list[int] = []

        def edit(told: Told = told, number: int = number) -> None:
            stage.save(told, where=f"area {number}")

        def release(proposal: Proposal = proposal, status: list[int] = status) -> None:
            status.append(approve(carla, proposal).status_code)

        raised = at_once(edit, release)
        was_released = stage.state(told) == "released"
        assert status == [303 if was_released else 409]
        assert bool(raised[0]) is was_released  # who edits too late is told so, and nothing of theirs is kept
        assert stage.state(told, proposal) == ("released" if was_released else "void")


def at_once(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """Do several things at the same time and return what each raised."""
    gate = threading.Barrier(len(deeds))
    raised: list[BaseException | None] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            deed()
        except Exception as error:  # noqa: BLE001 (told to the test)
            raised[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
