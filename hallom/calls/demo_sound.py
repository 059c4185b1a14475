"""A conversation of two tones, the customer's left and the agent's right, so that a player has something to play."""

import wave
from pathlib import Path

import numpy as np

RATE = 8000
CUSTOMER_HZ, AGENT_HZ = 440, 660
LOUDNESS = 5000
TURN_SECONDS = 2.5


def write(path: Path, seconds: float) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(RATE * seconds)) / RATE
    is_customers = (times // TURN_SECONDS) % 2 == 0
    # Syllables: the loudness goes up and down four times a second.
    syllables = LOUDNESS * np.abs(np.sin(2 * np.pi * 2 * times))
    left = np.where(is_customers, syllables * np.sin(2 * np.pi * CUSTOMER_HZ * times), 0)
    right = np.where(is_customers, 0, syllables * np.sin(2 * np.pi * AGENT_HZ * times))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.column_stack([left, right]).astype("<i2").tobytes())
