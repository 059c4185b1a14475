"""The switch process: sockets, clock, database and media workers around the pure endpoint and switch."""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog

from hallom.sip.accounts import Accounts, Peer, Secret
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import BindingChanged
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.trunk import Trunk
from hallom.switch.aio import metrics, recovery, setup_news
from hallom.switch.aio.bindings import BindingStore
from hallom.switch.aio.hands import Hands
from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.kept_keys import KeptKeys
from hallom.switch.aio.lamps import Lamps
from hallom.switch.aio.listener import Listener, nothing_sealed
from hallom.switch.aio.media_links import MediaLinks
from hallom.switch.aio.porter import Networks, Porter
from hallom.switch.aio.pump import Pump
from hallom.switch.aio.spool import Spool
from hallom.switch.aio.transports import Transports, TransportSettings
from hallom.switch.config import Config
from hallom.switch.line_out import LineOut
from hallom.switch.messages import Signal

logger = structlog.get_logger(__name__)

DATABASE_RETRY_SECONDS = 0.5
# Changes announce themselves; this catches what none announces, such as the turn of the year in a calendar.
CONFIGURE_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 10.0
PROMPT_RETRIES = 20
# Who takes over at once finds the journal held: PostgreSQL notices within milliseconds that a process has died.
HELD_SECONDS, HELD_RETRIES = 0.02, 10
GC_THRESHOLDS = (50_000, 20, 1000)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the administrator has set, as last loaded: all of it that was committed before `as_of`, 0 when nobody can say."""

    config: Config
    accounts: Accounts
    trunks: tuple[Trunk, ...] = ()
    lines: tuple[LineOut, ...] = ()
    networks: Networks = ()
    as_of: float = 0.0


@dataclass(frozen=True, slots=True)
class ShellSettings:
    database: str
    run_folder: Path
    transports: TransportSettings
    endpoint: EndpointSettings
    media_sockets: dict[str, Path]


class CurrentAccounts:
    """The endpoint keeps one object; what it asks changes with each load."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        return self.accounts.peer_of(flow, request)

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        return self.accounts.secret_of(username, realm, now)


class Shell:
    """`load` and `recall` block and are called in threads; what was recalled is loaded anew once calls are seen to."""

    def __init__(
        self,
        settings: ShellSettings,
        load: Callable[[], Setup],
        recall: Callable[[], Setup | None],
        *,
        unseal: Callable[[str], str] = nothing_sealed,
        seal: Callable[[str], str] = nothing_sealed,
        reopen: Callable[[str], str] = nothing_sealed,
    ) -> None:
        self.settings = settings
        self.load = load
        self.recall = recall
        self.unseal = unseal
        self.stopping = asyncio.Event()
        self.writer = JournalWriter(settings.database, Spool(settings.run_folder / "journal-spool.jsonl"))
        self.links = MediaLinks(settings.media_sockets)
        self.bindings = BindingStore(settings.run_folder / "bindings.json")
        self.keys = KeptKeys(settings.run_folder / "kept-keys.json", seal, reopen)
        self._reconfigure = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(self, ready: Callable[[dict[str, int]], None]) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        pump = await self._recovered()
        if pump is None:
            return
        await asyncio.to_thread(self.keys.follow, pump.switch)
        pump.after_deciding = self.keys.look
        porter = Porter(pump, self.settings.run_folder / "bans.json", lambda: self.networks)
        porter.bans.restore(await asyncio.to_thread(porter.load), pump.clock.now())
        transports = Transports(
            self.settings.transports,
            porter.received,
            pump.flow_closed,
            asyncio.get_running_loop().time,
            is_banned=porter.is_banned,
        )
        await transports.listen()
        pump.send, pump.hang_up = transports.send, transports.hang_up
        listener = Listener(self.settings.database, porter.ordered, self._reconfigure.set, self.unseal)
        self._start(
            self.writer.run(),
            listener.run(),
            self._keep_configured(pump),
            self._keep_counters(pump, porter),
        )
        pump.turn()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        ready(transports.ports)
        logger.info("switch.ready", ports=transports.ports)
        await self._tell_of(self._begun_with)
        await self.stopping.wait()
        await self._stop(transports)

    async def _recovered(self) -> Pump | None:
        """The pump with every open call as it was; None when told to stop before that."""
        # A worker that does not answer is waited for: meanwhile the rest is done.
        asking = asyncio.create_task(self.links.inventory())
        setup = await self._first_load()
        if setup is None or self.writer.connection is None:
            asking.cancel()
            return None
        self.accounts = CurrentAccounts(setup.accounts)
        self.trunks, self.networks = setup.trunks, setup.networks
        self._begun_with = setup
        endpoint = Endpoint(self.settings.endpoint, self.accounts)
        now = time.time()
        entries = await recovery.load(self.writer.connection, setup.config.agents, now)
        switch = recovery.replay(setup.config, entries)
        bindings = await asyncio.to_thread(self.bindings.load, now)
        inventory = await asking
        self.lamps = Lamps(endpoint, switch, self.settings.run_folder / "subscriptions.json")
        pump = Pump(
            endpoint,
            switch,
            self.writer,
            Hands(endpoint, self.links),
            bindings=self.bindings,
            lamps=self.lamps,
        )
        subscriptions = await asyncio.to_thread(self.lamps.load)
        now = pump.clock.now()
        for binding in bindings:
            endpoint.restore_binding(binding)
            switch.handle(Signal(BindingChanged(binding, removed=False)), now)
        for trunk in setup.trunks:
            endpoint.register_trunk(trunk, now)
        pump.ways_out.configure(setup.config.rules, setup.lines, now)
        pump.ways_out.note(await recovery.calls_out(self.writer.connection, setup.config.rules, now))
        switch.resume(now, inventory)
        self.lamps.restore(subscriptions, now)
        self.links.start(pump.handle, inventory)
        logger.info(
            "switch.recovered", entries=len(entries), bindings=len(bindings), workers=sorted(inventory)
        )
        return pump

    async def _first_load(self) -> Setup | None:
        failures, told = 0, ""
        while not self.stopping.is_set():
            try:
                if self.writer.connection is None:
                    await self.writer.open()
                recalled = await asyncio.to_thread(self.recall)
                if recalled is not None:
                    return recalled
                return await asyncio.to_thread(self.load)
            except Exception as error:
                # An outage, another switch that has the journal, or the tables of an older version.
                name, is_bug = type(error).__name__, not _is_away(error)
                if name != told:
                    logger.warning("switch.waiting_for_database", error=name, exc_info=is_bug)
                failures, told = failures + 1, name
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), _first_pause(failures))
        return None

    async def _keep_configured(self, pump: Pump) -> None:
        current: Config | None = None
        failures = 0
        while True:
            with contextlib.suppress(TimeoutError):
                # The listener sets it as soon as the database is back.
                await asyncio.wait_for(self._reconfigure.wait(), _pause(failures))
            self._reconfigure.clear()
            try:
                setup = await asyncio.to_thread(self.load)
            except Exception as error:
                if not failures:
                    name, is_bug = type(error).__name__, not _is_away(error)
                    logger.warning("switch.configuration_not_loaded", error=name, exc_info=is_bug)
                failures += 1
                continue
            failures = 0
            if current is None or setup.accounts != self.accounts.accounts:
                self.accounts.accounts = setup.accounts
                pump.endpoint.check_bindings(pump.clock.now())
            self.networks = setup.networks
            self._keep_registered(pump, setup.trunks)
            pump.ways_out.configure(setup.config.rules, setup.lines, pump.clock.now())
            if setup.config != current:
                current = setup.config
                pump.switch.configure(setup.config, pump.clock.now())
                self.lamps.configured(pump.clock.now())
            pump.turn()
            await self._tell_of(setup)

    async def _tell_of(self, setup: Setup) -> None:
        if setup.as_of:
            await asyncio.to_thread(setup_news.write, self.settings.run_folder, setup.as_of)

    def _keep_registered(self, pump: Pump, trunks: tuple[Trunk, ...]) -> None:
        now, names = pump.clock.now(), {trunk.name for trunk in trunks}
        for trunk in self.trunks:
            if trunk.name not in names:
                pump.endpoint.forget_trunk(trunk.name, now)
        for trunk in trunks:
            if trunk not in self.trunks:
                pump.endpoint.register_trunk(trunk, now)
        self.trunks = trunks

    async def _keep_counters(self, pump: Pump, porter: Porter) -> None:
        while True:
            porter.count()
            metrics.publish()
            metrics.look(pump.endpoint.census(), pump.endpoint.counters, len(pump.switch.state.calls))
            await asyncio.sleep(5)

    def _start(self, *coroutines: Coroutine[object, object, None]) -> None:
        for coroutine in coroutines:
            task = asyncio.create_task(coroutine)
            task.add_done_callback(self._died)
            self._tasks.append(task)

    def _died(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            # A switch without its journal or its orders must not linger: the supervisor starts it anew.
            logger.error("switch.task_died", exc_info=error)
            self.stopping.set()

    async def _stop(self, transports: Transports) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.writer.close()
        await self.links.close()
        await asyncio.to_thread(self.bindings.write)
        await asyncio.to_thread(self.lamps.write)
        await asyncio.to_thread(self.keys.write)
        await transports.close()


def _first_pause(failures: int) -> float:
    """Callers wait for a switch that starts: for ten seconds it looks often, then it is not going to be quick."""
    if failures <= HELD_RETRIES:
        return HELD_SECONDS
    if failures <= PROMPT_RETRIES:
        return DATABASE_RETRY_SECONDS
    return min(DATABASE_RETRY_SECONDS * 2.0 ** min(failures - PROMPT_RETRIES, 16), LONGEST_RETRY_SECONDS)


def _pause(failures: int) -> float:
    if not failures:
        return CONFIGURE_SECONDS
    return min(DATABASE_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)


def _is_away(error: Exception) -> bool:
    """Whatever the loader is built on names psycopg's error as the cause of its own."""
    causes = (error, error.__cause__)
    return any(isinstance(one, psycopg.OperationalError | psycopg.InterfaceError | OSError) for one in causes)
