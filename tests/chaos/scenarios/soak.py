"""Hours of everything: runs follow each other in one process while all around it fails; its memory is measured."""

import os
import signal
import time
from pathlib import Path

from bench.corpus import write_export
from tests.chaos.harness import scenario
from tests.chaos.scenarios.kills import freeze_process
from tests.chaos.world import ENDED, SERVE, SITE, WORKER

MINUTES = float(os.environ.get("CHAOS_SOAK", "30"))
CALM = 8  # runs after which the process is warm


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    line = next(
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


@scenario(
    same=False,
    ends=("completed", "cancelled", "nothing_to_do", "completed_with_errors"),
    deadline=240,
    provider="demonstration",
    keywords=24,
    env={"CHAOS_STALE": "3", "CHAOS_CRASHES": "1000"},
    crashes=1000,
)
def soak(chaos, world):
    """One process is never killed; beside it workers die and freeze, servers restart, people click and import."""
    world.env["IGNY8_DEMO"] = (
        "latency=0.01,failures=0.01,limits=0.01,garbage=0.02,empty=0.02,permanent=0.01"
    )
    world.trouble, world.deletions = True, True
    lasting, other = world.start(*SERVE), world.start(*WORKER)
    world.wait_for_web()
    end, turn, sizes = time.monotonic() + 60 * MINUTES, 0, []
    while time.monotonic() < end:
        turn += 1
        other = chaos.random.choice(DEEDS[world.server is None])(chaos, world, other)
        if other is None or other.poll() is not None:
            other = world.start(*WORKER)
        if world.look().latest["state"] in ENDED:
            more = world.folder / "more.csv"
            write_export(str(more), 12, "plain", seed=turn)
            world.command("import-keywords", SITE, str(more))
            world.post("run_now")
        else:
            world.post("resume")
        world.watch_a_while(1.5)
        sizes.append(memory(lasting.pid))
    world.post("resume")
    if lasting.poll() is not None:
        world.broken.append(f"the process that nobody killed ended with {lasting.poll()}")
    calm, late = max(sizes[: max(CALM, len(sizes) // 5)]), max(sizes[-CALM:])
    if late > 1.2 * calm:
        world.broken.append(f"memory grew from {calm:.0f} to {late:.0f} MB")
    return f"{turn} deeds, {len(world.look().runs)} runs, {calm:.0f} → {late:.0f} MB"


def _kill(chaos, world, other):
    world.kill(other)


def _freeze(chaos, world, other):
    freeze_process(world, other)
    world.watch_a_while(4)
    other.send_signal(signal.SIGCONT)
    return other


def _stop(chaos, world, other):
    other.send_signal(signal.SIGTERM)
    world.watch(lambda s: other.poll() is not None, "a clean stop")
    world.processes.remove(other)


def _click(chaos, world, other):
    for verb in chaos.random.choices(
        ("pause", "resume", "run_now", "cancel", "retry_failed"), (4, 8, 4, 1, 3), k=12
    ):
        world.post(verb)
    world.faults += 12
    return other


def _spoil(chaos, world, other):
    for path in world.folder.glob("huey.db*"):
        path.unlink(missing_ok=True)
    world.faults += 1
    return other


def _flush(chaos, world, other):
    chaos.redis.flush()
    world.faults += 1
    return other


def _restart(chaos, world, other):
    world.note_cut()
    world.server.stop(signal.SIGQUIT)
    world.server.start()
    return other


DEEDS = {
    True: (_kill, _freeze, _stop, _click, _spoil),
    False: (_kill, _freeze, _stop, _click, _flush, _restart),
}
