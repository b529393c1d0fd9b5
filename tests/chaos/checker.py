"""Check one snapshot of the database, or one of the API, and return the violated invariants.

It has its own SQL and imports nothing of igny8, so that no bug can hide in shared code. Each
finding begins with the name of its invariant: docs/engine.md#invariants.
"""

import hashlib
import itertools
import json
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

OPEN = "('queued', 'running', 'paused', 'blocked')"
WELL = "('completed', 'completed_with_errors', 'nothing_to_do')"
STATES = ("queued", "active", "done", "failed", "skipped", "cancelled")
CLOSE = 1e-6
# what was made in a pruned run has no item any more
NEEDS_ITEMS = "NOT EXISTS (SELECT 1 FROM run_item i WHERE i.stage"
# clusters that people have merged, split, or moved keywords from or to
STEPS = "FROM cluster_change h, json_each(h.steps) s WHERE json_extract(s.value, '$.column')"
EDITED = (
    "(SELECT h.cluster_id FROM cluster_change h UNION "
    f"SELECT json_extract(s.value, '$.old') {STEPS} = 'cluster_id' UNION "
    f"SELECT json_extract(s.value, '$.new') {STEPS} = 'cluster_id')"
)
SPLIT_OFF = (
    "(SELECT j.value FROM cluster_change h, json_each(h.steps) s, json_each(s.value, '$.ids') j "
    "WHERE h.kind = 'split' AND json_extract(s.value, '$.column') = 'merged_into_id')"
)
STILL = 60.0  # seconds after which a running run has to have changed

# name: a query that finds a row, told as one text, for every broken promise
QUESTIONS = (
    {
        "one open run: more than one open run a site": f"SELECT site_id || ': ' || count(*) FROM automation_run WHERE state IN {OPEN} "
        "GROUP BY site_id HAVING count(*) > 1",
        "counters: a run without its seven stages": "SELECT r.id FROM automation_run r WHERE (SELECT count(*) FROM run_stage s WHERE s.run_id = r.id "
        "AND s.number BETWEEN 1 AND 7) <> 7",
        "counters: input is not the sum of its states": "SELECT run_id || '/' || number FROM run_stage "
        "WHERE input <> queued + active + done + failed + skipped + cancelled",
        "counters: a counter below zero": "SELECT run_id || '/' || number FROM run_stage WHERE min(input, queued, active, done, failed, skipped, "
        "cancelled, made, forwarded, credits) < 0",
        "counters: an item of no stage": "SELECT i.id FROM run_item i LEFT JOIN run_stage s ON s.run_id = i.run_id AND s.number = i.stage "
        "WHERE s.run_id IS NULL",
        "counters: inputs are not the initial backlog and what was forwarded": "SELECT r.id || ': ' || sum(s.input) || ' <> ' || (json_extract(r.initial_snapshot, '$.total_initial_items') "
        "+ sum(s.forwarded)) FROM automation_run r JOIN run_stage s ON s.run_id = r.id GROUP BY r.id "
        "HAVING sum(s.input) <> json_extract(r.initial_snapshot, '$.total_initial_items') + sum(s.forwarded)",
        "counters: the initial count of a begun stage is not its input": "SELECT r.id || '/' || s.number FROM automation_run r JOIN run_stage s ON s.run_id = r.id "
        "WHERE s.number <= r.current_stage AND s.number > 1 "
        "AND s.input <> json_extract(r.initial_snapshot, '$.stage_' || s.number || '_initial')",
        "tokens: active without token, or token without active": "SELECT id FROM run_item WHERE (state = 'active') <> (token IS NOT NULL)",
        "tokens: one token in two places": "SELECT token FROM run_item WHERE token IS NOT NULL GROUP BY token "
        "HAVING count(DISTINCT run_id || '/' || stage || '/' || coalesce(worker_id, '')) > 1",
        "effects: an item twice": "SELECT run_id || '/' || stage || '/' || subject_id FROM run_item GROUP BY run_id, stage, subject_id "
        "HAVING count(*) > 1",
        "sums: credits of the run are not those of its items": "SELECT r.id FROM automation_run r WHERE r.pruned_at IS NULL AND r.credits_used <> "
        "(SELECT coalesce(sum(credits), 0) FROM run_item WHERE run_id = r.id)",
        "sums: credits of a stage are not those of its items": "SELECT s.run_id || '/' || s.number FROM run_stage s JOIN automation_run r ON r.id = s.run_id "
        "WHERE r.pruned_at IS NULL AND s.credits <> "
        "(SELECT coalesce(sum(credits), 0) FROM run_item WHERE run_id = s.run_id AND stage = s.number)",
        "credits: credits on an item that is not done": "SELECT id FROM run_item WHERE credits <> 0 AND state <> 'done'",
        "credits: an item whose credits are not those of its settled requests": "SELECT i.id || ': ' || i.credits FROM run_item i WHERE i.credits <> (SELECT coalesce(sum(a.credits), 0) "
        "FROM provider_answer a WHERE a.item_id = i.id AND a.charge = 'settled')",
        "credits: the settled credits of a run are not those that it used": "SELECT r.id FROM automation_run r WHERE r.credits_used <> (SELECT coalesce(sum(amount), 0) "
        "FROM credit_ledger WHERE run_id = r.id AND kind = 'settle')",
        "credits: an account that is not the sum of its ledger": "SELECT a.id || ' ' || a.scope || ' ' || a.period || ': ' || a.spent || '+' || a.reserved FROM account a "
        "LEFT JOIN credit_ledger e ON e.site_id = a.site_id AND e.kind <> 'grant' AND "
        "a.period = CASE a.scope WHEN 'run' THEN e.run_id || '' WHEN 'day' THEN e.day ELSE substr(e.day, 1, 7) END "
        "GROUP BY a.id HAVING a.spent <> coalesce(sum(CASE e.kind WHEN 'settle' THEN e.amount END), 0) "
        "OR a.reserved <> coalesce(sum(CASE e.kind WHEN 'reserve' THEN e.amount ELSE -e.amount END), 0)",
        "credits: an account over its budget": "SELECT id FROM account WHERE spent + reserved > budget + overdrawn OR reserved < 0 OR spent < 0",
        "credits: credits reserved for a run that has ended": "SELECT a.id FROM provider_answer a JOIN automation_run r ON r.id = a.run_id WHERE a.charge = 'open' "
        f"AND a.credits > 0 AND r.state NOT IN {OPEN}",
        "credits: a request settled twice": "SELECT answer_id FROM credit_ledger WHERE kind = 'settle' GROUP BY answer_id HAVING count(*) > 1",
        "credits: a request settled for something else than was reserved": "SELECT answer_id FROM credit_ledger WHERE answer_id IS NOT NULL GROUP BY answer_id "
        "HAVING sum(CASE kind WHEN 'settle' THEN amount ELSE 0 END) NOT IN (0, sum(CASE kind WHEN 'reserve' THEN "
        "amount WHEN 'release' THEN -amount ELSE 0 END))",
        "credits: the money of an account is not that of its requests": "SELECT a.id || ' ' || a.scope || ' ' || a.period || ': ' || a.billed || '+' || a.maybe_billed || '+' "
        "|| a.in_flight FROM account a LEFT JOIN provider_answer p ON p.site_id = a.site_id AND a.period = "
        "CASE a.scope WHEN 'run' THEN p.run_id || '' WHEN 'day' THEN p.billed_day ELSE substr(p.billed_day, 1, 7) END "
        "AND p.billed_day IS NOT NULL AND (a.scope <> 'run' OR p.stage < 8) GROUP BY a.id HAVING "
        "a.billed <> coalesce(sum(CASE WHEN p.state IN ('answered', 'rejected') THEN p.money END), 0) OR "
        "a.maybe_billed <> coalesce(sum(CASE WHEN p.state IN ('failed', 'lost') THEN p.money END), 0) OR "
        "a.in_flight <> coalesce(sum(CASE p.state WHEN 'asked' THEN p.money END), 0) OR "
        "a.in_flight_most <> coalesce(sum(CASE p.state WHEN 'asked' THEN p.most_money END), 0)",
        "credits: an account over its cap by more than one request": "SELECT a.id || ': ' || (a.billed + a.maybe_billed) || ' of ' || a.budget FROM account a WHERE a.grants = 1 AND "
        "a.billed + a.maybe_billed > a.budget * 100 + (SELECT coalesce(max(money), 0) FROM provider_answer "
        "WHERE site_id = a.site_id)",
        "sums: the money of a run is not that of its stages": "SELECT a.id FROM account a JOIN automation_run r ON a.scope = 'run' AND a.period = r.id || '' "
        "WHERE a.billed <> (SELECT sum(money) FROM run_stage WHERE run_id = r.id)",
        "attempts: more requests on a stage than on its answers": "SELECT s.run_id || '/' || s.number FROM run_stage s WHERE s.requests <> (SELECT coalesce(sum(a.requests), 0) "
        "FROM provider_answer a WHERE a.run_id = s.run_id AND a.stage = s.number)",
        # what was done before the run went back for failed items stays done
        "stage order: active, done or failed beyond the run's stage": "SELECT i.id || ' ' || i.state || ' in ' || i.stage || ', run in ' || r.current_stage FROM run_item i "
        "JOIN automation_run r ON r.id = i.run_id WHERE i.stage > r.current_stage "
        "AND NOT (i.stage = 7 AND i.state IN ('done', 'skipped')) "  # handed over when it is final
        "AND coalesce(i.error_kind, '') <> 'rejected' "  # people may decide before the run is there
        "AND (i.state IN ('active', 'failed') OR (i.state IN ('done', 'skipped') AND NOT EXISTS (SELECT 1 "
        "FROM run_event e WHERE e.run_id = r.id AND e.kind = 'back')))",
        "stage order: queued or active before the run's stage": "SELECT i.id || ' ' || i.state || ' in ' || i.stage || ', run in ' || r.current_stage FROM run_item i "
        "JOIN automation_run r ON r.id = i.run_id WHERE i.stage < r.current_stage "
        "AND i.state IN ('queued', 'active') AND i.held <> 3",  # those wait for readers
        "gates: held and not queued": "SELECT id FROM run_item WHERE held <> 0 AND state NOT IN ('queued', 'cancelled')",
        "gates: held items are not those of the counter": "SELECT s.run_id || '/' || s.number FROM run_stage s WHERE s.held <> "
        "(SELECT count(*) FROM run_item i WHERE i.run_id = s.run_id AND i.stage = s.number AND i.held <> 0 AND i.state = 'queued')",
        "gates: a run waits for people with an item that does not": "SELECT r.id FROM automation_run r JOIN run_stage s ON s.run_id = r.id "
        "AND s.number = r.current_stage WHERE r.block_kind IN ('approval', 'first', 'reading') AND r.block_until IS NULL AND s.queued <> s.held",
        "stopped runs: active in a run that does not run": "SELECT i.id || ' in a run ' || r.state FROM run_item i JOIN automation_run r ON r.id = i.run_id "
        "WHERE i.state = 'active' AND r.state <> 'running'",
        "stopped runs: queued in a run that has ended": "SELECT i.id || ' in a run ' || r.state FROM run_item i JOIN automation_run r ON r.id = i.run_id "
        f"WHERE i.state = 'queued' AND r.state NOT IN {OPEN}",
        "bar: nothing left of the bar without a good end, or the other way round": f"SELECT id || ' ' || state || ' q=' || q FROM automation_run WHERE (q = 0) <> (state IN {WELL}) "
        "OR q < 0 OR q > 1",
        "bar: the filled parts are not 1 - q": "SELECT r.id || ': ' || sum(s.filled) || ' and ' || r.q FROM automation_run r "
        f"JOIN run_stage s ON s.run_id = r.id GROUP BY r.id HAVING abs(sum(s.filled) - (1 - r.q)) > {CLOSE}",
        "bar: a filled part below zero": f"SELECT run_id || '/' || number FROM run_stage WHERE filled < -{CLOSE}",
        "attempts: more attempts than allowed": "SELECT id || ': ' || attempt FROM run_item WHERE attempt > 5 + crashes OR attempt < 0 OR crashes > :crashes",
        "an end without its time, or a time without an end": f"SELECT id || ' ' || state FROM automation_run WHERE (finished_at IS NULL) <> (state IN {OPEN})",
        "a clock that goes on in a run that does not run": "SELECT id || ' ' || state FROM automation_run WHERE active_since IS NOT NULL AND state <> 'running'",
        "completed with failed items, or with errors without any": "SELECT r.id || ' ' || r.state FROM automation_run r WHERE r.state IN ('completed', 'completed_with_errors') "
        "AND (r.state = 'completed') <> ((SELECT sum(failed) FROM run_stage WHERE run_id = r.id) = 0)",
        "a stage that the run has left and that is not over": "SELECT s.run_id || '/' || s.number || ' ' || s.status FROM run_stage s JOIN automation_run r "
        "ON r.id = s.run_id WHERE s.number < r.current_stage AND s.status NOT IN ('completed', 'skipped') "
        "AND NOT (s.number = 4 AND s.status = 'pending' AND s.queued = s.held)",
        "a stage that has begun before the run came there": "SELECT s.run_id || '/' || s.number || ' ' || s.status FROM run_stage s JOIN automation_run r "
        "ON r.id = s.run_id WHERE s.number > r.current_stage AND s.status IN ('active', 'completed')",
        # effects: effects and done items, compared in both directions
        "effects: a done keyword without its effect": "SELECT k.id || ' ' || k.status FROM run_item i JOIN keyword k ON k.id = i.subject_id "
        "WHERE i.stage = 1 AND i.state = 'done' AND k.status = 'new'",
        "effects: a grouped keyword without a done item": "SELECT k.id FROM keyword k WHERE k.status <> 'new' AND NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 1 AND i.subject_id = k.id AND i.state = 'done')",
        "effects: a keyword in a cluster that is not mapped": "SELECT id || ' ' || status FROM keyword WHERE cluster_id IS NOT NULL AND status <> 'mapped'",
        "effects: an unclustered keyword without a reason": "SELECT id FROM keyword WHERE status = 'unclustered' AND coalesce(status_reason, '') = ''",
        "effects: a keyword in a merged cluster": "SELECT k.id FROM keyword k JOIN cluster c ON c.id = k.cluster_id "
        "WHERE c.merged_into_id IS NOT NULL",
        "effects: an idea in a merged cluster": "SELECT d.id FROM idea d JOIN cluster c ON c.id = d.cluster_id "
        "WHERE c.merged_into_id IS NOT NULL",
        "effects: a done cluster that waits": "SELECT c.id FROM latest_item i JOIN cluster c ON c.id = i.subject_id "
        f"WHERE i.stage = 2 AND i.state = 'done' AND c.status = 'new' AND c.id NOT IN {EDITED} AND NOT EXISTS (SELECT 1 FROM run_event e "
        "WHERE e.run_id = i.run_id AND e.kind = 'back' AND e.stage = 1)",  # it grew again: the next run takes it
        "effects: an idea of a cluster that was never done": "SELECT d.id FROM idea d WHERE NOT EXISTS (SELECT 1 FROM run_item i "
        f"WHERE i.stage = 2 AND i.subject_id = d.cluster_id AND i.state = 'done') AND d.cluster_id NOT IN {EDITED}",
        "effects: a done idea without a task": "SELECT d.id FROM run_item i JOIN idea d ON d.id = i.subject_id LEFT JOIN task t ON t.idea_id = d.id "
        "WHERE i.stage = 3 AND i.state = 'done' AND ((t.id IS NULL AND NOT :deletions) OR d.status <> 'queued') "
        "AND NOT d.disabled",  # an accepted idea that was rejected before it was written
        "effects: a task of an idea that was never done": "SELECT t.id FROM task t WHERE NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 3 AND i.subject_id = t.idea_id AND i.state = 'done')",
        "effects: a done task without content": "SELECT t.id FROM latest_item i JOIN task t ON t.id = i.subject_id LEFT JOIN content c ON c.task_id = t.id "
        "WHERE i.stage = 4 AND i.state = 'done' AND ((c.id IS NULL AND NOT :deletions) OR (t.status <> 'completed' "
        "AND c.status <> 'sent_back'))",
        "effects: content of a task that was never done": "SELECT c.id FROM content c WHERE NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 4 AND i.subject_id = c.task_id AND i.state = 'done')",
        "effects: a done draft without images": "SELECT c.id FROM latest_item i JOIN content c ON c.id = i.subject_id WHERE i.stage = 5 AND i.state = 'done' "
        "AND c.status <> 'sent_back' AND NOT :deletions "
        "AND NOT EXISTS (SELECT 1 FROM image m WHERE m.content_id = c.id)",
        "effects: an image of content that was never done": "SELECT m.id FROM image m WHERE NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 5 AND i.subject_id = m.content_id AND i.state = 'done')",
        "effects: a done image that is not there": "SELECT m.id || ' ' || m.status FROM run_item i JOIN image m ON m.id = i.subject_id "
        "WHERE i.stage = 6 AND i.state = 'done' AND (m.status <> 'generated' OR m.path IS NULL)",
        "effects: an image made by nobody": "SELECT m.id FROM image m WHERE m.status = 'generated' AND NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 6 AND i.subject_id = m.id AND i.state = 'done')",
        "effects: a failed image that nobody failed": "SELECT m.id FROM image m WHERE m.status = 'failed' AND NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 6 AND i.subject_id = m.id AND (i.state = 'failed' OR i.error_kind = 'rejected'))",
        "effects: a draft whose images are all final": "SELECT c.id FROM content c WHERE c.status = 'draft' AND EXISTS (SELECT 1 FROM image m "
        "WHERE m.content_id = c.id) AND NOT EXISTS (SELECT 1 FROM image m WHERE m.content_id = c.id "
        "AND m.status = 'pending')",
        "effects: in review before its images are final": "SELECT c.id FROM content c JOIN image m ON m.content_id = c.id JOIN automation_run r ON r.id = c.run_id "
        f"WHERE c.status = 'review' AND m.status = 'pending' AND r.state IN {OPEN} AND NOT EXISTS (SELECT 1 "
        "FROM run_item i WHERE i.run_id = r.id AND i.stage = 6 AND i.subject_id = m.id AND i.turn = 1)",
        "effects: a done article that was not handed over": "SELECT c.id FROM latest_item i JOIN content c ON c.id = i.subject_id "
        "WHERE i.stage = 7 AND i.state = 'done' AND NOT c.handed_over AND c.status <> 'draft'",
        "effects: handed over by nobody": "SELECT c.id FROM content c WHERE c.handed_over AND NOT EXISTS (SELECT 1 FROM run_item i "
        "WHERE i.stage = 7 AND i.subject_id = c.id AND i.state = 'done')",
        # effects: what was made is enrolled in the next stage of the same run
        "effects: a cluster that was not enrolled": "SELECT k.cluster_id FROM latest_item i JOIN keyword k ON k.id = i.subject_id WHERE i.stage = 1 "
        f"AND i.state = 'done' AND k.cluster_id IS NOT NULL AND k.cluster_id NOT IN {EDITED} AND NOT EXISTS (SELECT 1 FROM run_item n "
        "WHERE n.run_id = i.run_id AND n.stage = 2 AND n.subject_id = k.cluster_id)",
        "effects: an idea that was not enrolled": "SELECT d.id FROM latest_item i JOIN idea d ON d.cluster_id = i.subject_id WHERE i.stage = 2 "
        "AND i.state = 'done' AND d.status = 'new' AND NOT d.disabled AND NOT EXISTS (SELECT 1 FROM run_item n "
        "WHERE n.run_id = i.run_id AND n.stage = 3 AND n.subject_id = d.id)",
        "effects: a task that was not enrolled": "SELECT t.id FROM latest_item i JOIN task t ON t.idea_id = i.subject_id WHERE i.stage = 3 "
        "AND i.state = 'done' AND NOT EXISTS (SELECT 1 FROM run_item n "
        "WHERE n.run_id = i.run_id AND n.stage = 4 AND n.subject_id = t.id)",
        "effects: a draft that was not enrolled": "SELECT c.id FROM latest_item i JOIN content c ON c.task_id = i.subject_id WHERE i.stage = 4 "
        "AND i.state = 'done' AND NOT EXISTS (SELECT 1 FROM run_item n "
        "WHERE n.run_id = i.run_id AND n.stage IN (5, 7) AND n.subject_id = c.id)",
        "effects: an image that was not enrolled": "SELECT m.id FROM latest_item i JOIN image m ON m.content_id = i.subject_id WHERE i.stage = 5 "
        "AND i.state = 'done' AND NOT EXISTS (SELECT 1 FROM run_item n "
        "WHERE n.run_id = i.run_id AND n.stage = 6 AND n.subject_id = m.id)",
        "effects: an article that was not enrolled": "SELECT c.id FROM latest_item i JOIN image m ON m.id = i.subject_id JOIN content c ON c.id = m.content_id "
        "WHERE i.stage = 6 AND i.state = 'done' AND c.status = 'review' AND NOT c.handed_over "
        "AND NOT EXISTS (SELECT 1 FROM run_item n WHERE n.run_id = i.run_id AND n.stage = 7 AND n.subject_id = c.id)",
    }
    | {
        f"effects: a key twice in {table}": f"SELECT {keys[0]} FROM {table} GROUP BY {', '.join(keys)} HAVING count(*) > 1"
        for table, keys in (
            ("cluster", ("slug", "site_id")),
            ("idea", ("fingerprint", "site_id")),
            ("task", ("idea_id",)),
            ("content", ("task_id",)),
            ("image", ("content_id", "position")),
            ("keyword", ("phrase_key", "site_id")),
            ("kept_answer", ("name", "run_id", "stage")),
        )
    }
)

# what a stage says that it made, and where that can be counted
MADE = {
    1: f"SELECT count(*) FROM cluster WHERE id NOT IN {SPLIT_OFF}",
    2: "SELECT count(*) FROM idea",
    3: "SELECT count(*) FROM task",
    4: "SELECT count(*) FROM content",
    5: "SELECT count(*) FROM image",
    6: "SELECT count(*) FROM image WHERE status = 'generated'",
    7: "SELECT count(*) FROM content WHERE handed_over",
}

# the claims given back, by what the log and the items set aside say; no item can have crashed more often
GIVEN_BACK = (
    "SELECT max((SELECT count(*) FROM run_event WHERE kind = 'recovered' AND message LIKE '%queued again:%') "
    "+ (SELECT count(*) FROM run_item WHERE error_kind = 'crash'), "
    "(SELECT coalesce(max(crashes), 0) FROM run_item))"
)


@dataclass
class Sample:
    """One moment of a database: what was found broken in it, its runs, its stages, its done items, how often
    its runs went back for failed items, how many claims were given back because their worker seemed dead, and
    how many items each worker holds.
    """

    broken: list[str] = field(default_factory=list)
    runs: dict = field(default_factory=dict)
    stages: dict = field(default_factory=dict)
    done: set = field(default_factory=set)
    backs: dict = field(default_factory=dict)
    given: int = 0
    held: dict = field(default_factory=dict)

    @property
    def latest(self):
        """Return the row of the latest run, or None."""
        return self.runs[max(self.runs)] if self.runs else None

    @property
    def processed(self) -> int:
        """Return how many items of the latest run are finished."""
        return sum(
            s["done"] + s["failed"] + s["skipped"]
            for (run, _), s in self.stages.items()
            if self.runs and run == max(self.runs)
        )


def take(path, images=None, deletions: bool = True, crashes: int = 3) -> Sample:
    """Return a sample of a database file, read in one transaction that locks nobody out.

    `images` is the folder of the image files, to be compared. Without `deletions`, every stage's
    own count of what it made must equal the rows that are there; with them it may be higher. An item
    may have died with its worker so many times (`crashes`), unless the product was told otherwise.
    """
    options = {"deletions": deletions, "crashes": crashes}
    with looking_at(path) as db:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute(
            "CREATE TEMP VIEW latest_item AS SELECT * FROM main.run_item WHERE run_id IN "
            "(SELECT max(id) FROM main.automation_run GROUP BY site_id)"
        )
        db.execute("BEGIN")
        sample = Sample()
        for row in db.execute("SELECT * FROM automation_run"):
            sample.runs[row["id"]] = row
        for row in db.execute("SELECT * FROM run_stage"):
            sample.stages[row["run_id"], row["number"]] = row
        sample.done = {row[0] for row in db.execute("SELECT id FROM run_item WHERE state = 'done'")}
        sample.backs = dict(
            db.execute(
                "SELECT run_id, count(*) FROM run_event WHERE kind = 'back' GROUP BY run_id"
            ).fetchall()
        )
        sample.given = db.execute(GIVEN_BACK).fetchone()[0]
        sample.held = dict(
            db.execute(
                "SELECT worker_id, count(*) FROM run_item WHERE state = 'active' GROUP BY worker_id"
            ).fetchall()
        )
        is_pruned = any(run["pruned_at"] for run in sample.runs.values())
        for name, query in QUESTIONS.items():
            if is_pruned and NEEDS_ITEMS in query:
                continue  # who made it was an item of a pruned run, perhaps
            wanted = {name: value for name, value in options.items() if f":{name}" in query}
            found = [str(row[0]) for row in db.execute(query + " LIMIT 5", wanted)]
            sample.broken += [f"{name}: {', '.join(found)}"] if found else []
        sample.broken += (
            _ledger(db, sample) + _made(db, deletions) + (_files(db, images) if images else [])
        )
        db.execute("COMMIT")
    return sample


@contextmanager
def looking_at(where):
    """Lend a connection that answers SQLite's SQL: to a database file, or to a copy in memory of a
    PostgreSQL database (its address), taken in one transaction that locks nobody out.
    """
    if str(where).startswith("postgresql"):
        opened = _copy(str(where).replace("+psycopg", ""))
    else:
        opened = sqlite3.connect(
            f"file:{where}?mode=ro", uri=True, timeout=30, isolation_level=None
        )
    with closing(opened) as db:
        db.row_factory = sqlite3.Row
        yield db


def _copy(url: str) -> sqlite3.Connection:
    """Return all tables of a PostgreSQL database as they were at one moment."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    with psycopg.connect(url) as server:
        server.isolation_level, server.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        tables = [
            name
            for (name,) in server.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
                "AND tablename NOT LIKE 'huey%'"
            )
        ]
        db.execute("BEGIN")
        for table in tables:
            found = server.execute(f'SELECT * FROM "{table}"')
            names = [f'"{column.name}"' for column in found.description]
            db.execute(f'CREATE TABLE "{table}" ({", ".join(names)})')
            db.executemany(
                f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(names))})',
                (tuple(map(_simple, row)) for row in found),
            )
        db.execute("COMMIT")
    return db


def _simple(value):
    """Return a value of PostgreSQL as SQLite would hold it."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value


def check(path, **options) -> list[str]:
    """Return what is broken in a database file at this moment."""
    return take(path, **options).broken


def check_snapshot(snapshot: dict) -> list[str]:
    """Return what does not add up in one snapshot, as `igny8 status --json` or HTTP gives it."""
    run, whole, stages = snapshot["run"], snapshot["global_progress"], snapshot["stages"]
    broken = []

    def must(true: bool, name: str) -> None:
        if not true:
            broken.append(name)

    must([s["number"] for s in stages] == [1, 2, 3, 4, 5, 6, 7], "seven stages in order")
    for s in stages:
        where = f"stage {s['number']}: "
        must(
            s["input_count"] == s["processed_count"] + s["remaining_count"] + s["cancelled_count"],
            where + "counters: input is not processed, remaining and cancelled",
        )
        must(
            s["processed_count"] == s["done_count"] + s["failed_count"] + s["skipped_count"],
            where + "processed is not done, failed and skipped",
        )
        must(
            s["remaining_count"] == s["queued_count"] + s["active_count"],
            where + "remaining is not queued and active",
        )
        must(0 <= s["progress_percentage"] <= 100, where + "a percentage out of bounds")
        must(
            (s["progress_percentage"] == 100) == (s["status"] in ("completed", "skipped")),
            where + "100 % and complete are not the same",
        )
        must(
            list(s["result"].values()) == [s["processed_count"], s["output_count"]],
            where + "the result says something else than the counts",
        )
        must(
            len(s["currently_processing"]) + s["more_active"] == s["active_count"],
            where + "those in work are not as many as active",
        )
        must(
            s["bar"]["filled"] >= -CLOSE and s["bar"]["open"] >= -CLOSE, where + "a bar below zero"
        )
    for before, after in itertools.pairwise(stages):
        if (
            before["status"] == "completed"
            and run is not None
            and run["open"]
            and after["expected_count"]
            and all(s["status"] in ("completed", "skipped") for s in stages[: before["number"]])
        ):
            broken.append(
                f"stage {after['number']}: something is expected from stages that are over"
            )
    for key, part in (
        ("known_items", "input_count"),
        ("expected_items", "expected_count"),
        ("completed_items", "processed_count"),
        ("failed_items", "failed_count"),
    ):
        must(whole[key] == sum(s[part] for s in stages), f"sums: {key} is not the sum of {part}")
    must(
        whole["total_items"] == whole["known_items"] + whole["expected_items"],
        "total is known and expected",
    )
    must(
        snapshot["metrics"]["credits_used"] == sum(s["credits_used"] for s in stages),
        "sums: credits are not the sum",
    )
    filled = sum(s["bar"]["filled"] for s in stages)
    must(
        abs(filled + sum(s["bar"]["open"] for s in stages) - 1) < 1e-5, "bar: the bar is not whole"
    )
    if run is not None:
        well = run["state"] in ("completed", "completed_with_errors", "nothing_to_do")
        must((whole["percentage"] == 100) == well, "bar: 100 % and a good end are not the same")
        must(
            well or abs(100 * filled - whole["percentage"]) < 1 + 1e-3,
            "bar: the fills are not the percentage",
        )
        must(run["open"] == (run["finished_at"] is None), "ended and finished_at are not the same")
    return broken


@dataclass
class Watcher:
    """Remembers the sample before, and finds what may never happen between two of them.

    Whoever kills, freezes or cuts off workers adds to `in_flight` how many claims they may have had: no more
    may be given back. By `at_work` he says that a worker and its provider are well, so that every running run
    has to get on.
    """

    before: Sample | None = None
    initial: dict = field(default_factory=dict)
    samples: int = 0
    in_flight: int = 0
    at_work: bool = False
    moved: dict = field(default_factory=dict)

    def see(self, now: Sample, at: float | None = None) -> list[str]:
        """Return the violations of this sample, alone and compared with the previous one; `at` is its second."""
        self.samples += 1
        broken = now.broken + self._stand_still(now, time.monotonic() if at is None else at)
        if now.given > self.in_flight:
            broken.append(
                f"recovery: {now.given} claims were given back, though {self.in_flight} were in work where somebody "
                "died, stood still or was cut off"
            )
        for run_id, row in now.runs.items():
            first = json.loads(row["initial_snapshot"])
            self.initial.setdefault(run_id, {n: first[f"stage_{n}_initial"] for n in range(1, 8)})
        if self.before is not None:
            for run_id, old in self.before.runs.items():
                if run_id in now.runs:
                    broken += [
                        f"run {run_id}: {text}"
                        for text in _moved_wrong(self.before, now, run_id, old)
                    ]
            broken += [
                f"effects: done item {i} is not done any more"
                for i in sorted(self.before.done - now.done)
                if not self._is_gone(now)
            ][:5]
        self.before = now
        return broken

    def _stand_still(self, now: Sample, at: float) -> list[str]:
        """Return the running runs whose version is what it was 60 s ago."""
        going = {
            run_id: row["version"]
            for run_id, row in now.runs.items()
            if self.at_work
            and row["state"] == "running"
            and row["want"] == "go"
            and row["block_kind"] is None
        }
        self.moved = {
            run_id: self.moved[run_id]
            if self.moved.get(run_id, (None,))[0] == version
            else (version, at)
            for run_id, version in going.items()
        }
        return [
            f"liveness: run {run_id} stands still at version {version}, though a worker is there"
            for run_id, (version, since) in self.moved.items()
            if at - since > STILL
        ]

    def _is_gone(self, now: Sample) -> bool:
        return set(self.before.runs) - set(now.runs) != set()


def _moved_wrong(before: Sample, now: Sample, run_id: int, old) -> list[str]:
    new, broken = now.runs[run_id], []
    went_back = now.backs.get(run_id, 0) > before.backs.get(run_id, 0)
    if new["q"] > old["q"] + CLOSE:
        broken.append(f"bar: the percentage fell: q was {old['q']}, is {new['q']}")
    if new["version"] < old["version"]:
        broken.append("the version fell")
    if new["version"] == old["version"] and tuple(new) != tuple(old):
        broken.append("the run changed, its version did not")
    if new["current_stage"] < old["current_stage"] and not went_back:
        broken.append("the run went back a stage")
    if new["credits_used"] < old["credits_used"]:
        broken.append("sums: credits fell")
    if old["finished_at"] is not None and (new["state"], new["q"]) != (old["state"], old["q"]):
        broken.append(f"an ended run came back as {new['state']}")
    for number in range(1, 8):
        was, has = before.stages[run_id, number], now.stages[run_id, number]
        if has["input"] < was["input"]:
            broken.append(f"counters: the input of stage {number} shrank")
        if has["input"] > was["input"] and number <= old["current_stage"] and not went_back:
            broken.append(
                f"counters: the input of stage {number} grew after the stage before was over"
            )
        for name in ("done", "made", "forwarded", "skipped", "cancelled"):
            if has[name] < was[name]:
                broken.append(f"effects: {name} of stage {number} fell")
        if (
            has["done"] > was["done"]
            and max(old["current_stage"], new["current_stage"]) < number < 7
            and not went_back
        ):
            broken.append(
                f"stage order: something was done in stage {number}, beyond the run's stage"
            )
        if has["filled"] < was["filled"] - CLOSE:
            broken.append(f"bar: the filled part of stage {number} fell")
        if old["version"] == new["version"] and tuple(was) != tuple(has):
            broken.append(f"stage {number} changed, the run's version did not")
    return broken


def _ledger(db, sample: Sample) -> list[str]:
    """Compare every counter of every stage with the items themselves."""
    rows = {}
    for run_id, stage, state, count in db.execute(
        "SELECT run_id, stage, state, count(*) FROM run_item GROUP BY run_id, stage, state"
    ):
        rows[run_id, stage, state] = count
    broken = []
    for (run_id, number), stage in sample.stages.items():
        if sample.runs[run_id]["pruned_at"]:
            continue
        for state in STATES:
            if stage[state] != rows.get((run_id, number, state), 0):
                broken.append(
                    f"counters: run {run_id} stage {number}: {state} is {stage[state]}, "
                    f"the ledger has {rows.get((run_id, number, state), 0)}"
                )
    return broken[:5]


def _made(db, deletions: bool) -> list[str]:
    said = dict(db.execute("SELECT number, sum(made) FROM run_stage GROUP BY number").fetchall())
    broken = []
    for number, query in MADE.items():
        there = db.execute(query).fetchone()[0]
        if there > said.get(number, 0) or (not deletions and there != said.get(number, 0)):
            broken.append(
                f"effects: stage {number} says that it made {said.get(number, 0)}, there are {there}"
            )
    return broken


def _files(db, images) -> list[str]:
    broken = []
    for row in db.execute("SELECT id, path, bytes FROM image WHERE status = 'generated'"):
        file = Path(images) / (row["path"] or "")
        if not file.is_file() or file.stat().st_size != row["bytes"]:
            broken.append(f"effects: image {row['id']}: its file is missing or of another size")
    return broken[:5]


# What counts as a product, and by what names its rows know each other: no ids, no times.
PRODUCTS = {
    "keyword": "SELECT s.slug, k.*, c.slug AS cluster FROM keyword k JOIN site s ON s.id = k.site_id "
    "LEFT JOIN cluster c ON c.id = k.cluster_id",
    "cluster": "SELECT s.slug AS site, c.* FROM cluster c JOIN site s ON s.id = c.site_id",
    "idea": "SELECT c.slug AS cluster, k.phrase_key AS keyword, d.* FROM idea d "
    "JOIN cluster c ON c.id = d.cluster_id LEFT JOIN keyword k ON k.id = d.primary_keyword_id",
    "task": "SELECT d.fingerprint AS idea, c.slug AS cluster, t.* FROM task t JOIN idea d ON d.id = t.idea_id "
    "JOIN cluster c ON c.id = t.cluster_id",
    "content": "SELECT d.fingerprint AS idea, c.slug AS cluster, x.* FROM content x JOIN task t ON t.id = x.task_id "
    "JOIN idea d ON d.id = t.idea_id JOIN cluster c ON c.id = x.cluster_id",
    "image": "SELECT d.fingerprint AS idea, m.* FROM image m JOIN content x ON x.id = m.content_id "
    "JOIN task t ON t.id = x.task_id JOIN idea d ON d.id = t.idea_id",
}
STRIPPED = {"path", "handed_over_at"}


def products(path, images=None) -> dict[str, list[str]]:
    """Return all product rows as sorted JSON lines a table, without ids and times."""
    found = {}
    with looking_at(path) as db:
        db.execute("BEGIN")
        for table, query in PRODUCTS.items():
            lines = [
                json.dumps(_plain(dict(row), images), sort_keys=True, ensure_ascii=False)
                for row in db.execute(query)
            ]
            found[table] = sorted(lines)
        db.execute("COMMIT")
    return found


def product_hash(path, images=None) -> str:
    """Return one hash over all that was made; equal hashes mean equal products."""
    return hashlib.sha256(json.dumps(products(path, images)).encode()).hexdigest()[:16]


def _plain(row: dict, images) -> dict:
    if images and row.get("path"):
        row["file"] = hashlib.sha256((Path(images) / row["path"]).read_bytes()).hexdigest()
    for name in ("secondary", "outline", "headings", "checks"):
        if row.get(name):
            row[name] = _without_keys(json.loads(row[name]))
    return {
        name: value
        for name, value in row.items()
        if name != "id" and not name.endswith(("_id", "_at")) and name not in STRIPPED
    }


def _without_keys(value):
    """Return JSON without the row ids that it mentions as "key"."""
    if isinstance(value, dict):
        return {name: _without_keys(v) for name, v in value.items() if name != "key"}
    return [_without_keys(v) for v in value] if isinstance(value, list) else value
