"""Exact bytes are released once, by a second person with another key, as they were proposed, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from storage import audit, releases
from storage.database import Database
from storage.handing_over import Handover, hand_over
from storage.keys import Audience, new_private_key, public_half
from storage.models import handovers, items, packages, people, reports, reviews, team_items, team_wraps
from storage.models import releases as release_rows
from storage.opening import GroupKey, open_item
from storage.releases import Proposal
from storage.review_rows import wait_for_review
from storage.sealing import SealedItem, seal_item

REPORT, RELEASE = "a" * 32, "b" * 32
BEN, CARLA = "1" * 32, "2" * 32
DESK = GroupKey("desk", 1, new_private_key())
TEAM = GroupKey("team:standards", 1, new_private_key())
BENS, CARLAS = (public_half(new_private_key()).hex() for _ in range(2))
BYTES = b'{"text":"exactly this"}'


def person(person_id: str, key: str) -> dict[str, object]:
    plain = {"sign_in_name": person_id, "alias": person_id, "role": "supervisor", "salt": b"", "wrapped_key": b""}
    return {"person_id": person_id, "public_key": bytes.fromhex(key), "totp_sealed": b"", **plain}


def fill(database: Database) -> None:
    """Keep a confirmed report that Ben reviews; Carla is his colleague."""
    report = {"report_id": REPORT, "case_number": "K7M-4QX2", "line": "example", "week": "2026-W47"}
    with database.write() as connection:
        connection.execute(
            insert(reports), {**report, "state": "confirmed", "urgent": "no", "language": "en", "channel": "voice"}
        )
        connection.execute(insert(people), [person(BEN, BENS), person(CARLA, CARLAS)])
        connection.execute(insert(reviews), {"report_id": REPORT, "state": "open", "reviewer": BEN, "week": "2026-W48"})


@pytest.fixture
def kept(database: Database) -> Database:
    fill(database)
    return database


def sealed(packed: bytes = BYTES) -> SealedItem:
    return seal_item(packed, report_id=REPORT, kind="release", audiences=[DESK.audience])


def proposed(database: Database, **changed: Any) -> Proposal:
    """Propose as Ben does, with the audit's entry."""
    item = sealed()
    plain = {"release_id": RELEASE, "report_id": REPORT, "team": "standards", "purpose": "full", "digest": "d" * 64}
    row = {**plain, "item_id": item.item_id, "author": BEN, "author_key": BENS, "week": "2026-W48", **changed}
    proposal = Proposal(**row)
    with database.write() as connection:
        releases.propose(connection, proposal, item)
        entry = {"action": releases.PROPOSED_ACTION, "subject": REPORT, "detail": proposal.told()}
        audit.record(connection, at=1, person=proposal.author, **entry)
    return proposal


def approve(database: Database, proposal: Proposal, approver: str = CARLA, key: str = CARLAS) -> None:
    with database.write() as connection:
        assert releases.lock(connection, REPORT) == "confirmed"
        releases.approve(connection, proposal, approver=approver, approver_key=key, week="2026-W49")


def states(database: Database) -> tuple[str, str, str]:
    """Return how release, review and report stand."""
    with database.read() as connection:
        found = releases.find(connection, REPORT, RELEASE)
        review = connection.scalar(select(reviews.c.state))
        report = connection.scalar(select(reports.c.state))
    return (found.state if found else "", str(review), str(report))


def test_what_one_proposes_another_releases(kept: Database) -> None:
    proposal = proposed(kept)
    assert states(kept) == ("proposed", "proposed", "confirmed")
    approve(kept, proposal)
    assert states(kept) == ("released", "released", "released")
    with kept.read() as connection:
        row = connection.execute(select(reports.c.status, reports.c.released)).one()
        assert tuple(row) == ("passed_on", "2026-W49")
        assert releases.proposal_of(connection, REPORT) is None
        [standing] = releases.released(connection, REPORT)
        assert standing.proposal.approver == CARLA
        assert standing.state == ""  # nothing was handed over here
        item = releases.bytes_of(connection, proposal)
    assert item is not None
    opened = open_item(
        item.sealed,
        item_id=item.item_id,
        report_id=REPORT,
        kind="release",
        wraps_of_item=item.wraps,
        group=DESK,
    )
    assert opened == BYTES


def test_a_release_for_safeguarding_leaves_the_full_one_due(kept: Database) -> None:
    approve(kept, proposed(kept, purpose="safeguarding"))
    assert states(kept) == ("released", "open", "confirmed")
    with kept.read() as connection:
        assert connection.scalar(select(reviews.c.second)) is True
        assert connection.scalar(select(reports.c.released)) == ""


@pytest.mark.parametrize(
    ("approver", "key"),
    [(BEN, BENS), (BEN, CARLAS), (CARLA, BENS)],
    ids=["himself", "himself with another key", "another name with his key"],
)
def test_nobody_releases_their_own_work(kept: Database, approver: str, key: str) -> None:
    proposal = proposed(kept)
    with pytest.raises(releases.OwnWork):
        approve(kept, proposal, approver, key)
    assert states(kept) == ("proposed", "proposed", "confirmed")


def test_the_key_that_the_author_took_since_is_theirs_as_well(kept: Database) -> None:
    proposal = proposed(kept)
    fresh = public_half(new_private_key())
    with kept.write() as connection:
        connection.execute(update(people).where(people.c.person_id == BEN).values(public_key=fresh))
    with pytest.raises(releases.OwnWork):
        approve(kept, proposal, CARLA, fresh.hex())
    approve(kept, proposal)


def test_who_is_named_with_another_public_key_than_theirs_releases_nothing(kept: Database) -> None:
    proposal = proposed(kept)
    with kept.write() as connection:
        strange = public_half(new_private_key())
        connection.execute(update(people).where(people.c.person_id == CARLA).values(public_key=strange))
    with pytest.raises(releases.KeyReplaced):
        approve(kept, proposal)


@pytest.mark.parametrize(
    "changed",
    [
        {"author": CARLA},
        {"author_key": CARLAS},
        {"team": "other"},
        {"purpose": "safeguarding"},
        {"digest": "e" * 64},
        {"item_id": "c" * 32},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_row_that_was_changed_after_it_was_proposed_counts_for_nothing(
    kept: Database, changed: dict[str, str]
) -> None:
    proposal = proposed(kept)
    with kept.write() as connection:
        connection.execute(update(release_rows).values(changed))
    with pytest.raises(releases.NotProposed):  # against what was seen before
        approve(kept, proposal)
    third = public_half(new_private_key())
    with kept.write() as connection:
        connection.execute(insert(people), person("3" * 32, third.hex()))
    if "item_id" not in changed:  # its bytes are compared with the digest by whoever opens them
        with pytest.raises(releases.NotVouchedFor):  # and by whoever only sees it changed
            approve(kept, replace(proposal, **changed), "3" * 32, third.hex())
    assert states(kept)[2] == "confirmed"


def test_what_nobody_at_the_desk_proposed_is_not_released(kept: Database) -> None:
    with kept.write() as connection:
        item = sealed()
        row = ("standards", "full", "d" * 64, item.item_id, BEN, BENS, "2026-W48")
        forged = Proposal(RELEASE, REPORT, *row)
        releases.propose(connection, forged, item)
    with pytest.raises(releases.NotVouchedFor):
        approve(kept, forged)


def test_it_is_released_once(kept: Database) -> None:
    proposal = proposed(kept)
    approve(kept, proposal)
    with kept.write() as connection, pytest.raises(releases.NotProposed):
        releases.approve(connection, proposal, approver=CARLA, approver_key=CARLAS, week="2026-W49")


def test_only_one_stands_at_a_time_and_only_of_who_reviews_the_report(kept: Database) -> None:
    proposed(kept)
    with pytest.raises(releases.NotToBeProposed):
        proposed(kept, release_id="c" * 32)
    with kept.write() as connection:
        assert releases.void(connection, REPORT)
    with pytest.raises(releases.NotToBeProposed):
        proposed(kept, release_id="c" * 32, author=CARLA, author_key=CARLAS)
    with kept.read() as connection:  # nothing of those tries was kept
        assert len(connection.execute(select(items.c.item_id)).all()) == 1
    proposed(kept, release_id="c" * 32)


def test_what_is_void_or_sent_back_is_not_released(kept: Database) -> None:
    proposal = proposed(kept)
    with kept.write() as connection:
        assert releases.void(connection, REPORT)
        assert not releases.void(connection, REPORT)
    assert states(kept) == ("void", "open", "confirmed")
    with pytest.raises(releases.NotProposed):
        approve(kept, proposal)
    again = proposed(kept, release_id="c" * 32)
    with kept.write() as connection:
        with pytest.raises(releases.OwnWork):
            releases.give_back(connection, again, approver=BEN)
        releases.give_back(connection, again, approver=CARLA)
    with pytest.raises(releases.NotProposed):
        approve(kept, again)
    with kept.read() as connection:
        assert connection.scalar(select(reviews.c.state)) == "returned"
    proposed(kept, release_id="d" * 32)


@pytest.mark.parametrize(("purpose", "stands"), [("full", "void"), ("safeguarding", "proposed")])
def test_a_report_that_is_confirmed_anew_voids_what_was_proposed_in_full(
    kept: Database, purpose: str, stands: str
) -> None:
    proposed(kept, purpose=purpose)
    with kept.write() as connection:
        wait_for_review(connection, REPORT, week="2026-W50", urgent=False)
    assert states(kept)[0] == stands
    assert states(kept)[1] == ("open" if stands == "void" else "proposed")


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


def test_of_two_who_edit_and_approve_at_once_exactly_one_wins(kept: Database) -> None:
    voided: list[bool] = []

    def edit() -> None:
        with kept.write() as connection:
            voided.append(releases.void(connection, REPORT))

    for number in range(6):
        proposal = proposed(kept, release_id=f"{number:032x}")
        _, refused = at_once(edit, lambda proposal=proposal: approve(kept, proposal))  # type: ignore[misc]
        assert voided.pop() is (refused is not None)
        with kept.write() as connection:  # for another round
            state = releases.find(connection, REPORT, proposal.release_id)
            assert state is not None
            assert state.state == ("void" if refused else "released")
            connection.execute(update(reviews).values(state="open"))
            connection.execute(update(reports).values(state="confirmed"))


def test_of_two_who_approve_at_once_exactly_one_does(kept: Database) -> None:
    third = public_half(new_private_key())
    with kept.write() as connection:
        connection.execute(insert(people), person("3" * 32, third.hex()))
    proposal = proposed(kept)

    def by(approver: str, key: str) -> Callable[[], None]:
        def deed() -> None:
            with kept.write() as connection:
                releases.lock(connection, REPORT)
                releases.approve(connection, proposal, approver=approver, approver_key=key, week="2026-W49")

        return deed

    raised = at_once(by(CARLA, CARLAS), by("3" * 32, third.hex()))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "NotProposed"]


def handed(connection: Connection, audience: Audience) -> SealedItem:
    item = seal_item(BYTES, report_id=RELEASE, kind="release", audiences=[audience])
    handover = Handover(RELEASE, "standards", "full", "2026-11", "2026-W49", "2027-W09")
    hand_over(connection, handover, item=item, package=b"sealed")
    return item


def test_what_is_handed_over_names_no_report_and_opens_for_the_team_alone(kept: Database) -> None:
    proposal = proposed(kept)
    approve(kept, proposal)
    with kept.write() as connection:
        item = handed(connection, TEAM.audience)
    with kept.read() as connection:
        rows = [
            repr(tuple(row)) + repr(row._mapping.get("sealed"))
            for table in (handovers, team_items, team_wraps, packages)
            for row in connection.execute(select(table))
        ]
        assert len(rows) == 4
        assert not any(REPORT in row for row in rows)
        wraps = connection.execute(select(team_wraps)).all()
        [standing] = releases.released(connection, REPORT)
    assert [wrap.audience for wrap in wraps] == ["team:standards"]
    assert (standing.state, standing.acknowledge_by, standing.feedback_by) == ("sent", "2026-W49", "2027-W09")
    named = {"item_id": item.item_id, "report_id": RELEASE, "kind": "release"}
    assert open_item(item.sealed, **named, wraps_of_item=item.wraps, group=TEAM) == BYTES
