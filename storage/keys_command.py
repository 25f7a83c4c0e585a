"""The command `hotline keys`: a line's keys from their making to a new epoch and recovery."""

from __future__ import annotations

from argparse import ArgumentParser

from storage import epoch_commands, key_commands, recovery_command, signing_command


def keys(argv: list[str]) -> int:
    """Make keys, show fingerprints, rotate the live key, renew the desk's key, make the signing key, or recover."""
    parser = ArgumentParser("hotline keys", description=keys.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    known = key_commands.add_actions(actions) | epoch_commands.add_actions(actions)
    known |= recovery_command.add_actions(actions) | signing_command.add_actions(actions)
    given = parser.parse_args(argv)
    return known[given.action](given)
