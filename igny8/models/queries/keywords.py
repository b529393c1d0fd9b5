"""Keywords of a site for the list, the page of a keyword and the export."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from igny8.keyword_fields import FIELDS
from igny8.models import (
    Cluster,
    Idea,
    Keyword,
    KeywordChange,
    KeywordImport,
    KeywordVariant,
    ideas_by_keyword,
)
from igny8.models.base import Executor
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

keyword, cluster, idea = Keyword.__table__, Cluster.__table__, Idea.__table__
variant, change = KeywordVariant.__table__, KeywordChange.__table__
keyword_import = KeywordImport.__table__
STATUSES = ("new", "mapped", "unclustered")
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
HISTORY_ROWS = 50
REPORTS_VARIANTS_AS_ONE = "keyword_planner"
SORTS = {
    "volume": Sort(Keyword.demand()),
    "phrase": Sort(keyword.c.phrase_key, ascending=True),
    **{field.name: Sort(keyword.c[field.name]) for field in FIELDS if field.is_sortable},
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


def find(tx: Executor, site_id: int, keyword_id: int) -> Row | None:
    """Return a keyword of a site with the columns of `rows`, or None."""
    return tx.execute(rows(site_id, [keyword_id])).first()


def covering_idea(tx: Executor, row: Row) -> Row | None:
    """Return the idea that covers a keyword, or None."""
    if not row.cluster_id:
        return None
    ideas = tx.execute(select(idea).where(idea.c.cluster_id == row.cluster_id)).all()
    elsewhere = select(cluster.c.covered_elsewhere).where(cluster.c.id == row.cluster_id)
    found = tx.execute(elsewhere).scalar_one().get(str(row.id))
    if found is not None:
        ideas = tx.execute(select(idea).where(idea.c.id == found)).all()
        return ideas[0] if ideas else None
    return ideas_by_keyword(ideas).get(row.id)


def variants_of(tx: Executor, keyword_id: int) -> Sequence[Row]:
    """Return the other spellings of a keyword, highest volume first."""
    return tx.execute(
        select(variant)
        .where(variant.c.keyword_id == keyword_id)
        .order_by(variant.c.volume.desc().nulls_last(), variant.c.id)
    ).all()


def volume_with_variants(row: Row, variants: Sequence[Row]) -> int | None:
    """Return the combined volume of a keyword and its variants; None if nothing can be added.

    Keyword Planner, and tools that use its data, report close variants as one: each has the volume
    of all of them. Equal volumes are therefore counted once.
    """
    own = row.volume if row.volume_low is None else None
    known = [each.volume for each in variants if each.volume is not None]
    if own is None or not known or row.source == REPORTS_VARIANTS_AS_ONE:
        return None
    return own + sum(volume for volume in known if volume != own)


def history_of(tx: Executor, keyword_id: int) -> list[dict[str, Any]]:
    """Return the changes of a keyword by imports, newest first."""
    changes = tx.execute(
        select(change, keyword_import.c.filename)
        .outerjoin(keyword_import, keyword_import.c.id == change.c.import_id)
        .where(change.c.keyword_id == keyword_id)
        .order_by(change.c.id.desc())
        .limit(HISTORY_ROWS)
    ).all()
    return [
        {"at": row.created_at, "filename": row.filename, "import_id": row.import_id}
        | {"old": row.old, "new": row.new}
        for row in changes
    ]
