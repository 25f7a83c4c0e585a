"""A caller on a line of fifteen languages rings, comes to one of them by key, and leaves a report in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from prompts.wording import FOLDER, read_wording
from storage.models import reports
from tests.house import House, make_house, tell_all


@pytest.fixture
def met(tmp_path: Path, sqlite_template: Path) -> Iterator[House]:
    shutil.copyfile(sqlite_template, tmp_path / "hotline.db")
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    with make_house(tmp_path, url, line_file=FOLDER / "lines" / "met.toml") as house:
        yield house


# The keys that lead to each language that Twilio speaks; Urdu and Somali are played from sounds made at set-up.
WAYS = {
    "cy": "1", "pl": "2", "ro": "3", "bn": "41", "pa": "42", "gu": "43", "ta": "441", "ar": "442", "tr": "443",
    "pt": "4441", "es": "4442", "fr": "4443",
}  # fmt: skip


@pytest.mark.parametrize(("code", "keys"), WAYS.items())
def test_the_language_of_a_page_is_that_of_the_whole_report(met: House, code: str, keys: str) -> None:
    wording = read_wording(met.door.hotline.line)
    call = met.ring()
    for key in keys:
        call.press(key)
    heard = len(call.words)
    call.silence()
    call.silence()
    call.press("2")
    call.press("2")
    reference = tell_all(met, call, {})
    assert call.ended
    assert len(reference) == 16
    assert wording.say(code, "consent") in call.words
    assert wording.say(code, "report_done") in call.words
    english = {wording.say("en", prompt) for prompt in wording.texts["en"]}
    assert [said for said in english if said in call.words[heard:]] == []
    with met.database.read() as connection:
        assert connection.execute(select(reports.c.language)).scalars().all() == [code]
    assert met.exchange.notices == []
