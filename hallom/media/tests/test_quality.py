"""RFC 3550 statistics and the E-model."""

from __future__ import annotations

import pytest

from hallom.media import quality
from hallom.media.quality import ReceiverStatistics


@pytest.mark.parametrize(
    ("r", "opinion"),
    # G.107 table B.1
    [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)],
)
def test_ratings_map_to_opinions_as_in_annex_b(r: float, opinion: float) -> None:
    assert quality.mean_opinion(r) == pytest.approx(opinion, abs=0.01)


def test_the_ends_of_the_scale() -> None:
    assert quality.mean_opinion(-5) == 1.0
    assert quality.mean_opinion(100) == 4.5
    assert quality.mean_opinion(quality.DEFAULT_R) == pytest.approx(4.41, abs=0.01)


def test_a_perfect_call_has_the_default_rating() -> None:
    assert quality.rating(0, 20) == pytest.approx(93.2)


@pytest.mark.parametrize(
    ("one_way_ms", "impairment"),
    # X is 0, 1 and 2 where a delay is one, two and four times 100 ms: what is left can be worked out by hand.
    [
        (20, 0.0),
        (100, 0.0),
        (200, 25 * (2 ** (1 / 6) - 3 * (730 / 729) ** (1 / 6) + 2)),
        (300, 14.76),
        (400, 25 * (65 ** (1 / 6) - 3 * (793 / 729) ** (1 / 6) + 2)),
    ],
)
def test_delay_impairment_follows_the_formula(one_way_ms: float, impairment: float) -> None:
    assert quality.delay_impairment(one_way_ms) == pytest.approx(impairment, abs=0.005)


def test_twice_and_four_times_a_tenth_of_a_second_cost_3_and_24_points() -> None:
    assert quality.rating(0, 200) == pytest.approx(90.2, abs=0.05)
    assert quality.rating(0, 400) == pytest.approx(69.1, abs=0.05)


def test_loss_impairment_of_g711_with_concealment() -> None:
    # G.113 appendix I: Ie,eff = 95 * Ppl / (Ppl + 25.1)
    assert quality.loss_impairment(0.0) == 0
    assert quality.loss_impairment(0.01) == pytest.approx(3.64, abs=0.01)
    assert quality.loss_impairment(0.05) == pytest.approx(15.78, abs=0.01)


def test_opinion_falls_with_loss_and_with_delay() -> None:
    assert quality.mos(0, 1, 20, 40) > 4.3
    assert quality.mos(0.05, 1, 20, 40) < 4.0
    assert quality.mos(0, 1, 800, 40) < quality.mos(0, 1, 20, 40)


def feed(statistics: ReceiverStatistics, sequences, late_by=lambda index: 0.0) -> None:
    for sequence in sequences:
        arrival = sequence * 0.02 + late_by(sequence)
        statistics.update(5, sequence % 65536, sequence * 160 % 2**32, arrival)


def test_nothing_is_lost_across_the_wrap_of_the_sequence() -> None:
    statistics = ReceiverStatistics()
    feed(statistics, range(65500, 65700))
    assert (statistics.expected, statistics.lost) == (200, 0)
    assert statistics.extended_highest == 65699


def test_lost_packets_are_counted_over_all_and_since_the_last_report() -> None:
    statistics = ReceiverStatistics()
    feed(statistics, [sequence for sequence in range(100) if sequence % 10 != 5])
    assert statistics.lost == 10
    assert statistics.interval_loss() == pytest.approx(0.1)
    feed(statistics, range(100, 200))
    assert statistics.interval_loss() == 0


def test_swapped_packets_are_not_lost() -> None:
    statistics = ReceiverStatistics()
    feed(statistics, [1, 3, 2, 5, 4, 6])
    assert statistics.lost == 0


def test_a_new_source_is_counted_anew() -> None:
    statistics = ReceiverStatistics()
    feed(statistics, range(100))
    statistics.update(6, 9000, 0, 10.0)
    assert (statistics.ssrc, statistics.expected) == (6, 1)


def test_jitter_grows_with_unsteady_arrival_and_is_zero_on_a_steady_one() -> None:
    steady, unsteady = ReceiverStatistics(), ReceiverStatistics()
    feed(steady, range(200))
    feed(unsteady, range(200), lambda sequence: 0.01 * (sequence % 2))
    assert steady.jitter == pytest.approx(0, abs=0.01)
    assert unsteady.jitter / 8 == pytest.approx(10, rel=0.05)
