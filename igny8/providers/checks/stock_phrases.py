"""Count empty phrases that are typical of generated texts."""

import re

from igny8.providers.base import Check
from igny8.providers.checks.blocks import Block, quote, words_of

MIN_ALLOWED, WORDS_PER_PHRASE = 2, 400  # phrases that no reader minds
PHRASES = {
    "en": (
        r"in today['’]s (?:\w+[ -]){0,3}(?:world|age|landscape|era|market)",
        r"(?:fast-paced|ever-(?:evolving|changing)|digital) (?:world|landscape|age)",
        r"delv(?:e|es|ing) (?:deeper )?into",
        r"unlock(?:ing)? (?:the|your) (?:full )?(?:power|potential|secrets?)",
        r"it(?:['’]s| is) (?:important|crucial|essential) to (?:note|remember|understand)",
        r"it(?:['’]s| is) worth noting",
        r"(?:in conclusion|to sum up|in summary|all in all)\b",
        r"look no further",
        r"game[- ]changer",
        r"whether you(?:['’]re| are) an? [\w -]{2,40} or",
        r"in the (?:realm|world|ever) of",
        r"navigat(?:e|ing) the (?:complexit|world|landscape)",
        r"(?:is|are|stands as) a testament to",
        r"embark(?:ing)? on (?:a|your|the) ",
        r"(?:let['’]s |we(?:['’]ll| will) )?dive (?:right |deep(?:er)? )?in(?:to)?\b",
        r"treasure trove",
        r"elevate your",
        r"take your [\w ]{2,30} to the next level",
        r"plays? an? (?:crucial|vital|pivotal|key|important) role",
        r"(?:the|this) (?:article|guide|section|post) (?:will |also )?"
        r"(?:provides?|discuss(?:es)?|explores?|covers?|includes?|explains?)",
        r"in this (?:article|guide|section|post|comprehensive)",
        r"a (?:myriad|plethora) of",
        r"without further ado",
        r"at the end of the day",
    ),
    "de": (
        r"in der heutigen (?:\w+ )?(?:zeit|welt)",
        r"es ist wichtig zu (?:beachten|wissen|erwähnen)",
        r"zusammenfassend (?:lässt|kann)",
        r"in diesem (?:artikel|beitrag|ratgeber|abschnitt)",
        r"tauchen (?:wir|sie) (?:\w+ )?ein",
        r"egal,? ob (?:du|sie)",
        r"spielt eine (?:wichtige|entscheidende|zentrale) rolle",
        r"auf die nächste (?:stufe|ebene)",
    ),
    "fr": (
        r"dans le monde (?:actuel|d['’]aujourd['’]hui)",
        r"il est important de (?:noter|souligner|comprendre)",
        r"en conclusion\b",
        r"dans cet article",
        r"que vous soyez",
        r"joue un rôle (?:crucial|essentiel|important|clé)",
        r"plongeons",
        r"n['’]hésitez pas",
    ),
    "es": (
        r"en el mundo (?:actual|de hoy)",
        r"es importante (?:tener en cuenta|destacar|señalar)",
        r"en conclusión\b",
        r"en este artículo",
        r"ya seas",
        r"juega un papel (?:crucial|fundamental|importante)",
        r"sumérgete",
        r"no busques más",
    ),
    "it": (
        r"nel mondo (?:di oggi|attuale)",
        r"è importante (?:notare|ricordare|sottolineare)",
        r"in conclusione\b",
        r"in questo articolo",
        r"che tu sia",
        r"gioca un ruolo (?:cruciale|fondamentale|importante)",
    ),
    "nl": (
        r"in de (?:huidige|moderne) (?:wereld|tijd)",
        r"het is belangrijk om te (?:weten|onthouden|vermelden)",
        r"kortom\b|concluderend",
        r"in dit artikel",
        r"of je nu",
        r"speelt een (?:belangrijke|cruciale) rol",
    ),
}
PATTERNS = {code: re.compile("|".join(phrases), re.IGNORECASE) for code, phrases in PHRASES.items()}


def check_stock_phrases(blocks: tuple[Block, ...], language: str) -> Check:
    """Check that a text has few stock phrases of its language; name the first one."""
    pattern = PATTERNS.get(language.partition("-")[0].lower())
    if pattern is None:
        return Check(True, "No stock phrases")
    found = [(hit[0], block) for block in blocks for hit in pattern.finditer(block.text)]
    allowed = max(MIN_ALLOWED, sum(len(words_of(b.text)) for b in blocks) // WORDS_PER_PHRASE)
    if len(found) <= allowed:
        return Check(True, f"{len(found)} stock {'phrase' if len(found) == 1 else 'phrases'}")
    phrase, block = found[0]
    return Check(
        False,
        f"{len(found)} stock phrases, at most {allowed} read well; first {block.place}: "
        f"“{quote(phrase)}”. Say what you mean instead.",
    )
