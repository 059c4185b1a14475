from hallom.switch.aio.ids import LENGTH, earliest_id, new_id


def test_ids_sort_by_time() -> None:
    ids = [new_id(now=lambda at=at: at) for at in (1_700_000_000.0, 1_700_000_000.002, 1_800_000_000.0)]
    assert ids == sorted(ids)
    assert all(len(one) == LENGTH for one in ids)


def test_the_earliest_id_of_a_moment_is_before_every_id_of_it() -> None:
    at = 1_700_000_000.5
    assert earliest_id(at) <= new_id(now=lambda: at, random=lambda size: bytes(size))
    assert new_id(now=lambda: at - 0.002, random=lambda size: b"\xff" * size) < earliest_id(at)
