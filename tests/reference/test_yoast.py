"""Yoast SEO scores our articles: at least good on average, and no red for title and description.

Run with `make reference`: it needs node, and npm once to install yoastseo.
"""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from igny8.providers.base import Assignment, Link
from igny8.providers.checks import check_article
from igny8.providers.checks.widths import TITLE_FONT_PX, pixel_width
from igny8.providers.demo import Demo
from tests.providers.test_checks import ANSWERS, read
from tests.providers.test_plans import LISTS, planned

FOLDER = Path(__file__).parent
LOCALES = {"de": "de_DE", "en": "en_US", "es": "es_ES", "fr": "fr_FR", "nl": "nl_NL"}
PER_LIST = 4
GOOD_SCORE = 80
SEARCH_RESULT = (
    "titleWidth",
    "metaDescriptionLength",
    "metaDescriptionKeyword",
    "keyphraseInSEOTitle",
)
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules").exists(),
    reason="yoastseo is not installed (make reference)",
)


def article(name: str, draft, keyword: str, language: str) -> dict:
    title = draft.meta_title or draft.title
    return {
        "name": name,
        "html": draft.html,
        "title": title,
        "title_width": pixel_width(title, TITLE_FONT_PX),
        "description": draft.meta_description,
        "slug": draft.slug,
        "keyword": keyword,
        "language": language,
        "locale": LOCALES[language],
    }


def demonstration() -> list[dict]:
    """Return sample articles on briefs of several kinds, in five languages."""
    found = []
    for path in LISTS:
        language, _, ideas = planned(path)
        for name, idea, phrases in ideas[:PER_LIST] if language in LOCALES else ():
            primary = phrases[idea.primary]
            job = Assignment(
                idea.titles[0],
                idea.slug,
                idea.meta_description,
                idea.format,
                idea.intent,
                idea.angle,
                idea.target_words,
                idea.outline,
                primary,
                tuple(phrases[key] for key in idea.secondary),
                name,
                "Site",
                "https://example.org",
                language=language,
                links=(Link("Another page", "another-page"),),
            )
            found.append(article(idea.slug, Demo().write(job).value, primary.text, language))
    return found


@cache
def scores(articles: str) -> list[dict]:
    answer = subprocess.run(
        ["node", "yoast.cjs"],
        cwd=FOLDER,
        input=articles,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in answer.stdout.splitlines()]


def scored(articles: list[dict]) -> list[dict]:
    return scores("\n".join(json.dumps(each) for each in articles))


def test_sample_articles_are_good_on_average():
    found = scored(demonstration())
    assert len(found) >= 20
    assert mean(each["seo"]["score"] for each in found) >= GOOD_SCORE
    assert mean(each["readability"]["score"] for each in found) >= GOOD_SCORE


def test_titles_and_descriptions_are_never_red():
    for each in scored(demonstration()):
        results = each["seo"]["results"]
        assert {kind: results[kind] for kind in SEARCH_RESULT if results.get(kind, 9) < 5} == {}


def test_articles_rejected_by_yoast_fail_our_checks():
    for path in sorted(ANSWERS.glob("bad_*.html")):
        draft, job = read(path.name)
        (found,) = scored([article(path.name, draft, job.primary.text, "en")])
        ours = [check for check in check_article(draft, job).checks if not check.ok]
        complaints = found["seo"]["complaints"] + found["readability"]["complaints"]
        assert complaints and ours, path.name
