"""Old Excel and OpenDocument files that real libraries wrote are read like XLSX."""

import io
from datetime import date

import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

DAY = date(2026, 5, 1)
ROWS = [["Keyword", "Volume", "Difficulty"], ["cold frame", 1900, 41.5], ["café chairs", 90, None]]


def xls(rows: list[list], style: xlwt.XFStyle | None = None) -> bytes:
    """Return an old Excel workbook; `style` is for the cells of the last column."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Keywords")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if value is not None:
                last = style is not None and y > 0 and x == len(row) - 1
                sheet.write(y, x, value, *([style] if last else []))
    return saved(book)


def ods(rows: list[list]) -> bytes:
    """Return an OpenDocument spreadsheet."""
    book = OpenDocumentSpreadsheet()
    table = Table(name="Keywords")
    book.spreadsheet.addElement(table)
    for row in rows:
        line = TableRow()
        table.addElement(line)
        for value in row:
            is_figure = isinstance(value, int | float)
            kind = {"valuetype": "float", "value": value} if is_figure else {"valuetype": "string"}
            cell = TableCell(**({} if value is None else kind))
            if value is not None:
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
    return saved(book)


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("write", "name"), [(xls, "export.xls"), (ods, "export.ods")])
def test_old_excel_and_opendocument_read_like_xlsx(take, write, name):
    rows, report = take(write(ROWS), name)
    found = [(row.text, row.volume, row.difficulty) for row in rows]
    assert found == [("cold frame", 1900, 41.5), ("café chairs", 90, None)]
    assert not report.warnings and not report.unused


def test_percent_and_dates_in_old_excel_are_read_as_the_cell_shows_them(take):
    percent = xlwt.easyxf(num_format_str="0%")
    rows, _ = take(xls([["Keyword", "KD %"], ["cold frame", 0.35]], percent), "a.xls")
    assert rows[0].difficulty == 35
    shown = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    table = [["Volume", "Keyword"], [5, DAY], [6, "seed tray"]]
    book = xlwt.Workbook()
    sheet = book.add_sheet("Keywords")
    for y, row in enumerate(table):
        for x, value in enumerate(row):
            sheet.write(y, x, value, *([shown] if value is DAY else []))
    rows, report = take(saved(book), "a.xls")
    assert [row.text for row in rows] == ["seed tray"]
    assert "date" in report.problems[0].reason
