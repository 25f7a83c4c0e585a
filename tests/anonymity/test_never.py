"""What the line never does, held against the code itself: ring or write to a caller, or bridge a call."""

from __future__ import annotations

import ast
from pathlib import Path

IVR = Path(__file__).parents[2] / "ivr"
OURS = [path for path in sorted(IVR.rglob("*.py")) if "simulator" not in path.parts]


def used(path: Path) -> set[str]:
    """Return every name behind a dot in a file: all methods that it could call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_nothing_is_created_at_the_carrier() -> None:
    asked = used(IVR / "worker/carrier.py")
    assert "delete" in asked
    assert asked & {"create", "create_async", "update", "update_async"} == set()


def test_no_document_rings_bridges_or_writes_to_anybody() -> None:
    for name in ("twiml.py", "static_answers.py"):
        asked = used(IVR / name)
        assert "record" in asked, name
        assert asked & {"dial", "sms", "message", "enqueue", "refer", "connect", "start", "conference"} == set(), name


def test_only_those_two_files_build_documents() -> None:
    builders = [path.name for path in OURS if "twilio.twiml" in path.read_text(encoding="utf-8")]
    assert builders == ["static_answers.py", "twiml.py"]


def test_only_one_file_speaks_to_the_carrier() -> None:
    speakers = [path.name for path in OURS if "twilio.rest" in path.read_text(encoding="utf-8")]
    assert speakers == ["carrier.py"]
