"""A release as a document that everybody can read: PDF/UA-1, made by Typst from the release's own words alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import typst

from handlers.releasing.classification import CATEGORIES, FLAGS, GROUNDS, HANDLING, INFORMATION, SOURCES
from handlers.releasing.content import About, Purpose, Release

TEMPLATE = Path(__file__).with_name("document.typ")
WARNING = (
    "This comes from somebody who was promised that nobody will try to find out who they are. Do not try. "
    "Pass it on only as the handling says."
)
LABELS: dict[str, str] = {
    "name": "Name",
    "rank": "Rank or role",
    "number": "Shoulder number",
    "team": "Team",
    "unit": "Unit or station",
    "force": "Force",
    "registration": "Registration",
    "description": "Description",
}
WHATS = {"officer": "Officer or member of staff", "vehicle": "Vehicle", "unit": "Unit or station"}
PURPOSES = {
    Purpose.FULL: "Full release",
    Purpose.SAFEGUARDING: "For safeguarding, now; a full release may follow",
}
BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")  # a question and its answer stand in lines of one paragraph
NO_LETTER = re.compile(r"the text `\"(.+?)\"` could not be displayed")


class LettersNotShown(Exception):
    """The document's letters do not hold some that the release is written in; written in Latin letters, it works."""

    def __init__(self, letters: str) -> None:
        self.letters = letters
        super().__init__("a release holds letters that its document cannot show")


@dataclass(frozen=True)
class Section:
    """A part of the document under a heading."""

    heading: str
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()


def document_of(release: Release) -> bytes:
    """Return a release as PDF/UA-1, the same bytes for the same release and Typst; raises `LettersNotShown`.

    Make it before a release is approved: what its letters cannot show must be seen by those who write, not by nobody.
    """
    words = {
        "title": f"Report {release.release[:8]} for {release.to.name}",
        "author": release.line,
        "language": "en",
        "region": "gb",
        "footer": f"{release.release}, grade {release.grade.code}",
        "warning": WARNING,
        "sections": [asdict(section) for section in sections(release)],
    }
    try:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs={"release": json.dumps(words)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,  # the same letters on every machine
        )
    except typst.TypstError as error:
        letters = NO_LETTER.findall(str(error))
        if not letters:
            raise
        raise LettersNotShown("".join(letters)) from None  # the message holds words of the release
    if not isinstance(made, bytes):
        raise TypeError("one document was asked for")
    return made


def sections(release: Release) -> Iterable[Section]:
    """Yield the parts of a release as people read it, in its document and on the desk's pages alike."""
    yield Section("About this release", tuple(_facts(release)))
    yield Section("Classification", tuple(_classification(release)))
    for number, about in enumerate(release.subjects, 1):
        place = f" {number} of {len(release.subjects)}" if len(release.subjects) > 1 else ""
        yield Section(f"Who or what it is about{place}", tuple(_about(about)))
    told = tuple((label, said) for label, said in (("When", release.when), ("Where", release.where)) if said)
    yield Section("What is reported", told, tuple(filter(None, map(str.strip, BETWEEN.split(release.text)))))


def _facts(release: Release) -> Iterable[tuple[str, str]]:
    yield "Release", release.release
    yield "From", release.line
    yield "To", release.to.name
    yield "Month", release.month
    yield "Purpose", PURPOSES[release.purpose]


def _classification(release: Release) -> Iterable[tuple[str, str]]:
    grade = release.grade
    yield "Categories", "; ".join(CATEGORIES[one].label for one in release.categories)
    if release.flags:
        yield "Flags", "; ".join(FLAGS[one].label for one in release.flags)
    if release.grounds:
        yield "Grounds of discrimination", "; ".join(GROUNDS[one].label for one in release.grounds)
    yield "Grade", grade.code
    yield "Source", f"{grade.source}, {SOURCES[grade.source].label}"
    yield "Information", f"{grade.information}, {INFORMATION[grade.information].label}"
    yield "Handling", f"{grade.handling}, {HANDLING[grade.handling].label}"
    if grade.conditions:
        yield "Conditions", grade.conditions


def _about(about: About) -> Iterable[tuple[str, str]]:
    yield "What", WHATS[about.what]
    for name, label in LABELS.items():
        if said := getattr(about, name):
            yield label, said
