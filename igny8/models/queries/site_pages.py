"""Pages of a website for the list, and the progress of a reading."""

from collections.abc import Mapping

from sqlalchemy import Select, or_, select

from igny8.models import SitePage
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text
from igny8.models.site_page import STATES

page = SitePage.__table__
OWN, NOT_OWN = "own", "not own"  # filter: counts as a page of the site, or was read and does not
SORTS = {
    "address": Sort(page.c.address, ascending=True),
    "title": Sort(page.c.title, ascending=True),
    "modified": Sort(page.c.modified_at),
}


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q` and `state`."""
    if filters["q"]:
        text = filters["q"]
        ids = ids.where(or_(contains_text(page.c.address, text), contains_text(page.c.title, text)))
    if filters["state"] == OWN:
        return ids.where(page.c.counts.is_(True))
    if filters["state"] == NOT_OWN:
        return ids.where(page.c.counts.is_(False), page.c.state == "read")
    return ids.where(page.c.state == filters["state"]) if filters["state"] else ids


def rows(site_id: int, ids: list[int]) -> Select:
    """Return the query of the pages."""
    return select(page).where(page.c.site_id == site_id, page.c.id.in_(ids))


LIST = ListQuery(page, narrow, rows, lambda site_id: SORTS, {"state": (OWN, NOT_OWN, *STATES)})
