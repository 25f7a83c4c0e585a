"""The wallboard: who waits, who works and what stands unread, fresh each second at the cost of one look a process."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.sessions import Signed
from handlers.desk.words import SWITCH_WORDS, language_words, week_words
from prompts.line import is_open
from storage.live.board import MOST_COUNTED, AtWork, Waits
from storage.live.shifts import AVAILABLE, AWAY, BREAK, ON_CALL, WRAP_UP
from storage.switches import CLOSED, standing

STATE_WORDS = {
    AVAILABLE: "Available",
    ON_CALL: "On a call",
    WRAP_UP: "Writing up",
    BREAK: "On a break",
    AWAY: "Away",
}
BAR_WIDTH = 100


@dataclass(frozen=True)
class Group:
    """Those who do the same now, the longest first."""

    state: str
    words: str
    people: tuple[AtWork, ...]


@dataclass(frozen=True)
class Shown:
    """What the board tells one reader. It holds no time of the look, so that what stays the same is sent once."""

    waiting: int
    longest: int  # since when the longest waits, 0 for nobody
    languages: tuple[Waits, ...]
    groups: tuple[Group, ...]
    free: int
    talking: int
    unread: str
    oldest: str
    urgent: int
    urgent_due: int  # 0 for none
    is_late: bool
    is_open: bool
    switched: tuple[str, ...]
    alarm_seconds: int

    @property
    def mark(self) -> str:
        """Return what is the same for two readers who are told the same, and for no others."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def board(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the wallboard."""
    return render_template("board.html", **frame(desk, signed, "board"), shown=_shown(desk, signed))


def state(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Return the board for a page that keeps itself fresh: nothing but a header where nothing has changed."""
    shown = _shown(desk, signed)
    if request.if_none_match.contains(shown.mark):
        return _marked(make_response("", 304), shown)
    answer = make_response(desk.recent.of(shown.mark, lambda: _told(desk, shown)))
    answer.mimetype = "application/json"
    return _marked(answer, shown)


def _marked(answer: Response, shown: Shown) -> Response:
    answer.set_etag(shown.mark)
    return answer


def _told(desk: Desk, shown: Shown) -> str:
    page = render_template("_board.html", shown=shown, now=desk.clock.now())
    return json.dumps({"page": page, "news": news(shown), "call": call(shown), "urgent": shown.urgent > 0})


def _shown(desk: Desk, signed: Signed) -> Shown:
    seen, now = desk.board.seen(), desk.clock.now()
    to_do = seen.to_do(signed.person_id)
    on = standing(tuple((one.name, one.until) for one in seen.switches), now)
    waits = [one for one in seen.languages if one.waiting]
    by_state = [Group(name, words, _those(seen.people, name)) for name, words in STATE_WORDS.items()]
    return Shown(
        waiting=sum(one.waiting for one in waits),
        longest=min((one.since for one in waits), default=0),
        languages=seen.languages,
        groups=tuple(group for group in by_state if group.people),
        free=len(_those(seen.people, AVAILABLE)),
        talking=seen.talking,
        unread=f"{MOST_COUNTED}+" if to_do.unread > MOST_COUNTED else str(to_do.unread),
        oldest=to_do.oldest,
        urgent=len(to_do.urgent),
        urgent_due=min(to_do.urgent, default=0),
        is_late=min(to_do.urgent, default=now) < now,
        is_open=is_open(desk.line, datetime.fromtimestamp(now, UTC), switched_off=CLOSED in on),
        switched=tuple(words for name, words in SWITCH_WORDS.items() if name in on),
        alarm_seconds=desk.settings.wait_alarm_seconds,
    )


def _those(people: tuple[AtWork, ...], state_: str) -> tuple[AtWork, ...]:
    return tuple(one for one in people if one.state == state_)


# ---- words ---------------------------------------------------------------------------------------------------------


def call(shown: Shown) -> str:
    """Return what somebody must do something about now, or nothing. It names no report and nobody."""
    stuck = [language_words(one.language) for one in shown.languages if one.is_stuck]
    parts = []
    if shown.urgent:
        parts.append(f"Acknowledge {shown.urgent} urgent report{'' if shown.urgent == 1 else 's'}")
    if stuck:
        parts.append(f"Nobody can take a call in {', '.join(stuck)}")
    return "; ".join(parts)


def news(shown: Shown) -> str:
    """Return the board in a sentence, for those who hear it read out."""
    wait = "Nobody waits" if not shown.waiting else "1 waits" if shown.waiting == 1 else f"{shown.waiting} wait"
    what = call(shown)
    return f"{wait}, {shown.free} available." + (f" {what}." if what else "")


def clock_words(since: int, now: int) -> str:
    """Return how long something lasts as a clock shows it: `3:05`, from an hour on `1:02:05`."""
    minutes, seconds = divmod(max(0, now - since), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def minute_words(since: int, now: int) -> str:
    """Return how long something lasts in whole minutes: `12 min`, from an hour on `1 h 5 min`."""
    hours, minutes = divmod(max(0, now - since) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def bar_width(since: int, now: int, alarm_seconds: int) -> int:
    """Return how wide a wait's bar is: half of it at the time of the alarm, and never wider than all."""
    return min(BAR_WIDTH, max(0, now - since) * BAR_WIDTH // (2 * alarm_seconds))


def week_number(week: str) -> str:
    """Return a week as a big number: `48`; nothing for one that cannot be read."""
    return str(int(week[6:])) if week_words(week) != week else ""


def week_days(week: str) -> str:
    """Return the days of a week: `23 to 29 November 2026`."""
    return week_words(week).partition(": ")[2]
