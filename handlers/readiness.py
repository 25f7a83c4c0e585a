"""What is looked at before the desk opens, so that an operator reads every mistake at once."""

from __future__ import annotations

from handlers.file_mistakes import as_mistakes
from handlers.releasing.teams import mistakes_in_keys
from prompts.line import LineMistakes, read_line
from prompts.mistakes import FileMistakes
from prompts.questionnaire import read_questionnaire
from storage.keys import read_secret_file
from storage.mistakes import Look, Mistake
from storage.readiness import database_fits, keys_fit, may_listen, pepper_fits, public_keys_fit, sessions_fit
from storage.settings import DeskSettings


def files_fit(settings: DeskSettings) -> list[Mistake]:
    """Look at the line's file and the questions, which name what staff see."""
    found: list[Mistake] = []
    for read in (lambda: read_line(settings.line_file), read_questionnaire):
        try:
            read()
        except FileMistakes as why:
            found += as_mistakes(why)
    return found


def teams_fit(settings: DeskSettings) -> list[Mistake]:
    """Look at the keys of teams: what is sealed to a mistyped one, nobody ever opens."""
    try:
        line = read_line(settings.line_file)
    except FileMistakes:
        return []  # told by `files_fit`
    return as_mistakes(LineMistakes(settings.line_file, mistakes_in_keys(line)))


LOOKS = (
    Look[DeskSettings](("KEYS_DIR", "KEYS_FINGERPRINT"), public_keys_fit),
    Look[DeskSettings](("KEYS_DIR",), pepper_fits),
    Look[DeskSettings](("KEYS_DIR",), lambda settings: keys_fit(lambda: read_secret_file(settings.form_key_file))),
    Look[DeskSettings](("LINE_FILE",), files_fit),
    Look[DeskSettings](("LINE_FILE",), teams_fit),
    Look[DeskSettings](("DATABASE_URL",), lambda settings: database_fits(settings.database_url)),
    Look[DeskSettings](("RUNTIME_DIR", "SESSIONS_URL"), lambda settings: sessions_fit(settings.sessions_url)),
    Look[DeskSettings](("DESK_LISTEN",), lambda settings: may_listen("DESK_LISTEN", settings.listen)),
)
