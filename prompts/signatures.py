"""Who reviewed the wording of a language as a native speaker, and whether it is still what they read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prompts.line import Line
from prompts.mistakes import FileMistakes, mistakes_of, read_toml
from prompts.wording import FOLDER, Wording, read_wording_file

FILE = FOLDER / "signatures.toml"
_HEAD = """\
# Who has read the wording of a language as a native speaker: from `hotline prompts sign LANGUAGE --reviewer NAME`.
# Any change of what can be heard voids a signature. A language without one is refused outside the demo.
"""


class SignatureMistakes(FileMistakes):
    """The file of signatures cannot be used; trying again helps only after it was mended."""


class Signature(BaseModel):
    """A reviewer's word for one language, bound to exactly what they read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    reviewer: Annotated[str, Field(min_length=2, max_length=120)]
    wording: str = Field(pattern=r"^[0-9a-f]{64}$")


def sign(language: str, reviewer: str, *, path: Path = FILE, folder: Path = FOLDER) -> Signature:
    """Record that a native reviewer read the wording of a language; an earlier signature of it is replaced."""
    fingerprint = read_wording_file(language, folder).fingerprint()
    signature = Signature(reviewer=reviewer.strip(), wording=fingerprint)
    signatures = {**read_signatures(path), language: signature}
    blocks = [
        f'[{code}]\nreviewer = {json.dumps(each.reviewer, ensure_ascii=False)}\nwording = "{each.wording}"\n'
        for code, each in sorted(signatures.items())
    ]
    path.write_text("\n".join([_HEAD, *blocks]), encoding="utf-8")
    return signature


def read_signatures(path: Path = FILE) -> Mapping[str, Signature]:
    """Return the signatures by language, or raise `SignatureMistakes`; without a file nobody has signed."""
    if not path.exists():
        return {}
    raw = read_toml(path, SignatureMistakes)
    try:
        return {language: Signature.model_validate(signed) for language, signed in raw.items()}
    except ValidationError as error:
        raise SignatureMistakes(path, mistakes_of(error)) from None


def unsigned(line: Line, wording: Wording, *, path: Path = FILE) -> tuple[str, ...]:
    """Return the languages of a line that no native reviewer signed as they stand now: refused outside the demo."""
    signatures = read_signatures(path)
    return tuple(
        language.code
        for language in line.languages
        if language.code not in signatures
        or signatures[language.code].wording != wording.files[language.code].fingerprint()
    )
