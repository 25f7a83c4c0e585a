"""A call's page: what its handler asks for, what everybody else is refused, and what the page tells and never tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import models
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, offers, passes, rooms
from storage.opening import open_for_worker, read_worker_key
from storage.sealing import seal_with_token, token_hash
from tests.desk.callers import LEG, hang_up, open_live_house, ring_and_offer, sit_down, token_of_seat
from tests.desk.staff import Browser, Hired, House, Keys, audited, browser_of, id_of

TOKEN = "d" * 32
DEEDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("held", {"held": "yes"}),
    ("aside", {"asked": "silent_danger"}),
    ("said", {"said": "duty"}),
    ("alerted", {}),
    ("finished", {"reason": "finished"}),
)


@pytest.fixture
def live_house(keys: Keys, hired: Hired, database: Database, clock: TurnedClock, tmp_path: Path) -> Iterator[House]:
    with open_live_house(keys, hired, database, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def talk(live_house: House) -> str:
    """Amina talks with a caller."""
    talk = ring_and_offer(live_house, urgent=True, call_key="ada-secret-key")
    amina = browser_of(live_house, "Amina")
    amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    sit_down(live_house, token_of_seat(amina.get(f"/live/call/{talk}").text))
    return talk


@pytest.fixture
def amina(live_house: House) -> Browser:
    return browser_of(live_house, "Amina")


def state(house: House, talk: str) -> conduct.Talk:
    with house.database.read() as connection:
        found = conduct.talk(connection, talk)
    assert found is not None
    return found


def do(browser: Browser, talk: str, deed: str, form: dict[str, str]) -> tuple[int, str]:
    """Send a deed as the page's script does."""
    answer = browser.post(f"/live/call/{talk}/{deed}", form, seen="/live", headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json()["said"]


def call(browser: Browser, talk: str) -> dict[str, object]:
    return dict(browser.get(f"/live/state?talk={talk}").get_json()["call"])


def test_the_page_has_script_form_and_alert_side_by_side(amina: Browser, talk: str) -> None:
    page = amina.get(f"/live/call/{talk}").text
    for words in (
        "You and the caller hear each other",
        "Alert a supervisor",
        "Before they say more",
        "call me Amina",
        "The caller says nothing",
        "Signposts",
        'name="q-story"',
        "Somebody may be hurt soon",
        "End the call",
    ):
        assert words in page, words


def test_hold_is_a_wish_that_the_state_tells(live_house: House, amina: Browser, talk: str) -> None:
    assert do(amina, talk, "held", {"held": "yes"}) == (200, "The caller is on hold and hears music.")
    told = call(amina, talk)
    assert (told["held"], told["words"]) == (True, "On hold: the caller hears music, and you cannot hear each other.")
    do(amina, talk, "held", {"held": "no"})
    assert not state(live_house, talk).held


def test_a_silent_caller_answers_by_key_and_the_answer_is_told(live_house: House, amina: Browser, talk: str) -> None:
    status, said = do(amina, talk, "aside", {"asked": "silent_danger"})
    assert (status, said) == (200, "The caller is asked by the line's own voice: Are you in danger now?")
    assert (call(amina, talk)["stage"], call(amina, talk)["answer"]) == ("aside", "")
    assert do(amina, talk, "held", {"held": "yes"})[0] == 409  # not while they are aside
    for answer, words in (("yes", "Yes"), ("none", "No key was pressed")):
        with live_house.database.write() as connection:
            rooms.come_back(connection, "ada-secret-key", answer, now=live_house.clock.now())
        assert (call(amina, talk)["stage"], call(amina, talk)["answer"]) == ("talking", words)
        do(amina, talk, "aside", {"asked": "silent_stay"})


def test_a_reference_is_noted_before_it_is_heard_and_nothing_of_it_is_shown(
    live_house: House, amina: Browser, talk: str
) -> None:
    assert do(amina, talk, "aside", {"asked": "reference"})[0] == 200
    with live_house.database.read() as connection:
        of_report = models.reports.c.report_id == state(live_house, talk).report_id
        assert connection.scalar(select(models.reports.c.reference_heard).where(of_report))
    assert ("call-led-aside", talk) in audited(live_house)
    assert "digit" not in amina.get(f"/live/call/{talk}").text


def test_nothing_but_what_is_offered_is_asked_of_a_caller(live_house: House, amina: Browser, talk: str) -> None:
    assert do(amina, talk, "aside", {"asked": "their name"})[0] == 422
    assert do(amina, talk, "said", {"said": "anything"})[0] == 422
    assert do(amina, talk, "finished", {"reason": "bored"}) == (422, "Choose why the call ends")
    assert (state(live_house, talk).state, state(live_house, talk).ending) == ("talking", "")


def test_a_reminder_that_was_said_is_kept_by_its_id_once(live_house: House, amina: Browser, talk: str) -> None:
    for _ in range(2):
        assert do(amina, talk, "said", {"said": "duty"})[0] == 200
    with live_house.database.read() as connection:
        assert conduct.reminders_said(connection, talk) == {"duty"}
    assert audited(live_house).count(("call-reminder-said", talk)) == 1
    assert amina.get(f"/live/call/{talk}").text.count("desk-reminder--said") == 1


def test_one_click_alerts_the_supervisors_once(live_house: House, amina: Browser, talk: str) -> None:
    assert "alerted" in do(amina, talk, "alerted", {})[1]
    assert "were alerted before" in do(amina, talk, "alerted", {})[1]
    report_id = state(live_house, talk).report_id
    assert audited(live_house).count(("supervisor-alerted", report_id)) == 1
    with live_house.database.read() as connection:
        kinds = connection.scalars(select(models.jobs.c.kind).where(models.jobs.c.subject == report_id)).all()
        due = connection.scalar(select(models.reports.c.urgent_due).where(models.reports.c.report_id == report_id))
    assert kinds == ["alert"]
    assert due is not None


def test_who_ends_a_call_while_the_caller_is_aside_is_told_that_they_hear_it_to_its_end(
    amina: Browser, talk: str
) -> None:
    assert do(amina, talk, "aside", {"asked": "silent_stay"})[0] == 200
    said = "The caller hears the line's own voice to its end, then the closing words. Then finish your form."
    assert do(amina, talk, "finished", {"reason": "finished"}) == (200, said)


@pytest.mark.parametrize("reason", ["finished", "test", "wrong_number"])
def test_a_call_ends_with_its_reason_and_the_caller_hears_the_end(
    live_house: House, amina: Browser, talk: str, reason: str
) -> None:
    assert do(amina, talk, "finished", {"reason": reason})[0] == 200
    assert (state(live_house, talk).ending, call(amina, talk)["stage"]) == (reason, "ending")
    assert do(amina, talk, "finished", {"reason": "test"})[0] == 409  # once
    assert ("call-finished", talk) in audited(live_house)


def test_an_abusive_call_ends_only_when_somebody_is_sure(live_house: House, amina: Browser, talk: str) -> None:
    status, said = do(amina, talk, "finished", {"reason": "abusive"})
    assert (status, state(live_house, talk).ending) == (422, "")
    assert "sure" in said
    assert do(amina, talk, "finished", {"reason": "abusive", "sure": "yes"})[0] == 200


def test_whoever_hears_the_call_is_seen_by_its_handler(live_house: House, amina: Browser, talk: str) -> None:
    assert call(amina, talk)["others"] == []
    with live_house.database.write() as connection:
        offers.add_seat(connection, talk, id_of(live_house, "Ben"), "listen", token=TOKEN, now=live_house.clock.now())
        offers.add_seat(connection, talk, "interpreter-7", "interpreter", token="e" * 32, now=live_house.clock.now())
    told = call(amina, talk)["others"]
    assert sorted((one["name"], one["role"]) for one in told) == [  # type: ignore[attr-defined]
        ("An interpreter", "interpreter"),
        ("Ben", "listen"),
    ]


def test_somebody_else_s_call_is_nobody_else_s(live_house: House, talk: str) -> None:
    for name in ("Ben", "Chris", "Ada"):
        browser = browser_of(live_house, None if name == "Chris" else name)
        before = (state(live_house, talk), audited(live_house))
        expected = {"Ben": 409, "Chris": 303, "Ada": 403}[name]
        seen = {"Ben": "/live", "Chris": "/sign-in", "Ada": "/health"}[name]
        for deed, form in DEEDS:
            answer = browser.post(f"/live/call/{talk}/{deed}", form, seen=seen)
            assert answer.status_code == expected, (name, deed)
        assert (state(live_house, talk), audited(live_house)) == before
        assert "ada-secret-key" not in browser.get(f"/live/call/{talk}").text
    ben = browser_of(live_house, "Ben")
    assert ben.get(f"/live/call/{talk}").location == "/live"
    assert call(ben, talk)["stage"] == "elsewhere"
    assert set(call(ben, talk)) == {"stage", "words", "others"}


def test_who_was_never_admitted_takes_no_call(live_house: House) -> None:
    talk = ring_and_offer(live_house)
    amina = browser_of(live_house, "Amina")
    with live_house.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM memberships")
    assert amina.get("/live").status_code == 403
    assert amina.get("/live/state").status_code == 403
    assert amina.post(f"/live/call/{talk}/accepted", {}, seen="/account").status_code == 403
    assert state(live_house, talk).state == "offered"


def test_an_unknown_call_leads_back_and_is_told_as_nobody_s(amina: Browser) -> None:
    assert amina.get(f"/live/call/{'0' * 32}").location == "/live"
    assert call(amina, "0" * 32)["stage"] == "elsewhere"
    assert call(amina, "not-an-id")["stage"] == "elsewhere"
    assert do(amina, "0" * 32, "held", {"held": "yes"})[0] == 409


def test_when_the_caller_hangs_up_the_page_is_for_writing_up(live_house: House, amina: Browser, talk: str) -> None:
    hang_up(live_house, "ada-secret-key")
    assert call(amina, talk)["stage"] == "over"
    page = amina.get(f"/live/call/{talk}").text
    assert "This call is over" in page
    assert "Finish: make it a report" in page
    assert do(amina, talk, "finished", {"reason": "finished"})[0] == 409


def test_practice_has_no_form_and_alerts_nobody(live_house: House, amina: Browser) -> None:
    talk = ring_and_offer(live_house)
    with live_house.database.write() as connection:
        connection.execute(models.talks.update().where(models.talks.c.talk_id == talk).values(practice=True))
    amina.post(f"/live/call/{talk}/accepted", {}, seen="/live")
    sit_down(live_house, token_of_seat(amina.get(f"/live/call/{talk}").text))
    assert "Practice call" in amina.get(f"/live/call/{talk}").text
    assert "nobody is alerted" in do(amina, talk, "alerted", {})[1]
    assert do(amina, talk, "aside", {"asked": "reference"})[0] == 200  # whoever plays the caller comes back from it
    with live_house.database.read() as connection:
        assert connection.execute(select(models.reports)).all() == []
        assert "alert" not in connection.scalars(select(models.jobs.c.kind)).all()


# ---- the softphone's pass ------------------------------------------------------------------------------------------


def test_a_pass_is_asked_of_the_worker_and_opened_by_who_asked(live_house: House, amina: Browser, talk: str) -> None:
    assert amina.post("/live/pass/asked", {"token": TOKEN}, seen="/live").status_code == 202
    assert amina.post("/live/pass", {"token": TOKEN}, seen="/live").status_code == 202
    pass_id = token_hash(TOKEN)
    with live_house.database.write() as connection:
        order = connection.execute(select(models.jobs).where(models.jobs.c.kind == "admit")).one()
        assert order.subject == pass_id
        passes.fill(connection, pass_id, seal_with_token(b"an.access.token", TOKEN))
    key = read_worker_key(live_house.keys.folder / "worker.key")
    assert json.loads(open_for_worker(order.sealed, purpose=f"admit:{pass_id}", key=key)) == {"token": TOKEN}
    answer = amina.post("/live/pass", {"token": TOKEN}, seen="/live")
    assert answer.get_json() == {"given": "an.access.token"}
    assert amina.post("/live/pass", {"token": TOKEN}, seen="/live").status_code == 202  # once


def test_only_who_is_invited_to_a_seat_gets_a_pass(live_house: House, amina: Browser) -> None:
    assert amina.post("/live/pass/asked", {"token": TOKEN}, seen="/live").status_code == 409
    for token in ("", "short", "d" * 31 + "G"):
        assert amina.post("/live/pass/asked", {"token": token}, seen="/live").status_code == 400
        assert amina.post("/live/pass", {"token": token}, seen="/live").status_code == 400
    with live_house.database.read() as connection:
        assert connection.execute(select(models.passes)).all() == []


def test_nothing_that_a_page_is_told_leads_to_a_call(live_house: House, amina: Browser, talk: str) -> None:
    told = amina.get(f"/live/call/{talk}").text + amina.get(f"/live/state?talk={talk}").text + amina.get("/live").text
    with live_house.database.read() as connection:
        room = connection.scalar(select(models.talks.c.room).where(models.talks.c.talk_id == talk))
    for secret in ("ada-secret-key", LEG, str(room)):
        assert secret not in told
