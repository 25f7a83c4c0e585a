"""The API as an application of its own: no cookie, no page and no form reaches it, and no token reaches those.

It answers a stranger with 401 alone, whatever they ask for, and another team's release as one that there is not.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from handlers.assessment import saying
from handlers.assessment.api import problems
from handlers.assessment.api.document import AFTER_PATTERN, KEY_PATTERN, document
from handlers.assessment.api.operations import OPERATIONS, Operation
from handlers.assessment.api.problems import Refusal, of_validation, one_field
from handlers.assessment.api.rates import STRANGERS, Rates
from handlers.assessment.api.shapes import (
    Disposition,
    NewOutcome,
    NewQuestion,
    Release,
    ReleasePage,
    ReleaseState,
    Said,
    SaidKind,
    SaidList,
    SaidState,
)
from handlers.assessment.saying import Means, Speaker
from handlers.releasing.content import Purpose
from prompts.teams import Team
from storage import contents, team_answers
from storage.api_tokens import ApiToken, known_token
from storage.database import DatabaseHeld
from storage.handed import Handed, PlaceInList, handed_page, package_of

MAX_BODY_BYTES = 32 * 1024
PAGE_SIZE = 50
RELEASE_ID = re.compile(r"[0-9a-f]{32}")
REFUSALS: dict[type[Exception], problems.Kind] = {
    team_answers.NotTheirs: problems.NOT_FOUND,
    team_answers.NotReceived: problems.NOT_RECEIVED,
    team_answers.OtherWordsBefore: problems.REUSED,
    team_answers.TooMuchSaid: problems.TOO_MUCH_SAID,
    DatabaseHeld: problems.BUSY,
    OperationalError: problems.BUSY,
}
log = logging.getLogger("hotline.assessment")
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class Api:
    """What the API stands on."""

    means: Means
    teams: tuple[Team, ...]
    host: str
    rates: Rates = field(default_factory=Rates)


def api_app(api: Api) -> Flask:
    """Return the application, to be mounted at `/api/v1`."""
    app = Flask("handlers.assessment.api", static_folder=None)
    app.config["TRUSTED_HOSTS"] = [api.host]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.strict_slashes = True
    for operation in OPERATIONS:
        view = _answering(api, operation)
        app.add_url_rule(
            operation.rule, operation.name, view, methods=[operation.method], provide_automatic_options=False
        )
    app.add_url_rule("/openapi.json", "openapi", _document, methods=["GET"], provide_automatic_options=False)
    app.before_request(lambda: _admit(api))
    app.after_request(_sealed)
    _tell_refusals(app)
    return app


# ---- who asks -----------------------------------------------------------------------------------------------------


def _admit(api: Api) -> None:
    """Find out for which team this is asked; the document alone is for everybody."""
    now, token = api.means.clock.now(), _token(api)
    if wait := api.rates.wait(token.token_id if token else STRANGERS, now):
        raise Refusal(problems.TOO_OFTEN, headers={"Retry-After": str(wait)})
    if request.endpoint == "openapi":
        return
    team = next((one for one in api.teams if token and one.id == token.team), None)
    if token is None or team is None:
        raise Refusal(problems.NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})
    if request.method == "HEAD":  # it would be a receipt for what nobody was given
        raise Refusal(problems.NOT_ALLOWED)
    g.speaker = Speaker(team, token.token_id)


def _token(api: Api) -> ApiToken | None:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    with api.means.line.read() as connection:
        return known_token(connection, shown.strip(), now=api.means.clock.now())


# ---- operations ---------------------------------------------------------------------------------------------------


def _answering(api: Api, operation: Operation) -> Callable[..., Response]:
    does = _DOES[operation.name]

    def view(release: str = "") -> Response:
        if release and not RELEASE_ID.fullmatch(release):
            raise Refusal(problems.NOT_FOUND)
        answer = does(api, g.speaker, release)
        if isinstance(answer, bytes):
            return _file(release, answer)
        return _json(answer, operation.status)

    return view


def _list_releases(api: Api, speaker: Speaker, _: str) -> BaseModel:
    state, after = request.args.get("state", ""), request.args.get("after", "")
    if state and state not in tuple(ReleaseState):
        raise one_field(problems.BAD_REQUEST, "state", f"it is none of {', '.join(ReleaseState)}")
    if after and not re.fullmatch(AFTER_PATTERN, after):
        raise one_field(problems.BAD_REQUEST, "after", "it is not what a page gave as `next`")
    saying.note(api.means, speaker, "releases-listed", speaker.team.id)
    with api.means.line.read() as connection:
        page = handed_page(connection, speaker.team.id, state=state, after=PlaceInList.read(after), size=PAGE_SIZE)
    rows = tuple(_release(row) for row in page.rows)
    return ReleasePage(releases=rows, next=str(page.following) if page.following else None)


def _fetch_package(api: Api, speaker: Speaker, release_id: str) -> bytes:
    handed = saying.find(api.means, speaker, release_id)
    with api.means.line.read() as connection:
        package = package_of(connection, release_id, speaker.team.id)
    if package is None:
        raise Refusal(problems.NOT_FOUND)
    saying.take(api.means, speaker, handed, "package-fetched")
    return package


def _list_said(api: Api, speaker: Speaker, release_id: str) -> BaseModel:
    saying.find(api.means, speaker, release_id)
    saying.note(api.means, speaker, "said-listed", release_id)
    with api.means.line.read() as connection:
        said = team_answers.answers_of(connection, release_id)
    return SaidList(said=tuple(map(_said, said)))


def _give_outcome(api: Api, speaker: Speaker, release_id: str) -> BaseModel:
    sent_as, given = _sent_as(), _body(NewOutcome)
    outcome = contents.Outcome(given.disposition.value, given.reference, given.due or "", given.words)
    return _said(saying.give_outcome(api.means, speaker, release_id, outcome, sent_as=sent_as))


def _ask_question(api: Api, speaker: Speaker, release_id: str) -> BaseModel:
    sent_as, given = _sent_as(), _body(NewQuestion)
    return _said(saying.ask_question(api.means, speaker, release_id, given.text, sent_as=sent_as))


_DOES: dict[str, Callable[[Api, Speaker, str], BaseModel | bytes]] = {
    "listReleases": _list_releases,
    "fetchPackage": _fetch_package,
    "listSaid": _list_said,
    "giveOutcome": _give_outcome,
    "askQuestion": _ask_question,
}


def _document() -> Response:
    return Response(json.dumps(document()), 200, content_type="application/json")


# ---- what is sent -------------------------------------------------------------------------------------------------


def _sent_as() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(KEY_PATTERN, key):
        why = "send 8 to 100 random letters, figures or . _ : - with each thing that is said"
        raise one_field(problems.BAD_REQUEST, "Idempotency-Key", why)
    return key


def _body(shape: type[Shape]) -> Shape:
    if request.mimetype != "application/json":
        raise Refusal(problems.NOT_JSON)
    try:
        return shape.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        raise of_validation(error) from None


# ---- what is answered ---------------------------------------------------------------------------------------------


def _release(handed: Handed) -> Release:
    return Release(
        release=handed.release_id,
        month=handed.month,
        purpose=Purpose(handed.purpose),
        state=ReleaseState(handed.state),
        outcome=Disposition(handed.outcome) if handed.outcome else None,
        acknowledge_by=handed.acknowledge_by,
        feedback_by=handed.feedback_by,
    )


def _said(said: team_answers.Said) -> Said:
    return Said(
        id=said.item_id, kind=SaidKind(said.kind), month=said.month, state=SaidState(said.state), place=said.place
    )


def _json(answer: BaseModel, status: int, kind: str = "application/json") -> Response:
    return Response(answer.model_dump_json(), status, content_type=kind)


def _file(release_id: str, content: bytes) -> Response:
    answer = Response(content, 200, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="release-{release_id}.age"'
    return answer


def _sealed(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response


def _tell_refusals(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        answer = _json(refusal.told(), refusal.kind.status, "application/problem+json")
        answer.headers.update(refusal.headers)
        return answer

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> Response:
        return refused(Refusal(problems.TOO_LARGE))

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        kind = {404: problems.NOT_FOUND, 405: problems.NOT_ALLOWED}.get(error.code or 500, problems.BAD_REQUEST)
        allowed = {name: value for name, value in error.get_headers() if name == "Allow"}
        return refused(Refusal(kind, headers=allowed))

    @app.errorhandler(Exception)
    def broke(error: Exception) -> Response:
        if kind := next((kind for of, kind in REFUSALS.items() if isinstance(error, of)), None):
            return refused(Refusal(kind, headers={"Retry-After": "5"} if kind is problems.BUSY else {}))
        # The kind alone: a message could carry what a team wrote.
        log.error("api-failed", extra={"kind": type(error).__name__})
        return refused(Refusal(problems.BROKEN))
