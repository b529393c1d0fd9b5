"""Load: fifty sites on eight worker threads, a thousand viewers of one run."""

import multiprocessing
import statistics

from bench.corpus import write_export
from igny8.app import create_app
from igny8.config import load
from tests import browser_client
from tests.chaos.installation import ENDED, SITE, WEB
from tests.chaos.scenario_runner import scenario
from tests.chaos.viewers import look_on

SITES, THREADS, VIEWERS = 50, 8, 1000
SLOW = "latency=0.4"  # as if a model thought: what is measured is sharing, not this machine's processors


@scenario(fresh=True, same=False, alone=True, deadline=900, provider="demonstration", keywords=24)
def fifty_sites_on_eight_threads(runner, installation):
    """Fifty equal sites start at once: none waits more than twice the mean.

    The wait of a site, from the ledger: the time in which its run was open less the seconds in which
    somebody worked for it.
    """
    export = installation.folder / "small.csv"
    write_export(str(export), 4, "plain")
    sites = [f"site-{n}" for n in range(SITES)]
    for slug in sites:
        installation.run_command("import-keywords", slug, str(export))
    installation.write("UPDATE site_settings SET ideas_per_cluster = 1, images_per_article = 1")
    for slug in sites:
        installation.run_command("run", slug)
    installation.env["IGNY8_DEMO"] = "latency=0.1"
    installation.start("worker", "--workers", str(THREADS))
    installation.sample_until(
        lambda s: all(r["state"] in ENDED for r in s.runs.values()), "the end of all runs"
    )
    waits = [wait for _, wait in installation.rows(WAITS)]
    first = [first for first, _ in installation.rows(FIRST)]
    told = f"wait {max(waits) / statistics.mean(waits):.2f} of the mean at most ({max(waits):.0f} s and "
    told += f"{statistics.mean(waits):.0f} s), first item within {max(first):.0f} s"
    if len(waits) != SITES or max(waits) > 2 * statistics.mean(waits):
        installation.violations.append("a site waited more than twice the mean: " + told)
    return told


@scenario(
    fresh=True,
    same=False,
    ends=("completed", "completed_with_errors"),
    provider="demonstration",
    keywords=24,
)
def three_runs_at_once(runner, installation):
    """Two workers of four threads share three runs whose answers are often in vain: nobody waits for another in a
    circle. Few requests fail, or the circuit breaker (docs/engine.md#circuit-breaker) would stay open.
    """
    sites = [f"site-{n}" for n in range(3)]
    for slug in sites:
        installation.run_command("import-keywords", slug, str(runner.folder / "export.csv"))
        installation.run_command("run", slug)
    installation.env["IGNY8_DEMO"] = "latency=0.02,failures=0.1,garbage=0.3"
    for _ in range(2):
        installation.start("worker", "--workers", "4")
    installation.sample_until(
        lambda s: all(r["state"] in ENDED for r in s.runs.values()), "the end of all runs"
    )


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
def a_thousand_viewers(runner, installation):
    """A thousand people look on, each with an account and asking as the page does: the run goes on at its pace, and
    nobody sees an error or waits for a second.
    """
    installation.env["IGNY8_DEMO"] = SLOW
    installation.write("UPDATE site_settings SET parallelism = 4")
    installation.run_command("run", SITE)
    installation.start(*WEB)
    installation.wait_for_web()
    installation.start("worker", "--workers", "4")
    installation.sample_until(
        lambda s: s.latest["current_stage"] == 4 and s.processed, "the stage that takes long"
    )
    cookies = browser_client.crowd(create_app(load(installation.env)), SITE, VIEWERS)
    alone = pace(installation, 12)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        told = pool.apply_async(look_on, (installation.port, cookies, SITE, 24))
        installation.wait_for(10)
        watched = pace(installation, 12)
        seen = told.get(120)
    share = watched / alone if alone else 0
    if installation.sample().latest["current_stage"] != 4:
        installation.violations.append(
            "the stage was over before all had looked: take more keywords"
        )
    installation.post("cancel")
    if seen["errors"] or seen["p99"] > 1 or share < 0.9:
        installation.violations.append(f"viewers: {seen}, pace {share:.2f} of the unwatched")
    return (
        f"{seen['requests']} requests, {seen['snapshots']} snapshots, p50 {seen['p50']:.3f} s, p99 "
        f"{seen['p99']:.3f} s, {seen['errors']} errors, pace {watched:.1f} and {alone:.1f} a second, {share:.2f} "
        "of the unwatched"
    )


def pace(installation, seconds: float) -> float:
    """Return the requests to the provider a second over so many seconds."""
    before = installation.provider_calls().total()
    installation.wait_for(seconds)
    return (installation.provider_calls().total() - before) / seconds
