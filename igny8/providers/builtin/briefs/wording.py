"""What a brief says by format, by intent and by the role of a section: the words, no logic."""

INTENTS = {
    "informational": "The reader wants to understand or do something, and judges the page by how fast it helps.",
    "commercial": "The reader is about to choose, compares options and wants reasons and numbers rather than praise.",
    "transactional": "The reader is ready to act and wants the price, the conditions and the next step at once.",
    "navigational": "The reader looks for one particular place or product and wants to be sure to have found it.",
    "local": "The reader looks for something nearby and asks whom to trust, what it costs and how to get there.",
}
AUDIENCES = {
    "guide": "New to the topic; has no settled vocabulary yet and wants the whole picture before the details.",
    "buyer": "About to spend money; compares two or three offers and wants reasons, prices and the catch.",
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
    "buyer": "Say in 40 to 60 words what to demand of “{k}”, what is usually paid and what to check first.",
    "how-to": "Give the method in 40 to 60 words: the main steps in order, the time it takes, the sign of success.",
    "comparison": "Give the verdict in 40 to 60 words: who should take which, and the one difference that decides.",
    "list": "Name the best overall choice and the best low-cost choice in the first 60 words, with one reason each.",
    "review": "Give the verdict in 40 to 60 words: for whom it is worth it, for whom not, and the price.",
    "questions": "Answer “{k}” in the first 40 words, with the number, date or yes or no that was asked for.",
    "glossary": "Define “{k}” in one sentence of at most 30 words, then add an everyday example.",
    "local": "Say in 40 to 60 words what to look for, what it usually costs and what to ask first.",
}
COVERS = {  # by the role of a section; a plan that names none gets PLAIN_COVER
    "answer": "Give the result first, in two or three sentences or a small table. No introduction.",
    "basics": "Only what the rest of the page builds on: terms, limits, decisions to take first.",
    "uses": "Name the cases in which it pays and those in which it does not, each with its reason.",
    "start": "The first three things to do, in order, each small enough for today.",
    "effort": "Money, time and skill it takes, as ranges, with the date they were checked.",
    "need": "List what is needed, mark what is optional and name a stand-in for what is hardest to get.",
    "steps": "Number the steps, one action in each, with its time or measure. Say how to tell that a step worked.",
    "time": "Give months, an hour or a condition that the reader can check, and say what changes it.",
    "mistakes": "Three to five mistakes: what happens, why, and how to put it right. Use cases seen in practice.",
    "questions": "One short paragraph for each question, with the answer in its first sentence.",
    "after": "What to check, what to repeat and when, until it has held.",
    "reading": "Explain each part of the result, with one worked example.",
    "exceptions": "Name the cases in which the answer is different, so that readers find themselves in one of them.",
    "criteria": "Three to six criteria in order of weight; for each, what is good enough and what is not.",
    "types": "One row of a table for each type: for whom it is made, its strength, its limit, its price.",
    "cost": "Give a price range with the date it was checked, what drives it up and where saving does harm.",
    "drivers": "Order what moves the price from most to least, each with the amount that it adds.",
    "extras": "List each extra with its usual price, and say which can be left out.",
    "save": "Three to five ways to pay less, each with what it saves and what it costs in quality.",
    "decide": "Lead through the decision in two or three questions; each answer names a choice.",
    "course": "The stages of the work in order, with the hours of each and what the customer must prepare.",
    "asks": "Five to eight questions, each with the answer that a good provider gives.",
    "offers": "Say what to compare, where to find it and how to weigh it: three offers side by side in a table.",
    "warn": "Three to five warning signs, each with what is behind it and what to do instead.",
    "looks": "Describe what can be seen, heard or measured, so that the reader is sure to have the right case. "
    "A photo helps.",
    "causes": "Order the reasons from the most to the least likely, each with the sign that gives it away.",
    "fix": "Start with what costs least and harms nothing. Say how long it takes to show.",
    "prevent": "Two to four habits or changes that keep it away, with how often each is due.",
    "stop": "Say at which sign more effort is wasted or unsafe, and whom to call then.",
    "safe": "Name the risks for people, animals and surroundings, the safe amount and what must never be combined.",
    "compare": "Set it out as a table: one row for each criterion that decides, one column for each option. "
    "Close with a verdict.",
    "side": "Who gains most from this option, where it falls short, and one real example.",
    "who": "Name the cases plainly, so that readers find themselves in one of them.",
    "glance": "A table of the choices: name, what each is best for, price. The first row is the overall choice.",
    "entries": "One entry for each H3, or five to nine of your own choice where there are none: what it is best for, "
    "one limit, one number. Same order of facts every time; say how the choice was made.",
    "good": "Three to five strengths, each shown by something that was measured or tried.",
    "bad": "Two to four limits, each with the reader whom it will bother.",
    "alternatives": "Two or three, each with the one reason to prefer it.",
    "seasons": "Say how the moment moves with each condition, by how many days, weeks or degrees.",
    "signs": "Three signs that anyone can check, the surest first, each with a photo or a measure.",
    "limits": "What too early does, what too late does, and what can still be saved in each case.",
    "depends": "Order what changes the answer from most to least, each with the number that it changes.",
    "do": "Turn the answer into two to four actions, in order.",
    "define": "One sentence of definition, then an everyday example and what it is not.",
    "practice": "Show it at work in one example from start to finish.",
    "mixup": "Name what it is confused with and the one feature that tells them apart.",
    "related": "Two or three sentences for each, enough to answer the search; link to its own page once there is one.",
    "own": "Answer what people mean when they search for this, with one fact, number or example that other pages lack.",
    "own-steps": "The method in short: numbered steps, with the time or measure of each and the sign of success.",
    "own-time": "Give the months or the condition that the reader can check, and what changes it.",
    "own-problem": "What it looks like, the likeliest cause and the first thing to do about it.",
    "own-choice": "Three to five choices, each with what it is best for, one limit and a price.",
    "own-review": "Say for whom it is worth its price and for whom not, with one reason each.",
    "own-question": "Answer in the first sentence, then give the reason and the exception.",
    "own-local": "Say where to look, what to compare and what it usually costs nearby.",
    "own-option": "Say for whom this option is the right choice, what it costs more or less, and its one limit.",
    "own-service": "Say when it is needed, what is done, how long it takes and what it costs.",
    "own-remedy": "Say what it does and does not do, how much of it and how often, and what to be careful with.",
    "own-lookup": "Give the table, the list or the tool itself, then say how to read it.",
}
PLAIN_COVER = "Keep the promise of the heading in the first sentence, then support it with a fact or an example."
WEIGHTS = {
    "steps": 1.8,
    "entries": 1.8,
    "compare": 1.6,
    "answer": 0.5,
    "glance": 0.6,
    "define": 0.7,
}
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
    "buyer": ("What is a fair price?", "What is regretted most often afterwards?"),
    "how-to": ("How long does it take?", "What if it did not work?", "What can be left out?"),
    "comparison": (
        "Which one is cheaper over its whole life?",
        "Can one change from one to the other later?",
    ),
    "list": ("How was the selection made?", "Which one suits a small budget?"),
    "review": ("What is the better alternative?", "How long does it last?"),
    "questions": ("Does the answer hold for every case?", "What should the reader do next?"),
    "glossary": ("What is it often confused with?", "When does one need it?"),
    "local": ("What is a fair price?", "What should be settled in writing?"),
}
_ASKING = (
    "how what when where which who why can do does is are should will "
    "wie was wann warum wo welche welcher welches wieso kann comment quand pourquoi où quel quelle "
    "combien cómo qué cuándo dónde cuál por come cosa quando dove quale perché quanto hoe wat wanneer "
    "waarom waar welk como que onde qual"
)
ASKING = frozenset(_ASKING.split())
