"""A desk with two teams, on which Ben sanitises a report by its page."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from prompts.teams import Team
from storage import drafts, models
from storage.clips import add_items, draft_id, forget_items
from storage.clock import Clock, iso_week
from storage.contents import Clean, Transcript
from storage.database import Database
from storage.sealing import seal_item
from tests.desk.staff import BASE, Browser, Hired, House, Keys, Story, Told, browser_of, id_of, open_house, tell
from tests.releasing.desks import EXAMPLE, SOUTH, squad

STORY = "My husband, the sergeant, sells data. He did it on 3 March 2026 at 21:40."
ANSWERS = (
    ("allegation", ("gain",)),
    ("how_known", ("saw_or_heard",)),
    ("crowd", ("one_or_two",)),
)
TOLD = Story(ANSWERS, (("story", STORY), ("leave_out", "that we are married")), state="confirmed", claimed="")
SPAN = re.compile(
    r"<span data-at=\"\d+\"[^>]*>(.*?)</span>|<span class=\"desk-mark[^>]*data-at=\"\d+\">(.*?)</span>", re.S
)
SHOWN = re.compile(r"<span data-kept[^>]*>(.*?)</span>|<ins>(.*?)</ins>", re.S)


@contextmanager
def house_with_teams(
    keys: Keys, hired: Hired, database: Database, clock: Clock, folder: Path, *teams: Team, base: str = BASE
) -> Iterator[House]:
    """Give a desk whose line has these teams, or two of its own."""
    line_file = folder / "line.toml"
    write_line(line_file, teams or (squad("standards", units=("PSD",)).team, squad("south-ps", SOUTH).team))
    with open_house(keys, hired, database, clock, folder, base, line_file=line_file) as house:
        yield house


def write_line(path: Path, teams: Sequence[Team]) -> None:
    """Write the example line with these teams."""
    blocks = [
        "\n[[teams]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in team.model_dump().items())
        for team in teams
    ]
    path.write_text(EXAMPLE.read_text(encoding="utf-8") + "".join(blocks), encoding="utf-8")


def to_review(house: House, story: Story = TOLD, reviewer: str = "Ben", state: str = "open") -> Told:
    """Tell of a report that a supervisor has claimed for review."""
    told = tell(house, story)
    row = {"report_id": told.report_id, "state": state, "week": iso_week(house.clock.now())}
    with house.database.write() as connection:
        connection.execute(insert(models.reviews), {**row, "reviewer": id_of(house, reviewer) if reviewer else ""})
    return told


def add_clip(house: House, told: Told, words: str, question: str = "add_story") -> None:
    """Let a clip come in later, as a machine wrote it down."""
    clip = secrets.token_hex(16)
    text = Transcript(clip, question, 9, "en", words, "engine", house.clock.now() + 900)
    to = [house.keys.public.desk]
    item = seal_item(text.packed(), report_id=told.report_id, kind="draft", audiences=to, item_id=draft_id(clip))
    with house.database.write() as connection:
        add_items(connection, [item])


def hear_anew(house: House, told: Told, words: str) -> None:
    """Let the machine have written down something else to the first clip."""
    named, to = draft_id(told.clips[0]), [house.keys.public.desk]
    text = Transcript(told.clips[0], "story", 0, "en", words, "engine", house.clock.now())
    item = seal_item(text.packed(), report_id=told.report_id, kind="draft", audiences=to, item_id=named)
    with house.database.write() as connection:
        forget_items(connection, [named])
        add_items(connection, [item])


@dataclass
class Bench:
    """Somebody's window with the page for sanitising one report."""

    browser: Browser
    told: Told
    page: str = ""
    chosen: dict[str, Any] = field(default_factory=dict)  # what stands in the fields beside the text

    @property
    def path(self) -> str:
        """Return the page's address."""
        return f"/reports/{self.told.report_id}/clean"

    def open(self, mark: int = 0) -> TestResponse:
        """Load the page."""
        answer = self.browser.get(f"{self.path}?mark={mark}" if mark else self.path)
        self.page = answer.text
        return answer

    def send(self, *, by: str = "", **fields: Any) -> TestResponse:
        """Press a button with what stands in the hidden fields; a page that comes back is the page from then on."""
        names = ("csrf_token", "was", "save", "raw", "start", "end", "number")
        form: dict[str, Any] = {name: hidden(self.page, name) for name in names}
        form |= {"reason": "relation", **self.chosen, **fields}
        data = MultiDict([(n, one) for n, v in form.items() for one in (v if isinstance(v, list) else [v])])
        headers = {"X-Cleaning": by} if by else {}
        answer = self.browser.bare_post(f"{self.path}/saved", data, headers=headers)
        if "<html" in answer.text:
            self.page = answer.text
        return answer

    def do(self, deed: str, words: str = "", **fields: Any) -> TestResponse:
        """Do something at some words of the raw text, and load the page that it leads to."""
        if words:
            raw = self.raw
            fields = {"start": raw.index(words), "end": raw.index(words) + len(words), **fields}
        answer = self.send(deed=deed, **fields)
        if answer.status_code == 303:
            self.open()
        return answer

    @property
    def raw(self) -> str:
        """Return the raw text, put together from what the page shows."""
        return raw_of(self.page)

    @property
    def clean(self) -> str:
        """Return the clean text, put together from what the page shows."""
        return clean_of(self.page.partition('id="texts"')[2].partition('id="edits"')[0])

    @property
    def score(self) -> int:
        """Return the jigsaw score that the page shows."""
        return int(re.findall(r"data-score>(\d+)<", self.page)[0])

    def saved(self) -> Clean:
        """Return the draft as it is kept."""
        house = self.browser.house
        with house.database.read() as connection:
            found = drafts.last_draft(connection, self.told.report_id, house.keys.desk)
        assert found is not None
        return found


def bench_for(house: House, told: Told, name: str = "Ben") -> Bench:
    """Open the page for sanitising in somebody's browser."""
    bench = Bench(browser_of(house, name), told)
    bench.open()
    return bench


def raw_of(texts: str) -> str:
    """Return the raw text, put together from its pieces on a page."""
    return "".join(html.unescape(one or other) for one, other in SPAN.findall(texts))


def clean_of(texts: str) -> str:
    """Return the clean text, put together from its pieces on a page."""
    return "".join(html.unescape(one or other) for one, other in SHOWN.findall(texts))


def hidden(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found, name
    return found[1]
