"""A spreadsheet shows a cell of ours and never computes it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from handlers.csv_cells import guarded, line

DANGEROUS = (
    "=1+1",
    "+44",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    " =1",
    "\N{NO-BREAK SPACE}=1",
    "\N{ZERO WIDTH SPACE}=1",
    "\N{ZERO WIDTH NO-BREAK SPACE}@x",
    "\N{FULLWIDTH EQUALS SIGN}1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}x",
    "\N{IDEOGRAPHIC SPACE}\N{FULLWIDTH EQUALS SIGN}1",
    "\N{SMALL HYPHEN-MINUS}1",
    "\N{MINUS SIGN}1",
    " \t =1",
)


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_begins_a_formula_is_only_shown(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Week 48", "a=1", "2026-W48", "Report by voice", "'=1", "No report"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(some.lists(some.text(some.characters(exclude_categories=["Cs"])), min_size=1))
def test_a_line_reads_back_as_its_guarded_cells(cells: list[str]) -> None:
    written = line(cells).decode()
    assert written.endswith('"\r\n')
    (read,) = csv.reader(io.StringIO(written, newline=""))
    assert read == [guarded(cell) for cell in cells]
    assert not [cell for cell in read if cell.lstrip()[:1] in ("=", "+", "-", "@") and cell]
