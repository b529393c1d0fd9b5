"""Small workbooks that would take long or hide declarations are refused, or read at once."""

import pytest

from igny8.errors import ExternalError
from igny8.importers import workbook_parts
from igny8.importers.archives import unpack
from igny8.importers.workbook import workbook_tables
from tests.security import bombs

DECLARED = '<?xml version="1.0" encoding="{}"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
MERGES = b'<mergeCells><mergeCell ref="A1:XFD2"/>' + b'<mergeCell ref="A1:XFD2"/>' * 5000
WIDE = bombs.ROWS.replace(b"</sheetData>", b'<row r="3"><c r="XFD3"><v>1</v></c></row></sheetData>')


def read(data: bytes) -> list:
    kind, sources = unpack(data, "a.xlsx")
    return workbook_tables(sources[0], kind)


def test_base_workbook_of_the_bomb_tests_is_read():
    assert [row for _, row in read(bombs.whole_workbook())[0].records("", 0)] == [
        ["Keyword"],
        ["garden shed"],
    ]


@pytest.mark.parametrize(
    "part",
    [
        DECLARED.format("utf-16").encode("utf-16"),
        DECLARED.format("utf-16").encode("utf-16-le"),
        DECLARED.format("utf-16").encode("utf-16-be"),
        DECLARED.format("utf-7").replace("<!", "+ADw-!").encode(),
        b" " * (workbook_parts._CHUNK_BYTES - 4) + b"<!DOCTYPE a>",
    ],
)
@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/_rels/x.rels", "docProps/App.XML"])
def test_declarations_are_found_in_every_part_and_encoding(part, name):
    with pytest.raises(ExternalError, match=r"is not UTF-8|declares entities"):
        read(bombs.whole_workbook(**{name: part}))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bombs.whole_workbook(bombs.HEAD.encode() + bombs.FAR + b"</sheetData></worksheet>"), "MB"),
        (bombs.whole_workbook(WIDE + MERGES + b"</mergeCells></worksheet>"), "MB"),
    ],
)
def test_small_workbooks_that_cause_much_work_are_refused(data, message):
    with pytest.raises(ExternalError, match=message):
        read(data)


def test_sheets_sharing_one_part_are_refused():
    links = b'<Relationship Id="r%d" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
    both = b'<Relationships xmlns="%s">%s%s</Relationships>' % (bombs.PACKAGE, links % 1, links % 2)
    data = bombs.whole_workbook(sheets=2, **{"xl/_rels/workbook.xml.rels": both})
    with pytest.raises(ExternalError, match="two sheets are one part"):
        read(data)


def test_archive_is_opened_a_fixed_number_of_times(monkeypatch):
    opened = []
    real = workbook_parts.zipfile.ZipFile

    def counted(*arguments):
        opened.append(arguments)
        return real(*arguments)

    data = bombs.whole_workbook(**{f"xl/x{n}.xml": b"<a/>" for n in range(300)})
    kind, sources = unpack(data, "a.xlsx")
    monkeypatch.setattr(workbook_parts.zipfile, "ZipFile", counted)
    workbook_tables(sources[0], kind)
    assert len(opened) < 20


def test_unclosed_styles_are_read_once():
    styles = b"<styleSheet>" + b"<cellXfs " * 50_000
    with pytest.raises(ExternalError):
        read(bombs.whole_workbook(**{"xl/styles.xml": styles}))
