"""Other users of the machine see nothing of what the data folder holds."""

import os
import subprocess
import sys
from pathlib import Path

from hallom.config import postgres, startup


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_what_a_process_writes_is_its_owner_s_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    script = (
        "import os; os.umask(0o022)\n"
        "from pathlib import Path; from hallom.config import cli, logs\n"
        "cli.main(['status'])\n"
        f"logs.configure(Path({str(data)!r}) / 'log')\n"
    )
    environment = {**os.environ, "HALLOM_DATA": str(data), "HALLOM_PROCESS": "web"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    assert [mode(path) for path in (data, data / "log", data / "log" / "web.log")] == [
        "0o700",
        "0o700",
        "0o600",
    ]


def test_a_start_closes_folders_that_stood_open(tmp_path: Path) -> None:
    for name in ("run", "log", "recordings"):
        (tmp_path / name).mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    startup._close(tmp_path)
    assert {mode(path) for path in (tmp_path, *tmp_path.iterdir())} == {"0o700"}


def test_postgresql_under_another_user_gets_through_but_sees_nothing(tmp_path: Path) -> None:
    startup._close(tmp_path)
    startup._let_through(tmp_path, postgres.Identity(("unshare",)))
    assert mode(tmp_path) == "0o700"
    startup._let_through(tmp_path, postgres.Identity(user=65534, group=65534))
    assert mode(tmp_path) == "0o711"
