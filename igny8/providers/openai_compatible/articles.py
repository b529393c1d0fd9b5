"""Stage 4: an article, part by part. Each part is a request of its own, so that a fault loses one part."""

import re
from html import escape, unescape

from igny8.providers.base import Assignment, Draft, RequestSender, Usage
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.ideas.vocabulary import one_line as one_line
from igny8.providers.builtin.ideas.vocabulary import truncate
from igny8.providers.checks import check_article
from igny8.providers.openai_compatible import schemas
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.structured_output import StructuredClient
from igny8.sanitising import clean, strip_tags

OPENING_WORDS = 100
MOST_LINKS = 4
MARKUP = re.compile(r"\*\*|__|`|^#{1,6}\s+|^[-*•]\s+")


def write(
    asker: StructuredClient, job: Assignment, sender: RequestSender
) -> tuple[Draft, Usage, str]:
    """Return the article as a Draft with its checks, what it used, and the prompts."""
    key = one_line(job.primary.text)
    headings = [one_line(section.heading) for section in job.outline]
    if headings and not any(key.casefold() in heading.casefold() for heading in headings):
        headings[0] = truncate(f"{headings[0]}: {key}", 120)
    note = f"A reviewer wished: {one_line(job.note)}." if job.note else ""
    opening, used, prompt = _opening(asker, job, key, headings, note, sender)
    each = max(80, (job.target_words - OPENING_WORDS) // max(1, len(headings)))
    parts, prompts = [_paragraphs(_led(opening.paragraphs, key)), _links(job)], [prompt]
    for at, section in enumerate(job.outline):
        asked = question(
            "section",
            job.voice,
            job.site_name,
            job.language,
            heading=headings[at],
            title=one_line(job.title),
            keyword=key,
            words=str(each),
            note=note,
            points="; ".join(map(one_line, section.points)) or "as you see fit",
            keywords=", ".join(
                map(one_line, section.keywords or [p.text for p in job.secondary[:6]])
            )
            or "none",
            before="; ".join(headings[:at]) or "the opening",
            after="; ".join(headings[at + 1 :]) or "none",
        )
        passage, usage = asker.ask(
            sender, f"section-{at + 1}", asked.messages, schemas.passage(each - each % 10)
        )
        used += usage
        prompts.append(asked.prompt)
        parts.append(_passage(headings[at], passage))
    html = clean("".join(parts))
    title = truncate(one_line(job.title), 200)
    meta = one_line(opening.meta_description) or one_line(job.meta_description)
    draft = Draft(
        "article",
        title,
        job.slug,
        truncate(one_line(opening.meta_title) or title, 60),
        truncate(meta, 155),
        truncate(one_line(opening.excerpt) or meta, 200),
        html,
        count_words(html),
        tuple(headings),
    )
    return (
        check_article(draft, job),
        used,
        ", ".join(dict.fromkeys(p for told in prompts for p in told.split(", "))),
    )


def _opening(
    asker: StructuredClient, job: Assignment, key: str, headings, note: str, sender: RequestSender
):
    asked = question(
        "opening",
        job.voice,
        job.site_name,
        job.language,
        title=one_line(job.title),
        keyword=key,
        words=str(OPENING_WORDS),
        angle=one_line(job.angle) or "none",
        intent=job.intent,
        note=note,
        secondary=", ".join(one_line(p.text) for p in job.secondary[:8]) or "none",
        outline="; ".join(headings),
    )
    opening, used = asker.ask(sender, "opening", asked.messages, schemas.Opening)
    return opening, used, asked.prompt


def _led(paragraphs: list[str], key: str) -> list[str]:
    """Return the paragraphs with the keyword in the first one: where it is missing it leads."""
    kept = [p for p in paragraphs if p] or [""]
    if key.casefold() not in kept[0].casefold():
        kept[0] = f"{key[:1].upper()}{key[1:]}: {kept[0]}".rstrip(": ")
    return kept


def _links(job: Assignment) -> str:
    """Return a line with links to the site's other texts on the topic, the overview first."""
    links = sorted(job.links, key=lambda link: (link.role != "pillar", link.title.casefold()))[
        :MOST_LINKS
    ]
    if not links:
        return ""
    return (
        "<p>"
        + " · ".join(
            f'<a href="/{escape(link.slug)}">{escape(one_line(link.title))}</a>' for link in links
        )
        + "</p>"
    )


def _passage(heading: str, passage) -> str:
    html = f"<h2>{escape(heading)}</h2>{_paragraphs(passage.paragraphs)}"
    items = [item for item in map(_plain, passage.items) if item]
    if items:
        html += "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
    return html + "".join(
        f"<h3>{escape(_plain(point.heading))}</h3>{_paragraphs(point.paragraphs)}"
        for point in passage.points
        if point.heading
    )


def _paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in map(_plain, texts) if text)


def _plain(text: str) -> str:
    """Return a text without the markup that models put into it unasked."""
    without = strip_tags(text) if "<" in text else escape(text, quote=False)
    return " ".join(MARKUP.sub("", unescape(without)).split())
