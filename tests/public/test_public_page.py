"""The public page: the same bytes for the same facts, nothing that tells that somebody rang, no promise too many."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from handlers.public.commands import public
from handlers.public.facts import TO_RELEASE, Canary, CanaryUnread, Facts, Limits, facts_of, read_canary
from handlers.public.page import files_of
from handlers.public.promises import NOT_PROMISED, PROMISED
from prompts.line import read_line
from storage.build import build_digest
from storage.clock import SystemClock, TurnedClock, iso_week
from storage.database import Database
from storage.jobs import beat
from storage.models import calls, counts, items, reports
from storage.retention import Keeping
from tests.desk.staff import LINE_FILE

LIMITS = Limits(close_after_seconds=600, backlog_seconds=1800, keeping=Keeping())
FOUND_NOTHING = Canary(date(2026, 11, 14), 0, ("number", "phrase"))
DOCS = Path(__file__).parents[2] / "docs"


def page_of(facts: Facts) -> str:
    files = files_of(read_line(LINE_FILE), facts, sound_days=14, version="1.2.3", build="ab" * 32)
    return files["index.html"].decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def facts(database: Database, clock: TurnedClock, canary: Canary | None = FOUND_NOTHING) -> Facts:
    with database.read() as connection:
        return facts_of(connection, LIMITS, canary, now=clock.now())


def count(database: Database, week: str, **numbers: int) -> None:
    rows = [{"week": week, "name": name.replace("__", "."), "number": number} for name, number in numbers.items()]
    with database.write() as connection:
        connection.execute(insert(counts), rows)


def test_only_the_quarter_that_is_over_is_told_and_small_numbers_are_not(
    database: Database, clock: TurnedClock
) -> None:
    count(
        database,
        "2026-W30",
        funnel__rang=800,
        funnel__engaged=300,
        funnel__in_scope=90,
        reported__en=40,
        reported__pl=2,
    )
    count(database, "2026-W30", funnel__released=12, funnel__acted=3)
    count(database, "2026-W30", outcome__investigate=9, outcome__safeguard=1, outcome__record=7)
    count(database, "2026-W45", funnel__rang=7777)
    told = words(page_of(facts(database, clock)))
    assert "the third quarter of 2026, 29 June 2026 to 27 September 2026" in told
    assert "Calls that reached the line 800 Went on after the greeting 300 Were about what the line takes 90" in told
    assert "Reports that staff confirmed 42 Released to a police team, sanitised 12 A team acted on it not told" in told
    assert "They investigate, or protect somebody not told They keep it for the future not told" in told
    assert "7777" not in told


def test_no_table_tells_what_another_withholds(database: Database, clock: TurnedClock) -> None:
    """Of 20 reports 18 are released, so that two were not: no sum of a table says the 18 that the funnel withholds."""
    week = "2026-W30"
    count(database, week, funnel__rang=800, funnel__engaged=300, funnel__in_scope=90, reported__en=20)
    count(database, week, released__full=18, funnel__acted=10)
    count(database, week, to_release__0_to_1=9, to_release__2_to_4=9)
    # Acted on 10: with the 9 that are investigated, one is protected.
    count(database, week, outcome__investigate=9, outcome__safeguard=1, outcome__record=8)
    page = words(page_of(facts(database, clock)))
    assert "Reports that staff confirmed 20 Released to a police team, sanitised not told" in page
    assert "A team acted on it 10" in page
    tables = page[page.index("What the teams decided") :]
    assert tables.count("not told") == 10, "every cell of both, and their sums"


def test_tables_are_told_whose_sums_are_told(database: Database, clock: TurnedClock) -> None:
    week = "2026-W30"
    count(database, week, funnel__rang=800, funnel__engaged=300, funnel__in_scope=190, reported__en=120)
    count(database, week, released__full=80, funnel__acted=40, outcome__record=20, outcome__outside_remit=15)
    count(database, week, **{f"to_release__{name}": 16 for name in TO_RELEASE})
    page = words(page_of(facts(database, clock)))
    assert "or protect somebody 40 They keep it for the future 20 It is not theirs 15 All together 75" in page
    assert "Over 13 weeks 16 All together 80" in page


def test_nothing_tells_that_somebody_rang(database: Database, clock: TurnedClock) -> None:
    with database.write() as connection:
        beat(connection, "worker", now=clock.now())
    quiet = page_of(facts(database, clock))
    with database.write() as connection:  # a call goes on, and a report came this week
        row = {"call_key": "k", "turn": 1, "state": b"", "sid_for_worker": b"", "started_at": clock.now()}
        connection.execute(insert(calls).values(**row, seen_at=clock.now(), ended_at=clock.now() - 60))
        named = {"report_id": "a" * 32, "case_number": "K7M-4QX2", "line": "example", "state": "new"}
        connection.execute(
            insert(reports).values(**named, week=iso_week(clock.now()), language="pl", channel="voice", urgent="yes")
        )
    count(database, iso_week(clock.now()), funnel__rang=40, calls__crowded=3)
    assert page_of(facts(database, clock)) == quiet


def test_it_says_when_deleting_has_stopped_or_something_waits_too_long(database: Database, clock: TurnedClock) -> None:
    told = words(page_of(facts(database, clock)))
    assert "Deleting has stopped" in told
    assert "Nothing is left at the phone company for longer than it must be" in told
    with database.write() as connection:
        beat(connection, "worker", now=clock.now() - 60)
        row = {"call_key": "k", "turn": 1, "state": b"", "sid_for_worker": b"", "started_at": 1, "seen_at": 1}
        connection.execute(insert(calls).values(**row, ended_at=clock.now() - 600 - 1801))
        named = {"report_id": "a" * 32, "case_number": "K7M-4QX2", "line": "example", "language": "pl"}
        old = {"week": "2020-W01", "state": "confirmed", "channel": "voice"}
        connection.execute(insert(reports).values(**named, **old))
        connection.execute(insert(items).values(item_id="b" * 32, report_id="a" * 32, kind="answer", sealed=b""))
    told = words(page_of(facts(database, clock)))
    assert "Deleting goes on" in told
    assert "Something waits too long at the phone company" in told
    assert "Something is kept for longer than we say" in told


@pytest.mark.parametrize(
    ("canary", "said"),
    [
        (FOUND_NOTHING, "A planted caller was not found. We rang our own line on or before 14 November 2026"),
        (Canary(date(2026, 11, 14), 2, ("number",)), "It was found in 2 places. Do not ring until this is mended."),
        (Canary(date(2026, 1, 1), 0, ("number",)), "too long ago to say much"),
        (Canary(date(2027, 1, 1), 0, ("number",)), "too long ago to say much"),
        (None, "No search for a planted caller is told here."),
    ],
    ids=["nothing", "found", "old", "of tomorrow", "none"],
)
def test_the_last_planted_call_is_told_as_it_went(
    database: Database, clock: TurnedClock, canary: Canary | None, said: str
) -> None:
    assert said in words(page_of(facts(database, clock, canary)))


def test_the_page_asks_nobody_else_for_anything_and_runs_nothing(database: Database, clock: TurnedClock) -> None:
    line = read_line(LINE_FILE)
    made = [files_of(line, facts(database, clock), sound_days=14, version="1", build="0") for _ in range(2)]
    assert made[0] == made[1]
    (style,) = [name for name in made[0] if name.endswith(".css")]
    page = made[0]["index.html"].decode()
    assert f'href="{style}"' in page
    assert not re.search(
        r"<script|<img|<iframe|@import|url\(|https?://| style=|<style|onclick", page + made[0][style].decode()
    )
    assert "default-src 'none'" in page


def test_each_promise_and_each_that_is_none_stands_in_the_threat_model() -> None:
    doc = " ".join((DOCS / "threat-model.md").read_text(encoding="utf-8").split())
    promised, rest = doc.partition("## What is not promised")[::2]
    not_promised = rest.partition("## Adversaries")[0]
    assert [one.title for one in PROMISED if one.stands_for not in promised] == []
    assert [one.title for one in NOT_PROMISED if one.stands_for not in not_promised] == []
    said = " ".join(f"{one.title} {one.words}" for one in (*PROMISED, *NOT_PROMISED)).casefold()
    assert not [word for word in ("untraceable", "completely anonymous", "guarantee", "100%") if word in said]


def test_the_command_writes_the_page_or_nothing(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "config.env"
    settings.write_text(f"DATABASE_URL={database_url}\nLINE_FILE={LINE_FILE}\n", encoding="utf-8")
    out, canary = tmp_path / "page", tmp_path / "canary.json"
    canary.write_text('{"day": "never"}', encoding="utf-8")
    given: list[Any] = ["--settings", str(settings), "--out", str(out), "--canary", str(canary)]
    assert public(given) == 1
    assert not out.exists()
    day = datetime.fromtimestamp(SystemClock().now(), UTC).date().isoformat()
    canary.write_text(f'{{"day": "{day}", "found": 0, "sought": ["number"]}}', encoding="utf-8")
    assert public(given) == 0
    assert len(list(out.iterdir())) == 2
    assert "A planted caller was not found" in (out / "index.html").read_text(encoding="utf-8")
    assert build_digest() in (out / "index.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert public(["--hash"]) == 0
    assert capsys.readouterr().out.strip() == build_digest()


def test_the_build_is_one_digest_over_all_that_is_program(tmp_path: Path) -> None:
    for name in ("ivr/a.py", "handlers/b.html", "prompts/en.toml", "storage/__pycache__/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    first = build_digest(tmp_path)
    (tmp_path / "prompts/en.toml").write_text("other words", encoding="utf-8")
    (tmp_path / "storage/__pycache__/c.py").write_text("compiled", encoding="utf-8")
    assert build_digest(tmp_path) == first
    (tmp_path / "ivr/a.py").write_text("y", encoding="utf-8")
    assert build_digest(tmp_path) != first


def test_a_result_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CanaryUnread):
        read_canary(tmp_path / "nowhere")
