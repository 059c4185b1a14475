"""A value that makes no sense ends the start before anything runs, and says which one and what is wanted."""

from pathlib import Path

import pytest

from hallom.config import environment, startup
from hallom.config.startup import StepFailed, _check_certificate

SENSELESS = [
    ("DATABASE_URL", "garbage"),
    ("HALLOM_LANGUAGE", "xx"),
    ("HALLOM_LIVE_PORT", "0"),
    ("HALLOM_LIVE_URL", "https://desk.example.com"),
    ("HALLOM_LOG_LEVEL", "loud"),
    ("HALLOM_MAIL_NETWORKS", "10.0.0.0/8,somewhere"),
    ("HALLOM_MAIL_PORT", "70000"),
    ("HALLOM_MAIL_RAW_DAYS", "-1"),
    ("HALLOM_MAIL_TOKEN_URL", "token"),
    ("HALLOM_MEDIA_WORKERS", "-3"),
    ("HALLOM_PROXIES", "-1"),
    ("HALLOM_PUBLIC_URL", "desk.example.com"),
    ("HALLOM_PUBLIC_URL", "https://[desk"),
    ("HALLOM_RTP_PORTS", "20000"),
    ("HALLOM_RTP_PORTS", "30000-20000"),
    ("HALLOM_RTP_PORTS", "20000-99999"),
    ("HALLOM_SIP_PORT", "65535"),
    ("HALLOM_SIP_WS_PORT", "many"),
    ("HALLOM_TIME_ZONE", "Mars/Olympus"),
    ("HALLOM_WEB_PORT", "99999"),
    ("HALLOM_WEB_PROCESSES", "0"),
    ("HALLOM_WEB_THREADS", "0"),
]


@pytest.fixture(autouse=True)
def _built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "MANIFEST", Path(__file__))
    monkeypatch.setenv("HALLOM_DATA", str(tmp_path / "var"))


@pytest.mark.parametrize(("name", "value"), SENSELESS)
def test_a_value_that_makes_no_sense_is_named_before_anything_starts(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert startup.run() == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{name}: ")
    assert "docs/administrators/settings.md" in told
    assert not (tmp_path / "var").exists()


def test_the_address_of_a_database_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "user=hallom password='secret")
    assert startup.run() == 2
    assert "secret" not in capsys.readouterr().err


def test_every_setting_that_is_no_free_text_has_a_rule() -> None:
    free = {
        setting.name for setting in environment.SETTINGS if setting.rule is None and setting.kind != "bool"
    }
    assert free == {
        "HALLOM_DATA", "HALLOM_PG_BIN", "HALLOM_SECRET_KEY", "HALLOM_HOST", "HALLOM_ALLOWED_HOSTS",
        "HALLOM_SIP_HOST", "HALLOM_SIP_TLS_CERT", "HALLOM_SIP_TLS_KEY", "HALLOM_MEDIA_HOST", "HALLOM_MAIL_HOST",
        "HALLOM_CLAMD", "HALLOM_METRICS_TOKEN", "HALLOM_TEST_DB",
    }  # fmt: skip


def test_every_default_makes_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in environment.SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
        if setting.rule is not None:
            setting.rule(setting.default)
    assert environment.read()["HALLOM_WEB_PORT"] == 8000


@pytest.mark.parametrize(
    ("certificate", "key"), [("/nowhere.pem", ""), ("", "/nowhere.pem"), (__file__, __file__)]
)
def test_a_certificate_that_cannot_be_used_is_explained(certificate: str, key: str) -> None:
    with pytest.raises(StepFailed, match="HALLOM_SIP_TLS_CERT and HALLOM_SIP_TLS_KEY name a certificate"):
        _check_certificate({"HALLOM_SIP_TLS_CERT": certificate, "HALLOM_SIP_TLS_KEY": key})


def test_a_data_folder_that_cannot_be_written_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HALLOM_DATA", str(tmp_path / "file" / "var"))
    assert startup.run() == 1
    told = capsys.readouterr().err
    assert f"{tmp_path / 'file' / 'var'}: Not a directory" in told
    assert "HALLOM_DATA=" in told
