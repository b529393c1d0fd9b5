"""Processes that die, are asked to end, or freeze: at random instants and at each named fault point."""

import signal
import sqlite3
from contextlib import closing

import psutil

from tests.chaos.harness import PAID, POINTS, Chaos, scenario
from tests.chaos.world import DEADLINE, ENDED, SERVE, SITE, WEB, WORKER, World
from tests.waiting import until

KILLS = 10  # a run
MANY = {
    "CHAOS_CRASHES": "1000"
}  # so many deaths may meet the same item; quarantine is a scenario of its own
OFTEN = {"provider": "demonstration", "keywords": 24, "crashes": 1000, "env": MANY}


def kill_at_random(chaos: Chaos, world: World, crew: tuple, dying: tuple, times: int) -> str:
    """Kill those of the crew that are to die at random instants of the run, and start them again."""
    running = {words[0]: world.start(*words) for words in crew}
    shares = sorted(chaos.random.uniform(0, 0.97) for _ in range(times))
    for share in shares:
        looks, extra = [0], chaos.random.randrange(4)

        def reached(sample, share=share, looks=looks, extra=extra):
            looks[0] += sample.processed >= share * chaos.total
            return looks[0] > extra or sample.latest["state"] in ENDED

        if world.watch(reached, f"{100 * share:.0f} % of the items").latest["state"] in ENDED:
            break
        for words in dying:
            world.kill(running[words[0]])
        world.look()
        for words in dying:
            running[words[0]] = world.start(*words)
    return "at " + ", ".join(f"{100 * share:.0f}" for share in shares) + " %"


@scenario(times=8, **OFTEN)
def kill_worker(chaos, world):
    return kill_at_random(chaos, world, (WORKER,), (WORKER,), KILLS)


@scenario(times=6, **OFTEN)
def kill_serve(chaos, world):
    return kill_at_random(chaos, world, (SERVE,), (SERVE,), KILLS)


@scenario(times=6, **OFTEN)
def kill_both(chaos, world):
    return kill_at_random(chaos, world, (WEB, WORKER), (WEB, WORKER), KILLS)


@scenario(times=2, **OFTEN)
def kill_web(chaos, world):
    return kill_at_random(chaos, world, (WEB, WORKER), (WEB,), KILLS)


def die_at(*points: str, latest: int = 3):
    """Return a play in which one worker after the other dies, each at the next of these fault points, at a passage up
    to the latest one."""

    def play(chaos, world):
        for point in points:
            turn = chaos.random.randint(1, latest)
            process = world.start(*WORKER, IGNY8_FAULT=f"{point}:{turn}")
            sample = world.watch(
                lambda s, dying=process: dying.poll() is not None or s.latest["state"] in ENDED,
                f"the {turn}. passage of {point}",
            )
            if process.poll() == -signal.SIGKILL:
                world.mourn(process)
            if sample.latest["state"] in ENDED:
                break
        if not world.kills:
            world.broken.append(f"nobody died at {', '.join(points)}")
        world.start(*WORKER)
        return f"{world.kills} deaths"

    return play


def begin_and_die(times: int):
    """Return a play in which the command that begins a run dies after it has committed, again and again: the run is
    there each time. All but the last are cancelled."""

    def play(chaos, world):
        for turn in range(1, times + 1):
            code, _ = world.command("run", SITE, IGNY8_FAULT="begun")
            world.note_loss()
            if code != -signal.SIGKILL or len(world.look().runs) != turn:
                world.broken.append(
                    f"the {turn}. beginning ended with {code} and {len(world.look().runs)} runs"
                )
            if turn < times:
                world.must("cancel", SITE)
        world.start(*WORKER)

    return play


scenario(name="die-begun", times=3, fresh=True, **OFTEN)(begin_and_die(KILLS))
for at in (*POINTS[1:], *PAID):
    rare = at == "advanced"  # passed when a stage is over, not with each item
    scenario(name=f"die-{at}", times=5 if rare else 3, **OFTEN)(
        die_at(*[at] * KILLS, latest=1 if rare else 3)
    )


def die_in_a_click(verb: str, point: str):
    """Return a play in which the web process dies while it answers a click: it counts once, or not at all."""

    def play(chaos, world):
        web = world.start(*WEB, IGNY8_FAULT=point)
        world.wait_for_web()
        answer = world.post(verb)
        if answer is not None:
            world.broken.append(f"the web process answered {answer} and did not die at {point}")
        world.watch(lambda s: web.poll() is not None, f"death of the web process at {point}")
        world.mourn(web)
        world.start(*SERVE)
        world.wait_for_web()
        if verb == "pause":
            world.watch(lambda s: s.latest["state"] == "paused", "the pause")
            world.post("resume")

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
    )(die_in_a_click(said, at))


@scenario(times=3)
def sigterm(chaos, world):
    """Ask for the end in the middle of the work: it ends by itself, cleanly, and the next start goes on."""
    shares = sorted(chaos.random.uniform(0.05, 0.9) for _ in range(3))
    for share in shares:
        process = world.start(*SERVE)
        world.wait_for_web()  # before, a signal ends it as any program that has just begun
        if world.watch_share(share, chaos.total).latest["state"] in ENDED:
            break
        process.send_signal(signal.SIGTERM)
        world.watch(lambda s, ending=process: ending.poll() is not None, "a clean stop")
        world.faults += 1
        if process.returncode:
            world.broken.append(f"shutdown: SIGTERM ended with {process.returncode}")
        if any(s["active"] for s in world.look().stages.values()):
            world.broken.append("shutdown: something is still active after a clean stop")
        if "Traceback" in world.log():
            world.broken.append("shutdown: a traceback in the log")
        world.processes.remove(process)
    world.start(*SERVE)


def freeze_in_turn(times: int):
    """Return a play in which a worker stands still for longer than the sweep waits, another takes over, it thaws."""

    def play(chaos, world):
        crew = [world.start(*WORKER)]
        for turn in range(times):
            share = 0.02 + (turn + chaos.random.uniform(0, 0.8)) * 0.7 / times
            if world.watch_share(share, chaos.total).latest["state"] in ENDED:
                break
            frozen = crew[turn % 2]
            freeze_process(world, frozen)
            crew += [] if crew[1:] else [world.start(*WORKER)]
            see_it_taken_over(world, frozen)
            frozen.send_signal(signal.SIGCONT)
        return f"{world.kills} frosts"

    return play


def see_it_taken_over(world: World, frozen) -> None:
    """Watch until others have gone on, and hold what a frozen worker held."""
    its = world.peek(f"SELECT id FROM worker WHERE pid = {frozen.pid}")
    before = world.look().processed
    world.watch(
        lambda s: s.processed > before or s.latest["state"] in ENDED, "the other one's work"
    )
    world.watch(
        lambda s: not s.held.get(its) or s.latest["state"] in ENDED, "what the frozen one held"
    )


FROST = {"CHAOS_STALE": "1.5"}
scenario(name="freeze", times=10, **OFTEN | {"env": MANY | FROST})(freeze_in_turn(4))
scenario(name="freeze-as-long-as-the-sweep-waits", provider="demonstration", keywords=24)(
    freeze_in_turn(1)
)


@scenario(times=3, **OFTEN | {"env": MANY | FROST})
def freeze_at_points(chaos, world):
    """A worker freezes at a fault point, thaws when others have gone on, and is killed when it comes by there again."""
    points = [
        p for p in (*POINTS[1:], *PAID) if p != "settling" or world.server is not None
    ]  # it is in a transaction
    world.start(*WORKER)
    for point in chaos.random.sample(points, 4):
        frozen = world.start(
            *WORKER, IGNY8_FAULT=f"{point}:{chaos.random.randint(1, 2)}", CHAOS_FROST="1"
        )

        def is_over(sample, frozen=frozen):
            return _stays_frozen(world, frozen) or sample.latest["state"] in ENDED

        if world.watch(is_over, f"a frost at {point}").latest["state"] in ENDED:
            break
        world.note_loss(frozen)
        see_it_taken_over(world, frozen)
        frozen.send_signal(signal.SIGCONT)
        world.watch(is_over, f"it coming by {point} again")
        world.kill(frozen)
    return f"{world.kills} frosts and deaths"


def freeze_process(world: World, process) -> None:
    """Stop a process with SIGSTOP, in SQLite not while it holds the lock that all would wait for."""
    until(lambda: _freeze(world, process), DEADLINE, "a frost outside of every transaction")
    world.note_loss(process)


def _freeze(world: World, process) -> bool:
    process.send_signal(signal.SIGSTOP)
    until(lambda: _is_stopped(process), DEADLINE, "a frost", 0.001)
    return _stays_frozen(world, process)


def _is_stopped(process) -> bool:
    return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


def _stays_frozen(world: World, process) -> bool:
    """Return whether a process is stopped; thaw it where it holds the lock that in SQLite all wait for."""
    if not _is_stopped(process):
        return False
    if world.server is not None:
        return True
    for name in ("igny8.db", "huey.db"):
        if not (world.folder / name).exists():
            continue
        try:
            with closing(
                sqlite3.connect(world.folder / name, timeout=0.2, isolation_level=None)
            ) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
    return True


@scenario(ends=("completed_with_errors",), same=False, env={"CHAOS_POISON": "write"})
def poison(chaos, world):
    """One text kills whoever writes it: it is set aside at its third death, and all others are written."""
    worker = world.start(*WORKER)

    def ended(sample):
        nonlocal worker
        if worker.poll() is not None:
            world.mourn(worker)
            worker = world.start(*WORKER)
        return sample.latest["state"] in ENDED

    last = world.watch(ended, "the end of the run")
    if world.kills != 3 or sum(s["failed"] for s in last.stages.values()) != 1:
        world.broken.append(
            f"{world.kills} deaths and {[s['failed'] for s in last.stages.values()]} failed items"
        )
