import json
import stat
from pathlib import Path

from hallom.switch.aio.spool import Spool, encode


def test_batches_come_back_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "run" / "spool.jsonl")
    spool.append(encode([{"kind": "one"}]))
    spool.append(encode([{"kind": "two"}, {"kind": "three"}]))
    kinds = [row["kind"] for batch in spool.batches() for row in json.loads(batch)]
    assert kinds == ["one", "two", "three"]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.jsonl")
    spool.append(encode([{"kind": "whole"}]))
    with spool.path.open("a") as file:
        file.write('[{"kind": "to')
    assert len(list(spool.batches())) == 1


def test_a_cleared_spool_is_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.jsonl")
    spool.append("[]")
    spool.clear()
    spool.clear()
    assert list(spool.batches()) == []


def test_what_jsonb_does_not_take_is_replaced() -> None:
    text = encode([{"name": "a\0b", "path": "c:\\u0000", "half": "\ud800"}])
    assert json.loads(text) == [{"name": "a\ufffdb", "path": "c:\\u0000", "half": "?"}]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.jsonl")
    for _ in range(2):
        spool.append("[]")
        assert stat.S_IMODE(spool.path.stat().st_mode) == 0o600
        spool.path.chmod(0o644)
