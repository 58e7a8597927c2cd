"""A task that is to end ends, whatever it was doing."""

import asyncio

import pytest

from app.gateway.live import tasks


async def hears_the(nth: int) -> None:
    """Lose every cancellation before the ``nth``, as a library may."""
    for _ in range(nth - 1):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


def test_one_that_did_not_hear_it_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.01)

    async def scenario() -> list[bool]:
        going = [asyncio.create_task(hears_the(nth)) for nth in (1, 2, 3)]
        await asyncio.sleep(0)  # so that each is where it waits
        await tasks.ended(*going)
        return [task.cancelled() for task in going]

    assert asyncio.run(scenario()) == [True, True, True]


def test_what_has_ended_is_left_alone() -> None:
    async def scenario() -> bool:
        done = asyncio.create_task(asyncio.sleep(0))
        await done
        await tasks.ended(done)
        await tasks.ended()
        return done.cancelled()

    assert not asyncio.run(scenario())
