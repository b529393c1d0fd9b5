"""People who click at once, change their mind, tidy up and change settings while a run is on."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

from igny8 import create_app
from igny8.config import load
from tests import browser_client
from tests.chaos.harness import scenario
from tests.chaos.world import ENDED, SERVE, SITE, WEB, WORKER
from tests.security.outside import Visitor
from tests.waiting import until

CLICKERS, CLICKS = 8, 250
VERBS = ("run_now", "pause", "resume", "resume")


@scenario(fresh=True)
def a_hundred_parallel_starts(chaos, world):
    """A hundred requests “Run now” at once start one run."""
    world.start(*WEB)
    world.wait_for_web()
    with ThreadPoolExecutor(100) as crowd:
        answers = list(crowd.map(lambda _: world.post("run_now"), range(100)))
    started = [a for a in answers if a and a["started"]]
    if (
        len(started) != 1
        or len({a["run_id"] for a in answers if a}) != 1
        or len(world.look().runs) != 1
    ):
        world.broken.append(f"one open run: {len(started)} of 100 starts started a run")
    if None in answers:
        world.broken.append(f"{answers.count(None)} of 100 starts were not answered")
    world.start(*WORKER)


def visitor_of(world) -> Visitor:
    """Return a browser, signed in, for what only a page can do."""
    name, value = browser_client.cookie(create_app(load(world.env)))
    return Visitor(f"http://127.0.0.1:{world.port}", [{"name": name, "value": value}])


def click(chaos, world, verbs: tuple, kills: int) -> None:
    """Let eight people click at random while the product is killed and started again."""
    process = world.start(*SERVE)
    world.wait_for_web()
    left, answered, lock = [CLICKS], [0], threading.Lock()

    def clicker(seed):
        dice = random.Random(seed)
        while left[0] > 0:
            done = world.post(dice.choice(verbs)) is not None
            with lock:
                left[0] -= 1
                answered[0] += done

    with ThreadPoolExecutor(CLICKERS) as crowd:
        for _ in range(CLICKERS):
            crowd.submit(clicker, chaos.random.random())
        for turn in range(kills, 0, -1):
            world.watch(
                lambda s, turn=turn: (
                    left[0] < CLICKS * turn / (kills + 1) or s.latest["state"] in ENDED
                ),
                "some clicks",
            )
            world.kill(process)
            process = world.start(*SERVE)
            world.wait_for_web()
        world.watch(lambda s: left[0] <= 0, "all clicks")
    world.faults += CLICKS
    world.broken += [] if answered[0] else ["no click was answered"]


@scenario(times=8, deletions=True, same=False, ends=("completed", "nothing_to_do"))
def clicks_under_kills(chaos, world):
    """Start, pause and resume at random, killed twice; what ended may have been begun anew."""
    click(chaos, world, VERBS, kills=2)
    until(
        lambda: world.post("resume") is None or world.look().latest["state"] != "paused",
        30,
        "the last resume",
    )
    world.watch(lambda s: s.latest["state"] in ENDED, "the end")
    if world.hash() != chaos.expected:
        world.broken.append("equivalence: the products are others than those of the undisturbed run")


@scenario(times=2, deletions=True, same=False, ends=("cancelled", "completed", "nothing_to_do"))
def clicks_with_cancel_under_kills(chaos, world):
    """Cancel is among the clicks: runs are cut short and begun again."""
    click(chaos, world, (*VERBS, "cancel"), kills=1)
    world.watch(lambda s: s.latest["state"] in ENDED or world.post("resume") is None, "an open end")
    world.post("cancel")


@scenario(times=2)
def pause_at_the_stage_switch(chaos, world):
    """Pause when a stage is all but over, at every stage, then resume."""
    world.start(*SERVE)
    world.wait_for_web()
    for number in range(1, 8):

        def nearly_over(sample, number=number):
            run = sample.latest
            stage = sample.stages[run["id"], number]
            return (
                run["state"] in ENDED
                or run["current_stage"] > number
                or (run["current_stage"] == number and stage["queued"] + stage["active"] <= 2)
            )

        world.watch(nearly_over, f"the end of stage {number}")
        world.post("pause")
        world.faults += 1
        world.watch(lambda s: s.latest["state"] in (*ENDED, "paused"), "the pause")
        before = world.asked().total()
        world.look()
        if world.asked().total() != before:
            world.broken.append("stopped runs: a call after the pause was shown")
        world.post("resume")


@scenario(times=3, ends=("cancelled", "completed"), same=False)
def cancel_at_the_last_item(chaos, world):
    """Cancel when the last stage is all but over: it ends as one or as the other, and adds up."""
    world.start(*SERVE)
    world.wait_for_web()
    world.watch(
        lambda s: s.latest["state"] in ENDED or s.processed >= chaos.total - 1, "the last item"
    )
    world.post("cancel")
    world.faults += 1


def tidy(table: str, stage: int, statement: str):
    """Return a play in which somebody deletes rows of a table while the run is at that stage."""

    def play(chaos, world):
        world.start(*WORKER)
        world.watch(
            lambda s: s.latest["current_stage"] >= stage or s.latest["state"] in ENDED,
            f"stage {stage}",
        )
        world.write(statement)
        world.faults += 1

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
def settings_changed(chaos, world):
    """Settings and prompts are changed in mid-run: the run keeps those that it began with."""
    world.start(*WORKER)
    world.watch_share(0.3, chaos.total)
    world.write(
        "UPDATE site_settings SET ideas_per_cluster = 1, images_per_article = 0, parallelism = 1, "
        "tone = 'curt'"
    )
    world.write(
        "INSERT INTO prompt (site_id, name, version, text, created_at) SELECT id, 'write', 1, 'Be brief.', "
        "CURRENT_TIMESTAMP FROM site"
    )
    world.faults += 2


@scenario(provider="demonstration", keywords=24, fresh=True)
def budget_at_zero_with_eight_slots(chaos, world):
    """Eight workers run into the cap in mid-stage; each time it is raised they go on."""
    world.write("UPDATE site_settings SET parallelism = 8, cap_run = 200")
    world.must("run", SITE)
    world.start("serve", "--workers", "8")
    world.wait_for_web()
    while (
        world.watch(lambda s: s.latest["state"] in (*ENDED, "blocked"), "the block").latest["state"]
        not in ENDED
    ):
        world.faults += 1
        visitor_of(world).post(f"/sites/{SITE}/automation/raise", {"credits": "800"})
        world.watch(lambda s: s.latest["state"] != "blocked", "going on")
    if world.faults < 2:
        world.broken.append("the budget never ran out")
