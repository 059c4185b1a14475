"""The real `hallom run` with every process, in a data folder of its own."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from hallom.config import status
from tests.telephony.house import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.alone]
HALLOM = (sys.executable, "-m", "hallom.config.cli")
PATIENCE_SECONDS = 240
SECOND_START_SECONDS = 8.0
# Two cores for as long as a second start may take.
SECOND_START_CPU_SECONDS = 16.0


class House:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.web, live, sip, ws = free_ports(4)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HALLOM_")},
            "HALLOM_DATA": str(data),
            "HALLOM_DEMO": "1",
            "HALLOM_MEDIA_WORKERS": "2",
            "HALLOM_WEB_PORT": str(self.web),
            "HALLOM_LIVE_PORT": str(live),
            "HALLOM_SIP_PORT": str(sip),
            "HALLOM_SIP_WS_PORT": str(ws),
            "HALLOM_RTP_PORTS": "47000-47999",
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        data.parent.mkdir(parents=True, exist_ok=True)
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.systemd.bind(str(data.with_suffix(".notify")))
        self.environment |= {"NOTIFY_SOCKET": self.systemd.getsockname(), "WATCHDOG_USEC": "900000"}
        self.output = data.with_suffix(".out")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*HALLOM, "run"], env=self.environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        self.wait(lambda: b"Ready after" in self.output.read_bytes() or self.process.poll() is not None)
        assert b"Ready after" in self.output.read_bytes(), self.output.read_text()

    def wait(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.02)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def status(self) -> dict[str, Any]:
        told = subprocess.run(
            [*HALLOM, "status", "--json"], env=self.environment, capture_output=True, check=False
        )
        return json.loads(told.stdout)

    def pids(self) -> dict[str, int]:
        return {process["name"]: process["pid"] for process in self.status()["processes"]}

    def hung(self) -> set[str]:
        now = status.read(self.data)
        return {one.name for one in now.processes if one.hung_since is not None} if now else set()

    def signs_of_life(self) -> int:
        """How many the supervisor has given since this was last asked."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while self.systemd.recv(64):
                count += 1
        return count

    def health(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/health/", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


def signs_in(link: str) -> bool:
    """Whether the button behind the link opens a session: a mail scanner that only looks uses nothing up."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    with browser.open(link, timeout=20) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None
    body = urlencode({"csrfmiddlewaretoken": token[1]}).encode()
    browser.open(urllib.request.Request(link, data=body, headers={"Referer": link}), timeout=20).close()
    return "sessionid" in {cookie.name for cookie in cookies}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house") / "var")
    house.start()
    yield house
    if house.process and house.process.poll() is None:
        house.stop()
    house.systemd.close()


def test_the_first_start_ends_with_links_that_sign_in_and_everything_ready(house: House) -> None:
    told = house.output.read_text()
    assert told.count("/login/") == 4
    assert house.health() == 200
    assert house.status()["ready"]
    assert set(house.pids()) == {
        "postgres", "web", "live", "worker", "mailer", "relay", "switch", "media-0", "media-1", "practice-line",
    }  # fmt: skip
    roles = {line.split()[0]: line.split()[-1] for line in told.splitlines() if "/login/" in line}
    assert set(roles) == {"agent", "attendant", "supervisor", "administrator"}
    for link in roles.values():
        assert signs_in(link)
        with pytest.raises(urllib.error.HTTPError, match="410"):
            urllib.request.urlopen(link, timeout=20)


def test_the_page_of_metrics_shows_every_process(house: House) -> None:
    wanted = (
        *(f'hallom_process_resident_bytes{{process="{name}"}}' for name in house.pids()),
        'hallom_media_ticks_total{worker="0"}',
        'hallom_media_ticks_total{worker="1"}',
        'hallom_media_held{what="legs",worker="1"} 0',
        "hallom_media_longest_tick_seconds",
        "hallom_sip_registrations 0",
        "hallom_switch_calls 0",
        "hallom_journal_commit_seconds_count",
        'hallom_relay_delay_seconds{of="journal"}',
        "hallom_relay_events_total",
        "hallom_live_connections 0",
        'hallom_web_request_seconds_count{status="2xx"}',
        "hallom_calls_in_progress",
        "hallom_queue_waiting{",
    )

    def missing() -> list[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{house.web}/metrics/", timeout=10) as answer:
            page = answer.read().decode()
        return [line for line in wanted if line not in page]

    house.wait(lambda: not missing())


@pytest.mark.parametrize(
    "name", ["live", "worker", "mailer", "relay", "switch", "media-1", "practice-line", "web", "postgres"]
)
def test_a_killed_process_comes_back_alone(house: House, name: str) -> None:
    before = house.pids()
    psutil.Process(before[name]).kill()
    if name not in ("web", "postgres"):
        house.wait(lambda: house.health() == 503)
    house.wait(lambda: house.pids()[name] not in (before[name], None))
    house.wait(lambda: bool(house.status()["ready"]))
    after = house.pids()
    assert {key: value for key, value in after.items() if key != name} == {
        key: value for key, value in before.items() if key != name
    }
    assert house.health() == 200


def test_who_stands_still_is_not_ready_and_goes_on(house: House) -> None:
    """All at once: each is looked at for itself, and the page is served by a child of the stopped `web`."""
    before = house.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGSTOP)
    try:
        house.wait(lambda: house.hung() == set(before))
        assert house.health() == 503
    finally:
        for pid in before.values():
            os.kill(pid, signal.SIGCONT)
    house.wait(lambda: house.health() == 200)
    assert not house.hung()
    assert house.pids() == before


def test_a_supervisor_that_stands_still_gives_systemd_no_sign_of_life(house: House) -> None:
    assert house.process is not None
    house.wait(lambda: house.signs_of_life() > 0)
    house.process.send_signal(signal.SIGSTOP)
    try:
        house.wait(lambda: psutil.Process(house.process.pid).status() == psutil.STATUS_STOPPED)
        house.signs_of_life()
        assert not select.select([house.systemd], [], [], 0.9)[0]
    finally:
        house.process.send_signal(signal.SIGCONT)
    house.wait(lambda: house.signs_of_life() > 0)
    for pid in house.pids().values():
        assert "NOTIFY_SOCKET" not in psutil.Process(pid).environ()


def test_a_taken_port_is_explained(house: House, tmp_path: Path) -> None:
    environment = {**house.environment, "HALLOM_DATA": str(tmp_path / "var")}
    told = subprocess.run(
        [*HALLOM, "run"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 1
    assert f"Port {house.web} (TCP)" in told.stderr
    assert "HALLOM_WEB_PORT=" in told.stderr


def test_the_data_folder_is_not_shared(house: House) -> None:
    told = subprocess.run(
        [*HALLOM, "run"], env=house.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.returncode, "already running" in told.stderr) == (1, True)


def test_stopping_leaves_nothing_behind_and_the_second_start_is_quick(house: House) -> None:
    assert house.process is not None
    children = psutil.Process(house.process.pid).children(recursive=True)
    assert house.stop() == 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert (
        subprocess.run(
            [*HALLOM, "status"], env=house.environment, capture_output=True, check=False
        ).returncode
        == 3
    )

    began, busy = time.monotonic(), busy_seconds()
    house.start()
    took, busy = time.monotonic() - began, busy_seconds() - busy
    assert b"up to date" in house.output.read_bytes()
    supervisor = psutil.Process(house.process.pid)
    times = [one.cpu_times() for one in (supervisor, *supervisor.children(recursive=True))]
    ours = sum(each.user + each.system for each in times)
    assert ours < SECOND_START_CPU_SECONDS
    # What others on this machine took meanwhile was not to be had.
    assert took - max(0.0, busy - ours) / (os.cpu_count() or 1) <= SECOND_START_SECONDS


def busy_seconds() -> float:
    """Of all processors of this machine together."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)
