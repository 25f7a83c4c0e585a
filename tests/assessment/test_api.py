"""A team's own system lists, fetches, answers and asks, once each however often it sends, and never another team's."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from handlers.assessment.api.problems import KINDS
from storage.api_tokens import revoke
from storage.contents import Outcome, Question
from storage.handed import sealed_items
from storage.models import api_tokens, team_items
from storage.opening import GroupKey, open_item
from tests.assessment.api_caller import Stand
from tests.assessment.handing import DESK_KEY, NORTH_TEAM, SOUTH_TEAM, group_of, hand

OUTCOME = {
    "disposition": "investigate",
    "reference": "NP/26/114",
    "due": "2027-02-01",
    "words": "A unit looks into it.",
}
ASKED = {"text": "Was the locker numbered?"}


def fetched(stand: Stand) -> str:
    """Hand a release to the northern team, which fetches it."""
    release = hand(stand.means.line, NORTH_TEAM).release
    assert stand.north.get(f"/releases/{release}/package").status_code == 200
    return release


def opened(stand: Stand, release: str, kind: str, group: GroupKey) -> list[bytes]:
    with stand.means.line.read() as connection:
        items = sealed_items(connection, release, "north", (kind,))
    return [
        open_item(
            one.sealed,
            item_id=one.item_id,
            report_id=one.report_id,
            kind=one.kind,
            wraps_of_item=one.wraps,
            group=group,
        )
        for one in items
    ]


def test_a_system_lists_fetches_decides_and_asks(stand: Stand) -> None:
    release = hand(stand.means.line, NORTH_TEAM, package=b"\x00age").release
    listed = stand.north.get("/releases").json
    assert listed == {
        "releases": [
            {
                "release": release,
                "month": "2026-11",
                "purpose": "full",
                "state": "sent",
                "outcome": None,
                "acknowledge_by": "2026-W49",
                "feedback_by": "2027-W08",
            }
        ],
        "next": None,
    }
    package = stand.north.get(f"/releases/{release}/package")
    assert (package.data, package.mimetype) == (b"\x00age", "application/octet-stream")
    assert stand.north.get("/releases?state=received").json["releases"][0]["release"] == release
    given = stand.north.post(f"/releases/{release}/outcomes", OUTCOME)
    asked = stand.north.post(f"/releases/{release}/questions", ASKED)
    assert [given.status_code, asked.status_code] == [201, 201]
    assert stand.north.get(f"/releases/{release}/said").json == {"said": [given.json, asked.json]}
    assert stand.north.get("/releases").json["releases"][0]["outcome"] == "investigate"
    for group in (DESK_KEY, group_of(NORTH_TEAM)):
        (outcome,), (question,) = (opened(stand, release, kind, group) for kind in ("outcome", "question"))
        words = Outcome("investigate", "NP/26/114", "2027-02-01", "A unit looks into it.", "", stand.clock.now())
        assert Outcome.unpacked(outcome) == words
        assert Question.unpacked(question) == Question("Was the locker numbered?", "", stand.clock.now())


def test_every_request_is_audited_with_ids_and_no_words(stand: Stand) -> None:
    release = fetched(stand)
    stand.north.get("/releases")
    given = stand.north.post(f"/releases/{release}/outcomes", OUTCOME).json
    asked = stand.north.post(f"/releases/{release}/questions", ASKED).json
    stand.north.get(f"/releases/{release}/said")
    stand.south.get(f"/releases/{release}/package")
    me = stand.north.token_id
    assert stand.audited() == [
        (me, "package-fetched", release, ""),
        (me, "releases-listed", "north", ""),
        (me, "outcome-sent", release, f"{given['id']} investigate"),
        (me, "question-sent", release, asked["id"]),
        (me, "said-listed", release, ""),
        (stand.south.token_id, "release-not-there", release, ""),
    ]


@pytest.mark.parametrize(("path", "body"), [("outcomes", OUTCOME), ("questions", ASKED)])
def test_what_is_sent_twice_is_kept_once_and_other_words_under_its_key_are_refused(
    stand: Stand, path: str, body: dict[str, str]
) -> None:
    release = fetched(stand)
    address = f"/releases/{release}/{path}"
    first = stand.north.post(address, body, "key-00000001")
    stand.clock.forward(3600)
    again = stand.north.post(address, body, "key-00000001")
    assert (again.status_code, again.json) == (201, first.json)
    other = stand.north.post(address, {**body, next(iter(body)): "record"}, "key-00000001")
    assert (other.status_code, other.json["type"]) == (422, "urn:hotline:problem:key-reused")
    assert len(stand.north.get(f"/releases/{release}/said").json["said"]) == 1


def test_another_teams_release_and_none_are_answered_alike(stand: Stand) -> None:
    release = fetched(stand)
    answers = []
    for one in (release, "0" * 32, "nonsense", "0" * 31 + "G"):
        of = [stand.south.get(f"/releases/{one}/{path}") for path in ("package", "said")]
        of += [stand.south.post(f"/releases/{one}/outcomes", OUTCOME, "key-00000001")]
        of += [stand.south.post(f"/releases/{one}/questions", ASKED, "key-00000001")]
        answers += [(answer.status_code, answer.data, str(answer.headers)) for answer in of]
    assert {status for status, _, _ in answers} == {404}
    assert len(set(answers)) == 1
    assert stand.south.get("/releases").json["releases"] == []


def test_nothing_is_said_of_what_was_not_received(stand: Stand) -> None:
    release = hand(stand.means.line, NORTH_TEAM).release
    refused = stand.north.post(f"/releases/{release}/outcomes", OUTCOME)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:hotline:problem:not-received")
    assert stand.north.send("HEAD", f"/releases/{release}/package").status_code == 405
    assert stand.north.get("/releases").json["releases"][0]["state"] == "sent"


def test_a_later_outcome_corrects_and_both_are_kept(stand: Stand) -> None:
    release = fetched(stand)
    for disposition in ("record", "safeguard"):
        assert stand.north.post(f"/releases/{release}/outcomes", {"disposition": disposition}).status_code == 201
    assert stand.north.get("/releases").json["releases"][0]["outcome"] == "safeguard"
    kept = [Outcome.unpacked(one).disposition for one in opened(stand, release, "outcome", DESK_KEY)]
    assert kept == ["record", "safeguard"]


def test_who_shows_no_valid_token_learns_nothing(stand: Stand) -> None:
    release = fetched(stand)
    over = stand.caller(NORTH_TEAM, until="2026-10")
    gone = stand.caller(NORTH_TEAM)
    with stand.means.line.write() as connection:
        revoke(connection, gone.token_id, "north")
    nobody = stand.caller(SOUTH_TEAM)
    with stand.means.line.write() as connection:  # a team that is not in the line's file any more
        connection.execute(api_tokens.update().where(api_tokens.c.token_id == nobody.token_id).values(team="west"))
    answers = set()
    for caller in (stand.stranger, over, gone, nobody):
        for path in ("/releases", f"/releases/{release}/package", "/nowhere", f"/releases/{'0' * 32}/said"):
            for method in ("GET", "POST", "DELETE"):
                answer = caller.send(method, path)
                answers.add((answer.status_code, answer.data, str(answer.headers)))
    assert len(answers) == 1
    ((status, body, headers),) = answers
    assert status == 401
    assert b"token" in body
    assert "WWW-Authenticate: Bearer" in headers


WRONG: list[tuple[Any, str, str]] = [
    ({}, "disposition", "it is missing"),
    ({"disposition": "Investigate"}, "disposition", "it is none of"),
    ({"disposition": 1}, "disposition", "it is none of"),
    ({"disposition": "record", "due": "2027-02-30"}, "due", "there is no such day"),
    ({"disposition": "record", "due": "soon"}, "due", "it is not written as the document says"),
    ({"disposition": "record", "due": 5}, "due", "it is of the wrong type"),
    ({"disposition": "record", "reference": "a\nb"}, "reference", "it must be one line"),
    ({"disposition": "record", "reference": "a" * 101}, "reference", "it is longer than 100 letters"),
    ({"disposition": "record", "words": "a\u202eb"}, "words", "it holds a letter that cannot be seen"),
    ({"disposition": "record", "words": "a" * 4001}, "words", "it is longer than 4000 letters"),
    ({"disposition": "record", "who": "x"}, "who", "there is no such field"),
    ([], "the body", "it is of the wrong type"),
    (b"{", "the body", "it is no JSON"),
    (b"\xff", "the body", "it is no JSON"),
    (b'{"disposition": "record", "words": "\\ud800"}', "the body", "it is no JSON"),
]


def test_a_mistake_is_told_with_its_field_and_why_and_keeps_nothing(stand: Stand) -> None:
    release = fetched(stand)
    as_json = {"Content-Type": "application/json"}
    for body, field, why in WRONG:
        answer = stand.north.post(f"/releases/{release}/outcomes", body, headers=as_json)
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), body
        (error,) = answer.json["errors"]
        assert error["field"] == field, body
        assert why in error["why"], body
    assert stand.north.get(f"/releases/{release}/said").json == {"said": []}


def test_a_question_of_spaces_alone_is_no_question(stand: Stand) -> None:
    release = fetched(stand)
    answer = stand.north.post(f"/releases/{release}/questions", {"text": " \n "})
    assert answer.json["errors"] == [{"field": "text", "why": "it is empty"}]


def test_keys_types_sizes_and_methods_that_do_not_fit_are_refused(stand: Stand) -> None:
    release = fetched(stand)
    address = f"/releases/{release}/outcomes"
    for key in ("", "short", "x" * 101, "with space", "\u00e9" * 8):
        answer = stand.north.post(address, OUTCOME, key)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "Idempotency-Key"), key
    assert stand.north.post(address, b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert stand.north.post(address, b"a" * 40_000, headers={"Content-Type": "application/json"}).status_code == 413
    put = stand.north.send("PUT", address)
    assert (put.status_code, put.headers["Allow"]) == (405, "POST")
    assert stand.north.send("OPTIONS", address).status_code == 405
    for query in ("state=gone", "after=x", "after=2026-11." + "x" * 32):
        answer = stand.north.get(f"/releases?{query}")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, query.partition("=")[0])
    assert {type(kind.status) for kind in KINDS} == {int}


def test_pages_follow_each_other_and_show_each_release_once(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.assessment.api.app.PAGE_SIZE", 2)
    handed = {hand(stand.means.line, NORTH_TEAM).release for _ in range(5)}
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = stand.north.get(f"/releases?after={after}").json
        seen += [one["release"] for one in page["releases"]]
        after = page["next"]
    assert len(seen) == 5
    assert set(seen) == handed


def test_who_asks_too_often_waits_and_hinders_nobody_else(stand: Stand) -> None:
    statuses = [stand.north.get("/releases").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    refused = stand.north.get("/releases")
    assert refused.json["type"] == "urn:hotline:problem:too-often"
    assert [stand.stranger.get("/releases").status_code for _ in range(62)] == [401] * 60 + [429] * 2
    assert stand.south.get("/releases").status_code == 200
    stand.clock.forward(int(refused.headers["Retry-After"]))
    assert [stand.north.get("/releases").status_code for _ in range(2)] == [200, 429]


def test_what_the_database_holds_shows_neither_words_nor_references_nor_tokens(stand: Stand) -> None:
    release = fetched(stand)
    stand.north.post(f"/releases/{release}/outcomes", OUTCOME, "key-00000001")
    stand.north.post(f"/releases/{release}/questions", ASKED, "key-00000002")
    with stand.means.line.read() as connection:
        held = [str(row) for table in (team_items, api_tokens) for row in connection.execute(select(table))]
    held += [str(entry) for entry in stand.audited()]
    for secret in ("NP/26/114", "looks into", "locker", "2027-02-01", "key-0000", stand.north.token):
        assert not any(secret in row for row in held), secret


def test_a_page_of_another_host_is_none(stand: Stand) -> None:
    client = stand.app.test_client()
    answer = client.get(
        "/releases", base_url="http://other.test", headers={"Authorization": f"Bearer {stand.north.token}"}
    )
    assert answer.status_code in (400, 401)
    assert stand.audited() == []


def test_a_failure_says_nothing_of_what_was_sent(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret word")

    release = fetched(stand)
    monkeypatch.setattr("handlers.assessment.saying.seal_item", broken)
    answer = stand.north.post(f"/releases/{release}/questions", {"text": secrets.token_hex(8)})
    assert (answer.status_code, answer.json["type"]) == (500, "urn:hotline:problem:broken")
    assert "secret" not in answer.text
