"""Stage 1, keywords → clusters: group the site's new keywords by topic.

Clustering compares all keywords of the run with each other. The first batch computes and stores the
plan; every batch then applies its own part of it.
"""

from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Cluster, Keyword, RunSettings, SiteSettings
from igny8.models.base import insert_if_absent
from igny8.stages.base import (
    Answers,
    Batch,
    Output,
    PersistResult,
    Tools,
    still_waiting_ids,
)
from igny8.stages.cluster_plans import compute_plan

NUMBER, KEY, SHORT_NAME, NAME = 1, "cluster", "Cluster", "Keywords → Clusters"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "keywords", "clusters", "grouping"
RESULT_KEYS = ("keywords_processed", "clusters_created")
PLANS_WHOLE_STAGE = True
PLANNING_SHARE = 0.9  # of the work of a keyword: what clustering does before it is assigned
PRIOR_RATE = Rate(seconds=0.004, outputs=1.1, output_uncertainty=0.6)
STARTUP_S = 0.5  # clustering takes this time however few keywords there are
# clusters per keyword = outputs · keywords^-0.2, measured on the labelled lists of bench/data
CLUSTERS_PER_KEYWORD_DECAY = 0.2

keyword, cluster = Keyword.__table__, Cluster.__table__
ASSIGN_TO_CLUSTER = (
    update(keyword)
    .where(keyword.c.id == bindparam("one"))
    .values(status="mapped", cluster_id=bindparam("place"), intent=bindparam("meant"))
)
MARK_UNCLUSTERED = (
    update(keyword)
    .where(keyword.c.id == bindparam("one"))
    .values(status="unclustered", status_reason=bindparam("why"))
)
home = cluster.alias("home")  # the cluster itself, or the one that it was merged into
HOMES_BY_SLUG = (
    select(cluster.c.slug, home.c.id, home.c.name, home.c.status, home.c.locked)
    .join(home, home.c.id == func.coalesce(cluster.c.merged_into_id, cluster.c.id))
    .where(
        cluster.c.site_id == bindparam("of_site"),
        cluster.c.slug.in_(bindparam("slugs", expanding=True)),
    )
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of new, enabled keywords without a cluster, highest demand first."""
    return select(
        keyword.c.id,
        keyword.c.phrase.label("title"),
        (-func.coalesce(Keyword.demand(), 0)).label("rank"),
    ).where(
        keyword.c.site_id == site_id,
        keyword.c.status == "new",
        keyword.c.cluster_id.is_(None),
        keyword.c.disabled.is_(False),
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return the planned cluster of each keyword, or the reason for none."""
    plan = tools.get_or_create(
        batch.run_id, NUMBER, "plan", lambda: compute_plan(batch, tools, KEY)
    )
    places, clusters = plan["places"], plan["clusters"]
    answers: Answers = {}
    for subject in batch.subject_ids:
        place = places.get(str(subject))
        if isinstance(place, int):
            answers[subject] = clusters[place]
        else:
            answers[subject] = (
                place or "was added after the keywords were grouped; the next run takes it"
            )
    return answers


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Create or extend the clusters of these keywords and assign the keywords to them."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    placed, reasons = {}, {}
    for subject, answer in answers.items():
        if subject not in live:
            result.skipped[subject] = "deleted or disabled during the run"
        elif isinstance(answer, str):
            reasons[subject] = answer
        else:
            placed[subject] = answer
    homes = _homes(tx, batch, placed, result)
    for subject in [key for key, answer in placed.items() if homes[answer["slug"]].locked]:
        name = homes[placed.pop(subject)["slug"]].name
        result.skipped[subject] = f"“{name}” was locked during the run; the next run groups it"
    if placed:
        tx.execute(
            ASSIGN_TO_CLUSTER,
            [
                {
                    "one": subject,
                    "place": homes[answer["slug"]].id,
                    "meant": answer["intents"].get(str(subject)) or answer["intent"],
                }
                for subject, answer in sorted(placed.items())
            ],
        )
    if reasons:
        tx.execute(
            MARK_UNCLUSTERED, [{"one": subject, "why": why} for subject, why in reasons.items()]
        )
    if placed:
        first = next(iter(placed.values()))
        _store_threshold(tx, batch.site_id, first["threshold"], first.get("vectors", ""))
    grown = _reopen(tx, placed, homes, result)
    result.message = _summary(len(placed), grown, result.made)
    return result


def _summary(keywords: int, clusters: int, made: int) -> str:
    """Return the log line of a batch.

    Batches share clusters, so only new clusters count as output.
    """
    into = pluralize(clusters, OUTPUT_UNIT)
    if made == clusters:
        into = into.replace(" ", " new ", 1)
    elif made:
        into += f", {made:,} of them new"
    return f"Grouped {pluralize(keywords, INPUT_UNIT)} into {into}"


def _store_threshold(tx: Connection, site_id: int, threshold: float, vectors: str) -> None:
    """Store the threshold of the site's first clustering with these vectors for later runs."""
    settings = SiteSettings.__table__
    tx.execute(
        update(settings)
        .where(
            settings.c.site_id == site_id,
            settings.c.cluster_threshold.is_(None) | (settings.c.cluster_vectors != vectors),
        )
        .values(cluster_threshold=threshold, cluster_vectors=vectors)
    )


def _homes(tx: Connection, batch: Batch, placed: dict, result: PersistResult) -> dict[str, Row]:
    """Create the new clusters; return {slug: the current row of the cluster}."""
    wanted = {answer["slug"]: answer for _, answer in sorted(placed.items())}
    fresh = [a for a in wanted.values() if a["known"] is None]
    if fresh:
        result.made = tx.execute(
            insert_if_absent(tx, cluster),
            [
                {
                    "site_id": batch.site_id,
                    "name": a["name"],
                    "slug": a["slug"],
                    "pillar": a["pillar"],
                    "intent": a["intent"],
                }
                for a in fresh
            ],
        ).rowcount
    rows = tx.execute(HOMES_BY_SLUG, {"of_site": batch.site_id, "slugs": list(wanted)})
    return {row.slug: row for row in rows.all()}


def _reopen(tx: Connection, placed: dict, homes: dict[str, Row], result: PersistResult) -> int:
    """Make grown clusters wait for ideas and set the outputs; return how many there are."""
    wanted = {answer["slug"]: answer["volume"] for _, answer in sorted(placed.items())}
    volumes: dict[int, int] = {}
    for slug in sorted(wanted):
        volumes[homes[slug].id] = volumes.get(homes[slug].id, 0) + wanted[slug]
    rows = {homes[slug].id: homes[slug] for slug in wanted}
    mapped = [row.id for row in rows.values() if row.status == "mapped"]
    if mapped:
        tx.execute(update(cluster).where(cluster.c.id.in_(mapped)).values(status="new"))
    result.outputs = [Output(key, rows[key].name, -volumes[key]) for key in volumes]
    return len(volumes)
