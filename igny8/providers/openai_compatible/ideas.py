"""Stage 2: let the model plan articles; it names keywords by number, so it cannot invent any."""

from igny8.providers.base import Idea, Phrase, RequestSender, Section, Topic, Usage
from igny8.providers.builtin.vocabulary import one_line, slug_of, tokens, truncate
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.prose import plain_heading
from igny8.providers.openai_compatible.schemas import Plan, plans
from igny8.providers.openai_compatible.structured_output import StructuredClient

MAX_KEYWORDS = 60
ARTICLE_WORDS = (600, 2500)
TITLE_CHARS = 60


def propose(
    asker: StructuredClient, topic: Topic, count: int, sender: RequestSender
) -> tuple[tuple[Idea, ...], Usage, str]:
    """Return at most `count` ideas on unused keywords, their usage, and the prompt."""
    free = [p for p in topic.phrases if p.key not in topic.covered][:MAX_KEYWORDS]
    if not free or count < 1:
        return (), Usage(), ""
    asked = question(
        "ideas",
        topic.voice,
        "",
        topic.language,
        count=str(count),
        topic=topic.name,
        intent=topic.intent,
        formats=", ".join(topic.formats) or "none",
        keywords="\n".join(
            f"{number}. {one_line(p.text)[:100]} ({p.demand:,} {_unit(p)})"
            for number, p in enumerate(free, 1)
        ),
    )
    answer, used = asker.ask(sender, "ideas", asked.messages, plans(count))
    ideas: list[tuple[Plan, Phrase]] = []
    taken: set[int] = set()
    for plan in answer.ideas[:count]:
        number = _primary(plan, free, taken)
        if number is not None:
            taken.add(number)
            ideas.append((plan, free[number - 1]))
    return (
        tuple(_idea(plan, primary, free, taken, topic) for plan, primary in ideas),
        used,
        asked.prompt,
    )


def _unit(phrase: Phrase) -> str:
    return (
        "times shown"
        if phrase.volume is None and phrase.impressions is not None
        else "searches per month"
    )


def _primary(plan: Plan, free: list, taken: set[int]) -> int | None:
    """Return the number of the plan's keyword, else the unused one most similar to its title."""
    if 1 <= plan.primary <= len(free) and plan.primary not in taken:
        return plan.primary
    open_ones = [number for number in range(1, len(free) + 1) if number not in taken]
    words = set(tokens(" ".join(plan.titles)))
    return max(
        open_ones, key=lambda number: len(words & set(tokens(free[number - 1].text))), default=None
    )


def _idea(plan: Plan, primary: Phrase, free: list[Phrase], taken: set[int], topic: Topic) -> Idea:
    secondary = []
    for number in plan.secondary:
        if 1 <= number <= len(free) and number not in taken:
            taken.add(number)
            secondary.append(free[number - 1].key)
    text = one_line(primary.text)
    titles = [
        truncate(title, TITLE_CHARS)
        for title in map(one_line, map(plain_heading, plan.titles))
        if title
    ]
    outline = tuple(
        Section(
            one_line(plain_heading(part.heading)),
            tuple(p for p in map(one_line, map(plain_heading, part.points)) if p),
        )
        for part in plan.outline
        if one_line(part.heading)
    )
    low, high = ARTICLE_WORDS
    return Idea(
        tuple(dict.fromkeys(titles)) or (text[:1].upper() + text[1:],),
        slug_of(text, topic.language, topic.slug_script),
        truncate(one_line(plan.meta_description), 155),
        primary.key,
        tuple(secondary),
        plan.format,
        topic.intent,
        one_line(plan.angle),
        max(low, min(high, plan.words)),
        outline or (Section(text[:1].upper() + text[1:]),),
    )
