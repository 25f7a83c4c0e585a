"""A package opens for the team that it is for, and any byte that is not as it was signed is seen."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from handlers.releasing import package
from handlers.releasing.content import NotARelease
from handlers.releasing.document import document_of
from handlers.releasing.package import ForAnotherTeam, Package, PackageDamaged, opened, packed
from storage.age_files import FileDamaged, NotForThisKey, open_file, seal_file
from storage.keys import Damaged
from storage.signing import NotSignedByThisKey, sign
from tests.releasing.desks import release_to, sent, signer, squad

SENT = sent()
# Half of the tries where the files and their heads stand, half anywhere, the zeros at the end among them.
PLACES = some.one_of(some.integers(0, 4096), some.integers(0, package.PAD_BYTES - 1))
INSIDE = open_file(SENT.file, SENT.to.identity)
RELEASE, FOUND = opened(SENT.file, identity=SENT.to.identity, public=SENT.by.public)
STRANGER = squad("stranger")


def reseal(inside: bytes) -> bytes:
    """Seal changed content anew: everybody can, who knows the team's public key."""
    return seal_file(inside, SENT.to.team.age)


def rebuilt(*, signed: bool = False, **changed: bytes) -> bytes:
    """Return a package with files changed, by somebody who has the signing key or has not."""
    files = {**vars(FOUND), **changed}
    if signed:
        files["signature"] = sign(files["manifest"], SENT.by.private)
    return reseal(package._archived(Package(**files)))


def check(file: bytes) -> None:
    opened(file, identity=SENT.to.identity, public=SENT.by.public)


def test_a_team_opens_what_was_released_to_it() -> None:
    assert SENT.release == RELEASE
    assert FOUND.report == SENT.release.packed()
    assert FOUND.document == document_of(SENT.release)


def test_another_team_cannot_open_it() -> None:
    with pytest.raises(NotForThisKey, match="another key"):
        opened(SENT.file, identity=STRANGER.identity, public=SENT.by.public)


def test_the_file_names_no_team_and_tells_next_to_no_size() -> None:
    assert SENT.to.team.age.encode() not in SENT.file
    short = packed((tiny := release_to(SENT.to.team, text="x")).packed(), document_of(tiny), private=SENT.by.private)
    assert abs(len(short) - len(SENT.file)) < 200  # age greases its head with some random bytes
    assert len(open_file(short, SENT.to.identity)) == len(INSIDE) == package.PAD_BYTES


@settings(max_examples=150, deadline=None)
@given(PLACES, some.integers(1, 255))
def test_any_changed_byte_of_the_file_is_refused(place: int, by: int) -> None:
    changed = SENT.file[:place] + bytes([SENT.file[place] ^ by]) + SENT.file[place + 1 :]
    with pytest.raises((FileDamaged, NotForThisKey)):
        check(changed)


@settings(max_examples=150, deadline=None)
@given(PLACES, some.integers(1, 255))
def test_any_changed_byte_inside_is_refused_though_it_is_sealed_anew(place: int, by: int) -> None:
    with pytest.raises(Damaged):
        check(reseal(INSIDE[:place] + bytes([INSIDE[place] ^ by]) + INSIDE[place + 1 :]))


@pytest.mark.parametrize("length", [0, 1, 100, 512, 10240, len(INSIDE) - 1])
def test_a_cut_package_is_refused(length: int) -> None:
    for cut in (SENT.file[:length], reseal(INSIDE[:length])):
        with pytest.raises(Damaged):
            check(cut)


@pytest.mark.parametrize("more", [b"\0", bytes(package.PAD_BYTES), b"x" * 512])
def test_something_behind_the_end_is_refused(more: bytes) -> None:
    with pytest.raises(PackageDamaged, match="added"):
        check(reseal(INSIDE + more))
    with pytest.raises(FileDamaged):
        check(SENT.file + more)


@pytest.mark.parametrize("name", package.FILES)
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(PackageDamaged, match=f"{name} is missing"):
        check(reseal(archive([(one, held) for one, held in FOUND.files().items() if one != name])))


def test_an_added_or_doubled_file_is_refused() -> None:
    files = list(FOUND.files().items())
    for wrong in ([*files, ("more.exe", b"x")], [("report.pdf", b"other"), *files], [*files, ("../up", b"x")]):
        with pytest.raises(PackageDamaged, match="added"):
            check(reseal(archive(wrong)))


def archive(files: list[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            made.addfile(entry, io.BytesIO(content))
    whole = written.getvalue()
    return whole + bytes(-len(whole) % package.PAD_BYTES)


def test_an_exchanged_file_is_named() -> None:
    for name, file in (("report.json", "report"), ("report.pdf", "document")):
        with pytest.raises(PackageDamaged, match=f"{name} is not the file that was signed"):
            check(rebuilt(**{file: vars(FOUND)[file] + b" "}))


def test_who_has_not_the_signing_key_signs_nothing() -> None:
    forged = release_to(SENT.to.team, text="Nothing happened.")
    document = document_of(forged)
    file = packed(forged.packed(), document, private=signer().private)
    with pytest.raises(NotSignedByThisKey, match="Do not use it"):
        check(file)
    manifest = package.manifest_of(forged, forged.packed(), document)
    with pytest.raises(NotSignedByThisKey):
        check(rebuilt(manifest=manifest, report=forged.packed(), document=document))


def test_a_manifest_that_says_more_is_refused_even_when_it_is_signed() -> None:
    with pytest.raises(PackageDamaged, match="lists other files"):
        check(rebuilt(manifest=FOUND.manifest + b"# and more\n", signed=True))


def test_a_genuine_package_passed_on_to_another_team_is_seen() -> None:
    with pytest.raises(ForAnotherTeam, match="passed on"):
        opened(seal_file(INSIDE, STRANGER.team.age), identity=STRANGER.identity, public=SENT.by.public)


def test_what_is_no_release_is_not_packed() -> None:
    with pytest.raises(NotARelease):
        packed(SENT.release.packed() + b"\n", b"", private=SENT.by.private)


def test_something_else_that_age_sealed_is_no_package() -> None:
    for inside in (b"", b"hello", bytes(1024)):
        with pytest.raises(PackageDamaged):
            check(reseal(inside))
