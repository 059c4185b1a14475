import csv
import io

import pytest
from django.test import Client

from hallom.calls.models import Call
from hallom.staff.models import User
from hallom.timeline.models import Event
from hallom.ui.csv_cells import safe

pytestmark = pytest.mark.django_db


def rows_of(response: object) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_one_row_a_call_with_exact_times(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    response = client.get("/calls/export.csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    (row,) = rows_of(response)
    assert row["call"] == call.pk
    assert row["arrived_at"] == call.arrived_at.isoformat(timespec="milliseconds")
    assert (row["wait_seconds"], row["talk_seconds"], row["hold_seconds"]) == ("6.0", "75.0", "15.0")
    assert (row["agent"], row["queue"], row["outcome"]) == ("Alice Agent", "Technical", "answered")


def test_one_row_a_leg_with_its_quality(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    customer, agent = rows_of(client.get("/calls/export.csv?rows=legs"))
    assert (customer["side"], customer["mos"], agent["side"], agent["agent"]) == (
        "customer",
        "4.3",
        "agent",
        "Alice Agent",
    )


@pytest.mark.parametrize("text", ["=1+1", "+36305124478", "-2", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (-1.5, "-1.5"), (7, "7"), ("plain", "plain")])
def test_other_cells_stay_as_they_are(value: object, text: str) -> None:
    assert safe(value) == text


def test_a_caller_s_name_cannot_run_in_a_spreadsheet(client: Client, bruno: User, call: Call) -> None:
    Call.objects.update(caller='=HYPERLINK("http://evil")')
    client.force_login(bruno)
    (row,) = rows_of(client.get("/calls/export.csv"))
    assert row["caller"] == '\'=HYPERLINK("http://evil")'


def test_the_search_limits_the_export(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    assert rows_of(client.get("/calls/export.csv?outcome=abandoned")) == []


def test_agents_export_nothing(client: Client, alice: User, call: Call) -> None:
    client.force_login(alice)
    assert client.get("/calls/export.csv").status_code == 403


def test_who_exported_is_written_down(client: Client, bruno: User, call: Call) -> None:
    client.force_login(bruno)
    client.post("/calls/export.csv", {"q": "4478"})
    event = Event.objects.get(kind="calls.exported")
    assert (event.actor_id, event.data) == (bruno.pk, {"rows": "calls", "asked": ["q"]})
