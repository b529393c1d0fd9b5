"""Make titles of 50 to 60 characters with the keyword in front."""

from igny8.providers.builtin.ideas import words
from igny8.providers.builtin.ideas.endings import ENDINGS
from igny8.providers.builtin.ideas.signals import Reading
from igny8.providers.builtin.ideas.tongues import TONGUES

SHORTEST, LONGEST, MOST = 50, 60, 70
ALTERNATIVES = 6
KEPT = {"best", "top", "guide", "tips", "review", "reviews", "vs"}
FALLBACK = {voice: ENDINGS["guide"][:6] for voice in ("buying", "list", "comparison", "local", "review")}
ASKING = {"what", "when", "why", "how", "which"}
DOUBLED = {"pick": "choos", "buy": "price", "beginn": "start"}
FACETS = (  # what the cluster's other keywords are about, as a word of a title
    ("when|time|season|schedule|calendar|month", "Timing"), ("cost|price|prices|budget|cheap", "Costs"),
    ("tools|kit|supplies|equipment|materials", "Tools"), ("types|kinds|varieties", "Types"),
    ("ideas|designs|layout|plans", "Ideas"), ("size|sizes|dimensions|spacing|depth|height", "Sizes"),
    ("problems|problem|mistakes|rot|yellow|pests", "Problems"), ("vs|versus", "Comparison"),
    ("benefits|worth|good", "Benefits"), ("diy|build|make", "DIY"), ("care|maintenance|clean", "Care"),
)


def english(reading: Reading, others: list[Reading]) -> tuple[str, ...]:
    """Return alternatives, best first; `others` are the keywords of the same page."""
    head = words.title_case(words.cut(reading.asked, MOST))
    glue = " " if head.endswith("?") else ": "
    said = words.stems(reading.text, "en") | set(words.tokens(reading.text))
    endings = [e.format(n=_how_many(reading, others)) for e in ENDINGS[reading.voice] + FALLBACK.get(reading.voice, ())]
    endings = [e for e in endings if not _repeats(e, said)]
    fitting = [e for e in endings if SHORTEST <= len(head + glue + e) <= LONGEST]
    turn = words.number(reading.text) % len(fitting) if fitting else 0
    ordered = _from_facets(others, said) + fitting[turn:] + fitting[:turn]
    titles = [head + glue + e for e in ordered if SHORTEST <= len(head + glue + e) <= LONGEST]
    if len(head) >= SHORTEST:
        titles.insert(0, head)
    short = sorted((e for e in endings if len(head + glue + e) < SHORTEST), key=len, reverse=True)
    titles += [head + glue + e for e in short[:3]]
    return _finished(titles, head)


def _how_many(reading: Reading, others: list[Reading]) -> int:
    return 7 + min(8, len(others)) + words.number(reading.text) % 3


def _repeats(ending: str, said: frozenset[str] | set[str]) -> bool:
    plain = [w for w in words.tokens(ending) if w not in words.FILLER or w in KEPT]
    stems = words.stems(" ".join(plain), "en") if plain else frozenset()
    if set(words.tokens(ending)[:1]) & ASKING & said:
        return True
    return bool(stems & said or set(plain) & said or {DOUBLED.get(s) for s in stems} & said)


def _from_facets(others: list[Reading], said: set[str]) -> list[str]:
    tokens = {token for reading in others for token in words.tokens(reading.text)}
    found = [label for marks, label in FACETS if tokens & set(marks.split("|")) and not _repeats(label, said)]
    if len(found) < 2:
        return []
    return [f"{', '.join(found[:k - 1])} and {found[k - 1]}" for k in range(min(4, len(found)), 1, -1)]


def foreign(text: str, others: list[str], language: str, cluster: str) -> tuple[str, ...]:
    """Return alternatives that add nothing but the language's own words or other keywords."""
    head = words.capital(words.cut(text, MOST))
    tongue = TONGUES.get(language)
    glue = " : " if language == "fr" else ": "
    tails = [glue + ending for ending in tongue.endings] if tongue else []
    tails += [f" – {words.cut(other, 40)}" for other in others if other.casefold() not in head.casefold()]
    fitting = [head + t for t in tails if SHORTEST <= len(head + t) <= LONGEST]
    short = sorted((head + t for t in tails if len(head + t) < SHORTEST), key=len, reverse=True)
    titles = [head] * (len(head) >= SHORTEST) + fitting + short[:3]
    named = f"{head} – {cluster}"
    return _finished(titles + [named] * (len(named) <= LONGEST and cluster.casefold() not in head.casefold()), head)


def _finished(titles: list[str], head: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*titles[:ALTERNATIVES], head]))
