"""What a brief says by format, by intent and by the kind of a section: the words, no logic."""

import re

INTENTS = {
    "informational": "The reader wants to understand or do something, and judges the page by how fast it helps.",
    "commercial": "The reader is about to choose, compares options and wants reasons and numbers rather than praise.",
    "transactional": "The reader is ready to act and wants the price, the conditions and the next step at once.",
    "navigational": "The reader looks for one particular place or product and wants to be sure to have found it.",
    "local": "The reader looks for something nearby and asks whom to trust, what it costs and how to get there.",
}
AUDIENCES = {
    "guide": "New to the topic; has no settled vocabulary yet and wants the whole picture before the details.",
    "how-to": "About to do it, often with the materials at hand; reads in steps and comes back to them while working.",
    "comparison": "Knows both options by name and is torn between them; wants a verdict for a situation like theirs.",
    "list": "Wants a short, trustworthy selection; skims first, then reads two or three entries closely.",
    "review": "Has nearly decided; looks for the catch, for proof of use and for the better alternative.",
    "questions": "Has one question and little time; stays only if the answer comes at once and is reasoned.",
    "glossary": "Has met the term elsewhere and wants it explained in plain words, with an example.",
    "local": "Lives nearby, has a concrete need and will get in touch with one or two addresses.",
}
ANSWERS = {
    "guide": "Say in 40 to 60 words what “{k}” is about, what it takes and what the reader will be able to do.",
    "how-to": "Give the method in 40 to 60 words: the main steps in order, the time it takes, the sign of success.",
    "comparison": "Give the verdict in 40 to 60 words: who should take which, and the one difference that decides.",
    "list": "Name the best overall choice and the best low-cost choice in the first 60 words, with one reason each.",
    "review": "Give the verdict in 40 to 60 words: for whom it is worth it, for whom not, and the price.",
    "questions": "Answer “{k}” in the first 40 words, with the number, date or yes or no that was asked for.",
    "glossary": "Define “{k}” in one sentence of at most 30 words, then add an everyday example.",
    "local": "Say in 40 to 60 words what to look for, what it usually costs and what to ask first.",
}
COVERS = (  # by the heading; the first that matches counts
    (r"step by step|^how to (?!choose|tell|decide)|how it is done|get started|to do it",
     "Number the steps, one action in each, with its time or measure. Say how the reader can tell that a step worked."),
    (r"short answer|at a glance|in brief|verdict", "Give the result first, in two or three sentences or a small table. "
     "No introduction."),
    (r"side by side|\bvs\b|versus|compared|confused with|differences?",
     "Set it out as a table: one row for each criterion that decides, one column for each "
     "option. Close with a verdict."),
    (r"strengths, limits", "Who gains most from this option, where it falls short, and one real example."),
    (r"\bcosts?\b|price|to pay|budget|cheap", "Give a price range with the date it was checked, what drives it up and "
     "where saving does harm."),
    (r"what you need|tools|supplies|equipment", "List what is needed, mark what is optional and name a stand-in for "
     "the item that is hardest to get."),
    (r"\bwhen\b|time|timing|season|spring|summer|fall|autumn|winter|often|signs",
     "Give months or a condition that the reader can check, and say how it changes with climate or region."),
    (r"mistakes|avoid|too early|warning|problem|wrong|bad|coming back|not so good",
     "Three to five points: what happens, why, and how to put it right. Use cases seen in practice."),
    (r"causes|\bwhy\b|depends", "Order the reasons from the most to the least likely, each with the sign that gives it "
     "away."),
    (r"looking at|\bsigns\b", "Describe what can be seen, so that the reader is sure to have the right case. "
     "A photo helps."),
    (r"fix|stop", "Start with what costs least and harms nothing. Say how long it takes to show."),
    (r"list in detail|\bbest\b|\btop\b|ideas|types|kinds|varieties",
     "For each entry: what it is best for, one limit, one number (size, price, time). Same order of facts every time."),
    (r"how to choose|look for|decide|choose", "Three to six criteria in order of weight; for each, what is good "
     "enough and what is not."),
    (r"who should|combine|different|start over",
     "Name the cases plainly, so that readers find themselves in one of them."),
    (r"afterwards|aftercare", "The first days and weeks: what to check, what to repeat and when."),
    (r"questions|\?$", "One short paragraph for each question, with the answer in its first sentence."),
    (r"essentials|defined|basics|before you start|what to know|uses, benefits",
     "Only what the rest of the page builds on: terms, limits, what the reader should have decided by the end."),
    (r"alternatives", "Two or three, each with the one reason to prefer it."),
)
PLAIN_COVERS = (  # where the heading says nothing of its kind: in turn, so that no two neighbours sound alike
    "Answer what people mean when they search for this, with one fact, number or example that other pages lack.",
    "Say what is special about this case, for whom it is the right choice and what it asks of the reader.",
    "Start with the point that decides here, then show it with a measured example or a photo.",
    "Treat it as a small article of its own: the answer, the reason, what to do next.",
    "Say what changes compared with the main topic and what stays the same.",
)
WEIGHTS = ((r"step by step|in detail|side by side", 1.8), (r"short answer|at a glance|in brief|in kürze|en bref", 0.5))
COVER_RULES = tuple((re.compile(pattern, re.IGNORECASE), text) for pattern, text in COVERS)
CHECKLIST = (
    "The first paragraph answers the search and can stand alone.",
    "Every H2 keeps the promise of its heading in its first sentence.",
    "At least three facts come from own experience, a test or a named source with its date.",
    "No paragraph is longer than 80 words; steps and comparisons are lists or tables.",
    "Each keyword of the table is used once where it helps; none is forced in.",
    "Each image has an alt text that says what it shows.",
    "Title and description match what the page delivers.",
)
ALSO_ASKED = {
    "guide": ("What does a beginner get wrong most often?", "What does it cost in money and time?"),
    "how-to": ("How long does it take?", "What if it did not work?", "What can be left out?"),
    "comparison": ("Which one is cheaper over its whole life?", "Can one change from one to the other later?"),
    "list": ("How was the selection made?", "Which one suits a small budget?"),
    "review": ("What is the better alternative?", "How long does it last?"),
    "questions": ("Does the answer hold for every case?", "What should the reader do next?"),
    "glossary": ("What is it often confused with?", "When does one need it?"),
    "local": ("What is a fair price?", "What should be settled in writing?"),
}
_ASKING = ("how what when where which who why can do does is are should will "
                    "wie was wann warum wo welche welcher welches wieso kann comment quand pourquoi où quel quelle "
                    "combien cómo qué cuándo dónde cuál por come cosa quando dove quale perché quanto hoe wat wanneer "
                    "waarom waar welk como que onde qual")
ASKING = frozenset(_ASKING.split())
