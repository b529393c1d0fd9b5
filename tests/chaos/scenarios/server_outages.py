"""PostgreSQL and Redis are stopped, restarted or emptied during a run."""

import signal

from tests.chaos.installation import SERVE, WEB, WORKER
from tests.chaos.scenario_runner import scenario

RESTARTS = 5  # a run
TEAM = ("postgresql",)


@scenario(on=TEAM, times=4, keywords=60)
def restart_postgresql(runner, installation):
    """PostgreSQL crashes (immediate stop) in mid-run and comes back; web and worker stay."""
    for words in (WEB, WORKER):
        installation.start(*words)
    for turn in range(1, RESTARTS + 1):
        installation.sample_until_share(turn / (RESTARTS + 1), runner.total)
        installation.note_disconnect()
        installation.server.stop(signal.SIGQUIT)
        installation.server.start()


@scenario(on=TEAM, times=2)
def backends_terminated(runner, installation):
    """All connections to the database are cut, again and again."""
    installation.start(*SERVE)
    for turn in range(1, 11):
        installation.sample_until_share(turn / 11, runner.total)
        installation.note_disconnect()
        installation.server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{installation.database}' AND pid <> pg_backend_pid()"
        )


@scenario(on=TEAM, times=2)
def redis_stopped(runner, installation):
    """The queue's server is stopped; work goes on without it, and with it, empty, later."""
    installation.start(*SERVE)
    installation.sample_until_share(0.2, runner.total)
    runner.redis.stop()
    installation.faults += 1
    try:
        installation.sample_until_share(0.7, runner.total, "work without a queue")
    finally:
        runner.redis.start()


@scenario(on=TEAM, times=2)
def redis_flushed(runner, installation):
    """The queue is emptied under the workers."""
    installation.start(*SERVE)
    for turn in range(1, 11):
        installation.sample_until_share(turn / 11, runner.total)
        runner.redis.flush()
        installation.faults += 1
