"""Identify a process across hosts and restarts, independent of wall-clock changes."""

import functools
import socket
from pathlib import Path

import psutil

START_TIME_TOLERANCE_S = 3.0  # /proc gives the boot time in whole seconds, and it may vary


@functools.cache
def host_id() -> str:
    """Return an id of this host that makes process ids unique: name, boot id and pid namespace.

    Two containers may share a host name, and each has its own process 7.
    """
    boot_id = _first_line("/proc/sys/kernel/random/boot_id")[:8]
    return "/".join([socket.gethostname()[:64], boot_id, _link_target("/proc/self/ns/pid")])


def start_time(pid: int | None = None) -> float:
    """Return the start time of a process (default: this one) in seconds since boot.

    Measured from boot because the wall clock may be changed meanwhile.
    """
    return psutil.Process(pid).create_time() - psutil.boot_time()


def is_alive(pid: int, started: float) -> bool:
    """Return whether the process of this host with that start time is still running."""
    try:
        is_same = abs(start_time(pid) - started) < START_TIME_TOLERANCE_S
        return is_same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _link_target(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
