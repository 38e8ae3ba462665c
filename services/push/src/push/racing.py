"""Works that go on side by side until one of them ends."""

import asyncio
from collections.abc import Coroutine


async def until_one_ends(*works: Coroutine[None, None, None]) -> None:
    """Work at all of it until one ends; the others are ended then, and waited for. Raises what that one raised, bare.

    Nothing is left for the garbage collector, as a `TaskGroup` leaves a cycle of its error, the error's traceback and
    every frame in it: thousands of sockets that are cut off at once would stop the process for as long as it takes to
    find them. So this frame, which the traceback names, names no task when it is left.
    """
    tasks = [asyncio.create_task(each) for each in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [each for each in tasks if each.done()]
        while ended:
            ended.pop(0).result()
    finally:
        await _end(tasks)


async def _end(tasks: "list[asyncio.Task[None]]") -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()
