"""Run the whole system on this machine until Ctrl-C: what ``scanner up`` does."""

import asyncio
import signal
import threading
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from app import bootstrap
from app.local.console import Console, print_line, summary, wants_colour
from app.local.ports import listens
from app.local.processes import Supervisor
from app.local.run_file import RunFile, only_one
from app.local.system import System, local_system
from app.queues import Queues, QueuesUnavailable
from app.settings import Settings

START_SECONDS = 30.0
STOP_SECONDS = 5.0
SAME_SIGNAL_SECONDS = 0.3


class CannotStart(Exception):
    """A part that all others need does not answer; the message is one line."""


def run(
    settings: Settings,
    *,
    scan_workers: int = 2,
    flower: bool = True,
    beat: bool = True,
    on_ready: Callable[[Settings], None] = lambda _settings: None,
    say: Callable[[str], None] = print_line,
) -> None:
    """Start everything, show what it prints, and stop it all on Ctrl-C, SIGTERM or SIGHUP.

    Once a worker answers, ``on_ready`` is called in a thread of its own with the settings that
    lead to the system.

    Raises:
        AlreadyRuns: there is one in this folder.
        SettingsError: a setting does not fit.
        NoRedis: no Redis server was found, and none could be brought.
        CannotStart: Redis does not answer.
        DatabaseUnavailable: the database does not answer.
    """
    with only_one():
        system = local_system(
            settings, scan_workers=scan_workers, flower=flower, beat=beat, say=say
        )
        if "redis" not in system.ports and not _redis_answers(system.settings):
            raise CannotStart(
                f"REDIS_URL: {system.addresses['redis']} does not answer; start it, or unset "
                "REDIS_URL to have one started here"
            )
        bootstrap.connect(system.settings).engine.dispose()  # its tables are there now
        asyncio.run(_Run(system, on_ready, say).until_told())


class _Run:
    """One run of the system, from its start to its stop."""

    def __init__(
        self,
        system: System,
        on_ready: Callable[[Settings], None],
        say: Callable[[str], None],
    ) -> None:
        self._system = system
        self._on_ready = on_ready
        self._say = say
        self._file = RunFile(bootstrap.now(), system.addresses, system.shared_settings)
        self._told = asyncio.Event()
        self._told_at = 0.0
        self._over = threading.Event()

    async def until_told(self) -> None:
        """Run the system until a signal says stop."""
        names = [program.name for program in self._system.programs]
        console = Console(names, self._say, colour=wants_colour())
        self._supervisor = Supervisor(console.show, changed=self._write_file)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                loop.add_signal_handler(number, self._stop)
        starting = asyncio.create_task(self._start())
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()  # raises what went wrong
            await told
        finally:
            starting.cancel()
            self._over.set()
            self._file.close()
            await self._supervisor.stop(STOP_SECONDS)

    def _stop(self) -> None:
        """Stop at the first signal, kill at the next; some wrappers send each of them twice."""
        at = asyncio.get_running_loop().time()
        if not self._told.is_set():
            self._told_at = at
            self._told.set()
            self._say("Stopping (Ctrl-C again: at once)")
        elif at - self._told_at > SAME_SIGNAL_SECONDS:
            self._supervisor.kill()

    def _write_file(self) -> None:
        self._file.update(self._supervisor.pids)

    async def _start(self) -> None:
        """Start the programs in their order; the rest waits for our Redis, and for nothing else."""
        loop = asyncio.get_running_loop()
        for program in self._system.programs:
            self._supervisor.start(program)
            deadline = loop.time() + START_SECONDS
            while program.name == "redis" and not _redis_answers(self._system.settings):
                if "redis" in self._supervisor.ended or loop.time() > deadline:
                    raise CannotStart("Redis does not start: redis.log under var/redis says why")
                await asyncio.sleep(0.05)
        threading.Thread(target=self._announce, daemon=True).start()

    def _announce(self) -> None:
        """Wait for a worker, then tell people and other commands, then call the caller."""
        queues = bootstrap.connect(self._system.settings).queues
        pages = [
            self._system.ports[name] for name in ("gateway", "flower") if name in self._system.ports
        ]
        while not _worker_answers(queues) and not self._over.wait(0.1):
            pass
        for _ in range(100):  # a page that is broken holds nothing up for longer than 10 s
            if all(map(listens, pages)) or self._over.wait(0.1):
                break
        if self._over.is_set():
            return
        self._file.open(self._supervisor.pids)
        self._say(summary(self._system))
        self._on_ready(self._system.settings)


def _worker_answers(queues: Queues) -> bool:
    try:
        return bool(queues.workers(timeout_seconds=1.0))
    except QueuesUnavailable:
        return False


def _redis_answers(settings: Settings) -> bool:
    url = settings.redis_url.get_secret_value()
    try:
        with Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
