"""Hours of everything: runs follow each other in one process while all around it fails; its memory is measured."""

import os
import signal
import time
from pathlib import Path

from bench.corpus import write_export
from tests.chaos.installation import ENDED, SERVE, SITE, WORKER
from tests.chaos.scenario_runner import scenario
from tests.chaos.scenarios.kills import freeze_process

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
def soak(runner, installation):
    """One process is never killed; other workers die and freeze, servers restart, users click and import."""
    installation.env["IGNY8_DEMO"] = (
        "latency=0.01,failures=0.01,limits=0.01,garbage=0.02,empty=0.02,permanent=0.01"
    )
    installation.has_trouble, installation.allows_deletions = True, True
    lasting, other = installation.start(*SERVE), installation.start(*WORKER)
    installation.wait_for_web()
    end, turn, sizes = time.monotonic() + 60 * MINUTES, 0, []
    while time.monotonic() < end:
        turn += 1
        other = runner.random.choice(DEEDS[installation.server is None])(
            runner, installation, other
        )
        if other is None or other.poll() is not None:
            other = installation.start(*WORKER)
        if installation.sample().latest["state"] in ENDED:
            more = installation.folder / "more.csv"
            write_export(str(more), 12, "plain", seed=turn)
            installation.command("import-keywords", SITE, str(more))
            installation.post("run_now")
        else:
            installation.post("resume")
        installation.sample_for(1.5)
        sizes.append(memory(lasting.pid))
    installation.post("resume")
    if lasting.poll() is not None:
        installation.violations.append(
            f"the process that nobody killed ended with {lasting.poll()}"
        )
    calm, late = max(sizes[: max(CALM, len(sizes) // 5)]), max(sizes[-CALM:])
    if late > 1.2 * calm:
        installation.violations.append(f"memory grew from {calm:.0f} to {late:.0f} MB")
    return f"{turn} deeds, {len(installation.sample().runs)} runs, {calm:.0f} → {late:.0f} MB"


def _kill(runner, installation, other):
    installation.kill(other)


def _freeze(runner, installation, other):
    freeze_process(installation, other)
    installation.sample_for(4)
    other.send_signal(signal.SIGCONT)
    return other


def _stop(runner, installation, other):
    other.send_signal(signal.SIGTERM)
    installation.sample_until(lambda s: other.poll() is not None, "a clean stop")
    installation.processes.remove(other)


def _click(runner, installation, other):
    for verb in runner.random.choices(
        ("pause", "resume", "run_now", "cancel", "retry_failed"), (4, 8, 4, 1, 3), k=12
    ):
        installation.post(verb)
    installation.faults += 12
    return other


def _spoil(runner, installation, other):
    for path in installation.folder.glob("huey.db*"):
        path.unlink(missing_ok=True)
    installation.faults += 1
    return other


def _flush(runner, installation, other):
    runner.redis.flush()
    installation.faults += 1
    return other


def _restart(runner, installation, other):
    installation.note_disconnect()
    installation.server.stop(signal.SIGQUIT)
    installation.server.start()
    return other


DEEDS = {
    True: (_kill, _freeze, _stop, _click, _spoil),
    False: (_kill, _freeze, _stop, _click, _flush, _restart),
}
