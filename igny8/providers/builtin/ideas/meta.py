"""Write meta descriptions of 120 to 155 characters, and the sentence that says an idea's angle."""

from itertools import product

from igny8.providers.builtin.ideas import vocabulary
from igny8.providers.builtin.ideas.intent_signals import KeywordSignals, kind_of
from igny8.providers.builtin.ideas.languages import LANGUAGES
from igny8.providers.builtin.ideas.languages.nouns import nouns_large
from igny8.providers.builtin.ideas.titles import is_of_goods

SHORTEST, LONGEST = 120, 155
LEADS = {
    "guide": (
        "{K}: how it works, where to start and what to avoid.",
        "{K}, explained from the ground up.",
    ),
    "buying": (
        "{K}: what to look for, what to pay and what to skip.",
        "{K}: here is what matters.",
    ),
    "buying-thing": (
        "{K}: what to look for, what to pay and what to skip.",
        "{K}: types, features and prices compared.",
    ),
    "service": (
        "{K}: what is included, what it costs and how long it takes.",
        "{K}: here is what to expect.",
    ),
    "cost": (
        "{K}: typical prices and what drives them.",
        "{K}? Typical prices and what drives them.",
    ),
    "remedy": (
        "{K}: how it works, when it helps and how to use it.",
        "{K}: what it can do and what it cannot.",
    ),
    "lookup": ("{K}: how to find it, read it and use it.", "{K}? How to find the answer quickly."),
    "local-goods": (
        "{K}: where to look, what to check and what to pay.",
        "{K}: here is where to look.",
    ),
    "problem": (
        "{K}: the signs, the likely causes and the cure.",
        "{K}? Find the cause first, then fix it.",
    ),
    "how-to": (
        "{K}, step by step: what you need, each step in order and how to tell it worked.",
        "{K} in clear steps.",
        "{K}: tools, steps and timing.",
    ),
    "comparison": ("{K}: the real differences, point by point.", "{K}: which suits you, and why."),
    "list": (
        "{K}: a shortlist with the strengths and limits of each.",
        "{K}, and how to choose between them.",
    ),
    "review": (
        "{K}: strengths, weak points and value for money.",
        "{K}: what to expect before you buy.",
    ),
    "timing": (
        "{K}? Find the right moment, the signs to watch for and what to do if you missed it.",
        "{K}: timing by season and climate.",
    ),
    "yesno": ("{K}? The short answer, the reasons and the exceptions.", "{K}? A clear answer."),
    "questions": ("{K}? The short answer first, then what it depends on.", "{K}? A clear answer."),
    "glossary": (
        "{K}: a plain definition with examples.",
        "{K}: what it means and when it matters.",
    ),
    "local": (
        "{K}: how to compare, what to ask and what to pay.",
        "{K}: what to look for before you decide.",
    ),
}
BODIES = {
    "guide": (
        "What it is good for, how to begin, what it costs and which mistakes to avoid.",
        "Uses, limits, first steps and costs, with the mistakes that beginners make.",
    ),
    "buying": (
        "How the main types differ, what a good one costs and which mistakes to avoid.",
        "Clear criteria first, then prices, so that you buy once and buy right.",
    ),
    "buying-thing": (
        "How the main types differ, what a good one costs and which mistakes to avoid.",
        "Sizes, materials and prices, so that you buy once and buy right.",
    ),
    "service": (
        "What drives the price, what a quote should state and whom to hire.",
        "The steps, the price and the questions to ask before you sign.",
    ),
    "cost": (
        "The extras that are easy to miss, and how to save without regret.",
        "With what is included, the extras to plan for and ways to save.",
    ),
    "remedy": (
        "How much, how often, what to expect and what to use instead.",
        "Step by step, with the limits, the risks and good alternatives.",
    ),
    "lookup": (
        "What it tells you, what to do with it and where it can mislead.",
        "With what it means in practice and the cases where it is wrong.",
    ),
    "local-goods": (
        "How to judge quality and range, what to pay and which questions to ask.",
        "Fair prices, good questions and the warning signs before you buy.",
    ),
    "problem": (
        "How to tell what is wrong, what to do first and how to keep it from coming back.",
        "What to look at, what helps, what does not, and how to prevent it next time.",
    ),
    "how-to": (
        "What you need, the right time, the order of work and the mistakes to avoid.",
        "A simple method with a list of what you need and the mistakes to avoid.",
    ),
    "comparison": (
        "Strengths, limits and costs side by side, with a clear answer for each case.",
        "When to choose one, when the other, and what each really costs.",
    ),
    "list": (
        "What each is best for, how to choose and which mistakes to avoid.",
        "How to choose by use, effort and price, with the limits of each.",
    ),
    "review": (
        "What is good, what is not, what it costs and which alternatives to look at.",
        "Strengths, weak points, price and who should look elsewhere.",
    ),
    "timing": (
        "The signs that it is time, and what happens too early or too late.",
        "How to read the signs, climate by climate, and what to do if you are late.",
    ),
    "yesno": (
        "When the answer changes, what to watch for and how to do it safely.",
        "The reasons, the exceptions and the safe way to do it.",
    ),
    "questions": (
        "What it depends on, what to do and the mistakes that are easy to make.",
        "With the reasons, the numbers that matter and what to do next.",
    ),
    "glossary": (
        "How it works, when to use it and what it is often confused with.",
        "A simple example, typical uses and the terms it is often mixed up with.",
    ),
    "local": (
        "How to compare offers, which questions to ask and which warning signs to know.",
        "Fair prices, good questions and the warning signs before you decide.",
    ),
}
COMPANIONS = ("Also covers {x} and {y}.", "Also covers {x}.")
TAILS = (
    "",
    "Plain and to the point.",
    "With a short checklist.",
    "Clear and practical.",
    "Practical advice you can use today.",
)
ANGLES = {
    "guide": "Give a newcomer the whole picture of “{s}” on one page, from the first decision to the first result.",
    "buying": "Help a buyer of “{s}” decide with criteria first and products second, prices included.",
    "service": "Tell somebody who needs “{s}” what is done, what it costs and how to choose whom to hire.",
    "cost": "Give the price range first, then what moves it, the extras and the honest ways to save.",
    "remedy": "Say plainly what “{s}” can and cannot do, then how to use it, with amounts and safety.",
    "lookup": "Give the quickest way to the result, then how to read it and what to do with it.",
    "problem": "Lead from the visible sign to the cause and the cure, so that the reader can act within minutes.",
    "how-to": "Take the reader through the work in order, with what is needed and how to tell that each step worked.",
    "comparison": "Settle the choice: say who should take which, then prove it side by side.",
    "list": "Offer a short, reasoned selection for “{s}”, each with what it is best for and its limits.",
    "review": "Judge “{s}” by use, price and alternatives, and say plainly who should not buy.",
    "timing": "Answer with a date or a sign that the reader can check, then treat climates and exceptions.",
    "yesno": "Answer yes or no in the first sentence, then give the reason, the exceptions and the safe way.",
    "questions": "Answer the question in the first paragraph, then explain what the answer depends on.",
    "glossary": "Define “{s}” in one sentence, show it in use and separate it from what it is confused with.",
    "local": "Help someone nearby choose: what to look for, what to ask and what to pay.",
}


def english(reading: KeywordSignals, others: list[KeywordSignals]) -> str:
    """Return a description that holds the keyword and, where they fit, its nearest companions."""
    key = vocabulary.sentence_case(reading.asked)
    near = [r.text for r in others if _companion(r, key)][:2] + ["", ""]
    fills = {"K": key, "x": near[0], "y": near[1]}
    companions = [c for c in COMPANIONS if near[0] and (near[1] or "{y}" not in c)]
    voice = _kind(reading)
    leads = [lead for lead in LEADS[voice] if not (key.endswith("?") and "{K}:" in lead)] or ["{K}"]
    made = [
        _filled(" ".join(filter(None, parts)), fills)
        for parts in product(leads, ("", *BODIES[voice], *companions), TAILS)
    ]
    return _best(made, reading.text)


def _kind(reading: KeywordSignals) -> str:
    if reading.voice == "buying" and kind_of(reading.subject) == "thing":
        return "buying-thing"
    return "local-goods" if reading.voice == "local" and is_of_goods(reading) else reading.voice


def _companion(reading: KeywordSignals, key: str) -> bool:
    return (
        reading.text.casefold() not in key.casefold()
        and len(reading.text) <= 45
        and not reading.asked.endswith("?")
        and vocabulary.is_plain(reading.text)
    )


def _filled(text: str, fills: dict[str, str]) -> str:
    for name, value in fills.items():
        text = text.replace("{" + name + "}", value)
    return text.replace("?.", "?").replace("??", "?")


def _best(made: list[str], seed: str) -> str:
    fitting = [text for text in made if SHORTEST <= len(text) <= LONGEST]
    if fitting:
        fewest = min(map(_echoes, fitting))
        fitting = [text for text in fitting if _echoes(text) == fewest]
        chosen = (
            [text for text in fitting if "Also covers" in text]
            or [text for text in fitting if not text.endswith(TAILS[1:])]
            or fitting
        )
        return chosen[vocabulary.stable_hash(seed) % len(chosen)]
    below = [text for text in made if len(text) < SHORTEST]
    return max(below, key=len) if below else vocabulary.truncate(min(made, key=len), LONGEST)


def _echoes(text: str) -> int:
    """Return how many telling words a description says twice."""
    said = [
        word for word in vocabulary.tokens(text) if word not in vocabulary.FILLER and len(word) > 3
    ]
    return len(said) - len(set(said))


def foreign(text: str, others: list[str], language: str) -> str:
    """Return a description in the language's own words, or of the keywords alone."""
    spelled = nouns_large(text) if language == "de" else text
    head, tongue = (
        vocabulary.capitalise(vocabulary.truncate(spelled, LONGEST - 5)),
        LANGUAGES.get(language),
    )
    if tongue:
        made = tongue.meta[0].replace("{k}", head)
        for sentence in tongue.meta[1:]:
            made = f"{made} {sentence}" if len(made) + len(sentence) < LONGEST else made
        return vocabulary.truncate(made, LONGEST)
    made = head
    for other in others:
        made = f"{made} · {other}" if len(made) + len(other) + 3 <= LONGEST else made
    return made


def angle(reading: KeywordSignals) -> str:
    """Return one sentence, for the writer, on what sets the article apart."""
    return ANGLES[reading.voice].replace("{s}", vocabulary.truncate(reading.subject, 80))
