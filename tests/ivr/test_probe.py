"""A signed call from outside says whether a caller is answered, and what it planted is nowhere afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr import probe_command, scan_command
from ivr.canary import Canary
from ivr.probe import InventedCaller, LineNotWell, Post, Probe, planted
from ivr.scan_command import read_canaries
from ivr.simulator.transport import Request, WsgiTransport
from storage.models import calls
from storage.reader import SecretText
from storage.settings import ProbeSettings
from tests.house import BASE, House
from tests.ivr.outage import outage


def into(house: House) -> Post:
    """Return a post that reaches the house's own door."""

    def post(address: str, form: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        answer = WsgiTransport(house.door).send(Request("POST", address, dict(headers), form))
        return answer.status, answer.body.decode()

    return post


@pytest.fixture
def probe(house: House) -> Probe:
    settings = house.settings
    told = ProbeSettings(BASE, settings.account_sid, settings.auth_tokens, settings.shared_keys)
    return Probe(told, InventedCaller.new(), into(house))


def test_a_line_that_is_well_is_heard_to_the_menu_and_left(house: House, probe: Probe) -> None:
    assert probe.call() == ("greeting", "safety", "main_menu", "quick_exit")
    with house.database.read() as connection:
        (row,) = connection.execute(select(calls)).all()
    assert row.ended_at is not None


def test_what_the_invented_caller_brought_is_found_nowhere(house: House, probe: Probe, tmp_path: Path) -> None:
    probe.call()
    listed = tmp_path / "planted"
    listed.write_text(planted(probe.caller.canaries()), encoding="utf-8")
    assert scan_command.scan(["--canaries", str(listed), "--places", str(house.folder)]) == scan_command.CLEAN
    (house.folder / "careless.log").write_text(f"call from {probe.caller.number}", encoding="utf-8")
    assert scan_command.scan(["--canaries", str(listed), "--places", str(house.folder)]) == scan_command.FOUND


def test_a_database_that_is_away_is_told(house: House, probe: Probe) -> None:
    with outage(house.database), pytest.raises(LineNotWell, match="database is away"):
        probe.call()


def test_a_key_that_the_line_does_not_know_is_told(probe: Probe) -> None:
    wrong = replace(probe, settings=replace(probe.settings, auth_tokens=(SecretText("0" * 32),), shared_keys=()))
    with pytest.raises(LineNotWell, match="call was answered with 403 and no words"):
        wrong.call()


def test_a_shared_key_signs_before_a_token(house: House, probe: Probe) -> None:
    sent: list[Mapping[str, str]] = []

    def post(_address: str, _form: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        sent.append(headers)
        return 403, ""

    keyed = replace(probe, post=post, settings=replace(probe.settings, shared_keys=(("key_1", SecretText("s" * 32)),)))
    with pytest.raises(LineNotWell):
        keyed.call()
    assert sent[0]["X-Twilio-Webhooks-Signature-Settings"] == "key=key_1,algorithm=HMAC_SHA256"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, "<html>Welcome to nginx</html>", "no words"),
        (502, "", "502"),
        (200, "<Response><Redirect>https://line.example.org/call/greeting/1</Redirect></Response>", "never comes"),
    ],
)
def test_whatever_else_answers_is_no_line(probe: Probe, status: int, body: str, why: str) -> None:
    with pytest.raises(LineNotWell, match=why):
        replace(probe, post=lambda *_: (status, body)).call()


def test_the_list_of_what_was_planted_is_read_by_the_scan() -> None:
    caller = InventedCaller.new()
    canaries, control = read_canaries(planted(caller.canaries()))
    assert tuple(canaries) == caller.canaries()
    assert control is None
    assert Canary("number", caller.number) in canaries


def test_the_command_says_in_one_line_that_nothing_answers(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    settings, plant = tmp_path / "probe.env", tmp_path / "planted"
    told = {**house.environment, "PUBLIC_BASE": f"http://127.0.0.1:{free_port}"}
    settings.write_text("".join(f"{name}={value}\n" for name, value in told.items()), encoding="utf-8")
    assert probe_command.probe(["--settings", str(settings), "--plant", str(plant)]) == 1
    assert "NOT well: nothing answers at the public address" in capsys.readouterr().err
    assert plant.stat().st_mode & 0o077 == 0
    assert probe_command.probe(["--settings", str(settings), "--plant", str(plant)]) == 1
    assert "Name a new file" in capsys.readouterr().err
