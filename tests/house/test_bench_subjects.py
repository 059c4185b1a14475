import pytest

from bench import run


def test_help_names_every_subject(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run.main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert {"calls", "media", "sip", "switch"} <= set(run.subjects())
    assert all(subject in said for subject in run.subjects())


def test_an_unknown_subject_is_an_error_and_measures_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run.main(["switch", "swich"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert "no such subject: swich" in said.err
    assert "measuring" not in said.err
    assert said.out == ""
