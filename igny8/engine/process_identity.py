"""Identify a process across hosts and restarts, independent of wall-clock changes."""

import functools
import socket
from pathlib import Path

import psutil

START_TIME_TOLERANCE_S = 3.0  # /proc gives the boot time in whole seconds, and it may vary


@functools.cache
def host_id() -> str:
    """Return what makes a process id unique: host name, boot id and pid namespace.

    Two containers may share a host name, and each has a process 7 of its own.
    """
    boot_id = _first_line("/proc/sys/kernel/random/boot_id")[:8]
    return "/".join([socket.gethostname()[:64], boot_id, _link_target("/proc/self/ns/pid")])


def start_time(pid: int | None = None) -> float:
    """Return when a process (by default this one) was started, in seconds since the boot.

    Counted from the boot because the wall clock may change meanwhile.
    """
    return psutil.Process(pid).create_time() - psutil.boot_time()


def is_alive(pid: int, started: float) -> bool:
    """Return whether the process of this host that started then is still running."""
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
