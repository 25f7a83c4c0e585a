"""The docs hold: every setting, command, alarm and file that they name exists, and none that matters is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from storage.command_line import COMMANDS
from storage.jobs import ALARM
from tests.test_house import PACKAGES, ROOT, settings_read

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[\s/;&|'])hotline ([a-z]+)\b(?: ([a-z][a-z-]*)\b)?")
TARGET = re.compile(r"(?:^|[\s;&|])make ([a-z]+)\b")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*)")
RAISERS = {"alarm", "raise_alarm", "_keep"}


def commands_in(page: Path) -> list[str]:
    """Return every piece of code in a page, line by line."""
    found = CODE.findall(page.read_text(encoding="utf-8"))
    return [line.partition("#")[0] for block, inline in found for line in (block or inline).splitlines()]


def anchor_of(title: str) -> str:
    """Return the anchor that readers of Markdown give a title."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def alarms_in_the_code() -> set[str]:
    """Return the name of every alarm that some code raises."""
    names = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            texts = _texts(tree)
            for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
                called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if called in RAISERS:
                    names |= {name for name in (_name(argument, texts) for argument in call.args[:2]) if name}
    return names


def _texts(tree: ast.Module) -> dict[str, str]:
    texts = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = zip(getattr(target, "elts", [target]), getattr(node.value, "elts", [node.value]), strict=False)
                for one, value in pairs:
                    if isinstance(one, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                        texts[one.id] = value.value
    return texts


def _name(argument: ast.expr, texts: dict[str, str]) -> str:
    value = argument.value if isinstance(argument, ast.Constant) else texts.get(getattr(argument, "id", ""), "")
    return value if isinstance(value, str) and re.fullmatch(r"[a-z_]{3,30}", value) else ""


def test_every_setting_stands_on_the_page_for_operators() -> None:
    told = OPERATIONS + (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(settings_read()) if not re.search(rf"\b{name}\b", told)] == []


def test_every_alarm_of_the_code_says_what_to_do() -> None:
    raised = alarms_in_the_code()
    assert {"backlog", "alert_path", "signatures", "guessing", "storage"} <= raised
    assert {name for name in raised if f"| `{ALARM}{name}` |" not in OPERATIONS} == set()


def test_every_alarm_of_the_docs_is_raised_by_some_code() -> None:
    told = set(re.findall(rf"\| `{ALARM}([a-z_]+)` \|", OPERATIONS))
    assert told - alarms_in_the_code() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    code = commands_in(page)
    unknown = [name for line in code for name, _ in COMMAND.findall(line) if name not in {*COMMANDS, "help"}]
    unknown += [name for line in code for name in TARGET.findall(line) if name not in targets]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_that_a_page_gives_a_command_is_one_of_its_own(page: Path) -> None:
    unknown = []
    for line in commands_in(page):
        for part in re.split(r"[;&|]", line):
            found = COMMAND.search(part)
            if found is None or found[1] not in COMMANDS:
                continue
            source = _source_of(found[1])
            unknown += [f"{found[1]} {option}" for option in OPTION.findall(part) if f'"{option}"' not in source]
    assert unknown == []


def _source_of(command: str) -> str:
    module = COMMANDS[command][0].partition(":")[0]
    shared = ROOT / "storage/arguments.py"
    file = ROOT / f"{module.replace('.', '/')}.py"
    parts = re.findall(
        r"^from storage import (.+_commands?(?:, \w+)*)$", file.read_text(encoding="utf-8"), re.MULTILINE
    )
    files = (file, shared, *(ROOT / f"storage/{name}.py" for part in parts for name in part.split(", ")))
    return '"--help"' + "".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_links_to_what_is_not_there(page: Path) -> None:
    dead = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            dead.append(link)
        elif anchor and target.suffix == ".md":
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            dead += [link] if anchor not in map(anchor_of, titles) else []
    assert dead == []


def test_every_file_of_code_that_a_page_names_is_there() -> None:
    named = re.compile(r"`((?:ivr|handlers|storage|prompts|tests|docs)/[\w./-]+\.(?:py|toml|sql|md))(?:::(\w+))?`")
    missing = []
    for page in PAGES:
        for name, test in named.findall(page.read_text(encoding="utf-8")):
            path = ROOT / name
            if not path.exists() or (test and f"def {test}(" not in path.read_text(encoding="utf-8")):
                missing.append(f"{page.name}: {name} {test}".strip())
    assert missing == []


def test_the_units_start_commands_that_exist_with_settings_that_are_read() -> None:
    units = [path.read_text(encoding="utf-8") for path in (ROOT / "docs/deployment").glob("*.service")]
    started = {name for unit in units for name in re.findall(r"^ExecStart=\S+/hotline ([a-z]+)", unit, re.MULTILINE)}
    assert started == {"ivr", "worker", "desk", "assessment", "keys", "probe", "scan"} <= set(COMMANDS)
    given = {name for unit in units for name in re.findall(r"^Environment=([A-Z_]+)=", unit, re.MULTILINE)}
    assert given - settings_read() - {"HOTLINE_SETTINGS"} == set()


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(folder.glob("0*.md")) if f"({path.name})" not in index] == []


def test_the_pages_use_no_long_dashes() -> None:
    assert [page.name for page in PAGES if re.search("[\u2013\u2014]", page.read_text(encoding="utf-8"))] == []


def test_no_proxy_passes_half_a_request_on() -> None:
    """Half-sent bodies would hold the few threads behind: with eight of them nobody could ring."""
    deployment = ROOT / "docs" / "deployment"
    caddy = (deployment / "Caddyfile").read_text(encoding="utf-8")
    nginx = (deployment / "nginx.conf").read_text(encoding="utf-8")
    assert caddy.count("reverse_proxy") - caddy.count("handlers.reverse_proxy") == caddy.count("request_buffers")
    assert "proxy_request_buffering on;" in nginx
    assert "proxy_request_buffering off" not in nginx
    assert "client_body_timeout" in nginx


def test_the_text_for_callers_says_what_keeps_them_safe_and_promises_no_more() -> None:
    page = (ROOT / "docs/for-callers.md").read_text(encoding="utf-8")
    published, _, rest = page.partition("## What never to publish")
    for word in ("from work", "141", "list of calls", "Phone companies know", "999", "press 55", "sensitive_pn.xml"):
        assert word in published, word
    for promise in ("completely anonymous", "untraceable", "secure"):
        assert promise not in published.lower()
        assert promise in rest.lower()
