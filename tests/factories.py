"""Rows to begin with: sites and keywords, by the handful or by the thousand."""

from sqlalchemy import insert, select

from igny8.extensions import writing
from igny8.models import Keyword, Site, SiteSettings


def make_site(slug: str = "green", **settings) -> int:
    """Make a site with these settings; return its id."""
    with writing() as tx:
        site_id = Site.create(tx, slug.title(), slug)
        if settings:
            SiteSettings.change(tx, site_id, **settings)
    return site_id


def change_settings(site_id: int, **settings) -> None:
    """Change what the owner of a site chose."""
    with writing() as tx:
        SiteSettings.change(tx, site_id, **settings)


def make_keywords(site_id: int, count: int, start: int = 0, a_cluster: int = 4) -> list[int]:
    """Make keywords “topicN wordM”, `a_cluster` of them to a first word; return their ids."""
    rows = [{"site_id": site_id, "phrase": phrase, "phrase_key": phrase, "volume": 10 * number}
            for number in range(start, start + count) for phrase in [f"topic{number // a_cluster} word{number}"]]
    with writing() as tx:
        tx.execute(insert(Keyword.__table__), rows)
        return list(tx.execute(select(Keyword.id).where(
            Keyword.site_id == site_id, Keyword.phrase_key.in_([r["phrase_key"] for r in rows]))
            .order_by(Keyword.id)).scalars())
