import json
import logging
import subprocess
import sys
from pathlib import Path

from hallom.config.logs import HIDDEN, hide_personal_data


def test_personal_data_is_hidden_however_deep_it_lies() -> None:
    entry = {
        "event": "call",
        "id": 7,
        "caller": "+3612345678",
        "data": [{"Email": "carla@example.com", "status": 200}],
    }
    assert hide_personal_data(None, "info", entry) == {
        "event": "call",
        "id": 7,
        "caller": HIDDEN,
        "data": [{"Email": HIDDEN, "status": 200}],
    }


def test_a_supervised_process_logs_json_lines_into_its_own_file(tmp_path: Path) -> None:
    script = (
        f"from pathlib import Path; from hallom.config import logs; logs.configure(Path({str(tmp_path)!r}))\n"
        "import structlog, logging\n"
        "structlog.get_logger('hallom.calls').info('order given', agent=7, phone='+3612345678')\n"
        "logging.getLogger('other').warning('plain %s', 'line')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"HALLOM_PROCESS": "web"})
    text = (tmp_path / "web.log").read_text()
    first, second = map(json.loads, text.splitlines())
    assert (first["event"], first["agent"], first["level"]) == ("order given", 7, "info")
    assert second["event"] == "plain line"
    assert "3612345678" not in text


def test_requests_are_logged_by_route_and_never_by_address(client, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="hallom.web"):
        client.get("/health/?name=Carla")
    told = " ".join(str(record.msg) for record in caplog.records)
    assert "health/" in told
    assert "Carla" not in told
