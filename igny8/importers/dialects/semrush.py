"""Semrush: Keyword Magic, the strategy builder, API responses, and organic positions."""

from igny8.importers.dialects.base import Dialect
from igny8.keyword_fields import BY_NAME


def names(field: str) -> tuple[str, ...]:
    """Return the common names of a field in all languages."""
    return BY_NAME[field].names


_IGNORED = {
    "number of results": "pages that mention it",
    "nr": "pages that mention it",
    "click potential": "an estimate of the tool",
    "content references": "pages of others",
    "seed keyword": "what you searched for",
    "page": "a plan of the tool",
    "page type": "a plan of the tool",
    "traffic*": "an estimate of traffic, not of demand",
    "previous position": "the past",
    "timestamp": "a date",
    "position type": "kind of result",
}
_KEYWORD = names("text")
_DIFFICULTY = names("difficulty")
_INTENT = names("intent")
_CPC = ("cpc",)
_CODES = {"0": "commercial", "1": "informational", "2": "navigational", "3": "transactional"}

MAGIC = Dialect(
    name="semrush",
    label="Semrush Keyword Magic",
    tool="Semrush",
    needs=(_KEYWORD, ("volume", "keyword difficulty", "intent", *_DIFFICULTY, *_INTENT)),
    marks=(
        "intent",
        "trend",
        "keyword difficulty",
        "competitive density",
        "serp features",
        "number of results",
        "click potential",
        "content references",
        "wettbewerbsdichte",
        "densité concurrentielle",
        "densidad competitiva",
        "densità competitiva",
        "densidade competitiva",
        "concurrentiedichtheid",
        "zagęszczenie konkurencji",
        "плотность конкуренции",
        "競合密度",
        "경쟁 밀도",
        "竞争密度",
        "serp funktionen",
        "fonctionnalités serp",
        "características serp",
        "funzionalità serp",
        "recursos da serp",
        "serp機能",
        "anzahl der ergebnisse",
        "nombre de résultats",
        "número de resultados",
        "numero di risultati",
    ),
    enough=2,
    fields={
        "text": ("keyword",),
        "volume": ("volume",),
        "difficulty": ("keyword difficulty",),
        "cpc": _CPC,
        "intent": ("intent",),
    },
    ignored=_IGNORED,
    intent_codes=_CODES,
)

BUILDER = Dialect(
    name="semrush_builder",
    label="Semrush Keyword Strategy Builder",
    tool="Semrush",
    needs=(("keyword",), ("volume",)),
    marks=(
        "database",
        "seed keyword",
        "page",
        "topic",
        "page type",
        "tags",
        "keyword difficulty",
        "intent",
        "intents",
        "serp features",
    ),
    enough=3,
    fields={
        "text": ("keyword",),
        "volume": ("volume",),
        "difficulty": ("keyword difficulty",),
        "cpc": _CPC,
        "intent": ("intent", "intents"),
        "country": ("database",),
        "parent_topic": ("topic",),
    },
    ignored=_IGNORED,
    intent_codes=_CODES,
)

API = Dialect(
    name="semrush_api",
    label="Semrush API",
    tool="Semrush",
    needs=(("keyword", "ph"), ("search volume", "nq")),
    marks=(
        "keyword difficulty index",
        "kd",
        "intent",
        "intents",
        "in",
        "cp",
        "co",
        "nr",
        "td",
        "trends",
        "number of results",
    ),
    enough=1,
    fields={
        "text": ("keyword", "ph"),
        "volume": ("search volume", "nq"),
        "difficulty": ("keyword difficulty index", "kd"),
        "cpc": ("cpc", "cp"),
        "intent": ("intent", "intents", "in"),
    },
    ignored=_IGNORED,
    intent_codes=_CODES,
)

ORGANIC = Dialect(
    name="semrush_organic",
    label="Semrush Organic positions",
    tool="Semrush",
    needs=(("keyword",), ("position",), ("search volume",)),
    marks=(
        "previous position",
        "traffic (%)",
        "traffic cost",
        "traffic cost (%)",
        "number of results",
        "keyword intents",
        "keyword difficulty",
        "timestamp",
        "url",
        "serp features by keyword",
        "position type",
        "trends",
    ),
    enough=3,
    fields={
        "text": ("keyword",),
        "volume": ("search volume",),
        "difficulty": ("keyword difficulty",),
        "cpc": _CPC,
        "intent": ("keyword intents",),
        "position": ("position",),
        "url": ("url",),
    },
    ignored=_IGNORED,
    intent_codes=_CODES,
)
