"""What the line never does, held against the code itself: ring or write to a caller, or record a talk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

IVR = Path(__file__).parents[2] / "ivr"
OURS = [path for path in sorted(IVR.rglob("*.py")) if "simulator" not in path.parts]
BRIDGES = {"sms", "message", "enqueue", "refer", "connect", "start", "number", "sip", "client", "queue"}


def used(path: Path) -> set[str]:
    """Return every name behind a dot in a file: all methods that it could call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def calls_of(path: Path, method: str) -> Iterator[dict[str, str]]:
    """Yield the named arguments of every call of a method, as they are written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield {word.arg or "**": ast.unparse(word.value) for word in node.keywords}


def test_whoever_collects_recordings_creates_nothing_at_the_carrier() -> None:
    asked = used(IVR / "worker/carrier.py")
    assert "delete" in asked
    assert asked & {"create", "create_async", "update", "update_async"} == set()


def test_the_one_thing_created_at_the_carrier_is_an_interpreters_leg_that_nobody_records() -> None:
    created = list(calls_of(IVR / "worker/live_carrier.py", "create"))
    assert len(created) == 1
    assert created[0]["record"] == "False"
    assert created[0]["conference_record"] == "'do-not-record'"
    assert {"recording_track", "recording_status_callback", "**"} & created[0].keys() == set()


def test_a_document_bridges_to_nothing_but_a_conference_that_nobody_records() -> None:
    asked = used(IVR / "twiml.py")
    assert {"record", "conference"} <= asked
    assert asked & BRIDGES == set()
    for method in ("dial", "conference"):
        found = list(calls_of(IVR / "twiml.py", method))
        assert found, method
        assert all(one.get("record") == "'do-not-record'" for one in found), method
    assert used(IVR / "static_answers.py") & {*BRIDGES, "dial", "conference"} == set()


def test_only_those_two_files_build_documents() -> None:
    builders = [path.name for path in OURS if "twilio.twiml" in path.read_text(encoding="utf-8")]
    assert builders == ["static_answers.py", "twiml.py"]


def test_only_the_workers_two_files_speak_to_the_carrier() -> None:
    speakers = [path.name for path in OURS if "twilio.rest" in path.read_text(encoding="utf-8")]
    assert speakers == ["carrier.py", "live_carrier.py"]
