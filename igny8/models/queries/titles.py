"""Search the titles of keywords, clusters, ideas and articles of a site."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal, select, union_all

from igny8.models import Cluster, Content, Idea, Keyword
from igny8.models.base import Executor
from igny8.models.queries.text_search import contains_text

# kind: table, column that is searched, column that is shown
SEARCHED = {
    "article": (Content.__table__, "title", "title"),
    "cluster": (Cluster.__table__, "name", "name"),
    "idea": (Idea.__table__, "title_key", "title"),
    "keyword": (Keyword.__table__, "phrase_key", "phrase"),
}
FOLDED = ("title_key", "phrase_key")
PER_KIND = 5


def find_titles(tx: Executor, site_id: int, text: str) -> Sequence[Any]:
    """Return (kind, id, title) of rows whose title contains a text, at most PER_KIND per kind."""
    parts = []
    for kind, (table, searched, shown) in SEARCHED.items():
        wanted = text.casefold() if searched in FOLDED else text
        query = (
            select(literal(kind).label("kind"), table.c.id, table.c[shown].label("title"))
            .where(table.c.site_id == site_id, contains_text(table.c[searched], wanted))
            .order_by(table.c.id.desc())
            .limit(PER_KIND)
        )
        parts.append(select(*query.subquery().c))
    return tx.execute(union_all(*parts)).all()
