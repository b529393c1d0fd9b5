"""Moz Keyword Explorer: volumes are ranges, in two columns or in one."""

from igny8.importers.dialects.base import Dialect

SUGGESTIONS = Dialect(
    name="moz",
    label="Moz Keyword Explorer",
    tool="Moz",
    needs=(("keyword",), ("min volume", "volume range", "monthly volume")),
    marks=(
        "max volume",
        "organic ctr",
        "importance",
        "priority",
        "date analyzed",
        "locale",
        "difficulty",
        "my score",
        "relevancy",
    ),
    enough=1,
    fields={
        "text": ("keyword",),
        "volume": ("volume range", "monthly volume"),
        "volume_low": ("min volume",),
        "volume_high": ("max volume",),
        "difficulty": ("difficulty",),
        "country": ("locale", "market"),
        "language": ("locale",),
    },
    ignored={
        "organic ctr": "an estimate of the tool",
        "importance": "a note in the tool",
        "my score": "a note in the tool",
        "priority": "a mixture of the other columns",
        "date analyzed": "a date",
        "relevancy": "nearness to what you searched for",
    },
)
