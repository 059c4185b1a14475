import pytest

from hallom.calls.byte_range import ByteRange, Unsatisfiable, parse


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("bytes=0-99", ByteRange(0, 99)),
        ("bytes=100-", ByteRange(100, 999)),
        ("bytes=-200", ByteRange(800, 999)),
        ("bytes=-5000", ByteRange(0, 999)),
        ("bytes=990-5000", ByteRange(990, 999)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("items=0-5", None),
        ("bytes=abc-", None),
    ],
)
def test_ranges_of_a_file_of_a_thousand_bytes(header: str, piece: ByteRange | None) -> None:
    assert parse(header, 1000) == piece


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_ranges_outside_the_file(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse(header, 1000)
