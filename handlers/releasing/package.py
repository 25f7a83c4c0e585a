"""The package that carries a release: JSON and document, a signed list of their hashes, sealed with age to one team.

Opened with public tools alone: `age`, `tar`, `sha256sum` and `openssl` (docs/releasing.md).
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass

from handlers.releasing.content import Release, unpacked
from storage.age_files import open_file, recipient_of, seal_file
from storage.keys import Damaged, Secret
from storage.signing import NotSignedByThisKey, check_signature, sign

MANIFEST, SIGNATURE, REPORT, DOCUMENT = "MANIFEST", "MANIFEST.sig", "report.json", "report.pdf"
FILES = (MANIFEST, SIGNATURE, REPORT, DOCUMENT)
FIRST_LINE = "# hotline release package 1"
PAD_BYTES = 128 * 1024  # so that a package's size tells next to nothing of how much was reported
LONGEST_PACKAGE_BYTES = 16 * 1024 * 1024


class PackageDamaged(Damaged):
    """What was sealed is no package as we make it: something is missing, added or changed."""


class ForAnotherTeam(Damaged):
    """The package was made for another team and passed on; it is genuine, and not meant for whoever opened it."""


@dataclass(frozen=True)
class Package:
    """What is in a package, each file with its exact bytes."""

    manifest: bytes
    signature: bytes
    report: bytes
    document: bytes

    def files(self) -> dict[str, bytes]:
        """Return every file by its name, in the package's order."""
        return dict(zip(FILES, (self.manifest, self.signature, self.report, self.document), strict=True))


def packed(report: bytes, document: bytes, *, private: Secret) -> bytes:
    """Return a release's exact bytes and its document as a package for the team that the release names.

    `private` is the line's signing key. The document stands for the release but was not approved: make it from these
    bytes (`handlers.releasing.document`), here and now.
    """
    release = unpacked(report)
    manifest = manifest_of(release, report, document)
    inside = _archived(Package(manifest, sign(manifest, private), report, document))
    return seal_file(inside, release.to.age)


def opened(package: bytes, *, identity: Secret, public: bytes) -> tuple[Release, Package]:
    """Open and check a package; returns only what is signed, whole and for this team.

    Raises `NotForThisKey` or `FileDamaged` (`storage.age_files`), `PackageDamaged`, `NotSignedByThisKey`,
    `NotARelease` (`handlers.releasing.content`) and `ForAnotherTeam`.
    """
    found = _unarchived(open_file(package, identity))
    try:
        check_signature(found.manifest, found.signature, public)
    except NotSignedByThisKey as error:
        raise NotSignedByThisKey(
            "the package was not signed by this signing key. Do not use it; ask the line, by a number you know, for "
            "the fingerprint of its key"
        ) from error
    for name, content in ((REPORT, found.report), (DOCUMENT, found.document)):
        if _hash_line(name, content) not in found.manifest.decode().splitlines():
            raise PackageDamaged(f"{name} is not the file that was signed")
    release = unpacked(found.report)
    if found.manifest != manifest_of(release, found.report, found.document):
        raise PackageDamaged("MANIFEST lists other files than the package holds")
    if release.to.age != recipient_of(identity):
        raise ForAnotherTeam("the package was made for another team and passed on: it is not meant for this key")
    return release, found


def manifest_of(release: Release, report: bytes, document: bytes) -> bytes:
    """Return the list that is signed, as `sha256sum -c` reads it; its first line says what a signature means."""
    lines = (
        FIRST_LINE,
        f"# {release.release} for {release.to.team}",
        _hash_line(REPORT, report),
        _hash_line(DOCUMENT, document),
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _hash_line(name: str, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {name}"


def _archived(package: Package) -> bytes:
    """Return the files as a tar archive (POSIX ustar) without owner or time, padded by zeros that tar passes over."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in package.files().items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    whole = written.getvalue()
    return whole + bytes(-len(whole) % PAD_BYTES)


def _unarchived(inside: bytes) -> Package:
    # Whatever two programs could read differently is refused: the archive must be, byte for byte, the one that we make.
    if len(inside) > LONGEST_PACKAGE_BYTES:
        raise PackageDamaged("the package is larger than any that a line makes")
    try:
        with tarfile.open(fileobj=io.BytesIO(inside), mode="r:") as archive:
            held = {one.name: _content(archive, one) for one in archive.getmembers()}
    except tarfile.TarError as error:
        raise PackageDamaged("what was sealed is no package of a line") from error
    for name in FILES:
        if name not in held:
            raise PackageDamaged(f"{name} is missing from the package")
    package = Package(*(held[name] for name in FILES))
    if _archived(package) != inside:
        raise PackageDamaged("something was added to the package, or its frame was changed")
    return package


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    found = archive.extractfile(entry) if entry.isreg() else None
    return found.read() if found else b""
