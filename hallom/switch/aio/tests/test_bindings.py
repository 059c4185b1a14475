import asyncio
import stat
from pathlib import Path

from hallom.sip.binding import Binding
from hallom.sip.flow import Flow
from hallom.switch.aio.bindings import BindingStore

BINDING = Binding(
    "agent-7",
    "sip:agent-7@192.0.2.1:5060",
    Flow("udp", "192.0.2.1", 5060),
    2_000.0,
    "<urn:uuid:1>",
    ("<sip:p;lr>",),
)


async def test_registrations_survive_a_restart(tmp_path: Path) -> None:
    store = BindingStore(tmp_path / "run" / "bindings.json")
    store.changed(BINDING, removed=False)
    async with asyncio.timeout(5):
        while not store.path.exists():
            await asyncio.sleep(0.01)
    assert BindingStore(store.path).load(1_000.0) == [BINDING]
    assert BindingStore(store.path).load(2_000.0) == []


async def test_one_that_is_gone_is_gone(tmp_path: Path) -> None:
    store = BindingStore(tmp_path / "bindings.json")
    store.changed(BINDING, removed=False)
    store.changed(BINDING, removed=True)
    store.write()
    assert BindingStore(store.path).load(0.0) == []


def test_an_unreadable_file_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "bindings.json"
    assert BindingStore(path).load(0.0) == []
    for text in ("", "{", "[1]", '[{"aor": 1}]', '{"a": 1}'):
        path.write_text(text)
        assert BindingStore(path).load(0.0) == []


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    store = BindingStore(tmp_path / "bindings.json")
    store.write()
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
