"""Which software runs here: its version, and one digest over all that is program in it, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("handlers", "ivr", "prompts", "storage")
ROOT = Path(__file__).parents[1]
PROGRAM = frozenset({".css", ".html", ".js", ".mako", ".py", ".scss", ".typ"})  # not the wording, which a line changes
PASSED_OVER = frozenset({"__pycache__", "vendor"})  # what a machine makes for itself


def version_here() -> str:
    """Return the version as it is installed, or an empty text where it runs without being installed."""
    try:
        return version("integrity-hotline")
    except PackageNotFoundError:
        return ""


def build_digest(root: Path = ROOT) -> str:
    """Return the SHA-256 over names and contents of all that is program below a folder, in hexadecimal."""
    whole = hashlib.sha256()
    for path in sorted(_files(root), key=lambda one: one.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        whole.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in (root / package).rglob("*"):
            if path.suffix in PROGRAM and path.is_file() and not PASSED_OVER.intersection(path.relative_to(root).parts):
                yield path
