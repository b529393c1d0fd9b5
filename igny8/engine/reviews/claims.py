"""The claims of an article, with what they rest on."""

from typing import Any

from sqlalchemy import Row, select

from igny8.models import Site, SiteSettings
from igny8.models.base import Executor
from igny8.providers.base import Citation
from igny8.providers.checks.sources import Claim, Ground, list_claims


def claims_in(tx: Executor, row: Row[Any]) -> list[Claim]:
    """Return the claims of an article that a person should know the sources of; none of a brief."""
    if row.kind != "article":
        return []
    known = tx.execute(
        select(SiteSettings.knowledge, Site.language)
        .join(Site, Site.id == SiteSettings.site_id)
        .where(Site.id == row.site_id)
    ).one()
    facts = f"{known.knowledge} {row.primary_phrase} {row.title}"
    return list_claims(row.html, Ground(facts, Citation.from_json(row.citations), known.language))
