"""A step of the start that fails says what is the matter and what to do."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hallom.config import schema, setup, startup
from hallom.config.startup import StepFailed
from hallom.config.supervisor import NotReady, Supervisor
from tests.house.programs import DIES, program


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    house = SimpleNamespace(data=tmp_path)
    settings = {"DATABASE_URL": "postgresql://hallom@127.0.0.1:1/hallom"}
    with pytest.raises(StepFailed, match="Is DATABASE_URL right") as told:
        asyncio.run(startup._make_tables(house, settings))  # type: ignore[arg-type]
    assert "127.0.0.1" in str(told.value)


def test_a_command_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup.processes, "own", lambda *_: program("migrate", DIES).command)
    house = SimpleNamespace(data=tmp_path, environment={})
    with pytest.raises(StepFailed) as told:
        asyncio.run(startup._command(house, "migrate"))  # type: ignore[arg-type]
    assert str(told.value).splitlines() == [
        "no such thing",
        f"`hallom migrate` failed; its log is {tmp_path}/log/migrate.log.",
    ]


async def test_a_process_that_does_not_become_ready(tmp_path: Path) -> None:
    house = Supervisor(tmp_path)
    try:
        house.start(program("live", DIES))
        with pytest.raises(NotReady) as failed:
            await house.wait_ready("live", seconds=30)
        told = startup._not_ready(failed.value)
    finally:
        await house.stop()
    assert told.startswith("`live` did not become ready. The last it said:\n")
    assert "no such thing" in told
    assert f"More is in {tmp_path}/log/live.log. To try it alone: hallom" in told


def test_a_first_start_says_how_far_its_tables_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line at a time, as they come."""
    says = "print('Migrations to apply: 40'); [print(f'  Applying staff.{n:04}... OK') for n in range(40)]"
    monkeypatch.setattr(startup.processes, "own", lambda *_: (sys.executable, "-c", says))
    house = SimpleNamespace(data=tmp_path, environment={})
    told: list[str] = []
    asyncio.run(startup._command(house, "migrate", heard=schema.HowFar(told.append).hear))  # type: ignore[arg-type]
    assert told == ["25 %", "50 %", "75 %"]


@pytest.mark.parametrize(("many", "said"), [(21, 3), (7, 0), (0, 0)])
def test_a_few_migrations_are_not_worth_words(many: int, said: int) -> None:
    told: list[str] = []
    how_far = schema.HowFar(told.append)
    for line in [
        f"{schema.TO_APPLY}{many}",
        *[f"{schema.APPLIED}x.0001... OK"] * many,
        "  No migrations to apply.",
    ]:
        how_far.hear(line)
    assert len(told) == said


def test_the_command_says_how_many_it_applies(capsys: pytest.CaptureFixture[str]) -> None:
    setup._say_how_many(plan=[object()] * 7, using="default")
    assert capsys.readouterr().out == "Migrations to apply: 7\n"


def test_a_failed_step_ends_its_line_and_says_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StepFailed), startup._step("Ports"):
        raise StepFailed("Port 8000 is taken")
    assert capsys.readouterr().out == "  Ports          … failed\n"
    with startup._step("Ports") as done:
        done("free")
    assert capsys.readouterr().out.startswith("  Ports          … free  (0.")
