"""People steer while workers die: clusters are edited, articles approved by rule, images redrawn."""

import random
from concurrent.futures import ThreadPoolExecutor

from igny8.app import create_app
from igny8.config import load
from igny8.engine.fault_injection import APPROVAL_FAULT_POINTS, CHANGE_FAULT_POINTS
from igny8.extensions import write_transaction
from igny8.models import Image, ImageRedraw
from tests.chaos.installation import ENDED, SITE, WEB, WORKER
from tests.chaos.scenario_runner import PAID, scenario
from tests.chaos.scenarios.user_actions import visitor_of
from tests.waiting import until

EDITS, APPROVAL_KILLS, REDRAW_KILLS, REDRAWS = 16, 12, 20, 6
EDITED = "SELECT count(*) + count(undone_at) FROM cluster_change"
CLUSTERS = (
    "SELECT c.id, count(k.id) FROM cluster c JOIN keyword k ON k.cluster_id = c.id "
    "WHERE c.merged_into_id IS NULL GROUP BY c.id ORDER BY c.id"
)
UNDOABLE = "SELECT max(id) FROM cluster_change WHERE undone_at IS NULL"
RULE = "UPDATE site_settings SET rule_hours = 0, rule_since = '2026-01-01 00:00:00'"
OBJECTION = "UPDATE content SET person_only = 'edited' WHERE status = 'review' AND handed_over AND id % 4 = 0"
IN_REVIEW = "SELECT count(*) FROM content WHERE status = 'review' AND handed_over"
PASSING = (
    """UPDATE content SET checks = '[{"ok": true, "text": "checked"}]' WHERE status = 'review'"""
)
COUNTS = (
    "SELECT count(rule_hours), sum(status = 'approved' AND rule_hours IS NULL), "
    "sum(person_only = 'edited') FROM content"
)
FIRST_OBJECTION = (
    "UPDATE content SET person_only = 'edited' WHERE id = "
    "(SELECT min(id) FROM content WHERE status = 'review' AND handed_over)"
)
BY_RULE = "audit_entry a WHERE a.action = 'content: approve by rule' AND a.detail LIKE 'content_id ' || c.id || ',%'"
UNMARKED = (
    "SELECT c.id FROM content c WHERE c.rule_hours IS NOT NULL AND (c.status <> 'approved' "
    "OR c.decided_by <> 'rule' OR c.person_only <> '') "
    f"OR (SELECT count(*) FROM {BY_RULE}) <> (c.rule_hours IS NOT NULL)"
)
LOGGED = (
    "SELECT (SELECT count(*) FROM run_event WHERE kind = 'by_rule') "
    "- (SELECT count(*) FROM content WHERE rule_hours IS NOT NULL)"
)
DUE = (
    "SELECT count(*) FROM content c WHERE c.status = 'review' AND c.handed_over AND c.person_only = '' "
    "AND c.checks <> '[]' AND c.checks NOT LIKE '%\"ok\": false%' AND NOT EXISTS (SELECT 1 FROM image m "
    "WHERE m.content_id = c.id AND m.status <> 'generated')"
)
LEFT = "SELECT count(*) FROM image_redraw WHERE state IN ('queued', 'working')"
NOT_ONCE = (
    "SELECT d.id FROM image_redraw d WHERE d.state <> 'proposed' OR (SELECT count(*) FROM provider_answer p "
    "WHERE p.stage = 9 AND p.subject_id = d.id AND p.state = 'answered') <> 1"
)


@scenario(times=2, same=False, ends=("completed", "completed_with_errors"))
def cluster_edits_under_kills(runner, installation):
    """Clusters are merged, split, moved and undone while a run works and dies; each edit counts once."""
    worker, web = installation.start(*WORKER), installation.start(*WEB)
    installation.wait_for_web()
    installation.sample_until(
        lambda s: s.latest["current_stage"] >= 2 or s.latest["state"] in ENDED, "the clusters"
    )
    answered = 0
    for turn in range(EDITS):
        before, address = installation.fetch_value(EDITED), choose_edit(runner.random, installation)
        with ThreadPoolExecutor(1) as person:
            asked = person.submit(installation.request, address, "POST", 15)
            if turn % 3 == 0:
                installation.sample()
                installation.kill(web)
            answer = asked.result()
        if turn % 3 == 0:
            web = installation.start(*WEB)
            installation.wait_for_web()
        if turn % 2:
            installation.kill(worker)
            worker = installation.start(*WORKER)
        edits = installation.fetch_value(EDITED) - before
        answered += answer is not None
        if edits not in ((1,) if answer is not None else (0, 1)):
            installation.violations.append(f"once: {address} was stored {edits} times")
        installation.sample()
    installation.faults += EDITS
    if not answered:
        installation.violations.append("no edit was answered")
    return f"{answered} of {EDITS} edits answered"


def choose_edit(dice: random.Random, installation) -> str:
    """Return the address of a random edit of the clusters that are there now."""
    found = installation.rows(CLUSTERS)
    last = installation.fetch_value(UNDOABLE)
    verb = dice.choice(("merge", "split", "move", "undo") if last else ("merge", "split", "move"))
    if verb == "undo":
        return f"clusters/changes/{last}/undo/?site_id={SITE}"
    large = [cluster_id for cluster_id, keywords in found if keywords > 1]
    source = dice.choice(large or [cluster_id for cluster_id, _ in found])
    into = dice.choice([cluster_id for cluster_id, _ in found if cluster_id != source] or [source])
    if verb == "merge":
        return f"clusters/{source}/merge/?site_id={SITE}&into={into}"
    query = f"SELECT id FROM keyword WHERE cluster_id = {source} ORDER BY id"
    ids = [keyword_id for (keyword_id,) in installation.rows(query)][::2]
    words = f"site_id={SITE}&keyword_ids={','.join(map(str, ids))}"
    if verb == "move":
        return f"clusters/{source}/move/?{words}&into={into}"
    return f"clusters/{source}/split/?{words}&name=part-{dice.randrange(10**9)}"


@scenario(
    times=2,
    same=False,
    keywords=130,
    env={"CHAOS_APPROVALS": "0.05"},
    ends=("completed", "completed_with_errors"),
)
def approval_by_rule_under_kills(runner, installation):
    """A rule approves while its workers die and people decide and object: each once, and marked."""
    worker = installation.start(*WORKER)
    installation.start(*WEB)
    installation.wait_for_web()
    installation.sample_until(
        lambda s: installation.fetch_value(IN_REVIEW) >= 3 or s.latest["state"] in ENDED, "articles"
    )
    installation.kill(worker)
    visitor = visitor_of(installation)
    installation.write(FIRST_OBJECTION)
    installation.write(RULE)
    for _ in range(APPROVAL_KILLS):
        installation.write(PASSING)
        points = [
            f"{runner.random.choice(APPROVAL_FAULT_POINTS)}:{runner.random.randint(1, 2)}"
            for _ in range(2)
        ]
        dying = [installation.start(*WORKER, IGNY8_FAULT=point) for point in points]
        decide_one(runner.random, installation, visitor)
        installation.write(OBJECTION)
        until(
            lambda dying=dying: (
                all(process.poll() is not None for process in dying) or look(installation)
            ),
            60,
            f"the deaths at {points}",
            0.1,
        )
        for process in dying:
            installation.kill(process)
    installation.start(*WORKER)
    installation.sample_until(lambda s: s.latest["state"] in ENDED, "the end of the run")
    installation.write(PASSING)
    until(lambda: look(installation), 60, "the last approval")
    by_rule, by_people, objected = installation.rows(COUNTS)[0]
    if not (by_rule and by_people and objected):
        installation.violations.append(f"too little: {by_rule}, {by_people}, {objected}")
    return f"{by_rule} by rule, {by_people} by people, {objected} objected to"


def look(installation) -> bool:
    """Check samples and the marks of the rule; return whether nothing waits for the rule."""
    installation.sample()
    wrong = installation.rows(UNMARKED)
    if wrong:
        installation.violations.append(f"approvals: articles not marked as decided: {wrong[:3]}")
    if installation.fetch_value(LOGGED):
        installation.violations.append("approvals: the log of the run counts others")
    return not installation.fetch_value(DUE)


def decide_one(dice: random.Random, installation, visitor) -> None:
    """Let a person approve an article that waits, in a race with the rule."""
    waiting = installation.rows("SELECT id FROM content WHERE status = 'review' AND handed_over")
    if waiting:
        (content_id,) = dice.choice(waiting)
        visitor.post(f"/sites/{SITE}/review/{content_id}/approve", {})
        installation.faults += 1


@scenario(same=False, provider="demonstration", keywords=24, env={"CHAOS_PUBLISHING": "0.4"})
def redraws_under_kills(runner, installation):
    """Images are redrawn while workers die: one reply for each is stored and used, and no image changed."""
    worker = installation.start(*WORKER)
    installation.sample_until(lambda s: s.latest["state"] in ENDED, "the end of the run")
    installation.kill(worker)
    asked = ask_for_redraws(installation)
    before = installation.rows("SELECT id, path, prompt FROM image ORDER BY id")
    for _ in range(REDRAW_KILLS):
        if not installation.fetch_value(LEFT):
            break
        point = runner.random.choice((*CHANGE_FAULT_POINTS, *PAID))
        process = installation.start(*WORKER, IGNY8_FAULT=point)
        until(lambda process=process: process.poll() is not None or drawn(installation), 60, point)
        installation.kill(process)
    installation.start(*WORKER)
    until(lambda: drawn(installation), 120, "the last redraw", 0.2)
    wrong = installation.rows(NOT_ONCE)
    if wrong:
        installation.violations.append(f"once: redraws without one stored reply: {wrong}")
    for (path,) in installation.rows("SELECT path FROM image_redraw"):
        if not path or not (installation.images / path).is_file():
            installation.violations.append(f"effects: no file {path}")
    if installation.rows("SELECT id, path, prompt FROM image ORDER BY id") != before:
        installation.violations.append("effects: an image was changed unasked")
    return f"{asked} redraws"


def drawn(installation) -> bool:
    """Check a sample; return whether no redraw is left."""
    installation.sample()
    return not installation.fetch_value(LEFT)


def ask_for_redraws(installation) -> int:
    """Ask for redraws of some images in review, as a person does; return how many."""
    found = installation.rows(
        "SELECT m.id, m.content_id, c.run_id FROM image m JOIN content c ON c.id = m.content_id "
        f"WHERE m.status = 'generated' AND c.status = 'review' ORDER BY m.id LIMIT {REDRAWS}"
    )
    with create_app(load(installation.env)).app_context(), write_transaction() as tx:
        for image_id, content_id, run_id in found:
            image = Image.find(tx, content_id, image_id)
            ImageRedraw.request(tx, run_id, image, f"Another {image_id}", image.alt, "ann")
    return len(found)
