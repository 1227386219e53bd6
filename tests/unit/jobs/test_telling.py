"""What comes in from the engine that distributes, while a worker works and when it ends."""

from __future__ import annotations

import asyncio
from threading import Thread

from opsflow.jobs.telling import Told


def test_whoever_waits_is_let_go_when_the_worker_ends() -> None:
    async def play() -> list[str]:
        told = Told(asyncio.get_running_loop())
        waiting = asyncio.create_task(told.wait_for("a"))
        await asyncio.sleep(0)
        await asyncio.to_thread(told.everything_over)
        await asyncio.wait_for(waiting, 10)
        return told.left

    assert asyncio.run(play()) == ["a"]


def test_what_comes_in_behind_the_end_waits_for_nobody() -> None:
    async def play() -> list[str]:
        told = Told(asyncio.get_running_loop())
        ending = Thread(target=told.everything_over)
        ending.start()
        ending.join()
        await asyncio.wait_for(told.wait_for("late"), 10)
        return told.left

    assert asyncio.run(play()) == ["late"]
