"""The result of an importer: rows, and a report that accounts for every line of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CELL = str | int | float


@dataclass(frozen=True)
class ImportOptions:
    """A person's choices for a file: column mapping, encoding, sheet.

    `mapping` maps a field of Row to the name of a column; `encoding` is a codec's name; `sheet` is
    the name of a sheet in a workbook or of a file in a ZIP.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    sheet: str = ""


@dataclass(slots=True)
class Row:
    """One keyword of a file. `key` is the normalised text that identifies duplicates.

    A missing value is None, never 0. `volume_low` and `volume_high` hold a range as in the file;
    `volume` is then its geometric mean and `volume_is_range` is True. `trend` is
    "2026-04:5,2026-05:7" or numbers only; `flags` are words of keyword_flags.FLAGS; `variants` are
    other spellings listed in the file itself.
    """

    line: int
    text: str
    key: str
    volume: int | None = None
    volume_low: int | None = None
    volume_high: int | None = None
    volume_is_range: bool = False
    difficulty: float | None = None
    cpc: float | None = None
    currency: str | None = None
    competition: str | None = None
    intent: str | None = None
    country: str | None = None
    language: str | None = None
    parent_topic: str | None = None
    clicks: int | None = None
    previous_clicks: int | None = None
    impressions: int | None = None
    previous_impressions: int | None = None
    position: float | None = None
    url: str | None = None
    serp_features: str | None = None
    trend: str | None = None
    tags: str | None = None
    variants: str | None = None
    flags: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was rejected: its number (from 1), its content and the reason."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class SetAside:
    """A row that is probably not a keyword, kept so that it can be restored."""

    row: Row
    reason: str


@dataclass(slots=True)
class Report:
    """How a file was read.

    used maps a field of Row to the file's column name; ignored maps a column to the reason.
    rows_total = taken + duplicates + rejected + set_aside, always; blank lines are not rows.

    `warnings` need a person's attention, `notes` are for information; `unused` are unused columns
    of numbers, each with its possible field; `encodings` are samples per candidate if the encoding
    is uncertain. problems are the first 1,000 rejected lines, asides those set aside, repeats the
    first 100 duplicates; member is the file in a ZIP or the sheet that was read.
    """

    dialect: str
    dialect_name: str
    encoding: str
    delimiter: str
    header_line: int
    columns: list[str] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unused: list[dict[str, str]] = field(default_factory=list)
    encodings: list[dict] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    rows_total: int = 0
    taken: int = 0
    duplicates: int = 0
    rejected: int = 0
    set_aside: int = 0
    problems: list[Problem] = field(default_factory=list)
    asides: list[Problem] = field(default_factory=list)
    repeats: list[Problem] = field(default_factory=list)
    member: str = ""

    @property
    def needs_attention(self) -> bool:
        """Return whether a person should decide something."""
        return bool(self.warnings or self.unused or self.encodings)
