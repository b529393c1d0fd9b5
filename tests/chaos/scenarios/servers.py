"""A team's servers go away and come back: PostgreSQL and Redis."""

import signal

from tests.chaos.harness import scenario
from tests.chaos.world import SERVE, WEB, WORKER

RESTARTS = 5  # a run
TEAM = ("postgresql",)


@scenario(on=TEAM, times=4, keywords=60)
def restart_postgresql(chaos, world):
    """PostgreSQL crashes (immediate stop) in mid-run and comes back; web and worker stay."""
    for words in (WEB, WORKER):
        world.start(*words)
    for turn in range(1, RESTARTS + 1):
        world.watch_share(turn / (RESTARTS + 1), chaos.total)
        world.note_cut()
        world.server.stop(signal.SIGQUIT)
        world.server.start()


@scenario(on=TEAM, times=2)
def backends_terminated(chaos, world):
    """All connections to the database are cut, again and again."""
    world.start(*SERVE)
    for turn in range(1, 11):
        world.watch_share(turn / 11, chaos.total)
        world.note_cut()
        world.server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{world.database}' AND pid <> pg_backend_pid()"
        )


@scenario(on=TEAM, times=2)
def redis_stopped(chaos, world):
    """The queue's server is stopped; work goes on without it, and with it, empty, later."""
    world.start(*SERVE)
    world.watch_share(0.2, chaos.total)
    chaos.redis.stop()
    world.faults += 1
    try:
        world.watch_share(0.7, chaos.total, "work without a queue")
    finally:
        chaos.redis.start()


@scenario(on=TEAM, times=2)
def redis_flushed(chaos, world):
    """The queue is emptied under the workers."""
    world.start(*SERVE)
    for turn in range(1, 11):
        world.watch_share(turn / 11, chaos.total)
        chaos.redis.flush()
        world.faults += 1
