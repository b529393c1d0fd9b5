"""Tell what the people who search for a keyword want to do."""

import re
from collections import Counter

from igny8.providers.base import INTENTS

MARKERS = {
    "local": """near me|nearby|near by|closest|in my area|open now|directions to""",
    "transactional": """buy|buying|price|prices|pricing|cheap|cheapest|order|purchase|deal|deals|
        discount|discounts|coupon|coupons|promo code|for sale|sale|shop|store|rent|hire|quote|
        quotes|subscribe|subscription|download|free trial|booking|book online|wholesale|cost""",
    "navigational": """login|log in|sign in|signin|sign up|website|official site|customer service|
        phone number|contact number|address|app store|dashboard|my account|portal""",
    "commercial": """best|top|top rated|vs|versus|review|reviews|compare|comparison|alternative|
        alternatives|rated|recommended|brands|pros and cons|worth it|better than""",
    "informational": """how|what|why|when|where|who|which|guide|guides|tutorial|tutorials|tips|
        ideas|examples|meaning|definition|learn|benefits|does|do|is|are|can|should|recipe|recipes|
        diy|symptoms|causes|checklist|template|templates|explained|beginner|beginners|difference""",
}
PATTERNS = {
    intent: re.compile(r"\b(?:" + "|".join(part.strip() for part in words.split("|")) + r")\b")
    for intent, words in MARKERS.items()
}
QUESTION = re.compile(r"^(?:how|what|why|when|where|who|can|does|do|is|are|should)\b")


def guess_intent(text):
    """Return the intent that marker words of an English keyword tell, None without any."""
    folded = text.casefold()
    if QUESTION.match(folded):
        return "informational"
    return next((name for name, pattern in PATTERNS.items() if pattern.search(folded)), None)


def stated_intents(intent):
    """Return the intents that a keyword file states, as a tuple: "Info, commercial" has two."""
    parts = re.split(r"[\s,;/|+&]+", (intent or "").casefold())
    return tuple(name for part in parts if part for name in INTENTS if name.startswith(part))


def intent_of(phrases):
    """Return the intent of a cluster: the files' own, by volume; else guessed; else informational.

    A guess counts when a third of the volume carries marker words.
    """
    votes = Counter()
    for phrase in phrases:
        for name in stated_intents(phrase.intent):
            votes[name] += 1 + phrase.demand
    if not votes:
        for phrase in phrases:
            votes[guess_intent(phrase.text)] += 1 + phrase.demand
        if votes[None] * 3 > votes.total() * 2:
            return "informational"
        del votes[None]
    return max(INTENTS, key=lambda name: votes[name])
