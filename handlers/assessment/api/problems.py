"""What the API refuses, and in which words: which field and why to a team, as little as possible to a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from handlers.assessment.api.shapes import FieldProblem, Problem

LONGEST_FIELD = 100
MOST_ERRORS = 20


@dataclass(frozen=True)
class Kind:
    """One kind of refusal."""

    name: str
    status: int
    title: str
    detail: str = ""


NO_TOKEN = Kind("token", 401, "This needs a valid token")
NOT_FOUND = Kind("not-found", 404, "There is no such thing here")
NOT_ALLOWED = Kind("method", 405, "This address does not take that method")
NOT_RECEIVED = Kind(
    "not-received",
    409,
    "Your team has not received this release",
    "Fetch its package or open it first: nothing was kept.",
)
TOO_MUCH_SAID = Kind(
    "too-much", 409, "Too much was said of this release", "Ring the line: your system may be sending again and again."
)
TOO_LARGE = Kind("too-large", 413, "The body is too large", "Nothing was kept. 32 KiB are the most.")
NOT_JSON = Kind("media-type", 415, "The body must be application/json")
REUSED = Kind(
    "key-reused",
    422,
    "This Idempotency-Key was used for something else",
    "What was kept then stands. Send it under a new key if it is meant.",
)
INVALID = Kind("invalid", 422, "Something in the body must be mended", "Nothing was kept.")
BAD_REQUEST = Kind("bad-request", 400, "The request must be mended", "Nothing was kept.")
TOO_OFTEN = Kind("too-often", 429, "Too many requests", "Wait as long as Retry-After says. Nothing is locked.")
BROKEN = Kind("broken", 500, "It is not your doing", "Send it again later with the same Idempotency-Key.")
BUSY = Kind("busy", 503, "The service is busy", "Send it again in a few seconds with the same Idempotency-Key.")

KINDS = (
    *(NO_TOKEN, NOT_FOUND, NOT_ALLOWED, NOT_RECEIVED, TOO_MUCH_SAID, TOO_LARGE, NOT_JSON, REUSED, INVALID),
    *(BAD_REQUEST, TOO_OFTEN, BROKEN, BUSY),
)


@dataclass
class Refusal(Exception):
    """A request is refused; raised by whatever finds out, answered in one place."""

    kind: Kind
    errors: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> Problem:
        """Return what the answer says."""
        return Problem(
            type=f"urn:hotline:problem:{self.kind.name}",
            title=self.kind.title,
            status=self.kind.status,
            detail=self.kind.detail,
            errors=self.errors,
        )


def one_field(kind: Kind, name: str, why: str) -> Refusal:
    """Return a refusal for one field, parameter or header."""
    return Refusal(kind, (FieldProblem(field=name, why=why),))


def of_validation(error: ValidationError) -> Refusal:
    """Return which fields are wrong and why, without the values."""
    found = error.errors(include_url=False, include_context=True, include_input=False)[:MOST_ERRORS]
    return Refusal(INVALID, tuple(FieldProblem(field=_place(one), why=_why(one)) for one in found))


def _place(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the body"
    return place.encode("utf-8", "replace").decode()[:LONGEST_FIELD]


def _why(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return "there is no such field"
        case "string_too_long":
            return f"it is longer than {context['max_length']} letters"
        case "string_too_short":
            return "it is empty"
        case "string_pattern_mismatch":
            return "it is not written as the document says"
        case "enum":
            return f"it is none of {context['expected']}"
        case "value_error":
            return str(context["error"])  # a sentence of ours, in `shapes`
        case "json_invalid":
            return "it is no JSON"
        case kind if kind.endswith("_type"):
            return "it is of the wrong type"
    return "it does not fit the document"
