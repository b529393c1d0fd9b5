"""Ahrefs: Keywords Explorer, and the organic keywords of a site."""

from igny8.importers.dialects.base import Dialect

_TRAFFIC = "an estimate of traffic, not of demand"

EXPLORER = Dialect(
    name="ahrefs",
    label="Ahrefs Keywords Explorer",
    needs=(("keyword",), ("volume",)),
    marks=("difficulty", "global volume", "parent keyword", "parent topic", "traffic potential",
           "global traffic potential", "cps", "return rate", "first seen", "last update",
           "intents", "clicks", "#"),
    enough=3,
    fields={
        "text": ("keyword",),
        "volume": ("volume",),
        "difficulty": ("difficulty", "kd"),
        "cpc": ("cpc",),
        "intent": ("intents", "intent"),
        "country": ("country",),
        "language": ("languages", "language"),
        "parent_topic": ("parent topic", "parent keyword"),
    },
    ignored={
        "#": "a row number",
        "global volume": "worldwide volume, not that of the country",
        "parent keyword": "the parent topic is used",
        "clicks": "clicks of all searchers, not on your site",
        "cps": "clicks per search of all searchers",
        "return rate": "how often the same people search again",
        "*traffic potential": _TRAFFIC,
        "last update": "a date", "first seen": "a date",
        "serp features": "what the results page shows",
        "sv trend*": "a trend, not a volume", "sv forecasting trend*": "a forecast, not a volume",
        "category": "a category of the tool",
    },
)

ORGANIC = Dialect(
    name="ahrefs_organic",
    label="Ahrefs Organic keywords",
    needs=(("keyword",), ("volume",)),
    marks=("kd", "current url", "current position", "previous position", "current organic traffic",
           "previous organic traffic", "organic traffic change", "organic traffic", "branded",
           "local", "informational", "commercial", "transactional", "navigational"),
    enough=3,
    fields={
        "text": ("keyword",),
        "volume": ("volume",),
        "difficulty": ("kd", "difficulty"),
        "cpc": ("cpc",),
        "country": ("country", "country code"),
        "language": ("languages", "language"),
        "parent_topic": ("parent topic",),
        "position": ("current position", "position"),
        "url": ("current url", "url"),
    },
    flags={"transactional": "transactional", "commercial": "commercial",
           "informational": "informational", "navigational": "navigational"},
    ignored={
        "*organic traffic*": _TRAFFIC, "*traffic*": _TRAFFIC,
        "previous *": "the past", "*change": "a change against the past",
        "branded": "not kept", "local": "not kept",
        "serp features": "what the results page shows", "*date*": "a date",
    },
)
