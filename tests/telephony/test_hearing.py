"""What counts as heard: a check that sound of before could pass says nothing."""

import threading
import time

import pytest

from hallom.media import g711, rtp
from hallom.media.g711 import FRAME_SAMPLES, Law, Samples
from tests.telephony.hearing import FRAME, Ear, is_sounding_throughout, share_of_tone, tone
from tests.telephony.phone import Mouth
from tests.telephony.story import QUIET_DBFS

HERTZ = 1000.0


def frame(number: int, samples: Samples) -> rtp.Packet:
    return rtp.Packet(int(Law.PCMU), False, number, number * FRAME_SAMPLES, 1, g711.encode(samples, Law.PCMU))


def listened(*levels: float, begin: float = 100.0) -> Ear:
    """An ear that had a packet every 20 ms, of a tone as loud as told."""
    ear = Ear()
    for number, level in enumerate(levels):
        samples = tone(HERTZ, level=level)[:FRAME_SAMPLES] if level else tone(HERTZ)[:FRAME_SAMPLES] * 0
        ear.heard(begin + number * FRAME, frame(number, samples))
    return ear


def test_sound_of_before_does_not_count_until_as_much_as_asked_came_since() -> None:
    ear = listened(*[0.4] * 50)
    assert share_of_tone(ear.last(0.5, since=100.0), HERTZ) > 0.9
    assert len(ear.last(0.5, since=100.0 + 24 * FRAME)) == 25 * FRAME_SAMPLES
    assert len(ear.last(0.5, since=100.0 + 27 * FRAME)) == 0


@pytest.mark.parametrize(("loud", "is_tone"), [(25, True), (19, True), (18, False), (5, False)])
def test_what_was_under_way_when_a_tone_ended_is_no_tone(loud: int, is_tone: bool) -> None:
    sound = listened(*[0.4] * loud, *[0.0] * (25 - loud)).last(0.5)
    assert is_sounding_throughout(sound, QUIET_DBFS) is is_tone


def test_sixty_quiet_milliseconds_are_found_wherever_they_lie() -> None:
    ear = listened(0.4, 0.4, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.4)
    found = ear.quiet_moments(100.0, packets=3, quiet_dbfs=QUIET_DBFS)
    assert found == [pytest.approx(100.0 + 2 * FRAME)]


def test_the_longest_gap_waits_for_what_has_come_but_was_not_read_yet() -> None:
    begin = time.time()
    ear = listened(*[0.4] * 5, begin=begin)
    late = threading.Timer(0.2, lambda: ear.heard(begin + 5 * FRAME, frame(5, tone(HERTZ)[:FRAME_SAMPLES])))
    late.start()
    assert ear.longest_gap(begin, begin + 4.5 * FRAME) == pytest.approx(FRAME)
    late.join()


def test_a_telephone_knows_when_it_spoke_too_late() -> None:
    mouth = Mouth(tone(HERTZ), Ear())
    mouth.sent = [1.0, 1.02, 1.04, 1.24, 1.26]
    try:
        assert mouth.longest_pause(1.1, 1.15) == pytest.approx(0.2)
        assert mouth.longest_pause(1.25, 1.3) == pytest.approx(0.02)
    finally:
        mouth.close()
