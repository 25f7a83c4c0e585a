"""`hotline package verify` needs no service, writes nothing that it has not checked, and says what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from handlers.releasing.package import FILES
from storage.command_line import run
from storage.signing import verifying_fingerprint
from tests.releasing.desks import sent, signer, squad


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package.age").write_bytes(sent().file)
    return tmp_path


def verify(folder: Path, **instead: Path) -> list[str]:
    """Return the command as a team types it."""
    files = {
        "file": folder / "package.age",
        "key": sent().to.key_file(folder),
        "signing": sent().by.key_file(folder),
        **instead,
    }
    keys = ["--team-key", str(files["key"]), "--signing-key", str(files["signing"])]
    return ["package", "verify", str(files["file"]), *keys]


def test_a_good_package_is_told_and_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*verify(folder), "--out", str(folder / "out")]) == 0
    said = capsys.readouterr().out
    assert verifying_fingerprint(sent().by.public) in said
    assert sent().release.release in said
    assert {path.name for path in (folder / "out").iterdir()} == set(FILES)
    assert (folder / "out" / "report.json").read_bytes() == sent().release.packed()
    assert (folder / "out" / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_without_a_folder_nothing_is_written(folder: Path) -> None:
    command = verify(folder)
    before = set(folder.iterdir())
    assert run(command) == 0
    assert set(folder.iterdir()) == before


def test_a_folder_that_is_there_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").mkdir()
    assert run([*verify(folder), "--out", str(folder / "out")]) == 1
    assert "name a new folder" in capsys.readouterr().err
    assert list((folder / "out").iterdir()) == []


def test_each_mistake_has_its_own_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = folder / "changed"
    changed.write_bytes(sent().file[:-1] + bytes([sent().file[-1] ^ 1]))
    other = folder / "other"
    other.mkdir()
    text = folder / "text"
    text.write_text("nothing", encoding="utf-8")
    wrong: list[tuple[dict[str, Path], str]] = [
        ({"key": squad("stranger").key_file(folder)}, "sealed to another key"),
        ({"key": text}, "not one private key of age"),
        ({"key": folder / "nowhere"}, "the team's key is missing"),
        ({"signing": signer().key_file(other)}, "not signed by this signing key"),
        ({"signing": text}, "no public key in PEM"),
        ({"signing": folder / "nowhere"}, "public half is missing"),
        ({"file": changed}, "changed or cut"),
        ({"file": text}, "not one that age sealed"),
        ({"file": folder / "nowhere"}, "the package is missing"),
    ]
    for instead, told in wrong:
        assert run([*verify(folder, **instead), "--out", str(folder / "out")]) == 1
        said = capsys.readouterr()
        assert told in said.err
        assert said.out == ""
        assert not (folder / "out").exists()


def test_it_runs_without_settings_database_or_web(folder: Path) -> None:
    script = (
        "import sys; from storage.command_line import run; status = run(sys.argv[1:]); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'flask', 'sqlalchemy', 'typst', 'twilio'})); "
        "sys.exit(status)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, *verify(folder)],
        env={"PYTHONPATH": str(root)}, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
