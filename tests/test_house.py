"""The house itself: settings explained, zones complete, nothing of others committed, no address in a lock."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from storage.command_line import COMMANDS
from storage.setting_names import SETTINGS

ROOT = Path(__file__).parents[1]
PACKAGES = ("ivr", "handlers", "storage", "prompts")
FETCHED_OR_MADE = {
    ".git", ".venv", "node_modules", "var", "vendor", "build", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip
MAX_FILE_BYTES = 400_000
# Settings' readers, whose first argument is the setting's name.
READERS = {
    "text",
    "many",
    "flag",
    "choice",
    "whole",
    "path",
    "folder",
    "file",
    "database",
    "base",
    "address",
    "secret",
    "sid",
}
READERS |= {"secrets", "shared_keys", "refuse_readable_secret", "get"}
NOT_OURS = {"HOTLINE_SETTINGS", "TWILIO_API_SECRET"}  # names the file itself; read only to refuse it


def committed_files() -> Iterator[Path]:
    """Give every file that is ours, found without git so that an unpacked archive passes too."""
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name in FETCHED_OR_MADE or path.name.endswith(".egg-info"):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.name != "config.env":
                yield path


def settings_read() -> set[str]:
    """Return the name of every setting that storage/settings.py and its reader read."""
    files = [ROOT / "storage/settings.py", ROOT / "storage/reader.py"]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READERS
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names.add(first.value)
    return {name for name in names if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)} - NOT_OURS


def settings_explained() -> dict[str, str]:
    """Return each setting of config.example.env with the comment line above it."""
    explained, above = {}, ""
    for line in (ROOT / "config.example.env").read_text(encoding="utf-8").splitlines():
        name, equals, _ = line.partition("=")
        if equals and re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
            explained[name] = above if above.startswith("# ") else ""
        above = line
    return explained


def imported_modules(path: Path) -> Iterator[str]:
    """Give the full name of every module that a Python file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def contracts() -> dict[str, dict[str, list[str]]]:
    """Return import-linter's contracts by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}


def test_every_setting_that_is_read_stands_in_the_example_with_its_reason() -> None:
    explained = settings_explained()
    assert len(explained) > 30
    assert settings_read() - explained.keys() == set()
    assert [name for name, reason in explained.items() if len(reason) < 20] == []


def test_the_example_explains_no_setting_that_nobody_reads() -> None:
    assert settings_explained().keys() - settings_read() == set()


def test_every_setting_is_known_by_name_so_that_a_typing_mistake_is_not() -> None:
    assert set(SETTINGS) == settings_explained().keys()
    assert len(set(SETTINGS)) == len(SETTINGS)


def test_no_file_is_too_large_to_be_read_by_a_person() -> None:
    large = [str(path.relative_to(ROOT)) for path in committed_files() if path.stat().st_size > MAX_FILE_BYTES]
    assert large == []


def test_locks_hold_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-node.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in lock, name
        assert "index-url" not in lock, name
        pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
        unhashed = [
            part for part in re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:] if "sha256:" not in part
        ]
        assert pinned, name
        assert unhashed == [], name


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    assert {re.split(r"[\[><=]", name)[0].strip() for name in wanted} - locked == set()


def test_the_front_ends_lock_holds_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    fetched = {name: package for name, package in lock["packages"].items() if name}
    assert "node_modules/govuk-frontend" in fetched
    assert [name for name, package in fetched.items() if "resolved" in package] == []
    assert [name for name, package in fetched.items() if not package["integrity"].startswith("sha512-")] == []


def test_nothing_of_others_is_committed() -> None:
    foreign = re.compile(r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot|whl|tgz)$|govuk-frontend")
    assert [str(path.relative_to(ROOT)) for path in committed_files() if foreign.search(path.name)] == []


def test_the_folder_of_fetched_files_is_ignored_by_git() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"handlers/desk/static/vendor/", ".venv/", "node_modules/", "var/", "config.env"} <= set(ignored)


def test_every_module_that_faces_the_carrier_stands_in_both_contracts() -> None:
    public = {
        f"ivr.{path.stem}"
        for path in (ROOT / "ivr").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"ivr.__init__", "ivr.worker", "ivr.simulator"}
    listed = [set(contract["source_modules"]) for name, contract in contracts().items() if "faces the carrier" in name]
    assert listed == [public, public]


def test_the_simulator_imports_nothing_of_ours() -> None:
    ours = re.compile(r"(handlers|storage|prompts|tests|ivr)(\.|$)")
    strangers = [
        (path.name, module)
        for path in (ROOT / "ivr/simulator").rglob("*.py")
        for module in imported_modules(path)
        if ours.match(module) and not module.startswith("ivr.simulator")
    ]
    assert strangers == []


def test_every_command_names_a_function_that_exists() -> None:
    missing = []
    for target, _ in COMMANDS.values():
        module, _, function = target.partition(":")
        path = ROOT / f"{module.replace('.', '/')}.py"
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        missing += [target] if function not in names else []
    assert missing == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_target_of_the_makefile_that_people_use_is_listed_by_make_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
