"""Processes that die, are asked to end, or freeze: at random instants and at each named fault point."""

import signal
import sqlite3
from contextlib import closing

import psutil

from tests.chaos.installation import DEADLINE, ENDED, SERVE, SITE, WEB, WORKER, Installation
from tests.chaos.scenario_runner import PAID, POINTS, ScenarioRunner, scenario
from tests.waiting import until

KILLS_PER_RUN = 10  # a run
NO_CRASH_LIMIT = {
    "CHAOS_CRASHES": "1000"
}  # so many deaths may meet the same item; quarantine is a scenario of its own
KILL_OPTIONS = {"provider": "demonstration", "keywords": 24, "crashes": 1000, "env": NO_CRASH_LIMIT}


def kill_at_random(
    runner: ScenarioRunner, installation: Installation, crew: tuple, dying: tuple, times: int
) -> str:
    """Kill those of the crew that are to die at random instants of the run, and start them again."""
    running = {words[0]: installation.start(*words) for words in crew}
    shares = sorted(runner.random.uniform(0, 0.97) for _ in range(times))
    for share in shares:
        looks, extra = [0], runner.random.randrange(4)

        def reached(sample, share=share, looks=looks, extra=extra):
            looks[0] += sample.processed >= share * runner.total
            return looks[0] > extra or sample.latest["state"] in ENDED

        if (
            installation.sample_until(reached, f"{100 * share:.0f} % of the items").latest["state"]
            in ENDED
        ):
            break
        for words in dying:
            installation.kill(running[words[0]])
        installation.sample()
        for words in dying:
            running[words[0]] = installation.start(*words)
    return "at " + ", ".join(f"{100 * share:.0f}" for share in shares) + " %"


@scenario(times=8, **KILL_OPTIONS)
def kill_worker(runner, installation):
    return kill_at_random(runner, installation, (WORKER,), (WORKER,), KILLS_PER_RUN)


@scenario(times=6, **KILL_OPTIONS)
def kill_serve(runner, installation):
    return kill_at_random(runner, installation, (SERVE,), (SERVE,), KILLS_PER_RUN)


@scenario(times=6, **KILL_OPTIONS)
def kill_both(runner, installation):
    return kill_at_random(runner, installation, (WEB, WORKER), (WEB, WORKER), KILLS_PER_RUN)


@scenario(times=2, **KILL_OPTIONS)
def kill_web(runner, installation):
    return kill_at_random(runner, installation, (WEB, WORKER), (WEB,), KILLS_PER_RUN)


def die_at(*points: str, latest: int = 3):
    """Return a play in which one worker after the other dies, each at the next of these fault points, at a passage up
    to the latest one.
    """

    def play(runner, installation):
        for point in points:
            turn = runner.random.randint(1, latest)
            process = installation.start(*WORKER, IGNY8_FAULT=f"{point}:{turn}")
            sample = installation.sample_until(
                lambda s, dying=process: dying.poll() is not None or s.latest["state"] in ENDED,
                f"the {turn}. passage of {point}",
            )
            if process.poll() == -signal.SIGKILL:
                installation.note_death(process)
            if sample.latest["state"] in ENDED:
                break
        if not installation.kills:
            installation.violations.append(f"nobody died at {', '.join(points)}")
        installation.start(*WORKER)
        return f"{installation.kills} deaths"

    return play


def begin_and_die(times: int):
    """Return a play in which the command that begins a run dies after it has committed, again and again: the run is
    there each time. All but the last are cancelled.
    """

    def play(runner, installation):
        for turn in range(1, times + 1):
            code, _ = installation.command("run", SITE, IGNY8_FAULT="begun")
            installation.note_loss()
            if code != -signal.SIGKILL or len(installation.sample().runs) != turn:
                installation.violations.append(
                    f"the {turn}. beginning ended with {code} and {len(installation.sample().runs)} runs"
                )
            if turn < times:
                installation.run_command("cancel", SITE)
        installation.start(*WORKER)

    return play


scenario(name="die-begun", times=3, fresh=True, **KILL_OPTIONS)(begin_and_die(KILLS_PER_RUN))
for at in (*POINTS[1:], *PAID):
    rare = at == "advanced"  # passed when a stage is over, not with each item
    scenario(name=f"die-{at}", times=5 if rare else 3, **KILL_OPTIONS)(
        die_at(*[at] * KILLS_PER_RUN, latest=1 if rare else 3)
    )


def die_in_request(verb: str, point: str):
    """Return a play in which the web process dies while it answers a click: it counts once, or not at all."""

    def play(runner, installation):
        web = installation.start(*WEB, IGNY8_FAULT=point)
        installation.wait_for_web()
        answer = installation.post(verb)
        if answer is not None:
            installation.violations.append(
                f"the web process answered {answer} and did not die at {point}"
            )
        installation.sample_until(
            lambda s: web.poll() is not None, f"death of the web process at {point}"
        )
        installation.note_death(web)
        installation.start(*SERVE)
        installation.wait_for_web()
        if verb == "pause":
            installation.sample_until(lambda s: s.latest["state"] == "paused", "the pause")
            installation.post("resume")

    return play


for said, at, ends in (
    ("run_now", "begun", ("completed",)),
    ("pause", "advanced", ("completed",)),
    ("cancel", "advanced", ("cancelled",)),
):
    scenario(
        name=f"web-dies-in-{said.replace('_', '-')}",
        times=3,
        fresh=said == "run_now",
        ends=ends,
        same=said != "cancel",
    )(die_in_request(said, at))


@scenario(times=3)
def sigterm(runner, installation):
    """Send SIGTERM during work: the process exits cleanly, and the next start continues."""
    shares = sorted(runner.random.uniform(0.05, 0.9) for _ in range(3))
    for share in shares:
        process = installation.start(*SERVE)
        installation.wait_for_web()  # before, a signal ends it as any program that has just begun
        if installation.sample_until_share(share, runner.total).latest["state"] in ENDED:
            break
        process.send_signal(signal.SIGTERM)
        installation.sample_until(
            lambda s, ending=process: ending.poll() is not None, "a clean stop"
        )
        installation.faults += 1
        if process.returncode:
            installation.violations.append(f"shutdown: SIGTERM ended with {process.returncode}")
        if any(s["active"] for s in installation.sample().stages.values()):
            installation.violations.append("shutdown: something is still active after a clean stop")
        if "Traceback" in installation.log():
            installation.violations.append("shutdown: a traceback in the log")
        installation.processes.remove(process)
    installation.start(*SERVE)


def freeze_in_turn(times: int):
    """Return a play in which a worker stands still for longer than the sweep waits, another takes over, it thaws."""

    def play(runner, installation):
        crew = [installation.start(*WORKER)]
        for turn in range(times):
            share = 0.02 + (turn + runner.random.uniform(0, 0.8)) * 0.7 / times
            if installation.sample_until_share(share, runner.total).latest["state"] in ENDED:
                break
            frozen = crew[turn % 2]
            freeze_process(installation, frozen)
            crew += [] if crew[1:] else [installation.start(*WORKER)]
            wait_for_takeover(installation, frozen)
            frozen.send_signal(signal.SIGCONT)
        return f"{installation.kills} frosts"

    return play


def wait_for_takeover(installation: Installation, frozen) -> None:
    """Watch until others have gone on, and hold what a frozen worker held."""
    its = installation.fetch_value(f"SELECT id FROM worker WHERE pid = {frozen.pid}")
    before = installation.sample().processed
    installation.sample_until(
        lambda s: s.processed > before or s.latest["state"] in ENDED, "the other one's work"
    )
    installation.sample_until(
        lambda s: not s.held.get(its) or s.latest["state"] in ENDED, "what the frozen one held"
    )


FREEZE = {"CHAOS_STALE": "1.5"}
scenario(name="freeze", times=10, **KILL_OPTIONS | {"env": NO_CRASH_LIMIT | FREEZE})(
    freeze_in_turn(4)
)
scenario(name="freeze-as-long-as-the-sweep-waits", provider="demonstration", keywords=24)(
    freeze_in_turn(1)
)


@scenario(times=3, **KILL_OPTIONS | {"env": NO_CRASH_LIMIT | FREEZE})
def freeze_at_points(runner, installation):
    """A worker freezes at a fault point, resumes after a takeover, and is killed at the same point."""
    points = [
        p for p in (*POINTS[1:], *PAID) if p != "settling" or installation.server is not None
    ]  # it is in a transaction
    installation.start(*WORKER)
    for point in runner.random.sample(points, 4):
        frozen = installation.start(
            *WORKER, IGNY8_FAULT=f"{point}:{runner.random.randint(1, 2)}", CHAOS_FREEZE="1"
        )

        def is_over(sample, frozen=frozen):
            return _stays_frozen(installation, frozen) or sample.latest["state"] in ENDED

        if installation.sample_until(is_over, f"a frost at {point}").latest["state"] in ENDED:
            break
        installation.note_loss(frozen)
        wait_for_takeover(installation, frozen)
        frozen.send_signal(signal.SIGCONT)
        installation.sample_until(is_over, f"it coming by {point} again")
        installation.kill(frozen)
    return f"{installation.kills} frosts and deaths"


def freeze_process(installation: Installation, process) -> None:
    """Stop a process with SIGSTOP, in SQLite not while it holds the lock that all would wait for."""
    until(lambda: _freeze(installation, process), DEADLINE, "a frost outside of every transaction")
    installation.note_loss(process)


def _freeze(installation: Installation, process) -> bool:
    process.send_signal(signal.SIGSTOP)
    until(lambda: _is_stopped(process), DEADLINE, "a frost", 0.001)
    return _stays_frozen(installation, process)


def _is_stopped(process) -> bool:
    return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def _stays_frozen(installation: Installation, process) -> bool:
    """Return whether a process is stopped; thaw it where it holds the lock that in SQLite all wait for."""
    if not _is_stopped(process):
        return False
    if installation.server is not None:
        return True
    for name in ("igny8.db", "huey.db"):
        if not (installation.folder / name).exists():
            continue
        try:
            with closing(
                sqlite3.connect(installation.folder / name, timeout=0.2, isolation_level=None)
            ) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
    return True


@scenario(ends=("completed_with_errors",), same=False, env={"CHAOS_POISON": "write"})
def poison(runner, installation):
    """One item kills its worker: it fails at the third crash, and all others are written."""
    worker = installation.start(*WORKER)

    def ended(sample):
        nonlocal worker
        if worker.poll() is not None:
            installation.note_death(worker)
            worker = installation.start(*WORKER)
        return sample.latest["state"] in ENDED

    last = installation.sample_until(ended, "the end of the run")
    if installation.kills != 3 or sum(s["failed"] for s in last.stages.values()) != 1:
        installation.violations.append(
            f"{installation.kills} deaths and {[s['failed'] for s in last.stages.values()]} failed items"
        )
