"""Whatever in a settings file would pass unnoticed is told with its line, and never with its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.mistakes import SettingsMistakes
from storage.setting_names import nearest
from storage.settings import database_setting, read_environment
from storage.settings_file import read_file
from tests.operators.ground import Ground


def told(text: str) -> list[tuple[str, str]]:
    _, mistakes = read_file("line.env", text)
    return [(mistake.setting, mistake.mend) for mistake in mistakes]


def test_a_file_with_remarks_blanks_and_quotes_is_right() -> None:
    values, mistakes = read_file("line.env", "# a remark\n\nDEMO=0\nexport SMTP_HOST='mail.open-ear.test' # ours\n\n")
    assert mistakes == []
    assert values == {"DEMO": "0", "SMTP_HOST": "mail.open-ear.test"}


def test_a_typing_mistake_is_told_with_the_setting_that_was_meant() -> None:
    assert told("TWILIO_ACOUNT_SID=AC1\n") == [("TWILIO_ACOUNT_SID", "did you mean TWILIO_ACCOUNT_SID?")]
    assert told("smtp_host=x\n") == [("smtp_host", "did you mean SMTP_HOST?")]
    assert nearest("LD_PRELOAD") == ""
    assert "take it out" in told("LD_PRELOAD=x\n")[0][1]


def test_a_name_that_stands_twice_is_told_with_both_lines() -> None:
    _, mistakes = read_file("line.env", "DEMO=1\n# between\nSOUND_DAYS=14\nDEMO=0\n")
    assert [mistake.why for mistake in mistakes] == ["it stands in line.env twice, in the lines 1 and 4"]


@pytest.mark.parametrize("line", ["TWILIO_ACCOUNT_SID AC1", "DEMO", "=1"])
def test_a_line_that_is_no_setting_is_told_by_its_number(line: str) -> None:
    assert [setting for setting, _ in told(f"SOUND_DAYS=14\n{line}\n")] == ["line.env, line 2"]


@pytest.mark.parametrize(
    ("name", "file"), [("SMTP_PASSWORD", "SMTP_PASSWORD_FILE"), ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKENS_FILE")]
)
def test_a_secret_in_the_file_is_refused_and_never_shown(name: str, file: str) -> None:
    _, mistakes = read_file("line.env", f"{name}=hunter2\nhunter2 again\n")
    assert file in mistakes[0].mend
    assert "hunter2" not in SettingsMistakes(mistakes).told()


def test_names_in_the_environment_that_are_none_of_ours_are_nobodys_business(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACOUNT_SID", "AC1")
    monkeypatch.setenv("SMTP_HOSTS", "x")
    settings = read_environment(None)
    assert settings.mistakes == ()
    monkeypatch.setenv("HOTLINE_SETTINGS", ground.file())
    assert database_setting(read_environment(None)) == ground.settings["DATABASE_URL"]


def test_a_mistake_of_the_file_is_told_beside_those_of_settings(ground: Ground) -> None:
    with pytest.raises(SettingsMistakes) as refused:
        database_setting(read_environment(Path(ground.file("SMTP_TSL=tls", DATABASE_URL="nonsense"))))
    assert [mistake.setting for mistake in refused.value.mistakes] == ["SMTP_TSL", "DATABASE_URL"]


def test_a_file_named_in_the_environment_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_SETTINGS", "/nowhere/line.env")
    with pytest.raises(SettingsMistakes) as refused:
        read_environment(None)
    assert [mistake.setting for mistake in refused.value.mistakes] == ["HOTLINE_SETTINGS"]


def test_a_file_that_is_no_text_is_told(ground: Ground) -> None:
    path = Path(ground.file())
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsMistakes):
        read_environment(path)


def test_without_any_file_that_is_the_first_thing_told() -> None:
    with pytest.raises(SettingsMistakes) as refused:
        database_setting(read_environment(None))
    assert [mistake.setting for mistake in refused.value.mistakes] == ["--settings", "DATABASE_URL"]
    assert "config.example.env" in refused.value.told()
