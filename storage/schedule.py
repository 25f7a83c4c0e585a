"""The retention schedule as a table out of the rules that the code obeys; docs/data-protection.md holds it."""

from __future__ import annotations

from storage.exports import FORGOTTEN_SECONDS
from storage.retention import MAILBOX_WEEKS, Keeping
from storage.sessions import IDLE_SECONDS, LONGEST_SECONDS
from storage.switches import LONGEST_DAYS

DAY_SECONDS = 86_400


def schedule(keeping: Keeping, *, sound_days: int, log_days: int) -> str:
    """Return the schedule in Markdown, each time as it is unless a setting says otherwise."""
    rows = (
        ("sound of an answer", f"when its transcript is confirmed; {sound_days} days at the latest", "`SOUND_DAYS`"),
        ("confirmed report", f"{keeping.confirmed_weeks} weeks after its week", "`RETAIN_CONFIRMED_WEEKS`"),
        ("row of what was no report", f"{keeping.dismissed_weeks} weeks after its week", "`RETAIN_DISMISSED_WEEKS`"),
        (
            "raw text of a released report, and how its caller may be reached",
            f"{keeping.raw_weeks} weeks after the week of its release",
            "`RETAIN_RAW_WEEKS`",
        ),
        (
            "the rest of a released report",
            f"{keeping.released_weeks} weeks after the week of its release",
            "`RETAIN_RELEASED_WEEKS`",
        ),
        (
            "what a team decided, on its side too",
            f"{keeping.team_weeks} weeks after the week in which it was to answer",
            "`RETAIN_TEAM_WEEKS`",
        ),
        (
            "unfinished report",
            f"never by itself; an alarm after {keeping.open_alarm_weeks} weeks",
            "`OPEN_ALARM_WEEKS`",
        ),
        ("held report", "never, until a supervisor lifts the hold; reminded from a chosen month", "-"),
        ("reference", f"{MAILBOX_WEEKS} weeks after it was last used", "-"),
        ("row of the call log", f"{log_days // 365} years", "-"),
        ("asking for the call log as a file", f"{FORGOTTEN_SECONDS // DAY_SECONDS} day, at the next asking", "-"),
        ("switch of the line", f"{LONGEST_DAYS} days at most", "-"),
        ("session of staff", f"{IDLE_SECONDS // 60} minutes idle, {LONGEST_SECONDS // 3600} hours", "-"),
        ("training of staff", "while employed", "-"),
        ("numbers by week, audit", "no limit: they name nobody outside the staff", "-"),
    )
    head = ("| what | how long | setting |", "|---|---|---|")
    return "\n".join((*head, *(f"| {what} | {long} | {setting} |" for what, long, setting in rows)))
