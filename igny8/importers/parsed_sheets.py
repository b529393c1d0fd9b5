"""Several sheets of a workbook, read as one file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from igny8.importers.base import Report, Row, SetAside
from igny8.importers.parsed_file import ParsedFile
from igny8.importers.seen_keys import SeenKeys


class ParsedSheets:
    """Several sheets with the same columns, read one after the other."""

    def __init__(self, files: Sequence[ParsedFile]) -> None:
        self.files = files
        self.columns = files[0].columns
        for each in files[1:]:
            each.report.rows_total = 0
        self.expected = sum(each.expected for each in files)
        self.report = self._joined()

    def __iter__(self) -> Iterator[Row]:
        return (entry for entry in self.entries() if entry.__class__ is Row)

    def entries(self, seen: SeenKeys | None = None) -> Iterator[Row | SetAside]:
        """Yield the rows of all sheets; of duplicates the first is used."""
        seen = seen or SeenKeys()
        for each in self.files:
            yield from each.entries(seen)
        self.report = self._joined()

    def _joined(self) -> Report:
        reports = [each.report for each in self.files]
        first = replace(reports[0])
        for name in ("rows_total", "taken", "duplicates", "rejected", "set_aside"):
            setattr(first, name, sum(getattr(each, name) for each in reports))
        for name in ("problems", "asides", "repeats", "warnings"):
            setattr(first, name, [item for each in reports for item in getattr(each, name)])
        first.notes = list(dict.fromkeys(note for each in reports for note in each.notes))
        first.sheets = [each.member for each in reports]
        first.member = ", ".join(first.sheets)
        first.notes.append(
            f"{len(reports)} sheets with the same columns were read: {first.member}. Each keyword "
            "bears the name of its sheet as a tag."
        )
        return first
