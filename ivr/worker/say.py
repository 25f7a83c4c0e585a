"""The command `hotline say`: words on its input become telephone sound on its output."""

from __future__ import annotations

import argparse
import sys

from ivr.worker.speech import NoVoice, speak


def say(argv: list[str]) -> int:
    """Speak what stands on the input as a WAV file (8 kHz, mono, 16-bit) on the output."""
    parser = argparse.ArgumentParser("hotline say", description=say.__doc__)
    parser.add_argument("--language", default="en", help="the code of a language, such as en")
    told = parser.parse_args(argv)
    try:
        sys.stdout.buffer.write(speak(sys.stdin.read(), told.language))
    except NoVoice as reason:
        print(f"hotline say: {reason}", file=sys.stderr)
        return 1
    return 0
