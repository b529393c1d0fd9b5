"""Disks that are full, files that are locked, deleted, read-only or spoilt."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager

from tests.chaos.harness import scenario
from tests.chaos.world import ENDED, SERVE

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

    def play(chaos, world):
        with small_disk(where(world), room) as make_room:
            try:
                world.start(*SERVE)
                world.trouble = True
                world.watch(
                    lambda s: (
                        sign in world.log()
                        or s.latest["state"] in ENDED
                        or world.peek(
                            f"SELECT count(*) FROM run_event WHERE message LIKE '%{sign}%'"
                        )
                    ),
                    "a full disk",
                )
                world.faults += 1
                world.watch_a_while(3)
                make_room()
                world.trouble = False
                world.watch_to_the_end()
            finally:
                world.close()

    return play


scenario(name="disk-full-for-database", on=FILE, needs=root_needed)(
    full_disk(lambda world: world.folder, 250_000, "full")
)
scenario(name="disk-full-for-images", needs=root_needed)(
    full_disk(lambda world: world.images, 60_000, "No space left")
)


@scenario(on=FILE)
def sqlite_locked_for_35_s(chaos, world):
    """Somebody else holds SQLite's write lock for longer than the busy timeout."""
    world.start(*SERVE)
    world.watch_share(0.2, chaos.total)
    world.trouble = True
    with closing(sqlite3.connect(world.file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        world.note_cut()
        before = world.look().processed
        if world.watch_a_while(35).processed != before:
            world.broken.append("something was written while another one held the lock")
        other.execute("ROLLBACK")
    world.trouble = False


@scenario(on=FILE)
def huey_locked(chaos, world):
    """The queue's file is locked for a while: work goes on."""
    world.start(*SERVE)
    world.watch_share(0.1, chaos.total)
    with closing(
        sqlite3.connect(world.folder / "huey.db", timeout=30, isolation_level=None)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        world.faults += 1
        world.watch_share(0.6, chaos.total, "work without a queue")
        other.execute("ROLLBACK")


@scenario(on=FILE)
def huey_deleted(chaos, world):
    """The queue's file is deleted under the workers."""
    world.start(*SERVE)
    for turn in range(1, 4):
        world.watch_share(turn / 5, chaos.total)
        for path in world.folder.glob("huey.db*"):
            path.unlink()
        world.faults += 1


@scenario(on=FILE)
def huey_spoilt(chaos, world):
    """The queue's file is overwritten with garbage under the workers, and is garbage at the next start."""
    process = world.start(*SERVE)
    world.watch_share(0.2, chaos.total)
    spoil(world, chaos)
    world.watch_share(0.5, chaos.total, "work with a spoilt queue")
    world.kill(process)
    spoil(world, chaos)
    world.start(*SERVE)


def spoil(world, chaos) -> None:
    """Write garbage over the queue's file, in place: it is not made shorter."""
    with open(world.folder / "huey.db", "r+b") as file:
        file.write(chaos.random.randbytes(8192))
    world.faults += 1


@scenario(on=FILE, needs=root_needed)
def huey_read_only(chaos, world):
    """The queue's file may not be written: work goes on without it."""
    queue = world.folder / "huey.db"
    mount("--bind", str(queue), str(queue))
    try:
        mount("-o", "remount,ro,bind", str(queue))
        world.faults += 1
        world.start(*SERVE)
        world.watch_to_the_end()
    finally:
        world.close()
        subprocess.run(["umount", "-l", str(queue)], check=True, capture_output=True)
