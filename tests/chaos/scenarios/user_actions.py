"""Parallel and random clicks, deletions and changed settings during a run."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

from igny8.app import create_app
from igny8.config import load
from tests import browser_client
from tests.chaos.installation import ENDED, SERVE, SITE, WEB, WORKER
from tests.chaos.scenario_runner import scenario
from tests.security.outside import Visitor
from tests.waiting import until

CLICKERS, CLICKS = 8, 250
VERBS = ("run_now", "pause", "resume", "resume")


@scenario(fresh=True)
def a_hundred_parallel_starts(runner, installation):
    """A hundred requests “Run now” at once start one run."""
    installation.start(*WEB)
    installation.wait_for_web()
    with ThreadPoolExecutor(100) as crowd:
        answers = list(crowd.map(lambda _: installation.post("run_now"), range(100)))
    started = [a for a in answers if a and a["started"]]
    if (
        len(started) != 1
        or len({a["run_id"] for a in answers if a}) != 1
        or len(installation.sample().runs) != 1
    ):
        installation.violations.append(f"one open run: {len(started)} of 100 starts started a run")
    if None in answers:
        installation.violations.append(f"{answers.count(None)} of 100 starts were not answered")
    installation.start(*WORKER)


def visitor_of(installation) -> Visitor:
    """Return a browser, signed in, for what only a page can do."""
    name, value = browser_client.cookie(create_app(load(installation.env)))
    return Visitor(f"http://127.0.0.1:{installation.port}", [{"name": name, "value": value}])


def click(runner, installation, verbs: tuple, kills: int) -> None:
    """Let eight people click at random while the product is killed and started again."""
    process = installation.start(*SERVE)
    installation.wait_for_web()
    left, answered, lock = [CLICKS], [0], threading.Lock()

    def clicker(seed):
        dice = random.Random(seed)
        while left[0] > 0:
            done = installation.post(dice.choice(verbs)) is not None
            with lock:
                left[0] -= 1
                answered[0] += done

    with ThreadPoolExecutor(CLICKERS) as crowd:
        for _ in range(CLICKERS):
            crowd.submit(clicker, runner.random.random())
        for turn in range(kills, 0, -1):
            installation.sample_until(
                lambda s, turn=turn: (
                    left[0] < CLICKS * turn / (kills + 1) or s.latest["state"] in ENDED
                ),
                "some clicks",
            )
            installation.kill(process)
            process = installation.start(*SERVE)
            installation.wait_for_web()
        installation.sample_until(lambda s: left[0] <= 0, "all clicks")
    installation.faults += CLICKS
    installation.violations += [] if answered[0] else ["no click was answered"]


@scenario(times=8, deletions=True, same=False, ends=("completed", "nothing_to_do"))
def clicks_under_kills(runner, installation):
    """Start, pause and resume at random, killed twice; what ended may have been begun anew."""
    click(runner, installation, VERBS, kills=2)
    until(
        lambda: (
            installation.post("resume") is None or installation.sample().latest["state"] != "paused"
        ),
        30,
        "the last resume",
    )
    installation.sample_until(lambda s: s.latest["state"] in ENDED, "the end")
    if installation.hash() != runner.expected:
        installation.violations.append(
            "equivalence: the products are others than those of the undisturbed run"
        )


@scenario(times=2, deletions=True, same=False, ends=("cancelled", "completed", "nothing_to_do"))
def clicks_with_cancel_under_kills(runner, installation):
    """The clicks include cancel: runs are cancelled and started again."""
    click(runner, installation, (*VERBS, "cancel"), kills=1)
    installation.sample_until(
        lambda s: s.latest["state"] in ENDED or installation.post("resume") is None, "an open end"
    )
    installation.post("cancel")


@scenario(times=2)
def pause_at_the_stage_switch(runner, installation):
    """Pause when a stage is all but over, at every stage, then resume."""
    installation.start(*SERVE)
    installation.wait_for_web()
    for number in range(1, 8):

        def nearly_over(sample, number=number):
            run = sample.latest
            stage = sample.stages[run["id"], number]
            return (
                run["state"] in ENDED
                or run["current_stage"] > number
                or (run["current_stage"] == number and stage["queued"] + stage["active"] <= 2)
            )

        installation.sample_until(nearly_over, f"the end of stage {number}")
        installation.post("pause")
        installation.faults += 1
        installation.sample_until(lambda s: s.latest["state"] in (*ENDED, "paused"), "the pause")
        before = installation.provider_calls().total()
        installation.sample()
        if installation.provider_calls().total() != before:
            installation.violations.append("stopped runs: a call after the pause was shown")
        installation.post("resume")


@scenario(times=2)
def gates_under_kills(runner, installation):
    """A run waits for every idea and after its first articles, and is killed while it waits."""
    gates = '{"2": {"mode": "every", "amount": 0}, "4": {"mode": "first", "amount": 3}}'
    installation.write(f"UPDATE site_settings SET gates = '{gates}'")
    process = installation.start(*SERVE)
    installation.wait_for_web()
    for verb in ("approve", "continue"):
        installation.sample_until(lambda s: s.latest["state"] == "blocked", "the wait for people")
        before = installation.provider_calls().total()
        installation.kill(process)
        process = installation.start(*SERVE)
        installation.wait_for_web()
        installation.sample()
        if installation.provider_calls().total() != before:
            installation.violations.append("stopped runs: a call while the run waits for people")
        visitor_of(installation).post(f"/sites/{SITE}/approval/{verb}", {"all": "1"})
        installation.sample_until(lambda s: s.latest["state"] != "blocked", "going on")


@scenario(times=3, ends=("cancelled", "completed"), same=False)
def cancel_at_the_last_item(runner, installation):
    """Cancel at the end of the last stage: the run is completed or cancelled, with consistent sums."""
    installation.start(*SERVE)
    installation.wait_for_web()
    installation.sample_until(
        lambda s: s.latest["state"] in ENDED or s.processed >= runner.total - 1, "the last item"
    )
    installation.post("cancel")
    installation.faults += 1


def tidy(table: str, stage: int, statement: str):
    """Return a play in which somebody deletes rows of a table while the run is at that stage."""

    def play(runner, installation):
        installation.start(*WORKER)
        installation.sample_until(
            lambda s: s.latest["current_stage"] >= stage or s.latest["state"] in ENDED,
            f"stage {stage}",
        )
        installation.write(statement)
        installation.faults += 1

    return play


THIRD = "id % 3 = 1 AND site_id = (SELECT id FROM site WHERE slug = 'green')"
for gone, at in (("keyword", 1), ("cluster", 2), ("idea", 3), ("content", 5)):
    scenario(
        name=f"delete-{gone}",
        deletions=True,
        same=False,
        ends=("completed", "completed_with_errors"),
    )(tidy(gone, at, f"DELETE FROM {gone} WHERE {THIRD}"))


@scenario()
def settings_changed(runner, installation):
    """Settings and prompts are changed in mid-run: the run keeps those that it began with."""
    installation.start(*WORKER)
    installation.sample_until_share(0.3, runner.total)
    installation.write(
        "UPDATE site_settings SET ideas_per_cluster = 1, images_per_article = 0, parallelism = 1, "
        "tone = 'curt'"
    )
    installation.write(
        "INSERT INTO prompt (site_id, name, version, text, created_at) SELECT id, 'write', 1, 'Be brief.', "
        "CURRENT_TIMESTAMP FROM site"
    )
    installation.faults += 2


@scenario(provider="demonstration", keywords=24, fresh=True)
def budget_at_zero_with_eight_slots(runner, installation):
    """Eight workers reach the cap within a stage; each time it is raised they continue."""
    installation.write("UPDATE site_settings SET parallelism = 8, cap_run = 200")
    installation.run_command("run", SITE)
    installation.start("serve", "--workers", "8")
    installation.wait_for_web()
    while (
        installation.sample_until(
            lambda s: s.latest["state"] in (*ENDED, "blocked"), "the block"
        ).latest["state"]
        not in ENDED
    ):
        installation.faults += 1
        version = str(installation.fetch_value("SELECT max(version) FROM automation_run"))
        form = {"dollars": "0.08", "version": version}
        visitor_of(installation).post(f"/sites/{SITE}/automation/raise", form)
        installation.sample_until(lambda s: s.latest["state"] != "blocked", "going on")
    if installation.faults < 2:
        installation.violations.append("the budget never ran out")
