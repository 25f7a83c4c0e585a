"""Processes are killed amid their real work, at its real price."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _real_work(full_price: None) -> None:
    """Stretch as the processes do that share references with the test."""
