"""Stage 2, clusters → ideas: plan the articles of each cluster."""

import hashlib
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Cluster, Idea, Keyword, RunSettings
from igny8.models.base import insert_if_absent
from igny8.providers.base import Idea as PlannedIdea
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
before = cluster.alias("before")
POSITIONS = select(
    cluster.c.id,
    select(func.count())
    .where(before.c.site_id == cluster.c.site_id, before.c.slug < cluster.c.slug)
    .correlate(cluster)
    .scalar_subquery(),
).where(cluster.c.id.in_(IDS_PARAM))
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
    """Return the query of new, enabled clusters, oldest first."""
    return select(cluster.c.id, cluster.c.name.label("title"), cluster.c.id.label("rank")).where(
        cluster.c.site_id == site_id,
        cluster.c.status == "new",
        cluster.c.disabled.is_(False),
        cluster.c.merged_into_id.is_(None),
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return per cluster a tuple of (Idea, primary Phrase, secondary Phrases)."""
    with read_transaction() as tx:
        clusters = rows_by_id(tx, cluster, batch.subject_ids)
        language = site_of(tx, batch).language
        phrases = _phrases_by_cluster(tx, batch.subject_ids)
        earlier = _ideas_by_cluster(tx, batch.subject_ids)
        positions: dict[int, int] = dict(tx.execute(POSITIONS, {"ids": batch.subject_ids}).all())
    provider = tools.provider(KEY)

    def propose(item: Item) -> Any:
        row = clusters.get(item.subject_id)
        if row is None:
            return ()
        topic = _topic(row, phrases.get(row.id, []), earlier.get(row.id, []), language, batch)
        topic = replace(topic, position=positions[row.id])
        count = batch.settings.ideas_per_cluster
        by_key = {p.key: p for p in topic.phrases}
        return tuple(
            (found, by_key[found.primary], tuple(by_key[key] for key in found.secondary))
            for found in provider.propose(topic, count, tools.calls(item)).value
        )

    return process_each(batch, propose)


def _phrases_by_cluster(tx: Connection, cluster_ids: list[int]) -> dict[int, list[Phrase]]:
    phrases: dict[int, list[Phrase]] = {}
    for row in tx.execute(KEYWORDS_OF_CLUSTERS, {"ids": cluster_ids}):
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
    return phrases


def _ideas_by_cluster(tx: Connection, cluster_ids: list[int]) -> dict[int, list[Row]]:
    ideas: dict[int, list[Row]] = {}
    for row in tx.execute(EXISTING_IDEAS, {"ids": cluster_ids}):
        ideas.setdefault(row.cluster_id, []).append(row)
    return ideas


def _topic(
    row: Row, phrases: list[Phrase], earlier: list[Row], language: str, batch: Batch
) -> Topic:
    """Return the provider's input for one cluster."""
    covered = {idea.primary_keyword_id for idea in earlier}
    covered |= {keyword["key"] for idea in earlier for keyword in idea.secondary}
    covered |= {int(key) for key in row.covered_elsewhere}
    return Topic(
        row.name,
        row.intent,
        tuple(sorted(phrases, key=lambda p: (-p.demand, p.text))),
        language,
        tuple(sorted(key for key in covered if key)),
        tuple(sorted(idea.format for idea in earlier)),
        voice_of(batch.settings),
        batch.settings.slug_script,
    )


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Store the ideas, each with its first title that is unused on the site."""
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


def _rows_with_unique_titles(tx: Connection, site_id: int, proposals: list) -> list[dict[str, Any]]:
    """Return rows with titles and slugs that are unused on the site."""
    keys = {title.casefold() for _, found, _, _ in proposals for title in found.titles}
    slugs = {found.slug for _, found, _, _ in proposals}
    titles_taken = set(tx.execute(TAKEN_TITLES, {"of_site": site_id, "keys": list(keys)}).scalars())
    slugs_taken = set(tx.execute(TAKEN_SLUGS, {"of_site": site_id, "keys": list(slugs)}).scalars())
    rows = []
    for cluster_id, found, primary, secondary in proposals:
        title = _free_title(found, primary, titles_taken)
        slug = _free_slug(found, primary, slugs_taken)
        titles_taken.add(title.casefold())
        slugs_taken.add(slug)
        row = _idea_row(found, primary, secondary)
        rows.append(
            row
            | {
                "site_id": site_id,
                "cluster_id": cluster_id,
                "title": title,
                "title_key": title.casefold(),
                "slug": slug,
            }
        )
    return rows


def _free_title(found: PlannedIdea, primary: Phrase, taken: set[str]) -> str:
    free = (title for title in found.titles if title.casefold() not in taken)
    return next(free, f"{found.titles[0]} ({primary.text})")


def _free_slug(found: PlannedIdea, primary: Phrase, taken: set[str]) -> str:
    slug = found.slug if found.slug not in taken else f"{found.slug}-{found.format}"
    return slug if slug not in taken else f"{found.slug}-{primary.key}"


def _idea_row(found: PlannedIdea, primary: Phrase, secondary: tuple[Phrase, ...]) -> dict[str, Any]:
    """Return the columns of an idea that do not depend on the site's other ideas."""
    key = primary.text.casefold().encode()
    return {
        "primary_keyword_id": primary.key,
        "primary_phrase": primary.text,
        "fingerprint": hashlib.sha1(key, usedforsecurity=False).hexdigest(),
        "meta_description": found.meta_description,
        "format": found.format,
        "intent": found.intent,
        "angle": found.angle,
        "target_words": found.target_words,
        "secondary": [_secondary_as_json(phrase) for phrase in secondary],
        "outline": [asdict(section) for section in found.outline],
    }


def _secondary_as_json(phrase: Phrase) -> dict[str, Any]:
    return {
        "key": phrase.key,
        "text": phrase.text,
        "volume": phrase.volume,
        "volume_low": phrase.volume_low,
        "volume_high": phrase.volume_high,
        "difficulty": phrase.difficulty,
        "impressions": phrase.impressions,
    }


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Disable clusters that people rejected; return no outputs."""
    Cluster.disable(tx, site_id, ids)
    return []
