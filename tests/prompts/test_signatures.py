"""A language is spoken outside the demo only as a native reviewer signed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.signatures import SignatureMistakes, read_signatures, sign, unsigned
from prompts.wording import WordingMistakes, read_wording_file
from tests.prompts.files import Copy


def still_unsigned(copy: Copy) -> tuple[str, ...]:
    return unsigned(copy.line(), copy.wording(), path=copy.folder / "signatures.toml")


def sign_copy(copy: Copy, language: str, reviewer: str = "Ola Nowak") -> None:
    sign(language, reviewer, path=copy.folder / "signatures.toml", folder=copy.folder)


def test_a_language_that_nobody_signed_is_refused(copy: Copy) -> None:
    assert still_unsigned(copy) == ("en", "pl")


def test_no_signature_that_ships_is_for_other_words_than_those_that_ship() -> None:
    for language, signature in read_signatures().items():
        assert signature.wording == read_wording_file(language).fingerprint()


def test_a_signed_language_is_no_longer_refused(copy: Copy) -> None:
    sign_copy(copy, "pl")
    assert still_unsigned(copy) == ("en",)
    sign_copy(copy, "en", 'Ben "B" Wright')
    assert still_unsigned(copy) == ()
    reviewers = {code: each.reviewer for code, each in read_signatures(copy.folder / "signatures.toml").items()}
    assert reviewers == {"en": 'Ben "B" Wright', "pl": "Ola Nowak"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('kept = "Dziękujemy. Zachowane."', 'kept = "Dziękujemy."'),
        ('jeden", "dwa"', 'jeden", "dwie"'),
        ('hash = "krzyżyk"', 'hash = "kratkę"'),
        ("[questions.weapon]\n", '[questions.weapon]\nsilence2 = "Broń?"\n'),
    ],
)
def test_any_change_of_what_can_be_heard_voids_the_signature(copy: Copy, before: str, after: str) -> None:
    sign_copy(copy, "pl")
    copy.change("pl.toml", before, after)
    assert still_unsigned(copy) == ("en", "pl")


def test_a_comment_does_not_void_it(copy: Copy) -> None:
    sign_copy(copy, "pl")
    copy.change("pl.toml", "# What callers hear in Polish.", "# What callers hear.")
    assert still_unsigned(copy) == ("en",)


def test_a_signature_for_one_language_does_not_serve_another(copy: Copy) -> None:
    sign_copy(copy, "pl")
    path = copy.folder / "signatures.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[pl]", "[en]"), encoding="utf-8")
    assert still_unsigned(copy) == ("en", "pl")


def test_without_the_file_nobody_has_signed(copy: Copy) -> None:
    (copy.folder / "signatures.toml").unlink()
    assert still_unsigned(copy) == ("en", "pl")


@pytest.mark.parametrize("text", ["[pl]\nreviewer = 'Ola'\n", "[pl]\nreviewer = ''\nwording = ''\n", "[pl\n"])
def test_a_broken_file_of_signatures_is_refused(copy: Copy, text: str) -> None:
    (copy.folder / "signatures.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SignatureMistakes):
        still_unsigned(copy)


def test_a_language_that_is_not_there_cannot_be_signed(tmp_path: Path) -> None:
    with pytest.raises(WordingMistakes):
        sign("cy", "Gwen", path=tmp_path / "signatures.toml", folder=tmp_path)
    assert not (tmp_path / "signatures.toml").exists()
