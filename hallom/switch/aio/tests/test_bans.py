from hallom.sip.flow import Flow
from hallom.switch.aio.bans import (
    FADING_SECONDS,
    FIRST_BAN_SECONDS,
    KNOWN_FACTOR,
    LIMITS,
    LONGEST_BAN_SECONDS,
    SOURCES_REMEMBERED,
    Ban,
    Bans,
    source_of,
)

ATTACKER = Flow("udp", "192.0.2.66", 5060)
NOW = 1_000_000.0


def bans(*, trunk: str = "", known: str = "") -> Bans:
    return Bans(lambda host: host == trunk, lambda host: host == known)


def offend(found: Bans, kind: str, *, times: float, flow: Flow = ATTACKER, now: float = NOW) -> Ban | None:
    """The ban that the last of so many offences led to."""
    ban = None
    for _ in range(round(times)):
        ban = found.note(kind, flow, now)
    return ban


def test_each_offence_has_its_limit() -> None:
    for kind, limit in LIMITS.items():
        found = bans()
        assert offend(found, kind, times=limit - 1) is None
        assert not found.is_banned(ATTACKER.host, NOW)
        ban = offend(found, kind, times=1)
        assert ban is not None
        assert found.is_banned(ATTACKER.host, NOW)
        assert not found.is_banned("192.0.2.67", NOW)


def test_a_ban_ends_and_the_next_one_is_longer() -> None:
    found, now = bans(), NOW
    lengths = []
    for _ in range(8):
        ban = offend(found, "refused", times=LIMITS["refused"], now=now)
        assert ban is not None
        lengths.append(ban.until - now)
        assert found.is_banned(ATTACKER.host, ban.until - 0.1)
        assert not found.is_banned(ATTACKER.host, ban.until)
        now = ban.until
    assert lengths[0] == FIRST_BAN_SECONDS
    assert lengths[1] > lengths[0]
    assert lengths[-1] == lengths[-2] == LONGEST_BAN_SECONDS


def test_after_a_quiet_day_it_begins_anew() -> None:
    found = bans()
    offend(found, "refused", times=LIMITS["refused"])
    ban = offend(found, "refused", times=LIMITS["refused"], now=NOW + LONGEST_BAN_SECONDS + FIRST_BAN_SECONDS)
    assert ban is not None
    assert ban.times == 1


def test_a_telephone_with_an_old_password_is_let_be() -> None:
    found = bans()
    for number in range(600):
        assert found.note("refused", ATTACKER, NOW + number * FADING_SECONDS / 9) is None


def test_whoever_proves_himself_after_each_challenge_is_no_flood() -> None:
    found = bans()
    for _ in range(5_000):
        assert found.note("challenged", ATTACKER, NOW) is None
        assert found.note("admitted", ATTACKER, NOW) is None


def test_a_right_password_does_not_pay_for_wrong_ones() -> None:
    found = bans()
    last = None
    for _ in range(10):
        found.note("admitted", ATTACKER, NOW)
        last = found.note("refused", ATTACKER, NOW)
    assert last is not None


def test_a_trunk_and_this_machine_are_never_banned() -> None:
    found = bans(trunk=ATTACKER.host)
    assert offend(found, "malformed", times=10_000) is None
    assert offend(found, "refused", times=1_000, flow=Flow("udp", "127.0.0.1", 5070)) is None


def test_what_comes_through_a_proxy_of_browsers_bans_nobody() -> None:
    assert offend(bans(), "refused", times=1_000, flow=Flow("wss", "192.0.2.1", 443, 7)) is None


def test_where_a_telephone_is_registered_it_takes_much_more() -> None:
    found = bans(known=ATTACKER.host)
    assert offend(found, "refused", times=LIMITS["refused"] * KNOWN_FACTOR - 1) is None
    assert offend(found, "refused", times=1) is not None


def test_an_ipv6_network_is_one_source() -> None:
    found = bans()
    flows = [Flow("udp", f"2001:db8:1:2::{number:x}", 5060) for number in range(1, 11)]
    last = [found.note("refused", flow, NOW) for flow in flows][-1]
    assert last is not None
    assert found.is_banned("2001:db8:1:2:ffff::1", NOW)
    assert not found.is_banned("2001:db8:1:3::1", NOW)


def test_an_ipv4_address_in_ipv6_clothes_is_the_same_source() -> None:
    assert source_of("::ffff:192.0.2.66") == source_of("192.0.2.66")
    assert source_of("no address") == "no address"


def test_a_lifted_ban_is_over_and_forgotten() -> None:
    found = bans()
    offend(found, "refused", times=LIMITS["refused"])
    assert found.lift(ATTACKER.host)
    assert not found.is_banned(ATTACKER.host, NOW)
    assert not found.lift(ATTACKER.host)


def test_bans_outlive_a_restart() -> None:
    found = bans()
    offend(found, "refused", times=LIMITS["refused"])
    new = bans()
    new.restore(list(found.current.values()), NOW + 1)
    assert new.is_banned(ATTACKER.host, NOW + 1)
    assert new.count(NOW + 1) == 1
    assert new.count(NOW + FIRST_BAN_SECONDS) == 0


def test_any_number_of_sources_takes_a_bounded_place() -> None:
    found = bans()
    for number in range(SOURCES_REMEMBERED + 5_000):
        flow = Flow("udp", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 5060)
        found.note("malformed", flow, NOW)
    assert len(found._conduct) <= SOURCES_REMEMBERED
    for number in range(SOURCES_REMEMBERED + 100):
        found._ban(f"source {number}", "flood", NOW)
    assert len(found.current) <= SOURCES_REMEMBERED
