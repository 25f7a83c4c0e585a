"""Cells of a CSV file that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

# The minus sign of typography is not folded into the one of the keyboard.
BEGINS_A_FORMULA = frozenset("=+-@\N{MINUS SIGN}")
UNSEEN = ("Zs", "Zl", "Zp", "Cc", "Cf")  # spaces, line ends, control and format characters


def guarded(text: str) -> str:
    """Return text as a cell that a spreadsheet shows and never computes (OWASP, CSV injection).

    A program trims what nobody sees and folds full-width signs before it looks for a formula: so does this.
    """
    seen = next((sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in UNSEEN), "")
    return f"'{text}" if (seen in BEGINS_A_FORMULA and seen) or text[:1] in ("\t", "\r", "\n") else text


def line(cells: Iterable[str]) -> bytes:
    """Return one line of a CSV file in UTF-8, every cell guarded and in quotes (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return written.getvalue().encode()
