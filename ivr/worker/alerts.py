"""Tells those on call that something needs attention, and raises an alarm when that itself fails."""

from __future__ import annotations

from ivr.worker import waits
from ivr.worker.audit_head import send_head
from ivr.worker.workplace import Workplace, log
from storage import clips, jobs
from storage.jobs import Lease
from storage.minutes import minutes_today
from storage.retention import has_forgotten_reports

ALERT_PATH_SECONDS = 300  # an alert this old that did not leave is itself an alarm
NOTICE_SECONDS = 3600  # and so is a notice to a team
QUIET_SECONDS = 3600
UNTIL_QUIET = (
    "signatures",
    "guessing",
    "crowded",
    "conflict",
    waits.LONG_WAIT,
    waits.NOBODY,
    "respawned",
)  # these come again, strangers cause most: each later one must be told again
REPLY_SECONDS = 900  # a reply that has no sound by then: no voice here speaks its language, or its words do not open
ALERT_PATH, BACKLOG, MINUTES, UNFINISHED = "alert_path", "backlog", "minutes", "unfinished"
NOTICES, REPLIES = "notices", "replies"
TELLING = {
    ALERT_PATH: "E-mail alerts do not leave.",
    BACKLOG: "Recordings or finished calls wait too long for the worker.",
    MINUTES: "More minutes of calls were closed today than DAILY_MINUTES_ALARM.",
    NOTICES: "E-mail to a team does not leave, so that it does not know that something was released to it.",
    REPLIES: "A reply to a caller could not be spoken for a quarter of an hour. `hotline say` tells why.",
    UNFINISHED: "Reports wait unfinished for longer than OPEN_ALARM_WEEKS.",
}


def send(place: Workplace, lease: Lease) -> None:
    """Send one waiting message. May run twice, and then the same contentless message arrives twice."""
    with place.database.read() as connection:
        message = jobs.read_message(connection, lease)
    if message is None:
        return
    match message.kind:
        case jobs.HEAD:
            send_head(place)
        case jobs.NOTICE:
            _tell_team(place, message.subject)
        case jobs.SECOND:
            place.post.send("Somebody is asked for", f"A second person is needed at {place.rules.desk}\n")
        case "alarm":
            place.post.send("The hotline needs an operator", f"An alarm stands. See {place.rules.desk}\n")
        case _:
            place.post.send("A report needs attention", f"A report needs attention at {place.rules.desk}\n")
    with place.database.write() as connection:
        jobs.drop_message(connection, lease)
    log.info("message sent: %s", message.kind)


def _tell_team(place: Workplace, team: str) -> None:
    """Tell a team that something is there, and nothing else; one without an address of e-mail is not told."""
    to = tuple(one.email for one in (place.line.teams if place.line else ()) if one.id == team and one.email)
    if not to:
        log.warning("a team has no address any more, and is not told")
        return
    text = f"Something was released to your team. Open it at {place.rules.assessment}\n"
    place.post.send("Something for your team", text, to)


def watch(place: Workplace) -> None:
    """Raise and end the alarms about what waits or grows too long; end those of a quiet hour. May run twice."""
    now = place.clock.now()
    with place.database.read() as connection:
        message = jobs.oldest_message(connection, "alert", jobs.SECOND)
        notice = jobs.oldest_message(connection, jobs.NOTICE)
        waiting = clips.oldest_backlog(connection, close_after=place.rules.close_after_seconds)
        reply = jobs.oldest_message(connection, jobs.REPLY)
        minutes = minutes_today(connection, now=now)
        forgotten = has_forgotten_reports(connection, place.rules.keeping, now=now)
        quiet = jobs.quiet_alarms(connection, UNTIL_QUIET, since=now - QUIET_SECONDS)
    _keep(place, ALERT_PATH, message is not None and message <= now - ALERT_PATH_SECONDS)
    _keep(place, NOTICES, notice is not None and notice <= now - NOTICE_SECONDS)
    _keep(place, BACKLOG, waiting is not None and waiting <= now - place.rules.backlog_alarm_seconds)
    _keep(place, REPLIES, reply is not None and reply <= now - REPLY_SECONDS)
    _keep(place, MINUTES, minutes > place.rules.daily_minutes_alarm)
    _keep(place, UNFINISHED, forgotten)
    for name in quiet:
        place.end_alarm(name)


def _keep(place: Workplace, name: str, stands: bool) -> None:
    if stands:
        place.alarm(name, TELLING[name])
    else:
        place.end_alarm(name)
