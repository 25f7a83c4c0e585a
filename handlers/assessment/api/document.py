"""The API's own document, OpenAPI 3.1: written from its operations and shapes, so that it cannot say something else."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handlers.assessment.api.operations import OPERATIONS, Operation
from handlers.assessment.api.problems import TOO_OFTEN, Kind
from handlers.assessment.api.shapes import Problem, ReleaseState

PREFIX = "/api/v1"
VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
KEY_PATTERN = r"^[A-Za-z0-9._:-]{8,100}$"
AFTER_PATTERN = r"^20[0-9]{2}-(0[1-9]|1[0-2])\.[0-9a-f]{32}$"
RELEASE = {
    "name": "release",
    "in": "path",
    "required": True,
    "description": "The id of a release to your team. Another team's is not found, as one that there is not.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Random, one for each thing that is said. What is sent twice under one key is kept once; something "
    "else under the same key is refused.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
PAGING = (
    {
        "name": "state",
        "in": "query",
        "required": False,
        "description": "Only releases that are this far.",
        "schema": {"type": "string", "enum": [state.value for state in ReleaseState]},
    },
    {
        "name": "after",
        "in": "query",
        "required": False,
        "description": "`next` of the page before.",
        "schema": {"type": "string", "pattern": AFTER_PATTERN},
    },
)


@cache
def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Integrity Hotline: the API of a receiving team",
            "version": VERSION,
            "description": "For a team's own system: what was released to the team, and what the team says of it. The "
            "service opens nothing: releases leave as age files, and what is sent is sealed on arrival.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A lead makes it on the page Tokens: shown once, good until its last month is over.",
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    takes = [RELEASE] if "{release}" in operation.path else []
    parameters = [*takes, *([IDEMPOTENCY] if operation.takes else []), *(PAGING if operation.pages else ())]
    said: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": parameters,
        "responses": {str(operation.status): _answer(operation), **_refusals(operation.refusals)},
    }
    if operation.takes:
        body = {"application/json": {"schema": _ref(operation.takes)}}
        said["requestBody"] = {"required": True, "content": body}
    return said


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answers is None:
        # A file of any bytes: in OpenAPI 3.1 a media type without a schema says so
        return {"description": operation.summary, "content": {"application/octet-stream": {}}}
    return {
        "description": operation.summary,
        "content": {"application/json": {"schema": _ref(operation.answers)}},
    }


def _refusals(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    by_status: dict[int, list[Kind]] = {}
    for kind in sorted(kinds, key=lambda one: (one.status, one.name)):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _refusal(some) for status, some in by_status.items()}


def _refusal(kinds: list[Kind]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": ". Or: ".join(f"{kind.title} (`{kind.name}`)" for kind in kinds),
        "content": {"application/problem+json": {"schema": _ref(Problem)}},
    }
    if TOO_OFTEN in kinds:
        wait = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        told["headers"] = {"Retry-After": {"required": True, **wait}}
    return told


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _schemas() -> dict[str, Any]:
    taken = [(one.takes, "validation") for one in OPERATIONS if one.takes]
    given = [(one.answers, "serialization") for one in OPERATIONS if one.answers]
    both: Any = [*taken, *given, (Problem, "serialization")]
    schemas: dict[str, Any] = models_json_schema(both, ref_template=REF)[1]["$defs"]
    return schemas
