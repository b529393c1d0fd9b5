"""The sections that an English article of each voice has, before the cluster's keywords fill them.

A slot is (facet, heading, points). `{s}` is the subject, `{S}` the subject with a capital, `{K}` the keyword, `{a}` and
`{b}` (`{A}`, `{B}`) the sides of a comparison. A keyword of the same facet takes the slot's place as its heading.
"""

QUESTIONS = ("ask", "Questions readers also ask", ())
MISTAKES = ("problem", "Mistakes to avoid", ())

SLOTS = {
    "guide": (
        ("basics", "{S}: the essentials", ()),
        ("why", "Uses, benefits and limits", ()),
        ("how", "How to get started", ("What you need", "The first steps")),
        ("cost", "Costs, time and effort", ()),
        MISTAKES, QUESTIONS),
    "action": (
        ("basics", "What to know before {s}", ()),
        ("tools", "What you need", ()),
        ("core", "{S}, step by step", ()),
        ("when", "The right time", ()),
        MISTAKES, QUESTIONS),
    "buying": (
        ("basics", "{S}: what to look for", ("Size and fit", "Material and build quality", "Warranty and spare parts")),
        ("types", "The main types compared", ()),
        ("cost", "What a good one costs", ("Entry level", "Mid-range", "When paying more makes sense")),
        ("vs", "How to decide", ()),
        MISTAKES, QUESTIONS),
    "problem": (
        ("basics", "What you are looking at", ("Signs", "What it is often mistaken for")),
        ("why", "The most likely causes", ()),
        ("core", "How to fix it", ("What to do first", "If that does not help")),
        ("avoid", "How to keep it from coming back", ()),
        ("limit", "When to stop and start over", ()), QUESTIONS),
    "how-to": (
        ("basics", "Before you start", ()),
        ("tools", "What you need", ()),
        ("when", "The right time", ()),
        ("core", "{K}, step by step", ()),
        MISTAKES, ("after", "What to do afterwards", ()), QUESTIONS),
    "comparison": (
        ("basics", "The short answer", ()),
        ("core", "{A} and {b} side by side", ()),
        ("a", "{A}: strengths, limits and best uses", ()),
        ("b", "{B}: strengths, limits and best uses", ()),
        ("limit", "Can you combine them?", ()), QUESTIONS),
    "list": (
        ("basics", "Our choice at a glance", ()),
        ("core", "{S}: how to choose", ()),
        ("core", "The list in detail", ("What it is best for", "What to watch out for")),
        ("cost", "Costs and effort", ()),
        MISTAKES, QUESTIONS),
    "review": (
        ("basics", "The verdict in brief", ()),
        ("good", "What is good", ()),
        ("bad", "What is not so good", ()),
        ("cost", "Price and value", ()),
        ("vs", "Alternatives worth a look", ()),
        ("limit", "Who should buy, and who should not", ())),
    "timing": (
        ("basics", "The short answer", ()),
        ("core", "{K}, by climate and season", ("Early in the season", "At the height of it", "Late in the season")),
        ("signs", "Signs that it is time", ()),
        ("limit", "What happens too early or too late", ()), QUESTIONS),
    "yesno": (
        ("basics", "The short answer", ()),
        ("why", "Why that is so", ()),
        ("limit", "When the answer is different", ()),
        ("how", "How to do it safely", ()), QUESTIONS),
    "questions": (
        ("basics", "The short answer", ()),
        ("why", "What it depends on", ()),
        ("how", "What to do, step by step", ()),
        MISTAKES, QUESTIONS),
    "glossary": (
        ("basics", "{S}, defined", ()),
        ("how", "How it works in practice", ("A simple example",)),
        ("why", "When to use it, and when not", ()),
        ("vs", "What it is often confused with", ()), QUESTIONS),
    "local": (
        ("basics", "{S}: what to look for", ()),
        ("core", "How to compare what is on offer nearby", ("Reviews and references", "Distance and opening hours")),
        ("cost", "What to expect to pay", ()),
        ("ask", "Questions to ask before you decide", ()),
        ("limit", "Warning signs", ())),
}

FACET_OF_VOICE = {"timing": "when", "how-to": "how", "problem": "problem", "comparison": "vs",
                  "yesno": "ask", "questions": "ask", "glossary": "basics", "review": "good", "local": "local"}
FACET_WORDS = (
    ("cost", {"cost", "costs", "price", "prices", "budget", "cheap", "cheapest", "expensive"}),
    ("tools", {"tools", "tool", "kit", "supplies", "equipment"}),
    ("why", {"why", "benefits", "causes", "reasons", "purpose"}),
    ("when", {"spring", "summer", "fall", "autumn", "winter", "season", "schedule", "calendar", "time"}),
    ("types", {"types", "kinds", "varieties"}),
)
