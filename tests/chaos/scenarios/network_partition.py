"""Two workers on two machines, PostgreSQL and Redis on a third: network namespaces with addresses of their own."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

from tests.chaos.installation import ENDED, WORKER
from tests.chaos.scenario_runner import ScenarioRunner, scenario
from tests.servers import Postgres, Redis, postgres_programs, running
from tests.waiting import until

NET = "10.213.77"
HOSTS = {"state": f"{NET}.1", "left": f"{NET}.2", "right": f"{NET}.3"}


def namespaces_needed() -> str:
    """Say what is missing for network namespaces, where it is."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "only root with iproute2 may make network namespaces"
    if subprocess.run(["ip", "netns", "list"], check=False, capture_output=True).returncode:
        return "network namespaces are not allowed here"
    return (
        ""
        if postgres_programs() and shutil.which("redis-server")
        else "no PostgreSQL or Redis here"
    )


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def machines():
    """Lend three machines on one network, a bridge on which we, who look on, have an address too."""
    own = f"ig{os.getpid() % 100000}"
    names = {host: f"{own}{host}" for host in HOSTS}
    ip("link", "add", own, "type", "bridge")
    try:
        ip("addr", "add", f"{NET}.254/24", "dev", own)
        ip("link", "set", own, "up")
        for number, (host, address) in enumerate(HOSTS.items()):
            ip("netns", "add", names[host])
            ip(
                "link",
                "add",
                f"{own}p{number}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                names[host],
            )
            ip("link", "set", f"{own}p{number}", "master", own, "up")
            ip("-n", names[host], "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", names[host], "link", "set", "eth0", "up")
            ip("-n", names[host], "link", "set", "lo", "up")
        yield (
            {host: ("ip", "netns", "exec", name) for host, name in names.items()},
            {host: f"{own}p{number}" for number, host in enumerate(HOSTS)},
        )
    finally:
        for name in names.values():
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        ip("link", "delete", own)


@scenario(
    on=("postgresql",),
    same=False,
    alone=True,
    needs=namespaces_needed,
    provider="demonstration",
    keywords=24,
)
def two_machines(runner, installation):
    """One of two workers loses the network during a run: the other takes over within 35 s."""
    with (
        machines() as (within, lines),
        running(Postgres(True, HOSTS["state"], within["state"])) as server,
        running(Redis(HOSTS["state"], within["state"])) as redis,
    ):
        far = ScenarioRunner(
            runner.folder / f"far{runner.rounds}", 24, 1, "demonstration", server, redis
        )
        there = far.begun
        there.deadline, there.env["IGNY8_DEMO"] = 120, "latency=0.3"
        try:
            told = _play(there, within, lines)
        finally:
            there.close()
        if there.hash() != runner.expected:
            there.violations.append(
                "equivalence: the products are others than those of the undisturbed run"
            )
        installation.violations += there.violations
        installation.faults += there.kills
        installation.watcher.samples = there.watcher.samples
    installation.start(*WORKER)  # the installation that was lent runs to its end as well
    return told


def _play(there, within, lines) -> str:
    left, _ = (
        there.start(*WORKER, within=within["left"]),
        there.start(*WORKER, within=within["right"]),
    )
    there.sample_until(lambda s: s.processed > 8 and len(s.held) == 2, "both at work")
    lost = there.fetch_value(f"SELECT id FROM worker WHERE pid = {left.pid}")

    def cut_off():
        """Return the sample after a cut during work; None, repaired, if it had just settled."""
        there.sample_until(lambda s: s.held.get(lost), "something that it holds")
        ip("link", "set", lines["left"], "down")
        there.wait_for(0.5)
        sample = there.sample()
        if not sample.held.get(lost):
            ip("link", "set", lines["left"], "up")
        return sample if sample.held.get(lost) else None

    before, cut = until(cut_off, 60, "a cut in mid-work"), time.monotonic() - 0.5
    there.note_loss(left)
    there.sample_until(
        lambda s: not s.held.get(lost) or s.latest["state"] in ENDED,
        "what the one that was cut off held",
    )
    taken = time.monotonic() - cut
    there.sample_until(lambda s: s.processed > before.processed, "work of the other")
    ip("link", "set", lines["left"], "up")
    there.sample_until_end()
    if taken > 35:
        there.violations.append(f"the other took over after {taken:.0f} s")
    return f"{before.held[lost]} items of the one cut off were given back after {taken:.0f} s"
