from hallom.switch.aio.limits import ConnectionCount, Limits, RateLimiter


def test_a_burst_is_let_through_and_the_rest_at_the_rate() -> None:
    now = [100.0]
    limiter = RateLimiter(Limits(rate=10.0, burst=5.0), lambda: now[0])
    assert [limiter.allows("192.0.2.1") for _ in range(6)] == [True] * 5 + [False]
    now[0] += 0.15
    assert [limiter.allows("192.0.2.1") for _ in range(2)] == [True, False]
    assert limiter.refused == 2


def test_one_noisy_source_takes_nothing_from_another() -> None:
    limiter = RateLimiter(Limits(rate=1.0, burst=1.0), lambda: 0.0)
    assert limiter.allows("192.0.2.1")
    assert not limiter.allows("192.0.2.1")
    assert limiter.allows("192.0.2.2")


def test_connections_are_limited_in_all_and_for_each_source() -> None:
    count = ConnectionCount(Limits(connections=3, connections_per_source=2))
    assert [count.admit("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert [count.admit("192.0.2.2") for _ in range(2)] == [True, False]
    count.release("192.0.2.1")
    assert count.admit("192.0.2.2")
