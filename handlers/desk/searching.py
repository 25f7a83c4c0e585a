"""Search: by who or what reports are about, through the keyed index, and by words, in what is opened one by one.

What is asked travels in forms only, and stands in no address, no log and not in the audit, which keeps a keyed mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from handlers.desk import asking, sessions
from handlers.desk.beside import index_under, reader_of, subjects_of
from handlers.desk.beside_words import SEARCHED, WEEKS, subject_line
from handlers.desk.frame import frame
from handlers.desk.ground import Desk
from handlers.desk.looking_through import Wanted, look_through
from handlers.desk.phrases import LONGEST, SHORTEST
from handlers.desk.reading import audited
from handlers.desk.scans import AlreadyScanning, Hit, Progress, Search, TooManyScans, Watch
from handlers.desk.sessions import Signed
from handlers.desk.tidying import tidied, tidy, too_long
from handlers.desk.words import LANGUAGES, STATES
from handlers.permissions import Action, may
from handlers.tokens import folded
from storage import desk_secrets, intake, search_index
from storage.clock import iso_week
from storage.desk_secrets import DeskSecret, SecretLost
from storage.scanning import Filters
from storage.sessions import lives

WEEK_SECONDS = 7 * 86_400
INDEXED_AT_ONCE = 50
MOST_SHOWN = 100
REFRESH_SECONDS = 3  # where no script keeps what is found fresh
NOTHING = "Fill in at least one of the fields"
TOO_SHORT = f"Type at least {SHORTEST} letters or figures"
TOO_LONG = f"Type {LONGEST} characters or fewer"
STILL_SEARCHING = "Your last search still goes on. Wait for it, or stop it."
BUSY = "As many searches go on as the desk carries. Try again in a minute."
SEARCHED_STATES = ("new", "read", "confirmed", "released")


def search(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Show the two ways to search, and what this session found last."""
    return _page(desk, signed)


def progress(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Return what is found so far alone, for a page that keeps itself fresh."""
    return render_template("_search_found.html", **_found(desk, signed))


def by_subject(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Find the reports that have a confirmed subject which fits everything that was typed."""
    typed = tidied(request.form, SEARCHED)
    words = asking.words_of(typed)
    mistakes = too_long(typed, SEARCHED)
    if not words:
        mistakes.setdefault("name", NOTHING)
    if mistakes:
        return _page(desk, signed, typed, mistakes, 422)
    fields = ", ".join(name for name, value in typed.items() if value)
    mark = _audited(desk, signed, "subjects-searched", "\n".join(sorted(words)), fields)
    found = Search(signed.person_id, sessions.mark(desk, request), "subjects", typed, mark, progress=Progress.DONE)
    found.hits, is_full = _fitting(desk, signed, typed, words)
    found.progress = Progress.FULL if is_full else Progress.DONE
    _tell_hits(desk, signed, found)
    try:
        desk.scans.keep(found)
    except AlreadyScanning:
        return _page(desk, signed, typed, {"name": STILL_SEARCHING}, 409)
    return redirect("/search#found", 303)


def by_words(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Begin to look for words in everything of the chosen reports that this person may read."""
    asked = {name: tidy(request.form.get(name, "")) for name in ("words", "weeks", "state", "language")}
    words = folded(asked["words"])
    is_short, is_long = len(words.replace(" ", "")) < SHORTEST, len(asked["words"]) > LONGEST
    if is_short or is_long:
        return _page(desk, signed, asked, {"words": TOO_SHORT if is_short else TOO_LONG}, 422)
    filters = _filters(desk, asked)
    told = f"since {filters.since_week or 'ever'}, state {filters.state or 'any'}, language {filters.language or 'any'}"
    mark = _audited(desk, signed, "words-searched", words, told)
    wanted = Wanted(words, filters, reader_of(signed), mark)
    group = signed.group(desk)
    begun = Search(signed.person_id, sessions.mark(desk, request), "words", asked, mark)
    return _begun(desk, signed, begun, lambda found, watch: look_through(desk, found, watch, group, wanted))


def build_index(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Begin to build the index anew under another key: what a former colleague may know opens nothing of it."""
    group = signed.group(desk)

    def work(found: Search, watch: Watch) -> None:
        with desk.database.write() as connection:
            secret = desk_secrets.new_secret(connection, desk_secrets.SEARCH, group, ready=False)
            search_index.forget_tokens(connection)
            audited(desk, signed, connection, "index-building", secret.secret_id)
            found.total = search_index.count_with_subjects(connection)
        after: str | None = ""
        while after is not None:
            watch.go_on()
            with desk.database.write() as connection:
                part = search_index.reports_with_subjects(connection, after, INDEXED_AT_ONCE)
                index_under(connection, secret, group, part)
                if not part:
                    desk_secrets.mark_ready(connection, secret)
            found.done += len(part)
            after = part[-1] if part else None

    begun = Search(signed.person_id, sessions.mark(desk, request), "index", {})
    return _begun(desk, signed, begun, work)


def stop(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Stop this session's search; what it found so far stays."""
    del signed
    desk.scans.stop(sessions.mark(desk, request))
    return redirect("/search#found", 303)


def clear(desk: Desk, signed: Signed) -> ResponseReturnValue:
    """Let go of what this session asked and found."""
    del signed
    desk.scans.forget(sessions.mark(desk, request))
    return redirect("/search", 303)


# ---- machinery ----------------------------------------------------------------------------------------------------


def _fitting(desk: Desk, signed: Signed, typed: Mapping[str, str], words: frozenset[str]) -> tuple[list[Hit], bool]:
    """Return what fits, as it is spelt first, and whether there may be more than was compared."""
    group = signed.group(desk)
    with desk.database.write() as connection:
        try:
            secret = desk_secrets.desk_secret(connection, desk_secrets.SEARCH, group)
        except SecretLost:
            return [], False  # the page says that the index must be built
    with desk.database.read() as connection:
        ids = search_index.with_all(connection, secret, words, reader=reader_of(signed))
        by_report, _ = subjects_of(connection, group, ids)
    found: list[tuple[bool, Hit]] = []
    for report_id in ids:
        fitting = [one.subject for one in by_report.get(report_id, ()) if not one.is_forged]
        fitting = [one for one in fitting if asking.fits(typed, one)]
        exact = [one for one in fitting if asking.is_spelt(typed, one)]
        for subject in (exact or fitting)[:1]:
            where = "Subject" if exact else "Subject that sounds like it"
            found.append((not exact, Hit(report_id, where, subject_line(subject))))
    is_full = len(ids) >= search_index.MOST_CANDIDATES or len(found) > MOST_SHOWN
    return [hit for _, hit in sorted(found, key=lambda one: one[0])][:MOST_SHOWN], is_full


def _begun(desk: Desk, signed: Signed, begun: Search, work: Callable[[Search, Watch], None]) -> ResponseReturnValue:
    try:
        desk.scans.start(begun, work, lambda: lives(desk.sessions, begun.session, desk.clock.now()))
    except AlreadyScanning:
        return _page(desk, signed, begun.asked, {"words": STILL_SEARCHING}, 409)
    except TooManyScans:
        return _page(desk, signed, begun.asked, {"words": BUSY}, 503)
    return redirect("/search#found", 303)


def _audited(desk: Desk, signed: Signed, action: str, asked: str, detail: str) -> str:
    """Write down before anything is looked at who searches, and return the mark that stands for what was asked."""
    with desk.database.write() as connection:
        mark = search_index.asked_mark(_marks(connection, desk, signed), asked)
        audited(desk, signed, connection, action, mark, detail)
    return mark


def _marks(connection: Connection, desk: Desk, signed: Signed) -> DeskSecret:
    group = signed.group(desk)
    try:
        return desk_secrets.desk_secret(connection, desk_secrets.MARKS, group)
    except SecretLost:
        return desk_secrets.new_secret(connection, desk_secrets.MARKS, group)


def _tell_hits(desk: Desk, signed: Signed, found: Search) -> None:
    if found.hits:
        with desk.database.write() as connection:
            for report_id in sorted({hit.report_id for hit in found.hits}):
                audited(desk, signed, connection, "hit-shown", report_id, f"search {found.mark}")


def _filters(desk: Desk, asked: Mapping[str, str]) -> Filters:
    weeks = asked["weeks"] if asked["weeks"] in WEEKS else ""
    since = iso_week(desk.clock.now() - (int(weeks) - 1) * WEEK_SECONDS) if weeks else ""
    state = asked["state"] if asked["state"] in SEARCHED_STATES else ""
    return Filters(since, state, asked["language"] if asked["language"] in LANGUAGES else "")


def _found(desk: Desk, signed: Signed) -> dict[str, object]:
    """Return what this session found, as it may be seen now: a report that was closed meanwhile is gone from it."""
    # As it is at this moment, before its hits are read: a page that says "ended" must show all of them.
    found = copy(desk.scans.of(sessions.mark(desk, request)))
    hits = list(found.hits) if found is not None else []
    with desk.database.read() as connection:
        listed = intake.listed_reports(connection, {hit.report_id for hit in hits}, reader=reader_of(signed))
    shown = [(listed[hit.report_id], hit) for hit in hits if hit.report_id in listed]
    return {"found": found, "shown": shown, "most": MOST_SHOWN, "weeks": WEEKS, "searched": SEARCHED}


def _page(
    desk: Desk,
    signed: Signed,
    typed: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    found = _found(desk, signed)
    group = signed.group(desk)
    with desk.database.write() as connection:
        try:
            is_ready = desk_secrets.desk_secret(connection, desk_secrets.SEARCH, group).ready
        except SecretLost:
            is_ready = False
    last = found["found"]
    asked = typed if typed is not None else last.asked if isinstance(last, Search) else {}
    words: dict[str, object] = {
        "typed": asked,
        "mistakes": mistakes or {},
        "languages": LANGUAGES,
        "is_ready": is_ready,
    }
    words["refresh_seconds"] = REFRESH_SECONDS
    states = {name: STATES[name] for name in SEARCHED_STATES}
    may_build = may(signed.role, Action.BUILD_INDEX)
    page = frame(desk, signed, "search")
    return render_template("search.html", **page, **found, **words, states=states, may_build=may_build), status
