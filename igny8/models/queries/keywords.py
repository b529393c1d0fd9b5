"""Keywords of a site for the list, the page of a keyword and the export."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from igny8.models import Cluster, Idea, Keyword, ideas_by_keyword
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

keyword, cluster, idea = Keyword.__table__, Cluster.__table__, Idea.__table__
STATUSES = ("new", "mapped", "unclustered")
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
EXPORT_BATCH_ROWS = 2000
EXPORT_COLUMNS = {
    "Keyword": keyword.c.phrase,
    "Volume": keyword.c.volume,
    "Difficulty": keyword.c.difficulty,
    "CPC": keyword.c.cpc,
    "Currency": keyword.c.currency,
    "Intent": keyword.c.intent,
    "Country": keyword.c.country,
    "Language": keyword.c.language,
    "Parent topic": keyword.c.parent_topic,
    "Cluster": cluster.c.name,
    "Status": keyword.c.status,
}
SORTS = {
    "volume": Sort(Keyword.demand()),
    "phrase": Sort(keyword.c.phrase_key, ascending=True),
    "difficulty": Sort(keyword.c.difficulty),
    "cpc": Sort(keyword.c.cpc),
    "added": Sort(keyword.c.id),
}


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q`, `status` and `intent`."""
    if filters["q"]:
        ids = ids.where(contains_text(keyword.c.phrase_key, filters["q"].casefold()))
    if filters["status"] == "disabled":
        ids = ids.where(keyword.c.disabled.is_(True))
    elif filters["status"]:
        ids = ids.where(keyword.c.status == filters["status"])
    return ids.where(keyword.c.intent == filters["intent"]) if filters["intent"] else ids


def rows(site_id: int, ids: list[int]) -> Select:
    """Return the query of keywords with `demand` and the name and status of their clusters."""
    return (
        select(
            keyword,
            Keyword.demand().label("demand"),
            cluster.c.name.label("cluster_name"),
            cluster.c.status.label("cluster_status"),
        )
        .outerjoin(cluster, cluster.c.id == keyword.c.cluster_id)
        .where(keyword.c.site_id == site_id, keyword.c.id.in_(ids))
    )


LIST = ListQuery(
    keyword,
    narrow,
    rows,
    lambda site_id: SORTS,
    {"status": (*STATUSES, "disabled"), "intent": INTENTS},
)


def find(tx: Session, site_id: int, keyword_id: int) -> Row | None:
    """Return a keyword of a site as `rows` does, or None."""
    return tx.execute(rows(site_id, [keyword_id])).first()


def covering_idea(tx: Session, row: Row) -> Row | None:
    """Return the idea that covers a keyword, or None."""
    if not row.cluster_id:
        return None
    ideas = tx.execute(select(idea).where(idea.c.cluster_id == row.cluster_id)).all()
    return ideas_by_keyword(ideas).get(row.id)


def export(tx: Session, site_id: int, filters: Mapping[str, str]) -> Iterator[tuple]:
    """Yield the values of EXPORT_COLUMNS of the matching keywords, read in batches to save memory."""
    matching, last = LIST.matching_ids(site_id, filters), 0
    while True:
        batch = matching.where(keyword.c.id > last).order_by(keyword.c.id).limit(EXPORT_BATCH_ROWS)
        ids = batch.subquery()
        found = tx.execute(
            select(keyword.c.id, *EXPORT_COLUMNS.values())
            .join(ids, ids.c.id == keyword.c.id)
            .outerjoin(cluster, cluster.c.id == keyword.c.cluster_id)
            .order_by(keyword.c.id)
        ).all()
        yield from (row[1:] for row in found)
        if len(found) < EXPORT_BATCH_ROWS:
            return
        last = found[-1][0]
