"""Many at once: fifty sites that share eight worker threads, a thousand people who look on."""

import multiprocessing
import statistics

from bench.corpus import write_export
from igny8.app import create_app
from igny8.config import load
from tests import browser_client
from tests.chaos.harness import scenario
from tests.chaos.viewers import look_on
from tests.chaos.world import ENDED, SITE, WEB

SITES, THREADS, VIEWERS = 50, 8, 1000
SLOW = "latency=0.4"  # as if a model thought: what is measured is sharing, not this machine's processors


@scenario(fresh=True, same=False, alone=True, deadline=900, provider="demonstration", keywords=24)
def fifty_sites_on_eight_threads(chaos, world):
    """Fifty equal sites begin at once: none waits more than twice the mean.

    The wait of a site, from the ledger: the time in which its run was open less the seconds in which
    somebody worked for it.
    """
    export = world.folder / "small.csv"
    write_export(str(export), 4, "plain")
    sites = [f"site-{n}" for n in range(SITES)]
    for slug in sites:
        world.must("import-keywords", slug, str(export))
    world.write("UPDATE site_settings SET ideas_per_cluster = 1, images_per_article = 1")
    for slug in sites:
        world.must("run", slug)
    world.env["IGNY8_DEMO"] = "latency=0.1"
    world.start("worker", "--workers", str(THREADS))
    world.watch(lambda s: all(r["state"] in ENDED for r in s.runs.values()), "the end of all runs")
    waits = [wait for _, wait in world.rows(WAITS)]
    first = [first for first, _ in world.rows(FIRST)]
    told = f"wait {max(waits) / statistics.mean(waits):.2f} of the mean at most ({max(waits):.0f} s and "
    told += f"{statistics.mean(waits):.0f} s), first item within {max(first):.0f} s"
    if len(waits) != SITES or max(waits) > 2 * statistics.mean(waits):
        world.broken.append("a site waited more than twice the mean: " + told)
    return told


@scenario(
    fresh=True,
    same=False,
    ends=("completed", "completed_with_errors"),
    provider="demonstration",
    keywords=24,
)
def three_runs_at_once(chaos, world):
    """Two workers of four threads share three runs whose answers are often in vain: nobody waits for another in a
    circle. Few requests fail, or the gate (P10) is shut for minutes, as it has to be, and nothing happens."""
    sites = [f"site-{n}" for n in range(3)]
    for slug in sites:
        world.must("import-keywords", slug, str(chaos.folder / "export.csv"))
        world.must("run", slug)
    world.env["IGNY8_DEMO"] = "latency=0.02,failures=0.1,garbage=0.3"
    for _ in range(2):
        world.start("worker", "--workers", "4")
    world.watch(lambda s: all(r["state"] in ENDED for r in s.runs.values()), "the end of all runs")


OPENED = "(SELECT min(started_at) FROM run_item)"  # when the workers came
WAITS = f"SELECT run_id, max(finished_at) - {OPENED} - sum(seconds) FROM run_item GROUP BY run_id"
FIRST = f"SELECT min(started_at) - {OPENED}, run_id FROM run_item GROUP BY run_id"


@scenario(
    same=False,
    ends=("completed", "cancelled"),
    deadline=300,
    alone=True,
    provider="demonstration",
    keywords=500,
    fresh=True,
)
def a_thousand_viewers(chaos, world):
    """A thousand people look on, each with an account and asking as the page does: the run goes on at its pace, and
    nobody sees an error or waits for a second."""
    world.env["IGNY8_DEMO"] = SLOW
    world.write("UPDATE site_settings SET parallelism = 4")
    world.must("run", SITE)
    world.start(*WEB)
    world.wait_for_web()
    world.start("worker", "--workers", "4")
    world.watch(
        lambda s: s.latest["current_stage"] == 4 and s.processed, "the stage that takes long"
    )
    cookies = browser_client.crowd(create_app(load(world.env)), SITE, VIEWERS)
    alone = pace(world, 12)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        told = pool.apply_async(look_on, (world.port, cookies, SITE, 24))
        world.rest(10)
        watched = pace(world, 12)
        seen = told.get(120)
    share = watched / alone if alone else 0
    if world.look().latest["current_stage"] != 4:
        world.broken.append("the stage was over before all had looked: take more keywords")
    world.post("cancel")
    if seen["errors"] or seen["p99"] > 1 or share < 0.9:
        world.broken.append(f"viewers: {seen}, pace {share:.2f} of the unwatched")
    return (
        f"{seen['requests']} requests, {seen['pictures']} pictures, p50 {seen['p50']:.3f} s, p99 "
        f"{seen['p99']:.3f} s, {seen['errors']} errors, pace {watched:.1f} and {alone:.1f} a second, {share:.2f} "
        "of the unwatched"
    )


def pace(world, seconds: float) -> float:
    """Return the requests to the provider a second over so many seconds."""
    before = world.asked().total()
    world.rest(seconds)
    return (world.asked().total() - before) / seconds
