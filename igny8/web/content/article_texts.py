"""Measure and check the texts of an article after a person or a model changed them."""

from dataclasses import asdict
from typing import Any

from bs4 import BeautifulSoup
from sqlalchemy import Row, select

from igny8.article_parts import ArticlePart, split_parts
from igny8.extensions import db
from igny8.models import SiteSettings
from igny8.providers.base import Assignment, Citation, Draft, Phrase, Voice
from igny8.providers.builtin.briefs.checking import check_search_result
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.checks import check_article
from igny8.providers.checks.citations import without_source_list
from igny8.providers.checks.places import part_to_mend


def parts_to_fix(row: Row) -> dict[int, ArticlePart]:
    """Return the part that each failed check of an article is about, by the check's index."""
    parts = split_parts(row.html)
    found = {
        index: part_to_mend(parts, check.get("kind", ""), check["text"])
        for index, check in enumerate(row.checks)
        if not check["ok"]
    }
    return {index: part for index, part in found.items() if part is not None}


def measure(
    site: Row, row: Row, texts: dict[str, Any], citations: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the word count, headings and checks of a text with these cited sources."""
    page = without_source_list(BeautifulSoup(texts["html"], "html.parser"))
    words = count_words(texts["html"])
    headings = [" ".join(h.get_text(" ").split()) for h in page.find_all("h2")]
    draft = Draft(
        row.kind,
        slug=row.slug,
        words=words,
        headings=tuple(headings),
        citations=Citation.from_json(citations),
        **texts,
    )
    checks = _run_checks(site, row, draft)
    return {"words": words, "headings": headings, "checks": checks}


def _run_checks(site: Row, row: Row, draft: Draft) -> list[dict]:
    """Return the checks of the new text; for a brief only the search result is checked."""
    if draft.kind == "brief":
        shown = check_search_result(row.primary_phrase, draft.title, draft.meta_description)
        return [asdict(check) for check in shown] + row.checks[len(shown) :]
    return [asdict(check) for check in check_article(draft, _assignment(site, row, draft)).checks]


def _assignment(site: Row, row: Row, draft: Draft) -> Assignment:
    facts = db.session.scalar(select(SiteSettings.knowledge).where(SiteSettings.site_id == site.id))
    return Assignment(
        title=draft.title,
        slug=row.slug,
        meta_description=draft.meta_description,
        format=row.format,
        intent=row.intent,
        angle="",
        target_words=row.target_words,
        outline=(),
        primary=Phrase(0, row.primary_phrase),
        secondary=tuple(Phrase(s["key"], s["text"]) for s in row.secondary),
        cluster="",
        site_name=site.name,
        language=site.language,
        voice=Voice(knowledge=facts or ""),
    )
