"""Workers are killed, and lines cut, while texts are published to a WordPress site."""

import random

from igny8.app import create_app
from igny8.config import load
from igny8.extensions import write_transaction
from igny8.models import Publication, PublishingTarget, Site
from tests.chaos import publication_checker
from tests.chaos.installation import ENDED, SERVE, SITE, WORKER
from tests.chaos.scenario_runner import scenario
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, ScriptedFaults
from tests.waiting import until

TEXTS, REJECTED, KILLS = 20, 3, 50
SECRET = PASSWORD.replace(" ", "")
LEFT = "SELECT count(*) FROM publication WHERE state NOT IN ('published', 'failed')"
# of these, each text passes the first two once, and the others several times
POINTS = {"claimed": 1, "settling": 1, "intended": 3, "answered": 3, "stored": 3}
ENV = {
    "IGNY8_OUTBOUND_ALLOW": "127.0.0.1",
    "CHAOS_PUBLISHING": "0.4",  # seconds that a lost answer, a claim and a retry take
}


def queue(installation, values: dict, secret: str, texts: int) -> None:
    """Let the run end; queue that many texts for a WordPress target, and reject some of them."""
    process = installation.start(*SERVE)
    installation.sample_until(lambda s: s.latest["state"] in ENDED, "the end of the run")
    installation.kill(process)
    with create_app(load(installation.env)).app_context(), write_transaction() as tx:
        tx.exec_driver_sql("UPDATE content SET status = 'approved', handed_over = true")
        site_id = Site.find(SITE, tx).id
        options = {"categories": True, "tags": True}
        values = {"name": "Blog", "options": options, **values}
        target = PublishingTarget.create(tx, site_id, "wordpress", secret, **values)
        found = tx.exec_driver_sql("SELECT id FROM content ORDER BY id").scalars().all()
        for content_id in found[:texts]:
            Publication.request(tx, site_id, content_id, target, "chaos")
        for content_id in found[:REJECTED]:
            tx.exec_driver_sql(f"UPDATE content SET status = 'rejected' WHERE id = {content_id}")


def look(installation, site, secret: str, at_rest: bool = False) -> int:
    """Check the invariants now; return how many publications are still on their way."""
    installation.watcher.samples += 1
    installation.violations += publication_checker.check(
        installation.file, site, secret, at_rest=at_rest
    )
    return installation.fetch_value(LEFT)


def publish_under_kills(runner, installation, site, secret: str, kills: int) -> str:
    """Kill a worker at a random fault point, `kills` times, and let others finish.

    `site` has what the checker reads: posts, media, what was asked and how many faults it made.
    """
    for _ in range(kills):
        if not look(installation, site, secret):
            break
        name = runner.random.choice(list(POINTS))
        point = f"publication_{name}:{runner.random.randint(1, POINTS[name])}"
        process = installation.start(*WORKER, IGNY8_FAULT=point)
        until(
            lambda process=process: (
                process.poll() is not None or not look(installation, site, secret)
            ),
            60,
            f"the death at {point}",
            0.2,
        )
        installation.kill(process)
    process = installation.start(*WORKER)
    until(lambda: not look(installation, site, secret), 300, "the last publication", 0.3)
    installation.kill(process)
    look(installation, site, secret, at_rest=True)
    states = dict(installation.rows("SELECT state, count(*) FROM publication GROUP BY state"))
    posts, expected = len(site.posts), sum(states.values()) - REJECTED
    if posts != expected or states.get("published") != expected:
        installation.violations.append(f"once: {posts} posts of {expected}, {states}")
    installation.faults += site.made
    return f"{posts} posts, {len(site.media)} files, {site.made} faults of the site"


@scenario(
    fresh=True, same=False, times=1, keywords=130, env=ENV, ends=("completed", "nothing_to_do")
)
def publish_while_workers_die(runner, installation):
    """Up to 20 texts, up to 50 deaths, cut lines: one post and file each, nothing unapproved."""
    installation.run_command("run", SITE)
    site = ScriptedFaults(random.Random(installation.kills))
    with serving(site) as site.url:
        queue(installation, {"url": site.url, "username": USER}, SECRET, TEXTS)
        return publish_under_kills(runner, installation, site, SECRET, KILLS)
