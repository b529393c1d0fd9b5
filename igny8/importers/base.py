"""What an importer gives back: rows, and a report that accounts for every line of the file."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One keyword of a file. `key` is the folded text by which duplicates are found.

    Missing is None, never 0. `volume_low` and `volume_high` hold a range as the file gave it;
    `volume` is then its geometric middle and `volume_is_range` is True."""

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
    intent: str | None = None
    country: str | None = None
    language: str | None = None
    parent_topic: str | None = None
    clicks: int | None = None
    impressions: int | None = None
    position: float | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not taken: its number (1-based), what stood there, why and the cure."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class Report:
    """How a file was read. used maps a field of Row to the file's column name; ignored maps a
    column to the reason. rows_total = taken + duplicates + rejected, always; blank lines are no
    rows. problems are the first 1,000 rejected lines, repeats the first 100 duplicates; member is
    the file in a ZIP or the sheet that was read."""

    dialect: str
    dialect_name: str
    encoding: str
    delimiter: str
    header_line: int
    columns: list[str] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    rows_total: int = 0
    taken: int = 0
    duplicates: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    repeats: list[Problem] = field(default_factory=list)
    member: str = ""
