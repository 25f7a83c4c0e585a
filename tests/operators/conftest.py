"""A line that is set up rightly, made once and copied for each test to spoil."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from storage.setting_names import SETTINGS
from tests.operators.ground import Ground, lay_ground, moved


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Ground:
    ground = lay_ground(tmp_path_factory.mktemp("ground"))
    shutil.copyfile(sqlite_template, ground.folder / "hotline.db")
    return ground


@pytest.fixture
def ground(laid: Ground, tmp_path: Path) -> Ground:
    return moved(laid, tmp_path / "line")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand in an empty folder, with none of our names in the environment."""
    for name in {*SETTINGS, "HOTLINE_SETTINGS"} & os.environ.keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
