"""Pages that stand alone as files: no script, no other host, light and dark, and they print."""

from __future__ import annotations

from html import escape

# Contrast after WCAG 2.2, level AA, on both grounds.
STYLE = """\
:root { color-scheme: light dark; --ground: #fbfaf8; --card: #ffffff; --ink: #1f2933; --soft: #52606d; --rule: #d5dae0;
  --link: #1d5f8a; --mark: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181d; --card: #1d232a; --ink: #e8ecf0; --soft: #a7b3bf;
  --rule: #3a444e; --link: #8cc4ec; --mark: #45b3a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header { max-width: 100rem; margin: 0 auto; padding: 1rem 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
code { font-size: 0.85em; color: var(--soft); }
.soft { color: var(--soft); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.25rem 0; }
@media print { :root { --ground: #ffffff; --card: #ffffff; --ink: #000000; --soft: #333333; --link: #000000; }
  body { font-size: 10.5pt; } main, header { padding: 0; } nav { display: none; } a { text-decoration: none; } }
"""


def as_page(title: str, *body: str, style: str = "") -> str:
    """Return a whole page; its own words are English, what callers hear names its language where it stands."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        )
    )


def navigation(label: str, links: list[tuple[str, str]], here: str = "") -> str:
    """Return a list of (address, words) to move by; the present page is no link."""
    items = "".join(
        f'<li aria-current="page">{escape(words)}</li>'
        if address == here
        else f'<li><a href="{escape(address)}">{escape(words)}</a></li>'
        for address, words in links
    )
    return f'<nav aria-label="{escape(label)}"><ul>{items}</ul></nav>'
