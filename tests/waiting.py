"""Wait for something that must happen, with a bound: the only place in the tests that sleeps."""

import asyncio
import time

PAUSE = 0.01


def until(true_at_last, seconds: float, what: str = "it", pause: float = PAUSE):
    """Return the first truthy answer of a call; raise TimeoutError when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        answer = true_at_last()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(pause)


async def pause(seconds: float) -> None:
    """Let others go on for so many seconds; for crowds that keep an interval."""
    await asyncio.sleep(seconds)
