"""Stage 4: write an article part by part, with one request each."""

from dataclasses import dataclass, field, replace
from html import escape

from igny8.providers.base import Assignment, Draft, RequestSender, Section, Usage
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.vocabulary import one_line, truncate
from igny8.providers.checks import check_article
from igny8.providers.checks.search import result_lengths
from igny8.providers.footnotes import settle_citations
from igny8.providers.openai_compatible import schemas
from igny8.providers.openai_compatible.citing import (
    NO_POINTS,
    CitedPassages,
    marked,
    with_passages,
)
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.outline_critique import criticise_outline
from igny8.providers.openai_compatible.prose import (
    CITATION,
    first_sentences,
    list_html,
    plain_heading,
    prose_html,
)
from igny8.providers.openai_compatible.second_pass import improve
from igny8.providers.openai_compatible.structured_output import StructuredClient
from igny8.sanitising import clean

OPENING_WORDS = 100
MIN_SECTION_WORDS = 80
MAX_LINKS = 4
EARLIER_CHARS_PER_SECTION, EARLIER_CHARS = 320, 4_000
EXCERPT_CHARS = 200


@dataclass
class _Article:
    """The article so far: its HTML, a summary of each part, and its usage."""

    sources: CitedPassages
    parts: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    prompts: dict[str, None] = field(default_factory=dict)
    used: Usage = field(default_factory=Usage)

    def add(self, html: str, said: str, prompt: str, used: Usage) -> None:
        """Append one part: its HTML, its summary, its prompts and its usage."""
        self.parts.append(html)
        self.said.append(said)
        self.prompts |= _names(prompt)
        self.used += used


def write(
    client: StructuredClient, job: Assignment, sender: RequestSender
) -> tuple[Draft, Usage, str]:
    """Return the article as a Draft with its checks, its usage, and the prompts."""
    criticised = criticise_outline(client, job, sender)
    job = replace(job, outline=criticised.review.sections)
    key = one_line(job.primary.text)
    headings = [one_line(section.heading) for section in job.outline]
    if headings and not any(key.casefold() in heading.casefold() for heading in headings):
        headings[0] = truncate(f"{headings[0]}: {key}", 120)
    article = _Article(CitedPassages(job))
    opening = _write_opening(client, job, key, headings, sender, article)
    words = (job.target_words - OPENING_WORDS) // max(1, len(headings))
    for at, section in enumerate(job.outline):
        values = {
            "heading": headings[at],
            "after": "; ".join(headings[at + 1 :]) or "none",
            "earlier": _earlier(article.said),
            "outline": "; ".join(headings),
            **_section_values(job, section, max(MIN_SECTION_WORDS, words)),
        }
        _write_section(client, job, at, values, sender, article)
    html = clean("".join(article.parts))
    citations = article.sources.citations
    if citations:
        html, citations = settle_citations(html, citations, job.language)
    draft = _draft(job, opening, html, tuple(headings))
    draft = replace(draft, citations=citations, outline=criticised.review)
    draft = check_article(draft, job)
    better = improve(client, job, draft, sender)
    prompts = article.prompts | _names(criticised.prompts) | _names(better.prompts)
    return better.draft, criticised.used + article.used + better.used, ", ".join(prompts)


def _names(prompts: str) -> dict[str, None]:
    return dict.fromkeys(filter(None, prompts.split(", ")))


def _write_opening(
    client: StructuredClient,
    job: Assignment,
    key: str,
    headings: list[str],
    sender: RequestSender,
    article: _Article,
) -> schemas.Opening:
    titles, descriptions = result_lengths(job.title)
    asked = question(
        "opening",
        job.voice,
        job.site_name,
        job.language,
        has_rules=True,
        title=one_line(job.title),
        keyword=key,
        words=str(OPENING_WORDS),
        angle=one_line(job.angle) or "none",
        intent=job.intent,
        note=_note(job),
        secondary=", ".join(one_line(p.text) for p in job.secondary[:8]) or "none",
        outline="; ".join(headings),
        title_chars=str(titles[1]),
        description_chars=f"{descriptions[0]} to {descriptions[1]}",
    )
    opening, used = client.ask(sender, "opening", asked.messages, schemas.Opening)
    html = "".join(map(prose_html, _led(opening.paragraphs, key))) + _links(job)
    article.add(html, f"Opening: {_short(opening.paragraphs)}", asked.prompt, used)
    return opening


def _section_values(job: Assignment, section: Section, words: int) -> dict[str, str]:
    """Return the prompt values of a section, except its position in the outline."""
    return {
        "title": one_line(job.title),
        "keyword": one_line(job.primary.text),
        "words": str(words),
        "angle": one_line(job.angle) or "none",
        "intent": job.intent,
        "note": _note(job),
        "points": "; ".join(map(one_line, section.points)) or NO_POINTS,
        "keywords": ", ".join(map(one_line, section.keywords)) or "none",
    }


def _write_section(
    client: StructuredClient,
    job: Assignment,
    at: int,
    values: dict[str, str],
    sender: RequestSender,
    article: _Article,
) -> None:
    asked = question("section", job.voice, job.site_name, job.language, has_rules=True, **values)
    passages = article.sources.choose(values)
    asked = with_passages(asked, job, passages)
    words = int(values["words"])
    shape = schemas.passage(words - words % 10)
    passage, used = client.ask(sender, f"section-{at + 1}", asked.messages, shape)
    heading = values["heading"]
    said = f"{heading}: {_short(passage.paragraphs)}"
    html = _passage_html(heading, passage, tuple(passages))
    article.add(html, said, asked.prompt, used)


def _note(job: Assignment) -> str:
    return f"A reviewer wished: {one_line(job.note)}." if job.note else ""


def _short(paragraphs: list[str]) -> str:
    """Return the first sentence of each paragraph, up to a total length."""
    firsts = " ".join(first_sentences(" ".join(text.split()), 1) for text in paragraphs)
    return first_sentences(CITATION.sub("", firsts), EARLIER_CHARS_PER_SECTION)


def _earlier(said: list[str]) -> str:
    """Return the summaries of the previous parts, the last ones if there is no room for all."""
    kept: list[str] = []
    for text in reversed(said):
        if kept and sum(map(len, kept)) + len(text) > EARLIER_CHARS:
            break
        kept.insert(0, text)
    return "\n".join(kept)


def _draft(
    job: Assignment, opening: schemas.Opening, html: str, headings: tuple[str, ...]
) -> Draft:
    title = truncate(one_line(job.title), 200)
    meta = one_line(opening.meta_description) or one_line(job.meta_description)
    titles, descriptions = result_lengths(title)
    return Draft(
        "article",
        title,
        job.slug,
        truncate(one_line(plain_heading(opening.meta_title)) or title, titles[1]),
        whole_sentences(meta, descriptions[1]),
        whole_sentences(one_line(opening.excerpt) or meta, EXCERPT_CHARS),
        html,
        count_words(html),
        headings,
    )


def whole_sentences(text: str, most: int) -> str:
    """Cut a text to `most` characters, at a sentence end if one lies in the second half."""
    if len(text) <= most:
        return text
    whole = first_sentences(text, most)
    return whole if most // 2 <= len(whole) <= most else truncate(text, most)


def _led(paragraphs: list[str], key: str) -> list[str]:
    """Return the paragraphs with the keyword added to the first one if it is missing."""
    kept = [p for p in paragraphs if p] or [""]
    if key.casefold() not in kept[0].casefold():
        kept[0] = f"{key[:1].upper()}{key[1:]}: {kept[0]}".rstrip(": ")
    return kept


def _links(job: Assignment) -> str:
    """Return a line with links to the site's other articles on the topic, the overview first."""
    ordered = sorted(job.links, key=lambda link: link.order)
    links = [
        f'<a href="{escape(link.href)}">{escape(one_line(link.title))}</a>'
        for link in ordered[:MAX_LINKS]
    ]
    return f"<p>{' · '.join(links)}</p>" if links else ""


def _passage_html(heading: str, passage: schemas.Passage, numbers: tuple[int, ...]) -> str:
    """Return a part as HTML; `numbers` are the passages that it may cite."""

    def prose(paragraphs: list[str]) -> str:
        return "".join(prose_html(marked(text, numbers)) for text in paragraphs)

    html = f"<h2>{escape(heading)}</h2>" + prose(passage.paragraphs)
    html += list_html([marked(text, numbers) for text in passage.items], ordered=passage.ordered)
    return html + "".join(
        f"<h3>{escape(plain_heading(point.heading))}</h3>" + prose(point.paragraphs)
        for point in passage.points
        if point.heading
    )
