"""What is looked at before the assessment application opens, so that an operator reads every mistake at once."""

from __future__ import annotations

from urllib.parse import urlsplit

from handlers.file_mistakes import as_mistakes
from prompts.line import read_line
from prompts.mistakes import FileMistakes
from storage.keys import read_pepper, read_secret_file
from storage.mistakes import Look, Mistake
from storage.public_keys import read_public_keys
from storage.readiness import database_fits, keys_fit, may_listen, sessions_fit
from storage.settings import AssessmentSettings

OPEN = "make it with `hotline assessment open`, or restore it from its backup"


def line_fits(settings: AssessmentSettings) -> list[Mistake]:
    """Look at the line's file, which pins each team's key."""
    try:
        read_line(settings.line_file)
    except FileMistakes as why:
        return as_mistakes(why)
    return []


def own_keys_fit(settings: AssessmentSettings) -> list[Mistake]:
    """Look at the files that are this application's own."""
    found = []
    for path, read in ((settings.pepper_file, read_pepper), (settings.form_key_file, read_secret_file)):
        if mistakes := keys_fit(lambda path=path, read=read: read(path)):  # type: ignore[misc]
            found += [Mistake(one.setting, one.why, OPEN) for one in mistakes]
    return found


def base_fits(settings: AssessmentSettings) -> list[Mistake]:
    """Look whether it stands on a host of its own: cookies and passkeys are bound to a host, not to a port."""
    if settings.desk_base and urlsplit(settings.base).hostname == urlsplit(settings.desk_base).hostname:
        why = "it is the host of DESK_BASE: a page of one could act as the other's people"
        return [Mistake("ASSESSMENT_BASE", why, "give the assessment application a host name of its own")]
    return []


LOOKS = (
    Look[AssessmentSettings](
        ("KEYS_DIR", "KEYS_FINGERPRINT"),
        lambda settings: keys_fit(lambda: read_public_keys(settings.public_keys_file, settings.keys_fingerprint)),
    ),
    Look[AssessmentSettings](("KEYS_DIR",), own_keys_fit),
    Look[AssessmentSettings](("LINE_FILE",), line_fits),
    Look[AssessmentSettings](("ASSESSMENT_BASE",), base_fits),
    Look[AssessmentSettings](
        ("ASSESSMENT_DATABASE_URL",),
        lambda settings: database_fits(settings.own_database_url, "ASSESSMENT_DATABASE_URL"),
    ),
    Look[AssessmentSettings](("DATABASE_URL",), lambda settings: database_fits(settings.database_url)),
    Look[AssessmentSettings](
        ("RUNTIME_DIR", "ASSESSMENT_SESSIONS_URL"), lambda settings: sessions_fit(settings.sessions_url)
    ),
    Look[AssessmentSettings](("ASSESSMENT_LISTEN",), lambda settings: may_listen("ASSESSMENT_LISTEN", settings.listen)),
)
