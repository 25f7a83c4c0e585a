"""The sheet for a recording session holds every sentence once, in the order of a call, and is right in any script."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree as XmlTree

import pytest

from ivr.app import line_flow
from ivr.recording_sheet import COLUMNS, as_csv, as_html, rows_of
from ivr.worker.wording_commands import prompts
from prompts.line import read_line
from prompts.wording import FOLDER, read_wording

LINE = read_line(FOLDER / "lines" / "example.toml")
WORDING = read_wording(LINE)
ROWS = rows_of(line_flow(LINE), WORDING, "pl")


def test_every_sentence_stands_there_once_and_numbered() -> None:
    digits = [f"digit_{digit}" for digit in range(10)]
    assert sorted(row.prompt for row in ROWS) == sorted([*WORDING.texts["pl"], *digits])
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert all(row.text == WORDING.to_record("pl")[row.prompt] and row.seconds > 0 and row.place for row in ROWS)


def test_they_stand_in_the_order_of_a_call_with_their_variants_beside_them() -> None:
    order = [row.prompt for row in ROWS]
    wanted = ["greeting", "safety", "main_menu", "main_menu.silence", "consent", "urgent", "urgent.silence", "story"]
    assert [prompt for prompt in order if prompt in wanted] == wanted
    assert order.index("apology") > order.index("add_done")
    places = {row.prompt: row.place for row in ROWS}
    assert places["main_menu.wrong_key"] == "Greeting, safety, promise and main menu, after another key"
    assert places["apology"] == "While our computers are away"


def test_the_table_reads_back_as_it_is() -> None:
    table = list(csv.reader(io.StringIO(as_csv(ROWS).removeprefix("\ufeff"))))
    assert tuple(table[0]) == COLUMNS
    assert [row[3] for row in table[1:]] == [row.text for row in ROWS]


def test_the_page_is_whole_and_shows_every_text_in_its_own_direction() -> None:
    page = as_html(ROWS, title="<Line> & Co", language="pl")
    root = XmlTree.fromstring(  # noqa: S314 (our own page)
        page.replace("<!doctype html>", "").replace('<meta charset="utf-8">', "")
    )
    cells = [cell for cell in root.iter("td") if cell.get("class") == "text"]
    assert [cell.text for cell in cells] == [row.text for row in ROWS]
    assert {(cell.get("lang"), cell.get("dir")) for cell in cells} == {("pl", "ltr")}


def test_a_script_from_right_to_left_is_shown_from_right_to_left() -> None:
    rows = tuple(row.__class__(row.number, row.prompt, row.place, "هل أنت بأمان\u061f", 2.0) for row in ROWS[:3])
    assert as_html(rows, title="x", language="ar").count('lang="ar" dir="rtl"') == 3


def test_the_command_writes_both_and_refuses_a_language_that_the_line_does_not_speak(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prompts(["script", "pl", "--out", str(tmp_path / "sheet")]) == 0
    assert sorted(path.name for path in (tmp_path / "sheet").iterdir()) == ["pl.csv", "pl.html"]
    assert prompts(["script", "cy", "--out", str(tmp_path)]) == 1
    assert "does not speak cy" in capsys.readouterr().err
