"""The one register of the tools whose files are known, the most telling first."""

from igny8.importers.dialects import (
    ahrefs,
    generic,
    keyword_planner,
    moz,
    plain,
    search_console,
    semrush,
    ubersuggest,
)
from igny8.importers.dialects.base import Dialect

DIALECTS: tuple[Dialect, ...] = (
    ahrefs.EXPLORER,
    ahrefs.ORGANIC,
    semrush.MAGIC,
    semrush.BUILDER,
    semrush.API,
    semrush.ORGANIC,
    search_console.QUERIES,
    keyword_planner.IDEAS,
    ubersuggest.IDEAS,
    moz.SUGGESTIONS,
    generic.TABLE,
    plain.LIST,
)
