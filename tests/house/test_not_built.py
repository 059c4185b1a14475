from pathlib import Path

import pytest

from hallom.config import startup


def test_without_the_built_files_the_start_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HALLOM_DATA", str(tmp_path / "var"))
    monkeypatch.setattr(startup, "MANIFEST", tmp_path / "staticfiles.json")
    assert startup.run() == 1
    assert "run `make build` first" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_the_file_looked_for_is_the_one_that_building_makes(settings) -> None:
    assert Path(settings.STATIC_ROOT) / "staticfiles.json" == startup.MANIFEST
