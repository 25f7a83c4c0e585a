"""Searches files for canaries in every form, also inside gzip and zlib: what a person who took the disk would find.

A scan that could not read something, or that did not find what was planted for it to find, has proved nothing and says
so. What is found is named by kind and form, never shown.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ivr.canary import Canary, named_forms
from ivr.patterns import Patterns

CHUNK_BYTES = 4 << 20
MAX_SWOLLEN_BYTES = 256 << 20  # of one compressed member: a bomb must not stop the scan
MAX_DEPTH = 2  # a compressed backup of a rotated, compressed log
# How gzip and the usual levels of zlib begin; what only looks like one breaks off within a few bytes.
SQUEEZED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", re.DOTALL)
EITHER_HEADER = 32 + zlib.MAX_WBITS


class ScanProvedNothing(Exception):
    """The scan says nothing about these places; mend what it names and scan again."""


@dataclass(frozen=True)
class Finding:
    """A canary in a file: its kind and form, and where it first stands (inside what was compressed: there)."""

    place: Path
    kind: str
    form: str
    offset: int
    compressed: bool = False


Progress = Callable[[Path, int], None]  # told each file and the bytes read of it since


def ignore(_path: Path, _count: int) -> None:
    """Take no notice of progress."""


def scan(
    places: Sequence[Path], canaries: Sequence[Canary], control: Canary, progress: Progress = ignore
) -> list[Finding]:
    """Return where canaries stand in files and folders: for each file, kind and form the first place.

    Raises `ScanProvedNothing` unless every place could be read whole and holds the control.
    """
    if not places or not canaries:
        raise ScanProvedNothing("no place or no canary was named")
    search = _Search.of((*canaries, control))
    findings = []
    for place in places:
        found = [finding for path in files_below(place) for finding in search.file(path, progress)]
        if not any(finding.kind == control.kind for finding in found):
            raise ScanProvedNothing(f"the control was not found in {place}")
        findings += [finding for finding in found if finding.kind != control.kind]
    return findings


def files_below(place: Path) -> Iterator[Path]:
    """Give every regular file of a place, following no link; raises `ScanProvedNothing` where it may not look."""
    if not place.exists():
        raise ScanProvedNothing(f"{place} is not there")
    if not place.is_dir():
        yield place
        return

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # what went while we looked holds nothing any more
            raise ScanProvedNothing(f"{error.filename} may not be read")

    for folder, folders, names in os.walk(place, onerror=refuse):
        folders.sort()
        for path in (Path(folder) / name for name in sorted(names)):
            if _is_regular(path):
                yield path


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class _Search:
    """Every form of every canary, ready to be looked for."""

    patterns: Patterns
    labels: dict[bytes, list[tuple[str, str]]]

    @staticmethod
    def of(canaries: Sequence[Canary]) -> _Search:
        labels: dict[bytes, list[tuple[str, str]]] = {}
        for canary in canaries:
            for raw, form in named_forms(canary).items():
                labels.setdefault(raw, []).append((canary.kind, form))
        return _Search(Patterns.of(frozenset(labels)), labels)

    def file(self, path: Path, progress: Progress) -> list[Finding]:
        """Search one file and what is compressed in it."""
        first: dict[tuple[str, str, bool], Finding] = {}
        for offset, pattern, compressed in self._in_file(path, progress):
            for kind, form in self.labels[pattern]:
                first.setdefault((kind, form, compressed), Finding(path, kind, form, offset, compressed))
        return list(first.values())

    def _in_file(self, path: Path, progress: Progress) -> Iterator[tuple[int, bytes, bool]]:
        try:
            with path.open("rb") as opened, path.open("rb") as squeezed:
                for start, chunk, fresh in _overlapping(_chunks(opened), self.patterns.longest):
                    yield from ((start + offset, pattern, False) for offset, pattern in self.patterns.find(chunk))
                    yield from self._squeezed_in(squeezed, start, chunk, fresh)
                    progress(path, fresh)
        except FileNotFoundError:
            return
        except OSError:
            raise ScanProvedNothing(f"{path} may not be read") from None

    def _squeezed_in(self, file: IO[bytes], start: int, chunk: bytes, fresh: int) -> Iterator[tuple[int, bytes, bool]]:
        for header in SQUEEZED.finditer(chunk):
            if header.start() < len(chunk) - fresh - 2:
                continue  # it stood in the overlap, and was opened with the chunk before
            file.seek(start + header.start())
            for offset, pattern in self._swollen(_pieces(file), 1):
                yield offset, pattern, True

    def _swollen(self, pieces: Iterator[bytes], depth: int) -> Iterator[tuple[int, bytes]]:
        for start, chunk, fresh in _overlapping(_inflated(pieces), self.patterns.longest):
            yield from ((start + offset, pattern) for offset, pattern in self.patterns.find(chunk))
            if depth >= MAX_DEPTH:
                continue
            for header in SQUEEZED.finditer(chunk):
                if header.start() >= len(chunk) - fresh - 2:
                    yield from self._swollen(iter([chunk[header.start() :]]), depth + 1)


def _overlapping(chunks: Iterator[bytes], longest: int) -> Iterator[tuple[int, bytes, int]]:
    """Give (where it begins, chunk with the end of the one before, bytes that are new)."""
    position, held = 0, b""
    for chunk in chunks:
        yield position - len(held), held + chunk, len(chunk)
        position += len(chunk)
        held = (held + chunk)[-max(longest - 1, 2) :]


def _chunks(opened: IO[bytes]) -> Iterator[bytes]:
    while chunk := opened.read(CHUNK_BYTES):
        yield chunk


def _pieces(opened: IO[bytes]) -> Iterator[bytes]:
    # Most beginnings are none: little is read before that shows.
    size = 256
    while piece := opened.read(size):
        yield piece
        size = min(size * 8, CHUNK_BYTES)


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give what a gzip or zlib member holds, as far as it is whole."""
    inflate, given = zlib.decompressobj(EITHER_HEADER), 0
    for piece in pieces:
        waiting = piece
        while waiting and given < MAX_SWOLLEN_BYTES:
            try:
                swollen = inflate.decompress(waiting, CHUNK_BYTES)
            except zlib.error:
                return
            given += len(swollen)
            if swollen:
                yield swollen
            waiting = inflate.unconsumed_tail
        if inflate.eof or given >= MAX_SWOLLEN_BYTES:
            return
