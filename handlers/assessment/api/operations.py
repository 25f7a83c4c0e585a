"""The operations of the API: where, with what, and how each may answer. The document and the routes come from here."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from handlers.assessment.api import problems
from handlers.assessment.api.problems import Kind
from handlers.assessment.api.shapes import NewOutcome, NewQuestion, ReleasePage, Said, SaidList

ALWAYS = (problems.BAD_REQUEST, problems.NO_TOKEN, problems.TOO_OFTEN, problems.BROKEN, problems.BUSY)
SENDING = (
    *(problems.NOT_FOUND, problems.NOT_RECEIVED, problems.TOO_MUCH_SAID),
    *(problems.TOO_LARGE, problems.NOT_JSON, problems.INVALID, problems.REUSED),
)


@dataclass(frozen=True)
class Operation:
    """One operation: `name` names its function too."""

    name: str
    method: str
    path: str  # as the document has it
    summary: str
    description: str
    status: int
    answers: type[BaseModel] | None  # None: a file
    refusals: tuple[Kind, ...]
    takes: type[BaseModel] | None = None  # its body, sent under an Idempotency-Key
    pages: bool = False

    @property
    def rule(self) -> str:
        """Return the path as Flask has it."""
        return self.path.replace("{release}", "<release>")


OPERATIONS = (
    Operation(
        *("listReleases", "GET", "/releases", "What was released to your team"),
        "The newest month first, page by page. Nothing here says when anybody reported anything.",
        *(200, ReleasePage, ALWAYS),
        pages=True,
    ),
    Operation(
        *("fetchPackage", "GET", "/releases/{release}/package", "The release itself, as a file sealed to your team"),
        "An age file that your team's own key opens, on a machine of yours; the service cannot open it. "
        "Fetching it is the receipt. It can be fetched again.",
        *(200, None, (*ALWAYS, problems.NOT_FOUND)),
    ),
    Operation(
        *("listSaid", "GET", "/releases/{release}/said", "What your team said of a release"),
        "Kinds and how far the desk is with each; no words, since the service cannot open them.",
        *(200, SaidList, (*ALWAYS, problems.NOT_FOUND)),
    ),
    Operation(
        *("giveOutcome", "POST", "/releases/{release}/outcomes", "What your team decided about a release"),
        "Sealed to the line's desk and to your team at once. A later outcome corrects an earlier one; both are kept.",
        *(201, Said, (*ALWAYS, *SENDING), NewOutcome),
    ),
    Operation(
        *("askQuestion", "POST", "/releases/{release}/questions", "Ask the caller something, by way of a handler"),
        "A handler rewrites it, or declines it. Never ask who the caller is or how to reach them.",
        *(201, Said, (*ALWAYS, *SENDING), NewQuestion),
    ),
)
