"""The promise, shown: whole journeys of an invented caller, and then nothing of them on any disk, in any form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from ivr.scan import ScanProvedNothing
from storage.models import counts, reports
from tests.anonymity import journey
from tests.anonymity.journey import canaries_of
from tests.anonymity.machine import Machine, make_machine

UNHEARD_OF_MINUTES = 180


@pytest.fixture
def machine(database_url: str, tmp_path: Path) -> Iterator[Machine]:
    with make_machine(tmp_path, database_url) as made:
        yield made


def test_nothing_of_a_caller_is_on_any_disk_in_a_call_after_it_and_at_the_end(machine: Machine) -> None:
    house, invented = machine.house, machine.invented
    for language in ("1", "2"):  # English, Polish
        call = journey.report_by_voice(house, invented, language)
        reference = next(call)
        machine.references.append(reference)
        house.work()
        assert machine.found() == set(), "in the middle of a call"
        next(call)
    machine.references.append(journey.report_by_keys(house, invented))
    journey.hang_ups(house, invented)
    machine.references += journey.return_with(house, invented, machine.references[0])
    replied = journey.answer_to(house, invented, machine.references[0])
    for _ in replied:
        assert machine.found() == set(), "while a reply waits for the worker, for its caller, and when it is heard"
    journey.odd_callers(house, invented)
    journey.forged(house, invented)
    journey.while_the_database_fails(house, invented)
    assert machine.found() == set(), "before the worker came"
    house.work()
    house.later(minutes=20)
    house.work()
    for _ in range(2):  # the call that nobody heard of is found at the carrier, then closed
        house.later(minutes=UNHEARD_OF_MINUTES)
        house.work()
    assert machine.found() == set(), "when all was collected"
    _is_a_journey(machine)
    amina = house.hire("amina")
    visit = house.sign_in(amina)
    machine.staffs_secrets += journey.secrets_of(amina, visit)
    shown = journey.read_everything(house, visit)
    assert invented.drafted in shown
    assert invented.digits in shown
    house.back_up(machine.folders["backups"])
    assert machine.found() == set(), "when all was read and backed up"


def _is_a_journey(machine: Machine) -> None:
    """Check that what was searched for did pass through: a journey that stops early would leave nothing either."""
    house = machine.house
    kinds = [canary.kind for canary in canaries_of(house, machine.invented, machine.references)]
    assert kinds.count("call_sid") >= 20
    assert kinds.count("recording_sid") >= 15
    assert kinds.count("call_token") >= 20
    assert kinds.count("reference") == 5  # two spoken reports, one keyed, one wrong digit, one unknown
    assert all(len(reference) == 16 for reference in machine.references)
    genuine = {sent.param("CallSid") for sent in house.exchange.requests if sent.params and sent.status != 403}
    assert genuine - house.exchange.deleted_calls == set()
    assert [one.sid for one in house.exchange.recordings.values() if one.standing] == []
    if not house.database.is_sqlite:  # the server did write down a statement that failed
        assert "does not exist" in (machine.folders["data"] / "log").read_text(encoding="utf-8")
    with house.database.read() as connection:
        kept = connection.execute(select(reports.c.language, reports.c.channel)).all()
    assert {("en", "voice"), ("pl", "voice"), ("en", "keys")} <= set(map(tuple, kept))


def test_nothing_is_left_when_every_process_has_stopped(database_url: str, tmp_path: Path) -> None:
    with make_machine(tmp_path, database_url) as machine:
        call = journey.report_by_voice(machine.house, machine.invented, "1")
        machine.references.append(next(call))
        sought = canaries_of(machine.house, machine.invented, machine.references)
    assert machine.found(sought) == set()


def test_a_canary_that_does_leak_is_found(machine: Machine) -> None:
    number, forwarded, name, city, drafted, aloud, digits, told = machine.invented.canaries()
    assert machine.found() == set()
    for canaries in ((number, name, city, drafted, digits), (forwarded, aloud), (told,)):  # each kind once in a search
        with machine.house.database.write() as connection:
            rows = [{"week": "2026-W01", "name": canary.text, "number": 1} for canary in canaries]
            connection.execute(insert(counts), rows)
        assert {kind for kind, _, _ in machine.found(list(canaries))} == {canary.kind for canary in canaries}


def test_a_carriers_name_that_does_leak_is_found(machine: Machine) -> None:
    call = machine.house.ring(machine.invented.caller)
    (machine.folders["logs"] / "other.log").write_text(f"POST /call {call.sid}\n")
    assert ("call_sid", "text", str(machine.folders["logs"] / "other.log")) in machine.found()


def test_the_sound_itself_is_a_canary(machine: Machine) -> None:
    machine.house.ring(machine.invented.caller)
    (machine.folders["tmp"] / "clip.wav").write_bytes(machine.invented.voice())
    assert {kind for kind, _, _ in machine.found()} == {"phrase"}


def test_a_place_that_is_not_really_searched_is_noticed(machine: Machine, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    whole = machine.folders
    assert set(whole) == {"data", "house", "logs", "tmp", "backups"}
    for place in whole:
        machine.folders = {**whole, place: empty}
        with pytest.raises(ScanProvedNothing, match="control"):
            machine.found()
