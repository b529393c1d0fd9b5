"""Write German nouns with a capital where a keyword file gave them in small letters."""

import re

COMMON = frozenset(
    [
        "anleitung",
        "arten",
        "aussaat",
        "baum",
        "beet",
        "beete",
        "bilder",
        "blätter",
        "blumen",
        "boden",
        "dünger",
        "erde",
        "erfahrungen",
        "fehler",
        "garten",
        "gras",
        "haus",
        "hausmittel",
        "hecke",
        "holz",
        "ideen",
        "jahr",
        "kabel",
        "kosten",
        "kräuter",
        "krankheiten",
        "kunststoff",
        "metall",
        "monat",
        "nachteile",
        "obst",
        "preis",
        "preise",
        "rasen",
        "rosen",
        "samen",
        "schichten",
        "sorten",
        "stauden",
        "stunde",
        "test",
        "tipps",
        "topf",
        "unterschied",
        "unterschiede",
        "ursachen",
        "vergleich",
        "vorteile",
        "wasser",
        "winter",
        "sommer",
        "herbst",
        "frühling",
        "zeitpunkt",
        "uhrzeit",
        "küche",
        "bad",
        "auto",
        "hund",
        "katze",
        "kind",
        "kinder",
        "tomaten",
        "gurken",
        "kartoffeln",
        "mulch",
        "wohnung",
        "fenster",
        "wand",
        "stein",
        "glas",
        "öffnungszeiten",
        "nähe",
    ]
)
SUFFIX = re.compile(
    r"\w{2,}(ung|ungen|heit|keit|schaft|tät|tion|haus|häuser|beet|beete|mäher|roboter|kabel|dünger|"
    r"mittel|krankheit|krankheiten|fäule|läuse|korn|pflege|anlage|gerät|maschine|kosten|preise)"
)
BEFORE_NOUN = frozenset(
    [
        "im",
        "in",
        "ins",
        "am",
        "an",
        "auf",
        "aus",
        "bei",
        "beim",
        "mit",
        "ohne",
        "für",
        "gegen",
        "vom",
        "von",
        "zum",
        "zur",
        "über",
        "unter",
        "oder",
        "und",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "pro",
    ]
)
ADJECTIVE = re.compile(
    r"\w+(liche|ige|ische|harte|feste|beste|freie|lose|bare|tolerante)[nrsm]?"
    r"|(gelb|braun|groß|klein|gut|neu|alt|weiß|schwarz|rot|grün|best|günstig)e[nrsm]?"
)
VERB = re.compile(r"\w{2,}(en|ern|eln)")
ADVERBS = frozenset(
    [
        "selber",
        "selbst",
        "richtig",
        "schnell",
        "günstig",
        "online",
        "oft",
        "wie",
        "wann",
        "was",
        "warum",
        "wo",
        "wieviel",
        "viel",
        "besten",
        "am",
        "neu",
        "alt",
        "wieder",
        "nicht",
        "ganz",
        "sehr",
        "in",
        "ist",
        "sind",
        "man",
        "ich",
        "einen",
        "den",
    ]
)


def nouns_large(text: str) -> str:
    """Return a German keyword with its nouns in capitals, as far as their place or ending tells them.

    A keyword with a capital beyond its first letter was spelled by somebody who knew, and stays as it is.
    """
    if text[1:] != text[1:].lower():
        return text
    words = text.split(" ")
    return " ".join(
        word[:1].upper() + word[1:] if _is_noun(words, at) else word
        for at, word in enumerate(words)
    )


def _is_noun(words: list[str], at: int) -> bool:
    word = words[at].rstrip("?!.,")
    before = words[at - 1] if at else ""
    if word in BEFORE_NOUN or word in ADVERBS or ADJECTIVE.fullmatch(word):
        return False
    if (
        word in COMMON
        or SUFFIX.fullmatch(word)
        or before in BEFORE_NOUN
        or ADJECTIVE.fullmatch(before)
    ):
        return True
    ends_in_verb = len(words) > 1 and VERB.fullmatch(words[-1]) and words[-1] not in COMMON
    return bool(ends_in_verb and at == len(words) - 2)
