"""Compare keywords, clusters and ideas with the pages of the website, without any request."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from igny8.extensions import read_transaction
from igny8.inventory.addresses import words_of
from igny8.models import Cluster, Idea, Keyword, Site, SitePage
from igny8.models.coverage import CLUSTER, IDEA, KEYWORD, Found, verdict_of

page, idea = SitePage.__table__, Idea.__table__
SEPARATORS = (" | ", " – ", " — ", " - ", " · ", " » ")
MIN_SHARE = 0.3  # of the titles that end alike, for the end to be the name of the site
Subject = tuple[str, int, str]  # kind, id, text


def compare(provider: Any, site_id: int, report: Callable[[float], None]) -> list[Found]:
    """Return the closest page for each keyword, cluster and idea of a site; [] without pages."""
    with read_transaction() as tx:
        subjects = _subjects(tx, site_id)
        language, ids, names = names_of_pages(tx, site_id)
    return closest(provider, subjects, language, ids, names, report)


def names_of_pages(tx: Connection, site_id: int) -> tuple[str, list[int], list[tuple[str, ...]]]:
    """Return the language of a site, and id and names of each of its own pages."""
    site = tx.execute(select(Site.language, Site.name).where(Site.id == site_id)).one()
    columns = (page.c.id, page.c.title, page.c.h1, page.c.address)
    query = select(*columns).where(page.c.site_id == site_id, page.c.counts.is_(True))
    rows = tx.execute(query.order_by(page.c.id)).all()
    ends = Counter(_parted(row.title)[1] for row in rows)
    usual = {
        end
        for end, count in ends.items()
        if end and (count > max(2, MIN_SHARE * len(rows)) or end.casefold() == site.name.casefold())
    }
    return site.language, [row.id for row in rows], [_names(row, usual) for row in rows]


def closest(
    provider: Any,
    subjects: Sequence[Subject],
    language: str,
    ids: Sequence[int],
    names: Sequence[tuple[str, ...]],
    report: Callable[[float], None],
) -> list[Found]:
    """Return the closest page for each subject, among pages with these names."""
    texts = tuple(dict.fromkeys(text for _, _, text in subjects))
    if not texts or not ids:
        return []
    found = provider.nearest(texts, tuple(names), language, report)
    best = dict(zip(texts, zip(found.pages, found.scores, strict=True), strict=True))
    return [
        Found(kind, subject, ids[place], score, verdict_of(found.method, score))
        for kind, subject, text in subjects
        for place, score in [best[text]]
        if place >= 0
    ]


def _subjects(tx: Connection, site_id: int) -> list[Subject]:
    tables: tuple[tuple[str, Any, Any], ...] = (
        (KEYWORD, Keyword.__table__, Keyword.__table__.c.phrase),
        (CLUSTER, Cluster.__table__, Cluster.__table__.c.name),
        (IDEA, idea, idea.c.primary_phrase),
    )
    return [
        (kind, row.id, row.text)
        for kind, table, text in tables
        for row in tx.execute(
            select(table.c.id, text.label("text")).where(table.c.site_id == site_id)
        )
    ]


def _names(row: Row, usual: set[str]) -> tuple[str, ...]:
    start, end = _parted(row.title)
    title = start if end in usual else row.title
    names = (title, row.h1, words_of(row.address))
    return tuple(dict.fromkeys(name for name in names if name.strip()))


def _parted(title: str) -> tuple[str, str]:
    """Split a title at its last separator; return both parts."""
    at, mark = max((title.rfind(mark), mark) for mark in SEPARATORS)
    return (title[:at].strip(), title[at + len(mark) :].strip()) if at > 0 else (title, "")
