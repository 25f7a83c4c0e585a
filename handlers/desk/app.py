"""The inside application, put together: pages, the door in front of them, and the words they use."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Flask, redirect
from flask.typing import ResponseReturnValue

from handlers.desk import (
    answering,
    answers,
    approving,
    board,
    call_log,
    claiming,
    cleaning,
    confirming,
    consulting,
    contacting,
    dismissing,
    exporting,
    figures,
    filling,
    headset,
    holding,
    linking,
    lists,
    live,
    live_call,
    live_state,
    merging,
    minimal,
    noting,
    overseeing,
    oversight,
    practising,
    proposing,
    reading,
    recusal,
    retaining,
    review_words,
    reviewing,
    safeguarding,
    searching,
    signposts,
    splitting,
    subjects,
    switching,
    training,
    welfare,
    words,
    writing,
)
from handlers.desk.beside_words import RELATION_WORDS, WHATS, subject_line, subject_rows
from handlers.desk.door import MISTAKES, Page, hang, policies
from handlers.desk.form_words import WAY_WORDS
from handlers.desk.ground import Desk, lay
from handlers.desk.lane import left_words
from handlers.desk.likeness import STRENGTHS
from handlers.permissions import Action
from handlers.web import (
    account,
    admitting,
    credentials,
    doorstep,
    inviting,
    looks,
    proving,
    second_factor,
    staff,
    welcome,
)
from handlers.web.app import dress, make_app
from handlers.web.guarding import protect, tell_mistakes
from storage.clock import Clock
from storage.sessions import IDLE_SECONDS
from storage.settings import DeskSettings

REPORT = "/reports/<hex32:report_id>"
RELEASE = f"{REPORT}/releases/<hex32:release>"
ADMISSION = "/admissions/<hex32:person_id>"
PERSON = "/people/<hex32:person_id>"
INVITATION = "/people/invitations/<hex32:invitation_id>"
CALL = "/live/call/<hex32:talk>"
BESIDE = "/live/beside/<hex32:talk>"
PRACTICE = "/practice/<hex32:talk>"
BOTH = ("GET", "POST")
POST = ("POST",)


def to_reports(_: Desk) -> ResponseReturnValue:
    """Lead whoever asks for the bare address to the door."""
    return redirect("/sign-in", 303)


PAGES = (
    Page("/", "home", Action.SIGN_IN, to_reports),
    Page("/sign-in", "sign-in", Action.SIGN_IN, doorstep.sign_in, BOTH),
    Page("/sign-out", "sign-out", Action.SIGN_IN, doorstep.sign_out, POST),
    Page("/expired", "expired", Action.SIGN_IN, doorstep.expired),
    Page("/stay", "stay", Action.STAY, doorstep.stay, POST),
    Page("/reports", "reports", Action.LIST_REPORTS, lists.reports),
    Page("/reports/listing", "listing", Action.LIST_REPORTS, lists.fragment, quiet=True),
    Page(REPORT, "report", Action.READ_REPORT, reading.report),
    Page(f"{REPORT}/clips/<hex32:clip>", "clip", Action.PLAY_CLIP, reading.sound),
    Page(f"{REPORT}/transcripts", "confirm", Action.CONFIRM, confirming.confirm, POST),
    Page(f"{REPORT}/confirmed", "finish", Action.CONFIRM, confirming.finish, POST),
    Page(f"{REPORT}/acknowledged", "acknowledge", Action.ACKNOWLEDGE, reading.acknowledge, POST),
    Page(f"{REPORT}/not-a-report", "choose", Action.DISMISS, dismissing.choose, BOTH),
    Page(f"{REPORT}/not-a-report/sure", "dismiss", Action.DISMISS, dismissing.dismiss, POST),
    Page(f"{REPORT}/hold", "hold", Action.HOLD, holding.choose, BOTH),
    Page(f"{REPORT}/hold/sure", "set-hold", Action.HOLD, holding.hold, POST),
    Page(f"{REPORT}/hold/lift", "lift-hold", Action.HOLD, holding.lift, BOTH),
    Page(f"{REPORT}/hold/review", "review-hold", Action.HOLD, holding.review, POST),
    Page("/calls", "calls", Action.SEE_CALL_LOG, call_log.calls),
    Page("/health", "health", Action.SEE_HEALTH, oversight.health),
    Page("/audit", "audit", Action.SEE_AUDIT, oversight.events),
    Page("/audit/checked", "check", Action.SEE_AUDIT, oversight.check, POST),
    Page("/looks", "looks", Action.SIGN_IN, looks.choose, BOTH),
    Page("/invited", "invited", Action.SIGN_IN, welcome.invited, BOTH),
    Page("/invited/accepted", "accept", Action.SIGN_IN, welcome.accept, POST),
    Page("/people", "people", Action.SEE_PEOPLE, staff.everyone),
    Page("/people/invite", "invite", Action.CHANGE_PEOPLE, inviting.invite, BOTH, proof=True),
    Page(f"{INVITATION}/anew", "renew", Action.CHANGE_PEOPLE, inviting.renew, POST, proof=True),
    Page(f"{INVITATION}/withdrawn", "withdraw", Action.CHANGE_PEOPLE, inviting.withdraw, POST),
    Page(PERSON, "person", Action.CHANGE_PEOPLE, staff.one, proof=True),
    Page(f"{PERSON}/alias", "rename", Action.CHANGE_PEOPLE, staff.rename, POST, proof=True),
    Page(f"{PERSON}/role", "change-role", Action.CHANGE_PEOPLE, staff.change_role, POST, proof=True),
    Page(f"{PERSON}/invite", "invite-again", Action.CHANGE_PEOPLE, inviting.invite_again, BOTH, proof=True),
    Page(f"{PERSON}/leave", "let-go", Action.CHANGE_PEOPLE, staff.let_go, BOTH, proof=True),
    Page("/admissions", "admissions", Action.ADMIT, admitting.admissions, proof=True),
    Page(
        "/admissions/<hex32:person_id>/approved", "approve-admission", Action.ADMIT, admitting.approve, POST, proof=True
    ),
    Page(f"{ADMISSION}/withdrawn", "withdraw-approval", Action.ADMIT, admitting.withdraw, POST),
    Page(f"{REPORT}/subjects/new", "add-subject", Action.NAME_SUBJECTS, subjects.add, BOTH),
    Page(f"{REPORT}/subjects/<hex32:item>", "correct-subject", Action.NAME_SUBJECTS, subjects.correct, BOTH),
    Page(f"{REPORT}/subjects/<hex32:item>/remove", "remove-subject", Action.NAME_SUBJECTS, subjects.remove, BOTH),
    Page(f"{REPORT}/links/new", "add-link", Action.LINK, linking.add, BOTH),
    Page(f"{REPORT}/links/<hex32:item>/remove", "remove-link", Action.LINK, linking.remove, BOTH),
    Page(f"{REPORT}/recuse", "recuse", Action.RECUSE, recusal.recuse, BOTH),
    Page(f"{REPORT}/closed", "closed", Action.BLOCK, recusal.closed, BOTH),
    Page(f"{REPORT}/closed/open", "open-again", Action.BLOCK, recusal.open_again, POST, proof=True),
    Page("/search", "search", Action.SEARCH, searching.search),
    Page("/search/found", "search-found", Action.SEARCH, searching.progress, quiet=True),
    Page("/search/subjects", "search-subjects", Action.SEARCH, searching.by_subject, POST),
    Page("/search/words", "search-words", Action.SEARCH, searching.by_words, POST),
    Page("/search/stop", "search-stop", Action.SEARCH, searching.stop, POST),
    Page("/search/clear", "search-clear", Action.SEARCH, searching.clear, POST),
    Page("/search/index", "build-index", Action.BUILD_INDEX, searching.build_index, POST),
    Page("/conflicts", "conflicts", Action.SEE_INTERESTS, recusal.conflicts, BOTH),
    Page(
        "/conflicts/<hex32:interest>/remove",
        "forget-interest",
        Action.SEE_INTERESTS,
        recusal.forget_interest,
        POST,
        proof=True,
    ),
    Page("/prove", "prove", Action.OWN_ACCOUNT, proving.prove, BOTH),
    Page("/sign-in/passkey", "ask-passkey", Action.SIGN_IN, second_factor.ask, POST),
    Page("/account", "account", Action.OWN_ACCOUNT, account.show),
    Page("/account/elsewhere", "end-elsewhere", Action.OWN_ACCOUNT, account.end_elsewhere, POST),
    Page("/account/password", "password", Action.OWN_ACCOUNT, credentials.password, BOTH, proof=True),
    Page("/account/authenticator", "authenticator", Action.OWN_ACCOUNT, credentials.authenticator, BOTH, proof=True),
    Page("/account/passkey", "passkey", Action.OWN_ACCOUNT, credentials.passkey, BOTH, proof=True),
    Page("/account/passkey/options", "ask-new-passkey", Action.OWN_ACCOUNT, credentials.ask_new, POST, proof=True),
    Page("/account/remove", "remove-factor", Action.OWN_ACCOUNT, account.remove, BOTH, proof=True),
    Page("/account/recovery", "recovery", Action.OWN_ACCOUNT, account.recovery, BOTH, proof=True),
    Page(f"{REPORT}/claimed", "claim", Action.CLAIM, claiming.claim, POST),
    Page(f"{REPORT}/given-back", "give-back", Action.GIVE_BACK, claiming.give_back, POST),
    Page(f"{REPORT}/given", "give", Action.GIVE_ON, claiming.give_on, BOTH),
    Page(f"{REPORT}/notes", "note", Action.ADD_NOTE, noting.add_note, POST),
    Page(f"{REPORT}/alerted", "alert", Action.ALERT, noting.alert, POST),
    Page("/signposts", "signposts", Action.SEE_SIGNPOSTS, signposts.services),
    Page("/figures", "figures", Action.SEE_FIGURES, figures.figures),
    Page("/words/<hex32:person_id>/seen", "talk", Action.TALK, welfare.talk, POST),
    Page("/words/<hex32:person_id>/done", "talked", Action.TALK, welfare.talked, POST),
    Page(f"{REPORT}/word", "word", Action.ASK_FOR_WORD, noting.ask_for_word, POST),
    Page("/writing", "writing", Action.BEGIN_WRITING, writing.being_written),
    Page("/writing/new", "begin-writing", Action.BEGIN_WRITING, writing.begin, BOTH),
    Page(f"{REPORT}/form", "form", Action.WRITE, filling.form),
    Page(f"{REPORT}/form/token", "form-token", Action.WRITE, filling.token, quiet=True),
    Page(f"{REPORT}/form/saved", "save-form", Action.SAVE_WRITING, filling.save, BOTH),
    Page(f"{REPORT}/form/autosaved", "autosave-form", Action.SAVE_WRITING, filling.autosave, POST, quiet=True),
    Page(f"{REPORT}/form/finished", "finish-form", Action.SAVE_WRITING, filling.finish, BOTH),
    Page(f"{REPORT}/form/discard", "discard-form", Action.WRITE, writing.discard, BOTH),
    Page(f"{REPORT}/form/take-over", "take-over-form", Action.TAKE_OVER, writing.take_over, BOTH),
    Page("/calls/exports", "exports", Action.EXPORT_CALLS, exporting.overview, BOTH, proof=True),
    Page("/calls/exports/decided", "decide-export", Action.EXPORT_CALLS, exporting.decide, POST, proof=True),
    Page("/calls/exports/file", "fetch-export", Action.EXPORT_CALLS, exporting.fetch, POST, proof=True),
    Page("/switches", "switches", Action.SET_SWITCHES, switching.overview),
    Page("/switches/on", "switch-on", Action.SET_SWITCHES, switching.switch_on, POST),
    Page("/switches/off", "switch-off", Action.SET_SWITCHES, switching.switch_off, POST),
    Page("/training", "training", Action.SEE_TRAINING, training.overview),
    Page("/training/edit", "edit-training", Action.EDIT_TRAINING, training.edit, BOTH),
    Page("/retention", "retention", Action.SEE_RETENTION, retaining.going),
    Page("/erasures", "erasures", Action.SEE_ERASURES, retaining.erasures),
    Page("/live/sound", "headset", Action.CHECK_HEADSET, headset.check, speaks=True),
    Page("/live", "live", Action.TAKE_CALLS, live.page),
    Page("/live/state", "live-state", Action.TAKE_CALLS, live_state.state, quiet=True),
    Page("/live/shift", "choose-shift", Action.TAKE_CALLS, live.choose, POST),
    Page("/live/word", "live-word", Action.TAKE_CALLS, live.ask_for_word, POST),
    Page("/live/pass/asked", "ask-pass", Action.TAKE_CALLS, live_state.ask_pass, POST, quiet=True),
    Page("/live/pass", "pass", Action.TAKE_CALLS, live_state.take_pass, POST, quiet=True),
    Page(CALL, "call", Action.TAKE_CALLS, live_call.call, speaks=True),
    Page(f"{CALL}/accepted", "accept-call", Action.TAKE_CALLS, live.accept, POST),
    Page(f"{CALL}/declined", "decline-call", Action.TAKE_CALLS, live.decline, POST),
    Page(f"{CALL}/taken-up", "take-up-call", Action.TAKE_CALLS, live.take_up, POST),
    Page(f"{CALL}/held", "hold-call", Action.TAKE_CALLS, live_call.hold, POST),
    Page(f"{CALL}/aside", "lead-aside", Action.TAKE_CALLS, live_call.aside, POST),
    Page(f"{CALL}/finished", "finish-call", Action.TAKE_CALLS, live_call.finish, POST),
    Page(f"{CALL}/said", "reminder-said", Action.TAKE_CALLS, live_call.remind, POST),
    Page(f"{CALL}/alerted", "alert-from-call", Action.TAKE_CALLS, live_call.alert, POST),
    Page(f"{CALL}/asked", "ask-colleague", Action.TAKE_CALLS, consulting.ask, POST),
    Page(f"{CALL}/asked/over", "end-consult", Action.TAKE_CALLS, consulting.end_consult, POST),
    Page(f"{CALL}/handed-over", "hand-over-call", Action.TAKE_CALLS, consulting.hand_over, POST),
    Page(f"{CALL}/interpreter", "ring-interpreter", Action.TAKE_CALLS, consulting.bring_interpreter, POST),
    Page(f"{CALL}/interpreter/over", "end-interpreter", Action.TAKE_CALLS, consulting.let_interpreter_go, POST),
    Page(f"{CALL}/help", "call-help", Action.TAKE_CALLS, consulting.help_card, quiet=True),
    Page("/live/calls", "live-calls", Action.LISTEN_IN, overseeing.calls),
    Page("/live/calls/listing", "live-calls-listing", Action.LISTEN_IN, overseeing.listing, quiet=True),
    Page(BESIDE, "beside", Action.TAKE_CALLS, overseeing.beside, speaks=True),
    Page(f"{BESIDE}/state", "beside-state", Action.TAKE_CALLS, overseeing.state, quiet=True),
    Page(f"{BESIDE}/seat", "sit-beside", Action.TAKE_CALLS, overseeing.sit, POST),
    Page(f"{BESIDE}/part", "change-part", Action.LISTEN_IN, overseeing.change, POST),
    Page(f"{BESIDE}/left", "leave-call", Action.TAKE_CALLS, overseeing.leave, POST),
    Page(f"{BESIDE}/declined", "decline-consult", Action.TAKE_CALLS, overseeing.say_no, POST),
    Page("/practice", "practice", Action.PRACTISE, practising.choose),
    Page("/practice/play", "play", Action.PRACTISE, practising.play, speaks=True),
    Page("/practice/rung", "ring-practice", Action.PRACTISE, practising.ring, POST),
    Page(f"{PRACTICE}/state", "practice-state", Action.PRACTISE, practising.state, quiet=True),
    Page(f"{PRACTICE}/answered", "answer-practice", Action.PRACTISE, practising.answer, POST),
    Page(f"{PRACTICE}/over", "end-practice", Action.PRACTISE, practising.hang_up, POST),
    Page("/board", "board", Action.SEE_BOARD, board.board),
    Page("/board/state", "board-state", Action.SEE_BOARD, board.state, quiet=True),
    Page(f"{REPORT}/handover", "handover", Action.HAND_OVER, safeguarding.hand_over, BOTH),
    Page(f"{REPORT}/minimal", "minimal", Action.SANITISE, minimal.minimal, BOTH),
    Page(f"{REPORT}/contact", "contact", Action.KEEP_CONTACT, contacting.contact, BOTH),
    Page(f"{REPORT}/contact/removed", "remove-contact", Action.KEEP_CONTACT, contacting.remove, POST),
    Page(f"{REPORT}/contact/opened", "open-contact", Action.OPEN_CONTACT, contacting.open_contact, BOTH, proof=True),
    Page(f"{REPORT}/clean", "clean", Action.SANITISE, cleaning.clean),
    Page(f"{REPORT}/clean/saved", "save-clean", Action.SANITISE, cleaning.save, BOTH),
    Page(f"{REPORT}/clean/token", "clean-token", Action.SANITISE, cleaning.token, quiet=True),
    Page(f"{REPORT}/propose", "propose", Action.PROPOSE, proposing.propose, BOTH),
    Page(f"{REPORT}/release", "releases", Action.SEE_RELEASES, approving.overview),
    Page(RELEASE, "release", Action.SEE_RELEASES, approving.seen),
    Page(f"{RELEASE}/approve", "approve", Action.APPROVE, approving.approve, BOTH, proof=True),
    Page(f"{RELEASE}/returned", "return-release", Action.APPROVE, approving.give_back, POST),
    Page(f"{RELEASE}/withdrawn", "withdraw-release", Action.PROPOSE, approving.withdraw, POST),
    Page("/review", "review", Action.REVIEW, reviewing.queue),
    Page(f"{REPORT}/review", "review-one", Action.REVIEW, reviewing.one),
    Page(f"{REPORT}/review/claimed", "claim-review", Action.REVIEW, reviewing.claim, POST),
    Page(f"{REPORT}/review/given-back", "give-back-review", Action.REVIEW, reviewing.give_back, POST),
    Page(f"{REPORT}/review/take-over", "take-over-review", Action.REVIEW, reviewing.take_over, BOTH),
    Page(f"{REPORT}/review/stop", "stop-review", Action.REVIEW, reviewing.stop, BOTH),
    Page(f"{REPORT}/review/resumed", "resume-review", Action.REVIEW, reviewing.resume, POST),
    Page(f"{REPORT}/split", "split", Action.REVIEW, splitting.split, BOTH),
    Page(f"{REPORT}/merge", "merge", Action.REVIEW, merging.merge, BOTH),
    Page(f"{REPORT}/merge/sure", "merge-sure", Action.REVIEW, merging.merge_sure, POST),
    Page("/answers", "answers", Action.LIST_ANSWERS, answers.answers),
    Page("/answers/due", "due", Action.LIST_ANSWERS, answers.due),
    Page(f"{REPORT}/answers", "report-answers", Action.ANSWER_CALLER, answers.of_report),
    Page(f"{REPORT}/answers/status", "set-status", Action.ANSWER_CALLER, answers.set_status, POST),
    Page(f"{REPORT}/answers/declined", "decline-question", Action.ANSWER_CALLER, answers.decline, POST),
    Page(f"{REPORT}/answers/told", "reply-told", Action.ANSWER_CALLER, answering.told, POST),
    Page(f"{REPORT}/reply", "reply", Action.ANSWER_CALLER, answering.reply, BOTH),
)


def create_app(settings: DeskSettings, clock: Clock) -> Flask:
    """Make the application; raises what keeps it from starting, such as `FingerprintMismatch`."""
    return app_on(lay(settings, clock))


def app_on(desk: Desk) -> Flask:
    """Make the application on a ground that was laid."""
    app = make_app("handlers.desk", desk, "form")
    protect(app, desk, lambda: policies(desk))
    tell_mistakes(app, desk, MISTAKES)
    dress(app, desk)
    hang(app, desk, PAGES)
    _teach_words(app, desk)
    return app


def _teach_words(app: Flask, desk: Desk) -> None:
    zone = ZoneInfo(desk.line.hours.zone)
    app.jinja_env.filters.update(
        week_words=words.week_words,
        month_words=words.month_words,
        lower_first=lambda words_: words_[:1].lower() + words_[1:],
        erased_words=retaining.erased_words,
        skill_words=training.skill_words,
        has_ended=training.has_ended,
        hours_words=switching.hours_words,
        selection_words=exporting.selection_words,
        review_words=words.review_words,
        week_short=words.week_short,
        language_words=words.language_words,
        readable=words.readable,
        part_words=words.part_words,
        alarm_words=words.alarm_words,
        role_words=words.ROLES.get,
        date_words=words.date_words,
        day_words=lambda at: words.day_words(at, zone),
        time_words=lambda at: words.time_words(at, zone),
        hour_words=lambda at: words.hour_words(at, zone),
        due_words=lambda due, now: words.due_words(due, now, zone),
        seen_words=words.seen_words,
        left_words=left_words,
        clock_words=board.clock_words,
        minute_words=board.minute_words,
        bar_width=board.bar_width,
        week_number=board.week_number,
        week_days=board.week_days,
        subject_line=subject_line,
        age_words=review_words.age_words,
        subject_rows=subject_rows,
    )
    app.jinja_env.globals.update(
        STATES=words.STATES,
        URGENCY=words.URGENCY,
        CHANNELS=words.CHANNELS,
        FILTERS=words.FILTERS,
        SWITCH_WORDS=words.SWITCH_WORDS,
        CALL_PATHS=words.CALL_PATHS,
        CALL_STAGES=words.CALL_STAGES,
        CALL_OUTCOMES=words.CALL_OUTCOMES,
        CALL_BANDS=words.CALL_BANDS,
        CALL_LENGTHS=words.CALL_LENGTHS,
        CALL_WAITS=words.CALL_WAITS,
        REASON_WORDS=words.REASON_WORDS,
        HOLD_WORDS=words.HOLD_WORDS,
        ROLE_ARTICLES=words.ROLE_ARTICLES,
        ROLE_HINTS=words.ROLE_HINTS,
        WAY_WORDS=WAY_WORDS,
        IDLE_SECONDS=IDLE_SECONDS,
        RELATION_WORDS=RELATION_WORDS,
        STRENGTHS=STRENGTHS,
        WHATS=WHATS,
        REVIEW_STATES=review_words.REVIEW_STATES,
    )
