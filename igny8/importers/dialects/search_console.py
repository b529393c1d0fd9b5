"""Google Search Console: Queries.csv, with a header in the language of the account."""

from igny8.importers.dialects.base import Dialect
from igny8.keyword_fields import QUERY_NAMES

_PERIODS = ("* clicks", "* klicks", "clics *", "* clics", "* cliques", "* клики", "*クリック数")
NOTE = "Search Console gives no search volume: impressions are kept as demand already shown."

QUERIES = Dialect(
    name="search_console",
    label="Google Search Console",
    tool="Search Console",
    needs=(QUERY_NAMES,),
    marks=("ctr",),
    fields={"text": QUERY_NAMES},
    order=("text", "clicks", "impressions", None, "position"),
    compares=True,
    note=NOTE,
)

COMPARISON = Dialect(
    name="search_console_comparison",
    label="Google Search Console, comparison",
    tool="Search Console",
    needs=(("query", "queries", *QUERY_NAMES), ("impressions", "* impressions"), _PERIODS),
    marks=("* position", "* ctr", "* previous *", "previous *", "* impressions"),
    enough=1,
    fields={"text": ("query", "queries", *QUERY_NAMES)},
    compares=True,
    note=NOTE,
)
