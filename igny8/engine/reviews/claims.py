"""The factual claims of an article with their sources."""

from typing import Any

from sqlalchemy import Row, select

from igny8.models import Site, SiteSettings
from igny8.models.base import Executor
from igny8.providers.base import Citation
from igny8.providers.checks.sources import Claim, Ground, list_claims


def claims_in(tx: Executor, row: Row[Any]) -> list[Claim]:
    """Return the factual claims of an article that need a source; empty for a brief."""
    if row.kind != "article":
        return []
    known = tx.execute(
        select(SiteSettings.knowledge, Site.language)
        .join(Site, Site.id == SiteSettings.site_id)
        .where(Site.id == row.site_id)
    ).one()
    facts = f"{known.knowledge} {row.primary_phrase} {row.title}"
    return list_claims(row.html, Ground(facts, Citation.from_json(row.citations), known.language))
