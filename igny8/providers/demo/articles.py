"""Sample articles built from the keywords of an assignment; deterministic."""

import random
import re
from html import escape

from igny8.providers.base import Assignment, PartChangeRequest, Section

PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
EXAMPLE = "For example, somebody who looks into {keyword} for the first time notes what changed."

OPENING = (
    "{K} comes down to a handful of decisions, and most of them can be made in an afternoon.",
    "The short answer on {k}: begin small, look at the result, and only then do more.",
    "{K} is easier than it looks once the order of the steps is clear.",
)
SENTENCES = (
    "Start with what is already there, because {k} builds on it.",
    "Write down what changed, so that next time the comparison is fair.",
    "Most people who look for {k} skip this part and come back to it later.",
    "A good rule is to change one thing at a time and to wait for its effect.",
    "What matters here is not the price but whether it fits the purpose.",
    "If two options seem equal, take the one that is easier to undo.",
    "Readers who know {k} well may jump to the next part.",
    "This takes about a quarter of an hour, and no special tools.",
    "Compare at least three examples before you decide.",
    "When in doubt, ask somebody who has done it at the same place and scale.",
    "The usual mistake is to hurry, which costs more time than it saves.",
    "Look at the details in daylight: small faults show early there.",
    "It helps to think of {k} as a habit and not as a task.",
    "Keep the receipt, the label or the link: you will want to look it up.",
    "There are exceptions, and they are named further below.",
    "Once this is done, the rest follows almost by itself.",
)
STEPS = (
    "Set the goal for {k}",
    "Gather what is needed",
    "Do the first part and look at it",
    "Correct what is off",
    "Note the date and the result",
)
NOTE = (
    "<p><em>Sample text of the demonstration provider: it shows how an article looks, "
    "not what is true.</em></p>"
)


def opening(job: Assignment) -> str:
    """Return the first paragraphs: the answer, then links to related pages of the site."""
    chance = _chance(job, "opening")
    text = _fill(chance.choice(OPENING), job.primary.text) + " " + _sentences(chance, job, 60)
    links = "".join(
        f'<p>See also <a href="{escape(link.href)}">{escape(link.title)}</a>.</p>'
        for link in sorted(job.links, key=lambda link: link.order)[:2]
    )
    return f"<p>{text}</p>{NOTE}{links}"


def section(job: Assignment, at: int, words: int) -> str:
    """Return one section of about `words` words, often with a list or a table."""
    part, chance = job.outline[at], _chance(job, f"section {at}")
    heading = part.heading
    if at == 0 and job.primary.text.casefold() not in heading.casefold():
        heading = f"{heading}: {job.primary.text}"
    html = f"<h2>{escape(heading)}</h2>"
    points = part.points or ()
    each = max(25, (words - len(heading.split()) - 15 * (at % 3 == 1)) // (len(points) + 1) - 10)
    html += _paragraphs(chance, job, each, part)
    for point in points:
        html += f"<h3>{escape(point)}</h3>" + _paragraphs(chance, job, each, part)
    if at % 3 == 1:
        html += (
            "<ol>"
            + "".join(f"<li>{_fill(step, job.primary.text)}</li>" for step in STEPS)
            + "</ol>"
        )
    return html


def changed_part(wish: PartChangeRequest) -> str:
    """Return the HTML of a part with every second sentence, or with an added example."""
    if "short" in wish.wish.casefold():
        return PARAGRAPH.sub(lambda found: f"<p>{_every_second(found[1])}</p>", wish.html)
    return wish.html + f"<p>{escape(EXAMPLE.format(keyword=wish.keyword))}</p>"


def _every_second(text: str) -> str:
    return " ".join(SENTENCE_END.split(text)[::2])


def _paragraphs(chance: random.Random, job: Assignment, words: int, part: Section) -> str:
    html, left = "", words
    named = list(part.keywords)
    while left > 0:
        size = min(left, 70)
        first = f"About {escape(named.pop(0))} there is something to say first. " if named else ""
        html += f"<p>{first}{_sentences(chance, job, size)}</p>"
        left -= size
    return html


def _sentences(chance: random.Random, job: Assignment, words: int) -> str:
    said: list[str] = []
    while sum(len(s.split()) for s in said) < words:
        phrase = chance.choice(
            [job.primary.text, *[p.text for p in job.secondary], "this", "this", "it"]
        )
        said.append(
            _fill(chance.choice([s for s in SENTENCES if not said or s != said[-1]]), phrase)
        )
    return " ".join(said)


def _fill(sentence: str, phrase: str) -> str:
    return sentence.replace("{K}", escape(phrase[:1].upper() + phrase[1:])).replace(
        "{k}", escape(phrase)
    )


def _chance(job: Assignment, name: str) -> random.Random:
    return random.Random(f"{job.slug}/{job.primary.text}/{name}")  # reproducible sample text # nosec B311
