"""Where a process lives and since when, in words that stay true when the clock is set."""

import functools
import os
import socket
from pathlib import Path

import psutil

START_TIME_TOLERANCE_S = 3.0  # seconds: /proc tells the boot to the second, and it may flicker


@functools.cache
def host_id() -> str:
    """Return the name of the place in which a pid means one process: host, boot and pid namespace.

    Two containers may share a host name, and each has a process 7 of its own.
    """
    return "/".join(
        [
            socket.gethostname()[:64],
            _first_line("/proc/sys/kernel/random/boot_id")[:8],
            _link("/proc/self/ns/pid"),
        ]
    )


def start_time(pid: int | None = None) -> float:
    """Return how many seconds after the boot a process (this one) was started.

    Counted from the boot because the wall clock may be set meanwhile, by an hour or by NTP.
    """
    return psutil.Process(pid).create_time() - psutil.boot_time()


def is_alive(pid: int, since: float) -> bool:
    """Return whether the process of this place that was born then is still there."""
    try:
        return (
            abs(start_time(pid) - since) < START_TIME_TOLERANCE_S
            and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
