"""Copies of the real files that a test may spoil."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import prompts
from ivr.call_flow import make_flow
from ivr.spoken import requirements
from prompts.checks import Finding, check_all
from prompts.line import Line, read_line
from prompts.questionnaire import read_questionnaire
from prompts.wording import Wording, read_wording

REAL = Path(prompts.__file__).parent
LINES = tuple(sorted((REAL / "lines").glob("*.toml")))


@dataclass(frozen=True)
class Copy:
    """A folder with the real wording and the example line, to be changed at will."""

    folder: Path

    @staticmethod
    def of_the_real_files(folder: Path) -> Copy:
        for path in (*REAL.glob("*.toml"), REAL / "lines" / "example.toml"):
            shutil.copy(path, folder / path.name)
        (folder / "signatures.toml").write_text("", encoding="utf-8")
        return Copy(folder)

    def change(self, name: str, before: str, after: str) -> None:
        """Replace a text that must be there, everywhere it stands."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert before in text, f"{name} no longer holds {before!r}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    def line(self) -> Line:
        return read_line(self.folder / "example.toml")

    def wording(self) -> Wording:
        return read_wording(self.line(), folder=self.folder, audio_folder=self.folder / "audio")

    def findings(self) -> list[Finding]:
        return findings_of(self.line(), self.wording())


def findings_of(line: Line, wording: Wording) -> list[Finding]:
    """Return what the checks find for the real call flow."""
    questionnaire = read_questionnaire()
    flow = make_flow(questionnaire, [(language.code, language.key) for language in line.languages])
    return check_all(line, wording, requirements(flow), questionnaire)
