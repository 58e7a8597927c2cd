"""Programs are kept running, shown line by line, and stopped with all that they started."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import islice

import pytest

from app.local.processes import LONGEST_LINE, Program, Supervisor, next_pause
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.unit.local.children import alive, python

Lines = list[tuple[str, str]]


@asynccontextmanager
async def supervised(*programs: Program) -> AsyncIterator[tuple[Supervisor, Lines]]:
    """Run ``programs`` for the length of the block."""
    lines: Lines = []
    supervisor = Supervisor(lambda *line: lines.append(line), first_pause=0.01)
    for program in programs:
        supervisor.start(program)
    try:
        yield supervisor, lines
    finally:
        supervisor.kill()
        await supervisor.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


def ready(*names: str, lines: Lines) -> Callable[[], bool]:
    return lambda: {(name, "ready") for name in names} <= set(lines)


FOREVER = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + FOREVER
PARENT = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); "
    "print('child', child.pid, flush=True); child.wait()"
)


def test_lines_come_whole_and_with_the_name_of_their_program() -> None:
    halves = "import sys; w = sys.stdout; w.write('one '); w.flush(); w.write('line\\nlast')"

    async def story() -> Lines:
        async with supervised(python("a", halves)) as (_, lines):
            await until(lambda: ("a", "last") in lines)
            return lines

    assert asyncio.run(story())[:2] == [("a", "one line"), ("a", "last")]


def test_what_goes_to_standard_error_is_shown_too() -> None:
    async def story() -> None:
        complain = "import sys; print('trouble', file=sys.stderr)"
        async with supervised(python("a", complain)) as (_, lines):
            await until(lambda: ("a", "trouble") in lines)

    asyncio.run(story())


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    async def story() -> None:
        flood = f"import sys; sys.stdout.write('x' * {3 * LONGEST_LINE}); sys.stdout.flush();"
        async with supervised(python("a", flood + FOREVER)) as (_, lines):
            await until(lambda: sum(len(line) for _, line in lines) > LONGEST_LINE)

    asyncio.run(story())


def test_a_program_that_ends_is_started_again_and_it_is_said() -> None:
    async def story() -> Lines:
        async with supervised(python("a", "import sys; print('ready'); sys.exit(3)")) as (_, lines):
            await until(lambda: lines.count(("a", "ready")) >= 2)
            return lines

    assert ("a", "ended (exit 3); starts again in 0.01 s") in asyncio.run(story())


def test_a_killed_program_comes_back_under_a_new_pid() -> None:
    async def story() -> Lines:
        async with supervised(python("a", FOREVER)) as (supervisor, lines):
            await until(ready("a", lines=lines))
            first = supervisor.pids["a"]
            os.kill(first, signal.SIGKILL)
            await until(lambda: supervisor.pids.get("a", first) != first)
            return lines

    assert ("a", "was ended by SIGKILL; starts again in 0.01 s") in asyncio.run(story())


def test_what_a_killed_program_had_started_ends_with_it() -> None:
    async def story() -> None:
        async with supervised(python("a", PARENT)) as (supervisor, lines):
            await until(ready("a", lines=lines))
            grandchild = int(next(line for _, line in lines if "child" in line).split()[1])
            os.kill(supervisor.pids["a"], signal.SIGKILL)
            await until(lambda: not alive(grandchild))

    asyncio.run(story())


def test_a_command_that_does_not_exist_is_said_in_one_line() -> None:
    async def story() -> Lines:
        async with supervised(Program("a", ("/no/such/program",))) as (_, lines):
            await until(lambda: bool(lines))
            return lines

    _, line = asyncio.run(story())[0]
    assert "cannot be started" in line
    assert "/no/such/program" in line


def test_stages_are_stopped_one_after_the_other() -> None:
    tell = (  # os.write: it may be told to stop while it still prints that it is ready
        "import os, signal, sys; "
        "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'stopped\\n'), sys.exit())); "
        "print('ready', flush=True); signal.pause()"
    )

    async def story() -> Lines:
        late, early = python("redis", tell, stage=2), python("worker", tell)
        async with supervised(late, early) as (supervisor, lines):
            await until(ready("redis", "worker", lines=lines))
            await supervisor.stop(seconds=PATIENCE_SECONDS)
            return lines

    assert asyncio.run(story())[-2:] == [("worker", "stopped"), ("redis", "stopped")]


def test_one_that_does_not_stop_is_killed_in_time() -> None:
    async def story() -> tuple[Lines, int]:
        async with supervised(python("a", STUBBORN)) as (supervisor, lines):
            await until(ready("a", lines=lines))
            pid = supervisor.pids["a"]
            await supervisor.stop(seconds=0.3)
            return lines, pid

    lines, pid = asyncio.run(story())
    assert ("a", "does not stop in time: killed") in lines
    assert not alive(pid)


def test_nothing_is_started_again_once_it_is_stopped() -> None:
    async def story() -> dict[str, int]:
        async with supervised(python("a", "pass"), python("b", FOREVER)) as (supervisor, lines):
            await until(ready("b", lines=lines))
            await supervisor.stop()
            return supervisor.pids

    assert asyncio.run(story()) == {}


@pytest.mark.parametrize(
    ("pause", "lived", "then"),
    [(0, 0.1, 1), (1, 0.1, 2), (16, 59, 30), (30, 0, 30), (30, 60, 1)],
)
def test_pauses_double_up_to_30_s_and_begin_anew_after_a_minute(
    pause: float, lived: float, then: float
) -> None:
    assert next_pause(pause, lived) == then


def test_a_child_leads_a_session_of_its_own() -> None:
    async def story() -> None:
        async with supervised(python("a", FOREVER)) as (supervisor, lines):
            await until(ready("a", lines=lines))
            assert os.getsid(supervisor.pids["a"]) == supervisor.pids["a"] != os.getsid(0)

    asyncio.run(story())


def test_a_kill_ends_at_once_what_a_stop_would_wait_for() -> None:
    async def story() -> None:
        async with supervised(python("a", STUBBORN)) as (supervisor, lines):
            await until(ready("a", lines=lines))
            stopping = asyncio.create_task(supervisor.stop(seconds=1e6))
            supervisor.kill()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await stopping

    asyncio.run(story())


SUPERVISE = """
import asyncio, sys
from app.local.processes import Program, Supervisor

async def main():
    supervisor = Supervisor(lambda name, line: print(line, flush=True))
    supervisor.start(Program("a", (sys.executable, "-ISc", sys.argv[1])))
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_when_the_supervisor_is_killed_its_children_and_theirs_are_too() -> None:
    tell = f"import os; print('own', os.getpid(), flush=True); {PARENT}"
    command = [sys.executable, "-c", SUPERVISE, tell]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        pids = [int(line.split()[1]) for line in islice(supervisor.stdout, 2)]
        assert all(map(alive, pids))

        supervisor.kill()

        wait_until(lambda: not any(map(alive, pids)))
