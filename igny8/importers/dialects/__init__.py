"""The register of known tools, most specific first."""

from igny8.importers.dialects import (
    ahrefs,
    generic,
    google_trends,
    keyword_planner,
    moz,
    plain,
    russian,
    search_console,
    semrush,
    ubersuggest,
)
from igny8.importers.dialects.base import Dialect

DIALECTS: tuple[Dialect, ...] = (
    generic.OWN_EXPORT,
    ahrefs.EXPLORER,
    ahrefs.ORGANIC,
    semrush.MAGIC,
    semrush.BUILDER,
    semrush.API,
    semrush.ORGANIC,
    search_console.QUERIES,
    search_console.COMPARISON,
    keyword_planner.IDEAS,
    ubersuggest.IDEAS,
    moz.SUGGESTIONS,
    russian.WORDSTAT,
    russian.KEY_COLLECTOR,
    google_trends.RELATED,
    generic.TABLE,
    plain.LIST,
)
TOOLS = tuple(dict.fromkeys(dialect.tool for dialect in DIALECTS if dialect.tool))
