"""Settings that would quietly lead nowhere are refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.mistakes import SettingsMistakes
from storage.settings import read_environment, worker_settings


def test_a_named_file_that_is_not_there_is_the_first_thing_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsMistakes) as refused:
        read_environment(tmp_path / "nowhere.env")
    assert [mistake.setting for mistake in refused.value.mistakes] == ["--settings"]
    assert "nowhere.env" in refused.value.told()


@pytest.mark.parametrize("address", ["nobody", "ben@", "@example.org", "ben@example.org,nobody"])
def test_an_alert_that_would_reach_nobody_is_refused(address: str) -> None:
    with pytest.raises(SettingsMistakes) as refused:
        worker_settings({"ALERT_TO": address})
    assert "ALERT_TO" in {mistake.setting for mistake in refused.value.mistakes}
