"""Rule 10: files that want to be large stay small, and no name leads out of its folder (attacks 31, 41 to 45, 58)."""

import csv
import io
import json
import subprocess
import sys
from functools import cache

import pytest
from PIL import Image

from igny8.engine.work import tools
from igny8.errors import ExternalError
from igny8.importers.normalise import clean_text
from igny8.providers.base import ImagePrompt
from igny8.providers.openai_compatible.answer_text import UnusableAnswer
from igny8.providers.openai_compatible.images import MAX_PIXELS, fitted
from igny8.publishing import tables
from tests.security import bombs, hostile, wire
from tests.security.outside import Visitor

ROOM = 120 * bombs.MEGA  # what a request may take beyond what the product has, for a moment
PROMPT = ImagePrompt(0, "featured", "Prune", "a bush", "A bush", "bush.webp", 600, 315)


@pytest.fixture(scope="module")
def garden(product):
    """Return a product with a site, warmed up by an ordinary file."""
    guest = Visitor(product.address, product.cookies())
    guest.new_site("Fed")
    for number in range(3):
        lines = "\n".join(f"garden {number} {n}" for n in range(2000))
        assert guest.upload("/sites/fed/import", "a.csv", lines.encode()).status == 303
    return product


@cache
def built(name: str) -> bytes:
    """Return a bomb; what takes long to make is made once for both databases."""
    return bombs.FILES[name][1]()


@pytest.mark.parametrize("name", bombs.FILES)
def test_decompression_bomb_is_refused_or_read_in_little_memory(garden, name):
    file_name, _ = bombs.FILES[name]
    guest, content = Visitor(garden.address, garden.cookies()), built(name)
    before = garden.rss
    garden.forget_peak()
    answer = guest.upload("/sites/fed/import", file_name, content)
    assert answer.status in (303, 413, 422), answer.text[:500]
    assert garden.peak - before < ROOM, f"{(garden.peak - before) >> 20} MB"
    assert guest.get("/health").status == 200


def test_endless_zip_is_refused_before_listing(garden):
    answer = Visitor(garden.address, garden.cookies()).upload(
        "/sites/fed/import", "a.zip", bombs.listing(60_000)
    )
    assert answer.status == 422 and "it lists too many files" in answer.text


def test_refused_file_is_not_stored(garden):
    before = sorted(path.name for path in (garden.folder / "uploads").iterdir())
    assert (
        Visitor(garden.address, garden.cookies())
        .upload("/sites/fed/import", "a.csv", b"\x89PNG" + b"\0" * 99)
        .status
        == 422
    )
    assert sorted(path.name for path in (garden.folder / "uploads").iterdir()) == before


def test_file_of_100_mb_is_413_before_the_upload(garden):
    head = (
        b"POST /sites/fed/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=a\r\n"
        b"Content-Length: 104857600\r\n\r\n"
    )
    garden.forget_peak()
    before = garden.rss
    assert wire.said(garden, head).startswith(b"HTTP/1.1 413")
    assert garden.peak - before < ROOM


def test_chunked_body_has_the_same_size_limit(garden):
    head = (
        b"POST /sites/fed/import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"a" * bombs.MEGA + b"\r\n"
    garden.forget_peak()
    before = garden.rss
    answer = wire.said(garden, head + chunk * 100, hangs_up=False)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))
    assert garden.peak - before < ROOM


@pytest.mark.parametrize("count", [1001, 20_000])
def test_form_of_1001_parts_is_413(garden, count):
    part = b'--a\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n'
    body = part * count + b"--a--\r\n"
    answer = Visitor(garden.address, garden.cookies()).send(
        "POST", "/sites/fed/import", body, Content_Type="multipart/form-data; boundary=a"
    )
    assert answer.status == 413


def test_pasted_text_over_8_mb_is_413(garden):
    body = b"csrf_token=x&text=" + b"a" * (9 * bombs.MEGA)
    answer = Visitor(garden.address, garden.cookies()).send(
        "POST", "/sites/fed/import", body, Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status == 413


def test_form_with_100000_fields_is_cheap(garden):
    body = b"&".join(b"f%d=1" % n for n in range(100_000))
    answer = Visitor(garden.address, garden.cookies()).send(
        "POST", "/sites/fed/keywords/change", body, Content_Type="application/x-www-form-urlencoded"
    )
    assert answer.status in (400, 413)


NAMES = (
    "../../evil.csv",
    "..\\..\\evil.csv",
    "/etc/cron.d/evil.csv",
    "C:\\evil.csv",
    "evil.csv\0.png",
    "....//evil.csv",
    "~/evil.csv",
    "a" * 3000 + ".csv",
    "evil.csv/",
    ".htaccess",
    "con.csv",
    "\u202eevil.csv",
    "<script>alert(1)</script>.csv",
    "evil.%2e%2e%2f",
    "a\r\nX: y.csv",
)


@pytest.mark.parametrize("name", NAMES)
def test_file_name_cannot_contain_a_path(garden, name):
    guest = Visitor(garden.address, garden.cookies())
    around = {path for path in garden.folder.parent.rglob("*") if "uploads" not in path.parts}
    answer = guest.upload(
        "/sites/fed/import",
        name.replace("\r\n", "%0D%0A").replace("\0", "%00"),
        b"garden shed\ngarden pond\n",
    )
    assert answer.status == 303
    assert {
        path for path in garden.folder.parent.rglob("*") if "uploads" not in path.parts
    } <= around | {garden.folder / f"igny8.db{end}" for end in ("-wal", "-shm")} | {
        garden.folder / f"huey.db{end}" for end in ("-wal", "-shm")
    }
    assert all(
        path.stem.isalnum() and len(path.name) < 45
        for path in (garden.folder / "uploads").iterdir()
    )
    assert hostile.active(guest.get(answer.headers["Location"]).text) == []


@pytest.mark.parametrize("name", ["../escaped.webp", "/tmp/escaped.webp", "1/../../escaped.webp"])
def test_image_is_stored_completely_or_not_at_all(tmp_path, name):
    with pytest.raises(ExternalError, match="not a valid image name"):
        tools.Tools(None, tmp_path / "images", None).store_image(name, b"data")
    assert list(tmp_path.rglob("*.webp")) == []


FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    " =3+3",
    "＝2+2",
    '=HYPERLINK("http://evil.example")',
)


def test_no_cell_of_an_export_is_a_formula(garden):
    guest = Visitor(garden.address, garden.cookies())
    slug = guest.new_site("Formulas")
    guest.take_in(
        slug, [f"{formula} garden" for formula in FORMULAS] + ['garden, "shed"', "déjà vu"]
    )
    answer = guest.get(f"/sites/{slug}/keywords/export.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers.get_content_type() == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert len(rows) == len(FORMULAS) + 2 and {'garden, "shed"', "déjà vu"} <= {
        row["Keyword"] for row in rows
    }
    assert [
        cell
        for row in rows
        for cell in row.values()
        if cell.lstrip().startswith(tables.FORMULA_PREFIXES)
    ] == []
    again = guest.new_site("Again")
    assert guest.upload(f"/sites/{again}/import", "a.csv", answer.body).status == 303
    assert clean_text("'=1+1") == "=1+1"


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_audit_export_contains_no_formula(garden, separator):
    guest = Visitor(garden.address, garden.cookies())
    guest.new_site("a;=1+1;b,=2+2,c")
    text = guest.get("/admin/audit.csv?q=1%2B1").body.decode("utf-8-sig")
    assert "1+1" in text
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    assert [c for c in cells if c.lstrip().startswith(tables.FORMULA_PREFIXES)] == []


def test_export_contains_filtered_rows(garden):
    guest = Visitor(garden.address, garden.cookies())
    slug = guest.new_site("Filtered")
    guest.take_in(slug, ["garden shed", "garden pond", "balcony box"])
    text = guest.get(f"/sites/{slug}/keywords/export.csv?q=garden").body.decode("utf-8-sig")
    assert [row["Keyword"] for row in csv.DictReader(io.StringIO(text))] == [
        "garden shed",
        "garden pond",
    ]


PICTURES = {
    "SVG": lambda: hostile.SVG,
    "HTML": lambda: b"<!doctype html><script>alert(1)</script>",
    "HTML after a GIF": lambda: b"GIF89a<script>alert(1)</script>",
    "text": lambda: b"hello",
    "nothing": lambda: b"",
    "a cut PNG": lambda: bombs.saved("PNG", 64, 64)[:60],
    "a PDF": lambda: b"%PDF-1.7\n",
    "EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a PNG of 400 million pixels": lambda: bombs.png(20_000, 20_000),
    "a PNG of 100 million": lambda: bombs.png(10_000, 10_000),
    "a PNG just too large": lambda: bombs.png(5000, MAX_PIXELS // 5000 + 1),
    "a GIF of pixels": lambda: bombs.saved("GIF", 9000, 9000),
    "a JPEG of pixels": lambda: bombs.saved("JPEG", 9000, 9000),
    "a WebP that says that it is huge": lambda: bombs.webp(16_000, 16_000),
    "a PNG of one column": lambda: bombs.png(1, 2_000_000),
    "a PNG of one row": lambda: bombs.png(2_000_000, 1),
    "a JPEG of a thousand scans": lambda: bombs.many_scans(500, 1000),
}


@pytest.mark.parametrize("name", PICTURES)
def test_invalid_or_too_large_image_is_refused(name):
    with pytest.raises(UnusableAnswer):
        fitted(PICTURES[name](), PROMPT)


def test_progressive_image_is_accepted():
    assert fitted(bombs.many_scans(800, 0), PROMPT).mime == "image/webp"


LOOK = """
import json, os, resource, sys
from igny8.providers.base import ImagePrompt
from igny8.providers.openai_compatible.images import fitted
from tests.security import bombs
PROMPT = ImagePrompt(0, "featured", "Prune", "a bush", "A bush", "bush.webp", 600, 315)
fitted(bombs.saved("PNG", 64, 64), PROMPT)
for kind, width in json.loads(sys.argv[1]):
    if os.fork():
        assert os.wait()[1] == 0
        continue
    data = getattr(bombs, kind)(width, width)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        fitted(data, PROMPT)
    except ValueError:
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    break
"""
PIXELS = (
    ("png", 20_000, 8),
    ("webp", 16_000, 8),
    ("png", 4000, 250),
)  # kind, width and height, megabytes it may take


def test_pixel_bomb_is_refused_cheaply():
    """Each is looked at in a process of its own, which has imported everything already."""
    asked = json.dumps([(kind, width) for kind, width, _ in PIXELS])
    done = subprocess.run(
        [sys.executable, "-c", LOOK, asked], capture_output=True, text=True, check=True, timeout=120
    )
    taken = [int(line) for line in done.stdout.split()]
    assert len(taken) == len(PIXELS)
    assert [bomb for bomb, size in zip(PIXELS, taken, strict=True) if size >= bomb[2] * 1024] == []


def test_image_is_re_encoded_without_metadata():
    target = io.BytesIO()
    image, exif = Image.new("RGB", (640, 480), "#23594a"), Image.Exif()
    exif[270] = "canary-in-a-picture"
    image.save(
        target,
        "JPEG",
        exif=exif,
        comment=b"canary-in-a-picture",
        icc_profile=b"canary-in-a-picture" * 20,
    )
    made = fitted(target.getvalue() + b"<script>canary-in-a-picture</script>", PROMPT)
    assert (
        b"canary" in target.getvalue() and b"canary" not in made.data and made.mime == "image/webp"
    )
    with Image.open(io.BytesIO(made.data)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (600, 315))
