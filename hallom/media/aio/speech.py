"""Speaks one text with espeak-ng: run as a process of its own, so that a crash there hurts nothing here.

`python -m hallom.media.aio.speech LANGUAGE` reads the text (UTF-8) from standard input and writes to standard
output the sample rate as four bytes, then 16-bit samples. Exit code 2: no such voice; 3: espeak-ng cannot start.
"""

from __future__ import annotations

import ctypes
import resource
import struct
import sys

SYNCHRONOUS = 2
POSITION_CHARACTER = 1
CHARS_UTF8 = 1
CPU_SECONDS = 20
MEMORY_BYTES = 1 << 30
WORDS_A_MINUTE = 155
RATE_PARAMETER = 1
NO_VOICE, NO_ENGINE = 2, 3

Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(ctypes.c_char)
)


def main(language: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    text = sys.stdin.buffer.read()
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0:
        return NO_ENGINE
    if library.espeak_SetVoiceByName(language.encode()) != 0:
        return NO_VOICE
    library.espeak_SetParameter(RATE_PARAMETER, WORDS_A_MINUTE, 0)
    samples = _speak(library, text)
    sys.stdout.buffer.write(struct.pack("<I", rate) + samples)
    return 0


def _speak(library: ctypes.CDLL, text: bytes) -> bytes:
    parts: list[bytes] = []

    def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, _: object) -> int:
        if count > 0 and samples:
            parts.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = Callback(collect)
    library.espeak_SetSynthCallback(callback)
    size = ctypes.c_size_t(len(text) + 1)
    library.espeak_Synth(ctypes.c_char_p(text), size, 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None)
    library.espeak_Synchronize()
    return b"".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
