"""Write a content brief: what a writer needs to begin, as a clean HTML fragment."""

from collections import Counter
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from igny8.formatting import format_volume
from igny8.providers.base import Assignment, Draft, Phrase, Section
from igny8.providers.builtin.briefs.checking import run_checks
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.ideas.reading import Candidate, question_of, read_phrase
from igny8.providers.builtin.vocabulary import one_line, slug_of, tokens, truncate
from igny8.providers.builtin.wording import Pack, pack_or_english
from igny8.providers.builtin.wording.casing import (
    heading,
    own_spellings,
    spelled,
    upper_first,
)
from igny8.providers.builtin.wording.kinds import NEUTRAL, guidance_kind, kind_of
from igny8.sanitising import clean

MAX_QUESTIONS, MAX_TERMS, MAX_KEYWORDS = 8, 8, 15
MIN_TERM_CHARS = 4
QUESTION_MARKS = ("?", "؟", "？")
FAMILY_OF_FORMAT = {  # for ideas whose keyword tells less than the format that somebody chose
    "how-to": "howto",
    "comparison": "compare",
    "list": "list",
    "review": "review",
    "questions": "answer",
    "glossary": "define",
    "local": "local",
}
WEIGHTS = {"steps": 1.8, "candidates": 1.8, "side_by_side": 1.5, "short_answer": 0.5, "glance": 0.6}
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
    asked = _questions(job, words)
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
            searches=partial(_searches, words),
            colon=words.colon.rstrip(),
            topic=heading(job.cluster or job.primary.text, words),
            job=job,
            title=title,
            slug=slug,
            meta=one_line(job.meta_description),
            note=one_line(job.note),
            intent=words.brief.get(job.intent, words.brief["informational"]),
            format=words.brief["local_format" if job.format == "local" else job.format],
            asked=asked,
            opening=_opening(job),
            sections=_sections(job, words),
            keywords=_keywords(job, words),
            terms=_terms(job, words),
            links=_links(job, words),
            checklist=words.brief["check"].split(" | "),
            **_guidance(job, primary, words),
        )
    )


def _guidance(job: Assignment, primary: Candidate, words: Pack) -> dict:
    """Return what the kind of the subject and the family of the article say to the writer."""
    family = FAMILY_OF_FORMAT.get(job.format, primary.family)
    if family == "answer" and primary.family == "timing":
        family = "timing"
    kind = guidance_kind(kind_of(primary.text, job.language, family), family)
    keyword = heading(truncate(primary.text, 120), words, own_spellings([primary.text]))
    angle = one_line(job.angle)
    return {
        "uncertain": kind == NEUTRAL,
        "audience": words.readers[kind],
        "answer": words.answers[family].replace("{k}", keyword),
        "question": _first_question(primary, family, words),
        "facts": words.facts[kind],
        "media": words.media[kind],
        "angle": angle,
        "angles": [one for one in words.angles[kind] if one != angle],
    }


def _first_question(primary: Candidate, family: str, words: Pack) -> str:
    """Return the one question that the article answers before all others."""
    asked = heading(question_of(primary, words), words)
    if asked.endswith(QUESTION_MARKS):
        return asked
    return words.questions[family].replace("{K}", asked)


def _opening(job: Assignment) -> int:
    """Return the words before the first heading."""
    return max(50, min(120, int(job.target_words * 0.007) * 10))


def _sections(job: Assignment, words: Pack) -> list[dict]:
    """Return the sections with what each must cover and how many words it may take."""
    weights = [_weight(section) for section in job.outline]
    each = max(0, job.target_words - _opening(job)) / (sum(weights) or 1)
    return [
        {
            "heading": one_line(section.heading),
            "points": [point for point in map(one_line, section.points) if point],
            "keywords": [word for word in map(one_line, section.keywords) if word],
            "length": _length(max(50, round(each * weight / 10) * 10), words),
            "cover": _cover(section, words),
        }
        for section, weight in zip(job.outline, weights, strict=True)
    ]


def _length(count: int, words: Pack) -> str:
    return upper_first(words.brief["words"].replace("{n}", words.number(count)))


def _cover(section: Section, words: Pack) -> str:
    known = words.sections.get(section.role)
    return known.instruction if known else words.brief["plain"]


def _weight(section: Section) -> float:
    size = 1 + 0.4 * len(section.points) + 0.25 * len(section.keywords)
    return size * WEIGHTS.get(section.role, 1)


def _questions(job: Assignment, words: Pack) -> list[str]:
    """Return the questions that people really searched for."""
    texts = [one_line(phrase.text) for phrase in (job.primary, *job.secondary)]
    texts += [one_line(point) for section in job.outline for point in section.points]
    found: dict[str, str] = {}
    for text in texts:
        bare = text.rstrip("".join(QUESTION_MARKS) + " ").lstrip("¿ ").casefold()
        asks = words.asking is not None and words.asking.search(bare)
        if asks or text.endswith(QUESTION_MARKS):
            asked = question_of(read_phrase(Phrase(0, text), job.language), words) if asks else text
            found.setdefault(bare, heading(asked, words))
    return list(found.values())[:MAX_QUESTIONS]


def _keywords(job: Assignment, words: Pack) -> list[dict]:
    ordered = sorted(job.secondary, key=lambda phrase: (-phrase.demand, phrase.text, phrase.key))
    rows = [{"phrase": job.primary, "use": words.brief["primary"]}]
    rows += [{"phrase": one, "use": _use(one, job.outline, words)} for one in ordered]
    return [row | {"text": one_line(row["phrase"].text)} for row in rows[:MAX_KEYWORDS]]


def _searches(words: Pack, phrase: Phrase) -> str:
    """Return the searches per month in the language's own figures, a range as a range."""
    return format_volume(phrase.volume, phrase.volume_low, phrase.volume_high, words.number)


def _use(phrase: Phrase, outline: tuple[Section, ...], words: Pack) -> str:
    """Return where in the article a keyword belongs."""
    text = one_line(phrase.text).casefold().rstrip("? ")
    for section in outline:
        if text == section.heading.casefold().rstrip("? "):
            return words.brief["own"]
        if text in (point.casefold().strip("¿? ") for point in section.points):
            return words.brief["point"].replace("{h}", section.heading)
    for section in outline:
        if text in (one_line(keyword).casefold().rstrip("? ") for keyword in section.keywords):
            return words.brief["body"].replace("{h}", truncate(one_line(section.heading), 90))
    return words.brief["once"]


def _terms(job: Assignment, words: Pack) -> list[str]:
    """Return words that keywords share and the main keyword lacks, most frequent first."""
    if not words.is_spaced:
        return []
    mine = set(tokens(job.primary.text)) | words.stops
    counts = Counter(
        word
        for phrase in job.secondary
        for word in dict.fromkeys(tokens(phrase.text))
        if word not in mine and len(word) >= MIN_TERM_CHARS
    )
    found = sorted(counts, key=lambda word: (-counts[word], word))[:MAX_TERMS]
    return [spelled(word, words) for word in found]


def _links(job: Assignment, words: Pack) -> list[dict]:
    ordered = sorted(
        job.links, key=lambda link: (link.role != "pillar", link.title.casefold(), link.slug)
    )
    return [
        {
            "title": one_line(link.title),
            "slug": link.slug,
            "where": words.brief["pillar" if link.role == "pillar" else "sibling"],
        }
        for link in ordered
    ]
