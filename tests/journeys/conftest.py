"""Lets the checks of walks say what differed, as those in test files do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.journeys.walking")
