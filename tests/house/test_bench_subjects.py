import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client

from bench import archive, pages, run
from hallom.staff.models import User


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


def test_what_was_measured_is_printed_as_a_table_and_kept_a_line_each(tmp_path: Path) -> None:
    figures = [
        {"name": "cpu", "value": 1.4, "unit": "ms", "target": 1.5, "how": "user + sys"},
        {"name": "decisions", "value": 900, "unit": "1/s", "target": 5000, "how": "in a loop"},
        {"name": "media", "value": None, "unit": "", "target": None, "how": "failed: OSError()"},
    ]
    for figure in figures:
        run.keep(tmp_path / "var" / "bench.jsonl", figure, 1_790_000_000.4)
    kept = [json.loads(line) for line in (tmp_path / "var" / "bench.jsonl").read_text().splitlines()]
    assert kept == [{**figure, "at": 1_790_000_000} for figure in figures]
    _, cpu, decisions, media = run.table(figures).splitlines()
    assert cpu.split() == ["cpu", "1.4", "ms", "1.5", "ms", "ok", "user", "+", "sys"]
    assert " missed " in decisions
    assert " FAILED " in media


def test_a_measurement_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError("no telephone")

    works = {"name": "works", "value": 1, "unit": "", "target": 1, "how": "at once"}
    modules = {"bench.fails": SimpleNamespace(run=fails), "bench.works": SimpleNamespace(run=lambda: [works])}
    monkeypatch.setattr(run, "subjects", lambda: ["fails", "works"])
    monkeypatch.setattr(run, "import_module", modules.__getitem__)
    failed, measured = run.figures([])
    assert (failed["name"], failed["value"], "no telephone" in str(failed["how"])) == ("fails", None, True)
    assert measured == works


@pytest.mark.django_db
@pytest.mark.parametrize("path", archive.LISTS.values())
def test_a_page_that_is_measured_answers(path: str, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert pages.ask(client, path).status_code == 200
