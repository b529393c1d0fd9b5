"""The CSV of keywords with every field, variants and ranges, which can be imported again."""

from collections.abc import Iterator

from sqlalchemy import Row, Select, Subquery, select

from igny8.extensions import db
from igny8.formatting import format_volume
from igny8.keyword_fields import FIELDS
from igny8.models import Cluster, Keyword, KeywordVariant

keyword, cluster, variant = Keyword.__table__, Cluster.__table__, KeywordVariant.__table__
EXPORT_FIELDS = tuple(field for field in FIELDS if field.exported)
BATCH_ROWS = 2000
EXPORT_COLUMNS = (*(field.label for field in EXPORT_FIELDS), "Cluster", "Status")


def export_rows(ids: Select) -> Iterator[list]:
    """Yield the cells of each keyword, in batches, using bounded memory."""
    last = 0
    while True:
        chosen = ids.where(keyword.c.id > last).order_by(keyword.c.id).limit(BATCH_ROWS).subquery()
        rows = db.session.execute(
            select(keyword, cluster.c.name.label("cluster_name"))
            .join(chosen, chosen.c.id == keyword.c.id)
            .outerjoin(cluster, cluster.c.id == keyword.c.cluster_id)
            .order_by(keyword.c.id)
        ).all()
        variants = _variants(chosen) if any(row.variant_count for row in rows) else {}
        for row in rows:
            yield _cells(row, variants.get(row.id, ""))
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1].id


def _variants(chosen: Subquery) -> dict[int, str]:
    """Return "spelling (volume) | spelling" for each keyword."""
    found: dict[int, list[str]] = {}
    rows = db.session.execute(
        select(variant).join(chosen, chosen.c.id == variant.c.keyword_id).order_by(variant.c.id)
    )
    for row in rows:
        volume = "" if row.volume is None else f" ({row.volume})"
        found.setdefault(row.keyword_id, []).append(row.phrase + volume)
    return {keyword_id: " | ".join(texts) for keyword_id, texts in found.items()}


def _cells(row: Row, variants: str) -> list:
    cells: list = []
    for field in EXPORT_FIELDS:
        if field.name == "text":
            cells.append(row.phrase)
        elif field.name == "volume":
            cells.append(volume_text(row))
        elif field.name == "variants":
            cells.append(variants)
        else:
            cells.append(getattr(row, field.name))
    return [*cells, row.cluster_name, row.status]


def volume_text(row: Row) -> int | str | None:
    """Return a volume as in the file: a number, or a range such as "10–100"."""
    if row.volume_low is None and row.volume_high is None:
        return row.volume
    return format_volume(row.volume, row.volume_low, row.volume_high, str)
