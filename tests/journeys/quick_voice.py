"""A voice for the exchange that says anything in a fifth of a second; a program of its own, as `hotline say` is."""

import sys

from ivr.simulator import sounds
from ivr.simulator.tones import tone

WAV = sounds.write_wav(tone(0.2, 300.0))

for _ in sys.stdin:
    sys.stdout.buffer.write(b"%d\n" % len(WAV) + WAV)
    sys.stdout.flush()
