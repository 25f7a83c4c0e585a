"""The command `hotline say`: words on its input become telephone sound on its output."""

from __future__ import annotations

import argparse
import json
import sys
from typing import IO

from ivr.worker.speech import NoVoice, speak


def say(argv: list[str]) -> int:
    """Speak what stands on the input as a WAV file (8 kHz, mono, 16-bit) on the output."""
    parser = argparse.ArgumentParser("hotline say", description=say.__doc__)
    parser.add_argument("--language", default="en", help="the code of a language, such as en")
    parser.add_argument("--many", action="store_true", help="speak line after line of JSON with words and language")
    told = parser.parse_args(argv)
    if told.many:
        return _say_many(sys.stdin, sys.stdout.buffer)
    try:
        sys.stdout.buffer.write(speak(sys.stdin.read(), told.language))
    except NoVoice as reason:
        print(f"hotline say: {reason}", file=sys.stderr)
        return 1
    return 0


def _say_many(asked: IO[str], spoken: IO[bytes]) -> int:
    """Answer each line with the length of a WAV file and the file; a length of 0 where there is no such voice."""
    for line in asked:
        try:
            one = json.loads(line)
            wav = speak(str(one["words"]), str(one["language"]).partition("-")[0])
        except (NoVoice, ValueError, TypeError, KeyError):
            wav = b""
        spoken.write(b"%d\n" % len(wav) + wav)
        spoken.flush()
    return 0
