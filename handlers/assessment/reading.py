"""One release, opened with the team's own key: as a page, as its exact bytes, as a document, as a package.

Opening it is the receipt. It is audited before anything is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from handlers.assessment import saying
from handlers.assessment.answer_words import DECIDED, DISPOSITIONS, PURPOSES, SAID_STATES, STATES
from handlers.assessment.frame import frame
from handlers.assessment.ground import Assessment
from handlers.assessment.releases import due
from handlers.assessment.sessions import Signed
from handlers.assessment.speaking import handed_or_404, means_of, speaker_of
from handlers.assessment.unsealing import Opened, open_release, signed_by_line, told
from handlers.releasing.document import WARNING, LettersNotShown, document_of, sections
from storage.clock import iso_week
from storage.handed import Handed, handed_one, package_of, release_items, signature_of
from storage.keys import Damaged
from storage.people import aliases
from storage.signing import RELEASE_KEY_FILE

OPENED, DAMAGED, UNSIGNED = "release-opened", "release-damaged", "release-unsigned"


@dataclass(frozen=True)
class Spot:
    """Which release, and who looks at it."""

    ground: Assessment
    signed: Signed
    handed: Handed


def release(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Show a release with everything that the team said of it."""
    spot = Spot(ground, signed, handed_or_404(ground, signed, release_id))
    found = _opened(spot, OPENED)
    if found is None:
        return _damaged(spot)
    with ground.handed.read() as connection:
        said = told(connection, release_id, signed.team, signed.group(ground))
        handed = handed_one(connection, release_id, signed.team) or spot.handed
    with ground.database.read() as connection:
        names = aliases(connection, signed.house)
    return render_template(
        "release.html",
        **frame(ground, signed, "releases"),
        handed=handed,
        opened=found,
        parts=list(sections(found.release))[1:],
        said=said,
        names=names,
        due=due(handed, iso_week(ground.clock.now())),
        **_words(),
    )


def as_json(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Give the exact bytes that two people approved."""
    spot = Spot(ground, signed, handed_or_404(ground, signed, release_id))
    found = _opened(spot, "release-downloaded", "json")
    if found is None or not found.is_signed:  # a file carries no warning with it
        return _damaged(spot, unsigned=found is not None)
    return _file(release_id, "json", "application/json", found.packed)


def as_document(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Give the release as a document, made here from its exact bytes."""
    spot = Spot(ground, signed, handed_or_404(ground, signed, release_id))
    found = _opened(spot, "release-downloaded", "pdf")
    if found is None or not found.is_signed:
        return _damaged(spot, unsigned=found is not None)
    try:
        return _file(release_id, "pdf", "application/pdf", document_of(found.release))
    except LettersNotShown:  # the desk tried it before it was approved: this is no release of theirs
        return _damaged(spot)


def as_package(ground: Assessment, signed: Signed, release_id: str) -> ResponseReturnValue:
    """Give the package, which only the team's own machine opens."""
    handed = handed_or_404(ground, signed, release_id)
    with ground.handed.read() as connection:
        package = package_of(connection, release_id, signed.team)
    if package is None:
        abort(404)
    saying.take(means_of(ground), speaker_of(ground, signed), handed, "package-fetched")
    return _file(release_id, "age", "application/octet-stream", package)


def _opened(spot: Spot, action: str, detail: str = "") -> Opened | None:
    """Audit, open, and only then note the receipt: nobody received what did not open."""
    ground, signed, release_id = spot.ground, spot.signed, spot.handed.release_id
    means, speaker = means_of(ground), speaker_of(ground, signed)
    saying.note(means, speaker, action, release_id, detail)
    with ground.handed.read() as connection:
        items = release_items(connection, release_id, signed.team)
    try:
        found = open_release(items, release_id, signed.team, signed.group(ground))
    except Damaged:
        saying.note(means, speaker, DAMAGED, release_id)
        return None
    found = _checked(spot, found)
    if not found.is_signed:
        saying.note(means, speaker, UNSIGNED, release_id)
    saying.received(means, speaker, release_id)
    return found


def _checked(spot: Spot, found: Opened) -> Opened:
    with spot.ground.handed.read() as connection:
        signature = signature_of(connection, spot.handed.release_id, spot.signed.team)
    key_file = spot.ground.settings.public_keys_file.with_name(RELEASE_KEY_FILE)
    return replace(found, is_signed=signed_by_line(found.packed, signature, key_file))


def _damaged(spot: Spot, *, unsigned: bool = False) -> ResponseReturnValue:
    page = frame(spot.ground, spot.signed, "releases")
    return render_template("release_damaged.html", **page, handed=spot.handed, unsigned=unsigned), 422


def _file(release_id: str, ending: str, kind: str, content: bytes) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="release-{release_id}.{ending}"'
    return answer


def _words() -> dict[str, object]:
    return {
        "warning": WARNING,
        "states": STATES,
        "decided": DECIDED,
        "dispositions": DISPOSITIONS,
        "purposes": PURPOSES,
        "said_states": SAID_STATES,
    }
