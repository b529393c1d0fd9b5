"""Files that are small and want to be large."""

import gzip
import io
import struct
import zipfile
import zlib

from PIL import Image

MEGA = 1 << 20
HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TYPES = "[Content_Types].xml"


def zipped(members: dict, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of names with bytes, or with (piece, how often it is repeated)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, held in members.items():
            piece, times = held if isinstance(held, tuple) else (held, 1)
            with archive.open(name, "w", force_zip64=True) as stream:
                for _ in range(times):
                    stream.write(piece)
    return target.getvalue()


def workbook(**parts) -> bytes:
    """Return a workbook with these parts; `sheet`, `shared` and `book` are their usual ones."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "shared": "xl/sharedStrings.xml",
        "book": "xl/workbook.xml",
    }
    return zipped({TYPES: b"<Types/>", **{names[part]: held for part, held in parts.items()}})


def listing(count: int) -> bytes:
    """Return a ZIP that lists so many empty files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.csv", b"")
    return target.getvalue()


def overlapping(copies: int) -> bytes:
    """Return a ZIP whose members are all the same packed megabytes, named many times."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = b"a,1\n" * (2 * MEGA)
    data = packed.compress(plain) + packed.flush()
    head = (
        struct.pack(
            "<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(plain), len(data), len(plain), 5, 0
        )
        + b"a.csv"
    )
    central = b"".join(
        struct.pack(
            "<4s6H3I5H2I",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            0,
            zlib.crc32(plain),
            len(data),
            len(plain),
            5,
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + b"%c.csv" % (97 + n % 26)
        for n in range(copies)
    )
    end = struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, copies, copies, len(central), len(head) + len(data), 0
    )
    return head + data + central + end


def png(width: int, height: int) -> bytes:
    """Return a valid PNG of one colour in this size, of few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    data = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def saved(kind: str, width: int, height: int) -> bytes:
    """Return an image of one colour as Pillow saves it."""
    target = io.BytesIO()
    Image.new("1" if kind == "GIF" else "L", (width, height)).save(target, kind)
    return target.getvalue()


def many_scans(side: int, scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated; each is decoded in full."""
    target = io.BytesIO()
    Image.new("L", (side, side), 128).save(target, "JPEG", progressive=True)
    data = target.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]


def webp(width: int, height: int) -> bytes:
    """Return a WebP file that says that it is so large, and holds next to nothing."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = (
        b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\x02\0\0\0"
        + size
        + b"ANIM"
        + struct.pack("<IIH", 6, 0, 0)
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


RELATIONS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = b"http://schemas.openxmlformats.org/package/2006/relationships"
ROWS = (
    HEAD.encode()
    + b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (row, row, text)
        for row, text in ((1, b"Keyword"), (2, b"garden shed"))
    )
    + b"</sheetData>"
)
FAR = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000"><c r="K1000000"><v>1</v></c></row>'


def whole_workbook(sheet: bytes = ROWS + b"</worksheet>", sheets: int = 1, **parts: bytes) -> bytes:
    """Return a workbook that can be read, whose sheets are all alike, with more parts."""
    numbers = range(1, sheets + 1)
    links = b"".join(
        b'<Relationship Id="r%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>'
        % (n, RELATIONS, n)
        for n in numbers
    )
    names = b"".join(b'<sheet name="S%d" sheetId="%d" r:id="r%d"/>' % (n, n, n) for n in numbers)
    root = b'<Relationship Id="r" Type="%s/officeDocument" Target="xl/workbook.xml"/>' % RELATIONS
    return zipped(
        {
            TYPES: b"<Types/>",
            "_rels/.rels": b'<Relationships xmlns="%s">%s</Relationships>' % (PACKAGE, root),
            "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="%s">%s</Relationships>'
            % (PACKAGE, links),
            "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            b' xmlns:r="%s"><sheets>%s</sheets></workbook>' % (RELATIONS, names),
            **{f"xl/worksheets/sheet{n}.xml": sheet for n in numbers},
            **parts,
        }
    )


CELLS = b"<row>" + b"<c/>" * 50_000
FILES = {
    "a ZIP of zeros": ("a.zip", lambda: zipped({"a.csv": (b"\0" * MEGA, 150)})),
    "a ZIP of a million lines": (
        "a.zip",
        lambda: zipped({"a.csv": (b"Keyword,Volume\n" + b"a,1\n" * 100_000, 300)}),
    ),
    "a gzip of zeros": ("a.csv.gz", lambda: gzip.compress(b"a,b\n" + b"\0" * (300 * MEGA), 9)),
    "a ZIP in a ZIP": ("a.zip", lambda: zipped({"b.zip": zipped({"a.csv": (b"a" * MEGA, 200)})})),
    "a ZIP of too many files": ("a.zip", lambda: listing(60_000)),
    "a ZIP whose files are all one": ("a.zip", lambda: overlapping(150)),
    "a huge kind": ("a.ods", lambda: zipped({"mimetype": (b"\0" * MEGA, 150)})),
    "a ZIP of bzip2": ("a.zip", lambda: zipped({"a.csv": (b"\0" * MEGA, 90)}, zipfile.ZIP_BZIP2)),
    "a ZIP of LZMA": ("a.zip", lambda: zipped({"a.csv": (b"\0" * MEGA, 90)}, zipfile.ZIP_LZMA)),
    "a workbook of zeros": ("a.xlsx", lambda: workbook(sheet=(b"\0" * MEGA, 150))),
    "a row without end": (
        "a.xlsx",
        lambda: workbook(sheet=(HEAD.encode() + b"<row>" + b"<c><v>1</v></c>" * 10_000, 500)),
    ),
    "nested cells": (
        "a.xlsx",
        lambda: workbook(
            sheet=HEAD.encode()
            + b"<row>"
            + b"<c>" * 100_000
            + b"</c>" * 100_000
            + b"</row></sheetData></worksheet>"
        ),
    ),
    "shared texts without end": (
        "a.xlsx",
        lambda: workbook(
            sheet=HEAD.encode() + b"</sheetData></worksheet>",
            shared=(b"<sst>" + b"<si><t>ab</t></si>" * 50_000, 100),
        ),
    ),
    "shared texts within each other": (
        "a.xlsx",
        lambda: workbook(
            sheet=HEAD.encode() + b"</sheetData></worksheet>",
            shared=b"<sst><si>" + b"<r>" * 20_000 + b"<t>x</t>" + b"</r>" * 20_000 + b"</si></sst>",
        ),
    ),
    "a root that never ends": (
        "a.xlsx",
        lambda: workbook(
            sheet=HEAD.encode() + b"</sheetData></worksheet>", shared=(b"<sst " * 100_000, 150)
        ),
    ),
    "a billion laughs": (
        "a.xlsx",
        lambda: workbook(
            sheet=b"<worksheet/>",
            book=b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "'
            + b"&a;" * 1000
            + b'">]><workbook>&b;</workbook>',
        ),
    ),
    "an entity that reads a file": (
        "a.xlsx",
        lambda: workbook(
            sheet=b"<worksheet/>",
            book=b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook>&a;</workbook>',
        ),
    ),
    "one line without end": ("a.csv", lambda: b"a" * (60 * MEGA)),
    "a quote without end": ("a.csv", lambda: b'Keyword,Volume\n"' + b"a,1\n" * (10 * MEGA)),
    "columns without end": ("a.csv", lambda: b"," * (900_000) + b"\n" + b"a," * 400_000 + b"\n"),
    "columns of their own": (
        "a.csv",
        lambda: b",".join(b"c%d" % n for n in range(140_000)) + b"\n" + b"a,1\n" * 50,
    ),
    "headers of blanks": (
        "a.csv",
        lambda: (b"a" + b" " * 9990 + b",") * 90 + b"\n" + b"a,1\n" * 50,
    ),
    "lines without end": ("a.csv", lambda: b"Keyword\n" + b"a1 b\n" * (12 * MEGA)),
    "numbers without end": (
        "a.csv",
        lambda: (
            b"Keyword,Volume\n" + b"".join(b"garden %d,%s\n" % (n, b"9" * 9000) for n in range(300))
        ),
    ),
}
