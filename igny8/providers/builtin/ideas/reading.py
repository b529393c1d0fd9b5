"""Read the keywords of a cluster: the kind of article, the subject and the words of each."""

import re
import unicodedata
from dataclasses import dataclass
from math import sqrt

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.intent_signals import read_signals
from igny8.providers.builtin.wording import Pack, load_pack
from igny8.providers.builtin.wording.casing import as_question, own_spellings
from igny8.providers.builtin.wording.kinds import NEUTRAL, kind_of
from igny8.providers.builtin.wording.outlines import FAMILY_OF_VOICE, FORMATS, GROUPS
from igny8.providers.builtin.wording.plans import Plan
from igny8.providers.builtin.wording.subjects import load_subjects

SIDES = re.compile(
    r" (?:vs\.?|versus|or|oder|ou|o|of|contra|compared (?:to|with)|gegen|と|和|与) |\bvs\b|と|和|与"
)
DIFFERENCE = (
    re.compile(  # "unterschied zwischen a und b", "a b unterschied", "différence entre a et b"
        r"\b(?:unterschiede?(?: zwischen)?|différences?(?: entre)?)\b"
    )
)
BOTH = re.compile(r" (?:und|et) ")
NOUN_FIRST = ("fr", "es", "it", "pt")  # "placo hydrofuge ou phonique": the noun counts for both
NUMBER_UNIT = re.compile(r"(?<=\d) (?=(?:kwh|kw|w|v|m2|cm|mm|l|kg|g|gb|tb|km|ml)\b)")
NAVIGATIONAL = re.compile(
    r"\b(log ?in|sign ?in|sign ?up|einloggen|connexion|se connecter|iniciar sesión|accedi|"
    r"inloggen|entrar|customer service|kundenservice|my account|mein konto|official site)\b"
    r"|\bwww\b|\b[\w-]+\.(com|org|net|de|fr|es|it|nl|pt|jp|co\.uk|io)\b|ログイン|登录"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A parsed phrase.

    `family` is one of outlines.FAMILIES; `core` are the stems that define its question, `key` its
    letters and digits without spaces, order and accents; `sides` those of a comparison.
    """

    phrase: Phrase
    text: str
    family: str
    core: frozenset[str]
    key: str
    sides: tuple[str, ...]
    kind: str = NEUTRAL
    plan: Plan | None = None

    @property
    def group(self) -> str:
        """Return the common key of families that answer the same question."""
        return GROUPS[self.family]

    @property
    def format(self) -> str:
        """Return the format of an article about it."""
        return FORMATS[self.family]

    @property
    def weight(self) -> float:
        """Return its weight, which grows with the square root of its demand."""
        return 1 + sqrt(max(0, self.phrase.demand))

    @property
    def order(self) -> tuple:
        """Return the sort key: highest weight first, independent of the input order."""
        return (-self.phrase.demand, self.text.casefold(), self.phrase.key)

    @property
    def is_navigational(self) -> bool:
        """Return whether its searchers look for a particular other site."""
        return bool(NAVIGATIONAL.search(self.text.casefold()))


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed topic: its candidates, highest weight first, and the spellings in its file."""

    topic: Topic
    pack: Pack | None
    language: str
    found: tuple[Candidate, ...]
    spellings: dict[str, str]


def read_topic(topic: Topic) -> Reading:
    """Return the Reading of a topic; phrases without any text are skipped."""
    language = topic.language.split("-")[0].casefold()
    pack = load_pack(topic.language)
    texts = [vocabulary.one_line(phrase.text) for phrase in topic.phrases]
    found = [
        read_phrase(phrase, topic.language, topic.intent if len(texts) == 1 else None)
        for phrase, text in zip(topic.phrases, texts, strict=True)
        if text
    ]
    found.sort(key=lambda one: one.order)
    return Reading(topic, pack, language, tuple(found), own_spellings(texts))


def read_phrase(phrase: Phrase, language: str, topic_intent: str | None = None) -> Candidate:
    """Return the Candidate of a phrase; `topic_intent` is used if words and file show none."""
    pack = load_pack(language)
    name = language.split("-", maxsplit=1)[0].casefold()
    text = vocabulary.one_line(phrase.text)
    family = family_of(text, pack, phrase.intent or topic_intent)
    kind = kind_of(text, language, family)
    names_city = pack is not None and pack.names_city(text)
    if kind == "service" and (family in ("understand", "choose") or names_city):
        family = "local"
    plan = plan_of(text, kind, family, pack)
    if names_city and kind == NEUTRAL and (plan is None or plan.name == NEUTRAL):
        kind, family = "service", "local"  # an unknown word with a city: a trade
        plan = plan_of(text, kind, family, pack)
    family = (plan and plan.family) or family
    sides = _plain_sides(_sides(text, pack), pack) if family == "compare" else ()
    core, key = core_of(text, name, pack), key_of(text, pack)
    return Candidate(phrase, text, family, core, key, sides, kind, plan)


def plan_of(text: str, kind: str, family: str, pack: Pack | None) -> Plan | None:
    """Return the first plan of the language for a keyword of a kind and a family."""
    if pack is None or not is_written_in(text, pack):
        return None
    line = _folded(text)
    tags = load_subjects(pack.language).find(line).tags
    found = next((plan for plan in pack.plans if plan.fits(line, kind, family, tags)), None)
    return found and found.tailored(tags)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").strip("¿?!. ？").split())


def is_written_in(text: str, pack: Pack) -> bool:
    """Return whether a keyword and the words of a language use the same script."""
    if not vocabulary.is_plain(text):
        return False
    return vocabulary.is_latin(text) if pack.is_spaced else bool(vocabulary.UNSPACED.search(text))


def family_of(text: str, pack: Pack | None, intent: str | None) -> str:
    """Return the family of articles that a keyword asks for."""
    line = _folded(text)
    if pack is None:
        return "understand"
    voice = "guide"
    if pack.language == "en" and vocabulary.is_latin(text):
        voice = read_signals(text, intent).voice
    if voice == "guide":
        voice = next((name for name, sign in pack.marks if sign.search(line)), "guide")
    family = FAMILY_OF_VOICE.get(voice, voice)
    if family == "understand" and intent == "local":
        return "local"
    if family == "understand" and intent in ("commercial", "transactional"):
        return "choose"
    return family


def core_of(text: str, language: str, pack: Pack | None) -> frozenset[str]:
    """Return the stems of a keyword without those that do not change its question."""
    plain = NUMBER_UNIT.sub("", re.sub(r"(\d)\s+(k?wh?|m2|cm|mm)\b", r"\1\2", text.casefold()))
    found = vocabulary.stems(plain, language)
    stops: frozenset[str] = frozenset()
    if pack:
        stops = pack.stops | {s for word in pack.stops for s in vocabulary.stems(word, language)}
    same = pack.same_stems if pack else {}
    return frozenset(same.get(stem, stem) for stem in found - stops) or found


def key_of(text: str, pack: Pack | None) -> str:
    """Return the words of a keyword without stop words, order, spaces and accents."""
    plain = unicodedata.normalize("NFD", NUMBER_UNIT.sub("", text.casefold()))
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn" or ord(c) > 0x3000)
    words = vocabulary.tokens(plain)
    if pack and not pack.is_spaced:
        return "".join(sorted("".join(words)))
    telling = [word for word in words if not pack or word not in pack.stops]
    return " ".join(sorted(telling or words))


def _sides(text: str, pack: Pack | None) -> tuple[str, ...]:
    """Return the sides of a comparison, in the order of the keyword."""
    folded = text.casefold()
    if pack and pack.language == "en":
        found = read_signals(text, None).sides
        return tuple(found) if found else ()
    parts = _parts_of(folded)
    if len(parts) != 2 or not all(parts):
        return ()
    left, right = (part.split() for part in parts)
    if pack and pack.language in NOUN_FIRST and len(right) < len(left):
        parts[1] = " ".join([*left[: len(left) - len(right)], *right])
    return tuple(parts)


def _plain_sides(sides: tuple[str, ...], pack: Pack | None) -> tuple[str, ...]:
    """Return the sides of a comparison; of two materials of one thing, the materials alone."""
    if pack is None or pack.materials is None or len(sides) != 2:
        return sides
    found = [pack.materials.search(side) for side in sides]
    names = tuple(one[0] for one in found if one)
    rests = {pack.materials.sub("", side).strip() for side in sides} - {""}
    return names if len(set(names)) == 2 and len(rests) <= 1 else sides


def _parts_of(line: str) -> list[str]:
    """Return the parts of a comparison, two where it names its sides."""
    bare = " ".join(DIFFERENCE.sub(" ", line).strip(" ?:").split())
    if bare != line.strip(" ?:"):
        splits = [BOTH.split(bare, maxsplit=1), SIDES.split(bare, maxsplit=1), bare.split()]
        return next((parts for parts in splits if len(parts) == 2), [bare])
    return [part.strip(" ?") for part in SIDES.split(line, maxsplit=1) if part]


def question_of(candidate: Candidate, pack: Pack | None) -> str:
    """Return the text of a candidate, written as a question if it is one."""
    return as_question(candidate.text, pack)


def subject_of(candidate: Candidate, pack: Pack) -> str:
    """Return the subject of a keyword as a noun phrase; empty if a question has none."""
    text = candidate.text.rstrip("?？ ").lstrip("¿ ")
    text = (pack.drop.sub("", text) if pack.drop else text) or text
    if pack.asking is None or not pack.asking.search(text.casefold()):
        return text
    if candidate.family != "define":
        return ""
    words = text.split(" ")
    while len(words) > 1 and words[0].casefold() in pack.stops:
        words.pop(0)
    while len(words) > 1 and words[-1].casefold() in pack.stops:
        words.pop()
    return " ".join(words)
