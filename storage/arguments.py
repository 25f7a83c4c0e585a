"""What every sub-command that reads settings takes."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from pathlib import Path
from typing import TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"


def settings_argument(parser: ArgumentParser) -> None:
    """Let a command be given its settings file."""
    parser.add_argument("--settings", type=Path, help="the settings file (else HOTLINE_SETTINGS, else ./config.env)")


def own_database_argument(parser: ArgumentParser) -> None:
    """Let a command work on the assessment application's own database instead of the line's."""
    parser.add_argument("--assessment", action="store_true", help="on ASSESSMENT_DATABASE_URL, not on DATABASE_URL")
