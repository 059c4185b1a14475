"""RTCP there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.media import rtcp
from hallom.media.rtcp import Report, ReportBlock

BLOCK = ReportBlock(0xABCD, 0.25, -3, 70000, 80, 0x11112222, 65536)


def test_a_sender_report_is_read_back_with_its_name() -> None:
    report = Report(7, rtcp.ntp_time(1_700_000_000.5), 1600, 10, 1600, (BLOCK,))
    compound = rtcp.parse(rtcp.pack(report, "hallom"))
    assert compound is not None
    assert compound.reports == (report,)
    assert compound.names == {7: "hallom"}


def test_a_receiver_report_and_a_goodbye() -> None:
    compound = rtcp.parse(rtcp.pack(Report(9, blocks=(BLOCK, BLOCK)), "x") + rtcp.pack_bye(9))
    assert compound is not None
    assert compound.reports[0].ntp is None
    assert len(compound.reports[0].blocks) == 2
    assert compound.byes == (9,)


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "abcd", "hallom@example.org"])
def test_names_of_any_length_keep_the_packet_whole(name: str) -> None:
    data = rtcp.pack(Report(1), name)
    assert len(data) % 4 == 0
    compound = rtcp.parse(data)
    assert compound is not None
    assert compound.names == {1: name}


def test_round_trip_is_what_neither_side_spent_waiting() -> None:
    sent_at = 1_700_000_000.0
    sent = Report(1, rtcp.ntp_time(sent_at))
    echo = ReportBlock(1, 0, 0, 0, 0, sent.middle, int(0.5 * 65536))
    trip = rtcp.round_trip_seconds(echo, sent_at + 0.58)
    assert trip == pytest.approx(0.08, abs=0.001)


def test_no_round_trip_without_an_earlier_report() -> None:
    assert rtcp.round_trip_seconds(ReportBlock(1, 0, 0, 0, 0, 0, 0), 5.0) is None


@given(st.binary(max_size=200))
def test_no_datagram_can_do_more_than_be_refused(data: bytes) -> None:
    rtcp.parse(data)
    rtcp.parse(b"\x81\xca" + data)


def test_a_report_cut_short_is_refused() -> None:
    data = rtcp.pack(Report(7, 1, 2, 3, 4, (BLOCK,)), "hallom")
    assert rtcp.parse(data[:20]) is None
    assert rtcp.parse(b"") is None
