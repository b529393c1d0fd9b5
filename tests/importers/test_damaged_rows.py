"""One bad line costs that line, a file that is bad all through is refused, and comments are no keywords."""

import pytest

from igny8.errors import ExternalError
from igny8.importers import ImportOptions, preview, read
from igny8.importers.limits import bad_rows_allowed
from tests.importers import exports

GOOD = [f"dünger nummer {n},{n}".encode() for n in range(40)]
BAD = {
    "latin-1": ("säen,5".encode("cp1252"), "byte 0xE4 at position 2"),
    "no code page": (b"s\x81en,5", "byte 0x81 at position 2"),
    "nul": (b"s\0en,5", "NUL character at position 2"),
    "long cell": (b"x" * 20_000 + b",5", "cell of more than 10,000"),
}


def table(*lines: bytes) -> bytes:
    return b"\n".join([b"Keyword,Volume", *lines]) + b"\n"


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_one_bad_line_is_rejected_and_the_others_are_taken(take, case, start):
    line, reason = BAD[case]
    rows, report = take(start + table(*GOOD[:20], line, *GOOD[20:]))
    assert len(rows) == report.taken == 40
    assert (report.rows_total, report.rejected) == (41, 1)
    assert report.problems[0].line == 22
    assert reason in report.problems[0].reason
    assert "\0" not in report.problems[0].text and report.problems[0].text.encode()


def test_bad_line_of_a_plain_list_is_rejected_too(take):
    rows, report = take(
        "frühbeet\nkürbis\nrosen\nbeete\n".encode() + "säen\n".encode("cp1252"), "list.txt"
    )
    assert [row.text for row in rows] == ["frühbeet", "kürbis", "rosen", "beete"]
    assert [problem.line for problem in report.problems] == [5]


def test_bad_line_inside_a_quoted_cell_rejects_only_its_record(take):
    rows, report = take(table(*GOOD, b'"one\nt\0wo",1', b"last,2"))
    assert rows[-1].text == "last"
    assert [(problem.line, problem.text[:3]) for problem in report.problems] == [(42, "one")]


def page_of(cells: list[bytes]) -> bytes:
    """Return an HTML table with a row on each line; the cells of a row stand between commas."""
    rows = (b"<tr><td>" + line.replace(b",", b"</td><td>") + b"</td></tr>\n" for line in cells)
    return b"<table>\n" + b"".join(rows) + b"</table>"


def markdown_of(cells: list[bytes]) -> bytes:
    """Return a Markdown table; the cells of a row stand between commas."""
    lines = [b"| " + line.replace(b",", b" | ") + b" |" for line in cells]
    return b"\n".join([lines[0], b"| --- | --- |", *lines[1:]])


@pytest.mark.parametrize(("write", "name"), [(page_of, "a.xls"), (markdown_of, "a.md")])
def test_bad_byte_in_a_page_or_a_markdown_table_rejects_its_row(take, write, name):
    lines = [b"Keyword,Volume", *GOOD, "säen,5".encode("cp1252")]
    rows, report = take(write(lines), name, ImportOptions(encoding="utf-8"))
    assert len(rows) == len(GOOD) and report.rejected == 1
    assert "byte 0xE4 at position 2" in report.problems[0].reason
    assert report.problems[0].text.encode()


def test_long_cell_of_a_workbook_rejects_its_row(take):
    cells = [["Keyword", "Volume"], ["a b", 1], ["x" * 20_000, 2], ["c d", 3], ["e f", 4]]
    rows, report = take(exports.workbook(cells), "a.xlsx")
    assert [row.text for row in rows] == ["a b", "c d", "e f"]
    assert (report.problems[0].line, report.rejected) == (3, 1)


@pytest.mark.parametrize("case", BAD)
def test_entirely_bad_file_is_refused_with_its_first_line(case):
    line, reason = BAD[case]
    with pytest.raises(ExternalError) as refused:
        read(table(*(part for good in GOOD for part in (good, line))), "a.csv")
    assert "line 3" in str(refused.value)
    assert reason.split(" at ")[0] in str(refused.value) or "mixes encodings" in str(refused.value)


@pytest.mark.parametrize(("lines", "allowed"), [(3, 0), (4, 1), (12, 3), (300, 3), (10_000, 100)])
def test_few_bad_lines_are_tolerated(lines, allowed):
    assert bad_rows_allowed(lines) == allowed


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"seed tray," * 500_000, "separated by commas"),
        (b"a" * 5_000_000, "not cut into cells"),
        (
            b"Keyword\tVolume\n" + b"a\t1\t" * 400_000,
            "line 2 is longer than 1,000,000 characters: everything",
        ),
    ],
)
def test_overlong_line_names_the_cause_and_the_remedy(data, words):
    with pytest.raises(ExternalError, match=words) as refused:
        read(data, "a.csv")
    assert "import that" in str(refused.value)


def test_comments_of_a_list_are_ignored_with_a_note(take):
    rows, report = take(
        "# from the meeting\nseed tray\n#\n#hashtag garden\ngrow lamp\n", "pasted keywords"
    )
    assert [row.text for row in rows] == ["seed tray", "#hashtag garden", "grow lamp"]
    assert report.rows_total == 3
    assert report.notes == [
        "2 lines that begin with “# ” were taken as a comment and left out (first: line 1)."
    ]


def test_list_of_comments_alone_is_refused():
    with pytest.raises(ExternalError, match="nothing but comments"):
        read(b"# one\n# two\n", "pasted keywords")


@pytest.mark.parametrize("name", ["keywords.zip", "KEYWORDS.ZIP", "keywords.csv.gz"])
def test_text_file_named_like_an_archive_is_refused(name):
    with pytest.raises(ExternalError, match="named like an archive, but is none"):
        preview(b"not a zip\n", name)
