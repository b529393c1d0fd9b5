"""Read the signals in an English keyword: its kind of article and its subject.

A voice is a variant of a format: a "guide" may be a buying guide or solve a problem, a "questions"
article may answer yes or no or be about the right time.
"""

import re
from dataclasses import dataclass

from igny8.providers.builtin import vocabulary

FORMAT_OF_VOICE = {
    "guide": "guide",
    "buying": "guide",
    "problem": "guide",
    "how-to": "how-to",
    "comparison": "comparison",
    "list": "list",
    "review": "review",
    "questions": "questions",
    "timing": "questions",
    "yesno": "questions",
    "glossary": "glossary",
    "local": "local",
    "cost": "guide",
    "service": "guide",
    "remedy": "guide",
    "lookup": "guide",
}
AUX = "is|are|do|does|did|can|could|should|would|will|was|were|has|have|am"
LOCAL = re.compile(
    r"\b(near me|near you|nearby|near by|in my area|close to me|closest|open now|local)\b"
)
COMPARISON = re.compile(
    r"\b(vs|versus|differences? between|compared (to|with)|alternatives? (to|for))\b"
    r"|^(?!.*\b(whether)\b)\w+( \w+){0,2} or \w+( \w+){0,2}$"
)
TIMING = re.compile(
    r"^when\b|\bbest (time|month|season|day|hour|age|temperature)s?\b"
    r"|\b(schedule|calendar|season)$"
)
WAY = re.compile(
    r"^how (to|do (i|you|we)|can (i|you|we)|should (i|you|we))\b"
    r"|\b(best|easiest|fastest) (way|method)s?\b"
    r"|^(replac(e|ing)|fix(ing)?|repair(ing)?|install(ing)?|remov(e|ing)) (an?|the|my|your) "
    r"|\b(diy|step by step|tutorial|recipe|homemade|instructions|build your own)\b"
)
REVIEW = re.compile(r"\b(reviews?|worth it|worth the money|pros and cons|ratings?)\b")
GLOSSARY = re.compile(
    r"^what('s| is| are|s)( an?| the)? (?!best|difference|good|wrong)[\w'-]+( [\w'-]+){0,2}$"
    r"|\b(meaning|definition|define|defined|terminology|glossary)\b"
)
LIST = re.compile(
    r"\b(best|top|cheapest|easiest|fastest|ideas?|types|kinds|varieties|examples|list|gifts?|"
    r"inspiration|loving)\b|^\w+s that \w+"
    r"|^(?!.* (for|in|on|with|near|by) ).*\b(companion|garden|indoor|outdoor|house|shade) plants$"
    r"|\b\w*(friendly|resistant|tolerant|proof|purifying|loving|blooming) (\w+ )?\w+s$"
    r"|^(low|fast|easy|small|cheap|native|edible|perennial|companion)\b.* plants\b"
)
PROBLEM = re.compile(
    r"\b(losing|no hot water|"
    r"keeps|humming|burst|bursts|frozen|clogged|moss|weeds?|smells? bad|leak smell|damping off|"
    r"hornworms|won'?t|doesn'?t|not \w+ing|running (toilet|tap|faucet)|low \w* ?pressure|"
    r"pressure (is )?(too )?low|dropping|dying|dead|rot|"
    r"rotting|rust|blight|mildew|yellow(ing)?|brown(ing)? (leaves|tips|spots)|bare spots|spots|"
    r"wilting|curling|drooping|leggy|problems?|troubleshooting|error|failed|broken|leaking|clogged|"
    r"infestation|get(ting)? rid of|stop|kill(ing)?|leaves turning|pests?|"
    r"aphids|gnats|slugs|bugs|mold|mites|whiteflies|mealybugs|fungus|diseases?|taking over)\b"
)
YES_NO = re.compile(rf"^({AUX})\b")
ASKS = re.compile(rf"^(what|why|which|where|who|whose|when|how|{AUX})\b")
FULL_QUESTION = re.compile(
    rf"^(?:({AUX})\b .+|(what|why|which|where|who|when|how)\b(?! to\b)"
    rf"( \w+){{0,3}}? ({AUX})\b .+"
    r"|(what|who) (causes|eats|kills|makes|happens|attracts|repels)\b.*)"
)
MARKERS = re.compile(
    r"^(the )?(best|top( \d+)?|cheapest|easiest|\d+ best) |\b(reviews?|near me|nearby|near you|"
    r"in my area|worth it|pros and cons|meaning|definition|explained|tutorial|step by step)\b"
    r"|^(what('s| is| are|s)( an?| the)? |define |diy |how to (choose|use|pick) )"
)
BUYING = re.compile(r"\b(buy|buying|cheap|for sale|discount|coupon|deals?|delivery)\b")
COST = re.compile(
    r"\b(costs?|prices?|pricing|price list|how much (does|do|is|are)\b.*)$"
    r"|\b(costs?|prices?) (per|of|for)\b|^how much (does|do|is|are)\b"
)
LOOKUP = re.compile(
    r"(?<!desk )(?<!stand )(?<!catalytic )(?<!voltage )(?<!power )(?<!travel )(?<!plug )"
    r"(?<!torque )(?<!hdmi )(?<!vga )(?<!av )(?<!media )\b(zip code|lookup|look up|"
    r"calculator|converter|chart|checklist|templates?|requirements?|phone number|am i in)\b"
)
READ = re.compile(r"\b(calculator|converter|chart|checklist|templates?)\b")
ACCOUNT = re.compile(r"\b(log ?in|sign ?in|account|website|dashboard|customer service|contact)\b")
TRADE = (
    r"plumb(er|ers|ing)|electricians?|roof(er|ers|ing)|contractors?|dentists?|lawyers?|attorneys?|mechanics?|"
    r"locksmiths?|handyman|landscap(er|ers|ing)|painters?|movers|photographers?|agency|consultants?"
)
SERVICE = re.compile(
    rf"\b(installation|repairs?|replacement|services?|rental|cleaning|inspection|removal|detection|"
    rf"remodel(ing)?|companies|{TRADE}|designer)( (service|company))?$"
)
ENEMY = (
    r"(pest|weed|aphid|slug|snail|mosquito|ant|odor|mold|moss|mice|flea|tick|gnat|insect|rodent)s?"
)
MEANS = (
    r"oil|salt|soap|earth|grounds|vinegar|soda|peroxide|powder|ladybugs|nematodes|spray|beer|"
    r"cinnamon|tea"
)
REMEDY = re.compile(
    rf"\b{ENEMY} (control|killers?|repellents?|sprays?|treatments?|baits?|prevention)\b"
    rf"|\b(traps?|repellents?|remed(y|ies)|insecticid\w+|fungicid\w+|pesticid\w+|herbicid\w+)$"
    rf"|^(?:[\w-]+ )?(?:[\w-]+ )?({MEANS}) (for|in|on|as) "
)
LIVING = re.compile(
    r"(plants?|seeds?|bulbs?|flowers?|perennials?|annuals|trees?|shrubs?|bushes|seedlings|succulents|"
    r"puppies|kittens|herbs)$"
)
SUPPLY = re.compile(
    r"(soil|mix|mulch|compost|fertilizers?|food|oil|seed|beans|tea|coffee|filters?|topsoil|paint|"
    r"sand|gravel|litter|treats|supplements?|vitamins?|cleaners?)$"
)
DIGITAL = re.compile(
    r"(apps?|software|planner|courses?|plugins?|subscriptions?|online|programs?|platforms?)$"
)
PREPOSITIONS = re.compile(
    r" (for|with|in|on|of|near|by|from|to|under|without|at|as|vs|that|per)\b.*$"
)
_ACTIONS = """aerating baking brewing building buying cleaning climbing composting cooking cutting
    deadheading decorating digging drying feeding fertilizing fixing freezing gardening growing
    harvesting installing learning making managing measuring moving mowing mulching overseeding
    painting planning planting potting preparing propagating pruning removing repairing repotting
    seeding sharpening sowing staking starting storing training transplanting trimming using washing
    watering weeding winterizing writing"""
ACTIONS = frozenset(_ACTIONS.split())
ADJECTIVE = re.compile(
    r"(al|ate|ic|ed|ous|able|less|ful)$"
    r"|^(green|brown|black|white|red|blue|wet|dry|hot|cold|new|old)$"
)
SHOPPING = ("commercial", "transactional")


@dataclass(frozen=True, slots=True)
class KeywordSignals:
    """Signals of a keyword; `asked` is its text, with "?" if it is a question."""

    text: str
    voice: str
    subject: str
    sides: tuple[str, str] | None
    asked: str

    @property
    def format(self) -> str:
        """Return the format of an article about it."""
        return FORMAT_OF_VOICE[self.voice]


def read_signals(text: str, intent: str | None) -> KeywordSignals:
    """Return the signals of an English keyword; `intent` decides if no word does."""
    line = " ".join(text.casefold().replace("’", "'").rstrip("?!. ").split())
    question = bool(FULL_QUESTION.match(line))
    asked = text.rstrip("?!. ") + "?" if question else text
    return KeywordSignals(text, voice_of(line, intent), _subject(line) or line, _sides(line), asked)


FIRST_SIGNS = (
    ("local", LOCAL),
    ("comparison", COMPARISON),
    ("review", REVIEW),
    ("timing", TIMING),
    ("cost", COST),
    ("how-to", WAY),
)  # in this order; the first that is found decides


def voice_of(line: str, intent: str | None) -> str:
    """Return the voice of a folded keyword."""
    for voice, sign in FIRST_SIGNS:
        if sign.search(line):
            return voice
    return _informational_voice(line) or _commercial_voice(line, intent)


def _informational_voice(line: str) -> str | None:
    if LOOKUP.search(line) and not LIST.search(line):
        return "lookup"
    if REMEDY.search(line) and not (LIST.search(line) or ASKS.match(line)):
        return "remedy"
    asks = ASKS.match(line) and not line.startswith("why")
    if PROBLEM.search(line) and not (asks or LIST.search(line)):
        return "problem"
    if GLOSSARY.search(line):
        return "glossary"
    if YES_NO.match(line):
        return "yesno"
    if asks or line.startswith("why"):
        return "questions"
    return "list" if LIST.search(line) else None


def _commercial_voice(line: str, intent: str | None) -> str:
    if SERVICE.search(line) and intent != "informational":
        return "service"
    if BUYING.search(line) or (intent in SHOPPING and not is_action(line)):
        return "buying"
    if intent == "navigational" and not (ACCOUNT.search(line) or is_action(line)):
        return "buying"
    return "local" if intent == "local" else "guide"


def _subject(line: str) -> str:
    found = MARKERS.sub(" ", line)
    found = re.sub(r"^(how (to|do i|do you|can i|should i)) ", "", " ".join(found.split()))
    return " ".join(found.split())


def _sides(line: str) -> tuple[str, str] | None:
    line = re.sub(r"^(what is |what's )?(the )?differences? between ", "", line)
    parts = re.split(r" (?:vs\.?|versus|compared (?:to|with)) | or ", line, maxsplit=1)
    if len(parts) == 1:
        parts = line.split(" and ", 1)
    if len(parts) != 2:
        return None
    left, right = (part.strip() for part in parts)
    right = re.sub(r" (for|in|on) .*$", "", right)
    if " " not in left and " " in right and ADJECTIVE.search(left):
        left = f"{left} {right.split(' ', 1)[1]}"
    return (left, right) if left and right and vocabulary.tokens(left) else None


def is_action(subject: str) -> bool:
    """Return whether a subject begins with an action such as "pruning"."""
    return subject.split(" ", maxsplit=1)[0] in ACTIONS


def head(subject: str) -> str:
    """Return the words of a subject before its first preposition: "pots" of "pots for herbs"."""
    return (
        PREPOSITIONS.sub("", re.sub(r"\b(delivery|cheap|free|online)\b", "", subject)).strip()
        or subject
    )


def kind_of(subject: str) -> str:
    """Return the kind of product: "living", "supply", "digital" or "thing"."""
    if DIGITAL.search(subject):
        return "digital"
    thing = head(subject)
    kinds = (("living", LIVING), ("supply", SUPPLY), ("digital", DIGITAL))
    return next((kind for kind, sign in kinds if sign.search(thing)), "thing")
