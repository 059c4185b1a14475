from datetime import datetime
from typing import Any

import pytest

from hallom.storage import blobs, serving
from hallom.storage.models import Blob, Scan
from hallom.storage.serving import NotServed

pytestmark = pytest.mark.django_db


@pytest.fixture
def blob(now: datetime) -> Blob:
    return blobs.keep(b"<script>alert(1)</script>", now=now)


def test_whatever_is_in_it_stays_a_file(blob: Blob) -> None:
    answer = serving.response(blob, "page.html", "text/html; charset=utf-8", inline=True)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert b"".join(answer) == b"<script>alert(1)</script>"  # type: ignore[arg-type]
    answer.close()


@pytest.mark.parametrize(
    ("kind", "inline", "shown"),
    [
        ("image/png", True, True),
        ("IMAGE/PNG; x=y", True, True),
        ("image/png", False, False),
        ("image/svg+xml", True, False),
        ("application/pdf", True, False),
        ("text/plain", True, False),
        ("application/xhtml+xml", True, False),
    ],
)
def test_only_pictures_are_shown(blob: Blob, kind: str, inline: bool, shown: bool) -> None:
    answer = serving.response(blob, "x", kind, inline=inline)
    assert answer["Content-Disposition"].startswith("inline" if shown else "attachment")
    answer.close()


def test_a_name_in_every_alphabet_and_no_second_header(blob: Blob) -> None:
    answer = serving.response(blob, 'Számla "új"\r\nX: y.pdf', "application/pdf")
    answer.close()
    assert (
        answer["Content-Disposition"] == "attachment; filename*=utf-8''Sz%C3%A1mla%20_%C3%BAj_%20X_%20y.pdf"
    )


def test_a_browser_that_has_it_is_told_so(blob: Blob) -> None:
    first = serving.response(blob, "x", "image/png", inline=True)
    first.close()
    again = serving.response(blob, "x", "image/png", inline=True, etag=first["ETag"])
    assert (again.status_code, again["Cache-Control"]) == (304, "private, no-cache")


def test_infected_files_are_not_given_out(blob: Blob, settings: Any) -> None:
    blob.scan = Scan.INFECTED
    with pytest.raises(NotServed, match="infected"):
        serving.response(blob, "x", "image/png", etag=serving.etag_of(blob))
    blob.scan = Scan.UNSCANNED
    serving.response(blob, "x", "image/png").close()
    settings.HALLOM_CLAMD = "localhost:3310"
    with pytest.raises(NotServed, match="unscanned"):
        serving.response(blob, "x", "image/png")
    blob.scan = Scan.CLEAN
    serving.response(blob, "x", "image/png").close()
