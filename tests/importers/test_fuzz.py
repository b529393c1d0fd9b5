"""Whatever the bytes are, there are rows that add up or one error that a person can read."""

import gzip
import io
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from igny8.errors import ExternalError
from igny8.importers import preview, read
from tests.importers import exports

calm = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = [
    exports.AHREFS.encode(),
    exports.SEMRUSH_ORGANIC.encode(),
    exports.MOZ.encode(),
    exports.CONSOLE_GERMAN.encode("cp1252"),
    exports.planner([50, 500, 5000, 0, 50]),
    exports.zipped({"Queries.csv": exports.CONSOLE}),
    gzip.compress(exports.SEMRUSH.encode()),
    exports.workbook([["Keyword", "Volume", "KD"], ["a", 5, 1], ["b", 1e9, "x"]]),
]
CELL = some.text(max_size=12) | some.sampled_from(
    ["", "-", "1.000", "1,5", "<10", "10–100", "2M", "$1", '"', "Keyword", "\u2028", "１２", "1e99"]
)


def survives(data: bytes, name: str = "file.csv") -> None:
    try:
        reading = read(data, name)
        rows = list(reading)
        report = reading.report
        assert report.rows_total == (
            report.taken + report.duplicates + report.rejected + report.set_aside
        )
        assert len(rows) == report.taken == len({row.key for row in rows})
        assert report.dialect == preview(data, name).report.dialect
    except ExternalError as error:
        assert error.permanent and error.kind == "bad_file" and str(error)


@calm
@given(some.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    survives(data)


@calm
@given(some.text(max_size=300), some.sampled_from(["utf-8", "utf-16", "utf-32", "utf-8-sig"]))
def test_any_text_is_read_or_refused(text, encoding):
    survives(text.encode(encoding, "replace"), "pasted.txt")


@calm
@given(
    some.lists(some.lists(CELL, min_size=1, max_size=5), max_size=12), some.sampled_from(",;\t|")
)
def test_any_table_is_read_or_refused(rows, mark):
    lines = [mark.join(["Keyword", "Volume", "CPC", "Intent", "Country"])]
    survives("\n".join(lines + [mark.join(row) for row in rows]).encode("utf-8", "replace"))


@calm
@given(some.sampled_from(SEEDS), some.data())
def test_any_damage_to_a_good_file_is_handled(seed, data):
    start = data.draw(some.integers(0, len(seed)))
    end = data.draw(some.integers(start, min(len(seed), start + 20)))
    survives(seed[:start] + data.draw(some.binary(max_size=8)) + seed[end:])


@calm
@given(some.sampled_from(SEEDS), some.integers(0, 3000))
def test_any_truncated_file_is_handled(seed, length):
    survives(seed[:length])


@calm
@given(
    some.sampled_from(
        [
            "xl/worksheets/sheet1.xml",
            "xl/sharedStrings.xml",
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
        ]
    ),
    some.data(),
)
def test_any_damage_inside_a_workbook_is_handled(part, data):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SEEDS[-1])) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == part:
                at = data.draw(some.integers(0, len(text)))
                skip = data.draw(some.integers(0, 12))
                text = text[:at] + data.draw(some.binary(max_size=6)) + text[at + skip :]
            new.writestr(name, text)
    survives(out.getvalue(), "a.xlsx")
