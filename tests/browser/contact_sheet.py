"""One page that shows every picture: each state in a row, its sizes and schemes beside each other."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path

HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Every page in every state</title><style>
body { margin: 24px; background: #555; color: #fff; font: 16px system-ui, sans-serif }
div { display: flex; gap: 16px; overflow-x: auto; align-items: flex-start }
figure { flex: none; margin: 0 0 32px } figcaption { font-size: 13px } img { height: 440px }
</style></head><body><h1>Every page in every state</h1>
"""


def write_contact_sheet(folder: Path) -> Path:
    """Write `index.html` beside the pictures, which are named state-size-scheme.png."""
    parts = [HEAD]
    for state, files in groupby(sorted(folder.glob("*.png")), key=lambda file: file.stem.rsplit("-", 2)[0]):
        parts.append(f"<h2>{escape(state)}</h2><div>\n")
        for file in files:
            look, name = escape(file.stem.removeprefix(state + "-")), escape(file.name)
            parts.append(
                f'<figure><a href="{name}"><img src="{name}" alt="{escape(state)}, {look}" loading="lazy"></a>'
                f"<figcaption>{look}</figcaption></figure>\n"
            )
        parts.append("</div>\n")
    sheet = folder / "index.html"
    sheet.write_text("".join([*parts, "</body></html>\n"]))
    return sheet
