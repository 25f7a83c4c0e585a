"""Each process under the PostgreSQL role that the docs give it: all of its own work, and nothing of the others'."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Connection, NullPool, create_engine, insert, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from handlers.desk.app import app_on
from handlers.desk.ground import lay
from ivr.simulator.calls import SimulatedCall
from ivr.worker import waits
from ivr.worker.commands import furnished
from ivr.worker.timetable import CALLS
from storage import raw, releases, replies, statuses
from storage.blocks import is_blocked
from storage.clips import add_items
from storage.clock import TurnedClock
from storage.contents import Clean, Reply
from storage.database import Database
from storage.drafts import last_draft, save_draft
from storage.jobs import add_message, raise_alarm, standing_alarms
from storage.keys import Audience, new_private_key
from storage.live import colleagues, conduct, leaving, offers, passes, practising, queue, rooms, shifts
from storage.live.practising import NewPractice
from storage.live.queue import Wish
from storage.minutes import minutes_today
from storage.models import blocks, calls, handovers, intents, reports, reviews, seats, talks
from storage.models import jobs as job_rows
from storage.models import releases as release_rows
from storage.opening import GroupKey, ring
from storage.reports import NewReport, begin, note_reference_heard, note_urgency
from storage.retention import Keeping
from storage.sealing import seal_for_worker, seal_item
from storage.settings import desk_settings, worker_settings
from storage.switches import set_switch
from tests.databases import PostgresqlServer
from tests.house import House, Staff, Visit, make_house, say, speech, tell_all
from tests.ivr.answering import FORM, Handler, talk_of
from tests.ivr.by_hand import HandMadeCall
from tests.ivr.mail import Parrot
from tests.storage import test_releases as outgoing
from tests.storage.test_releases import CARLA, CARLAS, TEAM, fill, handed, proposed
from tests.worker.fakes import audience
from tests.worker.live_stage import AMINA, BEN, stage_on

ROLES_SQL = Path(__file__).parents[2] / "docs/deployment/roles.sql"
MOST_CALLS = 6
DANGER = {"main_menu": "2", "consent": "1", "urgent": "1", "allegation": "4"}


@dataclass
class Estate:
    """A line whose processes have a role each, beside the owner's own connection."""

    house: House
    owner: House

    def hire(self, name: str, role: str) -> Staff:
        return self.owner.hire(name, role)

    def states(self) -> list[str]:
        with self.owner.database.read() as connection:
            return list(connection.scalars(text("SELECT state FROM reports ORDER BY state")))


def under(url: str, role: str) -> str:
    """Return the address of the same database under a role."""
    return make_url(url).update_query_dict({"options": f"-c role={role}"}).render_as_string(hide_password=False)


@contextmanager
def autocommitted(url: str) -> Iterator[Connection]:
    """Give a connection of its own."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def granted(postgresql: PostgresqlServer) -> Iterator[str]:
    """Give a database on which the roles of the docs were made."""
    with postgresql.ready_database() as url:
        with autocommitted(url) as connection:
            for _ in range(2):  # as after an upgrade
                connection.exec_driver_sql(ROLES_SQL.read_text(encoding="utf-8"))
        yield url


@pytest.fixture
def estate(granted: str, tmp_path: Path) -> Iterator[Estate]:
    with make_house(tmp_path, under(granted, "hotline_ivr"), more_settings={"MAX_CALLS": str(MOST_CALLS)}) as house:
        worker = {**house.environment, "DATABASE_URL": under(granted, "hotline_worker")}
        desk = {**house.environment, "DATABASE_URL": under(granted, "hotline_desk")}
        house.place.database.close()
        wired = furnished(worker_settings(worker))
        house.place = replace(wired, clock=house.clock, transcriber=house.place.transcriber, post=house.post)
        ground = lay(desk_settings(desk), house.clock)
        house.desk = app_on(ground)
        owners = Database(granted)
        hotline = replace(house.door.hotline, database=owners)
        yield Estate(house, replace(house, door=replace(house.door, hotline=hotline)))
        ground.close()
        owners.close()
        house.place.database.close()


def links(visit: Visit) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="(/reports/[0-9a-f]{32})"', visit.get("/reports").text)))


def collected(house: House) -> None:
    """Let the worker fetch, settle and close everything."""
    for _ in range(3):
        house.work()
        house.later(minutes=11)
    house.work()


def test_a_report_goes_from_the_ring_to_its_confirmation_with_one_role_each(estate: Estate) -> None:
    house = estate.house
    call = house.ring()
    reference = tell_all(house, call, DANGER)
    call.hang_up() if not call.ended else None
    assert len(reference) == 16
    collected(house)
    assert house.exchange.deleted_calls
    # Half an hour without anybody who took it up: the alert, those on call, then the alarm that all were told.
    assert [subject for subject, _ in house.post.sent] == ["A report needs attention", "The hotline needs an operator"]
    assert {subject for subject, _ in house.post.told} == {"The hotline asks you to look"}

    visit = house.sign_in(estate.hire("ben", "supervisor"))
    (report,) = links(visit)
    assert visit.post(f"{report}/acknowledged", page=report).status_code == 303
    clips = re.findall(r'name="clip"\s+value="([0-9a-f]{32})"', visit.get(report).text)
    assert clips
    for clip in clips:
        assert visit.get(f"{report}/clips/{clip}").status_code == 200
        told = {"clip": clip, f"text-{clip}": "what was said"}
        assert visit.post(f"{report}/transcripts", page=report, **told).status_code == 200
    assert estate.states() == ["confirmed"]
    assert visit.post(f"{report}/review/claimed", page="/review").status_code == 303
    page = visit.get(f"{report}/split").text
    seen, clip = (
        re.search(rf'name="({name}[^"]*)"(?:\s+type="radio")?\s+value="(\w+)"', page) for name in ("seen", "t-")
    )
    assert seen is not None
    assert clip is not None
    chosen = {clip[1]: "goes", "seen": seen[2], "reason": "two matters"}
    assert visit.post(f"{report}/split", page=f"{report}/split", **chosen).status_code == 303
    assert estate.states() == ["confirmed", "confirmed"]
    part = next(found for found in re.findall(r"/reports/[0-9a-f]{32}", visit.get("/review").text) if found != report)
    named = re.search(r"Review of (\S+)</h1>", visit.get(f"{part}/review").text)
    assert named is not None
    whole = {"case": named[1], "reason": "one matter"}
    again = re.search(r'name="seen" value="([0-9a-f.]+)"', visit.post(f"{report}/merge", **whole).text)
    assert again is not None
    assert visit.post(f"{report}/merge/sure", page="/review", seen=again[1], **whole).status_code == 303
    assert estate.states() == ["confirmed", "not_a_report"]
    assert visit.get("/health").status_code == 200
    assert "Report by voice" in visit.get("/calls?by=outcome:report").text.partition('class="desk-call"')[2]


def test_a_letter_is_typed_alerts_and_is_discarded_or_finished_with_the_desk_s_role(estate: Estate) -> None:
    visit = estate.house.sign_in(estate.hire("ben", "supervisor"))
    for button in ("finished", "discard"):
        begun = visit.post("/writing/new", way="letter", language="en")
        form = begun.headers["Location"]
        page = visit.get(form).text
        names = {name: re.search(rf'name="{name}"\s+value="(\w+)"', page) for name in ("replaces", "save")}
        replaces, save = (found[1] for found in names.values() if found)
        typed = {"q-story": "what he did", "q-urgent": "yes"}
        saved = visit.post(f"{form}/autosaved", page=form, replaces=replaces, save=save, **typed)
        assert saved.status_code == 200
        assert visit.post(form.replace("/form", "/acknowledged"), page="/reports").status_code == 303
        done = visit.post(f"{form}/{button}", page=form, replaces=save, save="a" * 32, **typed)
        assert done.status_code == 303
    assert estate.states() == ["new", "not_a_report"]
    estate.house.work()
    assert [subject for subject, _ in estate.house.post.sent] == ["A report needs attention"] * 2


def test_the_desk_raises_an_alarm_with_its_role_when_a_part_does_not_open(estate: Estate) -> None:
    house = estate.house
    tell_all(house, house.ring(), DANGER)
    collected(house)
    with estate.owner.database.write() as connection:
        connection.execute(text("INSERT INTO items SELECT 'f', report_id, 'note', null, '' FROM reports"))
    visit = house.sign_in(estate.hire("ben", "supervisor"))
    (report,) = links(visit)
    assert "1 part of this report cannot be opened" in " ".join(visit.get(report).text.split())
    with estate.owner.database.read() as connection:
        assert "storage" in standing_alarms(connection)


def test_the_door_obeys_a_switch_and_turns_away_one_call_too_many_with_its_role(estate: Estate) -> None:
    house, now = estate.house, estate.house.clock.now()
    estate.hire("ben", "supervisor")
    with estate.owner.database.write() as connection:
        set_switch(connection, "closed", until=now + 3600, by="ben", person="command", now=now)
    house.later(seconds=1)
    call = house.ring()
    while call.step != "main_menu":
        call.silence()
    call.press("1")
    assert call.step == "closed_now"
    assert [house.ring().ended for _ in range(MOST_CALLS)] == [False] * (MOST_CALLS - 1) + [True]
    for one in list(house.exchange.calls.values()):
        one.hang_up()
    collected(house)
    with estate.owner.database.read() as connection:
        assert connection.scalar(text("SELECT number FROM counts WHERE name = 'calls.crowded'")) == 1
        assert connection.scalar(text("SELECT count(*) FROM calls")) == 0
        assert minutes_today(connection, now=house.clock.now()) >= MOST_CALLS
        assert "crowded" in standing_alarms(connection)


def test_a_caller_waits_talks_hears_their_reference_and_comes_back_with_the_doors_role(estate: Estate) -> None:
    house, owners = estate.house, estate.owner.database
    amina = Handler(house, owners).works()
    call = HandMadeCall(house).ring()
    for keys in ("", "", "1", "", "3", "1", "0", ""):  # the menu, the queue, urgent, out of it and in again
        call.hear(Digits=keys)
    assert call.step == "waiting"
    talk = str(talk_of(owners, call.row().call_key).talk_id)
    with owners.write() as connection:
        begin(connection, NewReport(FORM, "example", "en", "live"), week="2026-W48")
        connection.execute(text("UPDATE reports SET state = 'writing'"))
    amina.accepts(talk)
    call.document = call.ask("/call/now")
    amina.sits_down()
    amina.asks(talk, "reference")
    call.document = call.ask("/call/now")
    end = time.monotonic() + 20
    while house.door.hotline.slow._running and time.monotonic() < end:
        time.sleep(0.02)
    call.hear()
    for _ in range(6):
        if call.step == "talking":
            break
        call.hear()
    assert talk_of(owners, call.row().call_key).answer == "yes"
    with owners.read() as connection:
        assert connection.scalars(text("SELECT report_id FROM mailboxes")).all() == [FORM]
        assert connection.scalars(text("SELECT reference_heard FROM reports")).all() == [False]  # the desk sees to it
    amina.is_lost()
    call.document = call.ask("/call/now")
    assert call.step == "waiting"
    call.post("/ended", CallStatus="completed")
    assert talk_of(owners, call.row().call_key).state == "over"


def test_a_caller_who_rings_back_adds_to_the_report_with_the_doors_role(estate: Estate) -> None:
    house = estate.house
    reference = tell_all(house, house.ring(), DANGER)
    collected(house)
    back = rings_back(house, reference)
    back.press("1")
    back.press("1")
    say(back, speech(2.0, seed=99))
    back.hang_up()
    collected(house)
    with estate.owner.database.read() as connection:
        assert connection.scalar(text("SELECT added_to FROM reports")) is True


def test_a_reply_is_spoken_heard_and_answered_and_a_report_withdrawn_with_one_role_each(estate: Estate) -> None:
    house = estate.house
    reference = tell_all(house, house.ring(), DANGER)
    collected(house)
    house.place = replace(house.place, speaker=Parrot())
    desk = Database(under(str(estate.owner.database.url.render_as_string(hide_password=False)), "hotline_desk"))
    with desk.write() as connection:
        report_id = str(connection.scalar(text("SELECT report_id FROM reports")))
        reply, keys = Reply("Did it stop", "en", "b" * 32), house.public_keys
        item = seal_item(reply.packed(), report_id=report_id, kind="reply", audiences=(keys.desk,))
        kind, week, now = replies.YES_NO, "2026-W48", house.clock.now()
        replies.send_reply(
            connection, report_id, kind=kind, reply=reply, item=item, worker=keys.worker, week=week, now=now
        )
        replies.set_status(connection, report_id, statuses.ASSESSING)
    house.work()
    back = rings_back(house, reference)
    assert back.step == "return_messages"
    back.press("1")
    while back.step in ("letter_wait", "letter_playing"):
        back.silence()
    assert back.step == "letter_yes_no"
    back.press("3")
    for key in "12":  # something more, by keys
        back.press(key)
    back.press("1")
    back.hang_up()
    house.work()
    assert back.step == "at_risk"
    with desk.read() as connection:
        assert [sent.state for sent in replies.replies_of(connection, report_id)] == [replies.ANSWERED]
        assert connection.scalar(text("SELECT added_to FROM reports")) is True
        assert connection.scalar(text("SELECT count(*) FROM items WHERE kind = 'answer'")) >= 4
    again = rings_back(house, reference)
    for key in "2213":  # nothing of the messages; withdrawn, asked twice
        again.press(key)
    assert again.ended
    house.work()
    with desk.read() as connection:
        assert replies.is_withdrawn(connection, report_id)
    desk.close()
    assert rings_back(house, reference).step == "return_reference"


def rings_back(house: House, reference: str) -> SimulatedCall:
    """Ring with a reference until what it opens is told, or that it opens nothing."""
    back = house.ring()
    keyed = 0
    for _ in range(30):
        if back.step in ("return_known", "return_messages") or (back.step == "return_reference" and keyed):
            break
        keys = {"main_menu": "3", "return_reference": reference}.get(back.step)
        keyed += back.step == "return_reference"
        back.press(keys) if keys else back.silence()
    return back


def test_too_little_is_deleted_and_what_is_no_report_is_destroyed(estate: Estate) -> None:
    house = estate.house
    short = house.ring()
    tell_all(house, short, {"main_menu": "2", "consent": "2"}, stop_at="allegation")
    short.hang_up()
    tell_all(house, house.ring(), {**DANGER, "consent": "2"})
    collected(house)
    visit = house.sign_in(estate.hire("ben", "supervisor"))
    for report in links(visit):
        answer = visit.post(f"{report}/not-a-report/sure", page=f"{report}/not-a-report", reason="test")
        assert answer.status_code == 303
    assert set(estate.states()) == {"not_a_report"}
    assert visit.get("/reports").status_code == 200


def test_old_sound_and_old_references_go_with_the_workers_role(estate: Estate) -> None:
    house = estate.house
    tell_all(house, house.ring(), DANGER)
    collected(house)
    house.later(days=400)
    house.work()
    with estate.owner.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM items WHERE kind = 'sound'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM mailboxes")) == 0
        assert connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'sound-expired'")) == 1


def test_a_hold_is_set_and_lifted_with_the_desks_role_and_the_worker_deletes_only_what_is_not_held(
    estate: Estate,
) -> None:
    house = estate.house
    for _ in range(2):
        tell_all(house, house.ring(), {**DANGER, "consent": "2"})
    collected(house)
    visit = house.sign_in(estate.hire("ben", "supervisor"))
    kept, other = links(visit)
    for report in (kept, other):
        assert visit.post(f"{report}/confirmed", page=report).status_code == 200
    for report in (kept, other):
        assert visit.post(f"{report}/hold/sure", page=f"{report}/hold", reason="court").status_code == 303
    assert visit.post(f"{other}/hold/lift", page=f"{other}/hold/lift").status_code == 303
    house.later(days=800)
    house.work()
    with estate.owner.database.read() as connection:
        assert list(connection.scalars(text("SELECT report_id FROM reports"))) == [kept.rpartition("/")[2]]
        assert connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'report-expired'")) == 1


def test_what_staff_write_beside_reports_is_kept_found_and_closed_with_the_desks_role_and_goes_with_the_workers(
    estate: Estate,
) -> None:
    house = estate.house
    for _ in range(2):
        tell_all(house, house.ring(), {**DANGER, "consent": "2"})
    collected(house)
    estate.hire("amina", "handler")
    visit = house.sign_in(estate.hire("ben", "supervisor"))
    one, other = links(visit)
    for report in (one, other):
        new = f"{report}/subjects/new"
        assert visit.post(new, page=new, what="officer", name="Wren", number="1234").status_code == 303
    assert "same shoulder number" in visit.get(one).text
    assert visit.post("/search/subjects", page="/search", number="1234").status_code == 303
    assert visit.get("/search").text.count('class="desk-hit"') == 2
    assert visit.post("/search/index", page="/search").status_code == 303
    while 'data-running="yes"' in visit.get("/search").text:
        pass
    assert "It is built anew: 2 reports." in visit.get("/search").text
    with estate.owner.database.read() as connection:
        (amina,) = connection.scalars(text("SELECT person_id FROM people WHERE sign_in_name = 'amina'"))
        (case,) = connection.scalars(
            text("SELECT case_number FROM reports WHERE report_id = :one"), {"one": other.rpartition("/")[2]}
        )
    told = {"case": case, "relation": "same_incident", "reason": "the same raid"}
    assert visit.post(f"{one}/links/new", page=f"{one}/links/new", **told).status_code == 303
    assert visit.post("/conflicts", page="/conflicts", person=amina, name="Marsh").status_code == 303
    new = f"{one}/subjects/new"
    assert visit.post(new, page=new, what="officer", name="Marsh").status_code == 303
    assert visit.post(f"{other}/closed", page=f"{other}/closed", person=amina, reason="kin").status_code == 303
    assert visit.post(f"{other}/closed/open", page=f"{other}/closed", person=amina).status_code == 303
    for report in (one, other):
        assert visit.post(f"{report}/confirmed", page=report).status_code == 200
    house.later(days=800)
    house.work()
    with estate.owner.database.read() as connection:
        for table in ("reports", "items", "wraps", "search_tokens", "blocks"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_a_report_is_claimed_noted_and_alerted_with_the_desks_role_and_a_word_is_asked_for(estate: Estate) -> None:
    house = estate.house
    call = house.ring()
    tell_all(house, call, DANGER)
    call.hang_up() if not call.ended else None
    collected(house)
    handler = house.sign_in(estate.hire("amina", "handler"))
    (claim,) = set(re.findall(r'action="(/reports/[0-9a-f]{32})/claimed"', handler.get("/reports").text))
    assert handler.post(f"{claim}/claimed", page="/reports").status_code == 303
    assert handler.post(f"{claim}/notes", page=claim, note="what I did").status_code == 200
    assert handler.post(f"{claim}/alerted", page=claim).status_code == 200
    assert handler.post(f"{claim}/word", page=claim).status_code == 200
    assert handler.post(f"{claim}/given-back", page=claim).status_code == 303
    ben = house.sign_in(estate.hire("ben", "supervisor"))
    assert "what I did" in ben.get(claim).text
    (word,) = set(re.findall(r'action="(/words/[0-9a-f]{32})/seen"', ben.get("/reports").text))
    assert ben.post(f"{word}/seen", page="/reports").status_code == 303
    assert ben.post(f"{word}/done", page="/reports").status_code == 303
    assert ben.get("/figures").status_code == 200


def test_who_waits_stands_on_the_board_raises_alarms_and_is_logged_with_one_role_each(estate: Estate) -> None:
    house = estate.house
    call, now = house.ring(), house.clock.now()
    with estate.owner.database.read() as connection:
        call_key = str(connection.scalar(text("SELECT call_key FROM calls")))
    with house.door.hotline.database.write() as connection:
        queue.join(connection, Wish(secrets.token_hex(16), call_key, secrets.token_hex(16), "en"), now=now)
    ben = house.sign_in(estate.hire("ben", "supervisor"))
    assert re.search(r"Waiting</span>\s*<strong[^>]*>1<", ben.get("/board").text)
    waits.watch(house.place)
    with estate.owner.database.read() as connection:
        assert "nobody" in standing_alarms(connection)
    with house.door.hotline.database.write() as connection:
        queue.caller_gone(connection, (call_key,), now=now + 90)
    call.hang_up()
    collected(house)
    ben = house.sign_in(estate.hire("bea", "supervisor"))  # the first was signed out meanwhile
    assert "waited 1 to 3 minutes" in ben.get("/calls").text
    assert "Left while waiting for a person" in ben.get("/figures").text


def test_a_call_that_only_the_carrier_knows_is_taken_in_with_the_workers_role(estate: Estate) -> None:
    estate.house.ring().hang_up()
    with estate.owner.database.write() as connection:
        connection.execute(text("DELETE FROM calls"))
    estate.house.later(minutes=45)
    collected(estate.house)
    assert len(estate.house.exchange.deleted_calls) == 1


def test_an_auditor_reads_the_audit_with_the_desks_role(estate: Estate) -> None:
    visit = estate.house.sign_in(estate.hire("iris", "auditor"))
    assert visit.get("/audit").status_code == 200


def test_a_release_is_proposed_void_proposed_again_and_handed_over_with_the_desks_role(granted: str) -> None:
    with closing(Database(granted)) as owner, closing(Database(under(granted, "hotline_desk"))) as desk:
        fill(owner)
        proposed(desk, release_id="c" * 32)
        with desk.write() as connection:
            assert releases.void(connection, outgoing.REPORT)
        proposal = proposed(desk)
        with desk.write() as connection:
            releases.lock(connection, outgoing.REPORT)
            releases.approve(connection, proposal, approver=CARLA, approver_key=CARLAS, week="2026-W49")
            handed(connection, TEAM.audience)
            add_message(connection, "notice", "standards", now=1)
            assert releases.released(connection, outgoing.REPORT)[0].state == "sent"


def test_people_join_move_forget_and_leave_with_the_desks_role(estate: Estate) -> None:
    house = estate.house
    ada = house.sign_in(estate.hire("ada", "administrator"))
    page = ada.post("/people/invite", name="eve", alias="Eve", role="handler").text
    eve = joined(house, page)
    assert eve.get("/reports").status_code == 403
    (whose,) = re.findall(r'href="/people/([0-9a-f]{32})">Eve<', ada.get("/people").text)
    person = f"/people/{whose}"
    assert ada.post(f"{person}/alias", page=person, before="Eve", alias="Heron").status_code == 303
    role = {"before": "handler", "role": "auditor", "sure": "yes"}
    assert ada.post(f"{person}/role", page=person, **role).status_code == 303
    assert eve.get("/audit").status_code == 303
    joined(house, ada.post(f"{person}/invite").text)
    ada.post("/people/invite", name="fay", alias="Fay", role="handler")
    (address,) = re.findall(r'action="(/people/invitations/[0-9a-f]{32})/anew"', ada.get("/people").text)
    assert ada.post(f"{address}/anew", page="/people").status_code == 200
    (address,) = re.findall(r'action="(/people/invitations/[0-9a-f]{32})/anew"', ada.get("/people").text)
    assert ada.post(f"{address}/withdrawn", page="/people").status_code == 303
    assert ada.post(f"{person}/leave").status_code == 303
    with estate.owner.database.read() as connection:
        assert connection.scalar(text(f"SELECT state FROM people WHERE person_id = '{whose}'")) == "left"
        assert connection.scalar(text("SELECT count(*) FROM invitations")) == 0


def test_two_supervisors_admit_a_reader_with_the_desks_role(estate: Estate) -> None:
    house = estate.house
    ada = house.sign_in(estate.hire("ada", "administrator"))
    eve = joined(house, ada.post("/people/invite", name="eve", alias="Eve", role="handler").text)
    own = eve.get("/reports").text.partition('id="fingerprint"')[2].partition("</p>")[0]
    heard = re.findall(r"\b[0-9a-f]{4}\b", re.sub(r"<[^>]*>", " ", own))
    assert len(heard) == 8
    for name in ("ben", "carla"):
        supervisor = house.sign_in(estate.hire(name, "supervisor"))
        page = supervisor.get("/admissions").text
        (address,) = re.findall(r'action="(/admissions/[0-9a-f]{32})/approved"', page)
        first, second = (heard[int(place) - 1] for place in re.findall(r"Group (\d)</label>", page))
        wrong = supervisor.post(f"{address}/approved", page="/admissions", first="0000", second="0000")
        assert wrong.status_code == 422
        answer = supervisor.post(f"{address}/approved", page="/admissions", first=first, second=second)
        assert answer.status_code == 303
    assert eve.get("/reports").status_code == 200


def joined(house: House, page: str) -> Visit:
    """Let somebody accept the invitation on this page and sign in."""
    visit, password = house.visit(), "walnut thunder pelican socket"
    (code,) = re.findall(r'id="invitation-code">([a-z2-7-]+)<', page)
    page = visit.post("/invited", code=code).text
    fields = dict(re.findall(r'name="(invitation|drawing)"[^>]* value="([^"]+)"', page))
    name, secret = (
        found[0] for found in (re.findall(p, page) for p in (r"as <strong>(\w+)<", r'secret">([A-Z2-7 ]+)<'))
    )
    totp = pyotp.TOTP(secret.replace(" ", ""))
    chosen = {"password": password, "again": password, "digits": totp.at(house.clock.now())}
    assert "You have joined" in visit.post("/invited/accepted", page="/invited", **fields, **chosen).text
    house.later(seconds=30)
    code = totp.at(house.clock.now())
    assert visit.post("/sign-in", name=name, password=password, code=code).status_code == 303
    return visit


def test_the_door_raises_alarms_with_its_role(granted: str) -> None:
    door = Database(under(granted, "hotline_ivr"))
    try:
        with door.write() as connection:
            assert raise_alarm(connection, "guessing", "tried", now=1)
        for now in (2, 100):
            with door.write() as connection:
                assert not raise_alarm(connection, "guessing", "tried", now=now)
    finally:
        door.close()


@pytest.mark.parametrize("state", ["refused", "sealed"])
def test_a_forged_row_that_names_a_stored_clip_does_not_let_the_worker_delete_it(
    estate: Estate, granted: str, state: str
) -> None:
    house = estate.house
    tell_all(house, house.ring(), DANGER)
    house.work()
    # As the owner: the door's role may not write such a row at all, and the worker does not rely on that.
    with autocommitted(granted) as door:
        stored = list(door.scalars(text("SELECT item_id FROM intents WHERE item_id IS NOT NULL")))
        assert stored
        collected(house)
        for item_id in stored:
            forge(door, house.public_keys.worker, item_id, state)
    collected(house)
    with estate.owner.database.read() as connection:
        left = set(connection.scalars(text("SELECT item_id FROM items WHERE kind = 'sound'")))
    assert left == set(stored)


def forge(door: Connection, worker: Audience, item_id: str, state: str) -> None:
    """Write what only the worker should: a row that names somebody else's stored clip."""
    intent_id = secrets.token_hex(16)
    notice = json.dumps({"sid": f"RE{'0' * 32}", "call_sid": f"CA{'0' * 32}"}).encode()
    row = {
        "intent_id": intent_id,
        "call_key": secrets.token_hex(16),
        "question": "story",
        "place": 1,
        "language": "en",
        "state": state,
        "recording_for_worker": seal_for_worker(notice, purpose=f"recording:{intent_id}", worker=worker),
        "item_id": item_id,
        "item_hash": b"x" * 64,
        "asked_at": 0,
        "lease_until": 0,
        "attempts": 0,
    }
    door.execute(insert(intents), row)


REFUSED = {
    "hotline_assessment": (
        *(
            f"SELECT 1 FROM {table}"
            for table in ("reports", "items", "wraps", "releases", "reviews", "people", "audit")
        ),
        *(f"SELECT 1 FROM {table}" for table in ("mailboxes", "replies", "memberships", "calls", "jobs", "call_log")),
        "UPDATE handovers SET team = 'x'",
        "UPDATE handovers SET feedback_by = 'x'",
        "DELETE FROM handovers",
        "UPDATE team_items SET sealed = ''",
        "UPDATE team_items SET state = 'seen'",
        "DELETE FROM team_items",
        "DELETE FROM team_wraps",
        "INSERT INTO packages VALUES ('x', '')",
        "UPDATE api_tokens SET team = 'x'",
        "CREATE TABLE mine (id integer)",
    ),
    "hotline_ivr": (
        "SELECT sealed FROM items",
        "SELECT wrapped FROM wraps",
        "SELECT item_id FROM items",
        "SELECT state FROM reports",
        "SELECT * FROM people",
        "SELECT * FROM memberships",
        "SELECT * FROM admissions",
        "SELECT * FROM audit",
        "SELECT subject FROM jobs",
        "SELECT reply_key FROM mailboxes",
        "UPDATE reports SET state = 'not_a_report'",
        "UPDATE reports SET case_number = 'x'",
        "UPDATE items SET sealed = ''",
        "UPDATE calls SET sid_for_worker = ''",
        "UPDATE mailboxes SET report_id = 'x'",
        "UPDATE mailboxes SET reply_key = ''",
        "SELECT item_id FROM replies",
        "SELECT asked_in FROM replies",
        "UPDATE replies SET sealed = ''",
        "UPDATE replies SET report_id = 'x'",
        "DELETE FROM replies",
        "INSERT INTO replies VALUES ('r', 'x', 'message', 1, '2026-W48', 'waiting', '', '', '')",
        "DELETE FROM items",
        "DELETE FROM reports",
        "DELETE FROM calls",
        "DELETE FROM beats",
        "CREATE TABLE mine (id integer)",
        "SELECT set_by FROM switches",
        "INSERT INTO switches VALUES ('closed', 1, 'x', 1)",
        "UPDATE switches SET until = 1",
        "DELETE FROM switches",
        "SELECT item_id FROM intents",
        "SELECT recording_for_worker FROM intents",
        "UPDATE intents SET item_id = 'x'",
        "UPDATE intents SET lease_until = 0",
        "UPDATE jobs SET due_at = 0",
        "SELECT token FROM search_tokens",
        "SELECT person_id FROM blocks",
        "DELETE FROM blocks",
        "SELECT locked FROM desk_secrets",
        "INSERT INTO desk_secrets VALUES ('search', 1, 's', '', true)",
        "SELECT locked FROM interests",
        "SELECT sealed FROM passes",
        "INSERT INTO passes VALUES ('p', NULL, 0)",
        "INSERT INTO seats VALUES ('s', 't', 'p', 'talk', 'invited', 0, '')",
        "UPDATE seats SET role = 'talk'",
        "UPDATE talks SET room = 'x'",
        "UPDATE talks SET report_id = 'x'",
        "UPDATE talks SET call_key = 'x'",
        "UPDATE talks SET moved_at = 0",
        "DELETE FROM talks",
        "DELETE FROM seats",
        "SELECT since FROM shifts",
        "UPDATE shifts SET seen_at = 0",
        "UPDATE skills SET skill = 'general'",
        "SELECT log_id FROM call_log",
        "INSERT INTO call_log VALUES ('l', '2026-W48', '', 'en', 'voice', 'end', '', 'report', '', '')",
    ),
    "hotline_worker": (
        "SELECT wrapped FROM wraps",
        "SELECT * FROM people",
        "SELECT * FROM memberships",
        "SELECT * FROM admissions",
        "SELECT sealed FROM once_audio",
        "SELECT wrapped_key FROM people",
        "INSERT INTO skills VALUES ('p', 'general', '')",
        "DELETE FROM skills",
        "SELECT lookup_id FROM mailboxes",
        "SELECT sealed FROM replies",
        "SELECT item_id FROM replies",
        "DELETE FROM replies",
        "UPDATE audit SET detail = ''",
        "DELETE FROM audit",
        "UPDATE items SET sealed = ''",
        "SELECT set_by FROM switches",
        "UPDATE reviews SET state = 'released'",
        "SELECT sealed FROM team_items",
        "SELECT package FROM packages",
        "UPDATE handovers SET state = 'decided'",
        "SELECT token FROM search_tokens",
        "SELECT item_id FROM blocks",
        "DELETE FROM blocks",
        "SELECT locked FROM desk_secrets",
        "SELECT locked FROM interests",
        "SELECT band FROM call_log",
        "UPDATE call_log SET language = 'en'",
        "CREATE TABLE mine (id integer)",
    ),
    "hotline_desk": (
        "SELECT * FROM calls",
        "SELECT call_key FROM talks",
        "SELECT call_key FROM seats",
        "SELECT moved_for FROM talks",
        "UPDATE talks SET room = 'x'",
        "UPDATE talks SET practice = true",
        "UPDATE talks SET out_since = NULL",
        "UPDATE seats SET call_key = 'x'",
        "UPDATE seats SET person_id = 'x'",
        "DELETE FROM talks",
        "DELETE FROM seats",
        "DELETE FROM shifts",
        "UPDATE passes SET sealed = ''",
        "INSERT INTO passes VALUES ('p', '', 0)",
        "DELETE FROM call_log",
        "UPDATE call_log SET language = 'en'",
        "SELECT recording_for_worker FROM intents",
        "SELECT * FROM once_audio",
        "SELECT * FROM mailboxes",
        "UPDATE audit SET detail = ''",
        "DELETE FROM audit",
        "UPDATE second_factors SET locked = ''",
        "DELETE FROM people",
        "UPDATE people SET person_id = 'x'",
        "UPDATE invitations SET code_hash = 'x'",
        "UPDATE invitations SET expires_at = 1",
        "UPDATE memberships SET wrapped = ''",
        "UPDATE admissions SET approver = ''",
        "DELETE FROM counts",
        "UPDATE exports SET number = 0",
        "UPDATE exports SET asked_by = 'x'",
        "UPDATE holds SET since = ''",
        "UPDATE skills SET until = ''",
        "UPDATE switches SET name = 'x'",
        "TRUNCATE audit",
        "UPDATE blocks SET person_id = 'x'",
        "UPDATE desk_secrets SET locked = ''",
        "CREATE TABLE mine (id integer)",
    ),
}


@pytest.mark.parametrize("role", sorted(REFUSED))
def test_a_role_is_refused_what_is_not_its_work(granted: str, role: str) -> None:
    with autocommitted(under(granted, role)) as connection:
        for statement in REFUSED[role]:
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.exec_driver_sql(statement)


# What the hostile review did as the public door: `old` is a report at the desk, `young` one whose call lives.
INTENT = "INSERT INTO intents (intent_id, call_key, question, place, language, asked_at, accepted, state, {}) VALUES "
INTENT += "('i', 'c', 'story', 1, 'en', 0, false, {})"
REPORT = "INSERT INTO reports (report_id, case_number, line, language, channel, substance, reference_heard, partial, "
REPORT += "status, released, claimed_by, week, state, urgent, reason, added_to, held) "
REPORT += "VALUES (md5('r'), 'c', 'l', 'en', 'voice', false, false, true, 'received', '', {})"
REVIEW = "INSERT INTO reviews (report_id, week, item_id, team, second, urgent, state, reviewer) "
REVIEW += "VALUES ('young', '2026-W48', '', '', false, {})"
ITEM = "INSERT INTO items (item_id, report_id, kind, sealed) VALUES ('x', '{}', '{}', '')"
TALK = "INSERT INTO talks (talk_id, call_key, language, needs, urgent, first, since, refused_by, room, begun_report, "
TALK += "held, asked, answer, ending, out_since, moved_for, practice, state, person_id, report_id) "
TALK += "VALUES ('t', 'c', 'en', '', false, false, 0, '', 'r', '', false, '', '', '', 0, '', {}, {}, {}, {})"
TEAM_ITEM = "INSERT INTO team_items (item_id, release_id, kind, month, once, said, place, state, sealed) "
TEAM_ITEM += "VALUES ('t', 'r', '{}', '2026-11', 'o', '', 1, '{}', '')"
ATTACKS = {
    "hotline_assessment": (
        TEAM_ITEM.format("release", "new"),
        TEAM_ITEM.format("outcome", "seen"),
        TEAM_ITEM.format("refusal", "new"),
    ),
    "hotline_ivr": (
        ITEM.format("old", "answer"),
        ITEM.format("old", "transcript"),
        ITEM.format("young", "transcript"),
        ITEM.format("young", "draft"),
        ITEM.format("young", "sound"),
        ITEM.format("young", "subject"),
        ITEM.format("young", "link"),
        ITEM.format("young", "block"),
        "INSERT INTO wraps VALUES ('of old', 'other', 1, '')",
        "INSERT INTO wraps VALUES ('nothing', 'desk', 1, '')",
        "UPDATE reports SET urgent = 'no'",
        "UPDATE reports SET urgent = 'unsure'",
        "UPDATE reports SET urgent = 'nonsense'",
        "UPDATE reports SET urgent_due = NULL",
        "UPDATE reports SET urgent_due = 2000",
        "UPDATE reports SET substance = false",
        "UPDATE reports SET reference_heard = false",
        "UPDATE reports SET partial = true",
        "UPDATE mailboxes SET week = '1990-W01'",
        "UPDATE mailboxes SET state = 'other'",
        "UPDATE mailboxes SET state = 'open' WHERE lookup_id = 'closed'",
        "INSERT INTO mailboxes VALUES ('n', 'young', '', '2026-W48', 'open')",
        "INSERT INTO mailboxes VALUES ('n', 'left', '', '2026-W48', 'open')",
        ITEM.format("left", "answer"),
        "INSERT INTO wraps VALUES ('of back', 'other', 1, '')",
        "UPDATE replies SET state = 'waiting' WHERE reply_id = 'told'",
        "UPDATE replies SET state = 'making' WHERE reply_id = 'told'",
        "UPDATE replies SET state = 'unreachable' WHERE reply_id = 'told'",
        "UPDATE reviews SET state = 'released'",
        REVIEW.format("true, 'released', ''"),
        REVIEW.format("true, 'waiting', 'somebody'"),
        REVIEW.format("false, 'waiting', ''"),
        REPORT.format("'', '2026-W48', 'new', '', '', false, ''"),
        REPORT.format("'', '2026-W48', 'arriving', 'no', '', false, ''"),
        REPORT.format("'', '2026-Wxx', 'arriving', '', '', false, ''"),
        REPORT.format("'', '2026-W48', 'arriving', '', '', false, 'court'"),
        REPORT.format("'somebody', '2026-W48', 'arriving', '', '', false, ''"),
        ITEM.format("young", "note"),
        "UPDATE reports SET held = 'court'",
        "UPDATE reports SET claimed_by = 'somebody'",
        "SELECT person_id FROM welfare",
        "INSERT INTO jobs VALUES ('j', 'head', 'audit', NULL, 0, 0, 0)",
        INTENT.format("item_id, lease_until, attempts", "'refused', 'of old', 0, 0"),
        INTENT.format("item_hash, lease_until, attempts", "'known', '', 0, 0"),
        INTENT.format("lease_until, attempts", "'sealed', 0, 0"),
        INTENT.format("lease_until, attempts", "'known', 9999999999, 0"),
        "INSERT INTO jobs VALUES ('j', 'alert', 'old', NULL, 0, 9999999999, 0)",
        "INSERT INTO jobs VALUES ('j', 'other', 'old', NULL, 0, 0, 0)",
        "UPDATE intents SET recording_key = 'other' WHERE intent_id = 'named'",
        "UPDATE intents SET recording_for_worker = 'other' WHERE intent_id = 'named'",
        "UPDATE intents SET state = 'sealed' WHERE intent_id = 'named'",
        "INSERT INTO calls VALUES ('k', 1, '', NULL, 'en', 'menu', 'none', 'none', '', '', 0, 0, NULL, 9999999999, 0)",
        "INSERT INTO audit VALUES (1, 0, 'p', 'transcript-confirmed', 'x', '', '', '')",
        "INSERT INTO beats VALUES ('worker', 1, '')",
        "INSERT INTO jobs VALUES ('j', 'admit', 'p', NULL, 0, 0, 0)",
        TALK.format("false", "'offered'", "''", "''"),
        TALK.format("true", "'waiting'", "''", "''"),
        TALK.format("false", "'waiting'", "'somebody'", "''"),
        TALK.format("false", "'waiting'", "''", "'old'"),
    ),
    "hotline_worker": (
        *(ITEM.format("old", kind) for kind in ("transcript", "answer", "subject", "link", "block", "note")),
        "SELECT person_id FROM welfare",
    ),
    "hotline_desk": (
        "UPDATE reports SET urgent = 'no'",
        "UPDATE reports SET urgent = 'unsure'",
        "UPDATE reports SET urgent = ''",
        "UPDATE reports SET substance = false",
        REPORT.format("'', '2026-W48', 'new', '', '', false, ''"),
        REPORT.format("'', '2026-W48', 'arriving', '', '', false, ''"),
        REPORT.format("'', '2026-W48', 'writing', '', '', false, ''"),
        "UPDATE reports SET channel = 'voice'",
        "UPDATE reports SET language = 'pl'",
        TALK.format("false", "'waiting'", "''", "''"),
    ),
}
STANDING = """
INSERT INTO reports (report_id, case_number, line, week, state, urgent, urgent_due, partial, substance,
  reference_heard, added_to, language, channel, reason, held, claimed_by, status, released)
SELECT name, name, 'l', '2026-W40', state, 'yes', 1000, false, true, true, false, 'en', 'voice', '', '', '',
  'received', ''
FROM (VALUES ('old', 'new'), ('young', 'arriving'), ('left', 'new'), ('back', 'new')) AS one (name, state);
INSERT INTO items (item_id, report_id, kind, sealed) VALUES ('of old', 'old', 'answer', ''),
  ('of back', 'back', 'answer', '');
INSERT INTO wraps VALUES ('of back', 'desk', 1, '');
INSERT INTO mailboxes VALUES ('m', 'young', '', '2026-W40', 'open'), ('closed', 'left', '', '2026-W40', 'withdrawn'),
  ('b', 'back', '', '2026-W40', 'open');
INSERT INTO replies VALUES ('told', 'back', 'message', 1, '2026-W40', 'heard', '', '', '');
INSERT INTO intents (intent_id, call_key, question, place, language, asked_at, lease_until, attempts, accepted, state,
  item_id, recording_key, recording_for_worker)
SELECT name, 'c', 'who', 1, 'en', 0, 0, 0, accepted, state, item_id, key, key::bytea
FROM (VALUES ('stored', true, 'sealed', 'of old', 'a'), ('wanted', false, 'asked', NULL, NULL),
  ('named', false, 'known', NULL, 'b'), ('decided', true, 'known', NULL, 'c'))
  AS one (name, accepted, state, item_id, key);
"""


def test_a_live_call_is_queued_offered_answered_interpreted_and_forgotten_with_one_role_each(
    granted: str, clock: TurnedClock
) -> None:
    door, worker, desk = (Database(under(granted, f"hotline_{one}")) for one in ("ivr", "worker", "desk"))
    owner = Database(granted)
    with (
        closing(owner),
        closing(door),
        closing(worker),
        closing(desk),
        stage_on(owner, clock, door=door, worker=worker, desk=desk) as stage,
    ):
        call, leg = stage.talking(AMINA)
        talk_id = stage.talk(call).talk_id
        for asked in ("silent_danger", conduct.REFERENCE):
            stage.do(partial(conduct.ask_aside, talk_id=talk_id, person_id=AMINA, asked=asked, now=stage.now))
            stage.work()
            call.press("1")
            stage.work()
        boss = stage.joins(BEN, call, rooms.LISTEN)
        stage.do(partial(conduct.change_role, talk_id=talk_id, person_id=BEN, role=rooms.JOIN, now=stage.now))
        stage.do(lambda c: offers.add_seat(c, talk_id, "bridge", rooms.INTERPRETER, token="i" * 32, now=stage.now))
        stage.work()
        stage.outside()[0].answer()
        stage.later(4)
        leg.hang_up()
        stage.work()
        assert (stage.talk(call).person_id, stage.talk(call).state) == (BEN, queue.TALKING)
        boss.hang_up()
        stage.work()
        assert (stage.talk(call).state, stage.talk(call).first) == (queue.WAITING, True)
        stage.do(lambda c: offers.ready(c, now=stage.now))
        order = passes.sealed_order("p" * 32, audience(stage.line.worker))
        stage.do(lambda c: passes.ask(c, "p" * 32, order, now=stage.now))
        stage.work()
        with desk.write() as connection:
            assert passes.take(connection, "p" * 32, now=stage.now)
        call.hang_up()
        stage.work()
        stage.later(700, step=700)
        stage.run((CALLS,))
        with owner.read() as connection:
            left = [connection.execute(select(table)).all() for table in (calls, talks, seats, job_rows)]
        assert left == [[], [], [], []]


@pytest.mark.parametrize("role", sorted(ATTACKS))
def test_rows_that_are_not_its_own_are_refused_to_a_role(granted: str, role: str) -> None:
    with autocommitted(granted) as owner:
        owner.exec_driver_sql(STANDING)
    with autocommitted(under(granted, role)) as connection:
        for statement in ATTACKS[role]:
            with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
                connection.exec_driver_sql(statement)


MOVES = {
    "waiting": {"waiting", "over"},
    "offered": {"offered", "waiting", "over"},
    "joining": {"joining", "talking", "waiting", "over"},
    "talking": {"talking", "waiting", "over"},
    "aside": {"aside", "talking", "waiting", "over"},
    "over": {"over", "waiting"},
}


def talk_that_stands(owner: Connection, state: str) -> None:
    owner.exec_driver_sql("DELETE FROM talks")
    person = "" if state in ("waiting", "over") else "amina"
    owner.exec_driver_sql(TALK.format("false", f"'{state}'", f"'{person}'", "''"))


@pytest.mark.parametrize("state", sorted(MOVES))
def test_a_door_that_was_taken_over_hands_no_caller_to_a_person(granted: str, state: str) -> None:
    with autocommitted(granted) as owner, autocommitted(under(granted, "hotline_ivr")) as door:
        for wanted in MOVES:
            talk_that_stands(owner, state)
            move = f"UPDATE talks SET state = '{wanted}'"
            if wanted in MOVES[state]:
                door.exec_driver_sql(move)
                door.exec_driver_sql("UPDATE talks SET person_id = ''")
            else:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    door.exec_driver_sql(move)
            for more in ("", ", state = 'waiting'", ", state = 'talking'"):
                talk_that_stands(owner, state)
                with pytest.raises(ProgrammingError, match="permission denied"):
                    door.exec_driver_sql(f"UPDATE talks SET person_id = 'the intruder'{more}")


def test_the_door_changes_nothing_of_a_report_at_the_desk_nor_of_a_stored_recording(granted: str) -> None:
    with autocommitted(granted) as owner:
        owner.exec_driver_sql(STANDING)
    with autocommitted(under(granted, "hotline_ivr")) as door:
        changed = door.exec_driver_sql("UPDATE reports SET channel = 'keys' RETURNING report_id").scalars().all()
        assert changed == ["young"]
        known = door.exec_driver_sql("UPDATE intents SET state = 'known' RETURNING intent_id").scalars().all()
        assert sorted(known) == ["named", "wanted"]
        door.exec_driver_sql("UPDATE intents SET accepted = true")
        refused = door.exec_driver_sql("UPDATE intents SET state = 'refused' RETURNING intent_id").scalars().all()
        assert refused == [], "what counts is no longer the door's to take back"


def test_the_door_raises_urgency_of_a_report_under_way(granted: str) -> None:
    with autocommitted(granted) as owner:
        owner.exec_driver_sql(STANDING)
        owner.exec_driver_sql("UPDATE reports SET urgent = 'no', urgent_due = NULL")
    door = Database(under(granted, "hotline_ivr"))
    with door.write() as connection:
        for urgent in ("unsure", "yes", "no"):
            note_urgency(connection, "young", urgent, now=1000)
    door.close()
    with autocommitted(granted) as owner:
        found = owner.exec_driver_sql("SELECT urgent, urgent_due FROM reports WHERE report_id = 'young'").one()
    assert tuple(found) == ("yes", 1000 + 15 * 60)


def test_the_desk_forgets_no_report_but_an_empty_form_of_a_call(granted: str) -> None:
    kinds = {
        "empty": "'writing', 'live', '', NULL, false",
        "letter": "'writing', 'staff', '', NULL, false",
        "kept": "'new', 'live', '', NULL, false",
        "alerted": "'writing', 'live', 'yes', NULL, false",
        "due": "'writing', 'live', '', 1000, false",
        "named": "'writing', 'live', '', NULL, true",
    }
    with autocommitted(granted) as owner:
        for name, values in kinds.items():
            owner.exec_driver_sql(
                "INSERT INTO reports (report_id, case_number, line, week, language, reason, held, claimed_by, partial, "
                "substance, added_to, status, released, state, channel, urgent, urgent_due, reference_heard) "
                f"VALUES ('{name}', '{name}', 'l', '2026-W40', 'en', '', '', 'a', false, false, false, 'received', '', "
                f"{values})"
            )
    with autocommitted(under(granted, "hotline_desk")) as desk:
        assert desk.exec_driver_sql("DELETE FROM reports RETURNING report_id").scalars().all() == ["empty"]


def test_a_call_is_taken_led_and_taken_up_again_with_the_desks_role(granted: str) -> None:
    amina, talk, now = "a" * 32, "1" * 32, 1_800_000_000
    owner, desk = Database(granted), Database(under(granted, "hotline_desk"))
    with owner.write() as connection:
        queue.join(connection, queue.Wish(talk, "caller", "2" * 32, "en"), now=now)
    with desk.write() as connection:
        assert shifts.choose(connection, amina, shifts.AVAILABLE, now=now)
        shifts.note_seen(connection, amina, now=now)
    for deed in ("decline", "accept"):
        with owner.write() as connection:
            assert offers.offer(connection, talk, amina, now=now)
        with desk.write() as connection:
            if deed == "decline":
                offers.decline(connection, talk, amina)
            else:
                offers.accept(connection, talk, amina, token="3" * 32, report_id="4" * 32, now=now)
                passes.ask(connection, "5" * 32, b"sealed", now=now)
                assert passes.take(connection, "5" * 32, now=now) is None
    with owner.write() as connection:
        rooms.sit_down(connection, "3" * 32, "leg", now=now)
        rooms.leg_joined(connection, ("leg",), now=now)
    with desk.write() as connection:
        conduct.hold(connection, talk, amina, held=True, now=now)
        conduct.ask_aside(connection, talk, amina, conduct.REFERENCE, now=now)
        note_reference_heard(connection, "4" * 32)
        assert conduct.reminders_said(connection, talk) == frozenset()
        assert [seat.role for seat in conduct.seats_of(connection, talk)] == [rooms.TALK_ROLE]
    with owner.write() as connection:
        rooms.come_back(connection, "caller", "yes", now=now)
        rooms.leg_left(connection, ("leg",), now=now)
        for report_id in ("4" * 32, "7" * 32):
            about = {"report_id": report_id, "case_number": report_id[:9], "line": "test", "language": "en"}
            more = {"channel": "live", "state": "new", "week": "2026-W48", "partial": False}
            connection.execute(insert(reports), {**about, **more})
        row = {"person_id": "b" * 32, "report_id": "4" * 32, "item_id": "i", "unseen": False}
        connection.execute(insert(blocks), row)
    with desk.write() as connection:
        assert conduct.take_up_again(connection, talk, amina, now=now)
        offers.accept(connection, talk, amina, token="6" * 32, report_id="7" * 32, now=now)
        assert is_blocked(connection, "b" * 32, "7" * 32)
        conduct.finish(connection, talk, amina, conduct.FINISHED, now=now)
    with autocommitted(under(granted, "hotline_desk")) as connection, pytest.raises(ProgrammingError):
        connection.exec_driver_sql("SELECT call_key FROM talks")
    owner.close()
    desk.close()


def test_what_was_raw_or_never_left_and_what_a_team_decided_goes_with_the_workers_role(granted: str) -> None:
    owner, worker = Database(granted), Database(under(granted, "hotline_worker"))
    report_id, release_id, to = (
        "7" * 32,
        "e" * 32,
        (Audience("desk", 1, GroupKey("desk", 1, new_private_key()).public_key),),
    )
    row = {"report_id": report_id, "case_number": "K7", "line": "l", "week": "2020-W10", "state": "released"}
    sent_back = seal_item(b"he", report_id=report_id, kind="release", audiences=to)
    of = {"release_id": release_id, "report_id": report_id, "team": "acu", "purpose": "full", "digest": "d"}
    by = {"author": "a" * 32, "author_key": "k", "state": "returned", "week": "2020-W10"}
    weeks = {"month": "2020-03", "acknowledge_by": "2020-W11", "feedback_by": "2020-W23"}
    with owner.write() as connection:
        connection.execute(insert(reports), {**row, "language": "en", "channel": "voice", "released": "2020-W12"})
        add_items(connection, [sent_back])
        connection.execute(insert(release_rows), {**of, **by, "item_id": sent_back.item_id})
        handed = {"release_id": release_id, "team": "acu", "purpose": "full", "state": "decided"}
        connection.execute(insert(handovers), {**handed, **weeks})
    now, keeping = 1_790_000_000, Keeping()
    with worker.write() as connection:
        assert raw.due_now(connection, keeping, now=now) == 2
        assert raw.destroy_raw(connection, keeping, now=now, most=9, person="worker") == 1
        assert raw.expire_handovers(connection, keeping, now=now, most=9, person="worker") == 1
        assert raw.due_now(connection, keeping, now=now) == 0
    owner.close()
    worker.close()


def test_a_draft_is_saved_again_and_read_with_the_desks_role(granted: str) -> None:
    owner, desk = Database(granted), Database(under(granted, "hotline_desk"))
    key = ring([GroupKey("desk", 1, new_private_key())])
    report_id, ben, to = "7" * 32, "b" * 32, (Audience("desk", 1, key.public_key),)
    row = {"report_id": report_id, "case_number": "K7", "line": "l", "week": "2026-W40", "state": "confirmed"}
    with owner.write() as connection:
        connection.execute(insert(reports), {**row, "language": "en", "channel": "voice"})
        review = {"report_id": report_id, "state": "open", "reviewer": ben, "week": "2026-W40"}
        connection.execute(insert(reviews), review)
    first, second = (Clean("raw", by=ben, save=save) for save in ("a" * 32, "b" * 32))
    for was, clean in (("", first), (first.save, second)):
        with desk.write() as connection:
            save_draft(connection, report_id, clean, audiences=to, was=was, reader=ben, now=1_795_000_000)
    with desk.read() as connection:
        assert last_draft(connection, report_id, key) == second
    owner.close()
    desk.close()


def test_help_in_a_call_and_practice_are_the_desk_s_to_ask_for(granted: str) -> None:
    amina, ben, talk, now = "a" * 32, "b" * 32, "1" * 32, 1_800_000_000
    owner, desk = Database(granted), Database(under(granted, "hotline_desk"))
    door, worker = Database(under(granted, "hotline_ivr")), Database(under(granted, "hotline_worker"))
    with door.write() as connection:
        queue.join(connection, queue.Wish(talk, "caller", "2" * 32, "en"), now=now)
    with desk.write() as connection:
        for person in (amina, ben):
            shifts.choose(connection, person, shifts.AVAILABLE, now=now)
    with worker.write() as connection:
        assert [one.closed_to for one in offers.waiting(connection)] == [frozenset()]
        assert offers.offer(connection, talk, amina, now=now)
    with desk.write() as connection:
        offers.accept(connection, talk, amina, token="3" * 32, report_id="4" * 32, now=now)
    for token, leg in (("3" * 32, "amina"), ("5" * 32, "ben")):
        with desk.write() as connection:
            if leg == "ben":
                colleagues.ask(connection, talk, amina, ben, now=now)
                assert colleagues.asked_in(connection, talk, now=now) == ben
                colleagues.accept(connection, talk, ben, token=token, now=now)
                colleagues.bring_interpreter(connection, talk, amina, "polish-1", now=now)
                colleagues.let_interpreter_go(connection, talk, amina, "polish-1", now=now)
        with door.write() as connection:
            assert rooms.sit_down(connection, token, leg, now=now) is not None
            rooms.leg_joined(connection, (leg,), now=now)
    with desk.write() as connection:
        conduct.hand_over(connection, talk, amina, ben, now=now)
        conduct.leave_seat(connection, talk, amina, now=now)
        assert colleagues.taken(connection, now=now) == {ben}
        conduct.leave_closed_talks(connection, amina, "4" * 32, now=now)
    with worker.write() as connection:
        colleagues.lapse(connection, now=now)
        assert shifts.free(connection, now=now) == 1
    with desk.write() as connection:
        shifts.choose(connection, amina, shifts.AVAILABLE, now=now)
        practising.ring(connection, NewPractice("6" * 32, "en", False, "c" * 32, amina), token="7" * 32, now=now)
        assert practising.is_played_by(connection, "6" * 32, "c" * 32)
        practising.hang_up(connection, "6" * 32, now=now)
    with desk.write() as connection:  # as letting somebody go does
        leaving.get_up(connection, ben, now=now)
    with owner.read() as connection:
        found = connection.exec_driver_sql("SELECT person_id, state FROM talks ORDER BY talk_id").all()
    assert [tuple(row) for row in found] == [("", "waiting"), (amina, "over")]
    for database in (owner, desk, door, worker):
        database.close()


def test_no_real_call_passes_for_practice_and_the_desk_begins_no_real_one(granted: str) -> None:
    row = "talk_id, call_key, practice, language, needs, urgent, first, since, state, person_id, refused_by, room, "
    row += "report_id, begun_report, held, asked, answer, ending, moved_for"
    values = "'{0}', '{0}', {1}, 'en', '', false, false, 1, 'offered', 'a', '', 'r', '', '', false, '', '', '', ''"
    with autocommitted(under(granted, "hotline_desk")) as desk:
        desk.exec_driver_sql(f"INSERT INTO talks ({row}) VALUES ({values.format('8' * 32, 'true')})")
        with pytest.raises(ProgrammingError, match="row-level security"):
            desk.exec_driver_sql(f"INSERT INTO talks ({row}) VALUES ({values.format('9' * 32, 'false')})")
        with pytest.raises(ProgrammingError, match="permission denied"):
            desk.exec_driver_sql("UPDATE talks SET practice = true")
