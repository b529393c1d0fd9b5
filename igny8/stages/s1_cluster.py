"""Stage 1, keywords → clusters: group the site's new keywords by topic.

Clustering compares all keywords of the run with each other. The first batch computes the plan,
which is stored; every batch then applies its own part of it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, update

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Cluster, Keyword, RunItem, RunSettings, Site, SiteSettings
from igny8.models.base import insert_if_absent
from igny8.providers.base import ClusterOptions, ClusterPlan, KnownCluster, Phrase
from igny8.stages.base import (
    Answers,
    Batch,
    Output,
    PersistResult,
    Tools,
    still_waiting_ids,
    voice_of,
)

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
CLUSTERS_BY_SLUG = select(cluster.c.id, cluster.c.slug, cluster.c.status).where(
    cluster.c.site_id == bindparam("of_site"),
    cluster.c.slug.in_(bindparam("slugs", expanding=True)),
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of new, enabled keywords in no cluster, largest demand first."""
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
    """Return for each keyword its cluster in the plan, or why it has none."""
    plan = tools.get_or_create(batch.run_id, NUMBER, "plan", lambda: _compute_plan(batch, tools))
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
    ids = _upsert_clusters(tx, batch, placed, result)
    if placed:
        tx.execute(
            ASSIGN_TO_CLUSTER,
            [
                {
                    "one": subject,
                    "place": ids[answer["slug"]],
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
    result.message = _summary(len(placed), len(ids), result.made)
    return result


def _summary(keywords: int, clusters: int, made: int) -> str:
    """Return the log line of a batch.

    Batches share clusters, so only the new ones add up to what the stage made.
    """
    into = pluralize(clusters, OUTPUT_UNIT)
    if made == clusters:
        into = into.replace(" ", " new ", 1)
    elif made:
        into += f", {made:,} of them new"
    return f"Grouped {pluralize(keywords, INPUT_UNIT)} into {into}"


def _store_threshold(tx: Connection, site_id: int, threshold: float, vectors: str) -> None:
    """Store the threshold of the site's first clustering with these vectors, for later runs."""
    settings = SiteSettings.__table__
    tx.execute(
        update(settings)
        .where(
            settings.c.site_id == site_id,
            settings.c.cluster_threshold.is_(None) | (settings.c.cluster_vectors != vectors),
        )
        .values(cluster_threshold=threshold, cluster_vectors=vectors)
    )


def _upsert_clusters(
    tx: Connection, batch: Batch, placed: dict, result: PersistResult
) -> dict[str, int]:
    """Create or reopen the clusters; return {slug: id} and set the outputs of the result."""
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
    rows = tx.execute(CLUSTERS_BY_SLUG, {"of_site": batch.site_id, "slugs": list(wanted)}).all()
    ids = {row.slug: row.id for row in rows}
    grown = [row.id for row in rows if row.status == "mapped"]
    if grown:
        tx.execute(update(cluster).where(cluster.c.id.in_(grown)).values(status="new"))
    result.outputs = [
        Output(ids[slug], wanted[slug]["name"], -wanted[slug]["volume"]) for slug in sorted(ids)
    ]
    return ids


def _compute_plan(batch: Batch, tools: Tools) -> dict[str, Any]:
    """Cluster all keywords of the run; return the plan as JSON."""
    with read_transaction() as tx:
        phrases = _phrases_of_run(tx, batch.run_id)
        known = _existing_clusters(tx, batch.site_id)
        options = _cluster_options(tx, batch, known)
    provider = tools.provider(KEY)
    report_progress = tools.progress_reporter()
    answer = provider.cluster(phrases, known, options, tools.calls(), report_progress)
    report_progress(1.0)
    plan = _plan_as_json(answer.value, {p.key: p for p in phrases}, known)
    return plan | ({"note": answer.note} if answer.note else {})


def _phrases_of_run(tx: Connection, run_id: int) -> tuple[Phrase, ...]:
    item = RunItem.__table__
    subjects = select(item.c.subject_id).where(item.c.run_id == run_id, item.c.stage == NUMBER)
    rows = tx.execute(select(keyword).where(keyword.c.id.in_(subjects)))
    return tuple(
        Phrase(
            r.id,
            r.phrase,
            r.volume,
            r.difficulty,
            r.intent,
            r.impressions,
            r.parent_topic,
            r.url,
        )
        for r in rows
    )


def _cluster_options(tx: Connection, batch: Batch, known: Sequence[KnownCluster]) -> ClusterOptions:
    """Return the options of a clustering; the stored threshold counts where clusters exist."""
    settings = SiteSettings.__table__
    row = tx.execute(
        select(Site.language, settings.c.cluster_threshold, settings.c.cluster_vectors)
        .join(settings, settings.c.site_id == Site.id)
        .where(Site.id == batch.site_id)
    ).one()
    return ClusterOptions(
        language=row.language,
        strictness=batch.settings.strictness,
        threshold=row.cluster_threshold if known else None,
        vectors=row.cluster_vectors,
        taken_names=tuple(k.name for k in known),
        voice=voice_of(batch.settings),
    )


def _existing_clusters(tx: Connection, site_id: int) -> tuple[KnownCluster, ...]:
    """Return the site's clusters with the phrases of their keywords, in a stable order."""
    members: dict[int, list[tuple[str, str]]] = {}
    query = select(keyword.c.cluster_id, keyword.c.phrase, keyword.c.parent_topic).where(
        keyword.c.site_id == site_id,
        keyword.c.cluster_id.is_not(None),
        keyword.c.status == "mapped",
    )
    for cluster_id, phrase, parent in tx.execute(query):
        members.setdefault(cluster_id, []).append((phrase, parent or ""))
    query = select(cluster).where(cluster.c.site_id == site_id).order_by(cluster.c.id)
    found = [(row, sorted(members.get(row.id, ()))) for row in tx.execute(query)]
    return tuple(
        KnownCluster(
            row.id,
            row.name,
            tuple(phrase for phrase, _ in inside),
            row.pillar,
            tuple(parent for _, parent in inside),
        )
        for row, inside in found
    )


def _plan_as_json(
    plan: ClusterPlan, phrases: dict[int, Phrase], known: Sequence[KnownCluster]
) -> dict[str, Any]:
    """Return the plan as JSON: its clusters, and the place of each keyword in them."""
    slugs: dict[int, str] = {}
    if known:
        with read_transaction() as tx:
            slugs = dict(
                tx.execute(
                    select(cluster.c.id, cluster.c.slug).where(
                        cluster.c.id.in_([k.key for k in known])
                    )
                ).all()
            )
    clusters: list[dict[str, Any]] = []
    places: dict[str, int | str] = {str(key): reason for key, reason in plan.unclustered.items()}
    for number, group in enumerate(plan.clusters):
        members = [phrases[key] for key in group.members]
        clusters.append(
            {
                "name": group.name,
                "slug": slugs.get(group.known, group.slug),
                "intent": group.intent,
                "pillar": group.pillar,
                "known": group.known,
                "threshold": plan.threshold,
                "vectors": plan.vectors,
                "volume": sum(p.demand for p in members),
                "intents": {
                    str(p.key): p.intent for p in members if p.intent and p.intent != group.intent
                },
            }
        )
        places |= {str(key): number for key in group.members}
    return {"clusters": clusters, "places": places, "threshold": plan.threshold}
