"""Write a content brief: what a writer needs to begin, as a clean HTML fragment."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from igny8.providers.base import Assignment, Draft, Phrase, Section
from igny8.providers.builtin.briefs import wording
from igny8.providers.builtin.briefs.checking import run_checks
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.vocabulary import one_line as one_line
from igny8.providers.builtin.vocabulary import sentence_case, slug_of, tokens, truncate
from igny8.sanitising import clean

MOST_QUESTIONS = 12
MARKS = ("?", "؟", "？")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(assignment: Assignment) -> Draft:
    """Return the brief of an assignment; its `headings` are the H2s of the article to be written."""
    title = truncate(
        one_line(assignment.title) or one_line(assignment.primary.text) or assignment.slug, 200
    )
    slug = assignment.slug or slug_of(assignment.primary.text, assignment.language)
    asked, more = _questions(assignment)
    html = clean(
        TEMPLATES.get_template("brief.html").render(
            job=assignment,
            title=title,
            slug=slug,
            primary=one_line(assignment.primary.text),
            meta=one_line(assignment.meta_description),
            note=one_line(assignment.note),
            angle=one_line(assignment.angle),
            intent=wording.INTENTS.get(assignment.intent, wording.INTENTS["informational"]),
            audience=wording.AUDIENCES.get(_reader(assignment), wording.AUDIENCES["guide"]),
            answer=wording.ANSWERS.get(_reader(assignment), wording.ANSWERS["guide"]).replace(
                "{k}", truncate(one_line(assignment.primary.text), 120)
            ),
            opening=_opening(assignment),
            sections=_sections(assignment),
            asked=asked,
            more=more,
            keywords=_keywords(assignment),
            links=_links(assignment),
            checklist=wording.CHECKLIST,
        )
    )
    return Draft(
        kind="brief",
        title=title,
        slug=slug,
        meta_title=truncate(title, 60),
        meta_description=one_line(assignment.meta_description),
        excerpt=truncate(one_line(assignment.meta_description), 155),
        html=html,
        words=count_words(html),
        headings=tuple(one_line(s.heading) for s in assignment.outline),
        checks=run_checks(assignment, title, slug, asked),
    )


def _opening(job: Assignment) -> int:
    return max(50, min(120, int(job.target_words * 0.007) * 10))


def _reader(job: Assignment) -> str:
    """Return for whom it is written: by its format, and a guide also by what its reader is about to do."""
    return (
        "buyer"
        if job.format == "guide" and job.intent in ("commercial", "transactional")
        else job.format
    )


def _sections(job: Assignment) -> list[dict]:
    """Return the sections with what each must cover and how many words it may take."""
    weights = [_weight(section) for section in job.outline]
    each = max(0, job.target_words - _opening(job)) / (sum(weights) or 1)
    return [
        {
            "heading": one_line(s.heading),
            "points": [p for p in map(one_line, s.points) if p],
            "keywords": [k for k in map(one_line, s.keywords) if k],
            "words": max(50, round(each * weight / 10) * 10),
            "cover": wording.COVERS.get(s.role, wording.PLAIN_COVER),
        }
        for s, weight in zip(job.outline, weights, strict=True)
    ]


def _weight(section: Section) -> float:
    return (1 + 0.4 * len(section.points) + 0.25 * len(section.keywords)) * wording.WEIGHTS.get(
        section.role, 1
    )


def _questions(job: Assignment) -> tuple[list[str], list[str]]:
    """Return the questions that people really searched for, and those that the format adds."""
    texts = [one_line(p.text) for p in (job.primary, *job.secondary)]
    points = [
        one_line(point) for s in job.outline for point in s.points if point.rstrip().endswith(MARKS)
    ]
    searched = [
        text
        for text in texts
        if text.endswith(MARKS) or (tokens(text) or [""])[0] in wording.ASKING
    ]
    asked = [
        sentence_case(text) + ("" if text.endswith(MARKS) else "?") for text in (*searched, *points)
    ]
    unique = {text.casefold(): text for text in reversed(asked)}
    more = wording.ALSO_ASKED.get(_reader(job), wording.ALSO_ASKED["guide"])
    return list(reversed(unique.values()))[:MOST_QUESTIONS], list(more)


def _keywords(job: Assignment) -> list[dict]:
    rows = [
        {
            "phrase": job.primary,
            "text": one_line(job.primary.text),
            "use": "Title, first paragraph, one H2, slug",
        }
    ]
    ordered = sorted(job.secondary, key=lambda p: (-p.demand, p.text, p.key))
    return rows + [
        {"phrase": p, "text": one_line(p.text), "use": _use(p, job.outline)} for p in ordered
    ]


def _use(phrase: Phrase, outline: tuple[Section, ...]) -> str:
    text = one_line(phrase.text).casefold()
    for section in outline:
        if text.rstrip("?") == section.heading.casefold().rstrip("?"):
            return "H2 of its own, and its first sentence"
        if text.rstrip("?") in (point.casefold().rstrip("?") for point in section.points):
            return f"H3 under “{section.heading}”"
    home = next(
        (s.heading for s in outline if text in (one_line(k).casefold() for k in s.keywords)), None
    )
    return f"Body of “{truncate(one_line(home), 90)}”" if home else "Body, once"


def _links(job: Assignment) -> list[dict]:
    ordered = sorted(
        job.links, key=lambda link: (link.role != "pillar", link.title.casefold(), link.slug)
    )
    return [
        {
            "title": one_line(link.title),
            "slug": link.slug,
            "where": (
                "from the first or second paragraph: the overview of the topic"
                if link.role == "pillar"
                else "from the section that touches on it"
            ),
        }
        for link in ordered
    ]
