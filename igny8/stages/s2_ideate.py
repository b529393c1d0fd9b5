"""Stage 2, clusters → ideas: plan the articles of each cluster."""

import hashlib
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Cluster, Idea, Keyword, RunSettings
from igny8.models.base import insert_if_absent
from igny8.providers.base import Phrase, Topic
from igny8.stages.base import (
    IDS_PARAM,
    Answers,
    Batch,
    Item,
    Output,
    PersistResult,
    Tools,
    process_each,
    rows_by_id,
    site_of,
    still_waiting_ids,
    voice_of,
)

NUMBER, KEY, SHORT_NAME, NAME = 2, "ideate", "Plan articles", "Clusters → Ideas"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "clusters", "ideas", "planning articles"
RESULT_KEYS = ("clusters_processed", "ideas_created")
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.012, outputs=1.8, output_uncertainty=0.3)

cluster, keyword, idea = Cluster.__table__, Keyword.__table__, Idea.__table__
KEYWORDS_OF_CLUSTERS = select(
    keyword.c.id,
    keyword.c.cluster_id,
    keyword.c.phrase,
    keyword.c.volume,
    keyword.c.difficulty,
    keyword.c.intent,
    keyword.c.impressions,
    keyword.c.parent_topic,
    keyword.c.volume_low,
    keyword.c.volume_high,
).where(keyword.c.cluster_id.in_(IDS_PARAM), keyword.c.disabled.is_(False))
EXISTING_IDEAS = select(
    idea.c.cluster_id, idea.c.primary_keyword_id, idea.c.format, idea.c.secondary
).where(idea.c.cluster_id.in_(IDS_PARAM))
TAKEN_TITLES = select(idea.c.title_key).where(
    idea.c.site_id == bindparam("of_site"), idea.c.title_key.in_(bindparam("keys", expanding=True))
)
TAKEN_SLUGS = select(idea.c.slug).where(
    idea.c.site_id == bindparam("of_site"), idea.c.slug.in_(bindparam("keys", expanding=True))
)
CREATED_IDEAS = (
    select(idea.c.id, idea.c.title)
    .where(
        idea.c.site_id == bindparam("of_site"),
        idea.c.status == "new",
        idea.c.fingerprint.in_(bindparam("keys", expanding=True)),
    )
    .order_by(idea.c.id)
)
MARK_MAPPED = update(cluster).where(cluster.c.id.in_(IDS_PARAM)).values(status="mapped")


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of clusters that are new and not disabled, oldest first."""
    return select(cluster.c.id, cluster.c.name.label("title"), cluster.c.id.label("rank")).where(
        cluster.c.site_id == site_id, cluster.c.status == "new", cluster.c.disabled.is_(False)
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return the ideas of each cluster, with their keywords."""
    with read_transaction() as tx:
        clusters = rows_by_id(tx, cluster, batch.subject_ids)
        language = site_of(tx, batch).language
        phrases: dict[int, list[Phrase]] = {}
        for row in tx.execute(KEYWORDS_OF_CLUSTERS, {"ids": batch.subject_ids}):
            phrases.setdefault(row.cluster_id, []).append(
                Phrase(
                    row.id,
                    row.phrase,
                    row.volume,
                    row.difficulty,
                    row.intent,
                    row.impressions,
                    row.parent_topic,
                    volume_low=row.volume_low,
                    volume_high=row.volume_high,
                )
            )
        earlier: dict[int, list] = {}
        for row in tx.execute(EXISTING_IDEAS, {"ids": batch.subject_ids}):
            earlier.setdefault(row.cluster_id, []).append(row)
    provider = tools.provider(KEY)

    def propose(item: Item) -> Any:
        row = clusters.get(item.subject_id)
        if row is None:
            return ()
        made = earlier.get(row.id, [])
        covered = {r.primary_keyword_id for r in made} | {
            s["key"] for r in made for s in r.secondary
        }
        topic = Topic(
            row.name,
            row.intent,
            tuple(sorted(phrases.get(row.id, ()), key=lambda p: (-p.demand, p.text))),
            language,
            tuple(sorted(k for k in covered if k)),
            tuple(sorted(r.format for r in made)),
            voice_of(batch.settings),
        )
        texts = {p.key: p for p in topic.phrases}
        return tuple(
            (i, texts[i.primary], tuple(texts[k] for k in i.secondary))
            for i in provider.propose(
                topic, batch.settings.ideas_per_cluster, tools.calls(item)
            ).value
        )

    return process_each(batch, propose)


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Store the ideas, each with the first of its titles that the site does not have yet."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    result.skipped = {s: "deleted or disabled during the run" for s in answers if s not in live}
    proposals = [(s, *p) for s in answers if s in live for p in answers[s]]
    rows = _rows_with_unique_titles(tx, batch.site_id, proposals)
    if rows:
        result.made = tx.execute(insert_if_absent(tx, idea), rows).rowcount
        made = tx.execute(
            CREATED_IDEAS, {"of_site": batch.site_id, "keys": [r["fingerprint"] for r in rows]}
        ).all()
        result.outputs = [Output(row.id, row.title, row.id) for row in made]
    tx.execute(MARK_MAPPED, {"ids": list(live)})
    result.message = (
        f"Planned {pluralize(result.made, OUTPUT_UNIT)} for {pluralize(len(live), INPUT_UNIT)}"
    )
    return result


def _rows_with_unique_titles(tx: Connection, site_id: int, proposals: list) -> list[dict]:
    """Return rows with titles and slugs that the site does not have yet."""
    keys = {title.casefold() for _, i, _, _ in proposals for title in i.titles}
    slugs = {i.slug for _, i, _, _ in proposals}
    titles_taken = set(tx.execute(TAKEN_TITLES, {"of_site": site_id, "keys": list(keys)}).scalars())
    slugs_taken = set(tx.execute(TAKEN_SLUGS, {"of_site": site_id, "keys": list(slugs)}).scalars())
    rows = []
    for cluster_id, found, primary, secondary in proposals:
        title = next((t for t in found.titles if t.casefold() not in titles_taken), None)
        title = title or f"{found.titles[0]} ({primary.text})"
        slug = found.slug if found.slug not in slugs_taken else f"{found.slug}-{found.format}"
        if slug in slugs_taken:
            slug = f"{found.slug}-{primary.key}"
        titles_taken.add(title.casefold())
        slugs_taken.add(slug)
        rows.append(
            {
                "site_id": site_id,
                "cluster_id": cluster_id,
                "primary_keyword_id": primary.key,
                "primary_phrase": primary.text,
                "fingerprint": hashlib.sha1(
                    primary.text.casefold().encode(), usedforsecurity=False
                ).hexdigest(),
                "title": title,
                "title_key": title.casefold(),
                "slug": slug,
                "meta_description": found.meta_description,
                "format": found.format,
                "intent": found.intent,
                "angle": found.angle,
                "target_words": found.target_words,
                "secondary": [
                    {
                        "key": p.key,
                        "text": p.text,
                        "volume": p.volume,
                        "volume_low": p.volume_low,
                        "volume_high": p.volume_high,
                        "difficulty": p.difficulty,
                        "impressions": p.impressions,
                    }
                    for p in secondary
                ],
                "outline": [asdict(section) for section in found.outline],
            }
        )
    return rows
