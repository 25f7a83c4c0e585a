"""How the desk says in English what is stored as an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from handlers.web.times import LATEST_TIME, day_words, month_words, readable, seen_words, time_words, week_words
from prompts.line import Line
from prompts.questionnaire import CLIP
from storage.clock import month_of
from storage.holds import Hold
from storage.jobs import ALARM
from storage.minutes import MINUTES
from storage.statuses import ANSWERS

# Said the same way in every application.
__all__ = ["day_words", "month_words", "readable", "seen_words", "time_words", "week_words"]

QUESTIONS: dict[str, str] = {
    "urgent": "Harm, or evidence destroyed, in the next day?",
    "at_risk": "Who is at risk",
    "risk_story": "What could happen, and when",
    "weapon": "Could they get a weapon?",
    "allegation": "What it is about",
    "who": "Who it is about",
    "who_digits": "Shoulder number keyed",
    "force": "Which force",
    "force_which": "Which other force",
    "role": "Their role",
    "looks": "What they look like or drive",
    "story": "What happened",
    "when": "When it happened",
    "when_detail": "More about when",
    "where": "Where it happened",
    "ongoing": "Is it still going on?",
    "on_duty": "Were they on duty?",
    "favours_for": "What the favours were for",
    "favours_group": "Are others involved?",
    "gain_how": "How they gain by it",
    "sexual_whom": "Towards whom",
    "partner_job": "Is the job used to control them?",
    "partner_children": "Are children in the home?",
    "partner_weapon": "Could they get a weapon?",
    "hate_ground": "Against what",
    "hate_online": "Online, or in a group chat?",
    "other_what": "What kind of thing",
    "how_known": "How the caller knows",
    "crowd": "How many people could know this",
    "leave_out": "What to leave out",
    "evidence": "What shows it, and where that is",
    "others": "Who else was harmed or is targeted",
    "told_before": "Was anyone told before?",
    "they_know": "Does the person know of this report?",
    "questions_back": "May the team ask questions back?",
}
VALUES: dict[str, str] = {
    "yes": "Yes",
    "no": "No",
    "unsure": "Not sure",
    "unsaid": "Would rather not say",
    "on_duty": "On duty",
    "off_duty": "Off duty",
    "saw_or_heard": "Saw or heard it",
    "was_told": "Was told",
    "documents": "Documents or messages",
    "worked_out": "Worked it out",
    "one_or_two": "One or two people",
    "other": "Something else serious",
    "favours": "Money or favours for information or influence",
    "gain": "Using the job for personal gain",
    "sexual": "Sexual misconduct or crossing professional boundaries",
    "partner": "Abusing or controlling a partner or family member",
    "hate": "Racist, homophobic, sexist or disablist behaviour",
}
# Where a value means something else under one question than under the others.
VALUES_OF_QUESTION: dict[str, dict[str, str]] = {
    "at_risk": {
        "caller": "The caller",
        "adult": "Another adult",
        "child": "A child",
        "self": "The caller, from themselves",
    },
    "force": {"own": "The force this line is for", "other": "Another force"},
    "role": {"officer": "Police officer", "special": "Special constable", "staff": "Police staff"},
    "told_before": {"police": "Yes, the police", "someone_else": "Yes, someone else", "nobody": "No, nobody"},
    "sexual_whom": {"came_for_help": "Somebody who came for help", "colleague": "A colleague", "child": "A child"},
}
# These two help staff to judge and to sanitise; the page says so beside them.
NEVER_LEAVES = frozenset({"crowd", "leave_out"})

STATES: dict[str, str] = {
    "writing": "Being written",
    "arriving": "Arriving",
    "new": "New",
    "read": "Read",
    "confirmed": "Confirmed",
    "released": "Released",
    "not_a_report": "Not a report",
}
# What each part of the line is called on the page Health; `turn:beat` says the same as `worker`, and is left out.
PARTS: dict[str, str] = {
    "worker": "The worker is up",
    "turn:settle": "Reports of finished calls were put in order",
    "turn:watch": "The worker looked for alarms",
    "turn:deadlines": "The worker looked what teams and the desk owe an answer",
    "turn:tend": "The worker looked after those who talk with a caller",
    "turn:look": "A look at every call with a person was ordered",
    "turn:on_call": "The worker looked whether somebody on call is to be told",
    "turn:waits": "The worker looked how long callers wait",
    "turn:strays": "Twilio was asked for calls that never reached us",
    "turn:expire": "What may be kept no longer was deleted",
    "turn:reports": "Reports whose time is over were deleted",
    "turn:untangle": "The worker looked whether the weekly rewriting of the database is due",
    "turn:untangled": "The database was written anew, so that no place in it tells what came first",
    "turn:head": "The worker looked whether the audit's head is to be handed out",
    "turn:headed": "The audit's head was handed out for somebody outside to keep",
    "turn:journal": "Deleted text was taken out of the database's journal",
    "turn:once": "Sound that nobody may hear any more was deleted",
}
HIDDEN_PARTS = frozenset({"turn:beat", MINUTES})
ALARMS: dict[str, str] = {
    "admission": "Somebody's key does not match when they are admitted",
    "alert_path": "E-mail alerts do not leave",
    "answer_late": "A team owes an answer for longer than three months",
    "audit_head": "The audit's head does not reach those who keep it",
    "backlog": "Recordings or finished calls wait too long",
    "closed_to_all": "A report is closed to every supervisor",
    "conflict": "A report was closed to a colleague by itself",
    "crowded": "Callers are turned away, since too many ring at once",
    "deadline_soon": "A receipt, an answer or a first word is due this week",
    "decryption": "A recording cannot be opened",
    "first_word_late": "A caller has heard nothing for longer than a week",
    "foreign_recording": "Twilio records calls that it was not asked to record",
    "guessing": "Somebody guesses references",
    "long_wait": "A caller waits too long for a person",
    "minutes": "Today's calls took more minutes than is usual",
    "notices": "A team was not told that something was released to it",
    "nobody": "A caller waits and nobody at work can take the call",
    "receipt_late": "A team has not opened a release for longer than a week",
    "recording_failed": "Twilio failed to record an answer",
    "replies": "A reply to a caller cannot be spoken",
    "reply_keys": "Somebody put a second reference beside a report's own",
    "respawned": "A serving process died and was started again",
    "retention": "Too many reports would be deleted at once: a person must say yes",
    "signatures": "Requests come that Twilio did not sign",
    "storage": "Something stored is damaged",
    "transcriber": "The transcriber fails",
    "unanswered": "Everybody on call was told of an urgent report, and nobody took it up",
    "unencrypted": "A recording came unencrypted",
    "unfinished": "Reports wait unfinished for too long",
    "unreached": "An e-mail to somebody on call does not leave",
}
URGENCY: dict[str, str] = {"yes": "Urgent", "unsure": "May be urgent"}
CHANNELS: dict[str, str] = {"voice": "Voice", "keys": "Keys only", "staff": "Entered by staff", "live": "Live call"}
# In English, as staff say them; a line may offer others.
LANGUAGES: dict[str, str] = {
    "ar": "Arabic",
    "bn": "Bengali",
    "cy": "Welsh",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "gu": "Gujarati",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "so": "Somali",
    "ta": "Tamil",
    "tr": "Turkish",
    "ur": "Urdu",
}
FILTERS: dict[str, str] = {
    "open": "To do",
    "mine": "Mine",
    "unclaimed": "Unclaimed",
    "urgent": "Urgent",
    "arriving": "Arriving",
    "new": "New",
    "read": "Read",
    "confirmed": "Confirmed",
    "released": "Released",
    "not_a_report": "Not a report",
    "held": "Held",
}
SWITCH_WORDS: dict[str, str] = {
    "closed": "The line is closed: nobody answers, reports are taken",
    "surge": "Callers are told that many ring",
    "outage": "Callers are told that a part of the line does not work",
}
CALL_PATHS: dict[str, str] = {
    "voice": "Report by voice",
    "keys": "Report by keys",
    "added": "Added to a report",
    "person": "Asked for a person",
    "information": "Information only",
    "returned": "Rang back, added nothing",
    "quick_exit": "Quick exit",
    "silent": "Silent throughout",
    "crowded": "Turned away, too many rang",
    "none": "Chose nothing",
    "unheard": "Never reached us",
}
CALL_STAGES: dict[str, str] = {
    "greeting": "Left at the greeting",
    "menu": "Left at the menu",
    "person": "Left when asking for a person",
    "queue": "Left while waiting for a person",
    "consent": "Left at consent",
    "questions": "Left at the questions",
    "reference": "Left at the reference",
    "return": "Left when ringing back",
    "end": "Came to the end",
}
CALL_OUTCOMES: dict[str, str] = {
    "report": "Report",
    "partial": "Partial report",
    "added": "Added",
    "too_little": "Too little",
    "none": "No report",
}
CALL_BANDS: dict[str, str] = {
    "night": "Night",
    "morning": "Morning",
    "afternoon": "Afternoon",
    "evening": "Evening",
}
CALL_LENGTHS: dict[str, str] = {
    "under_1": "Under 1 minute",
    "1_to_3": "1 to 3 minutes",
    "3_to_10": "3 to 10 minutes",
    "10_to_30": "10 to 30 minutes",
    "over_30": "Over 30 minutes",
}
CALL_WAITS: dict[str, str] = {
    "none": "Asked for nobody",
    "under_1": "Waited under 1 minute",
    "1_to_3": "Waited 1 to 3 minutes",
    "3_to_10": "Waited 3 to 10 minutes",
    "over_10": "Waited over 10 minutes",
}
ASKED_WORDS: dict[str, str] = {  # what became of those who asked for a person
    "joined": "Asked for a person",
    "answered": "Spoke with a person",
    "left": "Left the queue, to leave a report",
    "hung_up": "Hung up while waiting",
    "nobody_came": "Nobody came",
}
ROLES: dict[str, str] = {
    "handler": "Handler",
    "supervisor": "Supervisor",
    "administrator": "Administrator",
    "auditor": "Auditor",
}
ROLE_ARTICLES: dict[str, str] = {
    "handler": "a handler",
    "supervisor": "a supervisor",
    "administrator": "an administrator",
    "auditor": "an auditor",
}
ROLE_HINTS: dict[str, str] = {
    "handler": "Reads reports, writes down clips. Once admitted.",
    "supervisor": "As a handler; acknowledges, holds and dismisses, sees the call log, admits others. Once admitted.",
    "administrator": "Health, and who may sign in. No report.",
    "auditor": "The audit alone. No report.",
}


@dataclass(frozen=True)
class Reason:
    """Why a contact is not a report, or why a report is held."""

    name: str
    words: str
    hint: str = ""


REASONS: tuple[Reason, ...] = (
    Reason("complaint", "Complaint about service", "Delay, a lost file, a decision they disagree with"),
    Reason("rudeness", "Rudeness", "Bad manners, and nothing more"),
    Reason("crime_report", "Crime report", "A crime by somebody who does not work for the police"),
    Reason("emergency", "Emergency, redirected", "They needed the emergency number"),
    Reason("other_agency", "For another agency"),
    Reason("staff_line", "For the police's own staff line"),
    Reason("other_force", "For another force"),
    Reason("abusive", "Abusive call"),
    Reason("silent", "Silent", "Nothing can be heard"),
    Reason("hung_up", "Hung up", "Too little was said to act on"),
    Reason("unsanitised", "Cannot be sanitised", "Whatever remains would point to the caller"),
    Reason("test", "Test", "Our own, or somebody trying the line"),
)
REASON_WORDS: dict[str, str] = {
    **{reason.name: reason.words for reason in REASONS},
    "merged": "Became part of another report",  # never chosen: merging says so
}
HOLD_REASONS: tuple[Reason, ...] = (
    Reason("court", "A court or coroner", "An order, or proceedings in which it may be asked for"),
    Reason("investigation", "An investigation", "One is under way, or will be"),
    Reason("request", "A person's request for data", "Until it is answered and may no longer be disputed"),
    Reason("complaint", "A complaint or claim", "About the line, or how this report was handled"),
    Reason("safety", "Somebody's safety", "What it says may be needed to protect somebody"),
)
HOLD_WORDS: dict[str, str] = {reason.name: reason.words for reason in HOLD_REASONS}


def question_words(question: str) -> str:
    """Return a short English heading for a question; an id that is new here is at least made readable."""
    if question.startswith(ANSWERS):
        return "Answered when they rang back"
    return QUESTIONS.get(question) or readable(question)


def answer_words(question: str, values: tuple[str, ...], categories: Mapping[str, str]) -> tuple[str, ...]:
    """Return keyed values in words, allegations in the line's own; digits stay, and a clip's own mark says nothing."""
    own = categories if question == "allegation" else VALUES_OF_QUESTION.get(question, {})
    return tuple(own.get(value) or VALUES.get(value) or readable(value) for value in values if value != CLIP)


def categories_of(line: Line) -> dict[str, str]:
    """Return what the line takes as it publishes it in English; nothing where the line does not speak English."""
    english = next((language.categories for language in line.languages if language.code == "en"), {})
    return {value: words[:1].upper() + words[1:] for value, words in english.items()}


def part_words(name: str) -> str:
    """Return what a part of the line did last, in plain words; a name that is new here is never shown."""
    return PARTS.get(name, "Another part of the line did its round")


def alarm_words(name: str) -> str:
    """Return what an alarm is about, in plain words; a name that is new here is never shown."""
    return ALARMS.get(name.removeprefix(ALARM), "Something needs an operator")


def week_short(week: str) -> str:
    """Return an ISO week as it is said within a sentence: `week 48`."""
    return f"week {int(week[6:])}"


def language_words(code: str) -> str:
    """Return a language's English name, or its code where it is not known here."""
    return LANGUAGES.get(code, code)


def review_words(hold: Hold, now: int) -> str:
    """Say when a hold is to be looked at."""
    return "Look at the hold now" if hold.review <= month_of(now) else f"Look again in {month_words(hold.review)}"


def date_words(day: str) -> str:
    """Return an ISO date as staff say it: `31 December 2026`; one that is none as it stands."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{when.day} {when:%B %Y}"


def hour_words(at: int, zone: tzinfo) -> str:
    """Return a date and hour: `24 November 2026, between 14:00 and 15:00`."""
    when = datetime.fromtimestamp(at, zone)
    return f"{when.day} {when:%B %Y}, between {when:%H}:00 and {(when.hour + 1) % 24:02}:00"


def due_words(due: int, now: int, zone: tzinfo) -> str:
    """Say when an urgent report must be acknowledged, or since when it is late."""
    late = "Overdue since" if due < now else "Acknowledge by"
    if not 0 <= due < LATEST_TIME:
        return "Acknowledge now"  # a row that something else wrote must not close the whole list
    return f"{late} {time_words(due, zone)}"
