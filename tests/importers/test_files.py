"""Encodings, containers and workbooks are recognised; what cannot be read says where and why."""

import gzip

import pytest

from igny8.errors import ExternalError
from igny8.importers import read
from igny8.importers.limits import MAX_UNPACKED_BYTES
from tests.importers import exports

TABLE = "Keyword;Volume\nfrühbeet;10\nkürbis säen;20\n"


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_encodings_are_recognised(take, encoding, label):
    rows, report = take(TABLE.encode(encoding))
    assert [row.text for row in rows] == ["frühbeet", "kürbis säen"]
    assert report.encoding == label
    assert bool(report.notes) == (encoding == "cp1252")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_are_recognised(take, mark):
    rows, _ = take(f"Keyword{mark}Volume\nfoo{mark}10\n")
    assert rows[0].volume == 10


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_recognised(take, end):
    rows, _ = take(end.join(["Keyword,Volume", "foo,1", "bar,2"]))
    assert [row.line for row in rows] == [2, 3]


def test_header_may_follow_a_preamble(take):
    rows, report = take("My export\n\nmade, on Monday\n" * 4 + "Keyword,Volume\nfoo,1\n")
    assert (report.header_line, rows[0].line) == (13, 14)


def test_workbook_reads_like_a_table(take):
    rows, report = take(
        exports.workbook(
            [
                [
                    "Keyword",
                    "Intent",
                    "Volume",
                    "Keyword Difficulty",
                    "CPC (USD)",
                    "Competitive Density",
                ],
                ["cold <frame>", "Commercial", 1900, 41.5, 0.55, 1],
                ["seed tray", None, 90],
            ]
        ),
        "a.xlsx",
    )
    assert report.dialect == "semrush"
    assert (rows[0].text, rows[0].volume, rows[0].difficulty) == ("cold <frame>", 1900, 41.5)
    assert (rows[1].text, rows[1].volume, rows[1].difficulty) == ("seed tray", 90, None)


def test_gzipped_table_is_read(take):
    rows, _ = take(gzip.compress(TABLE.encode()), "a.csv.gz")
    assert len(rows) == 2


GOOD_XLSX = exports.workbook([["Keyword", "Volume"], ["cold frame", 5]])
GOOD_ZIP = exports.zipped({"Queries.csv": exports.CONSOLE * 40})
BAD = {
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
    "pdf": (b"%PDF-1.7\n", "PDF"),
    "program": (b"MZ\x90\x00" + bytes(80), "program"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old office document"),
    "web page": (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    "empty": (b"", "empty"),
    "blank": (b"\n \n\n", "empty"),
    "no rows": (b"Keyword,Volume\n", "no rows"),
    "wrong columns": (b"Date,Clicks\n2026-01-01,5\n2026-01-02,6\n", "“Date”, “Clicks”"),
    "one huge line": (b"a" * 5_000_000, "line 1 is longer"),
    "huge cell": (b"Keyword,Notes\nfoo," + b"x" * 20_000 + b"\n", "line 2 has a cell"),
    "mixed encodings": (
        "Keyword\nfrüh\n".encode() + "säen\n".encode("cp1252"),
        "line 3 has the byte 0xE4",
    ),
    "nul": (b"Keyword,Volume\nfoo,1\nb\0r,2\n", "line 3 holds a NUL"),
    "unclosed quote": (b'Keyword,Volume\nfoo,1\n"bar,2\nbaz,3\n', "opened on line 3"),
    "swallowed lines": (b'Keyword,Volume\n"foo,1\nbar,"2\nbaz,3\n', "opened on line 2"),
    "cut utf-16": ("Keyword\tVolume\nfoo\t1\n".encode("utf-16")[:-1], "UTF-16"),
    "cut xlsx": (GOOD_XLSX[:-40], "damaged"),
    "cut zip": (GOOD_ZIP[:-30], "damaged"),
    "cut gzip": (gzip.compress(TABLE.encode() * 50)[:-12], "damaged"),
    "zip of images": (exports.zipped({"a.png": b"x"}), "no CSV"),
    "zip bomb": (exports.zipped({"a.csv": bytes(MAX_UNPACKED_BYTES + 1)}), "100 MB"),
    "word": (
        exports.zipped({"[Content_Types].xml": "", "word/document.xml": ""}),
        "office document",
    ),
    "damaged sheet": (
        exports.workbook([["Keyword"]], "<worksheet><row></c></row></worksheet>"),
        "damaged",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_names_the_place_and_the_cure(case):
    data, words = BAD[case]
    with pytest.raises(ExternalError) as caught:
        list(read(data, "export.csv"))
    assert words in str(caught.value)
    assert (caught.value.kind, caught.value.permanent) == ("bad_file", True)


def test_gzip_bomb_is_stopped():
    with pytest.raises(ExternalError, match="100 MB|longer than"):
        list(read(gzip.compress(b"Keyword\n" + b"a b\n" * (MAX_UNPACKED_BYTES // 4)), "a.gz"))


def test_missing_file_is_reported():
    with pytest.raises(ExternalError, match="could not be opened"):
        read("/nowhere/keywords.csv", "keywords.csv")


@pytest.mark.parametrize("mapping", [{"text": "Nope"}, {"volume": "Nope"}, {"colour": "Volume"}])
def test_mapping_to_missing_columns_is_refused(mapping):
    with pytest.raises(ExternalError):
        read(b"Keyword,Volume\nfoo,1\n", "a.csv", mapping)
