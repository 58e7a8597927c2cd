"""Ending what would go on for ever."""

import asyncio
from typing import Any

AGAIN_SECONDS = 1.0


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel ``tasks`` and return when all have ended; who did not hear it is told again.

    On Python 3.11 ``asyncio.wait_for``, which the Redis client puts around each command, loses a
    cancellation that comes as the command is done.
    """
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)  # what they ended with is not of interest
