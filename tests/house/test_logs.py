import json
import logging
import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from hallom.config.logs import HIDDEN, hide_personal_data
from hallom.staff.models import User


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


@pytest.mark.django_db
def test_the_text_of_a_database_error_tells_no_values(alice: User, tmp_path: Path) -> None:
    try:
        with transaction.atomic():
            User.objects.create_user("other", email=alice.email.upper(), full_name="Other")
    except IntegrityError:
        told = traceback.format_exc()
    assert alice.email in told.lower()
    hidden = hide_personal_data(None, "error", {"event": "failed", "exception": told, "error": told})
    assert alice.email not in str(hidden).lower()
    assert "staff_email_once" in hidden["exception"]
    assert hidden["exception"].count("Traceback") == told.count("Traceback") == 2


@pytest.mark.parametrize(
    "text",
    [
        "E: null value\nDETAIL:  Failing row contains (7, Carla\nCustomer, carla@example.com).",
        "E: bad\nLINE 1: SELECT * FROM x WHERE mail = 'carla@example.com'\n            ^\nHINT:  See.",
        'E: invalid input syntax for type integer: "Carla"',
        'E: value "36301234567" is out of range for type integer',
        'E: x\nCONTEXT:  COPY customer, line 1, column name: "Carla"',
    ],
)
def test_no_kind_of_database_error_tells_values(text: str) -> None:
    hidden = str(hide_personal_data(None, "error", {"exception": text})["exception"])
    assert not re.search("carla|3630", hidden, re.IGNORECASE)
    assert hidden.startswith("E: ")
    assert ("HINT:  See." in hidden) == ("HINT" in text)


def test_ordinary_words_are_left_as_they_are() -> None:
    assert hide_personal_data(None, "info", {"event": "request done in detail"}) == {
        "event": "request done in detail"
    }
    assert hide_personal_data(None, "info", {"event": 'port "a" taken'}) == {"event": 'port "a" taken'}
