"""The fields of a keyword, declared once: name, label, kind, column names, and where shown.

Imports, lists, pages, exports, the API and mappings are derived from them. The column names are in
column_names.txt; case, accents, punctuation, brackets, units and currency signs are ignored
(docs/imports.md#column-names).
"""

from dataclasses import dataclass
from typing import Literal

from igny8.keyword_fields.column_names import read_names

Kind = Literal["text", "count", "volume", "score", "price", "rank", "series"]
NAMES = read_names()
QUERY_NAMES = NAMES["queries"]
PLANNER_VOLUME_NAMES = NAMES["planner_volume"]
BID_HIGH_NAMES = NAMES["bid_high"]
PREVIOUS = NAMES["previous"]


def _reasons(kind: str) -> dict[str, str]:
    """Return the reason of each column name in the sections of a kind."""
    return {
        name: section.removeprefix(kind)
        for section, names in NAMES.items()
        if section.startswith(kind)
        for name in names
    }


# Columns that resemble a field but measure something else: no field takes them by a general name.
OTHERS = _reasons("others: ")
# Why a well-known column of any tool is not used; general, after what a dialect says itself.
GENERAL_IGNORED = OTHERS | _reasons("ignored: ")


@dataclass(frozen=True)
class KeywordField:
    """One field of a keyword.

    `name` is its key in imports and its database column (except "text", whose column is "phrase").
    `kind` is how a cell is read and shown; `limit` is the maximum length of a text.

    `exported` is False for the ends of the range, which is exported as the volume. `in_preview`,
    `in_list`, `in_api` and `on_page` are where it is shown: before an import, in the list of
    keywords, in the API, and on the page of a keyword.
    """

    name: str
    label: str
    kind: Kind
    limit: int = 0
    exported: bool = True
    in_preview: bool = False
    in_list: bool = False
    in_api: bool = False
    on_page: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names that tools use for it, best first."""
        return NAMES[self.name]

    @property
    def is_number(self) -> bool:
        """Return whether its cells are numbers."""
        return self.kind in ("count", "volume", "score", "price", "rank")

    @property
    def is_sortable(self) -> bool:
        """Return whether the list of keywords can be sorted by it."""
        return self.in_list and self.is_number


# The volume has a place of its own in the list and on the page, as has the trend.
FIELDS: tuple[KeywordField, ...] = (
    KeywordField("text", "Keyword", "text", 200),
    KeywordField("volume", "Volume", "volume", in_preview=True, in_api=True),
    KeywordField("volume_low", "Volume, low end", "count", exported=False),
    KeywordField("volume_high", "Volume, high end", "count", exported=False),
    KeywordField(
        "difficulty",
        "Difficulty",
        "score",
        in_preview=True,
        in_list=True,
        in_api=True,
        on_page=True,
    ),
    KeywordField("cpc", "CPC", "price", in_preview=True, in_list=True, in_api=True, on_page=True),
    KeywordField("currency", "Currency", "text", 3),
    KeywordField("competition", "Competition (ads)", "text", 20, in_preview=True, on_page=True),
    KeywordField(
        "intent", "Intent", "text", 16, in_preview=True, in_list=True, in_api=True, on_page=True
    ),
    KeywordField("country", "Country", "text", 40, in_preview=True, in_api=True, on_page=True),
    KeywordField("language", "Language", "text", 16, in_api=True, on_page=True),
    KeywordField(
        "parent_topic", "Parent topic", "text", 200, in_preview=True, in_api=True, on_page=True
    ),
    KeywordField("clicks", "Clicks", "count", in_preview=True, in_api=True, on_page=True),
    KeywordField("previous_clicks", "Clicks before", "count"),
    KeywordField("impressions", "Impressions", "count", in_preview=True, in_api=True, on_page=True),
    KeywordField("previous_impressions", "Impressions before", "count"),
    KeywordField("position", "Position", "rank", in_preview=True, in_api=True, on_page=True),
    KeywordField("url", "Page", "text", 2_000, on_page=True),
    KeywordField("serp_features", "SERP features", "text", 500, on_page=True),
    KeywordField("trend", "Trend", "series", 1_000),
    KeywordField("tags", "Tags", "text", 200, in_preview=True, on_page=True),
    KeywordField("variants", "Variants", "text", 4_000),
)
BY_NAME = {field.name: field for field in FIELDS}
MAPPABLE = tuple(field.name for field in FIELDS if field.name != "variants")
NUMBER_FIELDS = tuple(field.name for field in FIELDS if field.is_number)
STORED = tuple(field.name for field in FIELDS if field.name not in ("text", "variants"))
LABELS = {field.name: field.label for field in FIELDS}


def fields_shown(place: str) -> list[KeywordField]:
    """Return the fields of a place: "in_preview", "in_list", "in_api" or "on_page"."""
    return [field for field in FIELDS if getattr(field, place)]
