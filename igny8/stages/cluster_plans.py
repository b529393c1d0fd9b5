"""Compute the plan of the clustering stage by comparing all keywords of a run at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from igny8.extensions import read_transaction
from igny8.models import Cluster, Keyword, RunItem, Site, SiteSettings
from igny8.providers.base import ClusterOptions, ClusterPlan, KnownCluster, Phrase
from igny8.slugs import cluster_slug_of
from igny8.stages.base import Batch, Tools, voice_of

keyword, cluster = Keyword.__table__, Cluster.__table__


def compute_plan(batch: Batch, tools: Tools, stage_key: str) -> dict[str, Any]:
    """Cluster all keywords of the run; return the plan as JSON."""
    with read_transaction() as tx:
        phrases = _phrases_of_run(tx, batch)
        known = _existing_clusters(tx, batch.site_id)
        options = _cluster_options(tx, batch, known)
    provider = tools.provider(stage_key)
    report_progress = tools.progress_reporter()
    answer = provider.cluster(phrases, known, options, tools.calls(), report_progress)
    report_progress(1.0)
    plan = _plan_as_json(answer.value, {p.key: p for p in phrases}, known)
    return plan | ({"note": answer.note} if answer.note else {})


def _phrases_of_run(tx: Connection, batch: Batch) -> tuple[Phrase, ...]:
    item = RunItem.__table__
    subjects = select(item.c.subject_id).where(
        item.c.run_id == batch.run_id, item.c.stage == batch.stage
    )
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
    """Return the options of a clustering; a stored threshold is used if clusters exist."""
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
        taken_names=_taken_names(tx, batch.site_id),
        voice=voice_of(batch.settings),
        own_groups=batch.settings.own_groups,
    )


def _taken_names(tx: Connection, site_id: int) -> tuple[str, ...]:
    """Return the names that new clusters may not use, and the slugs of renamed and merged ones."""
    query = select(cluster.c.name, cluster.c.slug, cluster.c.merged_into_id)
    rows = tx.execute(query.where(cluster.c.site_id == site_id).order_by(cluster.c.id)).all()
    names = [row.name for row in rows if row.merged_into_id is None]
    names += [
        row.slug for row in rows if row.merged_into_id or cluster_slug_of(row.name) != row.slug
    ]
    return tuple(dict.fromkeys(names))


def _existing_clusters(tx: Connection, site_id: int) -> tuple[KnownCluster, ...]:
    """Return the clusters that may grow with their phrases, in a stable order.

    Locked and merged clusters may not grow.
    """
    members: dict[int, list[tuple[str, str]]] = {}
    query = select(keyword.c.cluster_id, keyword.c.phrase, keyword.c.parent_topic).where(
        keyword.c.site_id == site_id,
        keyword.c.cluster_id.is_not(None),
        keyword.c.status == "mapped",
    )
    for cluster_id, phrase, parent in tx.execute(query):
        members.setdefault(cluster_id, []).append((phrase, parent or ""))
    query = select(cluster).where(
        cluster.c.site_id == site_id,
        cluster.c.locked.is_(False),
        cluster.c.merged_into_id.is_(None),
    )
    query = query.order_by(cluster.c.id)
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
    """Return the plan as JSON: its clusters, and the cluster of each keyword."""
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
                "slug": group.slug if group.known is None else slugs.get(group.known, group.slug),
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
