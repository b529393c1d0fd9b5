"""People who look at the Automation page: each opens the partial, then asks again at its own interval."""

import asyncio
import re
import time

from tests.waiting import pause

INTERVAL = 2.0


def look_on(port: int, site: str, viewers: int, seconds: float) -> dict:
    """Let so many people look for so long; return requests, errors, and the seconds that an answer took."""
    return asyncio.run(_crowd(port, site, viewers, seconds))


async def _crowd(port: int, site: str, viewers: int, seconds: float) -> dict:
    end = time.monotonic() + seconds
    found = await asyncio.gather(*(
        _viewer(port, site, INTERVAL * n / viewers, end) for n in range(viewers)))
    times = sorted(t for took, _ in found for t in took)
    return {"requests": len(times), "errors": sum(errors for _, errors in found),
            "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}


async def _viewer(port: int, site: str, begin: float, end: float) -> tuple[list, int]:
    """Ask until the end, with the version that was shown last; a connection is kept, as a browser does."""
    await pause(begin)
    times, errors, version = [], 0, ""
    reader = writer = None
    while time.monotonic() < end:
        asked = time.monotonic()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /sites/{site}/automation/live?v={version} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
                         .encode())
            status, body = await asyncio.wait_for(_answer(reader), 30)
            found = re.search(rb"[?&](?:amp;)?v=([^\"&]+)", body)
            version = found[1].decode() if found else version
            errors += status not in (200, 204)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            errors, writer = errors + 1, None
        times.append(time.monotonic() - asked)
        await pause(max(0.0, INTERVAL - times[-1]))
    if writer is not None:
        writer.close()
    return times, errors


async def _answer(reader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head.lower())
    body = await reader.readexactly(int(length[1])) if length else b""
    return int(head.split()[1]), body
