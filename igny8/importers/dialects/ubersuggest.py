"""Ubersuggest: keyword ideas, in its newer and its older format."""

from igny8.importers.dialects.base import Dialect

IDEAS = Dialect(
    name="ubersuggest",
    label="Ubersuggest",
    tool="Ubersuggest",
    needs=(
        ("keyword", "keywords"),
        ("search volume", "volume"),
        ("search difficulty", "seo difficulty", "sd"),
    ),
    marks=("search intent", "cost per click", "cpc", "paid difficulty", "pd", "no"),
    enough=1,
    fields={
        "text": ("keyword", "keywords"),
        "volume": ("search volume", "volume"),
        "difficulty": ("search difficulty", "seo difficulty", "sd"),
        "cpc": ("cost per click", "cpc"),
        "intent": ("search intent",),
        "competition": ("paid difficulty", "pd"),
    },
    ignored={
        "no": "a row number",
    },
)
