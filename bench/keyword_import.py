"""Import a large export: seconds and memory, beside reading the file with csv alone."""

import csv
import subprocess
import sys
import time
import zipfile
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from xml.sax.saxutils import escape

from bench.fixture import ROOT, installation, peak_mb, print_result, run_in_subprocess
from bench.table import Row, at_most
from igny8.engine import keyword_import
from igny8.engine.work.tools import load_builtin_provider
from igny8.extensions import write_transaction
from igny8.models import Site
from igny8.worker_app import create_worker_app


def measure_import(count: int, kind: str) -> None:
    """Preview, confirm and import an Ahrefs export as CSV or XLSX; print time and memory.

    The process has loaded what `igny8 worker` loads.
    """
    with installation(create_worker_app) as app:
        path = app.config["SETTINGS"].uploads / "export.csv"
        subprocess.run(
            [sys.executable, "-m", "bench.corpus", str(count), str(path)], cwd=ROOT, check=True
        )
        with path.open("rb") as file:
            encoding = "utf-16" if file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8"
        load_builtin_provider()
        if kind == "xlsx":
            path = _as_workbook(path, encoding)
        before = peak_mb()
        began = time.perf_counter()
        with path.with_suffix(".csv").open(encoding=encoding) as file:
            lines = sum(1 for _ in csv.reader(file))
        alone = time.perf_counter() - began
        with write_transaction() as tx:
            site_id = Site.create(tx, "Green", "green")
        began = time.perf_counter()
        import_id = keyword_import.preview(site_id, Path(path), path.name)
        keyword_import.confirm(site_id, import_id)
        keyword_import.import_next()
        seconds = time.perf_counter() - began
    print_result(
        seconds=seconds, csv_seconds=alone, lines=lines, peak_mb=peak_mb(), before_mb=before
    )


def _as_workbook(path: Path, encoding: str) -> Path:
    """Write a CSV as an XLSX of inline strings and numbers, row by row; return its path."""
    target = path.with_suffix(".xlsx")
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types {package}content-types"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
        )
        for name, kind, to in (
            ("_rels/.rels", "officeDocument", "xl/workbook.xml"),
            ("xl/_rels/workbook.xml.rels", "worksheet", "worksheets/sheet1.xml"),
        ):
            archive.writestr(
                name,
                f'<Relationships {package}relationships"><Relationship Id="rId1" '
                f'Type="{office}/{kind}" Target="{to}"/></Relationships>',
            )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {space} xmlns:r="{office}"><sheets><sheet name="Keywords" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>',
        )
        with (
            archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
            path.open(encoding=encoding) as file,
        ):
            sheet.write(f"<worksheet {space}><sheetData>".encode())
            dialect = csv.Sniffer().sniff(file.readline())
            file.seek(0)
            for number, cells in enumerate(csv.reader(file, dialect), start=1):
                sheet.write(_row(number, cells).encode())
            sheet.write(b"</sheetData></worksheet>")
    return target


def _row(number: int, cells: list[str]) -> str:
    found = []
    for at, cell in enumerate(cells):
        name = f"{chr(65 + at)}{number}"
        if cell.replace(".", "", 1).isdecimal():
            found.append(f'<c r="{name}"><v>{cell}</v></c>')
        elif cell:
            found.append(f'<c r="{name}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
    return f'<row r="{number}">{"".join(found)}</row>'


def rows(quick: bool) -> list[Row]:
    """Return the rows of importing; a quick bench takes a tenth, and a tenth of the time."""
    count = 10_000 if quick else 100_000
    found = []
    for kind, seconds, megabytes in (("csv", 30, 150), ("xlsx", 15, 250)):
        one = run_in_subprocess("bench.keyword_import", count, kind)
        name = f"{count:,} rows of {kind.upper()}"
        limit = seconds * count / 100_000
        found += [
            at_most(
                "import",
                f"{name}, upload to keywords",
                one["seconds"],
                limit,
                "s",
                one["csv_seconds"],
            ),
            at_most(
                "import",
                f"{name}, peak memory of the process",
                one["peak_mb"],
                megabytes,
                "MB",
                one["before_mb"],
            ),
        ]
    return found


if __name__ == "__main__":
    measure_import(int(sys.argv[1]), sys.argv[2])
