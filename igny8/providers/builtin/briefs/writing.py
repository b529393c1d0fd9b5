"""Write a content brief: everything a writer needs to start, as an HTML fragment."""

import re
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from igny8.providers.base import Assignment, Draft, Link
from igny8.providers.builtin.briefs.checking import run_checks
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.briefs.keywords import (
    QUESTION_MARKS,
    keyword_rows,
    questions_of,
    related_words,
    searches_of,
)
from igny8.providers.builtin.briefs.sections import sections_of
from igny8.providers.builtin.ideas.reading import Candidate, question_of, read_phrase, subject_of
from igny8.providers.builtin.vocabulary import one_line, slug_of, truncate
from igny8.providers.builtin.wording import Pack, pack_or_english
from igny8.providers.builtin.wording.casing import (
    heading,
    own_spellings,
)
from igny8.providers.builtin.wording.kinds import NEUTRAL, guidance_kind
from igny8.providers.builtin.wording.plans import Plan
from igny8.providers.passage_search import passage_index
from igny8.sanitising import clean

MAX_SOURCES = 5

FAMILY_OF_FORMAT = {  # for ideas whose keyword tells less than the format that somebody chose
    "how-to": "howto",
    "comparison": "compare",
    "list": "list",
    "review": "review",
    "questions": "answer",
    "glossary": "define",
    "local": "local",
}
BY_COUNTRY = ("law", "money", "job", "health")  # kinds whose facts differ by country
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(assignment: Assignment) -> Draft:
    """Return the brief of an assignment; `headings` are the H2s of the planned article."""
    job = assignment
    title = truncate(one_line(job.title) or one_line(job.primary.text) or job.slug, 200)
    slug = job.slug or slug_of(job.primary.text, job.language)
    words = pack_or_english(job.language)
    asked = questions_of(job, words)
    html = _brief_html(job, title, slug, words, asked)
    description = one_line(job.meta_description)
    return Draft(
        kind="brief",
        title=title,
        slug=slug,
        meta_title=truncate(title, 60),
        meta_description=description,
        excerpt=truncate(description, 155),
        html=html,
        words=count_words(html),
        headings=tuple(one_line(section.heading) for section in job.outline),
        checks=run_checks(job, title, slug, asked),
    )


def _brief_html(job: Assignment, title: str, slug: str, words: Pack, asked: list[str]) -> str:
    primary = read_phrase(job.primary, job.language)
    return clean(
        TEMPLATES.get_template("brief.html").render(
            words=words.brief,
            number=words.number,
            searches=partial(searches_of, words),
            colon=words.colon.rstrip(),
            topic=heading(job.primary.text, words),
            job=job,
            title=title,
            slug=slug,
            meta=one_line(job.meta_description),
            note=one_line(job.note),
            intent=words.brief.get(job.intent, words.brief["informational"]),
            format=_format_name(job, words),
            asked=asked,
            sections=sections_of(job, words),
            keywords=keyword_rows(job, words),
            terms=related_words(job, words),
            links=_links(job, words),
            sources=_sources(job),
            checklist=words.brief["check"].split(" | "),
            **_guidance(job, primary, words),
        )
    )


def _format_name(job: Assignment, words: Pack) -> str:
    """Return the name of a format; "questions" only where headings of the outline are some."""
    if job.format == "questions":
        asks = any(one_line(part.heading).endswith(QUESTION_MARKS) for part in job.outline)
        return words.brief["questions" if asks else "guide"]
    return words.brief["local_format" if job.format == "local" else job.format]


def _guidance(job: Assignment, primary: Candidate, words: Pack) -> dict:
    """Return the advice for a kind of subject and a family of articles."""
    family = FAMILY_OF_FORMAT.get(job.format, primary.family)
    if family == "answer" and primary.family == "timing":
        family = "timing"
    kind = guidance_kind(primary.kind, family)
    plan = primary.plan if primary.plan and primary.format == job.format else None
    keyword = heading(truncate(primary.text, 120), words, own_spellings([primary.text]))
    angle = one_line(job.angle)
    return {
        "uncertain": kind == NEUTRAL and (plan is None or plan.name == NEUTRAL),
        "audience": plan.reader if plan else words.readers[kind],
        "answer": words.brief["answer_all"]
        if plan
        else words.answers[family].replace("{k}", keyword),
        "question": _first_question(primary, family, words, plan),
        "by_country": family in ("cost", "local")
        or (primary.kind in BY_COUNTRY and family != "compare")
        or (family == "compare" and primary.kind in ("law", "money")),
        "facts": plan.facts if plan else _best(words.facts, kind, family),
        "media": plan.media if plan else _best(words.media, kind, family),
        "angle": angle,
        "angles": [one for one in (plan.angles if plan else words.angles[kind]) if one != angle],
    }


def _best(lists: dict[str, tuple[str, ...]], kind: str, family: str) -> tuple[str, ...]:
    """Return the list for a kind and family ("cost.service"), else the family, else the kind."""
    keys = (f"{family}.{kind}", family, kind)
    return next(lists[key] for key in keys if key in lists)


def _first_question(primary: Candidate, family: str, words: Pack, plan: Plan | None) -> str:
    """Return the main question that the article answers."""
    asked = heading(question_of(primary, words), words)
    if asked.endswith(QUESTION_MARKS):
        return asked
    subject = heading(subject_of(primary, words) or asked, words)
    pattern = plan.question if plan else words.questions[family]
    return pattern.replace("{K}", re.sub(r" ?: ", ", ", subject))


def _sources(job: Assignment) -> list[str]:
    """Return the titles of the site's sources that match the article, best first."""
    if not job.sources:
        return []
    parts = (f"{section.heading} {' '.join(section.points)}" for section in job.outline)
    wanted = " ".join((job.primary.text, *parts))
    found = passage_index(job.sources, job.language).best(wanted, MAX_SOURCES)
    return list(dict.fromkeys(one_line(passage.title) for passage in found))


def _links(job: Assignment, words: Pack) -> list[dict]:
    return [
        {
            "title": one_line(link.title),
            "href": link.href,
            "where": _where(link, words),
        }
        for link in sorted(job.links, key=lambda link: link.order)
    ]


def _where(link: Link, words: Pack) -> str:
    """Return where the article links to a page, and the reason for a live one."""
    where: str = words.brief[link.role]
    return f"{where}: {one_line(link.near)} ({link.score:.2f})" if link.role == "live" else where
