"""Capitalise German nouns that a keyword file has in lower case."""

import re
from collections.abc import Collection

ADJECTIVE = re.compile(
    r"\w{2,}(lich|ig|isch|(?<!sc)haft|sam|bar|los|frei|fest|arm|reich|mäßig)(e[nrsm]?)?"
    r"|(gut|neu|alt|groß|klein|hoh|hoch|tief|breit|schmal|lang|kurz|dick|dünn|schnell|langsam|weiß|"
    r"schwarz|rot|grün|gelb|blau|braun|grau|best|erst|letzt|eigen|generativ|elektrisch|digital|"
    r"kostenlos|sicher|privat|leicht|schwer|warm|kalt|heiß|nass|trocken|weich|hart|gesund)(e[nrsm]?)?"
    r"|\w+(tolerant|intelligent|resistent|intensiv|aktiv|ativ|iert|uell|nell|iell|ational)(e[nrsm]?)?"
)
SMALL = frozenset(
    [
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
        "eines",
        "und",
        "oder",
        "aber",
        "für",
        "mit",
        "ohne",
        "in",
        "im",
        "am",
        "an",
        "auf",
        "aus",
        "bei",
        "beim",
        "von",
        "vom",
        "zu",
        "zum",
        "zur",
        "nach",
        "vor",
        "seit",
        "über",
        "unter",
        "zwischen",
        "gegen",
        "durch",
        "um",
        "bis",
        "als",
        "wie",
        "was",
        "wer",
        "wo",
        "wann",
        "warum",
        "wieso",
        "weshalb",
        "womit",
        "woher",
        "welche",
        "welcher",
        "welches",
        "welchen",
        "ist",
        "sind",
        "war",
        "hat",
        "haben",
        "kann",
        "können",
        "darf",
        "dürfen",
        "muss",
        "müssen",
        "soll",
        "sollte",
        "will",
        "wird",
        "ich",
        "du",
        "er",
        "sie",
        "es",
        "wir",
        "man",
        "mein",
        "meine",
        "sich",
        "nicht",
        "kein",
        "keine",
        "auch",
        "nur",
        "schon",
        "noch",
        "sehr",
        "so",
        "dann",
        "hier",
        "dort",
        "immer",
        "nie",
        "oft",
        "selbst",
        "selber",
        "richtig",
        "online",
        "viel",
        "viele",
        "mehr",
        "weniger",
        "wieviel",
        "pro",
        "je",
        "ja",
        "nein",
        "trotz",
        "während",
        "wegen",
        "statt",
        "geht",
        "gibt",
        "kostet",
        "bedeutet",
        "heißt",
        "hilft",
        "braucht",
        "werden",
        "worden",
        "macht",
        "vs",
        "versus",
        "erfolgreich",
        "tun",
        "ab",
        "pumpt",
        "reinigt",
        "zieht",
        "kühlt",
        "spült",
        "heizt",
        "startet",
        "schleudert",
        "läuft",
        "tropft",
        "lädt",
        "druckt",
        "zurück",
    ]
)
VERB_END = re.compile(r"\w{2,}(en|ern|eln)")
VERB_NOUN = re.compile(  # nouns that end like an infinitive
    r"\w+(s|ung|er)(schreiben|essen|leben)|(ge|ver)fahren|\w*(adr|inter|zypr|delikat)essen|rouladen"
    r"|\w+(tank|bau|halte|arbeits|fund|schwach|lehr)stellen|(tank|bau|arbeits|lehr)stellen"
)
PARTICIPLE = re.compile(r"(ge|ver|be|er|zer|ent)\w+(t|en)")


def nouns_large(text: str, verbs: Collection[str] = ()) -> str:
    """Return a German keyword with capitalised nouns; `verbs` and other words of them stay small.

    Nearly every word of a keyword is a noun unless it is a function word, an adjective or a verb. A
    keyword with a capital after its first letter is taken as correct and returned unchanged.
    """
    if text[1:] != text[1:].lower():
        return text
    words = text.split(" ")
    return " ".join(
        word[:1].upper() + word[1:] if _is_noun(words, at, verbs) else word
        for at, word in enumerate(words)
    )


def _is_noun(words: list[str], at: int, verbs: Collection[str]) -> bool:
    word = words[at].strip("?!.,")
    if not word[:1].isalpha() or word in SMALL or word in verbs or len(word) < 2:
        return False
    if ADJECTIVE.fullmatch(word) and not (at == len(words) - 1 and word.endswith(("tion", "bar"))):
        return False
    if VERB_NOUN.fullmatch(word):
        return True
    return not (VERB_END.fullmatch(word) and any(word.endswith(verb) for verb in verbs))
