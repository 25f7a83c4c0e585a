"""The document of a release is tagged, titled and in a language, tells no time, and takes nothing as markup."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pdfua
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from handlers.releasing.classification import Category, Flag, Ground, Handling
from handlers.releasing.content import About, Grade, Purpose
from handlers.releasing.document import LettersNotShown, document_of, sections
from tests.releasing.desks import release_to, squad

TEAM = squad("standards").team
FULL = release_to(
    TEAM,
    purpose=Purpose.SAFEGUARDING,
    categories=tuple(sorted(Category)),
    flags=(Flag.CHILD, Flag.DISCRIMINATION),
    grounds=(Ground.RACE,),
    grade=Grade(source="2", information="D", handling=Handling.CONDITIONS, conditions="Ask us first."),
    subjects=(About(what="officer", name="Tom Wren"), About(what="vehicle", registration="AB12 CDE")),
    text="Ștefan żyje. Ω " + "A sentence about what is done at the station.\n" * 120 + "The end.",
)


def opened(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(document))


def roles(element: pikepdf.Object) -> list[str]:
    """Return every role of the structure tree below an element."""
    if isinstance(element, pikepdf.Array):
        return [role for child in element for role in roles(child)]
    if not isinstance(element, pikepdf.Dictionary):
        return []
    own = [str(element["/S"])] if "/S" in element else []
    return own + (roles(element["/K"]) if "/K" in element else [])


def test_a_document_is_tagged_titled_and_in_a_language() -> None:
    with opened(document_of(FULL)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo["/Title"]) == f"Report {FULL.release[:8]} for {TEAM.name}"
        assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf.Root.Metadata.read_bytes()
        assert len(pdf.pages) > 1


def test_headings_lists_and_paragraphs_are_told_apart() -> None:
    with opened(document_of(FULL)) as pdf:
        found = roles(pdf.Root.StructTreeRoot)
    assert found.count("/H1") == 5
    assert {"/L", "/LI", "/Lbl", "/LBody", "/P"} <= set(found)


@pytest.mark.parametrize("release", [FULL, release_to(TEAM), release_to(TEAM, subjects=(), when="", where="")])
def test_a_checker_of_pdf_ua_finds_nothing(release: object, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(document_of(release))  # type: ignore[arg-type]
    assert [finding.message for finding in pdfua.validate(str(path)).findings] == []


def test_a_document_tells_no_time_and_is_the_same_again() -> None:
    document = document_of(FULL)
    with opened(document) as pdf:
        assert not {"/CreationDate", "/ModDate"} & set(pdf.docinfo.keys())
        assert not re.search(rb"(Create|Modify|Metadata)Date", pdf.Root.Metadata.read_bytes())
    assert document == document_of(FULL)


def test_what_somebody_wrote_is_never_markup() -> None:
    said = '#panic("x") $x$ *b* = H @ref <label> \\u{41} #read("/etc/passwd") https://x.example // no /* no'
    with opened(document_of(release_to(TEAM, text=said))) as pdf:
        assert "/Annots" not in pdf.pages[0]
    assert document_of(release_to(TEAM, line=said, when=said, where=said))


@settings(max_examples=30, deadline=None)
@given(some.text(some.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=200))
def test_every_text_in_latin_letters_has_a_document(text: str) -> None:
    text = f"a {text}".strip()
    document_of(release_to(TEAM, text=text, when=text))


def test_letters_that_it_cannot_show_are_named_before_anybody_approves() -> None:
    with pytest.raises(LettersNotShown) as refused:
        document_of(release_to(TEAM, text="Wren calls himself ਪੰਜਾਬ."))
    assert "ਪ" in refused.value.letters
    assert "Wren" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_question_stands_with_its_answer_and_apart_from_the_next() -> None:
    text = "What happened\nHe sells what he finds.\nTwice a week.\n\n\nWhen it happened\nThis month"
    *_, reported = sections(release_to(TEAM, text=text))
    assert reported.paragraphs == (
        "What happened\nHe sells what he finds.\nTwice a week.",
        "When it happened\nThis month",
    )
