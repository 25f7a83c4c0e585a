"""A team needs none of our software: the commands of docs/releasing.md open a package and check it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handlers.releasing.package import FILES
from storage.signing import verifying_fingerprint
from tests.releasing.desks import sent, signer, squad
from tests.test_house import ROOT

# In the place of `age` where it is not installed: a program of its own, which knows nothing of ours.
STAND_IN = f"""#!{sys.executable} -I
import sys, pyrage
key, out, file = sys.argv[3], sys.argv[5], sys.argv[6]
line = [line for line in open(key) if line.startswith("AGE-SECRET-KEY-")][0].strip()
open(out, "wb").write(pyrage.decrypt(open(file, "rb").read(), [pyrage.x25519.Identity.from_str(line)]))
"""


def steps() -> list[str]:
    """Return the commands of the page, in their order."""
    page = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [line for line in block.splitlines() if line and not line.startswith("#")]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Give a team's folder, with a package, its key and the line's public half."""
    (tmp_path / "package.age").write_bytes(sent().file)
    sent().to.key_file(tmp_path).rename(tmp_path / "team-key.txt")
    sent().by.key_file(tmp_path)
    if shutil.which("age") is None:
        assert os.environ.get("CI") != "true", "age is not installed: `make age`"
        (tmp_path / "age").write_text(STAND_IN, encoding="utf-8")
        (tmp_path / "age").chmod(0o700)
    return tmp_path


def typed(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Return what one line of the page does in a shell that knows nothing of the project."""
    path = f"{folder}:/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_the_page_leads_from_the_package_to_its_files(desk: Path) -> None:
    said = ""
    for line in steps():
        done = typed(desk, line)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        said += done.stdout
    assert {path.name for path in (desk / "package").iterdir()} == set(FILES)
    assert (desk / "package" / "report.json").read_bytes() == sent().release.packed()
    assert "Signature Verified Successfully" in said
    assert "report.pdf: OK" in said
    assert verifying_fingerprint(sent().by.public).replace("-", "") in said


def test_each_tool_refuses_what_is_wrong(desk: Path) -> None:
    opening, unpacking, *_, verifying, hashing = steps()
    wrong_key = squad("stranger").key_file(desk)
    assert typed(desk, opening.replace("team-key.txt", wrong_key.name)).returncode != 0
    for line in (opening, unpacking, verifying, hashing):
        assert typed(desk, line).returncode == 0
    report = desk / "package" / "report.json"
    report.write_bytes(report.read_bytes().replace(b"Wren", b"Finn"))
    assert typed(desk, hashing).returncode != 0
    manifest = desk / "package" / "MANIFEST"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    assert typed(desk, verifying).returncode != 0
    manifest.write_bytes(manifest.read_bytes()[:-1])
    assert typed(desk, verifying).returncode == 0
    signer().key_file(desk)
    assert typed(desk, verifying).returncode != 0


def test_a_changed_byte_of_the_file_is_refused_by_age(desk: Path) -> None:
    (desk / "package.age").write_bytes(sent().file[:-1] + bytes([sent().file[-1] ^ 1]))
    assert typed(desk, steps()[0]).returncode != 0
