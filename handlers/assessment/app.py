"""The assessment application, put together: pages, the door in front of them, and the words they use."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Flask, redirect
from flask.typing import ResponseReturnValue

from handlers.assessment import answering, logbook, reading, releases, renewing, tokens, words
from handlers.assessment.answer_words import date_words, short
from handlers.assessment.door import MISTAKES, Page, hang, policies
from handlers.assessment.ground import Assessment, lay
from handlers.assessment.mounting import mount_api
from handlers.assessment.permissions import Action
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
    times,
    welcome,
)
from handlers.web.app import dress, make_app
from handlers.web.guarding import protect, tell_mistakes
from storage.clock import Clock
from storage.sessions import IDLE_SECONDS
from storage.settings import AssessmentSettings

BOTH = ("GET", "POST")
POST = ("POST",)
RELEASE = "/releases/<hex32:release_id>"
PERSON = "/people/<hex32:person_id>"
ADMISSION = "/admissions/<hex32:person_id>"
INVITATION = "/people/invitations/<hex32:invitation_id>"


def to_door(_: Assessment) -> ResponseReturnValue:
    """Lead whoever asks for the bare address to the door."""
    return redirect("/sign-in", 303)


PAGES = (
    Page("/", "home", Action.SIGN_IN, to_door),
    Page("/sign-in", "sign-in", Action.SIGN_IN, doorstep.sign_in, BOTH),
    Page("/sign-in/passkey", "ask-passkey", Action.SIGN_IN, second_factor.ask, POST),
    Page("/sign-out", "sign-out", Action.SIGN_IN, doorstep.sign_out, POST),
    Page("/expired", "expired", Action.SIGN_IN, doorstep.expired),
    Page("/looks", "looks", Action.SIGN_IN, looks.choose, BOTH),
    Page("/invited", "invited", Action.SIGN_IN, welcome.invited, BOTH),
    Page("/invited/accepted", "accept", Action.SIGN_IN, welcome.accept, POST),
    Page("/stay", "stay", Action.STAY, doorstep.stay, POST),
    Page("/prove", "prove", Action.OWN_ACCOUNT, proving.prove, BOTH),
    Page("/account", "account", Action.OWN_ACCOUNT, account.show),
    Page("/account/elsewhere", "end-elsewhere", Action.OWN_ACCOUNT, account.end_elsewhere, POST),
    Page("/account/password", "password", Action.OWN_ACCOUNT, credentials.password, BOTH, proof=True),
    Page("/account/authenticator", "authenticator", Action.OWN_ACCOUNT, credentials.authenticator, BOTH, proof=True),
    Page("/account/passkey", "passkey", Action.OWN_ACCOUNT, credentials.passkey, BOTH, proof=True),
    Page("/account/passkey/options", "ask-new-passkey", Action.OWN_ACCOUNT, credentials.ask_new, POST, proof=True),
    Page("/account/remove", "remove-factor", Action.OWN_ACCOUNT, account.remove, BOTH, proof=True),
    Page("/account/recovery", "recovery", Action.OWN_ACCOUNT, account.recovery, BOTH, proof=True),
    Page("/releases", "releases", Action.SEE_RELEASES, releases.releases),
    Page(RELEASE, "release", Action.SEE_RELEASES, reading.release),
    Page(f"{RELEASE}/report.json", "release-json", Action.SEE_RELEASES, reading.as_json),
    Page(f"{RELEASE}/report.pdf", "release-document", Action.SEE_RELEASES, reading.as_document),
    Page(f"{RELEASE}/package.age", "release-package", Action.FETCH_PACKAGE, reading.as_package),
    Page(f"{RELEASE}/outcome", "outcome", Action.ANSWER, answering.outcome, BOTH),
    Page(f"{RELEASE}/question", "question", Action.ANSWER, answering.question, BOTH),
    Page("/tokens", "tokens", Action.GIVE_TOKENS, tokens.tokens, BOTH, proof=True),
    Page("/tokens/<hex32:token_id>/revoked", "revoke-token", Action.GIVE_TOKENS, tokens.revoke_token, POST),
    Page("/people", "people", Action.SEE_PEOPLE, staff.everyone),
    Page("/people/invite", "invite", Action.CHANGE_PEOPLE, inviting.invite, BOTH, proof=True),
    Page(f"{INVITATION}/anew", "renew", Action.CHANGE_PEOPLE, inviting.renew, POST, proof=True),
    Page(f"{INVITATION}/withdrawn", "withdraw", Action.CHANGE_PEOPLE, inviting.withdraw, POST),
    Page("/people/key", "renew-key", Action.RENEW_KEY, renewing.renew, BOTH, proof=True),
    Page(PERSON, "person", Action.CHANGE_PEOPLE, staff.one, proof=True),
    Page(f"{PERSON}/alias", "rename", Action.CHANGE_PEOPLE, staff.rename, POST, proof=True),
    Page(f"{PERSON}/role", "change-role", Action.CHANGE_PEOPLE, staff.change_role, POST, proof=True),
    Page(f"{PERSON}/invite", "invite-again", Action.CHANGE_PEOPLE, inviting.invite_again, BOTH, proof=True),
    Page(f"{PERSON}/leave", "let-go", Action.CHANGE_PEOPLE, staff.let_go, BOTH, proof=True),
    Page("/admissions", "admissions", Action.ADMIT, admitting.admissions, proof=True),
    Page(f"{ADMISSION}/approved", "approve-admission", Action.ADMIT, admitting.approve, POST, proof=True),
    Page(f"{ADMISSION}/withdrawn", "withdraw-approval", Action.ADMIT, admitting.withdraw, POST),
    Page("/audit", "audit", Action.SEE_AUDIT, logbook.events),
    Page("/audit/checked", "check", Action.SEE_AUDIT, logbook.check, POST),
)


def create_app(settings: AssessmentSettings, clock: Clock) -> Flask:
    """Make the application; raises what keeps it from starting, such as `FingerprintMismatch`."""
    return app_on(lay(settings, clock))


def app_on(ground: Assessment) -> Flask:
    """Make the application on a ground that was laid."""
    app = make_app("handlers.assessment", ground, "assessment-form")
    protect(app, ground, policies)
    tell_mistakes(app, ground, MISTAKES)
    dress(app, ground)
    hang(app, ground, PAGES)
    _teach_words(app, ground)
    mount_api(app, ground)
    return app


def _teach_words(app: Flask, ground: Assessment) -> None:
    zone = ZoneInfo(ground.line.hours.zone)
    app.jinja_env.filters.update(
        role_words=words.ROLES.get,
        month_words=times.month_words,
        week_words=times.week_words,
        readable=times.readable,
        time_words=lambda at: times.time_words(at, zone),
        seen_words=times.seen_words,
        short=short,
        date_words=date_words,
    )
    app.jinja_env.globals.update(
        IDLE_SECONDS=IDLE_SECONDS, ROLE_HINTS=words.ROLE_HINTS, ROLE_ARTICLES=words.ROLE_ARTICLES
    )
