"""Cells side by side in real processes: started, ended and judged; nothing stays behind."""

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis

from bench.limiters import idle, referee
from bench.limiters.caller import Caller
from bench.limiters.cells import WARM_UP_SECONDS, Cell
from bench.limiters.contenders import Contender
from bench.limiters.judge import Arrival, Verdict, judge
from bench.limiters.processes import FORK, child, go_first, running, sleep_until
from tests.conftest import running_redis

FORK_SECONDS = 0.02  # from one to the next, or starting a batch would disturb those that run
HOUSEKEEPING = {"config|resetstat", "info", "hello", "client|setinfo", "client|setname", "select"}


class Trial:
    """A referee and one private Redis for each contender: INFO counts a whole server."""

    def __init__(self, folder: Path, contenders: Sequence[Contender], stack: ExitStack) -> None:
        self._folder = folder
        self.urls = {}
        for contender in contenders:
            home = folder / contender.name
            home.mkdir()
            server = stack.enter_context(running_redis(home))
            self.urls[contender.name] = server.url
            if server.process is not None:
                go_first(server.process.pid)
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._port: int = listener.getsockname()[1]
        desk = child(referee.serve, listener)
        stack.enter_context(running(desk))
        go_first(desk.pid or 0)
        listener.close()

    def uncontended(self, rounds: int) -> dict[str, float]:
        """Return the median seconds of an acquire that nobody disputes, by contender."""
        mine, theirs = FORK.Pipe()
        with running(child(idle.measure, self.urls, rounds, theirs)):
            theirs.close()
            measured: dict[str, float] = mine.recv()
        return measured

    @contextmanager
    def running(self, cells: Sequence[Cell]) -> Iterator["Round"]:
        """Run the processes of ``cells`` for the length of the block."""
        with ExitStack() as stack:
            round_ = Round(cells, self.urls, self._port, self._folder)
            for process in round_.processes:
                stack.enter_context(running(process))
                time.sleep(FORK_SECONDS)
            yield round_
            round_.end()


class Round:
    """Some cells that run at the same time; a cell's first 5 s do not count."""

    def __init__(
        self, cells: Sequence[Cell], urls: dict[str, str], port: int, folder: Path
    ) -> None:
        self.commands: dict[str, int] = {}
        self.scripts: dict[str, int] = {}
        self._urls = {each.contender: urls[each.contender] for each in cells}
        self._port = port
        start = time.monotonic() + 0.5 + 1.5 * FORK_SECONDS * sum(each.workers for each in cells)
        self._counts_from = start + 1.0 + WARM_UP_SECONDS
        self._ended_at = 0.0
        self._callers = {
            cell: [
                Caller(
                    cell,
                    worker,
                    urls[cell.contender],
                    port,
                    start_at=start + index / len(cells),  # not all on the same beat
                    notes=folder / cell.contender / f"{cell.key}.{worker}",
                )
                for worker in range(cell.workers)
            ]
            for index, cell in enumerate(cells)
        }
        self.processes = [child(each.run) for some in self._callers.values() for each in some]

    def last(self, seconds: float) -> None:
        """Wait until what counts has lasted ``seconds``; Redis' counters begin with it."""
        sleep_until(self._counts_from)
        for url in self._urls.values():
            with Redis.from_url(url) as redis:
                redis.config_resetstat()
        sleep_until(self._counts_from + seconds)

    def end(self) -> None:
        """Take the counters of each contender's Redis; what comes later does not count.

        ``commands`` are all, those in scripts included; ``scripts`` are the calls of scripts:
        round trips, where they cannot be seen otherwise.
        """
        self._ended_at = time.monotonic()
        for name, url in self._urls.items():
            calls = _calls(url)
            self.commands[name] = sum(calls.values())
            self.scripts[name] = calls["eval"] + calls["evalsha"]

    def verdicts(self) -> list[Verdict]:
        """Return the verdict on each cell, once it has ended."""
        return [
            judge(
                cell,
                self._arrivals(cell),
                [call for caller in callers for call in caller.calls()],
                begin=self._counts_from,
                end=self._ended_at,
            )
            for cell, callers in self._callers.items()
        ]

    def _arrivals(self, cell: Cell) -> list[Arrival]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        connection.request("GET", f"/_arrivals/{cell.path}")
        rows = json.load(connection.getresponse())
        connection.close()
        return [(at, worker, accepted) for at, worker, accepted in rows]


def _calls(url: str) -> Counter[str]:
    with Redis.from_url(url) as redis:
        stats = redis.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}
    return Counter({name: count for name, count in calls.items() if name not in HOUSEKEEPING})
