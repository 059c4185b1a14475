"""Keys dialled behind a number, when the switch dies before the other side answers."""

import asyncio
import stat
from pathlib import Path

import pytest

from hallom.calls import sealed_keys
from hallom.switch.aio.kept_keys import KeptKeys
from hallom.switch.tests.test_keys import CARD, OUTSIDE, Office, pressed, stands_nowhere
from hallom.switch.tests.world import ALICE

KEY = b"k" * 32


def kept(folder: Path, *, seconds: int = sealed_keys.KEPT_SECONDS) -> KeptKeys:
    def reopen(sealed: str) -> str:
        return sealed_keys.unseal(KEY, sealed, seconds=seconds)

    return KeptKeys(folder / "kept-keys.json", lambda digits: sealed_keys.seal(KEY, digits), reopen)


def dialled(folder: Path, *, digits: str = f",,{CARD}") -> tuple[Office, KeptKeys]:
    """Alice's telephone is up, the other side rings."""
    office, keys = Office(), kept(folder)
    office.order(ALICE, "dial", to=f"outside:{OUTSIDE}", digits=digits)
    keys.follow(office.switch)
    office.pick_up(ALICE)
    return office, keys


async def test_they_are_pressed_by_the_switch_that_comes_after(tmp_path: Path) -> None:
    office, keys = dialled(tmp_path)
    keys.look()
    keys.write()
    assert CARD not in keys.path.read_text()
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    office.crash()
    kept(tmp_path).follow(office.switch)
    leg = office.other_side_answers()
    assert pressed(office) == [(leg, f",,{CARD}")]
    assert stands_nowhere(office, CARD)


async def test_without_the_file_they_would_be_forgotten(tmp_path: Path) -> None:
    office, _ = dialled(tmp_path)
    office.crash()
    kept(tmp_path).follow(office.switch)
    office.other_side_answers()
    assert pressed(office) == []


@pytest.mark.parametrize("answers", [True, False])
async def test_once_pressed_or_given_up_they_stand_in_no_file(tmp_path: Path, answers: bool) -> None:
    office, keys = dialled(tmp_path)
    keys.look()
    if answers:
        office.other_side_answers()
    else:
        office.other_side_fails(486)
        office.wait(60)
    keys.look()
    keys.write()
    assert keys.path.read_text() == "[]"


async def test_what_is_kept_is_written_by_itself(tmp_path: Path) -> None:
    _, keys = dialled(tmp_path)
    keys.look()
    async with asyncio.timeout(5):
        while not keys.path.exists():
            await asyncio.sleep(0.01)
    assert keys.path.read_text() != "[]"


async def test_after_their_time_nobody_can_read_them(tmp_path: Path) -> None:
    office, keys = dialled(tmp_path)
    keys.look()
    keys.write()
    office.crash()
    kept(tmp_path, seconds=-1).follow(office.switch)
    assert office.switch.keys_kept == {}


async def test_a_call_that_was_answered_meanwhile_is_pressed_no_keys(tmp_path: Path) -> None:
    office, keys = dialled(tmp_path)
    keys.look()
    keys.write()
    office.other_side_answers()
    before = pressed(office)
    office.crash()
    kept(tmp_path).follow(office.switch)
    assert office.switch.keys_kept == {}
    assert pressed(office) == before


def test_rubbish_in_the_file_is_as_good_as_none(tmp_path: Path) -> None:
    office = Office()
    for text in ("", "{", "[1]", '[["x", 1]]', '[["x", "y"]]', '{"a": 1}'):
        keys = kept(tmp_path)
        keys.path.write_text(text)
        keys.follow(office.switch)
        assert office.switch.keys_kept == {}
