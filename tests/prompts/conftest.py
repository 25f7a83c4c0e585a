"""A copy of the real files for each test that spoils one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prompts.files import Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy.of_the_real_files(tmp_path)
