"""G.711 against the standard library's tables and itself."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from hallom.media import g711
from hallom.media.g711 import DECODE, ENCODE, Law, LawTable

ALL_SAMPLES = np.arange(-32768, 32768, dtype=np.int16)
ALL_CODES = bytes(range(256))


@pytest.fixture(scope="module")
def reference() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("audioop")


def test_every_code_decodes_as_the_reference_does(reference) -> None:
    assert DECODE[Law.PCMU].tobytes() == reference.ulaw2lin(ALL_CODES, 2)
    assert DECODE[Law.PCMA].tobytes() == reference.alaw2lin(ALL_CODES, 2)


def test_every_sample_encodes_as_the_reference_does(reference) -> None:
    assert g711.encode(ALL_SAMPLES, Law.PCMU) == reference.lin2ulaw(ALL_SAMPLES.tobytes(), 2)
    assert g711.encode(ALL_SAMPLES, Law.PCMA) == reference.lin2alaw(ALL_SAMPLES.tobytes(), 2)


@pytest.mark.parametrize(
    ("law", "code", "sample"),
    [
        (Law.PCMU, 0xFF, 0),
        (Law.PCMU, 0x00, -32124),
        (Law.PCMU, 0x80, 32124),
        (Law.PCMA, 0xD5, 8),
        (Law.PCMA, 0x55, -8),
        (Law.PCMA, 0xAA, 32256),
        (Law.PCMA, 0x2A, -32256),
    ],
)
def test_known_values_of_the_recommendation(law: Law, code: int, sample: int) -> None:
    assert DECODE[law][code] == sample


@pytest.mark.parametrize("law", list(Law))
def test_coding_a_decoded_code_gives_the_same_loudness_back(law: Law) -> None:
    decoded = DECODE[law]
    again = DECODE[law][ENCODE[law][decoded.view(np.uint16)]]
    assert (again == decoded).all()


def test_silence_is_the_quietest_code() -> None:
    assert g711.SILENCE[Law.PCMU] == b"\xff" * 160
    assert g711.SILENCE[Law.PCMA] == b"\xd5" * 160


def test_a_matrix_is_coded_row_by_row_in_the_law_of_its_leg() -> None:
    table = LawTable([Law.PCMU, Law.PCMA, Law.PCMU])
    samples = np.tile(np.arange(-8000, 8000, 100, dtype=np.int16), (3, 1))
    coded = table.encode(samples)
    assert (coded[0] == coded[2]).all()
    assert (coded[0] != coded[1]).any()
    decoded = table.decode(coded)
    # Two different companding curves, one and the same sound.
    assert np.abs(decoded[0].astype(int) - decoded[1]).max() < 520
