"""Kill real processes for a long while: `python -m tests.chaos --kills 30 --points --seed 7`."""

import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.harness import PAID, POINTS, Chaos
from tests.servers import Postgres, Redis, running

WHO = ("worker", "serve", "both", "worker", "web", "serve")


def main() -> int:
    """Play the rounds asked for, print a table; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="kills at random instants, of worker and of everything")
    parser.add_argument("--points", action="store_true", help="also die at every fault point")
    parser.add_argument("--freezes", type=int, default=2, help="workers frozen and thawed")
    parser.add_argument("--stops", type=int, default=2, help="stops by SIGTERM in the middle of the work")
    parser.add_argument("--clicks", type=int, default=2, help="runs under random clicks and kills")
    parser.add_argument("--keywords", type=int, default=60)
    parser.add_argument("--provider", choices=("fake", "builtin", "demonstration"), default="builtin")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--queue", choices=("sqlite", "redis", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.keywords} keywords, {asked.provider} provider", flush=True)
    with tempfile.TemporaryDirectory(prefix="igny8-chaos-") as folder, ExitStack() as stack:
        servers = start_servers(stack, asked)
        chaos = Chaos(Path(folder), asked.keywords, asked.seed, asked.provider, *servers)
        rounds = []
        for play in plan(chaos, asked):
            rounds.append(play())
            show(rounds[-1])
    print(f"{len(rounds)} runs, {sum(r.kills for r in rounds)} kills, {sum(r.samples for r in rounds):,} samples, "
          f"{sum(r.pictures for r in rounds):,} pictures, {sum(len(r.broken) for r in rounds)} violations, "
          f"{sum(not r.is_good for r in rounds)} bad runs")
    return int(not all(r.is_good for r in rounds))


def start_servers(stack: ExitStack, asked) -> tuple:
    """Start what was asked for; return the PostgreSQL server or None, and the address of the queue."""
    postgres = redis = None
    if "postgresql" in (asked.database, asked.queue):
        postgres = stack.enter_context(running(Postgres(durable=True)))
    if asked.queue == "redis":
        redis = stack.enter_context(running(Redis()))
    queue = {"sqlite": "", "redis": redis and redis.url,
             "postgresql": postgres and postgres.url("postgres").replace("+psycopg", "")}[asked.queue]
    return postgres if asked.database == "postgresql" else None, queue


def plan(chaos: Chaos, asked):
    """Yield the rounds, each a call; the undisturbed one first."""
    yield lambda: undisturbed(chaos)
    left, turn = asked.kills, 0
    while left > 0:
        who, times = WHO[turn % len(WHO)], min(2, left)
        yield lambda who=who, times=times: chaos.kill_at_random(who, times)
        left, turn = left - times, turn + 1
    points = (*POINTS, *(PAID if asked.provider == "demonstration" else ()))
    for point in points if asked.points else ():
        for count in (1, chaos.random.randint(2, 3)) if point not in ("begun",) else (1,):
            yield lambda point=point, count=count: chaos.kill_at_point(point, count)
    for verb, point in (("run_now", "begun"), ("pause", "advanced")) if asked.points else ():
        yield lambda verb=verb, point=point: chaos.kill_web_in_a_click(verb, point)
    for _ in range(asked.freezes):
        yield chaos.freeze
    for _ in range(asked.clicks):
        yield chaos.click_at_random
    for _ in range(asked.stops):
        yield chaos.ask_to_stop


def undisturbed(chaos: Chaos):
    result = chaos.run_undisturbed()
    result.same = True
    return result


def show(result) -> None:
    print(f"{'ok ' if result.is_good else 'BAD'} {result.name:<42} {result.state:<22} "
          f"{'same' if result.same else 'DIFFERENT'}  {result.samples:>5} samples {result.pictures:>4} pictures "
          f"{result.kills} kills", flush=True)
    for line in result.broken:
        print("      " + line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
