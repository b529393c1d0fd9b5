"""A run gives the sources of its site to the model, and stores what its articles cite."""

import pytest
from sqlalchemy import select

from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, ContentVersion, Keyword, SiteSource
from tests.engine.test_runs_over_http import play, wired  # noqa: F401 - a fixture
from tests.factories import make_keywords
from tests.providers.openai_compatible.server import chat, schema_of
from tests.providers.openai_compatible.test_answers import by_schema

PASSAGE = "It costs 120 euros."


def cites(request: dict):
    """Answer by the schema; a part that is given the passage cites it, and says more than it says."""
    text = request["messages"][-1]["content"]
    if f"[1] Prices: {PASSAGE}" not in text or "items" not in schema_of(request)["properties"]:
        return by_schema(request)
    said = "It costs 120 euros [1]. Sales rose by 77 percent in 2024 [1]."
    return chat({"paragraphs": [said], "items": [], "ordered": False, "points": []})


@pytest.fixture
def cited(site, inline_worker, run_of, wired):  # noqa: F811
    """Return the articles of a run that had a source."""
    wired(cites, keys=("write",), images_per_article=0)
    words = " ".join(make_words(site.id))
    with write_transaction() as tx:
        assert SiteSource.add(tx, site.id, "text", "Prices", "", [f"{PASSAGE} {words}"], "anna")
        assert not SiteSource.add(tx, site.id, "file", "Same", "", [f"{PASSAGE} {words}"], "anna")
    start_run.start_run(site.id)
    play(site, inline_worker, run_of)
    with read_transaction() as tx:
        return tx.execute(select(Content.__table__)).all()


def make_words(site_id: int) -> list[str]:
    make_keywords(site_id, 8)
    with read_transaction() as tx:
        return list(tx.execute(select(Keyword.phrase).where(Keyword.site_id == site_id)).scalars())


def test_article_stores_what_it_cites(cited):
    article = next(row for row in cited if row.citations)
    [citation] = article.citations
    assert citation["title"] == "Prices" and PASSAGE in citation["passages"][0]
    assert "120 euros<sup>&#91;1]</sup>" in article.html and "77 percent in 2024." in article.html
    failed = {check["kind"] for check in article.checks if not check["ok"]}
    assert "unsourced_claims" in failed and "citations" not in failed


def test_version_keeps_its_citations(cited):
    article = next(row for row in cited if row.citations)
    with write_transaction() as tx:
        ContentVersion.keep(tx, Content.id == article.id)
        kept = ContentVersion.find(tx, article.id, article.version)
    assert kept.citations == article.citations
