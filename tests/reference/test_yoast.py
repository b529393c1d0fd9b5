"""Yoast SEO scores our articles: at least good on average, and no red for title and description.

Run with `make reference`: it needs node, and npm once to install yoastseo.
"""

import json
import random
import re
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
from igny8.providers.demo.articles import OPENING, SENTENCES
from igny8.providers.openai_compatible import make
from tests.providers.openai_compatible.server import Say, chat, local, model_server, schema_of
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


def jobs() -> list[Assignment]:
    """Return assignments of several kinds, in five languages."""
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
            found.append(job)
    return found


def demonstration() -> list[dict]:
    """Return the sample articles."""
    return [_written(Demo(), job) for job in jobs()]


def modelled() -> list[dict]:
    """Return articles of a model on a socket whose answers are good prose of the right length."""
    with model_server() as server:
        server.will(good_answer)
        provider = make(local(server.url, "", "small"))
        return [_written(provider, job) for job in jobs()]


def _written(provider, job: Assignment) -> dict:
    draft = provider.write(job).value
    return article(job.slug, draft, job.primary.text, job.language)


def good_answer(request: dict) -> Say:
    """Answer the request for an opening, a part or a rewrite; equal requests have equal answers."""
    asked = request["messages"][-1]["content"]
    if "html" in schema_of(request)["properties"]:
        return chat({"html": re.search(r"<data>\n(.*?)\n</data>", asked, re.DOTALL)[1]})
    chance, found = random.Random(asked), re.search(r"behind “(.*?)”|keyword: (.*?)\)", asked)
    keyword, words = found[1] or found[2], int(re.search(r"About (\d+) words", asked)[1])
    if found[1]:
        first = chance.choice(OPENING).replace("{K}", keyword.capitalize()).replace("{k}", keyword)
        texts = dict.fromkeys(("meta_title", "meta_description", "excerpt"), "")
        return chat({"paragraphs": [first, _prose(chance, keyword, words)], **texts})
    paragraphs = [_prose(chance, keyword, 70) for _ in range(max(1, words // 70))]
    return chat({"paragraphs": paragraphs, "items": [], "ordered": False, "points": []})


def _prose(chance: random.Random, keyword: str, words: int) -> str:
    said: list[str] = []
    for sentence in chance.sample(SENTENCES, len(SENTENCES)):
        if len(" ".join(said).split()) < words:
            said.append(sentence.replace("{k}", chance.choice((keyword, "this", "it"))))
    return " ".join(said)


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


@pytest.mark.parametrize("written", [demonstration, modelled])
def test_articles_are_good_on_average(written):
    found = scored(written())
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
