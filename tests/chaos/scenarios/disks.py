"""Disks that are full, files that are locked, deleted, read-only or spoilt."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager

from tests.chaos.installation import ENDED, SERVE
from tests.chaos.scenario_runner import scenario

FILE = ("sqlite",)


def root_needed() -> str:
    """Say that mounting is for root alone, where it is not root."""
    return "" if os.geteuid() == 0 and shutil.which("mount") else "only root may mount"


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@contextmanager
def small_disk(folder, room: int):
    """Put a folder on a disk with so many bytes of room beside what is in it; lend a call that makes room."""
    aside = folder.with_name(folder.name + "-aside")
    shutil.copytree(folder, aside)
    used = sum(path.stat().st_size + 4096 for path in aside.rglob("*"))
    mount("-t", "tmpfs", "-o", f"size={used + room}", "tmpfs", str(folder))
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield lambda: mount("-o", "remount,size=256m", str(folder))
    finally:
        shutil.rmtree(aside)
        shutil.copytree(folder, aside)
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)


def full_disk(where, room: int, sign: str):
    """Return a play in which a folder's disk is full for some seconds in mid-run."""

    def play(runner, installation):
        with small_disk(where(installation), room) as make_room:
            try:
                installation.start(*SERVE)
                installation.has_trouble = True
                installation.sample_until(
                    lambda s: (
                        sign in installation.log()
                        or s.latest["state"] in ENDED
                        or installation.fetch_value(
                            f"SELECT count(*) FROM run_event WHERE message LIKE '%{sign}%'"
                        )
                    ),
                    "a full disk",
                )
                installation.faults += 1
                installation.sample_for(3)
                make_room()
                installation.has_trouble = False
                installation.sample_until_end()
            finally:
                installation.close()

    return play


scenario(name="disk-full-for-database", on=FILE, needs=root_needed)(
    full_disk(lambda installation: installation.folder, 250_000, "full")
)
scenario(name="disk-full-for-images", needs=root_needed)(
    full_disk(lambda installation: installation.images, 60_000, "No space left")
)


@scenario(on=FILE)
def sqlite_locked_for_35_s(runner, installation):
    """Somebody else holds SQLite's write lock for longer than the busy timeout."""
    installation.start(*SERVE)
    installation.sample_until_share(0.2, runner.total)
    installation.has_trouble = True
    with closing(sqlite3.connect(installation.file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        installation.note_disconnect()
        before = installation.sample().processed
        if installation.sample_for(35).processed != before:
            installation.violations.append("something was written while another one held the lock")
        other.execute("ROLLBACK")
    installation.has_trouble = False


@scenario(on=FILE)
def huey_locked(runner, installation):
    """The queue's file is locked for a while: work goes on."""
    installation.start(*SERVE)
    installation.sample_until_share(0.1, runner.total)
    with closing(
        sqlite3.connect(installation.folder / "huey.db", timeout=30, isolation_level=None)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        installation.faults += 1
        installation.sample_until_share(0.6, runner.total, "work without a queue")
        other.execute("ROLLBACK")


@scenario(on=FILE)
def huey_deleted(runner, installation):
    """The queue's file is deleted under the workers."""
    installation.start(*SERVE)
    for turn in range(1, 4):
        installation.sample_until_share(turn / 5, runner.total)
        for path in installation.folder.glob("huey.db*"):
            path.unlink()
        installation.faults += 1


@scenario(on=FILE)
def huey_spoilt(runner, installation):
    """The queue's file is overwritten with garbage under the workers, and is garbage at the next start."""
    process = installation.start(*SERVE)
    installation.sample_until_share(0.2, runner.total)
    spoil(installation, runner)
    installation.sample_until_share(0.5, runner.total, "work with a spoilt queue")
    installation.kill(process)
    spoil(installation, runner)
    installation.start(*SERVE)


def spoil(installation, runner) -> None:
    """Write garbage over the queue's file, in place: it is not made shorter."""
    with open(installation.folder / "huey.db", "r+b") as file:
        file.write(runner.random.randbytes(8192))
    installation.faults += 1


@scenario(on=FILE, needs=root_needed)
def huey_read_only(runner, installation):
    """The queue's file may not be written: work goes on without it."""
    queue = installation.folder / "huey.db"
    mount("--bind", str(queue), str(queue))
    try:
        mount("-o", "remount,ro,bind", str(queue))
        installation.faults += 1
        installation.start(*SERVE)
        installation.sample_until_end()
    finally:
        installation.close()
        subprocess.run(["umount", "-l", str(queue)], check=True, capture_output=True)
