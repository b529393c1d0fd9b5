"""Make titles of 50 to 60 characters with the keyword in front."""

from igny8.providers.builtin.ideas import vocabulary
from igny8.providers.builtin.ideas.intent_signals import READ, SERVICE, KeywordSignals, kind_of
from igny8.providers.builtin.ideas.languages import LANGUAGES
from igny8.providers.builtin.ideas.languages.nouns import nouns_large
from igny8.providers.builtin.ideas.title_suffixes import ENDINGS

SHORTEST, LONGEST, MOST = 50, 60, 70
ALTERNATIVES = 6
KEPT = {"best", "top", "guide", "tips", "review", "reviews", "vs"}
GOODS = (
    "plants",
    "compost",
    "seeds",
    "soil",
    "mulch",
    "supplies",
    "food",
    "for sale",
    "store",
    "shop",
    "nursery",
)
ASKING = {"what", "when", "why", "how", "which"}
ALIKE = (
    {"pick", "choos", "choic", "select"},
    {"buy", "price", "pay", "cost", "free", "sale", "cheap"},
    {"beginn", "start", "starter", "basic"},
    {"way", "method", "step"},
    {"fix", "repair"},
)
FACETS = (  # what the cluster's other keywords are about, as a word of a title
    ("when|time|season|schedule|calendar|month", "Timing"),
    ("cost|costs|price|prices", "Costs"),
    ("tools|supplies|equipment|materials", "Tools"),
    ("types|kinds|varieties", "Types"),
    ("size|sizes|dimensions|spacing|depth|height", "Sizes"),
    ("problems|problem|mistakes|rot|yellow|pests", "Problems"),
    ("care|maintenance|clean", "Care"),
)


def english(
    reading: KeywordSignals, others: list[KeywordSignals], entries: int = 0
) -> tuple[str, ...]:
    """Return alternatives, best first; `others` are the keywords of the same page.

    A number is promised only where the outline has that many `entries`.
    """
    head = vocabulary.title_case(vocabulary.truncate(reading.asked, MOST))
    glue = " " if head.endswith("?") else ": "
    said = vocabulary.stems(reading.text, "en") | set(vocabulary.tokens(reading.text))
    endings = [e.format(n=entries) for e in _endings(reading, entries)]
    endings = [e for e in endings if not _repeats(e, said, reading.voice != "cost")]
    fitting = [e for e in endings if SHORTEST <= len(head + glue + e) <= LONGEST]
    turn = vocabulary.stable_hash(reading.text) % len(fitting) if fitting else 0
    ordered = _from_facets(others, said) + fitting[turn:] + fitting[:turn]
    titles = [head + glue + e for e in ordered if SHORTEST <= len(head + glue + e) <= LONGEST]
    if len(head) >= SHORTEST:
        titles.insert(0, head)
    short = sorted((e for e in endings if len(head + glue + e) < SHORTEST), key=len, reverse=True)
    titles += [head + glue + e for e in short[:3]]
    return _finished(titles, head)


def _endings(reading: KeywordSignals, entries: int) -> tuple[str, ...]:
    """Return what may follow a keyword: by its voice, and by what is bought, hired or listed."""
    if reading.voice == "buying":
        return ENDINGS[f"buying-{kind_of(reading.subject)}"] + ENDINGS["buying"]
    if reading.voice == "lookup" and not READ.search(reading.text.casefold()):
        return ENDINGS["lookup-own"]
    if reading.voice == "list" and entries:
        return ENDINGS["numbered"]
    if reading.voice == "local" and is_of_goods(reading):
        return ENDINGS["local-goods"] + ENDINGS["local"][:2]
    return ENDINGS[reading.voice]


def is_of_goods(reading: KeywordSignals) -> bool:
    """Tell whether a local search is for goods rather than for somebody's work."""
    return any(reading.subject.endswith(word) for word in GOODS) and not SERVICE.search(
        reading.subject
    )


def _repeats(ending: str, said: frozenset[str] | set[str], alike: bool = True) -> bool:
    plain = [w for w in vocabulary.tokens(ending) if w not in vocabulary.FILLER or w in KEPT]
    stems = vocabulary.stems(" ".join(plain), "en") if plain else frozenset()
    if set(vocabulary.tokens(ending)[:1]) & ASKING & said:
        return True
    told = stems | set(plain)
    return bool(told & said) or alike and any(group & told and group & said for group in ALIKE)


def _from_facets(others: list[KeywordSignals], said: set[str]) -> list[str]:
    tokens = {token for reading in others for token in vocabulary.tokens(reading.text)}
    found = [
        label
        for marks, label in FACETS
        if tokens & set(marks.split("|")) and not _repeats(label, said)
    ]
    if len(found) < 2:
        return []
    return [
        f"{', '.join(found[: k - 1])} and {found[k - 1]}" for k in range(min(4, len(found)), 1, -1)
    ]


def foreign(
    reading: KeywordSignals, others: list[str], language: str, cluster: str
) -> tuple[str, ...]:
    """Return alternatives that add nothing but the language's own words or other keywords."""
    head = vocabulary.capitalise(
        vocabulary.truncate(nouns_large(reading.text) if language == "de" else reading.text, MOST)
    )
    tongue = LANGUAGES.get(language)
    glue = " " if head.endswith("?") else " : " if language == "fr" else ": "
    said = vocabulary.stems(reading.text, language)
    endings = tongue.endings[reading.voice] if tongue else ()
    tails = [glue + e for e in endings if not _echoes(vocabulary.stems(e, language), said)] or [
        glue + e for e in endings
    ]
    tails += [
        f" – {vocabulary.truncate(other, 40)}"
        for other in others
        if other.casefold() not in head.casefold()
    ]
    made = [
        vocabulary.capitalise(head + t)
        if not head.endswith("?")
        else f"{head} {vocabulary.capitalise(t.strip())}"
        for t in tails
    ]
    fitting = [t for t in made if SHORTEST <= len(t) <= LONGEST]
    turn = vocabulary.stable_hash(reading.text) % len(fitting) if fitting else 0
    short = sorted((t for t in made if len(t) < SHORTEST), key=len, reverse=True)
    titles = [head] * (len(head) >= SHORTEST) + fitting[turn:] + fitting[:turn] + short[:3]
    named = f"{head} – {cluster}"
    return _finished(
        titles + [named] * (len(named) <= LONGEST and cluster.casefold() not in head.casefold()),
        head,
    )


def _echoes(ending: frozenset[str], said: frozenset[str]) -> bool:
    return any(len(stem) > 3 for stem in ending & said)


def _finished(titles: list[str], head: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*titles[:ALTERNATIVES], head]))
