"""A small program that speaks by the espeak-ng library of the package espeakng-loader: text in, WAV file out.

A program of its own, so that the library (GPL) is never loaded into ours.
"""

from __future__ import annotations

import ctypes
import io
import sys
import wave

SYNCHRONOUS, UTF8, RATE = 2, 1, 1  # AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8, espeakRATE of speak_lib.h
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main(language: str, words_a_minute: int) -> int:
    """Speak standard input onto standard output; 1 when there is no such library or voice."""
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        folder = espeakng_loader.get_data_path().encode()
    except (ImportError, OSError):
        return 1
    hertz = library.espeak_Initialize(SYNCHRONOUS, 0, ctypes.c_char_p(folder), 0)
    if hertz <= 0 or library.espeak_SetVoiceByName(language.encode()) != 0:
        return 1
    frames = bytearray()

    def keep(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if count > 0:
            frames.extend(ctypes.string_at(samples, count * 2))
        return 0

    kept = CALLBACK(keep)  # held until the end: the library calls into it
    library.espeak_SetSynthCallback(kept)
    library.espeak_SetParameter(RATE, words_a_minute, 0)
    text = sys.stdin.buffer.read() + b"\0"
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, UTF8, None, None)
    library.espeak_Synchronize()
    sys.stdout.buffer.write(_wav(bytes(frames), hertz))
    return 0


def _wav(frames: bytes, hertz: int) -> bytes:
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(hertz)
        file.writeframes(frames)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
