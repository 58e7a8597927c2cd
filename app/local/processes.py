"""Keeps programs running: shows what they print, starts again what ends, stops them in order.

Each child leads a session of its own, so a Ctrl-C in the terminal reaches only us, and whatever
a child has started itself can be ended with it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from app.local.watchdog import Watchdog, kill_group

LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
LONGEST_LINE = 65_536  # bytes; what is longer is shown in parts
_STAGE_SECONDS = 0.3  # of the time to stop, what each later stage is left with


@dataclass(frozen=True, eq=False)
class Program:
    """What to run under ``name``, with ``environment`` on top of ours.

    Programs of the lowest ``stage`` are stopped first, together.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: int = 0


def next_pause(pause: float, lived: float, first: float = 1.0) -> float:
    """Return the seconds to wait before the next start, after a run of ``lived`` seconds."""
    if pause == 0 or lived >= HEALTHY_AFTER:
        return first
    return min(2 * pause, LONGEST_PAUSE)


class Supervisor:
    """Runs programs in the running event loop.

    ``show(name, line)`` hears every line of theirs and what becomes of them; ``changed()`` is
    called when one has been started.
    """

    def __init__(
        self,
        show: Callable[[str, str], None],
        *,
        changed: Callable[[], None] = lambda: None,
        first_pause: float = 1.0,
    ) -> None:
        self._show = show
        self._changed = changed
        self._first_pause = first_pause
        self._running: dict[Program, _Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._watchdog = Watchdog()
        self.ended: set[str] = set()  # names of programs that ended at least once

    @property
    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs now, by name."""
        return {program.name: child.pid for program, child in self._running.copy().items()}

    def start(self, program: Program) -> None:
        """Start ``program`` and keep it running."""
        self._keepers.append(asyncio.create_task(self._keep(program)))

    async def stop(self, seconds: float = 5.0) -> None:
        """Stop everything within ``seconds``, stage by stage; whoever takes longer is killed."""
        self._stopping.set()
        deadline = asyncio.get_running_loop().time() + seconds
        stages = sorted({program.stage for program in self._running})
        for done, stage in enumerate(stages, start=1):
            later = len(stages) - done
            await self._stop_stage(stage, deadline - later * _STAGE_SECONDS)
        await asyncio.gather(*self._keepers)
        self._watchdog.close()

    def kill(self) -> None:
        """End everything at once."""
        self._stopping.set()
        for child in self._running.values():
            kill_group(child.pid)

    async def _stop_stage(self, stage: int, deadline: float) -> None:
        children = {p.name: c for p, c in self._running.items() if p.stage == stage}
        for child in children.values():
            child.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                for child in children.values():
                    await child.ended.wait()
        for name, child in children.items():
            if not child.ended.is_set():
                self._show(name, "does not stop in time: killed")
                kill_group(child.pid)

    async def _keep(self, program: Program) -> None:
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            begun = loop.time()
            ending = await self._run(program)
            self.ended.add(program.name)
            if self._stopping.is_set():
                return
            pause = next_pause(pause, loop.time() - begun, self._first_pause)
            self._show(program.name, f"{ending}; starts again in {pause:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return  # told to stop within the pause

    async def _run(self, program: Program) -> str:
        """Run ``program`` to its end, and that of all it started; return how it ended."""
        try:
            child = await self._spawn(program)
        except OSError as error:
            return f"cannot be started ({error})"
        if self._stopping.is_set():  # we were told to while it started
            kill_group(child.pid)
        self._watchdog.watch(child.pid)
        self._running[program] = child
        self._changed()
        await child.ended.wait()
        kill_group(child.pid)  # what it has left behind
        self._watchdog.forget(child.pid)
        del self._running[program]
        await child.close()
        return child.ending

    async def _spawn(self, program: Program) -> "_Child":
        _, child = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Child(lambda line: self._show(program.name, line)),
            *program.command,
            env=os.environ | program.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        return child


class _Child(asyncio.SubprocessProtocol):
    """One started process: its lines as they come, and its end.

    asyncio's own ``Process.wait`` returns only when the pipe is closed too, which a grandchild
    may keep open for ever.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._rest = b""
        self.ended = asyncio.Event()
        self._silent = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.pid = self._transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._show(line.decode(errors="replace"))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if self._rest:
            self._show(self._rest.decode(errors="replace"))
        self._silent.set()

    def process_exited(self) -> None:
        self.ended.set()

    @property
    def ending(self) -> str:
        """Return how it ended, in words."""
        code = self._transport.get_returncode() or 0
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended (exit {code})"

    def terminate(self) -> None:
        """Ask it to stop; what it has started is its own to stop."""
        with suppress(ProcessLookupError):
            self._transport.terminate()

    async def close(self) -> None:
        """Hear what is left in the pipe, unless somebody holds it open, and close it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), 0.5)
        self._transport.close()
