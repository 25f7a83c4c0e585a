"""The API's document is valid, and requests made out of it find no failure and no answer that it does not name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as some
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from handlers.assessment.api.document import PREFIX, document
from handlers.assessment.api.operations import OPERATIONS, Operation
from handlers.assessment.api.problems import KINDS
from storage.clock import TurnedClock
from storage.database import Database
from tests.assessment.api_caller import HOST, Stand, stand_on
from tests.assessment.handing import NORTH_TEAM, hand

EXAMPLES = 80  # of each operation: about a second
HOLDS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def fuzzed(sqlite_template: Path, tmp_path: Path, clock: TurnedClock) -> Iterator[Stand]:
    """Give an API on SQLite alone: the other database answers the same, and more slowly."""
    paths = [tmp_path / name for name in ("line.db", "own.db")]
    for path in paths:
        path.write_bytes(sqlite_template.read_bytes())
    line, own = (Database(f"sqlite:///{path}") for path in paths)
    with closing(line), closing(own):
        yield stand_on(line, own, clock)


def test_the_document_is_served_to_everybody_and_valid(stand: Stand) -> None:
    answer = stand.stranger.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json == document()
    validate(answer.json, cls=OpenAPIV31SpecValidator)
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["servers"] == [{"url": PREFIX}]


def test_the_document_names_every_refusal_and_each_only_once() -> None:
    told = json.dumps(document())
    assert [kind.name for kind in KINDS if f"`{kind.name}`" not in told] == ["method"]  # it names no such method
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_the_document_has_no_field_for_a_day_an_hour_or_a_report() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert field not in ("at", "day", "report", "report_id", "week", "case", "language", "channel"), (
                name,
                field,
            )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_no_request_made_out_of_the_document_finds_a_failure(fuzzed: Stand, operation: Operation) -> None:
    app = DispatcherMiddleware(NotFound(), {PREFIX: fuzzed.app})
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app, base_url=f"http://{HOST}")
    release = hand(fuzzed.means.line, NORTH_TEAM).release
    fuzzed.north.get(f"/releases/{release}/package")
    described = schema[operation.path][operation.method]
    ours = {"release": release} if "{release}" in operation.path else None
    made = [
        described.as_strategy(mode, path_parameters=known)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for known in (None, ours)
    ]
    tried: Counter[int] = Counter()

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(some.one_of(made))
    def holds(case: schemathesis.Case[Any]) -> None:
        fuzzed.clock.forward(600)  # the bounds on rate are another test's
        answer = case.call(headers={"Authorization": f"Bearer {fuzzed.north.token}"})
        tried[answer.status_code] += 1
        case.validate_response(answer, checks=HOLDS)

    holds()
    assert tried[operation.status], "nothing that was made out of the document was ever accepted"
