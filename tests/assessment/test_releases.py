"""People of a team list what was released to them, and open it: audited first, received once, from its bytes alone."""

from __future__ import annotations

import hashlib
import io
import re
import secrets

import pikepdf
import pytest
from sqlalchemy import delete, insert, select, update

from handlers.releasing.teams import audience_of
from storage.handed import handed_one
from storage.models import audit, handovers, team_items, team_wraps
from storage.sealing import seal_item
from storage.signing import RELEASE_KEY_FILE
from tests.assessment.handing import hand
from tests.assessment.staff import AssessmentHouse, browser_of

FILES = ("report.json", "report.pdf", "package.age")


def state(house: AssessmentHouse, release: str, team: str = "north") -> str:
    with house.database.read() as connection:
        handed = handed_one(connection, release, team)
    return handed.state if handed else "none"


def test_a_release_is_listed_opened_and_received_and_every_word_of_it_is_shown(
    assessment_house: AssessmentHouse,
) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north, text="He sells <b>cannabis</b>.\n\nIt is in a locker.")
    dev = browser_of(house, "Dev")
    listed = dev.get("/releases").text
    assert f"/releases/{release.release}" in listed
    assert "November 2026" in listed
    assert state(house, release.release) == "sent"
    page = dev.get(f"/releases/{release.release}")
    assert page.status_code == 200
    assert state(house, release.release) == "received"
    for words in ("He sells &lt;b&gt;cannabis&lt;/b&gt;.", "It is in a locker.", "Tom Wren", "2DP", "in the autumn"):
        assert words in page.text, words
    assert hashlib.sha256(release.packed()).hexdigest() in page.text
    assert ("release-opened", release.release) in house.audited()


def test_its_files_are_the_exact_bytes_the_document_and_the_package_as_it_was_handed(
    assessment_house: AssessmentHouse,
) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north, package=b"\x00age")
    dev = browser_of(house, "Dev")
    exact, document, package = (dev.get(f"/releases/{release.release}/{name}") for name in FILES)
    assert exact.data == release.packed()
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert release.release[:8] in str(pdf.docinfo["/Title"])
    assert package.data == b"\x00age"
    for answer, ending in ((exact, "json"), (document, "pdf"), (package, "age")):
        assert answer.headers["Content-Disposition"] == f'attachment; filename="release-{release.release}.{ending}"'
        assert answer.headers["Cache-Control"] == "no-store"
    done = [action for action, subject in house.audited() if subject == release.release]
    assert done == ["release-downloaded", "release-downloaded", "package-fetched"]
    assert state(house, release.release) == "received"


def test_another_teams_release_and_none_are_answered_alike_and_audited(assessment_house: AssessmentHouse) -> None:
    house = assessment_house
    theirs = hand(house.database, house.teams.south).release
    dev, ids = browser_of(house, "Dev"), (theirs, secrets.token_hex(16))
    for path in ("", *(f"/{name}" for name in FILES), "/outcome", "/question"):
        answers = [dev.get(f"/releases/{one}{path}") for one in ids]
        assert [answer.status_code for answer in answers] == [404, 404]
        said = {_without_tokens(answer.text.replace(one, "ID")) for one, answer in zip(ids, answers, strict=True)}
        assert len(said) == 1
    assert state(house, theirs, "south") == "sent"
    assert [subject for action, subject in house.audited() if action == "release-not-there"].count(theirs) == 6
    assert theirs not in dev.get("/releases").text


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def planted(house: AssessmentHouse, release_id: str, packed: bytes) -> None:
    """Put other bytes, sealed to the northern team's public key, in the place of what was handed over."""
    item = seal_item(packed, report_id=release_id, kind="release", audiences=[audience_of(house.teams.north.team)])
    with house.database.write() as connection:
        (row,) = connection.execute(select(team_items).where(team_items.c.release_id == release_id))
        connection.execute(delete(team_items).where(team_items.c.release_id == release_id))
        values = {**row._mapping, "item_id": item.item_id, "sealed": item.sealed}
        connection.execute(insert(team_items), values)
        connection.execute(insert(team_wraps), [{"item_id": item.item_id, **vars(wrap)} for wrap in item.wraps])


def test_what_was_swapped_doubled_or_made_for_another_team_is_shown_as_damaged_and_is_no_receipt(
    assessment_house: AssessmentHouse,
) -> None:
    house, north = assessment_house, assessment_house.teams.north
    swapped, other, doubled, passed_on, loose, moved = (hand(house.database, north) for _ in range(6))
    planted(house, swapped.release, other.packed())
    theirs = hand(house.database, house.teams.south)
    planted(house, passed_on.release, theirs.model_copy(update={"release": passed_on.release}).packed())
    planted(house, loose.release, b" " + loose.packed())
    with house.database.write() as connection:
        (row,) = connection.execute(select(team_items).where(team_items.c.release_id == doubled.release))
        second = {"item_id": secrets.token_hex(16), "once": secrets.token_hex(32)}
        connection.execute(insert(team_items), {**row._mapping, **second})
        to_north = (handovers.c.release_id == theirs.release,)  # whoever writes the row moves it to another team
        connection.execute(update(handovers).where(*to_north).values(team="north"))
    dev = browser_of(house, "Dev")
    for one in (swapped, doubled, passed_on, loose, theirs):
        for path in ("", "/report.json", "/report.pdf"):
            answer = dev.get(f"/releases/{one.release}{path}")
            assert answer.status_code == 422
            assert "cannot be opened" in answer.text
            assert "cannabis" not in answer.text
        assert state(house, one.release) == "sent"
        assert ("release-damaged", one.release) in house.audited()
    assert dev.get(f"/releases/{moved.release}").status_code == 200


def test_what_the_line_did_not_sign_is_shown_with_a_warning_and_given_out_as_no_file(
    assessment_house: AssessmentHouse,
) -> None:
    house, north = assessment_house, assessment_house.teams.north
    made_up, genuine, moved = (hand(house.database, north) for _ in range(3))
    words = made_up.model_copy(update={"text": "Words of somebody who writes the database."})
    planted(house, made_up.release, words.packed())
    with house.database.write() as connection:  # the signature of another release
        theirs = select(handovers.c.signature).where(handovers.c.release_id == genuine.release).scalar_subquery()
        connection.execute(update(handovers).where(handovers.c.release_id == moved.release).values(signature=theirs))
    dev = browser_of(house, "Dev")
    for one in (made_up, moved):
        assert "This is not signed by the line" in dev.get(f"/releases/{one.release}").text
        for name in ("report.json", "report.pdf"):
            answer = dev.get(f"/releases/{one.release}/{name}")
            assert (answer.status_code, "cannot be given out" in answer.text) == (422, True)
        assert ("release-unsigned", one.release) in house.audited()
    assert "not signed" not in dev.get(f"/releases/{genuine.release}").text
    (house.keys.folder / RELEASE_KEY_FILE).unlink()
    assert "This is not signed by the line" in dev.get(f"/releases/{genuine.release}").text


def test_nothing_is_opened_that_could_not_be_audited(
    assessment_house: AssessmentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = assessment_house
    release = hand(house.database, house.teams.north)
    dev = browser_of(house, "Dev")

    def refused(*_: object, **__: object) -> None:
        raise RuntimeError("the audit is full")

    monkeypatch.setattr("storage.audit.record", refused)
    for path in ("", *(f"/{name}" for name in FILES)):
        answer = dev.get(f"/releases/{release.release}{path}")
        assert answer.status_code == 500
        assert "cannabis" not in answer.text
    assert state(house, release.release) == "sent"
    with house.own.read() as connection:
        assert not connection.execute(select(audit).where(audit.c.subject == release.release)).all()


def test_the_list_goes_page_by_page_by_state_and_says_what_is_overdue(
    assessment_house: AssessmentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.assessment.releases.PAGE_SIZE", 2)
    house = assessment_house
    handed = [hand(house.database, house.teams.north).release for _ in range(3)]
    dev = browser_of(house, "Dev")
    first = dev.get("/releases").text
    (following,) = {part.partition('"')[0] for part in first.split("after=")[1:]}
    second = dev.get(f"/releases?after={following}").text
    shown = [re.findall(r'href="/releases/([0-9a-f]{32})"', page) for page in (first, second)]
    assert [len(page) for page in shown] == [2, 1]
    assert {*shown[0], *shown[1]} == set(handed)
    dev.get(f"/releases/{handed[0]}")
    assert handed[0] in dev.get("/releases?state=received").text
    assert handed[0] not in dev.get("/releases?state=sent").text
    assert "No release is in this state now" in dev.get("/releases?state=decided").text
    assert "Overdue" not in first
    house.clock.forward(60 * 86_400)
    dev.be("Dev")
    assert "Overdue" in dev.get("/releases").text
    for query in ("state=gone", "after=x"):
        assert dev.get(f"/releases?{query}").status_code == 404
