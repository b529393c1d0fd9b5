"""The input of the writing stage for a provider: one assignment per task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from igny8.extensions import read_transaction
from igny8.models import Cluster, Content, Coverage, Idea, Keyword, Publication, SiteSource, Task
from igny8.providers.base import Assignment, Link, Passage, Phrase, Section
from igny8.stages.base import IDS_PARAM, Batch, rows_by_id, site_of, voice_of

MAX_LINKS = 8
MAX_LIVE_LINKS = 5

task, idea, keyword, cluster = (m.__table__ for m in (Task, Idea, Keyword, Cluster))
PLANNED_PAGES = (
    select(task.c.id, task.c.cluster_id, idea.c.title, idea.c.slug)
    .join(idea, idea.c.id == task.c.idea_id)
    .where(task.c.cluster_id.in_(IDS_PARAM))
    .order_by(task.c.cluster_id, task.c.priority.desc(), idea.c.fingerprint)
)

PUBLISHED_ADDRESSES = (
    select(Content.task_id, Publication.remote_url)
    .join(Publication, Publication.content_id == Content.id)
    .where(Content.task_id.in_(IDS_PARAM), Publication.remote_url != "")
)


@dataclass(frozen=True, slots=True)
class WritingRows:
    """The data to write the texts of a batch from: rows by id, and links by cluster id.

    `passages` are those of all sources of the site.
    """

    tasks: dict[int, Row[Any]]
    ideas: dict[int, Row[Any]]
    primary_keywords: dict[int, Row[Any]]
    clusters: dict[int, Row[Any]]
    links: dict[int, list[tuple[int, Link]]]
    live_pages: dict[int, list[Link]]
    addresses: dict[int, set[str]]
    site: Row[Any]
    passages: tuple[Passage, ...] = ()


def load_rows(batch: Batch) -> WritingRows:
    """Return the tasks of a batch with the data that their texts are written from."""
    with read_transaction() as tx:
        tasks = rows_by_id(tx, task, batch.subject_ids)
        ideas = rows_by_id(tx, idea, [t.idea_id for t in tasks.values()])
        clusters = rows_by_id(tx, cluster, [t.cluster_id for t in tasks.values()])
        return WritingRows(
            tasks,
            ideas,
            rows_by_id(tx, keyword, [i.primary_keyword_id for i in ideas.values()]),
            clusters,
            _links(tx, list(clusters)),
            _live_pages(tx, list(clusters)),
            _addresses(tx, batch.subject_ids),
            site_of(tx, batch),
            _passages(tx, batch.site_id),
        )


def assignment(row: Row[Any], rows: WritingRows, batch: Batch) -> Assignment:
    """Return the assignment to write the text of one task."""
    plan, site = rows.ideas[row.idea_id], rows.site
    return Assignment(
        title=plan.title,
        slug=plan.slug,
        meta_description=plan.meta_description,
        format=plan.format,
        intent=plan.intent,
        angle=plan.angle,
        target_words=plan.target_words * batch.settings.length_percent // 100,
        outline=tuple(_section(stored) for stored in plan.outline),
        primary=_primary_phrase(plan, rows.primary_keywords.get(plan.primary_keyword_id)),
        secondary=tuple(_secondary_phrase(stored) for stored in plan.secondary),
        cluster=rows.clusters[row.cluster_id].name,
        site_name=site.name,
        site_url=site.url,
        language=site.language,
        note=row.note,
        voice=voice_of(batch.settings),
        links=_links_to_others(row, rows),
        sources=rows.passages,
        outline_critique=batch.settings.outline_critique,
        text_critique=batch.settings.text_critique,
    )


def _passages(tx: Connection, site_id: int) -> tuple[Passage, ...]:
    """Return the passages of the site's sources, the oldest source first."""
    return tuple(
        Passage(source.title, text, source.address)
        for source in SiteSource.with_passages(tx, site_id)
        for text in source.passages
    )


def _section(stored: dict[str, Any]) -> Section:
    points, keywords = tuple(stored["points"]), tuple(stored["keywords"])
    return Section(stored["heading"], points, keywords, stored.get("role", ""))


def _primary_phrase(plan: Row[Any], row: Row[Any] | None) -> Phrase:
    """Return the primary keyword with its figures; only its text if the keyword was deleted."""
    if row is None:
        return Phrase(0, plan.primary_phrase)
    return Phrase(
        row.id,
        row.phrase,
        row.volume,
        row.difficulty,
        row.intent,
        row.impressions,
        volume_low=row.volume_low,
        volume_high=row.volume_high,
    )


def _secondary_phrase(stored: dict[str, Any]) -> Phrase:
    return Phrase(
        stored["key"],
        stored["text"],
        stored["volume"],
        stored["difficulty"],
        impressions=stored.get("impressions"),
        volume_low=stored.get("volume_low"),
        volume_high=stored.get("volume_high"),
    )


def _links_to_others(row: Row[Any], rows: WritingRows) -> tuple[Link, ...]:
    """Return the planned pages of the cluster, and the most similar live pages."""
    planned = rows.links.get(row.cluster_id, ())
    others = [link for task_id, link in planned if task_id != row.id][:MAX_LINKS]
    slugs = {link.slug for _, link in planned}
    own = rows.addresses.get(row.id, set())
    live = [
        link
        for link in rows.live_pages.get(row.cluster_id, ())
        if link.slug not in slugs and link.address.rstrip("/") not in own
    ]
    return (*others, *live[:MAX_LIVE_LINKS])


def _live_pages(tx: Connection, cluster_ids: list[int]) -> dict[int, list[Link]]:
    """Return {cluster id: links to the live pages that are similar to its keywords}."""
    pages: dict[int, dict[str, Link]] = {}
    for row in Coverage.close_pages(tx, cluster_ids):
        slug = row.address.rstrip("/").rsplit("/", 1)[1]
        link = Link(row.title or row.address, slug, "live", row.address, row.near, row.score)
        pages.setdefault(row.cluster_id, {}).setdefault(row.address, link)
    return {cluster_id: list(found.values()) for cluster_id, found in pages.items()}


def _addresses(tx: Connection, task_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return {task id: addresses where its text is published}, without a final slash."""
    found: dict[int, set[str]] = {}
    for row in tx.execute(PUBLISHED_ADDRESSES, {"ids": list(task_ids)}):
        found.setdefault(row.task_id, set()).add(row.remote_url.rstrip("/"))
    return found


def _links(tx: Connection, cluster_ids: list[int]) -> dict[int, list[tuple[int, Link]]]:
    """Return {cluster id: [(task id, Link)]} of planned pages; the highest-ranked is the pillar."""
    links: dict[int, list[tuple[int, Link]]] = {}
    for row in tx.execute(PLANNED_PAGES, {"ids": cluster_ids}):
        group = links.setdefault(row.cluster_id, [])
        group.append((row.id, Link(row.title, row.slug, "sibling" if group else "pillar")))
    return links
