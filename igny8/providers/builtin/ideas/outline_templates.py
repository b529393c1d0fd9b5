"""The sections that an article of each voice has, before the cluster's keywords fill them.

A slot is (role, facet, heading, points). The role says what the section must do, whatever its heading
and language; the writer's instructions are chosen by it. `{s}` is the subject, `{S}` the subject with a
capital, `{K}` the keyword, `{a}` and `{b}` (`{A}`, `{B}`) the sides of a comparison. A keyword of the
same facet takes the place of a slot that has none.
"""

QUESTIONS = ("questions", "ask", "Questions readers also ask", ())
MISTAKES = ("mistakes", "avoid", "Mistakes to avoid", ())
RELATED = ("related", "related", "Related topics", ())

SLOTS = {
    "guide": (
        ("basics", "basics", "{S}: the essentials", ()),
        ("uses", "why", "Uses, benefits and limits", ()),
        ("start", "how", "How to get started", ("What you need", "The first steps")),
        ("effort", "cost", "Costs, time and effort", ()),
        MISTAKES,
        QUESTIONS,
    ),
    "action": (
        ("basics", "basics", "What to know before {s}", ()),
        ("need", "tools", "What you need", ()),
        ("steps", "core", "{S}, step by step", ()),
        ("time", "when", "The right time", ()),
        MISTAKES,
        QUESTIONS,
    ),
    "lookup": (
        ("answer", "basics", "The quick way to find it", ()),
        ("reading", "core", "How to read the result", ()),
        ("uses", "why", "What to do with it", ()),
        ("exceptions", "limit", "Where it can mislead", ()),
        QUESTIONS,
    ),
    "remedy": (
        ("basics", "basics", "What it is and how it works", ()),
        ("uses", "why", "When it helps, and when it does not", ()),
        (
            "steps",
            "how",
            "How to use it, step by step",
            ("How much and how often", "When to see a result"),
        ),
        ("safe", "limit", "Safety and side effects", ()),
        ("alternatives", "vs", "What to use instead", ()),
        QUESTIONS,
    ),
    "buying": (
        ("criteria", "basics", "{S}: what to look for", ()),
        ("types", "types", "The main types compared", ()),
        (
            "cost",
            "cost",
            "What a good one costs",
            ("Entry level", "Mid-range", "When paying more makes sense"),
        ),
        ("decide", "vs", "How to decide", ()),
        MISTAKES,
        QUESTIONS,
    ),
    "service": (
        ("basics", "basics", "{S}: what is included", ()),
        ("uses", "why", "When you need it", ()),
        ("cost", "cost", "What it costs", ("What drives the price", "What a quote should state")),
        ("course", "core", "How the work is done, and how long it takes", ()),
        ("asks", "vs", "How to choose whom to hire", ("Licence and insurance", "Questions to ask")),
        QUESTIONS,
    ),
    "cost": (
        ("answer", "basics", "The price in brief", ()),
        ("drivers", "why", "What drives the price up or down", ()),
        ("cost", "cost", "Typical prices by size and situation", ()),
        ("extras", "extra", "Extra costs that are easy to miss", ()),
        ("save", "vs", "How to save without regret", ()),
        QUESTIONS,
    ),
    "problem": (
        ("looks", "basics", "What you are looking at", ("Signs", "What it is often mistaken for")),
        ("causes", "why", "The most likely causes", ()),
        ("fix", "core", "How to fix it", ("What to do first", "If that does not help")),
        ("prevent", "prevent", "How to keep it from coming back", ()),
        ("stop", "limit", "When to give up, or to call for help", ()),
        QUESTIONS,
    ),
    "how-to": (
        ("basics", "basics", "Before you start", ()),
        ("need", "tools", "What you need", ()),
        ("time", "when", "The right time", ()),
        ("steps", "core", "{K}, step by step", ()),
        MISTAKES,
        ("after", "after", "What to do afterwards", ()),
        QUESTIONS,
    ),
    "comparison": (
        ("answer", "basics", "The short answer", ()),
        ("compare", "core", "{A} and {b} side by side", ()),
        ("side", "a", "{A}: strengths, limits and best uses", ()),
        ("side", "b", "{B}: strengths, limits and best uses", ()),
        ("who", "limit", "Which one suits whom", ()),
        QUESTIONS,
    ),
    "list": (
        ("glance", "basics", "Our choice at a glance", ()),
        ("criteria", "how", "{S}: how to choose", ()),
        ("entries", "entries", "The list in detail", ()),
        ("effort", "cost", "Costs and effort", ()),
        MISTAKES,
        QUESTIONS,
    ),
    "review": (
        ("answer", "basics", "The verdict in brief", ()),
        ("good", "good", "What is good", ()),
        ("bad", "bad", "What is not so good", ()),
        ("cost", "cost", "Price and value", ()),
        ("alternatives", "vs", "Alternatives worth a look", ()),
        ("who", "limit", "Who should buy, and who should not", ()),
    ),
    "timing": (
        ("answer", "basics", "The short answer", ()),
        (
            "seasons",
            "core",
            "What the right moment depends on",
            ("Climate and season", "Size, age and condition"),
        ),
        ("signs", "signs", "Signs that it is time", ()),
        ("limits", "limit", "What happens too early or too late", ()),
        QUESTIONS,
    ),
    "yesno": (
        ("answer", "basics", "The short answer", ()),
        ("causes", "why", "Why that is so", ()),
        ("exceptions", "limit", "When the answer is different", ()),
        ("do", "how", "What to do now", ()),
        QUESTIONS,
    ),
    "questions": (
        ("answer", "basics", "The short answer", ()),
        ("depends", "why", "What it depends on", ()),
        ("do", "how", "What to do with the answer", ()),
        MISTAKES,
        QUESTIONS,
    ),
    "glossary": (
        ("define", "basics", "{S}, defined", ()),
        ("practice", "how", "How it works in practice", ("A simple example",)),
        ("uses", "why", "When it matters, and when not", ()),
        ("mixup", "vs", "What it is often confused with", ()),
        QUESTIONS,
    ),
    "local": (
        ("criteria", "basics", "{S}: what to look for", ()),
        (
            "offers",
            "core",
            "How to compare what is on offer nearby",
            ("Reviews and references", "Distance and opening hours"),
        ),
        ("cost", "cost", "What to expect to pay", ()),
        ("asks", "asks", "Questions to ask before you decide", ()),
        ("warn", "limit", "Warning signs", ()),
        QUESTIONS,
    ),
}
POINTS = {  # what to look for depends on what is bought
    "thing": ("Size and fit", "Material and build quality", "Warranty and spare parts"),
    "living": (
        "Varieties that suit the place",
        "Health and quality on arrival",
        "Season and delivery",
    ),
    "supply": ("Contents and quality", "How much is needed", "Pack size and price per unit"),
    "digital": (
        "Functions that are really used",
        "Devices and data",
        "Price, free plan and cancelling",
    ),
}
LOCAL_GOODS = ("Range and quality", "Price and delivery")
FOREIGN = {  # the same in other languages, as roles; the headings are the language's own
    "guide": "answer basics start mistakes questions",
    "how-to": "answer need time steps mistakes questions",
    "timing": "answer signs limits questions",
    "questions": "answer depends do mistakes questions",
    "yesno": "answer depends do questions",
    "list": "glance criteria entries mistakes questions",
    "comparison": "answer compare who questions",
    "review": "answer good bad cost alternatives",
    "cost": "answer drivers cost save questions",
    "buying": "criteria types cost mistakes questions",
    "problem": "looks causes fix prevent questions",
    "glossary": "define practice mixup questions",
    "local": "criteria offers cost asks warn",
}
OWN_ROLES = {  # what a section does whose heading is a keyword of this voice
    "how-to": "own-steps",
    "action": "own-steps",
    "timing": "own-time",
    "problem": "own-problem",
    "comparison": "compare",
    "list": "own-choice",
    "review": "own-review",
    "cost": "cost",
    "yesno": "own-question",
    "questions": "own-question",
    "glossary": "define",
    "local": "own-local",
    "buying": "own-option",
    "service": "own-service",
    "remedy": "own-remedy",
    "lookup": "own-lookup",
    "guide": "own",
}
FACET_OF_VOICE = {
    "timing": "when",
    "how-to": "how",
    "problem": "problem",
    "comparison": "vs",
    "cost": "cost",
    "yesno": "ask",
    "questions": "ask",
    "glossary": "basics",
    "review": "good",
    "local": "local",
}
FACET_WORDS = (
    ("tools", {"tools", "tool", "supplies", "equipment"}),
    ("why", {"why", "benefits", "causes", "reasons", "purpose", "signs"}),
    ("when", {"schedule", "calendar"}),
    ("types", {"types", "kinds", "varieties"}),
)
