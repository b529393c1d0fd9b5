"""Compare what is published at a site with the database, from outside, and return what is broken.

It has its own SQL and imports nothing of igny8. Invariants: docs/publishing.md#invariants.
"""

import json
import re
from collections import Counter

from tests.chaos.checker import looking_at

QUESTIONS = {
    "claim: a claim in a state that has none": "SELECT id || ' ' || state FROM publication "
    "WHERE claim_token IS NOT NULL AND state NOT IN ('publishing', 'unknown', 'removing')",
    "claim: in work without a claim": "SELECT id FROM publication "
    "WHERE state = 'publishing' AND claim_token IS NULL",
    "log: the state is not that of the last event": "SELECT p.id || ' ' || p.state FROM publication p "
    "WHERE p.state <> (SELECT e.state FROM publication_event e WHERE e.publication_id = p.id "
    "AND e.kind = 'state' ORDER BY e.id DESC LIMIT 1)",
    "log: an event does not begin where the one before ended": "SELECT e.id FROM publication_event e "
    "WHERE e.kind = 'state' AND e.source <> coalesce((SELECT b.state FROM publication_event b "
    "WHERE b.publication_id = e.publication_id AND b.kind = 'state' AND b.id < e.id "
    "ORDER BY b.id DESC LIMIT 1), '')",
    "two publications of one article at one target": "SELECT content_id FROM publication "
    "GROUP BY content_id, target_id HAVING count(*) > 1",
}
PUBLICATIONS = (
    "SELECT p.*, c.title, c.status AS approval, t.kind FROM publication p "
    "JOIN content c ON c.id = p.content_id JOIN publishing_target t ON t.id = p.target_id"
)


def check(file, site, secret: str = "", at_rest: bool = True) -> list[str]:
    """Return what is broken at a WordPress site; `at_rest` when no worker is at work."""
    with looking_at(file) as db:
        broken = [
            f"{what}: {row[0]}" for what, query in QUESTIONS.items() for row in db.execute(query)
        ]
        rows = [dict(row) for row in db.execute(PUBLICATIONS)]
        texts = [row[0] for row in db.execute("SELECT text FROM publication_event")]
    # read after the database: what that calls published has to be there
    posts, media = site.posts, site.media
    broken += _doubles(list(posts.values()), list(media.values()))
    for row in rows:
        broken += _unproved(row, posts)
        broken += _unapproved(row, list(posts.values()))
    if secret and any(secret in text for text in texts):
        broken.append("secret: it stands in the log")
    if at_rest:
        broken += _unlogged(site, texts)
    return broken


def _doubles(posts: list[dict], media: list[dict]) -> list[str]:
    titles = Counter(post.get("title", "") for post in posts)
    names = Counter(_sent_name(each["source_url"]) for each in media)
    return [
        *(f"once: {count} posts “{title}”" for title, count in titles.items() if count > 1),
        *(f"once: {count} files {name}" for name, count in names.items() if count > 1),
    ]


def _sent_name(url: str) -> str:
    """Return the name under which a file was sent; WordPress adds a number to one that is taken."""
    return re.sub(r"(-\d+|-scaled)?\.\w+$", "", url.rpartition("/")[2])


def _unproved(row: dict, posts: dict) -> list[str]:
    if row["state"] != "published" or row["kind"] != "wordpress":
        return []
    post = posts.get(int(row["remote_id"] or 0))
    mark = f"igny8:{row['marker']}:{row['version'][:16]}"
    if post is None or mark not in post.get("content", ""):
        return [f"proof: {row['id']} is published, its mark is not at {row['remote_id']}"]
    parts = json.loads(row["proof"]) if isinstance(row["proof"], str) else row["proof"]
    return [] if parts else [f"proof: {row['id']} is published and was not read back"]


def _unapproved(row: dict, posts: list[dict]) -> list[str]:
    if row["approval"] == "approved":
        return []
    sent = [p for p in posts if row["marker"] in p.get("content", "") + p.get("slug", "")]
    return [f"approval: {row['id']} was sent and is {row['approval']}"] if sent else []


def _unlogged(site, texts: list[str]) -> list[str]:
    """Return what of the log was never asked; a killed worker may have asked more than it logged."""
    asked = Counter(line for line in site.asked if line.startswith("POST"))
    logged = Counter(
        text.partition(": ")[0] for text in texts if text.startswith("POST /wp") and ": " in text
    )
    return [
        f"log: {line} is logged and was not asked" for line in logged if logged[line] > asked[line]
    ]
