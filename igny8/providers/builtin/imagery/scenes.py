"""Scenes for photographs, chosen by the words of a heading."""

SCENES = (
    (
        (
            "vs",
            "versus",
            "or",
            "compare",
            "compared",
            "comparison",
            "difference",
            "which",
            "choose",
        ),
        "the two or three options side by side at the same scale, plain background",
        "even studio light, straight-on view",
    ),
    (
        ("tool", "tools", "need", "supplies", "equipment", "checklist", "kit"),
        "a tidy flat lay of the things needed, seen from above",
        "soft window light, light wooden surface",
    ),
    (
        (
            "when",
            "time",
            "timing",
            "season",
            "spring",
            "summer",
            "fall",
            "autumn",
            "winter",
            "often",
            "long",
        ),
        "a wide view in which the moment or season is plain to see",
        "natural light that fits that time, gentle depth",
    ),
    (
        ("mistake", "mistakes", "problem", "problems", "wrong", "avoid", "fix", "why"),
        "a close view of the problem itself next to a healthy or correct example",
        "clear daylight, sharp detail",
    ),
    (
        ("cost", "costs", "price", "prices", "budget", "cheap"),
        "the item beside a notebook, coins and a pen, uncluttered",
        "soft daylight, shallow depth of field",
    ),
    (
        ("how", "step", "steps", "diy", "guide", "make", "start"),
        "hands at work in the middle of the task, the result within reach",
        "warm natural light, slightly from above",
    ),
    (
        ("best", "top", "types", "kinds", "ideas", "list", "examples", "varieties"),
        "five to seven varied examples in a loose, pleasing row",
        "bright, even light, clean background",
    ),
    (
        ("review", "worth", "verdict"),
        "the product in real use, close enough to judge how it is made",
        "neutral daylight, honest colours",
    ),
)
PLAIN = (
    "one clear subject in its natural surroundings, room to breathe around it",
    "soft natural light, calm composition",
)
DULL = {
    "answer",
    "glance",
    "brief",
    "verdict",
    "essentials",
    "faq",
    "faqs",
    "questions",
    "conclusion",
    "summary",
    "checklist",
    "sources",
    "fazit",
    "fragen",
    "conclusión",
    "preguntas",
    "domande",
    "vragen",
    "perguntas",
    "resumen",
}
