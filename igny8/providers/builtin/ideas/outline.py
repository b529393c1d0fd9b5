"""Lay out an article: 4 to 8 sections whose headings come from the cluster's own keywords first."""

import re

from igny8.providers.base import Section
from igny8.providers.builtin.ideas import vocabulary
from igny8.providers.builtin.ideas.intent_signals import KeywordSignals, head, is_action, kind_of
from igny8.providers.builtin.ideas.languages import LANGUAGES
from igny8.providers.builtin.ideas.outline_assignment import HEADING, Part, Plan
from igny8.providers.builtin.ideas.outline_templates import FOREIGN, LOCAL_GOODS, POINTS, SLOTS
from igny8.providers.builtin.ideas.titles import is_of_goods

FEWEST_ENTRIES, MOST_ENTRIES = 5, 12
SEASONAL = re.compile(
    r"\b(plant|prun|sow|seed|transplant|fertili[sz]|harvest|aerat|mow|deadhead|divid|mulch|trim|"
    r"cut back|propagat|grow|compost|water|garden|lawn|hike|travel|insulat|winteri[sz])"
)
ENTRY_VOICES = ("guide", "buying", "list")


def english(primary: KeywordSignals, others: list[KeywordSignals]) -> tuple[Section, ...]:
    """Return the outline of an English article."""
    voice = "action" if primary.voice == "guide" and is_action(primary.subject) else primary.voice
    parts = [
        Part(role, facet, _worded(heading, primary), points)
        for role, facet, heading, points in SLOTS[voice]
    ]
    if voice == "buying":
        parts[0].points = list(POINTS[kind_of(primary.subject)])
    if voice == "local" and is_of_goods(primary):
        parts[1].points = list(LOCAL_GOODS)
    if not (
        SEASONAL.search(primary.text.casefold()) or any(other.voice == "timing" for other in others)
    ):
        parts = [part for part in parts if part.facet != "when"]
    if "free" in vocabulary.tokens(primary.text):
        parts = [part for part in parts if part.facet != "cost"]
    listed = entries(primary, others)
    for part in parts:
        if part.role == "entries":
            for entry in listed:
                part.take(vocabulary.sentence_case(entry.text), entry.text, MOST_ENTRIES)
    plan = Plan(parts, primary, "en")
    for other in others:
        if other not in listed:
            plan.place(other)
    return plan.sections()


def entries(primary: KeywordSignals, others: list[KeywordSignals]) -> list[KeywordSignals]:
    """Return the keywords that a list can name as its entries; none where they are too few to be a list.

    An entry is a kind of what is listed: the same thing with a word more in front.
    """
    if primary.voice != "list":
        return []
    thing = vocabulary.stems(head(primary.subject), "en")
    name = vocabulary.tokens(head(primary.subject))[-1:]
    found = [
        other
        for other in others
        if other.voice in ENTRY_VOICES
        and thing < vocabulary.stems(other.text, "en")
        and vocabulary.tokens(head(other.subject))[-1:] == name
        and other.subject == head(other.subject)
    ]
    return found[:MOST_ENTRIES] if len(found) >= FEWEST_ENTRIES else []


def _worded(heading: str, primary: KeywordSignals) -> str:
    subject = vocabulary.truncate(vocabulary.sentence_case(primary.subject), 60)
    plain = subject if any(c.isupper() for c in subject[1:3]) else subject[:1].lower() + subject[1:]
    a, b = primary.sides or (plain, "the alternative")
    key = vocabulary.truncate(vocabulary.sentence_case(primary.text.rstrip("?!. ")), 70)
    if heading.startswith("{K}, step") and "step" in key.casefold():
        heading = "Step by step"
    return vocabulary.capitalise(
        heading.format(
            K=key,
            s=plain,
            S=subject,
            a=a,
            b=b,
            A=vocabulary.capitalise(a),
            B=vocabulary.capitalise(b),
        )
    )


def foreign(
    primary: KeywordSignals, others: list[KeywordSignals], language: str
) -> tuple[Section, ...]:
    """Return the outline in another language: its own headings where we have them, and the keywords."""
    tongue = LANGUAGES.get(language)
    if tongue is None:
        parts = [
            Part("own", "own", vocabulary.truncate(vocabulary.capitalise(primary.text), HEADING))
        ]
    else:
        roles = FOREIGN[primary.voice].split()
        parts = [
            Part(role, "ask" if role == "questions" else role, tongue.headings[role])
            for role in roles
        ]
    plan = Plan(parts, primary, language, tongue.headings["related"] if tongue else "")
    for other in others:
        plan.place(other)
    return plan.sections()
