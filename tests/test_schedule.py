"""The retention schedule in the docs is the one that the code obeys."""

from __future__ import annotations

from pathlib import Path

from ivr.worker.retention import LOG_DAYS, MAILBOX_DAYS
from storage.retention import MAILBOX_WEEKS, Keeping
from storage.schedule import schedule

PAGE = Path(__file__).parents[1] / "docs/data-protection.md"
USUAL_SOUND_DAYS = 14  # as SOUND_DAYS is unless it is set, and at most


def test_the_schedule_in_the_docs_is_current() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition("<!-- schedule -->")[2].partition("<!-- /schedule -->")[0]
    assert shown.strip() == schedule(Keeping(), sound_days=USUAL_SOUND_DAYS, log_days=LOG_DAYS)


def test_the_two_times_of_a_reference_are_one() -> None:
    assert (MAILBOX_WEEKS - 1) * 7 <= MAILBOX_DAYS <= MAILBOX_WEEKS * 7
